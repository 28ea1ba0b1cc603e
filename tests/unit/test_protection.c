/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "bench/protection.h"

struct fixture {
    struct mb_protection p;
    struct mb_snapshot s;
    struct mb_protection_view view;
    double now_s;
    char reason[200];
};

static void set(struct fixture *f, enum mb_signal signal, double value)
{
    f->s.signal[signal].value = value;
    f->s.signal[signal].validity = MB_VALID;
}

/* 11 kW, 400 V, 20 A, 1460 r/min, 4 poles, class F; at rated load, 72 N m. */
static void begin(struct fixture *f, double bench_winding_c)
{
    static char class_f[] = "F";
    struct mb_protection_limits limits;
    struct mb_motor m;

    *f = (struct fixture){.now_s = 100};
    mb_motor_init(&m);
    m.rated.power_w = 11000;
    m.rated.voltage_v = 400;
    m.rated.current_a = 20;
    m.rated.frequency_hz = 50;
    m.rated.speed_rpm = 1460;
    m.rated.poles = 4;
    m.rated.thermal_class = class_f;
    mb_protection_limits(&m, bench_winding_c, &limits);
    mb_protection_begin(&f->p, &limits);
    mb_snapshot_init(&f->s);
    set(f, MB_SIGNAL_U, 400);
    set(f, MB_SIGNAL_I, 20);
    set(f, MB_SIGNAL_F, 50);
    set(f, MB_SIGNAL_N, 1460);
    set(f, MB_SIGNAL_T, 72);
    set(f, MB_SIGNAL_WINDING, 120);
    f->view =
        (struct mb_protection_view){.snapshot = &f->s, .voltage_v = 400, .torque_nm = 72, .driven_rpm = NAN};
}

/* Checks every dt_s; the count of checks until it trips, 0: not within n. */
static int until_trip(struct fixture *f, double dt_s, int n)
{
    for (int i = 1; i <= n; i++) {
        f->now_s += dt_s;
        f->s.t_ns = (uint64_t)(f->now_s * 1e9);
        if (mb_protection_check(&f->p, &f->view, f->reason, sizeof f->reason))
            return i;
    }
    return 0;
}

static void test_rated_load(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, 0);
    assert_int_equal(until_trip(&f, 0.5, 10000), 0);
    /* 1.6 times the torque for 15 s, 1.5 times the current for 2 min, 1.2 times the speed: tests of the
     * standard */
    set(&f, MB_SIGNAL_I, 34);
    assert_int_equal(until_trip(&f, 0.5, 60), 0);
    set(&f, MB_SIGNAL_I, 30);
    assert_int_equal(until_trip(&f, 0.5, 240), 0);
    set(&f, MB_SIGNAL_N, 1752);
    assert_int_equal(until_trip(&f, 0.5, 240), 0);
}

static void test_winding(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, 0);
    set(&f, MB_SIGNAL_WINDING, 154);
    assert_int_equal(until_trip(&f, 0.5, 10), 0);
    set(&f, MB_SIGNAL_WINDING, 156);
    assert_int_equal(until_trip(&f, 0.5, 1), 1);
    assert_non_null(strstr(f.reason, "winding"));
    begin(&f, 130); /* the bench file is stricter */
    set(&f, MB_SIGNAL_WINDING, 131);
    assert_int_equal(until_trip(&f, 0.5, 1), 1);
    begin(&f, 200); /* and may not be laxer */
    set(&f, MB_SIGNAL_WINDING, 156);
    assert_int_equal(until_trip(&f, 0.5, 1), 1);
}

static void test_speed(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, 0);
    set(&f, MB_SIGNAL_N, -1876); /* 1.25 * 1500 = 1875 */
    assert_int_equal(until_trip(&f, 0.5, 1), 1);
    assert_non_null(strstr(f.reason, "speed"));
}

/* 7 IN: 49 - 2.25 = 46.75 a second; 800 after 17.1 s, that is with the 36th check after the first. */
static void test_overload(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, 0);
    set(&f, MB_SIGNAL_I, 140);
    assert_int_equal(until_trip(&f, 0.5, 100), 36);
    assert_non_null(strstr(f.reason, "7.0 times the rated one"));
}

static void test_stall(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, 0);
    set(&f, MB_SIGNAL_N, 20);
    assert_int_equal(until_trip(&f, 0.5, 200), 51); /* 25 s */
    assert_non_null(strstr(f.reason, "stalled"));
    begin(&f, 0);
    set(&f, MB_SIGNAL_N, 20);
    assert_int_equal(until_trip(&f, 10, 11), 0); /* seconds alone do not count: accelerated time */
    assert_int_equal(until_trip(&f, 10, 1), 1);
    begin(&f, 0);
    set(&f, MB_SIGNAL_N, 20);
    f.view.voltage_v = 100;
    set(&f, MB_SIGNAL_U, 100); /* a low voltage heats little */
    assert_int_equal(until_trip(&f, 0.5, 200), 0);
}

