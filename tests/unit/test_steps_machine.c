/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a machine is put through: rotation, rated load, locked rotor, sweep, hold, waveform; and the plans
 * that ship. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/fake_services.h"

#define ASSERT_NEAR(value, expected, tolerance) assert_true(fabs((value) - (expected)) <= (tolerance))
#define DATA "daemon/standard/data/" MB_REQUIREMENTS_FILE
#define HOLD(quantity) "{quantity: " quantity ", stall_percent: 50, abrupt_percent: 10, timeout_s: 30}"

static void begin(struct fake_services *f, struct mb_snapshot *s, const char *kind, const char *with)
{
    fake_services_init(f, kind, with);
    fake_snapshot(s);
    assert_int_equal(fake_begin(f), MB_STEP_GOES_ON);
}

static const json_t *values(const struct fake_services *f, size_t i)
{
    return json_object_get(fake_entry(f, "reading", i), "values");
}

static const char *text(const struct fake_services *f, size_t i, const char *name)
{
    return json_string_value(json_object_get(values(f, i), name));
}

static const char *store(const struct fake_services *f, size_t i)
{
    return json_string_value(json_object_get(fake_entry(f, "reading", i), "store"));
}

static int answer(struct fake_services *f, const char *id, const char *word, double number)
{
    return f->step.plan->kind->answer(&f->step, id, word, number);
}

/* ---- Rotation. ---- */

static void test_rotation(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    for (int sign = 1; sign >= -1; sign -= 2) {
        begin(&f, &s, "rotation", "{voltage_percent: 50, speed_percent: 20, timeout_s: 60}");
        fake_set(&s, MB_SIGNAL_N, 0);
        f.safe = false;
        assert_int_equal(fake_tick_until(&f, 1, 3, &s), MB_STEP_GOES_ON);
        assert_true(f.frequency_hz == 0); /* not before the outputs are confirmed off */
        f.safe = true;
        assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
        assert_true(f.frequency_hz == 50 && f.targets[0].voltage_v == 200);
        fake_set(&s, MB_SIGNAL_N, sign * 299);
        assert_int_equal(fake_tick_until(&f, 1, 3, &s), MB_STEP_GOES_ON);
        fake_set(&s, MB_SIGNAL_N, sign * 301);
        assert_int_equal(fake_tick_until(&f, 1, 3, &s), MB_STEP_DONE);
        assert_int_equal(f.safe_count, 1);
        assert_string_equal(store(&f, 0), "rotation/direction");
        assert_string_equal(text(&f, 0, "direction"), sign > 0 ? "clockwise" : "counter-clockwise");
        assert_string_equal(text(&f, 0, "expected"), "clockwise");
        fake_services_clear(&f);
    }
}

/* A speed without a sign says nothing: a person looks, and the motor turns meanwhile. */
static void test_rotation_asked(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, "rotation", NULL);
    s.signal[MB_SIGNAL_N].flags |= MB_READING_UNSIGNED;
    assert_int_equal(answer(&f, "direction", "clockwise", NAN), -EINVAL);
    assert_int_equal(fake_tick_until(&f, 1, 100, &s), MB_STEP_GOES_ON);
    assert_string_equal(f.question.id, "direction");
    assert_int_equal(f.safe_count, 0);
    assert_int_equal(answer(&f, "direction", "left", NAN), -EINVAL);
    assert_int_equal(answer(&f, "direction", "counter-clockwise", NAN), 0);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_DONE);
    assert_string_equal(text(&f, 0, "direction"), "counter-clockwise");
    fake_services_clear(&f);
}

static void test_rotation_stands(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, "rotation", NULL);
    fake_set(&s, MB_SIGNAL_N, 5);
    assert_int_equal(fake_tick_until(&f, 1, 100, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "did not turn"));
    fake_services_clear(&f);
}

/* ---- Rated load. ---- */

