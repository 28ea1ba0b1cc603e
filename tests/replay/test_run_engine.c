/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run from its first row to its verdict, over the simulated bench, with a short plan: pause, continue,
 * abort, faults of bench and record. What is off is asked from the simulator. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "procedure/run.h"
#include "support/sim_bench.h"

#define STEP_MS 15000
#define LIMITS "daemon/standard/data"

static const char plan[] =
    "procedure:\n"
    "  {id: short, title: Short, method: 2-1-1B, standard: GB/T 1032-2023, item: efficiency,\n"
    "   kinds: three-phase-induction;single-phase-capacitor-run, powered: true, sealing_ring: true,\n"
    "   gates: {voltage_percent: 3, torque_percent: 10, frequency_percent: 1, negative_sequence_percent: 5, "
    "hvf_percent: 5,\n"
    "    fluctuation_power_percent: 50, fluctuation_torque_percent: 50, fluctuation_speed_percent: 10, "
    "dwell_s: 1,\n"
    "    window_s: 2, minimum_samples: 2, settle_timeout_s: 300, repeats: 5},\n"
    "   steps: [\n"
    "    {id: cold, kind: resistance, title: Cold, minutes: 1, with: {store: cold, temperature_spread_k: "
    "40}},\n"
    "    {id: start, kind: start, title: Start, minutes: 1},\n"
    "    {id: load, kind: load-curve, title: Load, minutes: 2, resume_at: start, discards: [load.points],\n"
    "     with: {points_percent: [100, 75, 50]}},\n"
    "    {id: uncouple, kind: operator, title: Uncouple, minutes: 1, with: {ask: uncouple, text: Uncouple "
    "the motor}}]}\n";

struct fixture {
    struct sim_bench_fixture b;
    char folder[40], path[64];
    struct mb_store *store;
    struct mb_limits *limits;
    struct mb_standards *standards;
    char *motor;
    struct mb_run *run;
    unsigned changes, ended, readings;
    char event[512]; /* the last one: TYPE STEP TEXT */
    size_t wanted_readings;
};

static void on_changed(struct mb_run *run, void *userdata)
{
    (void)run;
    ((struct fixture *)userdata)->changes++;
}

static void on_event(struct mb_run *run, const char *type, const char *step, const char *text, void *userdata)
{
    struct fixture *f = userdata;

    (void)run;
    f->readings += strcmp(type, "reading") == 0;
    (void)snprintf(f->event, sizeof f->event, "%s %s %s", type, step, text);
}

static void on_ended(struct mb_run *run, void *userdata)
{
    (void)run;
    ((struct fixture *)userdata)->ended++;
}

static const struct mb_run_observer observer = {.changed = on_changed, .event = on_event, .ended = on_ended};

/* A sample with everything that supervision keeps. */
static char *with_sample(char *motor)
{
    static const char sample[] =
        "\nsample: {origin: random, level: county, task: T-1, organiser: O, stage: sale, "
        "producer: P, producer_credit_code: \"91310000\", seller: S, batch: B-1, "
        "number: N-1, sampled: 2026-01-02, unit: tested, item_list: supervision-2023}\n";
    char *text = malloc(strlen(motor) + sizeof sample);

    assert_non_null(text);
    (void)sprintf(text, "%s%s", motor, sample);
    free(motor);
    return text;
}

static int setup(void **state)
{
    static const struct sim_bench_change quick_loss[] = {{"  limits:", "  loss_s: 0.5\n  limits:"},
                                                         {NULL, NULL}};
    const char *tmp = getenv("TMPDIR");
    struct fixture *f = calloc(1, sizeof *f);
    struct mb_error err = {""};
    size_t size;

    assert_non_null(f);
    *state = f;
    (void)snprintf(f->folder, sizeof f->folder, "%.20s/mb-run-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/records.db", f->folder);
    if (mb_store_open(f->path, false, &f->store, &err) < 0 || mb_limits_load(LIMITS, &f->limits, &err) < 0 ||
        mb_standards_load(LIMITS, NULL, &f->standards, &err) < 0)
        fail_msg("%s", err.text);
    sim_bench_start(&f->b, quick_loss);
    assert_int_equal(mb_file_read(f->b.sim.motor, 1 << 16, &f->motor, &size, &err), 0);
    f->motor = with_sample(f->motor);
    return 0;
}

