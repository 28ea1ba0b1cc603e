/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The electrical safety items through a run, with simulated testers: what goes wrong has an outcome in the
 * record, and what is live is asked from the simulator. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "procedure/run.h"
#include "support/sim_bench.h"

#define STEP_MS 20000
#define LIMITS "daemon/standard/data"
#define PLANS "daemon/procedure/data"
#define QUIET_V 1.0
#define CLAIM "\n  claims: [\"GB/T 14711-2013\"]\n"

struct fixture {
    struct sim_bench_fixture b;
    char folder[40], path[64];
    struct mb_store *store;
    struct mb_limits *limits;
    struct mb_standards *standards;
    char *motor;
    struct mb_run *run;
    unsigned ended, asked;
    char event[512];
    double highest_v; /* at the terminals of the testers, as often as is looked at */
    uint64_t looked_ns;
    json_t *document;
};

static void on_event(struct mb_run *run, const char *type, const char *step, const char *text, void *userdata)
{
    struct fixture *f = userdata;

    (void)run, (void)step;
    f->asked += strcmp(type, "ask") == 0;
    (void)snprintf(f->event, sizeof f->event, "%s %s", type, text);
}

static void on_ended(struct mb_run *run, void *userdata)
{
    (void)run;
    ((struct fixture *)userdata)->ended++;
}

static const struct mb_run_observer observer = {.event = on_event, .ended = on_ended};

