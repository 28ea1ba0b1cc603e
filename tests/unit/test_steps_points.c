/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Readings at points of any voltage, frequency, torque and speed. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "support/fake_services.h"

/* The fake's plan: 3 s of dwell, then 5 s of window, polled once a second; its motor: 400 V, 50 Hz, 71.9 N m,
 * 1460 of 1500 r/min. */
#define TICKS 9
#define assert_near(a, b) assert_true(fabs((a) - (double)(b)) < 1e-9 * fmax(1, fabs((double)(b))))

static void begin_points(struct fake_services *f, const char *points, bool energised,
                         struct mb_snapshot *snapshot)
{
    char with[400];

    (void)snprintf(with, sizeof with, "{store: load.points, timeout_s: 100, points: [%s]}", points);
    fake_services_init(f, "load-points", with);
    fake_snapshot(snapshot);
    f->energised = energised;
    f->safe = !energised;
    assert_int_equal(fake_begin(f), MB_STEP_GOES_ON);
    assert_int_equal(f->mode, MB_BENCH_RUNNING);
}

/* The plant does what was asked for last. */
static void follow(const struct fake_services *f, struct mb_snapshot *s, double n_rpm)
{
    fake_set(s, MB_SIGNAL_U, f->targets[f->target_count - 1].voltage_v);
    fake_set(s, MB_SIGNAL_U12, f->targets[f->target_count - 1].voltage_v);
    fake_set(s, MB_SIGNAL_U23, f->targets[f->target_count - 1].voltage_v);
    fake_set(s, MB_SIGNAL_U31, f->targets[f->target_count - 1].voltage_v);
    fake_set(s, MB_SIGNAL_T, f->targets[f->target_count - 1].torque_nm);
    fake_set(s, MB_SIGNAL_N, n_rpm);
    if (f->frequency_hz > 0)
        fake_set(s, MB_SIGNAL_F, f->frequency_hz);
}

static void test_torque_points_after_a_start(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_points(&f, "{torque_percent: 100}, {torque_percent: 50, voltage_percent: 60}", true, &s);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_near(f.targets[0].voltage_v, 400);
    assert_near(f.targets[0].torque_nm, 71.9);
    follow(&f, &s, 1460);
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_GOES_ON);
    assert_near(fake_value(&f, 0, "load_percent"), 100);
    assert_near(fake_value(&f, 0, "t_nm"), 71.9);
    assert_string_equal(json_string_value(json_object_get(fake_entry(&f, "reading", 0), "store")),
                        "load.points");
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_near(f.targets[1].voltage_v, 240);
    assert_near(f.targets[1].torque_nm, 71.9 / 2);
    follow(&f, &s, 1440);
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_DONE);
    assert_near(fake_value(&f, 1, "u_v"), 240);
    assert_int_equal(f.safe_count, 0); /* the frequency stays: nothing is switched off */
    assert_true(f.frequency_hz == 0);
    fake_services_clear(&f);
}

/* G1: the reading says the load at rated voltage that it stands for; torque goes with the square of it. */
static void test_loads_at_reduced_voltage(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    fake_services_init(&f, "load-points",
                       "{store: reduced_voltage.points, reduced_voltage_percent: 60,"
                       " points: [{torque_percent: 100}]}");
    fake_snapshot(&s);
    f.energised = true;
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_near(f.targets[0].voltage_v, 240);
    assert_near(f.targets[0].torque_nm, 0.36 * 71.9);
    follow(&f, &s, 1460);
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_DONE);
    assert_near(fake_value(&f, 0, "load_percent"), 100);
    assert_near(fake_value(&f, 0, "u_v"), 240);
    fake_services_clear(&f);
}

/* Half of the rated speed at full torque: (50 * 1460 + 100 * 40) / 1500 = 51.3 % of 50 Hz. */
static void test_frequency_of_speed_and_torque(void **state)
{
    const double percent = (50 * 1460.0 + 100 * 40.0) / 1500;
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_points(&f, "{speed_percent: 50, torque_percent: 100}", true, &s);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_int_equal(f.safe_count, 1); /* runs at 50 Hz from the start */
    f.safe = true;
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_true(f.frequency_hz == 0); /* still faster than the field that it is to get */
    assert_non_null(strstr(f.waiting, "the motor runs down to 770 r/min: 1461 r/min"));
    fake_set(&s, MB_SIGNAL_N, 700);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_near(f.frequency_hz, percent / 2);
    assert_near(f.targets[0].voltage_v, 4 * percent); /* with the frequency */
    assert_near(f.targets[0].torque_nm, 0);           /* without load until it has run up */
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_near(f.targets[f.target_count - 1].torque_nm, 71.9);
    follow(&f, &s, 730);
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_DONE);
    assert_near(fake_value(&f, 0, "speed_percent"), 50);
    assert_near(fake_value(&f, 0, "torque_percent"), 100);
    assert_near(fake_value(&f, 0, "f_hz"), percent / 2);
    assert_null(json_object_get(json_object_get(fake_entry(&f, "reading", 0), "values"), "load_percent"));
    fake_services_clear(&f);
}

