/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What waits for temperatures and bearings: thermal run, reheat, stabilise. Hours pass in milliseconds. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "support/fake_services.h"

#define THERMAL                                                                                              \
    "{window_minutes: 30, rise_k: 1, power_percent: 0.5, sample_s: 60, maximum_hours: 3, expected_minutes: " \
    "90}"
#define FRAME ((enum mb_signal)(MB_SIGNAL_MONITORED + 1))

static void begin_thermal(struct fake_services *f, struct mb_snapshot *s, const char *with)
{
    fake_services_init(f, "thermal-run", with);
    fake_snapshot(s);
    assert_int_equal(fake_begin(f), MB_STEP_GOES_ON);
}

/* One minute later. */
static enum mb_step_result minute(struct fake_services *f, struct mb_snapshot *s)
{
    return fake_tick_after(f, 60, s);
}

static bool in_equilibrium(const struct fake_services *f)
{
    return strcmp(f->event_type, "note") == 0 && strstr(f->event_text, "thermal equilibrium") != NULL;
}

/* Minutes until equilibrium, at most `minutes`; before each, change moves the snapshot. */
static int minutes_to_equilibrium(struct fake_services *f, struct mb_snapshot *s, int minutes,
                                  void (*change)(struct mb_snapshot *s, int minute))
{
    for (int i = 0; i < minutes; i++) {
        if (change)
            change(s, i);
        assert_int_equal(minute(f, s), MB_STEP_GOES_ON);
        if (in_equilibrium(f))
            return i;
    }
    return -1;
}

static void test_waits_half_an_hour(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_thermal(&f, &s, THERMAL);
    assert_true(f.targets[0].voltage_v == 400 && f.targets[0].torque_nm == 71.9);
    /* Everything stands still from the beginning: 31 samples cover thirty minutes. */
    assert_int_equal(minutes_to_equilibrium(&f, &s, 30, NULL), -1);
    assert_non_null(strstr(f.waiting, "not settled: 30 of at least 30 minutes at rated load"));
    assert_int_equal(minutes_to_equilibrium(&f, &s, 1, NULL), 0);
    assert_int_equal(fake_entry_count(&f, "reading"), 31);
    assert_string_equal(json_string_value(json_object_get(fake_entry(&f, "reading", 30), "store")),
                        "monitor");
    assert_true(fake_value(&f, 0, "monitored_1_c") == 80 && fake_value(&f, 0, "monitored_2_c") == 60);
    assert_true(fake_value(&f, 30, "elapsed_s") == 31 * 60);
    fake_services_clear(&f);
}

/* Samples that come late must not shorten the half hour: the window covers it whole. */
static void test_window_is_never_short(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_thermal(&f, &s, "{window_minutes: 30, sample_s: 300, maximum_hours: 3}");
    /* 0.19 K in five minutes and a bit: 0.95 K over the samples inside half an hour, 1.14 K over half an
     * hour. */
    for (int i = 0; i < 12; i++) {
        fake_set(&s, MB_SIGNAL_MONITORED, 60 + 0.19 * i);
        assert_int_equal(fake_tick_after(&f, 310, &s), MB_STEP_GOES_ON);
        assert_false(in_equilibrium(&f));
    }
    fake_services_clear(&f);
}

/* 2 K in half an hour until minute 60, then nothing. */
static void frame_rises(struct mb_snapshot *s, int i)
{
    fake_set(s, FRAME, 50 + (i < 60 ? i : 60) / 15.0);
}

static void test_one_kelvin_rule(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_thermal(&f, &s, THERMAL);
    assert_int_equal(minutes_to_equilibrium(&f, &s, 60, frame_rises), -1);
    assert_non_null(strstr(f.waiting, "monitored-2 moved by 2.00 K in 30 min, allowed 1.0 K"));
    /* From minute 45 to minute 60 it moved by 1 K: settled at minute 75, exactly at the limit. */
    for (int i = 60; i < 80 && !in_equilibrium(&f); i++) {
        frame_rises(&s, i);
        assert_int_equal(minute(&f, &s), MB_STEP_GOES_ON);
        if (i < 75)
            assert_false(in_equilibrium(&f));
    }
    assert_true(in_equilibrium(&f));
    fake_services_clear(&f);
}

