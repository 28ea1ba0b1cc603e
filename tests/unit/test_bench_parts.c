/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pure parts of a bench: regulator, window, supply quality, snapshot. */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "bench/regulator.h"
#include "bench/supply_quality.h"
#include "bench/window.h"

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.10g is not within %g of %.10g", value, tolerance, expected);
}

/* ---- Regulator. ---- */

static struct mb_regulator regulator(void)
{
    return (struct mb_regulator){
        .target = 100, .rate_per_s = 20, .gain = 0.5, .correction_max = 10, .command_max = 150, .hold_s = 2};
}

/* At the target, the first correction's waiting time over. */
static struct mb_regulator arrived(void)
{
    struct mb_regulator r = regulator();

    for (int i = 0; i < 10; i++)
        (void)mb_regulator_step(&r, 1, NAN);
    return r;
}

static void test_regulator_ramp(void **state)
{
    struct mb_regulator r = regulator();

    (void)state;
    assert_near(mb_regulator_step(&r, 0.5, 0), 10, 1e-12);
    assert_near(mb_regulator_step(&r, 1, 0), 30, 1e-12);
    /* A late poll must not become a jump. */
    assert_near(mb_regulator_step(&r, 30, 0), 50, 1e-12);
    assert_true(r.correction == 0);
    r.target = 0;
    assert_near(mb_regulator_step(&r, 1, 50), 30, 1e-12);
    assert_near(mb_regulator_step(&r, 1, 30), 10, 1e-12);
    assert_near(mb_regulator_step(&r, 1, 10), 0, 1e-12);
}

static void test_regulator_corrects_and_waits(void **state)
{
    struct mb_regulator r = arrived();

    (void)state;
    assert_near(mb_regulator_step(&r, 0.5, 96), 102, 1e-12);
    /* The actuator's lag: what is measured now still belongs to the old command. */
    assert_near(mb_regulator_step(&r, 1, 96), 102, 1e-12);
    assert_near(mb_regulator_step(&r, 0.9, 96), 102, 1e-12);
    assert_near(mb_regulator_step(&r, 0.2, 98), 103, 1e-12);
}

/* The reading of the poll in which the ramp ends belongs to a command of the ramp: no error to correct. */
static void test_regulator_waits_after_ramp(void **state)
{
    struct mb_regulator r = regulator();
    double command = 0;

    (void)state;
    while (command < 100)
        command = mb_regulator_step(&r, 0.5, command);
    assert_near(command, 100, 1e-12);
    assert_near(mb_regulator_step(&r, 0.5, 90), 100, 1e-12);
    assert_near(mb_regulator_step(&r, 1, 90), 100, 1e-12);
    assert_near(mb_regulator_step(&r, 0.5, 90), 105, 1e-12);
}

static void test_regulator_bad_reading(void **state)
{
    struct mb_regulator r = arrived();

    (void)state;
    assert_near(mb_regulator_step(&r, 1, NAN), 100, 1e-12);
    assert_near(mb_regulator_step(&r, 1, INFINITY), 100, 1e-12);
    assert_true(r.correction == 0);
}

static void test_regulator_clamps(void **state)
{
    struct mb_regulator r = arrived();

    (void)state;
    assert_near(mb_regulator_step(&r, 2, 10), 110, 1e-12); /* 45 wanted, 10 allowed */
    assert_near(mb_regulator_step(&r, 2, 10), 110, 1e-12);
    assert_near(mb_regulator_step(&r, 2, 300), 90, 1e-12);
    r = arrived();
    r.command_max = 104;
    assert_near(mb_regulator_step(&r, 2, 80), 104, 1e-12);
    r = regulator();
    r.target = 2;
    r.reference = 2;
    r.since_s = 2;
    assert_near(mb_regulator_step(&r, 1, 20), 0, 1e-12); /* never negative */
}

/* Every correction disturbs a reading: small errors are left alone. */
static void test_regulator_deadband(void **state)
{
    struct mb_regulator r = arrived();

    (void)state;
    r.deadband = 0.5;
    assert_near(mb_regulator_step(&r, 2, 99.6), 100, 1e-12);
    assert_near(mb_regulator_step(&r, 2, 100.4), 100, 1e-12);
    assert_near(mb_regulator_step(&r, 2, 99.4), 100.3, 1e-12);
}

