/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps that set a separate excitation: the field before the supply, into step, curves at a held quantity. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "support/fake_services.h"

#define FIELD_A 5.0
#define TICKS 400
#define NO_LOAD "{hold: speed, points_percent: [110, 60], tolerance_percent: 0.2, adjust_s: 5}"
#define OPEN "{hold: voltage, points_percent: [110, 50], tolerance_percent: 1, adjust_s: 5}"
#define REACTIVE "{hold: reactive-current, points_percent: [100], tolerance_percent: 1, adjust_s: 5}"
#define REACTIVE_OPTIONAL "{hold: reactive-current, points_percent: [100], optional: true}"
#define SHORTED "{hold: current, points_percent: [125, 25], tolerance_percent: 1, adjust_s: 5}"

static void begin(struct fake_services *f, const char *kind, const char *with, struct mb_snapshot *s)
{
    fake_services_init(f, kind, with);
    f->motor.rated.excitation_a = FIELD_A;
    fake_snapshot(s);
    assert_int_equal(fake_begin(f), MB_STEP_GOES_ON);
}

static void test_the_field_comes_before_the_supply(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, "start", "{excitation_percent: 110}", &s);
    f.motor.rated.frequency_hz = 0;
    f.safe = false;
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_true(isnan(f.excitation_a)); /* while the bench is not confirmed off it would be forgotten */
    f.safe = true;
    f.energise_result = -EBUSY;
    assert_int_equal(fake_tick(&f, &s), MB_STEP_FAULT);
    assert_true(fabs(f.excitation_a - 1.1 * FIELD_A) < 1e-12);
    assert_false(f.energised);
    fake_services_clear(&f);
    /* Of alternating current it comes when the cage has done its part. */
    begin(&f, "start", NULL, &s);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_true(isnan(f.excitation_a));
    assert_true(f.energised);
    fake_services_clear(&f);
}

static void refused(double rated_a, int result, enum mb_step_result expected, const char *reason)
{
    struct fake_services f;

    fake_services_init(&f, "excite", NULL);
    f.motor.rated.excitation_a = rated_a;
    f.excitation_result = result;
    assert_int_equal(fake_begin(&f), expected);
    if (!strstr(f.step.reason, reason))
        fail_msg("expected '%s', have '%s'", reason, f.step.reason);
    fake_services_clear(&f);
}

static void test_what_a_field_needs(void **state)
{
    (void)state;
    refused(NAN, 0, MB_STEP_INVALID, "needs the motor file's rated.excitation_a");
    refused(FIELD_A, -ENOTSUP, MB_STEP_INVALID, "no instrument of this bench has the role excitation");
    refused(FIELD_A, -ERANGE, MB_STEP_FAULT, "an excitation of 5 A is beyond the limits of this bench");
}

/* One plan for a motor with an exciter on its shaft and one with a supply for its field. */
static void test_nothing_to_excite(void **state)
{
    struct fake_services f;

    (void)state;
    fake_services_init(&f, "excite", "{optional: true}");
    f.motor.rated.excitation_a = NAN;
    assert_int_equal(fake_begin(&f), MB_STEP_DONE);
    assert_true(isnan(f.excitation_a));
    f.motor.rated.excitation_a = FIELD_A;
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    assert_true(fabs(f.excitation_a - FIELD_A) < 1e-12);
    fake_services_clear(&f);
}

static void test_into_step(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, "excite", "{percent: 80, timeout_s: 30}", &s);
    assert_true(fabs(f.excitation_a - 0.8 * FIELD_A) < 1e-12);
    fake_set(&s, MB_SIGNAL_N, 1490);
    assert_int_equal(fake_tick_after(&f, 5, &s), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_N, 1500.2);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_DONE);
    fake_services_clear(&f);
    begin(&f, "excite", "{timeout_s: 30}", &s);
    fake_set(&s, MB_SIGNAL_N, 1490);
    assert_int_equal(fake_tick_until(&f, 1, 100, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "did not come into step at 1500.0 r/min"));
    fake_services_clear(&f);
}