/* Rated current instead of rated output: the torque follows the current, a sample at a time, and the reading
 * at the end goes where the plan says. */
static void test_thermal_at_reduced_voltage(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_thermal(&f, &s,
                  "{store: reduced_voltage.coolant_c, voltage_percent: 60, window_minutes: 30, rise_k: 1,"
                  " power_percent: 0.5, sample_s: 60, maximum_hours: 3}");
    assert_true(fabs(f.targets[0].voltage_v - 240) < 1e-9);
    assert_true(fabs(f.targets[0].torque_nm - 0.6 * 71.9) < 1e-9);
    fake_set(&s, MB_SIGNAL_I, f.motor.rated.current_a / 1.1);
    assert_int_equal(minute(&f, &s), MB_STEP_GOES_ON);
    assert_true(fabs(f.targets[1].torque_nm - 1.1 * 0.6 * 71.9) < 1e-9);
    assert_non_null(strstr(f.waiting, "of at least 30 minutes at rated current"));
    fake_set(&s, MB_SIGNAL_I, f.motor.rated.current_a / 3); /* never by more than a fifth */
    assert_int_equal(minute(&f, &s), MB_STEP_GOES_ON);
    assert_true(fabs(f.targets[2].torque_nm - 1.2 * 1.1 * 0.6 * 71.9) < 1e-9);
    fake_set(&s, MB_SIGNAL_I, f.motor.rated.current_a);
    assert_true(minutes_to_equilibrium(&f, &s, 60, NULL) > 0);
    fake_set(&s, MB_SIGNAL_U, 240);
    fake_set(&s, MB_SIGNAL_U12, 240);
    fake_set(&s, MB_SIGNAL_U23, 240);
    fake_set(&s, MB_SIGNAL_U31, 240);
    fake_set(&s, MB_SIGNAL_T, f.targets[f.target_count - 1].torque_nm);
    assert_int_equal(fake_tick_until(&f, 1, 12, &s), MB_STEP_DONE);
    assert_string_equal(json_string_value(json_object_get(
                            fake_entry(&f, "reading", (int)fake_entry_count(&f, "reading") - 1), "store")),
                        "reduced_voltage.coolant_c");
    fake_services_clear(&f);
}

/* The same at rated voltage, where the plan says so: rated output is not what is held. */
static void test_thermal_at_rated_current(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_thermal(&f, &s,
                  "{hold: current, store: thermal/rated-current, window_minutes: 30, rise_k: 1,"
                  " power_percent: 0.5, sample_s: 60, maximum_hours: 3}");
    assert_true(fabs(f.targets[0].voltage_v - 400) < 1e-9);
    assert_true(fabs(f.targets[0].torque_nm - 71.9) < 0.1);
    fake_set(&s, MB_SIGNAL_I, f.motor.rated.current_a * 1.05);
    assert_int_equal(minute(&f, &s), MB_STEP_GOES_ON);
    assert_true(fabs(f.targets[1].voltage_v - 400) < 1e-9);
    assert_true(fabs(f.targets[1].torque_nm - f.targets[0].torque_nm / 1.05) < 1e-9);
    fake_services_clear(&f);
}

/* Motor and coolant together: the rise above the coolant stands still. */
static void room_warms_up(struct mb_snapshot *s, int i)
{
    fake_set(s, MB_SIGNAL_COOLANT, 20 + 0.1 * i);
    fake_set(s, MB_SIGNAL_MONITORED, 80 + 0.1 * i);
    fake_set(s, FRAME, 60 + 0.1 * i);
}

