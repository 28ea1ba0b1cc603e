/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Safety tests by the bench: one dangerous thing at a time. What is live is asked from the simulator. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/sim_bench.h"

#define DONE_MS 10000
#define QUIET_V 1.0
#define RATED_NM 2.5

struct fixture {
    struct sim_bench_fixture b;
    unsigned tested, phases;
    int error;
    char text[300];
    struct mb_safety_result result;
    double highest_v; /* at the terminals while waiting */
};

static const struct mb_safety_test withstand = {
    .kind = MB_SAFETY_AC_WITHSTAND,
    .voltage_v = 1500,
    .limit_high = 0.02,
    .limit_low = NAN,
    .ramp_s = 20,
    .hold_s = 20,
    .fall_s = NAN,
    .frequency_hz = NAN,
    .voltage_tolerance = 0.03,
    .discharge_s = 2,
};
static const struct mb_safety_test bond = {
    .kind = MB_SAFETY_EARTH_BOND,
    .voltage_v = NAN,
    .current_a = 25,
    .limit_high = 0.5,
    .limit_low = NAN,
    .ramp_s = NAN,
    .hold_s = 5,
    .fall_s = NAN,
    .frequency_hz = NAN,
    .interlock_acknowledged = true,
};

static void on_testing(enum mb_safety_phase phase, double elapsed_s, void *userdata)
{
    assert_true(elapsed_s >= 0);
    ((struct fixture *)userdata)->phases |= 1u << phase;
}

static void on_tested(int error, const char *text, const struct mb_safety_result *result, void *userdata)
{
    struct fixture *f = userdata;

    f->tested++;
    f->error = error;
    f->result = *result;
    (void)snprintf(f->text, sizeof f->text, "%s", text);
}

static const struct mb_bench_test_observer observer = {.testing = on_testing, .tested = on_tested};

static int setup_with(void **state, const struct sim_bench_change *changes)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    *state = f;
    sim_bench_start(&f->b, changes);
    return 0;
}

static int setup(void **state)
{
    return setup_with(state, NULL);
}

static int setup_without_tester(void **state)
{
    static const struct sim_bench_change changes[] = {{", safety_tester: [tos9300, gpt9800]", ""},
                                                      {NULL, NULL}};

    return setup_with(state, changes);
}

static int teardown(void **state)
{
    sim_bench_stop(&((struct fixture *)*state)->b);
    free(*state);
    return 0;
}

static bool is_tested(struct sim_bench_fixture *b)
{
    return ((struct fixture *)b)->tested > 0;
}

static bool is_tested_and_safe(struct sim_bench_fixture *b)
{
    return is_tested(b) && sim_bench_is_safe(b);
}

static bool is_live(struct sim_bench_fixture *b)
{
    struct fixture *f = (struct fixture *)b;

    f->highest_v = fmax(f->highest_v, sim_bench_truth(b, "tos9300.terminal_v"));
    return f->highest_v > 200;
}

static bool is_unknown(struct sim_bench_fixture *b)
{
    return is_tested(b) && mb_bench_safe_state(b->bench) == MB_SAFE_UNKNOWN;
}

static bool is_running(struct sim_bench_fixture *b)
{
    return mb_bench_settled(b->bench, 0.01, 0.1);
}

static void wait_for(struct fixture *f, bool (*test)(struct sim_bench_fixture *b), const char *what)
{
    if (!sim_bench_until(&f->b, test, DONE_MS))
        fail_msg("not %s: bench %s %s, test %u: %d %s", what,
                 mb_safe_state_name(mb_bench_safe_state(f->b.bench)), mb_bench_fault(f->b.bench), f->tested,
                 f->error, f->text);
}

static int begin(struct fixture *f, const struct mb_safety_test *test)
{
    struct mb_error err = {""};
    int r = mb_bench_test(f->b.bench, test, &observer, f, &err);

    (void)snprintf(f->text, sizeof f->text, "%s", err.text);
    return r;
}

static void begin_live(struct fixture *f)
{
    if (begin(f, &withstand) < 0)
        fail_msg("%s", f->text);
    wait_for(f, is_live, "live");
}

static void assert_off(struct fixture *f)
{
    assert_int_equal(mb_bench_safe_state(f->b.bench), MB_SAFE);
    assert_true(sim_bench_truth(&f->b, "tos9300.terminal_v") < QUIET_V);
    assert_true(sim_bench_truth(&f->b, "gpt9800.terminal_v") < QUIET_V);
    assert_true(sim_bench_truth(&f->b, "output_on") == 0);
}

static void test_one_thing_at_a_time(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(mb_bench_measure(f->b.bench, MB_BENCH_RUNNING), 0);
    begin_live(f);
    assert_int_equal(mb_bench_safe_state(f->b.bench), MB_TESTING);
    assert_string_equal(mb_safe_state_name(MB_TESTING), "testing");
    assert_int_equal(begin(f, &bond), -EBUSY);
    assert_non_null(strstr(f->text, "testing"));
    assert_int_equal(mb_bench_energise(f->b.bench, 50), -EBUSY);
    assert_int_equal(mb_bench_set_targets(f->b.bench, 100, 0), -EINVAL);
    wait_for(f, is_tested, "tested");
    assert_int_equal(f->error, 0);
    assert_int_equal(mb_safety_judge(&withstand, &f->result), MB_SAFETY_PASS);
    assert_true(fabs(f->result.applied.value - 1500) < 20);
    assert_int_equal(f->phases, 14); /* setting up is not told */
    assert_off(f);
    assert_true(sim_bench_truth(&f->b, "tos9300.tests") == 1);
    assert_true(sim_bench_truth(&f->b, "gpt9800.tests") == 0);
}

