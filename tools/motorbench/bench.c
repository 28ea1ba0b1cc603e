/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench devices, benches, bench show|check|reset|hold|take-over, stop */
#include <stdio.h>
#include <string.h>

#include "motorbench/arguments.h"
#include "motorbench/client.h"
#include "motorbench/hold.h"

static const struct argument no_options[] = {{.name = NULL}};

/* The objects of ListBenches or ListInstruments with all their properties. */
static int list_objects(sd_bus *bus, const char *member, const char *interface, json_t **ret)
{
    sd_bus_message *reply = NULL;
    json_t *pairs = NULL, *pair, *properties;
    size_t i;
    int status = client_call(bus, CLIENT_ROOT, CLIENT_MANAGER, member, &reply);

    if (status == EXIT_DONE && client_json(reply, &pairs) < 0)
        status = fail(EXIT_NO_DAEMON, "the daemon's answer cannot be read");
    sd_bus_message_unref(reply);
    if (status != EXIT_DONE)
        return status;
    *ret = json_array();
    json_array_foreach(pairs, i, pair)
    {
        if (status == EXIT_DONE)
            status =
                client_properties(bus, json_string_value(json_array_get(pair, 1)), interface, &properties);
        if (status == EXIT_DONE)
            (void)json_array_append_new(*ret, properties);
    }
    json_decref(pairs);
    if (status != EXIT_DONE)
        json_decref(*ret);
    return status;
}

static void print_device(const json_t *d)
{
    printf("%-12s %-8s %-20s %-26s %s%s%s\n", json_text_of(d, "Id"), json_text_of(d, "State"),
           json_text_of(d, "Profile"), json_text_of(d, "Address"), json_text_of(d, "Identity"),
           *json_text_of(d, "Fault") ? "  ! " : "", json_text_of(d, "Fault"));
}

static void print_bench_line(const json_t *b)
{
    printf("%-16s %-10s %-10s %s%s%s\n", json_text_of(b, "Name"), json_text_of(b, "SafeState"),
           strcmp(json_text_of(b, "Run"), "/") == 0 ? "idle" : "running",
           json_is_true(json_object_get(b, "Simulated")) ? "SIMULATED " : "",
           strcmp(json_text_of(b, "Shaft"), "stands") == 0  ? ""
           : strcmp(json_text_of(b, "Shaft"), "turns") == 0 ? "THE SHAFT TURNS "
                                                            : "shaft not read ",
           json_text_of(b, "Fault"));
}

static int list(int argc, char **argv, const struct options *options, const char *member,
                const char *interface, const char *key, void (*print)(const json_t *))
{
    struct words words;
    json_t *objects = NULL, *object;
    sd_bus *bus = NULL;
    size_t i;
    int status = parse_arguments(argc, argv, no_options, 0, 0, &words);

    if (status == EXIT_DONE)
        status = client_open(options, &bus);
    if (status == EXIT_DONE)
        status = list_objects(bus, member, interface, &objects);
    sd_bus_flush_close_unref(bus);
    if (status != EXIT_DONE)
        return status;
    if (options->json)
        return print_json(json_pack("{s:o}", key, objects));
    json_array_foreach(objects, i, object) print(object);
    json_decref(objects);
    return EXIT_DONE;
}

static int devices(int argc, char **argv, const struct options *options)
{
    return list(argc, argv, options, "ListInstruments", CLIENT_NAME ".Instrument", "devices", print_device);
}

static int benches(int argc, char **argv, const struct options *options)
{
    return list(argc, argv, options, "ListBenches", CLIENT_NAME ".Bench", "benches", print_bench_line);
}

static void print_bench(const json_t *b)
{
    const char *role;
    json_t *instrument, *reading;
    size_t i;

    print_bench_line(b);
    json_object_foreach(json_object_get(b, "Roles"), role, instrument)
        printf("  %-10s %s\n", role, json_string_value(instrument));
    json_array_foreach(json_object_get(b, "Streams"), i, instrument)
        printf("  %-10s %s\n", i == 0 ? "samples" : "", json_string_value(instrument));
    json_array_foreach(json_object_get(b, "Live"), i, reading)
        printf("  %-26s %12.5g %-6s %s\n", json_string_value(json_array_get(reading, 0)),
               json_number_value(json_array_get(reading, 2)), json_string_value(json_array_get(reading, 1)),
               json_string_value(json_array_get(reading, 4)));
}

static int show_bench(sd_bus *bus, const char *path, const struct options *options)
{
    json_t *properties = NULL;
    int status = client_properties(bus, path, CLIENT_NAME ".Bench", &properties);

    if (status != EXIT_DONE)
        return status;
    if (options->json)
        return print_json(properties);
    print_bench(properties);
    json_decref(properties);
    return EXIT_DONE;
}

