/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bench with the supply of a separate field winding: the field of a motor of direct current comes before
 * its armature, stays within the limits, and is missed when it is lost. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/sim_bench.h"

#define FIELD_A 0.7
#define RATED_V 220.0
#define LIMIT_A 1.12

static const char *const options[] = {"--preset", "dc-field-1.5kW", "--factor", SIM_BENCH_FACTOR, NULL};

static int setup(void **state)
{
    struct sim_bench_fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    *state = f;
    sim_bench_start_with(f, options, NULL);
    assert_int_equal(mb_bench_measure(f->bench, MB_BENCH_RUNNING), 0);
    mb_bench_set_rating(f->bench, RATED_V, 8.8);
    return 0;
}

static int teardown(void **state)
{
    sim_bench_stop(*state);
    free(*state);
    return 0;
}

static void await(struct sim_bench_fixture *f, bool (*test)(struct sim_bench_fixture *f), const char *what)
{
    if (!sim_bench_until(f, test, 20000))
        fail_msg("not %s: %g V, %g A of field, '%s'", what, f->last.signal[MB_SIGNAL_U].value,
                 f->last.signal[MB_SIGNAL_EXCITATION_I].value, mb_bench_fault(f->bench));
}

static bool arrived(struct sim_bench_fixture *f)
{
    return mb_bench_settled(f->bench, 0.005, 0.02) && mb_bench_excitation_settled(f->bench);
}

static void run_up(struct sim_bench_fixture *f)
{
    assert_int_equal(mb_bench_set_excitation(f->bench, FIELD_A), 0);
    assert_int_equal(mb_bench_energise(f->bench, 0), 0);
    assert_int_equal(mb_bench_set_targets(f->bench, RATED_V, 0), 0);
    await(f, arrived, "at its voltage");
}

static void test_the_field_is_read_and_goes_off_with_the_rest(void **state)
{
    struct sim_bench_fixture *f = *state;

    run_up(f);
    assert_true(fabs(f->last.signal[MB_SIGNAL_EXCITATION_I].value / FIELD_A - 1) < 0.01);
    assert_true(fabs(f->last.signal[MB_SIGNAL_EXCITATION_U].value / (FIELD_A * 220) - 1) < 0.05);
    mb_bench_make_safe(f->bench);
    await(f, sim_bench_is_safe, "safe");
    assert_string_equal(mb_bench_fault(f->bench), "");
    /* The next owner has to ask for it anew. */
    assert_int_equal(mb_bench_energise(f->bench, 0), 0);
    assert_true(mb_bench_excitation_settled(f->bench));
    mb_bench_make_safe(f->bench);
    await(f, sim_bench_is_safe, "safe again");
    assert_true(sim_bench_truth(f, "field_a") < 0.01 * FIELD_A);
}

static bool waits_for_the_field(struct sim_bench_fixture *f)
{
    return f->last.signal[MB_SIGNAL_EXCITATION_I].validity == MB_VALID &&
           f->last.signal[MB_SIGNAL_EXCITATION_I].value > 0;
}

/* A supply that takes the current and does not give it: no armature voltage at any moment. */
static void test_no_armature_without_a_field(void **state)
{
    struct sim_bench_fixture *f = *state;

    sim_bench_tell(f, "device field open on");
    assert_int_equal(mb_bench_set_excitation(f->bench, FIELD_A), 0);
    assert_int_equal(mb_bench_energise(f->bench, 0), 0);
    assert_int_equal(mb_bench_set_targets(f->bench, RATED_V, 0), 0);
    await(f, sim_bench_has_fault, "told that there is no field");
    assert_non_null(strstr(f->fault, "does not bring the excitation to 0.7 A"));
    assert_false(waits_for_the_field(f));
    assert_true(f->highest_u_v < 1);
    await(f, sim_bench_is_safe, "safe");
}

static void test_a_lost_field_switches_off(void **state)
{
    struct sim_bench_fixture *f = *state;

    run_up(f);
    sim_bench_tell(f, "device field open on");
    await(f, sim_bench_has_fault, "told of the loss");
    if (!strstr(f->fault, "the excitation is lost") && !strstr(f->fault, "speed"))
        fail_msg("%s", f->fault);
    await(f, sim_bench_is_safe, "safe");
    assert_true(sim_bench_truth(f, "output_on") == 0);
}

static void test_what_is_refused(void **state)
{
    struct sim_bench_fixture *f = *state, other;

    assert_int_equal(mb_bench_set_excitation(f->bench, LIMIT_A * 1.01), -ERANGE);
    assert_int_equal(mb_bench_set_excitation(f->bench, -0.1), -ERANGE);
    assert_int_equal(mb_bench_set_excitation(f->bench, NAN), -ERANGE);
    sim_bench_start(&other, NULL);
    assert_int_equal(mb_bench_set_excitation(other.bench, 0.1), -ENOTSUP);
    sim_bench_stop(&other);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_the_field_is_read_and_goes_off_with_the_rest),
        TEST(test_no_armature_without_a_field),
        TEST(test_a_lost_field_switches_off),
        TEST(test_what_is_refused),
    };
#undef TEST

    return cmocka_run_group_tests_name("bench excitation", tests, NULL, NULL);
}
