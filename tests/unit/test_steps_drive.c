/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a drive gives over its speed, step by step: no bench, made-up snapshots. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/fake_services.h"

#define ASSERT_NEAR(value, expected, tolerance) assert_true(fabs((value) - (expected)) <= (tolerance))
#define RATED_NM (30000 / (M_PI * 100)) /* 30 kW at 3000 r/min */

/* 30 kW, 3000 r/min, 200 Hz, eight poles, no slip; 400 N m and 120 kW for 10 s, 9000 r/min, winding 140 degC
 */
static void begin(struct fake_services *f, struct mb_snapshot *s, const char *with)
{
    fake_services_init(f, "drive-torque", with);
    fake_snapshot(s);
    f->motor.kind = MB_KIND_EV_DRIVE;
    f->motor.rated.power_w = 30000;
    f->motor.rated.frequency_hz = 200;
    f->motor.rated.poles = 8;
    f->motor.rated.speed_rpm = 3000;
    f->motor.drive = (struct mb_motor_drive){420, 9000, 400, 60000, 10, 140};
    fake_set(s, MB_SIGNAL_N, 0);
    fake_set(s, MB_SIGNAL_T, 0);
    fake_set(s, MB_SIGNAL_WINDING, 80);
    fake_set(s, MB_SIGNAL_COOLANT, 30);
}

static double torque(const struct fake_services *f)
{
    return f->targets[f->target_count - 1].torque_nm;
}

static const char *ended(const struct fake_services *f, size_t i)
{
    return json_string_value(
        json_object_get(json_object_get(fake_entry(f, "reading", i), "values"), "ended"));
}

/* Until the outputs are on, run up, and the torque is asked for. */
static void run_up(struct fake_services *f, struct mb_snapshot *s, double n_rpm)
{
    f->safe = true;
    assert_int_equal(fake_tick_until(f, 1, 2, s), MB_STEP_GOES_ON);
    fake_set(s, MB_SIGNAL_N, n_rpm);
    assert_int_equal(fake_tick_until(f, 1, 3, s), MB_STEP_GOES_ON);
}

static void test_continuous(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s,
          "{hold: continuous, speeds_percent: [50, 200], window_minutes: 30, rise_k: 1, sample_s: 60}");
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    run_up(&f, &s, 1500);
    assert_true(f.frequency_hz == 100);
    ASSERT_NEAR(torque(&f), RATED_NM, 1e-9);
    fake_set(&s, MB_SIGNAL_T, 90); /* not yet there: nothing is held */
    assert_int_equal(fake_tick_until(&f, 10, 5, &s), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_T, RATED_NM);
    for (int minute = 0; minute < 30; minute++) { /* still getting warmer */
        fake_set(&s, MB_SIGNAL_WINDING, 80 + minute);
        assert_int_equal(fake_tick_until(&f, 10, 6, &s), MB_STEP_GOES_ON);
    }
    assert_int_equal(fake_entry_count(&f, "reading"), 0);
    assert_int_equal(fake_tick_until(&f, 10, 180, &s), MB_STEP_GOES_ON);
    /* Half an hour at one temperature: on to the next speed, at the torque of rated power. */
    assert_int_equal(fake_tick_until(&f, 10, 12, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "reading"), 1);
    assert_string_equal(ended(&f, 0), "stable");
    assert_true(fake_value(&f, 0, "change_k") <= 1);
    assert_true(fake_value(&f, 0, "held_s") >= 3000);
    ASSERT_NEAR(fake_value(&f, 0, "n_rpm"), 1500, 1e-9);
    assert_true(f.safe_count >= 1);
    run_up(&f, &s, 6000);
    assert_true(f.frequency_hz == 400);
    ASSERT_NEAR(torque(&f), RATED_NM / 2, 1e-9);
    fake_services_clear(&f);
}

/* Beyond the declared limit no further: a result. */
static void test_continuous_too_hot(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, "{hold: continuous, speeds_percent: [100]}");
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    run_up(&f, &s, 3000);
    fake_set(&s, MB_SIGNAL_T, RATED_NM);
    assert_int_equal(fake_tick_until(&f, 10, 12, &s), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_WINDING, 141);
    assert_int_equal(fake_tick_until(&f, 1, 2, &s), MB_STEP_DONE);
    assert_string_equal(ended(&f, 0), "winding");
    assert_true(
        json_is_null(json_object_get(json_object_get(fake_entry(&f, "reading", 0), "values"), "change_k")));
    fake_services_clear(&f);
}

static void test_no_sensor(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, "{hold: continuous, speeds_percent: [100]}");
    fake_spoil(&s, MB_SIGNAL_WINDING, MB_NO_DATA);
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    run_up(&f, &s, 3000);
    fake_set(&s, MB_SIGNAL_T, RATED_NM);
    assert_int_equal(fake_tick_until(&f, 10, 5, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "no winding sensor"));
    fake_services_clear(&f);
}

