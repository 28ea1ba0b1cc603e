/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench instrument query, bench: one link, plain commands. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "instrument/ask.h"
#include "instrument/commands.h"
#include "instrument/profiles.h"
#include "motorbench/arguments.h"

#define QUERIES_MAX 1000000.0

static int parse_terminator(const char *command, const char *text, enum mb_terminator *ret)
{
    static const char *const words[] = {
        [MB_TERMINATOR_LF] = "lf", [MB_TERMINATOR_CRLF] = "crlf", [MB_TERMINATOR_CR] = "cr"};
    size_t i = 0;

    while (i < sizeof words / sizeof *words && strcmp(words[i], text) != 0)
        i++;
    if (i == sizeof words / sizeof *words)
        return fail(EXIT_BAD_INPUT, "%s: --terminator '%.20s' is not known, allowed: lf, crlf, cr", command,
                    text);
    *ret = (enum mb_terminator)i;
    return EXIT_DONE;
}

int link_init(const char *command, const char *address, const struct mb_profile *p, const char *terminator,
              const char *timeout, struct link *ret)
{
    const struct mb_serial_setting serial = p ? mb_profile_serial(p) : mb_serial_default;
    struct mb_error err = {""};
    int status = EXIT_DONE;

    *ret = (struct link){.settings = p ? p->link : ask_settings};
    if (mb_serial_address(address, &serial, &ret->address, &err) < 0)
        return fail(EXIT_BAD_INPUT, "%s", err.text);
    if (terminator) {
        status = parse_terminator(command, terminator, &ret->settings.write_terminator);
        ret->settings.read_terminator = ret->settings.write_terminator;
    }
    if (status == EXIT_DONE && timeout)
        status = parse_number(command, "--timeout", timeout, 0.05, 120, &ret->settings.timeout_s);
    return status;
}

void link_done(struct link *l)
{
    free(l->address);
    l->address = NULL;
}

/* What a command line says of its link: --profile, --terminator, --timeout. */
struct link_options {
    const char *profile, *terminator, *timeout;
};

static int open_link(const char *command, const char *address, const struct link_options *o, struct ask **ret)
{
    struct mb_profile *p = NULL;
    struct link l = {NULL};
    struct mb_error err = {""};
    int status = o->profile ? profiles_load_one(o->profile, &p) : EXIT_DONE;

    if (status == EXIT_DONE)
        status = link_init(command, address, p, o->terminator, o->timeout, &l);
    if (status == EXIT_DONE) {
        int r = ask_open(l.address, &l.settings, ret, &err);

        if (r < 0)
            status = fail(ask_status(r), "%s", err.text);
    }
    link_done(&l);
    (void)mb_profile_free(p);
    return status;
}

static int say_all(struct ask *a, const struct words *words, bool always_reply, const struct options *options)
{
    json_t *exchanges = json_array();
    struct mb_error err = {""};
    const char *reply;
    int status = EXIT_DONE;

    for (size_t i = 1; status == EXIT_DONE && i < words->count; i++) {
        bool asks = always_reply || strchr(words->word[i], '?');

        if (ask_say(a, words->word[i], asks, &reply, &err) < 0)
            status = fail(EXIT_BENCH_FAULT, "%s", err.text);
        else if (options->json)
            (void)json_array_append_new(exchanges, json_pack("{s:s, s:o}", "command", words->word[i], "reply",
                                                             asks ? json_string(reply) : json_null()));
        else if (asks && puts(reply) < 0)
            status = EXIT_BENCH_FAULT;
    }
    if (status == EXIT_DONE && options->json)
        return print_json(json_pack("{s:s, s:o}", "address", words->word[0], "exchanges", exchanges));
    json_decref(exchanges);
    return status;
}

