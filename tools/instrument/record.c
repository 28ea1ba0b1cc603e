/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench instrument record: an instrument is opened through its profile, read and closed, and every byte
 * of it is kept. Nothing is set and no output is switched. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/number.h"
#include "instrument/ask.h"
#include "instrument/commands.h"
#include "instrument/profiles.h"
#include "instrument/session.h"
#include "motorbench/arguments.h"
#include "transport/recording.h"
#include "transport/transcript.h"

#define READINGS_MAX 100.0
#define TIMEOUT_S 60.0

struct recording_options {
    const char *profile, *file, *wiring, *voltage_range, *current_range, *readings, *device;
};

static int wiring_index(const char *command, const char *text, int *ret)
{
    int i = 0;

    *ret = -1;
    if (!text)
        return EXIT_DONE;
    while (mb_wirings[i] && strcmp(mb_wirings[i], text) != 0)
        i++;
    if (!mb_wirings[i])
        return fail(EXIT_BAD_INPUT,
                    "%s: the wiring '%.20s' is not known, allowed: 1P2W, 1P3W, 3P3W, 3P4W, 3V3A", command,
                    text);
    *ret = i;
    return EXIT_DONE;
}

static int take_setting(const char *command, const struct recording_options *o, double *ret_readings,
                        struct mb_instrument_setting *ret)
{
    int status = wiring_index(command, o->wiring, &ret->wiring);

    if (status == EXIT_DONE && !o->profile)
        status = fail(EXIT_BAD_INPUT, "%s: --profile is missing", command);
    if (status == EXIT_DONE && !o->file)
        status = fail(EXIT_BAD_INPUT, "%s: -o FILE is missing", command);
    if (status == EXIT_DONE && strchr(o->file, ':'))
        status = fail(EXIT_BAD_INPUT, "%s: the name of the file may not hold a colon", command);
    if (status == EXIT_DONE && o->voltage_range)
        status = parse_number(command, "--voltage-range-v", o->voltage_range, 0, 1e6, &ret->voltage_range_v);
    if (status == EXIT_DONE && o->current_range)
        status = parse_number(command, "--current-range-a", o->current_range, 0, 1e6, &ret->current_range_a);
    if (status == EXIT_DONE && o->readings)
        status = parse_number(command, "--readings", o->readings, 1, READINGS_MAX, ret_readings);
    return status;
}

/* "Maker, model, serial number, firmware", the order that most instruments answer in; others are left whole.
 */
static int set_identity(struct mb_transcript *t, const char *identity, const char *device)
{
    const char *first = strchr(identity, ','), *second = first ? strchr(first + 1, ',') : NULL;
    char maker_model[160];
    int r;

    (void)snprintf(maker_model, sizeof maker_model, "%.*s",
                   second ? (int)(second - identity) : (int)strlen(identity), identity);
    r = mb_transcript_set(t, MB_TRANSCRIPT_DEVICE, device ? device : maker_model);
    return r == 0 && second
               ? mb_transcript_set(t, MB_TRANSCRIPT_FIRMWARE, second + 1 + strspn(second + 1, " "))
               : r;
}

static int set_head(struct mb_transcript *t, const struct recording_options *o, const char *identity,
                    const char *actions)
{
    const struct {
        enum mb_transcript_key key;
        const char *value;
    } given[] = {{MB_TRANSCRIPT_PROFILE, o->profile},
                 {MB_TRANSCRIPT_WIRING, o->wiring},
                 {MB_TRANSCRIPT_VOLTAGE_RANGE_V, o->voltage_range},
                 {MB_TRANSCRIPT_CURRENT_RANGE_A, o->current_range},
                 {MB_TRANSCRIPT_ACTIONS, actions}};
    int r = set_identity(t, identity, o->device);

    for (size_t i = 0; r == 0 && i < sizeof given / sizeof *given; i++)
        if (given[i].value)
            r = mb_transcript_set(t, given[i].key, given[i].value);
    return r;
}

/* A disk that is full ends the recording and not the link: then the last line is missing. */
static int check_whole(const char *part, struct mb_error *err)
{
    static const char end[] = "# " MB_RECORDING_END "\n";
    char *text;
    size_t size, n = strlen(end);
    int r = mb_file_read(part, MB_TRANSCRIPT_SIZE_MAX, &text, &size, err);

    if (r < 0)
        return r;
    if (size < n || memcmp(text + size - n, end, n) != 0)
        r = mb_error_set(err, -EIO, "%s: is not whole, it could not be written to its end", part);
    free(text);
    return r;
}

/* The recording so far becomes the file that was asked for. */
static int complete(const struct recording_options *o, const char *part, const char *identity,
                    const char *actions, size_t *ret_lines)
{
    struct mb_transcript *t = NULL;
    struct mb_error err = {""};
    int r = check_whole(part, &err);

    if (r == 0)
        r = mb_transcript_load(part, &t, &err);
    if (r == 0 && set_head(t, o, identity, actions) < 0)
        r = mb_error_set(&err, -ENOMEM, "out of memory");
    if (r == 0)
        r = mb_transcript_save(o->file, t, &err);
    if (r == 0)
        *ret_lines = t->count;
    (void)mb_transcript_free(t);
    return r < 0 ? fail(EXIT_BENCH_FAULT, "%s", err.text) : EXIT_DONE;
}

