/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bench whose load machine is a second motor with a source of its own: the torque by its frequency, power
 * both ways, and both outputs off whatever happens to one of the machines. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/sim_bench.h"

#define RATED_NM 73.0
#define RATED_V 400.0
#define BENCH_MS 20000

static const char *const pair_options[] = {"--preset", "11kW-4p", "--factor", "100", "--partner", NULL};

/* Nothing here is about the length of ramps, or of a loss. */
static const struct sim_bench_change quick[] = {{"ramp_s: 10", "ramp_s: 3"},
                                                {"partner: true", "partner: true, ramp_s: 1"},
                                                {"simulated: true", "simulated: true\n  loss_s: 1"},
                                                {NULL, NULL}};

struct pair {
    struct sim_bench_fixture f; /* first: what the fixture's questions are given */
    struct mb_motor motor;
};

static int setup(void **state)
{
    struct pair *p = calloc(1, sizeof *p);

    assert_non_null(p);
    *state = p;
    sim_bench_start_with(&p->f, pair_options, quick);
    p->motor = (struct mb_motor){.kind = MB_KIND_THREE_PHASE_INDUCTION,
                                 .rated = {.power_w = 11000,
                                           .voltage_v = RATED_V,
                                           .frequency_hz = 50,
                                           .current_a = 21,
                                           .speed_rpm = 1460,
                                           .poles = 4}};
    assert_int_equal(mb_bench_measure(p->f.bench, MB_BENCH_RUNNING), 0);
    mb_bench_set_rating(p->f.bench, RATED_V, RATED_NM);
    mb_bench_set_motor(p->f.bench, &p->motor);
    return 0;
}

static int teardown(void **state)
{
    struct pair *p = *state;

    sim_bench_stop(&p->f);
    free(p);
    return 0;
}

static double value(struct sim_bench_fixture *f, enum mb_signal signal)
{
    return f->last.signal[signal].value;
}

static bool arrived(struct sim_bench_fixture *f)
{
    return mb_bench_settled(f->bench, 0.005, 0.01);
}

static void await(struct sim_bench_fixture *f, bool (*test)(struct sim_bench_fixture *f), const char *what)
{
    if (!sim_bench_until(f, test, BENCH_MS))
        fail_msg("not %s: %g V, %g N m, %g r/min, partner %g V, '%s'", what, value(f, MB_SIGNAL_U),
                 value(f, MB_SIGNAL_T), value(f, MB_SIGNAL_N), value(f, MB_SIGNAL_PARTNER_U),
                 mb_bench_fault(f->bench));
}

static double output_of(struct sim_bench_fixture *f, const char *source)
{
    char name[40];

    (void)snprintf(name, sizeof name, "%s.output", source);
    return sim_bench_truth(f, name);
}

static bool both_are_off(struct sim_bench_fixture *f)
{
    return output_of(f, "source") == 0 && output_of(f, "partner-source") == 0;
}

static bool gives_back(struct sim_bench_fixture *f)
{
    return value(f, MB_SIGNAL_PARTNER_P) < -1000;
}

/* The driving machine at rated voltage, then half of the rated torque. */
static void load(struct sim_bench_fixture *f, bool reversed)
{
    assert_int_equal(mb_bench_reverse_power(f->bench, reversed), 0);
    assert_int_equal(mb_bench_energise(f->bench, 50), 0);
    assert_int_equal(mb_bench_set_targets(f->bench, RATED_V, 0), 0);
    await(f, arrived, "at its voltage");
    assert_true(output_of(f, reversed ? "partner-source" : "source") == 1);
    assert_true(output_of(f, reversed ? "source" : "partner-source") == 0);
    assert_int_equal(mb_bench_set_targets(f->bench, RATED_V, RATED_NM / 2), 0);
    await(f, arrived, "at its torque");
}

static void assert_off(struct sim_bench_fixture *f)
{
    await(f, sim_bench_is_safe, "safe");
    assert_true(both_are_off(f));
}

