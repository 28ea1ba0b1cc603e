/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The n-th allocation, the n-th write and the n-th message of the daemon fail (tests/inject/fail_nth.c), disk
 * full or read-only from some moment on, a wall clock that jumps. Whatever it is: no crash, nothing stays on,
 * and the run has the verdict that it has without, or is INVALID with a reason, or the daemon says why it
 * does not start.
 *
 * FAILURES=N: N moments of each kind, evenly over all there are (tests/bench/failures), or each of them where
 * there are not so many; FAILURES_FROM=N: over those from the N-th on; FAILURES_KIND=NAME: of this kind only.
 */
#include "support/test.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "record/record.h"
#include "support/daemon_fixture.h"
#include "support/eventually.h"
#include "support/tree.h"

#define SEED 20261122u
#define READY_MS 8000u
#define RUN_MS 8000u
#define LOG_MAX (4u << 20)
#define LOG_TAIL 4000u

static const char *const simulator[] = {
    "--motor", "tests/data/faults/motor.yaml", "--factor", "100", "--seed", "7", NULL};

enum outcome { AS_EVER, INVALID, NO_RUN, REFUSED, OUTCOME_COUNT };
static const char *const outcome_names[] = {"as ever", "INVALID", "no run", "refused to start"};

struct failures {
    struct daemon_fixture f;
    char preload[300], order[64], programs[300];
    const char *environment[3];
    char verdict[40];              /* without a failure */
    long alloc, write, bus, clock; /* how many there are */
    unsigned count[OUTCOME_COUNT];
    unsigned seed, broken;
};

/* Memory is the sanitizer's where there is one: the daemon of the plain build beside it then. */
static void use_plain_build(struct failures *s)
{
    char path[320];

    (void)snprintf(s->programs, sizeof s->programs, "%s/../bin", test_build_folder());
    (void)snprintf(path, sizeof path, "%s/motorbenchd", s->programs);
    if (access(path, X_OK) == 0)
        s->f.programs = s->programs;
}

static int setup(void **state)
{
    struct failures *s = calloc(1, sizeof *s);
    char *real;

    assert_non_null(s);
    *state = s;
    s->seed = SEED;
    daemon_fixture_start(
        &s->f, &(struct daemon_fixture_setting){.sim = simulator, .bench_extra = "  items: rotation\n"});
    (void)snprintf(s->f.motor, sizeof s->f.motor, "tests/data/faults/nameplate.yaml");
    assert_int_equal(daemon_fixture_stop(&s->f), 0);
    (void)snprintf(s->order, sizeof s->order, "%s/lib/fail_nth.so", test_build_folder());
    real = realpath(s->order, NULL);
    if (!real)
        fail_msg("%s is not built", s->order);
    (void)snprintf(s->preload, sizeof s->preload, "LD_PRELOAD=%s", real);
    free(real);
    s->environment[0] = s->preload;
    s->environment[1] = s->order;
    s->f.environment = s->environment;
    return 0;
}

static int teardown(void **state)
{
    struct failures *s = *state;

    daemon_fixture_clear(&s->f);
    free(s);
    return 0;
}

/* ---- One daemon with one failure, and one run. ---- */

static char *read_text(const struct failures *s, const char *leaf)
{
    char path[128], *text = NULL;
    size_t size;

    (void)snprintf(path, sizeof path, "%s/%s", s->f.folder, leaf);
    if (mb_file_read(path, LOG_MAX, &text, &size, NULL) < 0)
        text = strdup("");
    assert_non_null(text);
    return text;
}

static bool is_ready_or_gone(void *userdata)
{
    struct failures *s = userdata;

    return child_ended(&s->f.daemon) || FIXTURE_STATUS(&s->f, "bench", "check", "sim") == 0;
}

static bool run_is_over(void *userdata)
{
    struct failures *s = userdata;
    char *text = read_text(s, "run.log");
    bool over = strstr(text, "paused") || child_ended(&s->f.run) || child_ended(&s->f.daemon);

    free(text);
    return over;
}

static void run(struct failures *s)
{
    char program[300], log[128];
    const char *const argv[] = {run_program_path("motorbench", program, sizeof program),
                                "--bus",
                                s->f.address,
                                "run",
                                s->f.motor,
                                NULL};

    (void)snprintf(log, sizeof log, "%s/run.log", s->f.folder);
    child_start(&s->f.run, argv, NULL, log);
    (void)eventually(run_is_over, s, RUN_MS);
}

static void objection(struct failures *s, const char *what)
{
    char *log = read_text(s, "daemon.log");
    size_t n = strlen(log);

    printf("# %s: %s\n", s->order, what);
    (void)fflush(stdout);
    (void)fprintf(stderr, "---- end of daemon.log\n%s\n", n > LOG_TAIL ? log + n - LOG_TAIL : log);
    s->broken++;
    free(log);
}

/* Ends by itself or is asked to; by a signal it must not. */
static void end_daemon(struct failures *s)
{
    char *log;
    int status = child_stop(&s->f.daemon, SIGTERM, FIXTURE_PATIENCE_MS);

    (void)child_stop(&s->f.run, SIGTERM, 2000);
    log = read_text(s, "daemon.log");
    if (status < 0 || status >= 128)
        objection(s, "the daemon ended by a signal");
    else if (status != 0 && log[0] == '\0')
        objection(s, "the daemon ended and does not say why");
    else if (strstr(log, "ERROR: ") && strstr(log, "Sanitizer"))
        objection(s, "a sanitizer objects");
    free(log);
}