static void test_rating(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, "rating", "{warm_minutes: 5, adjust_s: 10}");
    fake_set(&s, MB_SIGNAL_N, 1450);
    assert_int_equal(fake_tick_until(&f, 5, 60, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "reading"), 0);
    /* 11000 * 60 / (2 pi 1450) */
    ASSERT_NEAR(f.targets[f.target_count - 1].torque_nm, 72.443, 1e-3);
    fake_set(&s, MB_SIGNAL_T, 72.443);
    assert_int_equal(fake_tick_until(&f, 1, 40, &s), MB_STEP_DONE);
    assert_string_equal(store(&f, 0), "rating/load");
    ASSERT_NEAR(fake_value(&f, 0, "n_rpm"), 1450, 1e-9);
    fake_services_clear(&f);
}

/* ---- Locked rotor. ---- */

static void test_locked_rotor(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, "locked-rotor",
          "{points_percent: [100, 60, 40], positions: 1, on_max_s: 10, window_s: 1, rest_s: 60}");
    f.limits[MB_SIGNAL_I] = 120; /* 0.9 * 120 A of 8 * 20 A: 67.5 % of rated voltage at most */
    fake_set(&s, MB_SIGNAL_N, 0);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_string_equal(f.ask, "lock");
    assert_int_equal(fake_tick_until(&f, 60, 10, &s), MB_STEP_GOES_ON);
    assert_true(f.frequency_hz == 0);
    assert_int_equal(answer(&f, "lock", "done", NAN), 0);
    assert_int_equal(fake_tick_until(&f, 0.5, 12, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "reading"), 1);
    assert_string_equal(store(&f, 0), "rating/locked-rotor");
    ASSERT_NEAR(f.targets[0].voltage_v, 240, 1e-9); /* 100 % was left out */
    assert_true(f.safe_count >= 2);
    f.safe = true;
    assert_int_equal(fake_tick_until(&f, 1, 50, &s), MB_STEP_GOES_ON);
    assert_int_equal(f.target_count, 1); /* the winding rests */
    assert_int_equal(fake_tick_until(&f, 1, 30, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "reading"), 2);
    ASSERT_NEAR(f.targets[1].voltage_v, 160, 1e-9);
    f.safe = true;
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_string_equal(f.ask, "release");
    assert_int_equal(answer(&f, "lock", "done", NAN), -EINVAL);
    assert_int_equal(answer(&f, "release", "done", NAN), 0);
    assert_int_equal(fake_entry_count(&f, "operator"), 2); /* a restarted daemon knows of the pin by these */
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_DONE);
    fake_services_clear(&f);
}

static void test_locked_rotor_turns(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, "locked-rotor", "{points_percent: [100]}");
    fake_set(&s, MB_SIGNAL_N, 0);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(answer(&f, "lock", "done", NAN), 0);
    assert_int_equal(fake_tick_until(&f, 1, 2, &s), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_N, 100);
    assert_true(f.data.rotor_locked);
    assert_int_equal(fake_tick_until(&f, 1, 5, &s), MB_STEP_GOES_ON);
    assert_false(f.energised);
    f.safe = true;
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_string_equal(f.ask, ""); /* the shaft turns: nobody goes near it */
    fake_set(&s, MB_SIGNAL_N, 0);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_string_equal(f.ask, "release");
    assert_int_equal(answer(&f, "release", "done", NAN), 0);
    assert_false(f.data.rotor_locked);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "it is not locked"));
    fake_services_clear(&f);
}

/* The circuit's reading: the voltage follows the current until it is the rated one, at the frequency asked
 * for. */