/* The gate of the frequency is around the point's own. */
static void test_frequency_gate(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_points(&f, "{frequency_percent: 80, torque_percent: 100}", false, &s);
    fake_set(&s, MB_SIGNAL_N, 0);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_near(f.frequency_hz, 40);
    assert_near(f.targets[0].voltage_v, 320);
    follow(&f, &s, 1180);
    assert_int_equal(fake_tick_until(&f, 1, 2, &s), MB_STEP_GOES_ON);
    follow(&f, &s, 1150);
    fake_set(&s, MB_SIGNAL_F, 40.2);
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "rejected"), 1);
    fake_set(&s, MB_SIGNAL_F, 40.1);
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_DONE);
    fake_services_clear(&f);
}

/* The speed alone: the load machine holds it, and the reading waits for it. */
static void test_held_speed(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_points(&f, "{speed_percent: 99}", true, &s);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_near(f.load_speed_rpm, 1460 * 0.99);
    assert_near(f.targets[0].torque_nm, 0);
    fake_set(&s, MB_SIGNAL_N, 1450);
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "reading") + fake_entry_count(&f, "rejected"), 0);
    fake_set(&s, MB_SIGNAL_N, 1445.4);
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_DONE);
    assert_near(fake_value(&f, 0, "speed_percent"), 99);
    assert_null(json_object_get(json_object_get(fake_entry(&f, "reading", 0), "values"), "torque_percent"));
    assert_non_null(json_object_get(json_object_get(fake_entry(&f, "reading", 0), "gates"), "speed"));
    fake_services_clear(&f);

    begin_points(&f, "{speed_percent: 99}", true, &s);
    f.load_speed_result = -ENOTSUP;
    assert_int_equal(fake_tick(&f, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "cannot hold a speed"));
    fake_services_clear(&f);
}

/* A map: every torque at each speed. */
static void test_grid(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    fake_services_init(&f, "load-points",
                       "{store: map.points, speeds_percent: [100], torques_percent: [80, 40]}");
    fake_snapshot(&s);
    f.energised = f.safe = true;
    fake_set(&s, MB_SIGNAL_N, 700);
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    for (int i = 0; i < 60 && fake_entry_count(&f, "reading") < 2; i++) {
        f.safe = !f.energised;
        (void)fake_tick_after(&f, 1, &s);
        if (f.target_count > 0)
            follow(&f, &s, 1460);
    }
    assert_int_equal(fake_entry_count(&f, "reading"), 2);
    assert_near(fake_value(&f, 0, "speed_percent"), 100);
    assert_near(fake_value(&f, 0, "torque_percent"), 80);
    assert_near(fake_value(&f, 1, "torque_percent"), 40);
    fake_services_clear(&f);
}

static void test_does_not_run_up(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_points(&f, "{frequency_percent: 50, torque_percent: 10}", false, &s);
    fake_set(&s, MB_SIGNAL_N, 0);
    assert_int_equal(fake_tick_until(&f, 10, 11, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick_after(&f, 10, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "did not reach 675 r/min at 25 Hz within 100 s"));
    fake_services_clear(&f);
}

static void test_refused_plans(void **state)
{
    static const struct {
        const char *points, *why;
    } plans[] = {
        {"", "points: a list of 1 to 400 points"},
        {"{voltage_percent: 100}", "a point needs speed_percent or torque_percent"},
        {"{frequency_percent: 50, speed_percent: 50, torque_percent: 50}", "a point has two of"},
        {"{torque_percent: 201}", "200"},
        {"{torque: 100}", "torque_percent"},
    };
    char text[600];

    (void)state;
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        struct mb_procedure *procedure = NULL;
        struct mb_error err = {""};

        (void)snprintf(text, sizeof text,
                       "procedure: {id: p, title: P, item: efficiency, steps: [{id: s, kind: load-points, "
                       "title: S, with: {store: points, points: [%s]}}]}",
                       plans[i].points);
        assert_int_equal(mb_procedure_parse("p", text, strlen(text), &procedure, &err), -EINVAL);
        if (!strstr(err.text, plans[i].why))
            fail_msg("'%s' does not say '%s'", err.text, plans[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_torque_points_after_a_start),
        cmocka_unit_test(test_loads_at_reduced_voltage),
        cmocka_unit_test(test_frequency_of_speed_and_torque),
        cmocka_unit_test(test_frequency_gate),
        cmocka_unit_test(test_held_speed),
        cmocka_unit_test(test_grid),
        cmocka_unit_test(test_does_not_run_up),
        cmocka_unit_test(test_refused_plans),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