/* Ticks with a machine that answers to its excitation, until the step ends. */
static enum mb_step_result run(struct fake_services *f, struct mb_snapshot *s,
                               void (*answer)(struct fake_services *f, struct mb_snapshot *s))
{
    enum mb_step_result r = MB_STEP_GOES_ON;

    for (int i = 0; i < TICKS && r == MB_STEP_GOES_ON; i++) {
        answer(f, s);
        r = fake_tick_after(f, 1, s);
    }
    return r;
}

/* The speed goes with the voltage and against the field: rated speed at rated voltage and 1.05 of the field.
 */
static void direct_current(struct fake_services *f, struct mb_snapshot *s)
{
    double u_v = f->target_count > 0 ? f->targets[f->target_count - 1].voltage_v : 0;

    for (int i = 0; i < 3; i++)
        fake_set(s, (enum mb_signal)(MB_SIGNAL_U12 + i), u_v);
    fake_set(s, MB_SIGNAL_U, u_v);
    fake_set(s, MB_SIGNAL_N, 1460 * u_v / 400 * 1.05 * FIELD_A / f->excitation_a);
}

static void test_no_load_at_rated_speed(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, "field-curve", NO_LOAD, &s);
    assert_true(f.excitation_a >= 1.1 * FIELD_A - 1e-12); /* before the voltage rises */
    assert_int_equal(run(&f, &s, direct_current), MB_STEP_DONE);
    assert_int_equal(fake_entry_count(&f, "reading"), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(json_string_value(json_object_get(fake_entry(&f, "reading", i), "store")),
                            "no_load.points");
        assert_true(fabs(fake_value(&f, i, "n_rpm") / 1460 - 1) < 0.002);
        assert_true(fabs(fake_value(&f, i, "u_v") - (i ? 240 : 440)) < 1e-9);
    }
    fake_services_clear(&f);
}

/* Unsaturated: 1.4 of rated voltage at rated excitation, 1.5 of rated current into a short circuit. */
static void generator(struct fake_services *f, struct mb_snapshot *s)
{
    double share = isnan(f->excitation_a) ? 0 : f->excitation_a / FIELD_A;

    for (int i = 0; i < 3; i++) {
        fake_set(s, (enum mb_signal)(MB_SIGNAL_U12 + i), 1.4 * 400 * share);
        fake_set(s, (enum mb_signal)(MB_SIGNAL_I1 + i), 1.5 * 20 * share);
    }
    fake_set(s, MB_SIGNAL_U, 1.4 * 400 * share);
    fake_set(s, MB_SIGNAL_I, 1.5 * 20 * share);
    fake_set(s, MB_SIGNAL_N, f->driven_rpm);
    fake_set(s, MB_SIGNAL_T, -2.5);
    fake_set(s, MB_SIGNAL_EXCITATION_U, 60 * share);
    fake_set(s, MB_SIGNAL_EXCITATION_I, FIELD_A * share);
}

static void driven(const char *with, const char *store, const char *held, double first, double second)
{
    struct fake_services f;
    struct mb_snapshot s;

    begin(&f, "field-curve", with, &s);
    assert_true(isnan(f.excitation_a)); /* nothing is on yet */
    assert_int_equal(run(&f, &s, generator), MB_STEP_DONE);
    assert_true(f.energised && f.frequency_hz == 0); /* by the load machine, the source is off */
    assert_true(f.driven_rpm == 1500);
    assert_int_equal(fake_entry_count(&f, "reading"), 2);
    assert_string_equal(json_string_value(json_object_get(fake_entry(&f, "reading", 0), "store")), store);
    assert_true(fabs(fake_value(&f, 0, held) / first - 1) < 0.01);
    assert_true(fabs(fake_value(&f, 1, held) / second - 1) < 0.01);
    assert_true(fabs(fake_value(&f, 0, "p_w") - 2.5 * 1500 * M_PI / 30) < 1e-9);
    assert_true(fabs(fake_value(&f, 0, "excitation_supply_v") / 60 - fake_value(&f, 0, "excitation_a") / 5) <
                1e-9);
    fake_services_clear(&f);
}

static void test_driven_curves(void **state)
{
    (void)state;
    driven(OPEN, "open_circuit.points", "u_v", 440, 200);
    driven(SHORTED, "short_circuit.points", "i_a", 25, 5);
}