static void test_locked_rotor_current(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;
    json_t *values;

    (void)state;
    begin(&f, &s, "locked-rotor",
          "{points_percent: [4], frequency_percent: 25, current_percent: 100, on_max_s: 60, window_s: 2}");
    fake_set(&s, MB_SIGNAL_N, 0);
    fake_set(&s, MB_SIGNAL_F, 12.5);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(answer(&f, "lock", "done", NAN), 0);
    for (int i = 0; i < 40 && fake_entry_count(&f, "reading") == 0; i++) {
        double u_v = f.target_count ? f.targets[f.target_count - 1].voltage_v : 0;

        fake_set(&s, MB_SIGNAL_U, u_v);
        fake_set(&s, MB_SIGNAL_I, u_v / 3);
        assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    }
    ASSERT_NEAR(f.frequency_hz, 12.5, 1e-9);
    ASSERT_NEAR(f.targets[0].voltage_v, 16, 1e-9);
    ASSERT_NEAR(f.targets[1].voltage_v, 48, 1e-9); /* three times at most */
    values = json_object_get(fake_entry(&f, "reading", 0), "values");
    assert_int_equal(json_object_size(values), 4);
    ASSERT_NEAR(fake_value(&f, 0, "i_a"), f.motor.rated.current_a, 0.03 * f.motor.rated.current_a);
    ASSERT_NEAR(fake_value(&f, 0, "f_hz"), 12.5, 1e-9);
    assert_string_equal(json_string_value(json_object_get(fake_entry(&f, "reading", 0), "store")),
                        "locked_rotor");
    fake_services_clear(&f);

    begin(&f, &s, "locked-rotor", "{points_percent: [4], current_percent: 100, on_max_s: 20}");
    fake_set(&s, MB_SIGNAL_N, 0);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(answer(&f, "lock", "done", NAN), 0);
    fake_set(&s, MB_SIGNAL_I, 1);
    fake_set(&s, MB_SIGNAL_U, 16);
    assert_int_equal(fake_tick_until(&f, 1, 30, &s), MB_STEP_GOES_ON);
    f.safe = true;
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(answer(&f, "release", "done", NAN), 0);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "could not be reached within 20 s"));
    fake_services_clear(&f);
}

/* ---- Sweep. ---- */

static void test_sweep(void **state)
{
    enum mb_step_result r = MB_STEP_GOES_ON;
    struct fake_services f;
    struct mb_snapshot s;
    double lowest = INFINITY;

    (void)state;
    begin(&f, &s, "sweep", "{voltage_percent: 60, lowest_percent: 5, seconds: 20, readings: 10}");
    fake_set(&s, MB_SIGNAL_N, 1490);
    for (int i = 0; i < 200 && r == MB_STEP_GOES_ON; i++) {
        r = fake_tick_after(&f, 0.5, &s);
        if (f.load_speed_rpm > 0)
            fake_set(&s, MB_SIGNAL_N, f.load_speed_rpm);
        lowest = f.load_speed_rpm > 0 ? fmin(lowest, f.load_speed_rpm) : lowest;
    }
    assert_int_equal(r, MB_STEP_DONE);
    assert_true(f.targets[0].voltage_v == 240);
    ASSERT_NEAR(lowest, 75, 1e-6);
    assert_string_equal(store(&f, 0), "rating/sweep");
    assert_in_range(json_array_size(json_object_get(values(&f, 0), "points")), 78, 84);
    assert_false(f.energised);
    fake_services_clear(&f);
}

/* The shaft is late by one reading, and few readings come: the sweep goes on until one is near standstill. */
static void test_sweep_of_few_readings(void **state)
{
    enum mb_step_result r = MB_STEP_GOES_ON;
    double lowest[2] = {INFINITY, INFINITY}, next = 1490;
    struct fake_services f;
    struct mb_snapshot s;
    json_t *point;
    size_t i;

    (void)state;
    begin(&f, &s, "sweep", "{voltage_percent: 60, lowest_percent: 5, seconds: 20, readings: 10}");
    for (i = 0; i < 200 && r == MB_STEP_GOES_ON; i++) {
        fake_set(&s, MB_SIGNAL_N, next);
        next = f.load_speed_rpm > 0 ? f.load_speed_rpm : 1490;
        r = fake_tick_after(&f, 8, &s);
    }
    assert_int_equal(r, MB_STEP_DONE);
    json_array_foreach(json_object_get(values(&f, 0), "points"), i, point)
    {
        bool up = strcmp(json_string_value(json_object_get(point, "branch")), "up") == 0;

        lowest[up] = fmin(lowest[up], json_number_value(json_object_get(point, "n_rpm")));
    }
    assert_in_range(i, 22, 28);
    assert_true(lowest[0] < 90 && lowest[1] < 90);
    fake_services_clear(&f);
}