static void room_cools_down(struct mb_snapshot *s, int i)
{
    fake_set(s, MB_SIGNAL_COOLANT, 30 - 0.1 * i);
}

static void test_rise_not_temperature(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_thermal(&f, &s, THERMAL);
    assert_int_equal(minutes_to_equilibrium(&f, &s, 60, room_warms_up), 30);
    fake_services_clear(&f);
    begin_thermal(&f, &s, THERMAL);
    assert_int_equal(minutes_to_equilibrium(&f, &s, 60, room_cools_down), -1);
    assert_non_null(strstr(f.waiting, "monitored-1 moved by 3.00 K"));
    fake_services_clear(&f);
}

/* 0.8 % in half an hour; and 0.2 % under noise that makes 0.8 % from end to end. */
static void power_falls(struct mb_snapshot *s, int i)
{
    fake_set(s, MB_SIGNAL_P, 12100 * (1 - 0.008 * i / 30) * (i % 2 ? 1.003 : 0.997));
}

static void power_is_noisy(struct mb_snapshot *s, int i)
{
    fake_set(s, MB_SIGNAL_P, 12100 * (1 - 0.002 * i / 30) * (i % 2 ? 1.003 : 0.997));
}

static void test_power_slope(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_thermal(&f, &s, THERMAL);
    assert_int_equal(minutes_to_equilibrium(&f, &s, 60, power_falls), -1);
    assert_non_null(strstr(f.waiting, "input power moved by 0."));
    assert_non_null(strstr(f.waiting, "in 30 min, allowed 0.50 %"));
    fake_services_clear(&f);
    begin_thermal(&f, &s, THERMAL);
    assert_int_equal(minutes_to_equilibrium(&f, &s, 60, power_is_noisy), 30);
    fake_services_clear(&f);
}

static void test_maximum_hours(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;
    enum mb_step_result result = MB_STEP_GOES_ON;
    int i = 0;

    (void)state;
    begin_thermal(&f, &s, THERMAL);
    for (; i < 300 && result == MB_STEP_GOES_ON; i++) {
        fake_set(&s, FRAME, 20 + 0.1 * i);
        result = minute(&f, &s);
    }
    assert_int_equal(result, MB_STEP_INVALID);
    assert_int_equal(i, 181);
    assert_non_null(strstr(f.step.reason, "no thermal equilibrium within 3.0 h"));
    fake_services_clear(&f);
}

/* A sample with anything unreadable in it is left out, whatever is unreadable; it ends nothing. */
static void test_bad_samples(void **state)
{
    static const enum mb_signal signals[] = {MB_SIGNAL_P, MB_SIGNAL_COOLANT, MB_SIGNAL_N,         MB_SIGNAL_U,
                                             MB_SIGNAL_I, MB_SIGNAL_T,       MB_SIGNAL_MONITORED, FRAME};

    (void)state;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct fake_services f;
        struct mb_snapshot s;

        begin_thermal(&f, &s, THERMAL);
        fake_spoil(&s, signals[i], MB_STALE);
        if (minute(&f, &s) != MB_STEP_GOES_ON)
            fail_msg("%s: %s", mb_signal_name(signals[i]), f.step.reason);
        assert_int_equal(fake_entry_count(&f, "reading"), 0);
        fake_snapshot(&s);
        assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
        assert_int_equal(fake_entry_count(&f, "reading"), 1);
        fake_services_clear(&f);
    }
}

static void test_no_temperature(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_thermal(&f, &s, THERMAL);
    s.monitored_count = 0;
    assert_int_equal(minute(&f, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "monitors no temperature"));
    fake_services_clear(&f);
}