/* n readings, a second apart. */
static void observe(struct mb_regulator *r, double measured, int n)
{
    for (int i = 0; i < n; i++)
        mb_regulator_observe(r, 1, measured);
}

static void test_regulator_settled(void **state)
{
    struct mb_regulator r = arrived();

    (void)state;
    r.hold_s = 0;
    observe(&r, 100.5, MB_SETTLED_READINGS);
    assert_true(mb_regulator_settled(&r, 0.005, 0));
    observe(&r, 100.6, 1);
    assert_false(mb_regulator_settled(&r, 0.005, 0));
    observe(&r, 99.5, MB_SETTLED_READINGS - 1); /* the outlier is still among the last */
    assert_false(mb_regulator_settled(&r, 0.005, 0));
    observe(&r, 99.5, 1);
    assert_true(mb_regulator_settled(&r, 0.005, 0));
    observe(&r, NAN, 1);
    observe(&r, 100, MB_SETTLED_READINGS - 1);
    assert_false(mb_regulator_settled(&r, 0.005, 0));
    observe(&r, 100, 1);
    assert_true(mb_regulator_settled(&r, 0.005, 0));
    r.target = 101;
    assert_false(mb_regulator_settled(&r, 0.5, 50)); /* still on the ramp */
}

/* Near zero a share of the target would be nothing: the floor counts. */
static void test_regulator_settled_near_zero(void **state)
{
    struct mb_regulator r = arrived();

    (void)state;
    r.hold_s = 0;
    r.target = r.reference = 1;
    observe(&r, 1.5, MB_SETTLED_READINGS);
    assert_true(mb_regulator_settled(&r, 0.01, 50));
    observe(&r, 1.6, MB_SETTLED_READINGS);
    assert_false(mb_regulator_settled(&r, 0.01, 50));
}

/* An actuator that goes past its target passes every tolerance on the way: what is read before its lag is
 * over says nothing. */
static void test_regulator_passing_is_not_settled(void **state)
{
    struct mb_regulator r = arrived();

    (void)state;
    r.hold_s = 10;
    observe(&r, 100, 2 * MB_SETTLED_READINGS);
    assert_false(mb_regulator_settled(&r, 0.001, 0));
    observe(&r, 101.5, 4);
    assert_false(mb_regulator_settled(&r, 0.001, 0));
    observe(&r, 100, MB_SETTLED_READINGS);
    assert_true(mb_regulator_settled(&r, 0.001, 0));
    r.target = 90; /* a new ramp: nothing of before counts at its end */
    observe(&r, 95, 1);
    r.reference = 90;
    r.target = 90;
    observe(&r, 90, MB_SETTLED_READINGS);
    assert_false(mb_regulator_settled(&r, 0.001, 0));
}

static void test_regulator_reset(void **state)
{
    struct mb_regulator r = arrived();

    (void)state;
    (void)mb_regulator_step(&r, 1, 90);
    mb_regulator_reset(&r);
    assert_true(r.target == 0 && r.reference == 0 && r.correction == 0 && r.since_s == 0);
    assert_near(mb_regulator_step(&r, 1, 90), 0, 1e-12);
    assert_true(r.rate_per_s == 20 && r.hold_s == 2);
}

/* ---- Window. ---- */

static void add(struct mb_window *w, double t_s, double power_w, double uncertainty_w)
{
    struct mb_snapshot s;

    mb_snapshot_init(&s);
    s.t_ns = (uint64_t)(t_s * 1e9);
    s.monitored_count = 3;
    s.signal[MB_SIGNAL_P] =
        (struct mb_reading){.value = power_w, .standard_uncertainty = uncertainty_w, .validity = MB_VALID};
    mb_window_add(w, &s);
}