static char *replaced(char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    size_t size = strlen(text) + strlen(to) + 1;
    char *result = malloc(size);

    assert_non_null(result);
    if (!at)
        fail_msg("the plan has no '%s'", from);
    (void)snprintf(result, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    free(text);
    return result;
}

/* Shipped plans whose tests last seconds; "" ends the list. */
static const struct {
    const char *plan, *from, *to;
} shorter[] = {
    {"grounding.yaml", "hold_s: 5 ", "hold_s: 2 "},
    {"insulation-resistance.yaml", "hold_s: 60 ", "hold_s: 5 "},
    {"dielectric.yaml", "hold: hold-time", "hold_s: 5"},
};
#define SHORTER_COUNT (sizeof shorter / sizeof shorter[0])

static char *read_plan(size_t i)
{
    struct mb_error err = {""};
    char path[80], *text;
    size_t size;

    (void)snprintf(path, sizeof path, PLANS "/%s", shorter[i].plan);
    if (mb_file_read(path, 1 << 16, &text, &size, &err) < 0)
        fail_msg("%s", err.text);
    return replaced(text, shorter[i].from, shorter[i].to);
}

static void write_plans(const struct fixture *f)
{
    for (size_t i = 0; i < SHORTER_COUNT; i++) {
        char path[80], *text = read_plan(i);
        FILE *file;

        (void)snprintf(path, sizeof path, "%s/%s", f->folder, shorter[i].plan);
        file = fopen(path, "we");
        assert_non_null(file);
        assert_true(fputs(text, file) >= 0);
        assert_int_equal(fclose(file), 0);
        free(text);
    }
}

static void remove_leaf(const struct fixture *f, const char *leaf)
{
    char path[80];

    (void)snprintf(path, sizeof path, "%s/%s", f->folder, leaf);
    (void)unlink(path);
}

static int setup(void **state)
{
    const char *tmp = getenv("TMPDIR");
    struct fixture *f = calloc(1, sizeof *f);
    struct mb_error err = {""};
    char *motor;
    size_t size;

    assert_non_null(f);
    *state = f;
    (void)snprintf(f->folder, sizeof f->folder, "%.20s/mb-safety-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/records.db", f->folder);
    write_plans(f);
    if (mb_store_open(f->path, false, &f->store, &err) < 0 || mb_limits_load(LIMITS, &f->limits, &err) < 0 ||
        mb_standards_load(LIMITS, NULL, &f->standards, &err) < 0)
        fail_msg("%s", err.text);
    sim_bench_start(&f->b, NULL);
    assert_int_equal(mb_file_read(f->b.sim.motor, 1 << 16, &motor, &size, &err), 0);
    f->motor = malloc(size + sizeof CLAIM);
    assert_non_null(f->motor);
    (void)snprintf(f->motor, size + sizeof CLAIM, "%s%s", motor, CLAIM + 1);
    free(motor);
    return 0;
}

static int teardown(void **state)
{
    static const char *const leaves[] = {"records.db", "records.db-wal", "records.db-shm"};
    struct fixture *f = *state;

    json_decref(f->document);
    (void)mb_run_free(f->run);
    sim_bench_stop(&f->b);
    (void)mb_store_close(f->store);
    (void)mb_limits_free(f->limits);
    (void)mb_standards_free(f->standards);
    free(f->motor);
    for (size_t i = 0; i < 3; i++)
        remove_leaf(f, leaves[i]);
    for (size_t i = 0; i < SHORTER_COUNT; i++)
        remove_leaf(f, shorter[i].plan);
    (void)rmdir(f->folder);
    free(f);
    return 0;
}

static void start_with(struct fixture *f, const char *items, struct mb_procedure *procedure)
{
    const struct mb_run_request request = {.motor_name = "motor.yaml",
                                           .motor_text = f->motor,
                                           .operator_name = "Li",
                                           .rule = MB_RULE_SIMPLE,
                                           .standards = f->standards,
                                           .items = items,
                                           .plan_directory = f->folder};
    struct mb_error err = {""};

    if (mb_run_start(f->b.event, f->store, f->b.bench, f->limits, procedure, &request, &observer, f, &f->run,
                     &err) < 0)
        fail_msg("%s", err.text);
}

static void start(struct fixture *f, const char *items)
{
    start_with(f, items, NULL);
}

/* ---- Conditions to wait for. ---- */

/* Every 10 ms: half a second of the bench, a tenth of the shortest ramp. */
static void watch_terminals(struct fixture *f)
{
    if (mb_monotonic_ns() - f->looked_ns < 10000000)
        return;
    f->looked_ns = mb_monotonic_ns();
    f->highest_v = fmax(f->highest_v, sim_bench_truth(&f->b, "tos9300.terminal_v"));
    f->highest_v = fmax(f->highest_v, sim_bench_truth(&f->b, "gpt9800.terminal_v"));
}

static bool has_ended(struct sim_bench_fixture *b)
{
    struct fixture *f = (struct fixture *)b;

    watch_terminals(f);
    return f->ended > 0;
}

static bool is_asking(struct sim_bench_fixture *b)
{
    const struct fixture *f = (struct fixture *)b;

    return mb_run_state(f->run) == MB_RUN_WAITING || f->ended > 0;
}

static bool is_live(struct sim_bench_fixture *b)
{
    return sim_bench_truth(b, "tos9300.terminal_v") > 200;
}

static bool is_paused(struct sim_bench_fixture *b)
{
    return mb_run_state(((struct fixture *)b)->run) == MB_RUN_PAUSED && sim_bench_is_safe(b);
}

static void wait_for(struct fixture *f, bool (*test)(struct sim_bench_fixture *b), const char *what)
{
    if (!sim_bench_until(&f->b, test, STEP_MS))
        fail_msg("not %s: %s, %s (%s); %s", what, mb_run_state_name(mb_run_state(f->run)),
                 mb_run_waiting(f->run), mb_run_reason(f->run), f->event);
}

/* ---- The operator. ---- */

static void answer(struct fixture *f, const char *question, const char *word)
{
    struct mb_error err = {""};

    if (mb_run_answer(f->run, question, word, NAN, "uid 1000", &err) < 0)
        fail_msg("%s", err.text);
}

/* Answers what is asked, as it should be, until nothing more comes. */
static void arm_until_end(struct fixture *f)
{
    while (f->ended == 0) {
        wait_for(f, is_asking, "asking");
        if (f->ended > 0)
            break;
        answer(f, mb_run_ask(f->run), strcmp(mb_run_ask(f->run), "arm") == 0 ? "armed" : "closed");
        while (f->ended == 0 && mb_run_state(f->run) != MB_RUN_WAITING) {
            watch_terminals(f);
            assert_true(sd_event_run(f->b.event, 50000) >= 0);
        }
    }
}

/* ---- The record. ---- */

static bool text_is(const json_t *object, const char *key, const char *expected)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text && strcmp(text, expected) == 0;
}

