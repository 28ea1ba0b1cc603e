/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a test asks daemon, command line and simulator. */
#include "support/test.h"

#include "support/daemon_fixture.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "support/eventually.h"

#define LOG_MAX (4u << 20)
#define LOG_TAIL 6000
#define CLI_TIMEOUT_MS 60000
#define WORDS_MAX 24

static char *read_log(const struct daemon_fixture *f, const char *name)
{
    char path[PATH_MAX], *text = NULL;
    size_t size;

    (void)snprintf(path, sizeof path, "%s/%s", f->folder, name);
    if (mb_file_read(path, LOG_MAX, &text, &size, NULL) < 0)
        text = strdup("");
    assert_non_null(text);
    return text;
}

void daemon_fixture_fail(const struct daemon_fixture *f, const char *format, ...)
{
    static const char *const logs[] = {"bus.log", "guard.log", "daemon.log", "run.log"};
    char message[600];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(message, sizeof message, format, ap);
    va_end(ap);
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        char *text = read_log(f, logs[i]);
        size_t n = strlen(text);

        (void)fprintf(stderr, "---- end of %s\n%s\n", logs[i], n > LOG_TAIL ? text + n - LOG_TAIL : text);
        free(text);
    }
    fail_msg("%s", message);
    abort(); /* fail_msg does not return, which its declaration does not say */
}

/* ---- The command line. ---- */

void daemon_fixture_cli(struct daemon_fixture *f, struct run_result *ret, const char *const words[])
{
    const struct run_options options = {.timeout_ms = CLI_TIMEOUT_MS};
    const char *argv[WORDS_MAX] = {NULL};
    char program[PATH_MAX];
    size_t n = 0;

    argv[n++] = run_program_path("motorbench", program, sizeof program);
    argv[n++] = "--bus";
    argv[n++] = f->address;
    for (; *words; words++) {
        assert_true(n < WORDS_MAX - 1);
        argv[n++] = *words;
    }
    assert_int_equal(run_program(argv, &options, ret), 0);
    assert_false(ret->timed_out);
}

int daemon_fixture_status(struct daemon_fixture *f, const char *const words[])
{
    struct run_result result;
    int status;

    daemon_fixture_cli(f, &result, words);
    status = result.status;
    run_result_clear(&result);
    return status;
}

json_t *daemon_fixture_json(struct daemon_fixture *f, int expected_status, const char *const words[])
{
    const char *all[WORDS_MAX] = {"--json"};
    struct run_result result;
    json_error_t error;
    json_t *document;

    for (size_t n = 1; *words; words++) {
        assert_true(n < WORDS_MAX - 1);
        all[n++] = *words;
    }
    daemon_fixture_cli(f, &result, all);
    if (result.status != expected_status)
        daemon_fixture_fail(f, "status %d instead of %d: %s", result.status, expected_status, result.err);
    document = json_loads(result.out, 0, &error);
    if (!document)
        daemon_fixture_fail(f, "no JSON on line %d (%s): %s", error.line, error.text, result.out);
    run_result_clear(&result);
    return document;
}

/* ---- A run in the background. ---- */

/* Its line may stand behind one of the other stream. */
static bool run_is_known(void *userdata)
{
    struct daemon_fixture *f = userdata;
    char *text = daemon_fixture_run_output(f);
    const char *line = strncmp(text, "run ", 4) == 0 ? text : strstr(text, "\nrun ");
    bool known = line && sscanf(line, " run %36[0-9a-f-]", f->uuid) == 1 && strlen(f->uuid) == 36 &&
                 strchr(line + 1, '\n');

    free(text);
    return known || child_ended(&f->run);
}

void daemon_fixture_run_with(struct daemon_fixture *f, const char *const options[])
{
    char program[PATH_MAX], log[PATH_MAX];
    const char *argv[WORDS_MAX + 1] = {run_program_path("motorbench", program, sizeof program), "--bus",
                                       f->address, "run", f->motor};

    for (size_t n = 5; *options && n < WORDS_MAX; n++)
        argv[n] = *options++;
    f->uuid[0] = '\0';
    (void)snprintf(log, sizeof log, "%s/run.log", f->folder);
    child_start(&f->run, argv, NULL, log);
    if (!eventually(run_is_known, f, FIXTURE_PATIENCE_MS) || strlen(f->uuid) != 36)
        daemon_fixture_fail(f, "the run did not start");
}

void daemon_fixture_run(struct daemon_fixture *f)
{
    daemon_fixture_run_with(f, (const char *const[]){NULL});
}

int daemon_fixture_run_status(struct daemon_fixture *f, unsigned timeout_ms)
{
    if (!child_wait(&f->run, timeout_ms))
        daemon_fixture_fail(f, "'motorbench run' has not ended after %u ms", timeout_ms);
    return f->run.status;
}

char *daemon_fixture_run_output(const struct daemon_fixture *f)
{
    return read_log(f, "run.log");
}

/* ---- Properties. ---- */

