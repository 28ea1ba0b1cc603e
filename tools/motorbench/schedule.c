/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench schedule list | add | done */
#include <stdio.h>
#include <string.h>

#include "motorbench/arguments.h"
#include "motorbench/client.h"

static void print_entry(const json_t *entry)
{
    const char *done = json_text_of(entry, "done");

    printf("%4lld  %-19s %.8s  %-22s %s%s%s%s%s%s\n",
           (long long)json_integer_value(json_object_get(entry, "id")), json_text_of(entry, "due"),
           json_text_of(entry, "run"), json_text_of(entry, "item"), json_text_of(entry, "text"),
           *done ? "  (done " : "", done, *done ? " by " : "", *done ? json_text_of(entry, "done_by") : "",
           *done ? ")" : "");
}

static int list(int argc, char **argv, const struct options *options, sd_bus *bus)
{
    bool all = false;
    const struct argument table[] = {{"--all", NULL, &all}, {.name = NULL}};
    sd_bus_message *m = NULL, *reply = NULL;
    json_t *entries = NULL, *entry;
    struct words words;
    size_t i;
    int status = parse_arguments(argc, argv, table, 1, 1, &words);

    if (status == EXIT_DONE)
        status = client_message(bus, CLIENT_ROOT, CLIENT_MANAGER, "ListScheduled", &m);
    if (status == EXIT_DONE && sd_bus_message_append(m, "b", (int)all) < 0)
        status = fail(EXIT_NO_DAEMON, "not enough memory");
    if (status == EXIT_DONE)
        status = client_send(bus, m, &reply);
    if (status == EXIT_DONE && client_json(reply, &entries) < 0)
        status = fail(EXIT_NO_DAEMON, "the daemon's answer cannot be read");
    sd_bus_message_unref(reply);
    if (status != EXIT_DONE)
        return status;
    if (options->json)
        return print_json(entries);
    json_array_foreach(entries, i, entry)
    {
        print_entry(entry);
    }
    json_decref(entries);
    return EXIT_DONE;
}

static int add(int argc, char **argv, const struct options *options, sd_bus *bus)
{
    static const struct argument none[] = {{.name = NULL}};
    sd_bus_message *m = NULL, *reply = NULL;
    char uuid[40];
    struct words words;
    uint64_t id = 0;
    int status = parse_arguments(argc, argv, none, 5, 5, &words);

    if (status == EXIT_DONE)
        status = client_uuid(bus, words.word[2], uuid);
    if (status == EXIT_DONE)
        status = client_message(bus, CLIENT_ROOT, CLIENT_MANAGER, "AddScheduled", &m);
    if (status == EXIT_DONE &&
        sd_bus_message_append(m, "a{sv}", 4, "due", "s", words.word[1], "run", "s", uuid, "item", "s",
                              words.word[3], "text", "s", words.word[4]) < 0)
        status = fail(EXIT_BAD_INPUT, "the entry cannot be sent");
    if (status == EXIT_DONE)
        status = client_send(bus, m, &reply);
    if (status == EXIT_DONE && sd_bus_message_read(reply, "t", &id) < 0)
        status = fail(EXIT_NO_DAEMON, "the daemon's answer cannot be read");
    sd_bus_message_unref(reply);
    if (status != EXIT_DONE)
        return status;
    if (options->json)
        return print_json(json_pack("{s:I}", "id", (json_int_t)id));
    printf("%llu\n", (unsigned long long)id);
    return EXIT_DONE;
}

static int done(int argc, char **argv, const struct options *options, sd_bus *bus)
{
    static const struct argument none[] = {{.name = NULL}};
    sd_bus_message *m = NULL;
    struct words words;
    double id = 0;
    int status = parse_arguments(argc, argv, none, 2, 2, &words);

    if (status == EXIT_DONE)
        status = parse_number("schedule done", "NUMBER", words.word[1], 1, 1e15, &id);
    if (status == EXIT_DONE)
        status = client_message(bus, CLIENT_ROOT, CLIENT_MANAGER, "DoneScheduled", &m);
    if (status == EXIT_DONE && sd_bus_message_append(m, "t", (uint64_t)id) < 0)
        status = fail(EXIT_NO_DAEMON, "not enough memory");
    if (status == EXIT_DONE)
        status = client_send(bus, m, NULL);
    return status == EXIT_DONE && options->json ? print_json(json_pack("{s:I}", "done", (json_int_t)id))
                                                : status;
}

static int schedule(int argc, char **argv, const struct options *options)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv, const struct options *options, sd_bus *bus);
    } verbs[] = {{"list", list}, {"add", add}, {"done", done}};
    sd_bus *bus = NULL;
    int status = EXIT_BAD_INPUT;

    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (argc < 2 || strcmp(argv[1], verbs[i].name) != 0)
            continue;
        status = client_open(options, &bus);
        if (status == EXIT_DONE)
            status = verbs[i].run(argc, argv, options, bus);
        sd_bus_flush_close_unref(bus);
        return status;
    }
    return fail(EXIT_BAD_INPUT, "schedule: list, add or done is expected");
}

const struct command schedule_commands[] = {
    {"schedule", "schedule list [--all] | add DUE RUN ITEM TEXT | done NUMBER",
     "What is to be done later, kept by the daemon.", schedule},
    {.name = NULL},
};