static int teardown(void **state)
{
    static const char *const leaves[] = {"records.db", "records.db-wal", "records.db-shm"};
    struct fixture *f = *state;
    char path[80];

    (void)mb_run_free(f->run);
    sim_bench_stop(&f->b);
    (void)mb_store_close(f->store);
    (void)mb_limits_free(f->limits);
    (void)mb_standards_free(f->standards);
    free(f->motor);
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", f->folder, leaves[i]);
        (void)unlink(path);
    }
    (void)rmdir(f->folder);
    free(f);
    return 0;
}

static int try_start(struct fixture *f, const char *motor, const struct mb_run_observer *o,
                     struct mb_run **ret, struct mb_error *err)
{
    const struct mb_run_request request = {.motor_name = "motor.yaml",
                                           .motor_text = motor,
                                           .operator_name = "Li",
                                           .rule = MB_RULE_NON_BINARY,
                                           .standards = f->standards};
    struct mb_procedure *procedure = NULL;
    int r;

    assert_int_equal(mb_procedure_parse("plan.yaml", plan, strlen(plan), &procedure, err), 0);
    r = mb_run_start(f->b.event, f->store, f->b.bench, f->limits, procedure, &request, o, f, ret, err);
    if (r < 0)
        (void)mb_procedure_free(procedure);
    return r;
}

static void start(struct fixture *f)
{
    struct mb_error err = {""};

    if (try_start(f, f->motor, &observer, &f->run, &err) < 0)
        fail_msg("%s", err.text);
}

/* ---- Conditions to wait for. The bench fixture is the first member. ---- */

static bool is_waiting(struct sim_bench_fixture *b)
{
    return mb_run_state(((struct fixture *)b)->run) == MB_RUN_WAITING;
}

static bool has_ended(struct sim_bench_fixture *b)
{
    return ((struct fixture *)b)->ended > 0;
}

static bool is_paused(struct sim_bench_fixture *b)
{
    return mb_run_state(((struct fixture *)b)->run) == MB_RUN_PAUSED;
}

static bool has_readings(struct sim_bench_fixture *b)
{
    const struct fixture *f = (struct fixture *)b;

    return f->readings >= f->wanted_readings;
}

static bool is_not_ready(struct sim_bench_fixture *b)
{
    return mb_bench_instrument(b->bench, 0)->state != MB_INSTRUMENT_READY; /* the analyser */
}

/* And the run has heard of it. */
static bool is_unknown(struct sim_bench_fixture *b)
{
    return mb_bench_safe_state(b->bench) == MB_SAFE_UNKNOWN &&
           strstr(((struct fixture *)b)->event, "may still be live");
}

static bool is_loading(struct sim_bench_fixture *b)
{
    return strcmp(mb_run_step(((struct fixture *)b)->run), "load") == 0;
}

static bool is_ready(struct sim_bench_fixture *b)
{
    return !is_not_ready(b) && sim_bench_is_safe(b);
}

static void wait_for(struct fixture *f, bool (*test)(struct sim_bench_fixture *b), const char *what)
{
    if (!sim_bench_until(&f->b, test, STEP_MS))
        fail_msg("not %s: %s, %s (%s); %s", what, mb_run_state_name(mb_run_state(f->run)),
                 mb_run_waiting(f->run), mb_run_reason(f->run), f->event);
}

static void wait_for_readings(struct fixture *f, size_t n)
{
    f->wanted_readings = n;
    wait_for(f, has_readings, "read");
}

/* ---- The record. ---- */

static json_t *document(struct fixture *f)
{
    struct mb_error err = {""};
    json_t *d = NULL;

    if (mb_store_load(f->store, mb_run_uuid(f->run), &d, &err) < 0)
        fail_msg("%s", err.text);
    return d;
}

static bool text_is(const json_t *object, const char *key, const char *expected)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text && strcmp(text, expected) == 0;
}