static const char *read_text(struct daemon_fixture *f, const char *path, const char *interface,
                             const char *property, char *buffer, size_t size)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    char *text = NULL;

    buffer[0] = '\0';
    if (sd_bus_get_property_string(f->client, "org.motorbench1", path, interface, property, &error, &text) >=
        0)
        (void)snprintf(buffer, size, "%s", text);
    free(text);
    sd_bus_error_free(&error);
    return buffer;
}

const char *daemon_fixture_run_text(struct daemon_fixture *f, const char *property, char *buffer, size_t size)
{
    char *path = NULL;

    assert_true(sd_bus_path_encode("/org/motorbench1/run", f->uuid, &path) >= 0);
    (void)read_text(f, path, "org.motorbench1.Run", property, buffer, size);
    free(path);
    return buffer;
}

struct wanted {
    struct daemon_fixture *f;
    const char *property, *text;
    char last[400];
};

static bool run_has(void *userdata)
{
    struct wanted *w = userdata;

    (void)daemon_fixture_run_text(w->f, w->property, w->last, sizeof w->last);
    return strncmp(w->last, w->text, strlen(w->text)) == 0;
}

void daemon_fixture_await(struct daemon_fixture *f, const char *property, const char *beginning,
                          unsigned timeout_ms)
{
    struct wanted w = {f, property, beginning, ""};
    char reason[400];

    if (!eventually(run_has, &w, timeout_ms))
        daemon_fixture_fail(f, "%s of the run is '%s', not '%s', after %u ms; Reason '%s'", property, w.last,
                            beginning, timeout_ms,
                            daemon_fixture_run_text(f, "Reason", reason, sizeof reason));
}

static bool bench_has(void *userdata)
{
    struct wanted *w = userdata;

    (void)read_text(w->f, "/org/motorbench1/bench/sim", "org.motorbench1.Bench", w->property, w->last,
                    sizeof w->last);
    return strcmp(w->last, w->text) == 0;
}

void daemon_fixture_await_bench(struct daemon_fixture *f, const char *property, const char *text,
                                unsigned timeout_ms)
{
    struct wanted w = {f, property, text, ""};

    if (!eventually(bench_has, &w, timeout_ms))
        daemon_fixture_fail(f, "%s of the bench is '%s', not '%s', after %u ms", property, w.last, text,
                            timeout_ms);
}

/* ---- The simulator. ---- */

static char *ask_simulator(struct daemon_fixture *f, const char *command)
{
    enum { SIZE = 8192 };
    char line[128], *reply = calloc(1, SIZE);
    int fd = sim_connect(sim_process_port(&f->sim, "control"));

    assert_non_null(reply);
    (void)snprintf(line, sizeof line, "%s\n", command);
    sim_say(fd, line);
    if (sim_hear(fd, reply, SIZE, FIXTURE_PATIENCE_MS) <= 0)
        daemon_fixture_fail(f, "the simulator does not answer '%s'", command);
    assert_int_equal(close(fd), 0);
    return reply;
}

void daemon_fixture_simulator(struct daemon_fixture *f, const char *command)
{
    char *reply = ask_simulator(f, command);

    if (strcmp(reply, "ok") != 0)
        daemon_fixture_fail(f, "%s: %s", command, reply);
    free(reply);
}

double daemon_fixture_truth(struct daemon_fixture *f, const char *name)
{
    char *reply = ask_simulator(f, "status");
    json_t *document = json_loads(reply, 0, NULL), *value = json_object_get(document, name);
    double number = json_is_boolean(value) ? json_is_true(value) : json_number_value(value);

    assert_non_null(value);
    json_decref(document);
    free(reply);
    return number;
}

bool daemon_fixture_output_on(struct daemon_fixture *f)
{
    return daemon_fixture_truth(f, "output_on") != 0;
}

static bool is_on(void *f)
{
    return daemon_fixture_output_on(f);
}

void daemon_fixture_await_on(struct daemon_fixture *f, unsigned timeout_ms)
{
    if (!eventually(is_on, f, timeout_ms))
        daemon_fixture_fail(f, "the source is still off after %u ms", timeout_ms);
}

static bool is_off(void *f)
{
    return !daemon_fixture_output_on(f);
}

unsigned daemon_fixture_await_off(struct daemon_fixture *f, unsigned timeout_ms)
{
    uint64_t from_ns = mb_monotonic_ns();

    if (!eventually(is_off, f, timeout_ms))
        daemon_fixture_fail(f, "the source is still on after %u ms", timeout_ms);
    return (unsigned)((mb_monotonic_ns() - from_ns) / 1000000);
}

json_t *record_entry(const json_t *document, const char *type, size_t from)
{
    json_t *entry;
    size_t i;

    json_array_foreach(json_object_get(document, "entries"), i, entry)
    {
        const char *name = json_string_value(json_object_get(entry, "type"));

        if (name && strcmp(name, type) == 0 && from-- == 0)
            return entry;
    }
    return NULL;
}
