/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bench whose load machine drives: the ramp, both directions, with and without the source, and the shaft
 * let go of whenever the bench goes off. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/sim_bench.h"

#define RATED_NM 2.5
#define SYNCHRONOUS_RPM 3000.0

static const char *const drive_options[] = {"--preset",       "0.75kW-2p", "--factor",
                                            SIM_BENCH_FACTOR, "--drives",  NULL};

static const struct sim_bench_change quick[] = {{"drives: true", "drives: true, run_up_s: 5"}, {NULL, NULL}};

static int setup(void **state)
{
    struct sim_bench_fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    *state = f;
    sim_bench_start_with(f, drive_options, quick);
    assert_int_equal(mb_bench_measure(f->bench, MB_BENCH_RUNNING), 0);
    mb_bench_set_rating(f->bench, 400, RATED_NM);
    return 0;
}

static int teardown(void **state)
{
    sim_bench_stop(*state);
    free(*state);
    return 0;
}

static double speed(struct sim_bench_fixture *f)
{
    return f->last.signal[MB_SIGNAL_N].value;
}

static bool arrived(struct sim_bench_fixture *f)
{
    return mb_bench_settled(f->bench, 0.005, 0.02);
}

static bool at_rest(struct sim_bench_fixture *f)
{
    return fabs(speed(f)) < 0.01 * SYNCHRONOUS_RPM;
}

static bool is_seen_standing(struct sim_bench_fixture *f)
{
    return mb_bench_shaft(f->bench) == MB_SHAFT_STANDS;
}

static bool turns_backwards(struct sim_bench_fixture *f)
{
    return speed(f) < -0.3 * SYNCHRONOUS_RPM;
}

static void await(struct sim_bench_fixture *f, bool (*test)(struct sim_bench_fixture *f), const char *what)
{
    if (!sim_bench_until(f, test, 20000))
        fail_msg("not %s: %g V, %g r/min, '%s'", what, f->last.signal[MB_SIGNAL_U].value, speed(f),
                 mb_bench_fault(f->bench));
}

static void drive_backwards(struct sim_bench_fixture *f)
{
    assert_int_equal(mb_bench_energise_load(f->bench), 0);
    assert_int_equal(mb_bench_drive(f->bench, -SYNCHRONOUS_RPM), 0);
    assert_false(arrived(f));
    await(f, arrived, "at its speed");
}

/* Off: the set points of the drive and of the source are gone. */
static void assert_off(struct sim_bench_fixture *f)
{
    await(f, sim_bench_is_safe, "safe");
    assert_true(sim_bench_truth(f, "output_on") == 0);
    assert_true(sim_bench_truth(f, "brake.set_rpm") == 0);
}

static void test_drives_a_dead_motor(void **state)
{
    struct sim_bench_fixture *f = *state;

    drive_backwards(f);
    assert_int_equal(mb_bench_safe_state(f->bench), MB_ENERGISED);
    assert_true(fabs(speed(f) + SYNCHRONOUS_RPM) < 10);
    assert_true(f->last.signal[MB_SIGNAL_T].value > 0); /* friction, against the rotation */
    assert_true(sim_bench_truth(f, "output_on") == 0);
    assert_int_equal(mb_bench_set_targets(f->bench, 100, 0), -EINVAL); /* the source is off */
    mb_bench_make_safe(f->bench);
    assert_off(f);
    assert_string_equal(mb_bench_fault(f->bench), "");
}

static void test_drives_against_the_field(void **state)
{
    struct sim_bench_fixture *f = *state;

    assert_int_equal(mb_bench_energise(f->bench, 50), 0);
    assert_int_equal(mb_bench_set_targets(f->bench, 0, 0), 0);
    assert_int_equal(mb_bench_drive(f->bench, -SYNCHRONOUS_RPM), 0);
    await(f, arrived, "at its speed");
    assert_int_equal(mb_bench_set_targets(f->bench, 60, 0), 0);
    assert_int_equal(mb_bench_drive(f->bench, -SYNCHRONOUS_RPM), 0);
    await(f, arrived, "at its voltage");
    assert_true(fabs(f->last.signal[MB_SIGNAL_U].value - 60) < 1);
    assert_true(fabs(speed(f) + SYNCHRONOUS_RPM) < 10);
    assert_true(f->last.signal[MB_SIGNAL_P].value > 0);
    /* Torque again: the load machine lets go, the motor slows the shaft down and takes it with it. */
    assert_int_equal(mb_bench_set_targets(f->bench, 60, 0), 0);
    assert_true(sim_bench_until(f, turns_backwards, 5000));
    mb_bench_make_safe(f->bench);
    assert_off(f);
}

static void test_what_is_refused(void **state)
{
    struct sim_bench_fixture *f = *state, brake;

    assert_true(mb_bench_can_drive(f->bench));
    assert_int_equal(mb_bench_drive(f->bench, 1000), -EINVAL); /* not energised */
    assert_int_equal(mb_bench_energise_load(f->bench), 0);
    assert_int_equal(mb_bench_energise_load(f->bench), -EBUSY);
    assert_int_equal(mb_bench_drive(f->bench, 3601), -ERANGE);
    assert_int_equal(mb_bench_drive(f->bench, -3601), -ERANGE);
    assert_int_equal(mb_bench_drive(f->bench, NAN), -ERANGE);
    mb_bench_make_safe(f->bench);
    sim_bench_start(&brake, NULL);
    assert_false(mb_bench_can_drive(brake.bench));
    assert_int_equal(mb_bench_measure(brake.bench, MB_BENCH_RUNNING), 0);
    assert_int_equal(mb_bench_energise_load(brake.bench), -ENOTSUP);
    assert_int_equal(mb_bench_drive(brake.bench, 1000), -ENOTSUP);
    assert_false(mb_bench_has_partner(brake.bench));
    assert_int_equal(mb_bench_reverse_power(brake.bench, true), -ENOTSUP);
    assert_int_equal(mb_bench_reverse_power(brake.bench, false), 0);
    assert_int_equal(mb_bench_safe_state(brake.bench), MB_SAFE);
    sim_bench_stop(&brake);
}