static size_t count(struct fixture *f, const char *type, const char *key, const char *value)
{
    struct mb_error err = {""};
    json_t *e;
    size_t k, n = 0;

    json_decref(f->document);
    f->document = NULL;
    if (mb_store_load(f->store, mb_run_uuid(f->run), &f->document, &err) < 0)
        fail_msg("%s", err.text);
    json_array_foreach(json_object_get(f->document, "entries"), k, e)
    {
        n += text_is(e, "type", type) && (!key || text_is(e, key, value));
    }
    return n;
}

static const struct mb_run_item *item(struct fixture *f, const char *id)
{
    for (size_t i = 0; i < mb_run_item_count(f->run); i++)
        if (strcmp(mb_run_item(f->run, i)->id, id) == 0)
            return mb_run_item(f->run, i);
    fail_msg("no item %s", id);
    return NULL;
}

static void assert_item(struct fixture *f, const char *id, enum mb_verdict verdict, const char *reason)
{
    const struct mb_run_item *i = item(f, id);

    if (i->state != MB_ITEM_DONE || i->verdict != verdict || !strstr(i->reason, reason))
        fail_msg("%s is %s, %s: %s", id, mb_item_state_name(i->state), mb_verdict_name(i->verdict),
                 i->reason);
}

static void assert_off(struct fixture *f)
{
    assert_int_equal(mb_bench_safe_state(f->b.bench), MB_SAFE);
    assert_true(sim_bench_truth(&f->b, "tos9300.terminal_v") < QUIET_V);
    assert_true(sim_bench_truth(&f->b, "gpt9800.terminal_v") < QUIET_V);
}

/* ---- Tests. ---- */

static void test_healthy(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};
    json_t *judged = NULL;

    start(f, "grounding,insulation-resistance,dielectric");
    arm_until_end(f);
    assert_item(f, "grounding", MB_VERDICT_PASS, "");
    assert_item(f, "insulation-resistance", MB_VERDICT_INCONCLUSIVE, "no limit"); /* cold */
    assert_item(f, "dielectric", MB_VERDICT_PASS, "");
    assert_int_equal(count(f, "reading", "store", "grounding/bond"), 3);
    assert_int_equal(count(f, "operator", "who", "uid 1000"), 0); /* inside of the values */
    /* The second tester cannot tell its interlock; a busy machine may lose a tester and be asked again. */
    assert_true(f->asked >= 3 * 2 + 2);
    assert_true(f->highest_v > 1700 && f->highest_v < 1900);
    assert_off(f);
    if (mb_record_judge(f->document, "dielectric", f->standards->requirements, &judged, &err) < 0)
        fail_msg("%s", err.text);
    json_decref(judged);
}

/* The edition's own current is not known here: nobody is asked to arm anything. */
static void test_nothing_known_nothing_applied(void **state)
{
    struct fixture *f = *state;
    char *edition = strstr(f->motor, "14711-2013");

    assert_non_null(edition);
    memcpy(edition, "14711-2025", strlen("14711-2025"));
    start(f, "grounding");
    arm_until_end(f);
    assert_item(f, "grounding", MB_VERDICT_INCONCLUSIVE,
                "fill or confirm requirements.csv: a row grounding, test-current, GB/T 14711-2025");
    assert_int_equal(f->asked, 0);
    assert_int_equal(count(f, "reading", "missing", "test-current"), 1);
    assert_true(sim_bench_truth(&f->b, "gpt9800.tests") == 0);
}