static void test_sweep_without_speed(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, "sweep", NULL);
    f.load_speed_result = -ENOTSUP;
    fake_set(&s, MB_SIGNAL_N, 1490);
    assert_int_equal(fake_tick_until(&f, 0.5, 10, &s), MB_STEP_DONE);
    assert_non_null(strstr(text(&f, 0, "reason"), "cannot hold a speed"));
    fake_services_clear(&f);
}

/* ---- Hold. ---- */

static struct mb_requirements *requirements;

static int load_requirements(void **state)
{
    struct mb_error err;

    (void)state;
    if (mb_requirements_load(DATA, &requirements, &err) < 0)
        fail_msg("%s", err.text);
    return 0;
}

static int free_requirements(void **state)
{
    (void)state;
    requirements = mb_requirements_free(requirements);
    return 0;
}

static void init_hold(struct fake_services *f, struct mb_snapshot *s, const char *with)
{
    fake_services_init(f, "hold", with);
    f->requirements = requirements;
    f->item = "mechanical-strength";
    f->standard = "GB/T 755";
    fake_snapshot(s);
    fake_set(s, MB_SIGNAL_N, 1490);
    fake_set(s, MB_SIGNAL_T, 0);
}

/* 1.6 * 11000 * 60 / (2 pi 1460) = 115.12 N m for 15 s */
static void test_over_torque(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    init_hold(&f, &s, HOLD("over-torque"));
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick_until(&f, 1, 4, &s), MB_STEP_GOES_ON);
    ASSERT_NEAR(f.targets[f.target_count - 1].torque_nm, 115.12, 0.01);
    fake_set(&s, MB_SIGNAL_N, 1420);
    fake_set(&s, MB_SIGNAL_T, 115.2);
    assert_int_equal(fake_tick_until(&f, 1, 15, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_DONE);
    assert_string_equal(store(&f, 0), "mechanical-strength/over-torque");
    assert_string_equal(text(&f, 0, "ended"), "time");
    ASSERT_NEAR(fake_value(&f, 0, "held_s"), 15, 1e-6);
    ASSERT_NEAR(fake_value(&f, 0, "applied"), 115.2, 1e-6);
    assert_false(f.energised);
    fake_services_clear(&f);
}

/* As plans have it: the step before has started the motor. */
static void test_over_torque_of_a_running_motor(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    init_hold(&f, &s, HOLD("over-torque"));
    f.safe = false;
    f.energised = true;
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick_until(&f, 1, 4, &s), MB_STEP_GOES_ON);
    assert_int_equal(f.target_count, 1);
    ASSERT_NEAR(f.targets[0].torque_nm, 115.12, 0.01);
    fake_services_clear(&f);
    init_hold(&f, &s, HOLD("overspeed"));
    f.safe = false;
    f.energised = true;
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    assert_false(f.energised);
    fake_services_clear(&f);
}

static void test_over_torque_gives_way(void **state)
{
    static const struct {
        double n_rpm;
        const char *ended;
    } cases[] = {{600, "stall"}, {1200, "speed"}};
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        init_hold(&f, &s, HOLD("over-torque"));
        assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
        assert_int_equal(fake_tick_until(&f, 1, 4, &s), MB_STEP_GOES_ON);
        fake_set(&s, MB_SIGNAL_N, 1420);
        fake_set(&s, MB_SIGNAL_T, 115.2);
        assert_int_equal(fake_tick_until(&f, 1, 5, &s), MB_STEP_GOES_ON);
        fake_set(&s, MB_SIGNAL_N, cases[i].n_rpm);
        assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_DONE);
        assert_string_equal(text(&f, 0, "ended"), cases[i].ended);
        assert_false(f.energised);
        fake_services_clear(&f);
    }
}

/* A load machine that is too weak, and a bench whose limits are too narrow. */
static void test_over_torque_unreachable(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    init_hold(&f, &s, HOLD("over-torque"));
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_T, 90);
    assert_int_equal(fake_tick_until(&f, 1, 100, &s), MB_STEP_DONE);
    assert_string_equal(text(&f, 0, "ended"), "unreachable");
    ASSERT_NEAR(fake_value(&f, 0, "applied"), 90, 1e-6);
    fake_services_clear(&f);
    init_hold(&f, &s, HOLD("over-torque"));
    f.limits[MB_SIGNAL_T] = 100;
    assert_int_equal(fake_begin(&f), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "beyond the limit 100 N m of this bench"));
    fake_services_clear(&f);
}