static void test_not_while_energised(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(mb_bench_measure(f->b.bench, MB_BENCH_RUNNING), 0);
    mb_bench_set_rating(f->b.bench, 400, RATED_NM);
    assert_int_equal(mb_bench_energise(f->b.bench, 50), 0);
    assert_int_equal(begin(f, &withstand), -EBUSY);
    assert_int_equal(mb_bench_set_targets(f->b.bench, 200, 0), 0);
    wait_for(f, is_running, "running");
    assert_int_equal(begin(f, &withstand), -EBUSY);
    mb_bench_make_safe(f->b.bench);
    assert_int_equal(begin(f, &withstand), -EBUSY); /* not yet confirmed */
    assert_true(sim_bench_truth(&f->b, "tos9300.tests") == 0);
}

/* The first tester has no earth bond, the second cannot tell its interlock. */
static void test_who_can_do_it(void **state)
{
    struct fixture *f = *state;
    struct mb_safety_test test = bond;

    test.interlock_acknowledged = false;
    assert_int_equal(begin(f, &test), -EPERM);
    assert_off(f);
    test.kind = MB_SAFETY_TOUCH_CURRENT;
    assert_int_equal(begin(f, &test), -ENOTSUP);
    assert_off(f);
    assert_int_equal(begin(f, &bond), 0);
    wait_for(f, is_tested, "tested");
    assert_int_equal(f->result.verdict, MB_SAFETY_PASS);
    assert_true(fabs(f->result.value.value - 0.02) < 0.001);
    assert_true(sim_bench_truth(&f->b, "gpt9800.tests") == 1);
    assert_true(sim_bench_truth(&f->b, "tos9300.tests") == 0);
    assert_off(f);
}

static void test_emergency_stop(void **state)
{
    struct fixture *f = *state;

    begin_live(f);
    mb_bench_trip(f->b.bench, "somebody shouts");
    wait_for(f, is_tested_and_safe, "off");
    assert_int_equal(f->error, -ECANCELED);
    assert_off(f);
    assert_true(f->highest_v < 1400); /* it was in the ramp */
    assert_int_equal(begin(f, &withstand), -EIO);
    assert_int_equal(mb_bench_reset(f->b.bench, NULL), 0);
    assert_int_equal(begin(f, &withstand), 0);
    f->tested = 0;
    wait_for(f, is_tested, "tested again");
    assert_int_equal(f->result.verdict, MB_SAFETY_PASS);
}

static void test_interlock_opens(void **state)
{
    struct fixture *f = *state;

    begin_live(f);
    sim_bench_tell(&f->b, "device tos9300 interlock_open on");
    wait_for(f, is_tested_and_safe, "off");
    assert_int_equal(f->result.verdict, MB_SAFETY_INTERLOCK);
    assert_off(f);
    f->tested = 0;
    assert_int_equal(begin(f, &withstand), 0);
    wait_for(f, is_tested_and_safe, "refused");
    assert_int_equal(f->error, -EPERM);
    assert_int_equal(f->result.verdict, MB_SAFETY_INTERLOCK);
    assert_true(sim_bench_truth(&f->b, "tos9300.tests") == 1); /* the second never started */
}

/* Nobody can say what its output does: nothing is energised before it has confirmed its stop. */
static void test_tester_lost(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(mb_bench_measure(f->b.bench, MB_BENCH_RUNNING), 0);
    begin_live(f);
    sim_bench_tell(&f->b, "fault tos9300 gone");
    wait_for(f, is_unknown, "known to be unknown");
    assert_true(f->error < 0);
    assert_int_equal(f->result.verdict, MB_SAFETY_NOT_MEASURED);
    assert_non_null(strstr(mb_bench_fault(f->b.bench), "may still be live"));
    assert_true(mb_bench_energise(f->b.bench, 50) < 0);
    assert_int_equal(begin(f, &bond), -EIO);
}

/* The link comes back at once: the stop is confirmed over the new one. */
static void test_link_breaks(void **state)
{
    struct fixture *f = *state;

    begin_live(f);
    sim_bench_tell(&f->b, "fault tos9300 close");
    wait_for(f, is_tested_and_safe, "off");
    assert_true(f->error < 0);
    assert_int_equal(f->result.verdict, MB_SAFETY_NOT_MEASURED);
    assert_off(f);
    assert_true(f->highest_v < 1400);
}

static void test_owner_goes(void **state)
{
    struct fixture *f = *state;

    begin_live(f);
    mb_bench_set_observer(f->b.bench, NULL, NULL); /* as a run that is freed */
    mb_bench_make_safe(f->b.bench);
    wait_for(f, sim_bench_is_safe, "safe");
    assert_int_equal(f->tested, 0);
    assert_off(f);
}

static void test_free_while_testing(void **state)
{
    struct fixture *f = *state;

    begin_live(f);
    f->b.bench = mb_bench_free(f->b.bench);
    assert_int_equal(f->tested, 0);
}

static void test_no_tester(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(begin(f, &withstand), -ENOTSUP);
    assert_non_null(strstr(f->text, "safety_tester"));
    assert_off(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_thing_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_while_energised, setup, teardown),
        cmocka_unit_test_setup_teardown(test_who_can_do_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_emergency_stop, setup, teardown),
        cmocka_unit_test_setup_teardown(test_interlock_opens, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tester_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(test_link_breaks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_owner_goes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_free_while_testing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_tester, setup_without_tester, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