/* The i-th entry of a type (store: NULL or of a reading), or NULL. */
static json_t *entry(const json_t *d, const char *type, const char *store, size_t i)
{
    json_t *entries = json_object_get(d, "entries"), *e;
    size_t k;

    json_array_foreach(entries, k, e) if (text_is(e, "type", type) &&
                                          (!store || text_is(e, "store", store)) && i-- == 0) return e;
    return NULL;
}

static void assert_text(const json_t *object, const char *key, const char *expected)
{
    if (!text_is(object, key, expected))
        fail_msg("%s is '%s', expected is '%s'", key, json_string_value(json_object_get(object, key)),
                 expected);
}

static uint64_t run_count(struct fixture *f)
{
    const struct mb_record_filter any = {NULL};
    json_t *list = NULL;
    uint64_t total = 0;

    assert_int_equal(mb_store_find(f->store, &any, 0, 10, &list, &total, NULL), 0);
    json_decref(list);
    return total;
}

static void assert_off(struct fixture *f)
{
    assert_int_equal(mb_bench_safe_state(f->b.bench), MB_SAFE);
    assert_true(sim_bench_truth(&f->b, "output_on") == 0);
}

/* The rule and the whole plan stand in the first entry, before any reading; the sheet has rule and sample. */
static void assert_inspection(const json_t *d)
{
    static const char *const keys[] = {"origin",   "level",  "task",     "organiser", "stage",
                                       "producer", "seller", "batch",    "number",    "producer_credit_code",
                                       "sampled",  "unit",   "item_list"};
    const json_t *inspection = json_object_get(d, "inspection"), *sheet = json_object_get(d, "sheet");

    assert_text(inspection, "rule", "non-binary");
    assert_int_equal(json_array_size(json_object_get(inspection, "schemes")), 4);
    assert_true(json_array_size(json_object_get(inspection, "papers")) > 0);
    assert_text(json_object_get(sheet, "sheet"), "rule", "non-binary");
    assert_int_equal(json_object_size(json_object_get(d, "sample")), sizeof keys / sizeof *keys);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_true(json_equal(json_object_get(json_object_get(sheet, "sample"), keys[i]),
                               json_object_get(json_object_get(d, "sample"), keys[i])));
    assert_text(json_object_get(json_object_get(d, "evaluation"), "overall"), "verdict", "INVALID");
}

/* ---- ---- */

static void test_whole_run(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};
    json_t *d;

    start(f);
    assert_int_equal(mb_run_state(f->run), MB_RUN_RUNNING);
    assert_string_equal(mb_run_step(f->run), "cold");
    assert_true(mb_run_progress(f->run) == 0);
    assert_int_equal(mb_run_answer(f->run, "uncouple", "done", NAN, "Li", &err), -EINVAL);
    wait_for(f, is_waiting, "waiting for the operator");
    assert_string_equal(mb_run_step(f->run), "uncouple");
    assert_string_equal(mb_run_ask(f->run), "uncouple");
    assert_string_equal(mb_run_waiting(f->run), "Uncouple the motor");
    assert_true(mb_run_progress(f->run) > 0.7 && mb_run_progress(f->run) < 1);
    assert_off(f);
    assert_int_equal(mb_run_answer(f->run, "uncouple", "maybe", NAN, "Li", &err), -EINVAL);
    assert_non_null(strstr(err.text, "'maybe' is not an answer to: Uncouple the motor"));
    assert_int_equal(mb_run_answer(f->run, "resistance", NULL, 1, "Li", &err), -EINVAL);
    assert_int_equal(mb_run_answer(f->run, "uncouple", "done", NAN, "Li", &err), 0);
    wait_for(f, has_ended, "ended");
    assert_off(f);
    assert_int_equal(f->ended, 1);
    d = document(f);
    assert_non_null(entry(d, "run", NULL, 0));
    assert_true(json_real_value(json_object_get(json_object_get(entry(d, "reading", "cold", 0), "values"),
                                                "resistance_ohm")) > 1);
    assert_non_null(entry(d, "reading", "load.points", 2));
    assert_null(entry(d, "reading", "load.points", 3));
    assert_non_null(entry(d, "operator", NULL, 0));
    /* No thermal run, no cooling curve: an invalid test, never a failed motor. */
    assert_text(d, "verdict", "INVALID");
    assert_string_equal(mb_run_verdict(f->run), "INVALID");
    assert_non_null(entry(d, "verdict", NULL, 0));
    assert_inspection(d);
    json_decref(d);
    assert_int_equal(mb_run_pause(f->run, "Li", NULL, &err), -EINVAL);
    assert_int_equal(mb_run_abort(f->run, "Li", &err), -EINVAL);
    assert_int_equal(mb_run_continue(f->run, "Li", NULL, &err), -EINVAL);
}