/* Rated load is rated output: at the measured speed. */
static void test_rated_torque_follows_speed(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_thermal(&f, &s, THERMAL);
    fake_set(&s, MB_SIGNAL_N, 1433.4);
    assert_int_equal(minute(&f, &s), MB_STEP_GOES_ON);
    assert_true(fabs(f.data.rated_torque_nm - 11000 * 60 / (2 * M_PI * 1433.4)) < 1e-9);
    assert_true(f.targets[f.target_count - 1].torque_nm == f.data.rated_torque_nm);
    fake_services_clear(&f);
    begin_thermal(&f, &s, THERMAL);
    f.set_targets_result = -ERANGE;
    assert_int_equal(minute(&f, &s), MB_STEP_FAULT);
    assert_non_null(strstr(f.step.reason, "beyond the limits of this bench"));
    fake_services_clear(&f);
}

/* The coolant is 20 degC for 24 minutes, then rises to 23 degC with the motor. */
static void coolant_of_the_end(struct mb_snapshot *s, int i)
{
    double coolant_c = i < 22 ? 20 : fmin(23, 20 + (i - 21));

    fake_set(s, MB_SIGNAL_COOLANT, coolant_c);
    fake_set(s, MB_SIGNAL_MONITORED, coolant_c + 60);
    fake_set(s, FRAME, coolant_c + 40);
}