static const struct {
    const char *tell, *undo, *item;
    enum mb_verdict verdict;
    const char *reason;
    size_t rejected;
    double highest_v; /* more must never stand at the terminals */
} cases[] = {
    /* first, as a tester that does not take a mode keeps that of the last test */
    {"device tos9300 wrong_mode on", "device tos9300 wrong_mode off", "insulation-resistance",
     MB_VERDICT_INVALID, "FUNC", 2, QUIET_V},
    {"device gpt9800 wrong_mode on", "device gpt9800 wrong_mode off", "grounding", MB_VERDICT_INVALID, "SHOW",
     2, QUIET_V},
    {"device tos9300 breakdown_v 900", "device tos9300 breakdown_v 4000", "dielectric", MB_VERDICT_FAIL,
     "does not withstand", 0, 1000},
    {"device tos9300 clamps on", "device tos9300 clamps off", "dielectric", MB_VERDICT_INVALID,
     "has not taken", 2, QUIET_V},
    {"device tos9300 interlock_open on", "device tos9300 interlock_open off", "dielectric",
     MB_VERDICT_INVALID, "interlock", 2, QUIET_V},
    {"device tos9300 locked on", "device tos9300 locked off", "dielectric", MB_VERDICT_INVALID,
     "did not start", 2, QUIET_V},
    {"device tos9300 capacitance_f 1e-12", "device tos9300 capacitance_f 5e-9", "dielectric",
     MB_VERDICT_INVALID, "a lead is off", 2, 1900},
    {"device gpt9800 earth_ohm 0.3", "device gpt9800 earth_ohm 0.02", "grounding", MB_VERDICT_FAIL,
     "above the limit", 0, 10},
    {"motor open_earth on", "motor healthy", "grounding", MB_VERDICT_FAIL, "fail", 0, INFINITY},
    {"device gpt9800 earth_ohm 1e-6", "device gpt9800 earth_ohm 0.02", "grounding", MB_VERDICT_INVALID,
     "a lead is off", 2, 10},
};

static void one_case(struct fixture *f, size_t n)
{
    size_t rejected;

    f->ended = 0;
    f->highest_v = 0;
    sim_bench_tell(&f->b, cases[n].tell);
    start(f, cases[n].item);
    arm_until_end(f);
    if (f->highest_v > cases[n].highest_v)
        fail_msg("%s: %.0f V", cases[n].tell, f->highest_v);
    assert_item(f, cases[n].item, cases[n].verdict, cases[n].reason);
    /* In accelerated time a test of 2 s may be over before a busy machine has seen it run: once more, then.
     */
    rejected = count(f, "rejected", NULL, NULL);
    assert_in_range(rejected, cases[n].rejected, cases[n].verdict == MB_VERDICT_INVALID ? 2 : 1);
    assert_off(f);
    f->run = mb_run_free(f->run);
    sim_bench_tell(&f->b, cases[n].undo);
}

static void test_what_goes_wrong(void **state)
{
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++)
        one_case(*state, n);
}

static void arm_and_wait_live(struct fixture *f)
{
    wait_for(f, is_asking, "asking");
    assert_true(sim_bench_truth(&f->b, "tos9300.tests") == 0); /* nothing before the answer */
    answer(f, "arm", "armed");
    wait_for(f, is_live, "live");
}

static bool is_unknown(struct sim_bench_fixture *b)
{
    return mb_run_state(((struct fixture *)b)->run) == MB_RUN_PAUSED &&
           mb_bench_safe_state(b->bench) == MB_SAFE_UNKNOWN;
}

/* Nothing it says can be read: not even its stop, so nothing goes on. */
static void test_tester_talks_nonsense(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};

    start(f, "dielectric");
    arm_and_wait_live(f);
    sim_bench_tell(&f->b, "fault tos9300 garbage");
    wait_for(f, is_unknown, "paused");
    assert_non_null(strstr(mb_bench_fault(f->b.bench), "may still be live"));
    assert_true(mb_run_continue(f->run, "Li", NULL, &err) < 0);
    assert_int_equal(count(f, "rejected", NULL, NULL), 1);
    assert_int_equal(count(f, "reading", NULL, NULL), 0);
    assert_int_equal(mb_run_abort(f->run, "Li", &err), 0);
}