/* The series that was interrupted counts for nothing; the step begins again where the plan says. */
static void test_pause_and_continue(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};
    json_t *d, *paused;

    start(f);
    wait_for_readings(f, 2); /* cold, first load point */
    assert_string_equal(mb_run_step(f->run), "load");
    assert_int_equal(mb_run_pause(f->run, "Li", NULL, &err), 0);
    assert_int_equal(mb_run_state(f->run), MB_RUN_PAUSED);
    assert_string_equal(mb_run_waiting(f->run), "paused: paused by the operator");
    assert_int_equal(mb_run_pause(f->run, "Li", NULL, &err), -EINVAL);
    assert_int_equal(mb_run_continue(f->run, "Li", NULL, &err), -EAGAIN); /* not confirmed off yet */
    assert_int_equal(mb_run_state(f->run), MB_RUN_PAUSED);
    assert_true(sim_bench_until(&f->b, sim_bench_is_safe, 5000));
    assert_off(f);
    wait_for(f, is_ready, "ready");
    assert_int_equal(mb_run_continue(f->run, "Li", NULL, &err), 0);
    assert_int_equal(mb_run_state(f->run), MB_RUN_RUNNING);
    assert_string_equal(mb_run_step(f->run), "start");
    wait_for_readings(f, 5);
    wait_for(f, is_waiting, "waiting for the operator");
    d = document(f);
    paused = entry(d, "state", NULL, 0);
    assert_text(paused, "state", "paused");
    assert_text(paused, "step", "load");
    assert_text(paused, "who", "Li");
    assert_text(entry(d, "state", NULL, 1), "state", "running");
    assert_int_equal(json_integer_value(json_object_get(entry(d, "step", NULL, 2), "attempt")), 1);
    assert_int_equal(json_integer_value(json_object_get(entry(d, "step", NULL, 3), "attempt")), 2);
    assert_text(entry(d, "step", NULL, 3), "step", "start");
    assert_non_null(json_object_get(entry(d, "reading", "load.points", 0), "replaced_by"));
    for (size_t i = 1; i < 4; i++)
        assert_null(json_object_get(entry(d, "reading", "load.points", i), "replaced_by"));
    assert_null(json_object_get(entry(d, "reading", "cold", 0), "replaced_by"));
    json_decref(d);
}

static void test_abort(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};
    json_t *d;

    start(f);
    wait_for_readings(f, 2);
    assert_int_equal(mb_run_abort(f->run, "Wang", &err), 0);
    assert_int_equal(mb_run_abort(f->run, "Wang", &err), -EINVAL);
    assert_int_equal(f->ended, 0); /* not before the outputs are off */
    wait_for(f, has_ended, "ended");
    assert_off(f);
    assert_int_equal(mb_run_state(f->run), MB_RUN_ABORTED);
    assert_string_equal(mb_run_verdict(f->run), "INVALID");
    assert_string_equal(mb_run_reason(f->run), "aborted by Wang");
    d = document(f);
    assert_text(d, "state", "aborted");
    assert_text(d, "verdict", "INVALID");
    assert_text(d, "reason", "aborted by Wang");
    json_decref(d);
}

static void test_abort_while_paused(void **state)
{
    struct fixture *f = *state;

    start(f);
    wait_for_readings(f, 1);
    assert_int_equal(mb_run_pause(f->run, NULL, NULL, NULL), 0);
    assert_int_equal(mb_run_abort(f->run, NULL, NULL), 0);
    wait_for(f, has_ended, "ended");
    assert_int_equal(mb_run_state(f->run), MB_RUN_ABORTED);
    assert_string_equal(mb_run_reason(f->run), "aborted by the operator after: paused by the operator");
    assert_off(f);
}