static void on_session_done(void *userdata)
{
    (void)sd_event_exit(userdata, 0);
}

/* Runs the session to its end. EXIT_DONE: the session has ended, well or badly. */
static int run(sd_event *event, const struct mb_instrument_setting *setting, const char *actions,
               struct session **ret)
{
    char folder[PATH_MAX];
    struct mb_error err = {""};
    const struct session_setting session = {.instrument = setting,
                                            .profile_directory = folder,
                                            .actions = actions,
                                            .timeout_s = TIMEOUT_S,
                                            .done = on_session_done,
                                            .userdata = event};
    int status = profiles_folder(folder, sizeof folder), r;

    if (status != EXIT_DONE)
        return status;
    r = session_new(event, &session, ret, &err);
    if (r == -EINVAL || r == -ENOENT || r == -EPROTONOSUPPORT)
        return fail(EXIT_BAD_INPUT, "%s", err.text);
    if (r == 0)
        r = sd_event_loop(event);
    return r < 0 ? fail(EXIT_BENCH_FAULT, "%s", err.text[0] ? err.text : strerror(-r)) : EXIT_DONE;
}

/* One row of the session's text; its fields hold no commas. */
static json_t *row_json(char *row)
{
    const char *action = strsep(&row, ","), *channel = strsep(&row, ","), *value = strsep(&row, ","),
               *unit = strsep(&row, ",");
    double number;

    return json_pack(
        "{s:s, s:s, s:o, s:s, s:s}", "action", action, "channel", channel ? channel : "", "value",
        value && mb_number_parse(value, strlen(value), &number) == 0 ? json_real(number) : json_null(),
        "unit", unit ? unit : "", "validity", row ? row : "");
}

static json_t *readings_json(const char *text)
{
    json_t *rows = json_array();
    char *copy = strdup(text), *rest = copy;

    for (char *row; rest && (row = strsep(&rest, "\n"));)
        if (*row)
            (void)json_array_append_new(rows, row_json(row));
    free(copy);
    return rows;
}

static int report(const struct session *s, const struct recording_options *o, const char *part,
                  const char *actions, const struct options *options)
{
    struct mb_error text = {""};
    const char *why;
    size_t lines = 0;
    int error = session_error(s, &why), status;

    if (error < 0) {
        (void)mb_error_set(&text, error, "%s", why);
        ask_explain(error, &text);
        return fail(EXIT_BENCH_FAULT, "%s; what was said is in %s", text.text, part);
    }
    status = complete(o, part, session_identity(s), actions, &lines);
    if (status != EXIT_DONE)
        return status;
    (void)unlink(part);
    if (options->json)
        return print_json(json_pack("{s:s, s:s, s:I, s:o}", "file", o->file, "identity", session_identity(s),
                                    "lines", (json_int_t)lines, "readings", readings_json(session_text(s))));
    if (!options->quiet)
        (void)printf("%s: %zu lines of %s\n", o->file, lines, session_identity(s));
    return fputs(session_text(s), stdout) < 0 ? EXIT_BENCH_FAULT : EXIT_DONE;
}

/* "read; read; read" */
static void make_actions(char *buffer, size_t size, double readings)
{
    size_t used = 0;

    for (int i = 0; i < (int)readings && used < size; i++)
        used += (size_t)snprintf(buffer + used, size - used, "%sread", i ? "; " : "");
}

static int record(const char *command, const char *address, const struct recording_options *o,
                  const struct options *options)
{
    char part[PATH_MAX], link[PATH_MAX + 512], actions[8 * (size_t)READINGS_MAX];
    struct mb_clock clock;
    struct mb_instrument_setting setting = {
        .id = o->profile, .profile = o->profile, .address = link, .clock = &clock};
    double readings = 1;
    struct session *s = NULL;
    sd_event *event = NULL;
    int status = take_setting(command, o, &readings, &setting);

    if (status != EXIT_DONE)
        return status;
    mb_clock_init(&clock, 1);
    make_actions(actions, sizeof actions, readings);
    if (snprintf(part, sizeof part, "%s.part", o->file) >= (int)sizeof part ||
        snprintf(link, sizeof link, "record:%s:%s", part, address) >= (int)sizeof link)
        return fail(EXIT_BAD_INPUT, "%s: the path or the address is too long", command);
    if (sd_event_new(&event) < 0)
        return fail(EXIT_BENCH_FAULT, "out of memory");
    status = run(event, &setting, actions, &s);
    if (status == EXIT_DONE)
        status = report(s, o, part, actions, options);
    (void)session_free(s);
    sd_event_unref(event);
    return status;
}

int record_command(int argc, char **argv, const struct options *options)
{
    struct recording_options o = {0};
    const struct argument table[] = {{.name = "--profile", .value = &o.profile},
                                     {.name = "-o", .value = &o.file},
                                     {.name = "--wiring", .value = &o.wiring},
                                     {.name = "--voltage-range-v", .value = &o.voltage_range},
                                     {.name = "--current-range-a", .value = &o.current_range},
                                     {.name = "--readings", .value = &o.readings},
                                     {.name = "--device", .value = &o.device},
                                     {.name = NULL}};
    struct words words;
    int status = parse_arguments(argc, argv, table, 1, 1, &words);

    return status == EXIT_DONE ? record(argv[0], words.word[0], &o, options) : status;
}