static void test_peak(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, "{hold: peak, speeds_percent: [100], attempts: 2, rest_s: 60, hold_s: 30}");
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    run_up(&f, &s, 3000);
    ASSERT_NEAR(torque(&f), 60000 / (M_PI * 100), 1e-9); /* peak power bounds the 400 N m */
    fake_set(&s, MB_SIGNAL_T, 190);
    assert_int_equal(fake_tick_until(&f, 1, 9, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "reading"), 0);
    assert_int_equal(fake_tick_until(&f, 1, 4, &s), MB_STEP_GOES_ON); /* the declared 10 s, not the plan's */
    assert_int_equal(fake_entry_count(&f, "reading"), 1);
    ASSERT_NEAR(fake_value(&f, 0, "held_s"), 10, 1);
    ASSERT_NEAR(fake_value(&f, 0, "t_nm"), 190, 1e-9);
    assert_true(torque(&f) == 0); /* rests on the source, without load */
    assert_int_equal(f.safe_count, 0);
    assert_int_equal(fake_tick_until(&f, 1, 55, &s), MB_STEP_GOES_ON);
    assert_true(torque(&f) == 0);
    assert_int_equal(fake_tick_until(&f, 1, 10, &s), MB_STEP_GOES_ON);
    assert_true(torque(&f) > 190);
    fake_set(&s, MB_SIGNAL_N, 1400); /* gives way */
    assert_int_equal(fake_tick_until(&f, 1, 3, &s), MB_STEP_DONE);
    assert_string_equal(ended(&f, 0), "time");
    assert_string_equal(ended(&f, 1), "stall");
    assert_true(fake_value(&f, 1, "held_s") < 10);
    fake_services_clear(&f);
}

static void test_maximum_speed(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, "{hold: maximum-speed, hold_s: 180}");
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    run_up(&f, &s, 9000);
    assert_true(f.frequency_hz == 600);
    assert_true(f.targets[f.target_count - 1].voltage_v == 400); /* not above the rated one */
    assert_int_equal(fake_tick_until(&f, 1, 175, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick_until(&f, 1, 10, &s), MB_STEP_DONE);
    assert_true(fake_value(&f, 0, "held_s") >= 180);
    ASSERT_NEAR(fake_value(&f, 0, "n_rpm"), 9000, 1e-9);
    fake_services_clear(&f);
}

/* What is not declared is not applied. */
static void test_not_declared(void **state)
{
    static const char *const holds[] = {"{hold: peak, speeds_percent: [100]}", "{hold: maximum-speed}"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fake_services f;
        struct mb_snapshot s;

        begin(&f, &s, holds[i]);
        f.motor.drive = (struct mb_motor_drive){NAN, NAN, NAN, NAN, NAN, NAN};
        assert_int_equal(fake_begin(&f), MB_STEP_DONE);
        assert_int_equal(f.mode, -1);
        fake_services_clear(&f);
    }
}

/* Of each position, where the item looks for it. */
static void test_stall(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    fake_services_init(&f, "locked-rotor",
                       "{store: drive-envelope/stall, points_percent: [50], positions: 5}");
    fake_snapshot(&s);
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_N, 0);
    for (int position = 0; position < 5; position++) {
        f.safe = true;
        assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
        assert_string_equal(f.ask, "lock");
        assert_int_equal(f.step.plan->kind->answer(&f.step, "lock", "done", NAN), 0);
        assert_int_equal(fake_tick_until(&f, 1, 70, &s), MB_STEP_GOES_ON);
        assert_true(fake_value(&f, (size_t)position, "position") == position);
    }
    assert_string_equal(json_string_value(json_object_get(fake_entry(&f, "reading", 4), "store")),
                        "drive-envelope/stall");
    fake_services_clear(&f);
}

/* That the plan is one. */
static void test_plan(void **state)
{
    struct mb_procedure *plan = NULL;
    struct mb_error err = {""};

    (void)state;
    if (mb_procedure_load("daemon/procedure/data/drive-envelope.yaml", &plan, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(plan->item, "drive-envelope");
    assert_true(plan->kinds == 1u << MB_KIND_EV_DRIVE);
    (void)mb_procedure_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_continuous),    cmocka_unit_test(test_continuous_too_hot),
        cmocka_unit_test(test_no_sensor),     cmocka_unit_test(test_peak),
        cmocka_unit_test(test_maximum_speed), cmocka_unit_test(test_not_declared),
        cmocka_unit_test(test_plan),          cmocka_unit_test(test_stall),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
