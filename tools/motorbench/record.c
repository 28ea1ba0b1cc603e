/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench list, show, export, report */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "motorbench/arguments.h"
#include "motorbench/client.h"
#include "motorbench/record.h"
#include "motorbench/verdict_table.h"

#define LIST_COUNT 100

static const struct argument no_options[] = {{.name = NULL}};

int open_record(const char *word, const struct options *options, sd_bus **ret_bus,
                char path[static CLIENT_PATH_MAX])
{
    char uuid[40];
    int status = client_open(options, ret_bus);

    if (status == EXIT_DONE)
        status = client_uuid(*ret_bus, word, uuid);
    return status == EXIT_DONE ? client_path("record", uuid, path) : status;
}

bool names_run(const char *word)
{
    return *word && strspn(word, "0123456789abcdefABCDEF-") == strlen(word);
}

static void print_summary(const json_t *r)
{
    printf("%.8s  %.19s  %-8s %-13s %-16s %-14s %s%s\n", json_text_of(r, "uuid"), json_text_of(r, "started"),
           json_text_of(r, "state"), *json_text_of(r, "verdict") ? json_text_of(r, "verdict") : "-",
           json_text_of(r, "motor_id"), json_text_of(r, "model"), json_text_of(r, "bench"),
           json_is_true(json_object_get(r, "simulated")) ? " SIMULATED" : "");
}

static int list(int argc, char **argv, const struct options *options)
{
    struct words words;
    json_t *records = NULL, *record;
    uint64_t total = 0;
    sd_bus *bus = NULL;
    size_t i;
    int status = parse_arguments(argc, argv, no_options, 0, 0, &words);

    if (status == EXIT_DONE)
        status = client_open(options, &bus);
    if (status == EXIT_DONE)
        status = client_records(bus, NULL, NULL, LIST_COUNT, &records, &total);
    sd_bus_flush_close_unref(bus);
    if (status != EXIT_DONE)
        return status;
    if (options->json)
        return print_json(json_pack("{s:o, s:I}", "records", records, "total", (json_int_t)total));
    json_array_foreach(records, i, record) print_summary(record);
    if (total > json_array_size(records))
        printf("... and %zu older\n", (size_t)total - json_array_size(records));
    json_decref(records);
    return EXIT_DONE;
}

static int map_report(sd_bus_message *reply, struct report *ret)
{
    struct stat st;
    void *bytes;
    int fd;

    if (sd_bus_message_read(reply, "h", &fd) < 0 || fstat(fd, &st) < 0 || st.st_size <= 0)
        return fail(EXIT_NO_DAEMON, "the daemon's answer cannot be read");
    bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return fail(EXIT_NO_DAEMON, "the report cannot be read: %s", strerror(errno));
    *ret = (struct report){bytes, (size_t)st.st_size};
    return EXIT_DONE;
}

int fetch_report(const char *word, const struct options *options, const char *format, struct report *ret)
{
    char path[CLIENT_PATH_MAX];
    sd_bus_message *m = NULL, *reply = NULL;
    sd_bus *bus = NULL;
    int status = open_record(word, options, &bus, path);

    if (status == EXIT_DONE)
        status = client_message(bus, path, RECORD_INTERFACE, "OpenReport", &m);
    if (status == EXIT_DONE && sd_bus_message_append(m, "ss", format, "") < 0)
        status = fail(EXIT_NO_DAEMON, "not enough memory");
    if (status == EXIT_DONE)
        status = client_send(bus, m, &reply);
    if (status == EXIT_DONE)
        status = map_report(reply, ret);
    sd_bus_message_unref(reply);
    sd_bus_flush_close_unref(bus);
    return status;
}

/* To a file, never half of it, or to stdout. */
static int deliver(const struct report *report, const char *file)
{
    struct mb_error err = {""};
    int status = EXIT_DONE;

    if (!file)
        (void)fwrite(report->bytes, 1, report->size, stdout); /* main looks at ferror(stdout) */
    else if (mb_file_write(file, report->bytes, report->size, &err) < 0)
        status = fail(EXIT_BAD_INPUT, "%s", err.text);
    (void)munmap((void *)report->bytes, report->size);
    return status;
}