/* A motor that draws 20 A at rated torque, a share of current for a share of torque: what it came to, and the
 * highest torque that was asked for. */
static const char *overcurrent(struct fake_services *f, double limit_nm, double *ret_highest_nm)
{
    enum mb_step_result r = MB_STEP_GOES_ON;
    struct mb_snapshot s;

    *ret_highest_nm = 0;
    init_hold(f, &s, HOLD("occasional-overcurrent"));
    f->limits[MB_SIGNAL_T] = limit_nm;
    fake_set(&s, MB_SIGNAL_I, 8);
    assert_int_equal(fake_begin(f), MB_STEP_GOES_ON);
    for (int i = 0; i < 400 && r == MB_STEP_GOES_ON; i++) {
        r = fake_tick_after(f, 0.5, &s);
        if (f->target_count == 0)
            continue;
        *ret_highest_nm = fmax(*ret_highest_nm, f->targets[f->target_count - 1].torque_nm);
        fake_set(&s, MB_SIGNAL_I, fmax(8, 20 * f->targets[f->target_count - 1].torque_nm / 71.9));
    }
    assert_int_equal(r, MB_STEP_DONE);
    return text(f, 0, "ended");
}

/* 1.5 * 20 A for 120 s: the torque is raised from below until the current is there. */
static void test_overcurrent(void **state)
{
    struct fake_services f;
    double highest_nm;

    (void)state;
    assert_string_equal(overcurrent(&f, INFINITY, &highest_nm), "time");
    ASSERT_NEAR(fake_value(&f, 0, "applied"), 30, 0.3);
    ASSERT_NEAR(fake_value(&f, 0, "held_s"), 120, 0.5);
    assert_true(highest_nm <= 71.9 * 1.5 + 0.1);
    fake_services_clear(&f);
}

/* 80 N m draw 22.3 A: the bench gives what it may and the test says what was missing. */
static void test_overcurrent_beyond_the_bench(void **state)
{
    struct fake_services f;
    double highest_nm;

    (void)state;
    assert_string_equal(overcurrent(&f, 80, &highest_nm), "unreachable");
    ASSERT_NEAR(fake_value(&f, 0, "applied"), 22.25, 0.1);
    assert_true(highest_nm <= 80);
    fake_services_clear(&f);
}

/* What is read while the load machine is still on its way says nothing about the torque asked for. */
static void test_overcurrent_waits_for_the_torque(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    init_hold(&f, &s, HOLD("occasional-overcurrent"));
    fake_set(&s, MB_SIGNAL_I, 8);
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    while (f.target_count == 0)
        assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    f.settled = false;
    assert_int_equal(fake_tick_until(&f, 1, 10, &s), MB_STEP_GOES_ON);
    assert_int_equal(f.target_count, 1);
    f.settled = true;
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(f.target_count, 2);
    fake_services_clear(&f);
}

/* 1.2 * 1460 = 1752 r/min: 50 Hz * 1752 / 1500 * 1.01 = 58.984 Hz. */
static void test_overspeed(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    init_hold(&f, &s, HOLD("overspeed"));
    fake_set(&s, MB_SIGNAL_N, 0);
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick_until(&f, 1, 3, &s), MB_STEP_GOES_ON);
    ASSERT_NEAR(f.frequency_hz, 58.984, 1e-3);
    fake_set(&s, MB_SIGNAL_N, 1765);
    assert_int_equal(fake_tick_until(&f, 1, 120, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_DONE);
    assert_string_equal(text(&f, 0, "ended"), "time");
    ASSERT_NEAR(fake_value(&f, 0, "applied"), 1765, 1e-6);
    fake_services_clear(&f);
}

/* ---- Waveform. ---- */

#define END "{quantity: vibration, store: vibration/point, first: 3, places: [Other end], setup: {grade: A}}"