static void test_rated_load_reading(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;
    double torque_nm = 11000 * 60 / (2 * M_PI * 1461);
    size_t n;

    (void)state;
    begin_thermal(&f, &s, THERMAL);
    assert_int_equal(minutes_to_equilibrium(&f, &s, 60, coolant_of_the_end), 30);
    n = fake_entry_count(&f, "reading");
    fake_set(&s, MB_SIGNAL_T, torque_nm);
    fake_set(&s, MB_SIGNAL_WINDING, 97.5);
    assert_int_equal(fake_tick_until(&f, 1, 8, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_DONE);
    assert_string_equal(json_string_value(json_object_get(fake_entry(&f, "reading", n), "store")),
                        "rated_load");
    /* Samples of the minutes 1..31; the last quarter is from minute 23.25 on: 24 (22 degC... index 23), then
     * 23 degC. */
    assert_true(fabs(fake_value(&f, n, "coolant_c") - (22 + 7 * 23) / 8.0) < 1e-9);
    assert_true(fabs(f.data.coolant_c - (22 + 7 * 23) / 8.0) < 1e-9);
    assert_true(fabs(f.data.winding_hot_c - 97.5) < 1e-9);
    assert_true(fabs(fake_value(&f, n, "t_nm") - torque_nm) < 1e-9);
    fake_services_clear(&f);
}

static void test_thermal_record_refuses(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_thermal(&f, &s, THERMAL);
    f.record_result = -EIO;
    assert_int_equal(minute(&f, &s), MB_STEP_FAULT);
    assert_non_null(strstr(f.step.reason, "the record cannot be written"));
    fake_services_clear(&f);
}

/* ---- Reheat. ---- */

static void begin_reheat(struct fake_services *f, struct mb_snapshot *s)
{
    fake_services_init(f, "reheat", "{within_k: 2, minimum_minutes: 5, maximum_minutes: 60}");
    fake_snapshot(s);
    f->data.winding_hot_c = 97.5;
    fake_set(s, MB_SIGNAL_WINDING, 70);
    assert_int_equal(fake_begin(f), MB_STEP_GOES_ON);
    assert_true(f->targets[0].voltage_v == 400 && f->targets[0].torque_nm == 71.9);
}

static void test_reheat(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_reheat(&f, &s);
    assert_int_equal(fake_tick_until(&f, 60, 10, &s), MB_STEP_GOES_ON);
    assert_string_equal(f.waiting, "reheating: winding 70.0 degC, wanted 97.5 within 2.0 K");
    fake_set(&s, MB_SIGNAL_WINDING, 95.4);
    assert_int_equal(minute(&f, &s), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_WINDING, 95.6);
    assert_int_equal(minute(&f, &s), MB_STEP_DONE);
    fake_services_clear(&f);
}

/* Not before the least time: the winding is hot soon, the iron is not. */
static void test_reheat_minimum(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_reheat(&f, &s);
    fake_set(&s, MB_SIGNAL_WINDING, 97.5);
    assert_int_equal(fake_tick_until(&f, 60, 4, &s), MB_STEP_GOES_ON);
    assert_int_equal(minute(&f, &s), MB_STEP_DONE);
    fake_services_clear(&f);
}

static void test_reheat_without_sensor(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_reheat(&f, &s);
    fake_spoil(&s, MB_SIGNAL_WINDING, MB_NO_DATA);
    f.data.winding_hot_c = NAN;
    assert_int_equal(fake_tick_until(&f, 60, 4, &s), MB_STEP_GOES_ON);
    assert_int_equal(minute(&f, &s), MB_STEP_DONE);
    fake_services_clear(&f);
}

static void test_reheat_fails(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_reheat(&f, &s);
    assert_int_equal(fake_tick_until(&f, 60, 60, &s), MB_STEP_GOES_ON);
    assert_int_equal(minute(&f, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "did not come back to 97.5 degC within 60 min (now 70.0 degC)"));
    fake_services_clear(&f);
    fake_services_init(&f, "reheat", NULL);
    f.set_targets_result = -ERANGE;
    assert_int_equal(fake_begin(&f), MB_STEP_FAULT);
    fake_services_clear(&f);
}

/* ---- Stabilise: two readings half an hour apart within 3 %. ---- */

static void begin_stabilise(struct fake_services *f, struct mb_snapshot *s)
{
    fake_services_init(
        f, "no-load-stabilise",
        "{change_percent: 3, interval_minutes: 30, maximum_hours: 2, fluctuation_power_percent: 3}");
    fake_snapshot(s);
    fake_spoil(s, MB_SIGNAL_T, MB_UNDER_RANGE);
    assert_int_equal(fake_begin(f), MB_STEP_GOES_ON);
}

/* One half hour in which the input is power_w. */
static enum mb_step_result half_hour(struct fake_services *f, struct mb_snapshot *s, double power_w)
{
    fake_set(s, MB_SIGNAL_P, power_w);
    return fake_tick_until(f, 1, 1800, s);
}

static void test_stabilise(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_stabilise(&f, &s);
    assert_int_equal(half_hour(&f, &s, 400), MB_STEP_GOES_ON); /* nothing to compare with yet */
    assert_int_equal(fake_entry_count(&f, "reading"), 1);
    assert_non_null(strstr(f.waiting, "next reading of no-load input in"));
    assert_true(f.targets[0].voltage_v == 400 && f.targets[0].torque_nm == 0);
    assert_int_equal(half_hour(&f, &s, 387), MB_STEP_GOES_ON); /* 3.25 % */
    assert_non_null(strstr(f.event_text, "bearings not stable: no-load input changed by 3.25 %"));
    assert_int_equal(half_hour(&f, &s, 376), MB_STEP_DONE); /* 2.84 % */
    assert_int_equal(fake_entry_count(&f, "reading"), 3);
    assert_true(fake_value(&f, 2, "p0_w") == 376);
    assert_true(fake_value(&f, 2, "elapsed_s") - fake_value(&f, 1, "elapsed_s") >= 1790);
    assert_string_equal(json_string_value(json_object_get(fake_entry(&f, "reading", 2), "store")), "monitor");
    fake_services_clear(&f);
}

static void test_stabilise_never(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_stabilise(&f, &s);
    for (int i = 0; i < 4; i++)
        assert_int_equal(half_hour(&f, &s, 400 - 20 * i), MB_STEP_GOES_ON);
    assert_int_equal(half_hour(&f, &s, 300), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "bearing losses not stable within 2.0 h"));
    fake_services_clear(&f);
}

/* ---- After an interruption. ---- */