int query_command(int argc, char **argv, const struct options *options)
{
    struct link_options link = {NULL};
    bool reply = false;
    const struct argument table[] = {{.name = "--profile", .value = &link.profile},
                                     {.name = "--terminator", .value = &link.terminator},
                                     {.name = "--timeout", .value = &link.timeout},
                                     {.name = "--reply", .flag = &reply},
                                     {.name = NULL}};
    struct ask *a = NULL;
    struct words words;
    int status = parse_arguments(argc, argv, table, 2, 64, &words);

    if (status == EXIT_DONE)
        status = open_link(argv[0], words.word[0], &link, &a);
    if (status == EXIT_DONE)
        status = say_all(a, &words, reply || ask_always_replies(a), options);
    (void)ask_close(a);
    return status;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct timing {
    double *latency_s; /* in the order of asking, then sorted */
    size_t count;
    double total_s;
};

static int measure(struct ask *a, const char *query, size_t count, double limit_s, struct timing *ret)
{
    uint64_t begin_ns = mb_monotonic_ns(), from_ns, now_ns = begin_ns;
    struct mb_error err = {""};
    const char *reply;

    while (ret->count < count && (double)(now_ns - begin_ns) * 1e-9 < limit_s) {
        from_ns = mb_monotonic_ns();
        if (ask_say(a, query, true, &reply, &err) < 0)
            return fail(EXIT_BENCH_FAULT, "%s", err.text);
        now_ns = mb_monotonic_ns();
        ret->latency_s[ret->count++] = (double)(now_ns - from_ns) * 1e-9;
    }
    ret->total_s = (double)(now_ns - begin_ns) * 1e-9;
    qsort(ret->latency_s, ret->count, sizeof *ret->latency_s, compare);
    return EXIT_DONE;
}

static double quantile_ms(const struct timing *t, double part)
{
    return t->latency_s[(size_t)floor(part * (double)(t->count - 1) + 0.5)] * 1e3;
}

static int print_timing(const char *address, const char *query, const struct timing *t, bool json)
{
    double rate = (double)t->count / t->total_s;

    if (json)
        return print_json(json_pack("{s:s, s:s, s:I, s:f, s:f, s:f, s:f, s:f}", "address", address, "query",
                                    query, "queries", (json_int_t)t->count, "seconds", t->total_s,
                                    "queries_per_s", rate, "p50_ms", quantile_ms(t, 0.5), "p99_ms",
                                    quantile_ms(t, 0.99), "max_ms", quantile_ms(t, 1)));
    return printf("%zu queries in %.3f s: %.1f queries/s, p50 %.3f ms, p99 %.3f ms, max %.3f ms\n", t->count,
                  t->total_s, rate, quantile_ms(t, 0.5), quantile_ms(t, 0.99), quantile_ms(t, 1)) < 0
               ? EXIT_BENCH_FAULT
               : EXIT_DONE;
}

int bench_command(int argc, char **argv, const struct options *options)
{
    struct link_options link = {NULL};
    const char *query = NULL, *count_text = NULL, *seconds_text = NULL;
    const struct argument table[] = {{.name = "--query", .value = &query},
                                     {.name = "--count", .value = &count_text},
                                     {.name = "--seconds", .value = &seconds_text},
                                     {.name = "--profile", .value = &link.profile},
                                     {.name = "--terminator", .value = &link.terminator},
                                     {.name = "--timeout", .value = &link.timeout},
                                     {.name = NULL}};
    struct timing timing = {0};
    double count = 1000, limit_s = 10;
    struct ask *a = NULL;
    struct words words;
    int status = parse_arguments(argc, argv, table, 1, 1, &words);

    if (status == EXIT_DONE && count_text)
        status = parse_number(argv[0], "--count", count_text, 1, QUERIES_MAX, &count);
    if (status == EXIT_DONE && seconds_text)
        status = parse_number(argv[0], "--seconds", seconds_text, 0.001, 3600, &limit_s);
    if (status == EXIT_DONE)
        status = open_link(argv[0], words.word[0], &link, &a);
    query = query ? query : "*IDN?";
    timing.latency_s = calloc((size_t)count, sizeof *timing.latency_s);
    if (status == EXIT_DONE && !timing.latency_s)
        status = fail(EXIT_BENCH_FAULT, "out of memory");
    if (status == EXIT_DONE)
        status = measure(a, query, (size_t)count, limit_s, &timing);
    if (status == EXIT_DONE)
        status = print_timing(words.word[0], query, &timing, options->json);
    free(timing.latency_s);
    (void)ask_close(a);
    return status;
}