static int check_bench(sd_bus *bus, const char *path, const struct options *options)
{
    sd_bus_message *reply = NULL;
    json_t *lines = NULL, *line;
    size_t i;
    int ok = 0, status = client_call(bus, path, CLIENT_NAME ".Bench", "Check", &reply);

    if (status == EXIT_DONE && (sd_bus_message_read(reply, "b", &ok) < 0 || client_json(reply, &lines) < 0))
        status = fail(EXIT_NO_DAEMON, "the daemon's answer cannot be read");
    sd_bus_message_unref(reply);
    if (status != EXIT_DONE)
        return status;
    status = ok ? EXIT_DONE : EXIT_BENCH_FAULT;
    if (options->json)
        return (int)worse_status((enum exit_status)status, (enum exit_status)print_json(json_pack(
                                                               "{s:b, s:o}", "ok", ok, "lines", lines)));
    json_array_foreach(lines, i, line) printf("%s\n", json_string_value(line));
    printf("%s\n", ok ? "ready" : "NOT READY");
    json_decref(lines);
    return status;
}

/* After a stop or a fault: the outputs are off, and the next run may be started. */
static int reset_bench(sd_bus *bus, const char *path, const struct options *options)
{
    int status = client_call(bus, path, CLIENT_NAME ".Bench", "Reset", NULL);

    if (status == EXIT_DONE && options->json)
        return print_json(json_pack("{s:b}", "reset", true));
    if (status == EXIT_DONE && !options->quiet)
        printf("the bench is ready for the next run\n");
    return status;
}

static const struct {
    const char *word;
    int (*act)(sd_bus *bus, const char *path, const struct options *options);
    bool why; /* hold_bench, with a reason */
} bench_acts[] = {{"show", show_bench, false},
                  {"check", check_bench, false},
                  {"reset", reset_bench, false},
                  {"hold", NULL, false},
                  {"take-over", NULL, true}};
#define BENCH_ACTS (sizeof bench_acts / sizeof *bench_acts)

static int bench(int argc, char **argv, const struct options *options)
{
    const char *why = NULL;
    const struct argument table[] = {{"--why", &why, NULL}, {.name = NULL}};
    char path[CLIENT_PATH_MAX];
    struct words words;
    sd_bus *bus = NULL;
    size_t i = 0;
    int status = parse_arguments(argc, argv, table, 2, 2, &words);

    if (status != EXIT_DONE)
        return status;
    while (i < BENCH_ACTS && strcmp(bench_acts[i].word, words.word[0]) != 0)
        i++;
    if (i == BENCH_ACTS)
        return fail(EXIT_BAD_INPUT,
                    "bench: '%.40s' is not known, allowed: show, check, reset, hold, take-over",
                    words.word[0]);
    if ((why != NULL) != bench_acts[i].why)
        return fail(EXIT_BAD_INPUT, "bench: take-over needs --why TEXT, and nothing else takes it");
    status = client_path("bench", words.word[1], path);
    if (status == EXIT_DONE)
        status = client_open(options, &bus);
    if (status == EXIT_DONE)
        status =
            bench_acts[i].act ? bench_acts[i].act(bus, path, options) : hold_bench(bus, path, why, options);
    sd_bus_flush_close_unref(bus);
    return status;
}

static int stop(int argc, char **argv, const struct options *options)
{
    char path[CLIENT_PATH_MAX];
    struct words words;
    sd_bus *bus = NULL;
    int status = parse_arguments(argc, argv, no_options, 1, 1, &words);

    if (status == EXIT_DONE)
        status = client_path("bench", words.word[0], path);
    if (status == EXIT_DONE)
        status = client_open(options, &bus);
    if (status == EXIT_DONE)
        status = client_call(bus, path, CLIENT_NAME ".Bench", "EmergencyStop", NULL);
    sd_bus_flush_close_unref(bus);
    if (status == EXIT_DONE && !options->quiet && !options->json)
        printf("outputs of bench %s are going off; see 'motorbench bench show %s', then 'motorbench bench "
               "reset %s'\n",
               words.word[0], words.word[0], words.word[0]);
    if (status == EXIT_DONE && options->json)
        return print_json(json_pack("{s:s}", "stopped", words.word[0]));
    return status;
}

const struct command bench_commands[] = {
    {"devices", "devices", "Lists the instruments and their state.", devices},
    {"benches", "benches", "Lists the benches and their state.", benches},
    {"bench", "bench show|check|reset|hold NAME, bench take-over NAME --why TEXT",
     "Shows a bench with its live quantities, checks every instrument, readies it again after a stop; keeps "
     "it "
     "for oneself as long as the command lasts, also from another person.",
     bench},
    {"stop", "stop BENCH", "Switches the outputs of a bench off, now.", stop},
    {.name = NULL},
};