/* A bench fault pauses: what was measured before it stays, a person looks and goes on. */
static void test_bench_fault(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};
    json_t *d;

    start(f);
    wait_for_readings(f, 2);
    sim_bench_tell(&f->b, "fault analyser silent");
    wait_for(f, is_paused, "paused");
    assert_non_null(strstr(mb_run_reason(f->run), "no valid reading"));
    assert_int_equal(strncmp(mb_run_waiting(f->run), "paused: ", 8), 0);
    assert_true(sim_bench_until(&f->b, sim_bench_is_safe, 5000));
    assert_off(f);
    sim_bench_tell(&f->b, "fault analyser gone");
    wait_for(f, is_not_ready, "without analyser");
    assert_int_equal(mb_run_continue(f->run, "Li", NULL, NULL), -EAGAIN);
    assert_int_equal(mb_run_state(f->run), MB_RUN_PAUSED);
    sim_bench_tell(&f->b, "clear");
    wait_for(f, is_ready, "ready");
    assert_int_equal(mb_run_continue(f->run, "Li", NULL, &err), 0);
    wait_for(f, is_waiting, "waiting for the operator");
    d = document(f);
    assert_non_null(
        strstr(json_string_value(json_object_get(entry(d, "fault", NULL, 0), "reason")), "no valid reading"));
    json_decref(d);
}

/* The question of before is asked again; nobody has to guess what was answered. */
static void test_pause_while_asked(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};

    start(f);
    wait_for(f, is_waiting, "waiting for the operator");
    assert_int_equal(mb_run_pause(f->run, "Li", NULL, &err), 0);
    assert_string_equal(mb_run_ask(f->run), "");
    assert_int_equal(mb_run_answer(f->run, "uncouple", "done", NAN, "Li", &err), -EINVAL);
    wait_for(f, is_ready, "ready");
    assert_int_equal(mb_run_continue(f->run, "Li", NULL, &err), 0);
    wait_for(f, is_waiting, "waiting for the operator");
    assert_string_equal(mb_run_ask(f->run), "uncouple");
}

/* The source does not answer any more: whatever else happened, the record says that its output may be live.
 */
static void test_outputs_unknown(void **state)
{
    struct fixture *f = *state;
    json_t *d;

    start(f);
    wait_for_readings(f, 2);
    sim_bench_tell(&f->b, "fault source silent");
    mb_bench_trip(f->b.bench, "emergency stop");
    wait_for(f, is_paused, "paused");
    assert_string_equal(mb_run_reason(f->run), "emergency stop");
    wait_for(f, is_unknown, "unknown");
    assert_int_equal(mb_run_abort(f->run, "Li", NULL), 0);
    wait_for(f, has_ended, "ended");
    assert_int_equal(mb_run_state(f->run), MB_RUN_FAULT);
    d = document(f);
    assert_text(d, "state", "fault");
    assert_text(d, "verdict", "INVALID");
    assert_non_null(strstr(json_string_value(json_object_get(d, "reason")), "may still be live"));
    assert_text(entry(d, "fault", NULL, 0), "reason", "emergency stop");
    assert_non_null(strstr(json_string_value(json_object_get(entry(d, "fault", NULL, 1), "reason")),
                           "may still be live"));
    json_decref(d);
}

/* An emergency stop at the very moment in which a step sets new targets is still a pause. */
static void test_emergency_stop(void **state)
{
    struct fixture *f = *state;

    start(f);
    wait_for_readings(f, 2);
    mb_bench_trip(f->b.bench, "emergency stop");
    wait_for(f, is_paused, "paused");
    assert_string_equal(mb_run_reason(f->run), "emergency stop");
    assert_true(sim_bench_until(&f->b, sim_bench_is_safe, 5000));
    assert_off(f);
}

static void break_record(struct fixture *f)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(db, 2000), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
                     "CREATE TRIGGER full BEFORE INSERT ON entry BEGIN SELECT RAISE(FAIL, 'no space'); END;",
                     NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* No measurement without a record: the motor stops. */