static void test_window_mean_and_uncertainty(void **state)
{
    struct mb_window w;
    struct mb_reading r;

    (void)state;
    mb_window_clear(&w);
    assert_int_equal(mb_window_reading(&w, MB_SIGNAL_P).validity, MB_NO_DATA);
    add(&w, 10, 1000, 3);
    add(&w, 12, 1002, 3);
    add(&w, 14.5, 1004, 3);
    r = mb_window_reading(&w, MB_SIGNAL_P);
    assert_int_equal(r.validity, MB_VALID);
    assert_near(r.value, 1002, 1e-9);
    /* Instrument 3 W, the same in every sample; scatter of the mean 2 / sqrt(3) W. */
    assert_near(r.standard_uncertainty, sqrt(9 + 4.0 / 3), 1e-12);
    assert_int_equal(r.t_ns, 14500000000);
    assert_near(mb_window_length_s(&w), 4.5, 1e-12);
    assert_near(mb_window_fluctuation(&w, MB_SIGNAL_P), 4.0 / 1002, 1e-12);
    assert_int_equal(w.samples, 3);
    assert_int_equal(w.monitored_count, 3);
    /* What was never read is no data, not zero. */
    r = mb_window_reading(&w, MB_SIGNAL_T);
    assert_int_equal(r.validity, MB_NO_DATA);
    assert_true(isnan(r.value) && isnan(r.standard_uncertainty));
}

static void test_window_one_sample(void **state)
{
    struct mb_window w;

    (void)state;
    mb_window_clear(&w);
    add(&w, 1, -50, 0.5);
    assert_near(mb_window_reading(&w, MB_SIGNAL_P).standard_uncertainty, 0.5, 1e-12);
    assert_true(mb_window_fluctuation(&w, MB_SIGNAL_P) == 0);
    add(&w, 2, -51, 0.5);
    assert_near(mb_window_fluctuation(&w, MB_SIGNAL_P), 1 / 50.5, 1e-12);
}

static void test_window_unknown_uncertainty(void **state)
{
    struct mb_window w;

    (void)state;
    mb_window_clear(&w);
    add(&w, 1, 5, 0.1);
    add(&w, 2, 5, NAN);
    assert_true(isnan(mb_window_reading(&w, MB_SIGNAL_P).standard_uncertainty));
    assert_near(mb_window_reading(&w, MB_SIGNAL_P).value, 5, 1e-12);
}

static void test_window_one_bad_sample_is_bad(void **state)
{
    static const enum mb_validity kinds[] = {MB_OVER_RANGE, MB_STALE, MB_SETTLING, MB_GARBLED, MB_LINK_FAULT};

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct mb_window w;
        struct mb_snapshot bad;

        mb_window_clear(&w);
        add(&w, 1, 5, 0.1);
        mb_snapshot_init(&bad);
        bad.signal[MB_SIGNAL_P] = (struct mb_reading){.value = 1e9, .validity = kinds[i]};
        mb_window_add(&w, &bad);
        add(&w, 3, 5, 0.1);
        assert_int_equal(mb_window_reading(&w, MB_SIGNAL_P).validity, kinds[i]);
        assert_near(mb_window_reading(&w, MB_SIGNAL_P).value, 5, 1e-12); /* its number is not in the mean */
        mb_window_clear(&w);
        add(&w, 4, 5, 0.1);
        assert_int_equal(mb_window_reading(&w, MB_SIGNAL_P).validity, MB_VALID);
    }
}

static void test_window_keeps_marks(void **state)
{
    struct mb_window w;
    struct mb_snapshot s;

    (void)state;
    mb_window_clear(&w);
    add(&w, 1, 5, 0.1);
    mb_snapshot_init(&s);
    s.signal[MB_SIGNAL_P] =
        (struct mb_reading){.value = 5, .validity = MB_VALID, .flags = MB_READING_SIMULATED};
    mb_window_add(&w, &s);
    add(&w, 2, 5, 0.1);
    assert_int_equal(mb_window_reading(&w, MB_SIGNAL_P).flags, MB_READING_SIMULATED);
}

/* ---- Supply quality: check values of procedures 0.4. ---- */

static void test_negative_sequence(void **state)
{
    (void)state;
    assert_near(mb_negative_sequence_ratio(400, 402, 396), 0.008824, 5e-7);
    assert_near(mb_negative_sequence_ratio(396, 400, 402), 0.008824, 5e-7);
    /* The root of 3 - 6 beta makes 1e-8 of rounding. */
    assert_near(mb_negative_sequence_ratio(400, 400, 400), 0, 1e-7);
    assert_near(mb_negative_sequence_ratio(0.1, 0.1, 0.1), 0, 1e-7);
    assert_true(isnan(mb_negative_sequence_ratio(400, NAN, 400)));
}