static int export(int argc, char **argv, const struct options *options)
{
    const char *format = NULL, *file = NULL;
    const struct argument table[] = {{"--format", &format, NULL}, {"-o", &file, NULL}, {.name = NULL}};
    struct report report;
    struct words words;
    int status = parse_arguments(argc, argv, table, 1, 1, &words);

    if (status != EXIT_DONE)
        return status;
    if (!format)
        format = "json";
    if (strcmp(format, "json") != 0 && strcmp(format, "csv") != 0 && strcmp(format, "bundle") != 0)
        return fail(EXIT_BAD_INPUT, "--format: '%.40s' is not known, allowed: bundle, csv, json", format);
    if (strcmp(format, "bundle") == 0 && !file)
        return fail(EXIT_BAD_INPUT, "export: -o FILE is missing: a bundle goes to a file");
    if (options->json && strcmp(format, "json") != 0 && !file)
        return fail(EXIT_BAD_INPUT, "--json and --format %s contradict each other", format);
    status = fetch_report(words.word[0], options, format, &report);
    return status == EXIT_DONE ? deliver(&report, file) : status;
}

static int report(int argc, char **argv, const struct options *options)
{
    const char *file = NULL;
    const struct argument table[] = {{"-o", &file, NULL}, {.name = NULL}};
    struct report pdf;
    struct words words;
    int status = parse_arguments(argc, argv, table, 1, 1, &words);

    if (status != EXIT_DONE)
        return status;
    if (!file)
        return fail(EXIT_BAD_INPUT, "report: -o FILE.pdf is missing");
    status = fetch_report(words.word[0], options, "pdf", &pdf);
    if (status == EXIT_DONE)
        status = deliver(&pdf, file);
    return status == EXIT_DONE && options->json ? print_json(json_pack("{s:s}", "file", file)) : status;
}

int load_record(const char *word, const struct options *options, json_t **ret)
{
    struct report report;
    int status = fetch_report(word, options, "json", &report);

    if (status != EXIT_DONE)
        return status;
    *ret = json_loadb(report.bytes, report.size, 0, NULL);
    (void)munmap((void *)report.bytes, report.size);
    return *ret ? EXIT_DONE : fail(EXIT_NO_DAEMON, "the daemon's answer cannot be read");
}

static void print_entries(const json_t *document)
{
    json_t *entry;
    size_t i;

    json_array_foreach(json_object_get(document, "entries"), i, entry)
    {
        const char *type = json_text_of(entry, "type"), *store = json_text_of(entry, "store");
        char *values = json_dumps(json_object_get(entry, "values"), JSON_COMPACT | JSON_REAL_PRECISION(6));

        if (strcmp(store, "monitor") != 0 && strcmp(type, "frozen") != 0 && strcmp(type, "run") != 0 &&
            strcmp(type, "evaluation") != 0)
            printf("%9.1f s  %-9s %-22s %s\n", json_number_value(json_object_get(entry, "t_s")), type,
                   *store ? store : json_text_of(entry, "step"),
                   values ? values : json_text_of(entry, "reason"));
        free(values);
    }
}

static int show(int argc, char **argv, const struct options *options)
{
    struct words words;
    json_t *document = NULL;
    int status = parse_arguments(argc, argv, no_options, 1, 1, &words);

    if (status == EXIT_DONE)
        status = load_record(words.word[0], options, &document);
    if (status != EXIT_DONE)
        return status;
    if (options->json)
        return print_json(document);
    printf("run %s%s\nbench %s, started %s, %s\n", json_text_of(document, "uuid"),
           json_is_true(json_object_get(document, "simulated")) ? " (SIMULATED)" : "",
           json_text_of(document, "bench"), json_text_of(document, "started"),
           json_text_of(document, "state"));
    print_entries(document);
    print_verdict_table(json_object_get(document, "items"));
    json_decref(document);
    return EXIT_DONE;
}

const struct command record_commands[] = {
    {"list", "list", "Lists the newest runs.", list},
    {"show", "show RUN", "Shows a run with its readings and verdict.", show},
    {"export", "export RUN --format bundle|csv|json [-o FILE]", "Writes a run's record.", export},
    {"verify", "verify RUN|FILE [--ca FILE]", "Checks a record's hashes and seals, recomputes its result.",
     verify_record},
    {"report", "report RUN -o FILE.pdf", "Writes the report.", report},
    {.name = NULL},
};