/* Without a frequency the rated speed is what a rotor is compared with, as the voltage goes. */
static void test_direct_current(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, 0);
    f.p.limits.rpm_per_hz = NAN;
    f.s.signal[MB_SIGNAL_F].validity = MB_NO_DATA;
    assert_int_equal(until_trip(&f, 0.5, 200), 0);
    set(&f, MB_SIGNAL_U, 160);
    set(&f, MB_SIGNAL_N, 70); /* 12 % of 1460 r/min * 160 / 400 */
    f.view.voltage_v = NAN;
    assert_int_equal(until_trip(&f, 0.5, 200), 0);
    set(&f, MB_SIGNAL_N, 50);
    assert_int_equal(until_trip(&f, 0.5, 200), 51);
    assert_non_null(strstr(f.reason, "stalled"));
    begin(&f, 0);
    f.p.limits.rpm_per_hz = NAN;
    assert_int_equal(until_trip(&f, 0.5, 10), 0);
    set(&f, MB_SIGNAL_T, 2);
    set(&f, MB_SIGNAL_N, 1620);
    assert_int_equal(until_trip(&f, 0.5, 100), MB_PROTECT_READINGS);
    assert_non_null(strstr(f.reason, "coupling"));
}

static void test_coupling(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, 0);
    assert_int_equal(until_trip(&f, 0.5, 5), 0);
    set(&f, MB_SIGNAL_T, 2);
    set(&f, MB_SIGNAL_N, 1498);
    assert_int_equal(until_trip(&f, 0.5, 10), 4);
    assert_non_null(strstr(f.reason, "coupling"));
    begin(&f, 0); /* the brake alone lets go: said elsewhere, the speed has not risen yet */
    assert_int_equal(until_trip(&f, 0.5, 5), 0);
    set(&f, MB_SIGNAL_T, 2);
    assert_int_equal(until_trip(&f, 0.5, 10), 0);
    set(&f, MB_SIGNAL_N, 1498);
    f.view.torque_nm = NAN; /* the set point moves */
    assert_int_equal(until_trip(&f, 0.5, 10), 0);
}

static void test_supply(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, 0);
    set(&f, MB_SIGNAL_U, 190);
    assert_int_equal(until_trip(&f, 0.5, 3), 0);
    set(&f, MB_SIGNAL_U, 400); /* a dip */
    assert_int_equal(until_trip(&f, 0.5, 3), 0);
    set(&f, MB_SIGNAL_U, 190);
    assert_int_equal(until_trip(&f, 0.5, 10), 4);
    assert_non_null(strstr(f.reason, "supply is lost"));
    begin(&f, 0);
    set(&f, MB_SIGNAL_U, 190);
    f.view.voltage_v = NAN; /* the ramp is on its way */
    assert_int_equal(until_trip(&f, 0.5, 10), 0);
}

/* Readings that are not there trip nothing here: the bench sees to them (loss_s). */
/* 20 % off the speed that the load machine drives at, or 2 r/min of a slow one, either way; never while
 * another thing decides it. */
static void test_driven(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, 0);
    f.view = (struct mb_protection_view){
        .snapshot = &f.s, .voltage_v = NAN, .torque_nm = NAN, .driven_rpm = -1500};
    set(&f, MB_SIGNAL_U, 60);
    set(&f, MB_SIGNAL_N, -1210);
    assert_int_equal(until_trip(&f, 1, 20), 0);
    set(&f, MB_SIGNAL_N, -1190);
    assert_int_equal(until_trip(&f, 1, 20), MB_PROTECT_READINGS);
    assert_non_null(strstr(f.reason, "drives at -1500 r/min and the shaft turns at -1190"));
    begin(&f, 0);
    f.view.driven_rpm = NAN;
    assert_int_equal(until_trip(&f, 1, 20), 0);
    f.view.driven_rpm = -1460; /* it turns the other way round */
    assert_int_equal(until_trip(&f, 1, 20), MB_PROTECT_READINGS);
    begin(&f, 0);
    f.view.driven_rpm = 0.7;
    set(&f, MB_SIGNAL_N, 2); /* as a meter of whole r/min may read it */
    assert_int_equal(until_trip(&f, 1, 20), 0);
    set(&f, MB_SIGNAL_N, 3);
    assert_int_equal(until_trip(&f, 1, 20), MB_PROTECT_READINGS);
}

static void test_nothing_read(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, 0);
    mb_snapshot_init(&f.s);
    assert_int_equal(until_trip(&f, 0.5, 200), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rated_load),     cmocka_unit_test(test_winding),
        cmocka_unit_test(test_speed),          cmocka_unit_test(test_overload),
        cmocka_unit_test(test_stall),          cmocka_unit_test(test_coupling),
        cmocka_unit_test(test_direct_current), cmocka_unit_test(test_supply),
        cmocka_unit_test(test_driven),         cmocka_unit_test(test_nothing_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