static void test_a_trip_lets_go_of_the_shaft(void **state)
{
    struct sim_bench_fixture *f = *state;

    drive_backwards(f);
    mb_bench_trip(f->bench, "emergency stop");
    assert_off(f);
    await(f, is_seen_standing, "at rest"); /* by itself */
    assert_true(at_rest(f));
    assert_string_equal(mb_bench_fault(f->bench), "emergency stop");
    assert_int_equal(mb_bench_energise_load(f->bench), -EIO);
}

/* Both would turn the shaft where nobody asked it to. */
static void test_lost_analyser(void **state)
{
    struct sim_bench_fixture *f = *state;

    drive_backwards(f);
    sim_bench_tell(f, "fault analyser silent");
    await(f, sim_bench_has_fault, "told of the loss");
    sim_bench_tell(f, "clear");
    assert_off(f);
}

static bool is_unknown(struct sim_bench_fixture *f)
{
    return mb_bench_safe_state(f->bench) == MB_SAFE_UNKNOWN;
}

/* The link that tells it to let go is the one that says where the shaft is. */
static void suffers(struct sim_bench_fixture *f, const char *fault, bool (*off)(struct sim_bench_fixture *f))
{
    drive_backwards(f);
    sim_bench_tell(f, fault);
    await(f, sim_bench_has_fault, fault);
    await(f, off, "off");
    assert_non_null(strstr(mb_bench_fault(f->bench), "brake"));
    assert_true(sim_bench_truth(f, "output_on") == 0);
}

static void recovers(struct sim_bench_fixture *f)
{
    sim_bench_tell(f, "clear");
    assert_off(f);
    assert_int_equal(mb_bench_reset(f->bench, NULL), 0);
}

static void test_a_link_of_the_drive_that_comes_back(void **state)
{
    suffers(*state, "fault brake close", sim_bench_is_safe);
    recovers(*state);
}

/* Nobody can let go of the shaft: it is driven on, and that is said. */
static void test_silence_of_the_drive(void **state)
{
    struct sim_bench_fixture *f = *state;

    suffers(f, "fault brake silent", is_unknown);
    assert_non_null(strstr(mb_bench_fault(f->bench), "its output may still be live"));
    assert_true(sim_bench_truth(f, "brake.set_rpm") == -SYNCHRONOUS_RPM);
    assert_true(mb_bench_shaft(f->bench) != MB_SHAFT_STANDS);
    recovers(f);
    await(f, is_seen_standing, "at rest");
}

static void test_garbage_of_the_drive(void **state)
{
    suffers(*state, "fault brake garbage", is_unknown);
    recovers(*state);
}

/* The rest goes off without it. */
static void test_a_silent_source_does_not_keep_the_drive(void **state)
{
    struct sim_bench_fixture *f = *state;

    assert_int_equal(mb_bench_energise(f->bench, 50), 0);
    assert_int_equal(mb_bench_set_targets(f->bench, 0, 0), 0);
    assert_int_equal(mb_bench_drive(f->bench, -SYNCHRONOUS_RPM), 0);
    await(f, arrived, "at its speed");
    sim_bench_tell(f, "fault source silent");
    mb_bench_trip(f->bench, "emergency stop");
    await(f, is_unknown, "without a confirmation");
    assert_true(sim_bench_truth(f, "brake.set_rpm") == 0);
    assert_true(sim_bench_truth(f, "output_on") == 1);
    assert_non_null(strstr(mb_bench_fault(f->bench), "source at "));
    recovers(f);
}

/* A drive that lets go, or a motor that is stronger: the shaft is not where it should be. */
static void test_weak_drive(void **state)
{
    struct sim_bench_fixture *f = *state;

    drive_backwards(f);
    sim_bench_tell(f, "motor weak_brake 0.01");
    await(f, sim_bench_has_fault, "told that the drive is too weak");
    assert_non_null(strstr(f->fault, "the load machine drives at -3000 r/min and the shaft turns at"));
    assert_off(f);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest everyday[] = {
        TEST(test_drives_a_dead_motor), TEST(test_drives_against_the_field),
        TEST(test_what_is_refused),     TEST(test_a_trip_lets_go_of_the_shaft),
        TEST(test_lost_analyser),       TEST(test_a_link_of_the_drive_that_comes_back),
        TEST(test_weak_drive),
    };
    /* Each waits for times that profiles allow. */
    const struct CMUnitTest whole[] = {
        TEST(test_silence_of_the_drive),
        TEST(test_garbage_of_the_drive),
        TEST(test_a_silent_source_does_not_keep_the_drive),
    };
#undef TEST
    int failed = cmocka_run_group_tests_name("bench drive", everyday, NULL, NULL);

    if (getenv("MOTORBENCH_WHOLE"))
        failed += cmocka_run_group_tests_name("bench drive, slow links", whole, NULL, NULL);
    return failed;
}