static void loads_and_lets_go(void **state)
{
    struct sim_bench_fixture *f = *state;

    assert_true(mb_bench_has_partner(f->bench));
    assert_int_equal(mb_bench_energise_load(f->bench), -ENOTSUP);
    assert_int_equal(mb_bench_set_load_speed(f->bench, 1000), -ENOTSUP);
    load(f, false);
    assert_true(gives_back(f));
    assert_true(fabs(value(f, MB_SIGNAL_T) / (RATED_NM / 2) - 1) < 0.02);
    assert_true(fabs(value(f, MB_SIGNAL_U) / RATED_V - 1) < 0.005);
    assert_true(value(f, MB_SIGNAL_PARTNER_F) > 45 && value(f, MB_SIGNAL_PARTNER_F) < 49.9);
    assert_true(fabs(value(f, MB_SIGNAL_PARTNER_U) / RATED_V * 50 / value(f, MB_SIGNAL_PARTNER_F) - 1) <
                0.03);
    assert_int_equal(mb_bench_set_targets(f->bench, RATED_V, 0), 0);
    await(f, arrived, "without load");
    assert_true(output_of(f, "partner-source") == 0 && output_of(f, "source") == 1);
    mb_bench_make_safe(f->bench);
    assert_off(f);
    assert_string_equal(mb_bench_fault(f->bench), "");
}

/* Who drives is the snapshot's motor; the bench itself goes on showing what stands where. A stop takes both
 * off. */
static void power_the_other_way(void **state)
{
    struct sim_bench_fixture *f = *state;

    load(f, true);
    assert_true(gives_back(f) && value(f, MB_SIGNAL_P) > 4000);
    assert_true(value(f, MB_SIGNAL_T) > 0 && mb_bench_last(f->bench)->signal[MB_SIGNAL_T].value < 0);
    assert_true(mb_bench_last(f->bench)->signal[MB_SIGNAL_P].value < -1000);
    assert_true(fabs(value(f, MB_SIGNAL_F) - 50) < 0.1 && value(f, MB_SIGNAL_PARTNER_F) < 49.9);
    /* Never the other machine's fundamental beside this one's voltage. */
    assert_int_equal(f->last.signal[MB_SIGNAL_U_FUNDAMENTAL].validity, MB_NO_DATA);
    mb_bench_trip(f->bench, "emergency stop");
    assert_off(f);
    assert_string_equal(mb_bench_fault(f->bench), "emergency stop");
    assert_int_equal(mb_bench_energise(f->bench, 50), -EIO);
    assert_int_equal(mb_bench_reset(f->bench, NULL), 0);
    /* Another owner begins with the tested motor. */
    mb_bench_set_observer(f->bench, NULL, NULL);
    assert_int_equal(mb_bench_measure(f->bench, MB_BENCH_RUNNING), 0);
    assert_int_equal(mb_bench_energise(f->bench, 50), 0);
    assert_int_equal(mb_bench_set_targets(f->bench, 100, 0), 0);
    if (!sim_bench_until(f, arrived, BENCH_MS))
        fail_msg("the motor was not switched on: '%s'", mb_bench_fault(f->bench));
    assert_true(output_of(f, "source") == 1);
    assert_true(output_of(f, "partner-source") == 0);
    mb_bench_make_safe(f->bench);
    assert_true(sim_bench_until(f, sim_bench_is_safe, BENCH_MS));
    assert_true(both_are_off(f));
}

/* A source that is no longer heard cannot be told to stop: the other one goes off at once, and nobody says
 * that the bench is safe until the first has been heard again and is off. */
static bool motor_is_dead(struct sim_bench_fixture *f)
{
    return value(f, MB_SIGNAL_U) < 20;
}

static void a_lost_partner(void **state)
{
    struct sim_bench_fixture *f = *state;

    load(f, false);
    sim_bench_tell(f, "fault partner-source gone");
    await(f, sim_bench_has_fault, "told of the loss");
    assert_non_null(strstr(f->fault, "partner-source"));
    await(f, motor_is_dead, "off at the motor");
    assert_true(output_of(f, "source") == 0);
    assert_false(sim_bench_is_safe(f));
    sim_bench_tell(f, "clear");
    assert_off(f);
}

static void a_lost_analyser_of_the_partner(void **state)
{
    struct sim_bench_fixture *f = *state;

    load(f, false);
    sim_bench_tell(f, "fault partner-analyser nan");
    await(f, sim_bench_has_fault, "told of the loss");
    assert_non_null(strstr(f->fault, "partner-analyser: no valid reading of partner-"));
    sim_bench_tell(f, "clear");
    assert_off(f);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(loads_and_lets_go),
        TEST(power_the_other_way),
        TEST(a_lost_partner),
        TEST(a_lost_analyser_of_the_partner),
    };
#undef TEST

    return cmocka_run_group_tests_name("bench partner", tests, NULL, NULL);
}