/* A frame that comes to 60 K above 25 degC with a time constant of half an hour. */
static void frame_follows_its_exponential(struct mb_snapshot *s, int i)
{
    static const enum mb_signal parts[] = {MB_SIGNAL_MONITORED, FRAME, MB_SIGNAL_WINDING};

    fake_set(s, MB_SIGNAL_COOLANT, 25);
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        fake_set(s, parts[k], 25 + 60 * (1 - exp(-i / 30.0)));
}

/* What the record has of the step, as it is given back after the interruption. */
static json_t *interrupted(const struct fake_services *f)
{
    json_t *list = json_array();

    for (size_t i = 0; i < fake_entry_count(f, "reading"); i++) {
        json_t *reading = json_deep_copy(fake_entry(f, "reading", i));

        assert_int_equal(json_object_set_new(reading, "t_s", json_real(1000 + 60.0 * (double)(i + 1))), 0);
        assert_int_equal(json_array_append_new(list, reading), 0);
    }
    return list;
}

/* Twenty minutes of a thermal run, then asked so many minutes later at frame_c. */
static enum mb_step_result resumed_after(struct fake_services *f, double minutes, double frame_c)
{
    struct mb_snapshot s;
    enum mb_step_result result;
    json_t *readings;

    begin_thermal(f, &s, "{window_minutes: 30, sample_s: 60, maximum_hours: 3, resume_cooled_k: 10}");
    assert_int_equal(minutes_to_equilibrium(f, &s, 20, frame_follows_its_exponential), -1);
    readings = interrupted(f);
    assert_true(json_array_size(readings) >= 15);
    if (frame_c > 0)
        fake_set(&s, FRAME, frame_c);
    else
        fake_spoil(&s, FRAME, MB_STALE);
    result = f->procedure->steps[0].kind->may_resume(&f->step, readings, 1000 + 60 * (20 + minutes), &s);
    json_decref(readings);
    return result;
}

/* 28 K above the room by then; it loses 10 K of them in 13 minutes. */
static void test_resume_of_a_motor_that_has_cooled(void **state)
{
    struct fake_services f;

    (void)state;
    assert_int_equal(resumed_after(&f, 5, 52), MB_STEP_DONE);
    fake_services_clear(&f);
    assert_int_equal(resumed_after(&f, 30, 52), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "by its exponential monitored-1 has cooled by"));
    fake_services_clear(&f);
    assert_int_equal(resumed_after(&f, 5, 40), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "monitored-2 read 53.2 degC and now 40.0 degC, allowed 10.0 K"));
    fake_services_clear(&f);
    assert_int_equal(resumed_after(&f, 5, 0), MB_STEP_GOES_ON);
    assert_non_null(strstr(f.waiting, "monitored-2 cannot be read"));
    fake_services_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waits_half_an_hour),
        cmocka_unit_test(test_window_is_never_short),
        cmocka_unit_test(test_one_kelvin_rule),
        cmocka_unit_test(test_thermal_at_reduced_voltage),
        cmocka_unit_test(test_thermal_at_rated_current),
        cmocka_unit_test(test_rise_not_temperature),
        cmocka_unit_test(test_power_slope),
        cmocka_unit_test(test_maximum_hours),
        cmocka_unit_test(test_bad_samples),
        cmocka_unit_test(test_no_temperature),
        cmocka_unit_test(test_rated_torque_follows_speed),
        cmocka_unit_test(test_rated_load_reading),
        cmocka_unit_test(test_thermal_record_refuses),
        cmocka_unit_test(test_resume_of_a_motor_that_has_cooled),
        cmocka_unit_test(test_reheat),
        cmocka_unit_test(test_reheat_minimum),
        cmocka_unit_test(test_reheat_without_sensor),
        cmocka_unit_test(test_reheat_fails),
        cmocka_unit_test(test_stabilise),
        cmocka_unit_test(test_stabilise_never),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