static struct mb_capture_result result_of(size_t channels)
{
    struct mb_capture_result r = {.channel_count = channels};

    for (size_t i = 0; i < channels; i++) {
        double v = 1e-3 * (double)(i + 1);

        r.channels[i].vibration = (struct mb_vibration_result){
            .velocity_mps = {v, 1.1 * v, 0.9 * v}, .displacement_m = {1e-5, 1e-5, 1e-5}, .duration_s = 10.2};
        r.channels[i].sound.leq_db = 68.5;
    }
    return r;
}

static void place(struct fake_services *f, struct mb_snapshot *s)
{
    assert_int_equal(fake_tick_after(f, 1, s), MB_STEP_GOES_ON);
    assert_string_equal(f->ask, "place");
    assert_int_equal(answer(f, "place", "done", NAN), 0);
    assert_int_equal(fake_tick_after(f, 1, s), MB_STEP_GOES_ON);
}

static void test_vibration(void **state)
{
    struct mb_capture_result three = result_of(3);
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, "waveform", END);
    f.energised = true;
    place(&f, &s);
    assert_int_equal(f.capture_count, 1);
    ASSERT_NEAR(f.capture.low_hz, 10, 1e-9);
    assert_int_equal(f.step.plan->kind->captured(&f.step, 0, "", &three), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_DONE);
    assert_int_equal(fake_entry_count(&f, "reading"), 4); /* and the set-up */
    assert_string_equal(store(&f, 0), "vibration/setup");
    assert_string_equal(text(&f, 0, "grade"), "A");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            json_integer_value(json_object_get(fake_entry(&f, "reading", (size_t)i + 1), "index")), 3 + i);
        ASSERT_NEAR(fake_value(&f, (size_t)i + 1, "velocity_mps"), 1e-3 * (i + 1), 1e-12);
    }
    fake_services_clear(&f);
}

/* One direction at a time with a sensor that has one. */
static void test_vibration_single_axis(void **state)
{
    struct mb_capture_result one = result_of(1);
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, "waveform", END);
    f.energised = true;
    for (int i = 0; i < 3; i++) {
        place(&f, &s);
        assert_int_equal(f.step.plan->kind->captured(&f.step, 0, "", &one), MB_STEP_GOES_ON);
    }
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_DONE);
    assert_int_equal(json_integer_value(json_object_get(fake_entry(&f, "reading", 3), "index")), 5);
    fake_services_clear(&f);
}

/* Two poles at 2997 r/min: one beat is 10 s, windows a tenth of it; at 2999.9 r/min 300 s: more than the plan
 * allows. */
static void test_vibration_beat(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, "waveform", END);
    f.motor.rated.poles = 2;
    f.motor.rated.speed_rpm = 2930;
    f.energised = true;
    fake_set(&s, MB_SIGNAL_N, 2997);
    fake_set(&s, MB_SIGNAL_F, 50);
    place(&f, &s);
    ASSERT_NEAR(f.capture.seconds, 10.5, 1e-6);
    ASSERT_NEAR(f.capture.window_s, 1, 1e-6);
    fake_services_clear(&f);
    begin(&f, &s, "waveform", END);
    f.motor.rated.poles = 2;
    f.energised = true;
    fake_set(&s, MB_SIGNAL_N, 2999.9);
    fake_set(&s, MB_SIGNAL_F, 50);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(answer(&f, "place", "done", NAN), 0);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "one beat"));
    fake_services_clear(&f);
}

/* A bench without samples: the numbers of the person's own meter, velocity in mm/s and displacement in um. */
static void test_vibration_by_hand(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, "waveform", END);
    f.energised = true;
    f.capture_result = -ENOTSUP;
    for (int i = 0; i < 3; i++) {
        place(&f, &s);
        assert_string_equal(f.question.unit, "mm/s");
        assert_int_equal(answer(&f, "reading", NULL, 1.5), 0);
        assert_string_equal(f.question.unit, "um");
        assert_int_equal(answer(&f, "reading", NULL, -1), -EINVAL);
        assert_int_equal(answer(&f, "reading", NULL, 20), 0);
    }
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_DONE);
    ASSERT_NEAR(fake_value(&f, 3, "velocity_mps"), 1.5e-3, 1e-12);
    ASSERT_NEAR(fake_value(&f, 3, "displacement_m"), 2e-5, 1e-12);
    fake_services_clear(&f);
}