static void test_record_fault(void **state)
{
    struct fixture *f = *state;

    start(f);
    wait_for_readings(f, 2);
    break_record(f);
    wait_for(f, has_ended, "ended");
    assert_int_equal(mb_run_state(f->run), MB_RUN_FAULT);
    assert_string_equal(mb_run_verdict(f->run), "INVALID");
    assert_true(mb_run_reason(f->run)[0] != '\0');
    assert_off(f);
}

/* code 0: any */
static void refused(struct fixture *f, int code, const char *motor, const char *reason)
{
    struct mb_error err = {""};
    struct mb_run *run = NULL;
    int r = try_start(f, motor, &observer, &run, &err);

    assert_null(run);
    if (r >= 0 || (code && r != code) || !strstr(err.text, reason))
        fail_msg("%d: %s, expected is '%s'", r, err.text, reason);
}

static char *changed_motor(const struct fixture *f, const char *from, const char *to)
{
    const char *at = strstr(f->motor, from);
    size_t size = strlen(f->motor) + strlen(to) + 1;
    char *text = malloc(size);

    assert_non_null(at);
    assert_non_null(text);
    (void)snprintf(text, size, "%.*s%s%s", (int)(at - f->motor), f->motor, to, at + strlen(from));
    return text;
}

static void test_refused(void **state)
{
    struct fixture *f = *state;
    char *text = changed_motor(f, "three-phase-induction", "dc");

    refused(f, -EINVAL, text, "Short is not for dc motors");
    free(text);
    text = changed_motor(f, "three-phase-induction", "single-phase-capacitor-run");
    refused(f, -EINVAL, text, "wired for three phases, and this is a single-phase-capacitor-run motor");
    free(text);
    text = changed_motor(f, "sealing_ring: removed", "");
    refused(f, -EINVAL, text, "sealing_ring");
    free(text);
    text = changed_motor(f, "poles: 2", "poles: 3");
    refused(f, -EINVAL, text, "motor.yaml:");
    free(text);
    mb_bench_trip(f->b.bench, "emergency stop");
    refused(f, -EAGAIN, f->motor, "emergency stop");
    assert_true(sim_bench_until(&f->b, sim_bench_is_safe, 5000));
    assert_int_equal(mb_bench_reset(f->b.bench, NULL), 0);
    mb_bench_make_safe(f->b.bench);
    refused(f, 0, f->motor, "bench sim"); /* the outputs are on their way to off */
    assert_int_equal(run_count(f), 0);    /* nothing happened: no record */
}

/* The daemon keeps ended runs for a while; letting go of one must not take the bench from another. */
static void test_old_run_is_freed(void **state)
{
    struct fixture *f = *state;
    struct mb_run *old;

    start(f);
    assert_int_equal(mb_run_abort(f->run, NULL, NULL), 0);
    wait_for(f, has_ended, "ended");
    old = f->run;
    f->ended = f->readings = 0;
    start(f);
    assert_null(mb_run_free(old));
    wait_for_readings(f, 2);
    assert_int_equal(run_count(f), 2);
}

/* Nobody listens: the run is freed all the same, and the bench forgets it. */
static void test_free_running(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};
    json_t *d;
    char uuid[MB_UUID_SIZE];

    assert_int_equal(try_start(f, f->motor, NULL, &f->run, &err), 0);
    (void)snprintf(uuid, sizeof uuid, "%s", mb_run_uuid(f->run));
    wait_for(f, is_loading, "under load");
    f->run = mb_run_free(f->run);
    assert_null(mb_run_free(NULL));
    assert_true(sim_bench_until(&f->b, sim_bench_is_safe, 5000));
    assert_off(f);
    assert_int_equal(mb_store_load(f->store, uuid, &d, &err), 0);
    assert_text(d, "state", "aborted");
    json_decref(d);
}

#define RUN_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN_TEST(test_whole_run),
        RUN_TEST(test_pause_and_continue),
        RUN_TEST(test_abort),
        RUN_TEST(test_abort_while_paused),
        RUN_TEST(test_bench_fault),
        RUN_TEST(test_emergency_stop),
        RUN_TEST(test_pause_while_asked),
        RUN_TEST(test_outputs_unknown),
        RUN_TEST(test_record_fault),
        RUN_TEST(test_refused),
        RUN_TEST(test_old_run_is_freed),
        RUN_TEST(test_free_running),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