static void test_ieee_unbalance(void **state)
{
    (void)state;
    assert_near(mb_ieee_unbalance(400, 402, 396), 0.00835, 5e-6);
    assert_near(mb_ieee_unbalance(400, 400, 400), 0, 1e-15);
}

/* ---- Snapshot. ---- */

static void put(struct mb_snapshot *s, enum mb_signal signal, double value, double uncertainty)
{
    s->signal[signal] = (struct mb_reading){
        .value = value, .standard_uncertainty = uncertainty, .t_ns = 7, .validity = MB_VALID};
}

static void test_snapshot_means(void **state)
{
    struct mb_snapshot s;

    (void)state;
    mb_snapshot_init(&s);
    assert_int_equal(s.signal[MB_SIGNAL_U].validity, MB_NO_DATA);
    put(&s, MB_SIGNAL_U12, 400, 0.3);
    put(&s, MB_SIGNAL_U23, 402, 0.3);
    put(&s, MB_SIGNAL_U31, 396, 0.6);
    put(&s, MB_SIGNAL_I1, 10, 0.01);
    put(&s, MB_SIGNAL_I2, 11, 0.01);
    s.signal[MB_SIGNAL_I2].flags = MB_READING_SIMULATED;
    put(&s, MB_SIGNAL_I3, 15, 0.01);
    mb_snapshot_derive(&s, false);
    assert_near(s.signal[MB_SIGNAL_U].value, 1198.0 / 3, 1e-9);
    /* Fully correlated: not divided by the root of three. */
    assert_near(s.signal[MB_SIGNAL_U].standard_uncertainty, 0.4, 1e-12);
    assert_int_equal(s.signal[MB_SIGNAL_U].validity, MB_VALID);
    assert_int_equal(s.signal[MB_SIGNAL_U].t_ns, 7);
    assert_near(s.signal[MB_SIGNAL_I].value, 12, 1e-12);
    assert_int_equal(s.signal[MB_SIGNAL_I].flags, MB_READING_SIMULATED);
    s.signal[MB_SIGNAL_I3].validity = MB_OVER_RANGE;
    mb_snapshot_derive(&s, false);
    assert_int_equal(s.signal[MB_SIGNAL_I].validity, MB_OVER_RANGE);
    assert_int_equal(s.signal[MB_SIGNAL_U].validity, MB_VALID);
}

static void test_signal_names(void **state)
{
    (void)state;
    for (int s = 0; s < MB_SIGNAL_COUNT; s++) {
        assert_non_null(mb_signal_name((enum mb_signal)s));
        for (int k = 0; k < s; k++)
            assert_string_not_equal(mb_signal_name((enum mb_signal)s), mb_signal_name((enum mb_signal)k));
    }
    assert_string_equal(mb_signal_name(MB_SIGNAL_T), "torque");
    assert_string_equal(mb_signal_unit(MB_SIGNAL_T), "N m");
    assert_string_equal(mb_signal_unit(MB_SIGNAL_COOLANT), "degC");
    assert_string_equal(mb_signal_name(MB_SIGNAL_COUNT - 1), "monitored-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_regulator_ramp),
        cmocka_unit_test(test_regulator_corrects_and_waits),
        cmocka_unit_test(test_regulator_waits_after_ramp),
        cmocka_unit_test(test_regulator_bad_reading),
        cmocka_unit_test(test_regulator_clamps),
        cmocka_unit_test(test_regulator_deadband),
        cmocka_unit_test(test_regulator_settled),
        cmocka_unit_test(test_regulator_settled_near_zero),
        cmocka_unit_test(test_regulator_passing_is_not_settled),
        cmocka_unit_test(test_regulator_reset),
        cmocka_unit_test(test_window_mean_and_uncertainty),
        cmocka_unit_test(test_window_one_sample),
        cmocka_unit_test(test_window_unknown_uncertainty),
        cmocka_unit_test(test_window_one_bad_sample_is_bad),
        cmocka_unit_test(test_window_keeps_marks),
        cmocka_unit_test(test_negative_sequence),
        cmocka_unit_test(test_ieee_unbalance),
        cmocka_unit_test(test_snapshot_means),
        cmocka_unit_test(test_signal_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