/* Samples that break off are taken again, not for ever; a motor that goes off ends the measurement. */
static void test_vibration_fails(void **state)
{
    struct mb_capture_result none = {0};
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, "waveform", END);
    f.energised = true;
    for (int i = 0; i < 3; i++) {
        place(&f, &s);
        assert_int_equal(f.step.plan->kind->captured(&f.step, -EPIPE, "gone", &none), MB_STEP_GOES_ON);
    }
    place(&f, &s);
    assert_int_equal(f.step.plan->kind->captured(&f.step, -EPIPE, "gone", &none), MB_STEP_INVALID);
    fake_services_clear(&f);
    begin(&f, &s, "waveform", END);
    f.energised = false;
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_INVALID);
    fake_services_clear(&f);
}

static void test_background(void **state)
{
    struct mb_capture_result one = result_of(1);
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, "waveform",
          "{quantity: sound, store: noise/background, places: [At 1 m], with_motor_off: true}");
    assert_int_equal(f.safe_count, 1);
    f.safe = false;
    assert_int_equal(fake_tick_until(&f, 1, 5, &s), MB_STEP_GOES_ON);
    assert_string_equal(f.ask, "");
    f.safe = true;
    place(&f, &s);
    assert_int_equal(f.capture.quantity, MB_CAPTURE_SOUND);
    assert_int_equal(f.step.plan->kind->captured(&f.step, 0, "", &one), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_DONE);
    ASSERT_NEAR(fake_value(&f, 0, "level_db"), 68.5, 1e-9);
    fake_services_clear(&f);
}

/* ---- Plans. ---- */

static void test_shipped_plans(void **state)
{
    static const char *const names[] = {"rotation",  "rating",  "rating-synchronous",
                                        "rating-pm", "thermal", "mechanical-strength",
                                        "vibration", "noise",   NULL};

    (void)state;
    for (int i = 0; names[i]; i++) {
        struct mb_procedure *procedure;
        struct mb_error err;
        char path[120];

        (void)snprintf(path, sizeof path, "daemon/procedure/data/%s.yaml", names[i]);
        if (mb_procedure_load(path, &procedure, &err) < 0)
            fail_msg("%s", err.text);
        assert_int_equal(strncmp(procedure->item, names[i], strlen(procedure->item)),
                         0); /* or a kind's own */
        assert_true(procedure->powered);
        mb_procedure_free(procedure);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_rotation_asked),
        cmocka_unit_test(test_rotation_stands),
        cmocka_unit_test(test_rating),
        cmocka_unit_test(test_locked_rotor),
        cmocka_unit_test(test_locked_rotor_turns),
        cmocka_unit_test(test_locked_rotor_current),
        cmocka_unit_test(test_sweep),
        cmocka_unit_test(test_sweep_of_few_readings),
        cmocka_unit_test(test_sweep_without_speed),
        cmocka_unit_test(test_over_torque),
        cmocka_unit_test(test_over_torque_of_a_running_motor),
        cmocka_unit_test(test_over_torque_gives_way),
        cmocka_unit_test(test_over_torque_unreachable),
        cmocka_unit_test(test_overcurrent),
        cmocka_unit_test(test_overcurrent_beyond_the_bench),
        cmocka_unit_test(test_overcurrent_waits_for_the_torque),
        cmocka_unit_test(test_overspeed),
        cmocka_unit_test(test_vibration),
        cmocka_unit_test(test_vibration_single_axis),
        cmocka_unit_test(test_vibration_beat),
        cmocka_unit_test(test_vibration_by_hand),
        cmocka_unit_test(test_vibration_fails),
        cmocka_unit_test(test_background),
        cmocka_unit_test(test_shipped_plans),
    };

    return cmocka_run_group_tests(tests, load_requirements, free_requirements);
}