static void test_interlock_opens_in_the_ramp(void **state)
{
    struct fixture *f = *state;

    start(f, "dielectric");
    arm_and_wait_live(f);
    sim_bench_tell(&f->b, "device tos9300 interlock_open on");
    wait_for(f, is_asking, "asking again");
    assert_off(f);
    assert_int_equal(count(f, "rejected", "outcome", "interlock"), 1);
    assert_true(sim_bench_truth(&f->b, "tos9300.tests") == 1);
    sim_bench_tell(&f->b, "device tos9300 interlock_open off");
    arm_until_end(f);
    assert_item(f, "dielectric", MB_VERDICT_PASS, "");
}

static void test_emergency_stop(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};

    start(f, "dielectric");
    arm_and_wait_live(f);
    mb_bench_make_safe(f->b.bench); /* as the bus does it */
    mb_bench_trip(f->b.bench, "stopped by uid 1000");
    wait_for(f, is_paused, "paused");
    assert_off(f);
    assert_string_equal(mb_run_ask(f->run), "");
    assert_int_equal(mb_run_continue(f->run, "Li", NULL, &err), 0);
    wait_for(f, is_asking, "asking");
    assert_string_equal(mb_run_ask(f->run), "arm"); /* another deliberate act for the output */
    assert_true(sim_bench_truth(&f->b, "tos9300.tests") == 1);
    arm_until_end(f);
    assert_item(f, "dielectric", MB_VERDICT_PASS, "");
    assert_true(sim_bench_truth(&f->b, "tos9300.tests") == 2);
}

static void test_pause_and_abort(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};

    start(f, "dielectric");
    arm_and_wait_live(f);
    assert_int_equal(mb_run_pause(f->run, "Li", NULL, &err), 0);
    wait_for(f, is_paused, "paused");
    assert_off(f);
    assert_int_equal(mb_run_continue(f->run, "Li", NULL, &err), 0);
    wait_for(f, is_asking, "asking");
    answer(f, "arm", "armed");
    wait_for(f, is_live, "live");
    assert_int_equal(mb_run_abort(f->run, "Li", &err), 0);
    wait_for(f, has_ended, "ended");
    assert_off(f);
    assert_int_equal(mb_run_state(f->run), MB_RUN_ABORTED);
}

static void test_freed_while_live(void **state)
{
    struct fixture *f = *state;

    start(f, "dielectric");
    arm_and_wait_live(f);
    f->run = mb_run_free(f->run);
    assert_true(sim_bench_until(&f->b, sim_bench_is_safe, STEP_MS));
    assert_off(f);
}

/* The shipped plan, with less patience. */
static void test_operator_leaves(void **state)
{
    struct fixture *f = *state;
    struct mb_procedure *procedure = NULL;
    struct mb_error err = {""};
    char *text = replaced(read_plan(2), "with:", "with:\n        arm_timeout_s: 20");

    if (mb_procedure_parse("plan.yaml", text, strlen(text), &procedure, &err) < 0)
        fail_msg("%s", err.text);
    start_with(f, NULL, procedure);
    wait_for(f, is_asking, "asking");
    wait_for(f, is_paused, "paused");
    assert_non_null(strstr(mb_run_reason(f->run), "nobody armed"));
    assert_int_equal(mb_run_answer(f->run, "arm", "armed", NAN, "Li", &err), -EINVAL);
    assert_true(sim_bench_truth(&f->b, "tos9300.tests") == 0);
    assert_int_equal(mb_run_continue(f->run, "Li", NULL, &err), 0);
    arm_until_end(f);
    assert_item(f, "dielectric", MB_VERDICT_PASS, "");
    free(text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_healthy),
        TEST(test_nothing_known_nothing_applied),
        TEST(test_what_goes_wrong),
        TEST(test_tester_talks_nonsense),
        TEST(test_interlock_opens_in_the_ramp),
        TEST(test_emergency_stop),
        TEST(test_pause_and_abort),
        TEST(test_freed_while_live),
        TEST(test_operator_leaves),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