/* In step without load: no current at 0.8 of rated excitation, of which rated current needs 1.5, a gain of
 * more than two. */
static void overexcited(struct fake_services *f, struct mb_snapshot *s)
{
    double current_a = 20 * fabs(f->excitation_a / FIELD_A - 0.8) / 0.7;

    for (int i = 0; i < 3; i++) {
        fake_set(s, (enum mb_signal)(MB_SIGNAL_U12 + i), 400);
        fake_set(s, (enum mb_signal)(MB_SIGNAL_I1 + i), current_a);
    }
    fake_set(s, MB_SIGNAL_U, 400);
    fake_set(s, MB_SIGNAL_I, current_a);
    fake_set(s, MB_SIGNAL_P, 500);
    fake_set(s, MB_SIGNAL_N, 1500);
    fake_set(s, MB_SIGNAL_EXCITATION_U, 60 * f->excitation_a / FIELD_A);
    fake_set(s, MB_SIGNAL_EXCITATION_I, f->excitation_a);
    assert_true(f->excitation_a <= 1.55 * FIELD_A); /* come to from below: no more than the point needs */
}

static void test_zero_power_factor(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, "field-curve", REACTIVE, &s);
    assert_true(fabs(f.excitation_a - FIELD_A) < 1e-12); /* from the side of too much */
    assert_int_equal(run(&f, &s, overexcited), MB_STEP_DONE);
    assert_true(f.targets[f.target_count - 1].voltage_v == 400 && !(f.driven_rpm > 0));
    assert_int_equal(fake_entry_count(&f, "reading"), 1);
    assert_string_equal(json_string_value(json_object_get(fake_entry(&f, "reading", 0), "store")),
                        "zero_power_factor.points");
    assert_true(fabs(fake_value(&f, 0, "i_a") / 20 - 1) < 0.01);
    assert_true(fabs(fake_value(&f, 0, "excitation_a") / FIELD_A / 1.5 - 1) < 0.01);
    assert_true(fabs(fake_value(&f, 0, "p1_w") - 500) < 1e-9);
    fake_services_clear(&f);
}

/* Nothing else needs the point: the test goes on without it, but not where the plan asks for it. */
static void test_a_field_supply_that_is_too_small(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    for (int optional = 0; optional < 2; optional++) {
        begin(&f, "field-curve", optional ? REACTIVE_OPTIONAL : REACTIVE, &s);
        f.excitation_result = -ERANGE;
        assert_int_equal(run(&f, &s, overexcited), optional ? MB_STEP_DONE : MB_STEP_FAULT);
        assert_int_equal(fake_entry_count(&f, "reading"), 0);
        assert_true((*f.step.reason == '\0') == (optional != 0));
        fake_services_clear(&f);
    }
}

static void test_a_bench_that_does_not_drive(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, "field-curve", OPEN, &s);
    f.drive_result = -ENOTSUP;
    assert_int_equal(fake_tick(&f, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "the load machine of this bench does not drive"));
    fake_services_clear(&f);
}

static void without_voltage(struct fake_services *f, struct mb_snapshot *s)
{
    generator(f, s);
    fake_set(s, MB_SIGNAL_U, 1);
}

static void test_a_field_that_does_nothing(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, "field-curve", OPEN, &s);
    assert_int_equal(run(&f, &s, without_voltage), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "corrections of the excitation did not bring the voltage"));
    fake_services_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_field_comes_before_the_supply),
        cmocka_unit_test(test_what_a_field_needs),
        cmocka_unit_test(test_nothing_to_excite),
        cmocka_unit_test(test_into_step),
        cmocka_unit_test(test_no_load_at_rated_speed),
        cmocka_unit_test(test_driven_curves),
        cmocka_unit_test(test_zero_power_factor),
        cmocka_unit_test(test_a_field_supply_that_is_too_small),
        cmocka_unit_test(test_a_bench_that_does_not_drive),
        cmocka_unit_test(test_a_field_that_does_nothing),
    };

    return cmocka_run_group_tests_name("steps of a separate excitation", tests, NULL, NULL);
}