static void say_reason(const struct failures *s, struct mb_store *store, const char *uuid)
{
    json_t *document = NULL;
    const char *verdict, *reason;

    if (mb_store_load(store, uuid, &document, NULL) < 0)
        return;
    verdict = json_string_value(json_object_get(document, "verdict"));
    reason = json_string_value(json_object_get(document, "reason"));
    printf("# %s: %s, %s\n", s->order, verdict ? verdict : "open", reason ? reason : "no reason");
    json_decref(document);
}

/* The only run of this daemon, as the disk has it. */
static enum outcome judge_record(struct failures *s)
{
    struct mb_store *store = NULL;
    struct mb_error err = {""};
    json_t *list = NULL, *report = NULL, *run;
    const char *verdict, *uuid;
    enum outcome outcome = NO_RUN;
    uint64_t total = 0;

    if (access(s->f.store, F_OK) < 0 || mb_store_open(s->f.store, true, &store, &err) < 0)
        return NO_RUN;
    if (mb_store_find(store, &(struct mb_record_filter){0}, 0, 1, &list, &total, &err) == 0 && total > 0) {
        run = json_array_get(list, 0);
        verdict = json_string_value(json_object_get(run, "verdict"));
        uuid = json_string_value(json_object_get(run, "uuid"));
        if (mb_store_verify(store, uuid, &report, &err) < 0 || !json_is_true(json_object_get(report, "ok")))
            objection(s, "the record does not verify");
        outcome = verdict && strcmp(verdict, s->verdict) == 0 ? AS_EVER : INVALID;
        /* One that could not be ended has none, and waits for the next daemon. */
        if (outcome == INVALID && verdict && s->verdict[0] && strcmp(verdict, "INVALID") != 0)
            objection(s, verdict);
        else if (outcome == INVALID)
            say_reason(s, store, uuid);
        if (!s->verdict[0])
            (void)snprintf(s->verdict, sizeof s->verdict, "%s", verdict ? verdict : "");
    }
    json_decref(report);
    json_decref(list);
    (void)mb_store_close(store);
    return outcome;
}

static bool is_off(void *f)
{
    return !daemon_fixture_output_on(f);
}

static enum outcome attempt(struct failures *s, const char *order)
{
    enum outcome outcome = REFUSED;
    bool ready;

    tree_remove(s->f.state);
    (void)snprintf(s->order, sizeof s->order, "MB_FAIL=%s", order);
    daemon_fixture_spawn(&s->f);
    ready = eventually(is_ready_or_gone, s, READY_MS) && !child_ended(&s->f.daemon);
    if (ready)
        run(s);
    end_daemon(s);
    if (!eventually(is_off, &s->f, FIXTURE_PATIENCE_MS))
        objection(s, "the source is still on");
    if (ready)
        outcome = judge_record(s);
    s->count[outcome]++;
    return outcome;
}

/* ---- All of them. ---- */

static void without_a_failure(struct failures *s)
{
    const char *at;
    char *log;

    s->verdict[0] = '\0';
    (void)attempt(s, "count");
    log = read_text(s, "daemon.log");
    at = strstr(log, "calls ");
    if (!at || sscanf(at, "calls alloc:%ld write:%ld bus:%ld clock:%ld", &s->alloc, &s->write, &s->bus,
                      &s->clock) != 4)
        daemon_fixture_fail(&s->f, "the calls were not counted");
    free(log);
    if (strcmp(s->verdict, "PASS") != 0)
        daemon_fixture_fail(&s->f, "without a failure the verdict is '%s'", s->verdict);
    memset(s->count, 0, sizeof s->count);
}

/* Some of 1 to last, one in each of equal parts. */
static void walk(struct failures *s, const char *kind, const char *later, long last, unsigned everyday)
{
    const char *wanted = getenv("FAILURES"), *from_text = getenv("FAILURES_FROM"),
               *only = getenv("FAILURES_KIND");
    const long first = from_text ? strtol(from_text, NULL, 10) : 1;
    unsigned count = wanted ? (unsigned)strtoul(wanted, NULL, 10) : everyday;
    char order[48];

    assert_true(last > 0);
    if (only && strcmp(only, kind) != 0)
        return;
    last -= first - 1;
    if (count > last)
        count = (unsigned)last;
    memset(s->count, 0, sizeof s->count);
    for (unsigned i = 0; i < count; i++) {
        long from = last * i / count, width = last * (i + 1) / count - from;

        (void)snprintf(order, sizeof order, "%s:%ld%s", kind,
                       first + from + (width > 0 ? rand_r(&s->seed) % width : 0), later);
        (void)attempt(s, order);
    }
    printf("# %s%s, %u of %ld:", kind, later, count, last + first - 1);
    for (int o = 0; o < OUTCOME_COUNT; o++)
        printf(" %u %s%s", s->count[o], outcome_names[o], o + 1 < OUTCOME_COUNT ? "," : "\n");
}

static void at_any_moment(void **state)
{
    struct failures *s = *state;

    use_plain_build(s);
    without_a_failure(s);
    walk(s, "alloc", "", s->alloc, 1);
    s->f.programs = NULL;
    walk(s, "write", "", s->write, 0);
    walk(s, "write", "+", s->write, 1);
    walk(s, "readonly", "", s->write, 1);
    walk(s, "bus", "", s->bus, 1);
    walk(s, "clock:315576000", "", s->clock, 1);
    walk(s, "clock:-315576000", "", s->clock, 0);
    assert_int_equal(s->broken, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(at_any_moment, setup, teardown),
    };

    return cmocka_run_group_tests_name("failures", tests, NULL, NULL);
}
