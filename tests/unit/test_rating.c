/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "method/rating.h"
#include "method/rise.h"

#define ASSERT_NEAR(value, expected, tolerance) assert_true(fabs((value) - (expected)) <= (tolerance))

/* 0.95 of 380 V: 95 A / 0.95 = 100 A, 45.125 N m / 0.9025 = 50 N m. The lower points do not count then. */
static void test_locked_scaled(void **state)
{
    static const struct mb_locked_point points[] = {{0, 361, 95, 45.125}, {0, 200, 40, 12}, {0, 100, 18, 3}};
    struct mb_locked_result r;

    (void)state;
    mb_locked_evaluate(points, 3, 380, &r);
    assert_true(r.valid && !r.extrapolated);
    ASSERT_NEAR(r.current_a, 100, 1e-9);
    ASSERT_NEAR(r.torque_nm, 50, 1e-9);
    assert_true(isnan(r.torque_exponent));
}

/* I = 100 (U/380)^1.1 and T = 50 (U/380)^2.2, computed with a pocket calculator to five digits. */
static void test_locked_extrapolated(void **state)
{
    static const struct mb_locked_point points[] = {{0, 266, 67.547, 22.813},
                                                    {0, 228, 57.012, 16.252},
                                                    {0, 190, 46.652, 10.882},
                                                    {0, 152, 36.498, 6.6604}};
    struct mb_locked_result r;

    (void)state;
    mb_locked_evaluate(points, 4, 380, &r);
    assert_true(r.valid && r.extrapolated);
    ASSERT_NEAR(r.current_a, 100, 0.01);
    ASSERT_NEAR(r.torque_nm, 50, 0.01);
    ASSERT_NEAR(r.current_exponent, 1.1, 1e-3);
    ASSERT_NEAR(r.torque_exponent, 2.2, 1e-3);
    mb_locked_evaluate(points, 2, 380, &r);
    assert_false(r.valid);
    assert_true(mb_finding_has(&r.reasons, "points"));
}

/* Several positions of the rotor: the lowest torque, the highest current. */
static void test_locked_positions(void **state)
{
    static const struct mb_locked_point points[] = {{0, 380, 100, 50}, {1, 380, 103, 47}, {2, 380, 99, 52}};
    struct mb_locked_result r;

    (void)state;
    mb_locked_evaluate(points, 3, 380, &r);
    assert_true(r.valid);
    ASSERT_NEAR(r.current_a, 103, 1e-9);
    ASSERT_NEAR(r.torque_nm, 47, 1e-9);
}

/* A torque that grows in proportion to the voltage: the shaft slips in its lock, or the meter is wrong. */
static void test_locked_implausible(void **state)
{
    static const struct mb_locked_point points[] = {{0, 250, 60, 20}, {0, 200, 48, 16}, {0, 150, 36, 12}};
    static const struct mb_locked_point dead = {0, 380, 0, 0};
    struct mb_locked_result r;

    (void)state;
    mb_locked_evaluate(points, 3, 380, &r);
    assert_true(mb_finding_has(&r.reasons, "exponent"));
    mb_locked_evaluate(&dead, 1, 380, &r);
    assert_true(!r.valid && isnan(r.torque_nm));
    mb_locked_evaluate(&dead, 0, 380, &r);
    assert_false(r.valid);
}

/* Kloss: 30 N m at a slip of 0.2, and a saddle of 5 N m at 15 % speed; measured at 0.8 of rated voltage, so
 * 0.64 of the torque; each direction carries 2 N m of inertia. */
static size_t sweep(struct mb_sweep_point *points, enum mb_sweep_branch branch, double inertia_nm)
{
    size_t n = 0;

    for (double speed = 30; speed <= 1470; speed += 10, n++) {
        double s = 1 - speed / 1500, saddle = 5 * exp(-pow((speed - 225) / 60, 2));
        double torque = 60 / (s / 0.2 + 0.2 / s) - saddle;

        points[n] = (struct mb_sweep_point){branch, 0.8 * 400, 0.64 * (torque + inertia_nm), speed};
    }
    return n;
}

static void test_sweep(void **state)
{
    struct mb_sweep_point points[400];
    size_t n = sweep(points, MB_SWEEP_DOWN, 2), m = sweep(points + n, MB_SWEEP_UP, -2);
    struct mb_sweep_result r;

    (void)state;
    points[50].t_nm = 90; /* a spike */
    mb_sweep_evaluate(points, n + m, 400, 1500, &r);
    assert_true(r.valid);
    ASSERT_NEAR(r.breakdown_nm, 30, 0.01);
    ASSERT_NEAR(r.breakdown_rpm, 1200, 11);
    /* at 225 r/min: s = 0.85, 60 / (4.25 + 0.2353) - 5 = 8.377 */
    ASSERT_NEAR(r.pull_up_nm, 8.37, 0.06);
    ASSERT_NEAR(r.pull_up_rpm, 220, 21);
    mb_sweep_evaluate(points, n, 400, 1500, &r);
    assert_true(mb_finding_has(&r.reasons, "branches"));
    mb_sweep_evaluate(points, 0, 400, 1500, &r);
    assert_true(mb_finding_has(&r.reasons, "points"));
}

/* Kloss again; below 1125 r/min a start capacitor gives 40 N m more. step_rpm: between the readings. */
static size_t sweep_with_switch(struct mb_sweep_point *points, enum mb_sweep_branch branch, double from_rpm,
                                double step_rpm)
{
    size_t n = 0;

    for (double speed = from_rpm; speed <= 1470; speed += step_rpm, n++) {
        double s = 1 - speed / 1500;

        points[n] =
            (struct mb_sweep_point){branch, 400, 60 / (s / 0.2 + 0.2 / s) + (speed < 1125 ? 40 : 0), speed};
    }
    return n;
}

/* The breakdown torque is that of the connection in which it runs; few readings smear the step. */
static void test_sweep_with_switch(void **state)
{
    static const double steps_rpm[] = {10, 60, 110};
    struct mb_sweep_result r;

    (void)state;
    for (size_t i = 0; i < sizeof steps_rpm / sizeof *steps_rpm; i++) {
        struct mb_sweep_point points[400];
        size_t n = sweep_with_switch(points, MB_SWEEP_DOWN, 30, steps_rpm[i]);

        n += sweep_with_switch(points + n, MB_SWEEP_UP, 30 + 0.4 * steps_rpm[i], steps_rpm[i]);
        mb_sweep_evaluate(points, n, 400, 1500, &r);
        assert_true(r.valid);
        ASSERT_NEAR(r.breakdown_nm, 30, 1.5);
        ASSERT_NEAR(r.breakdown_rpm, 1200, 100);
        assert_true(r.pull_up_nm <= r.breakdown_nm && r.pull_up_nm > 28);
    }
}

/* The load machine was not strong enough: the curve ends before the peak. */
static void test_sweep_without_peak(void **state)
{
    struct mb_sweep_point points[200];
    struct mb_sweep_result r;
    size_t n = sweep(points, MB_SWEEP_STEADY, 0), m = 0;

    (void)state;
    for (size_t i = 0; i < n; i++)
        if (points[i].n_rpm > 1300)
            points[m++] = points[i];
    mb_sweep_evaluate(points, m, 400, 1500, &r);
    assert_true(!r.valid && mb_finding_has(&r.reasons, "peak"));
    assert_true(isnan(r.breakdown_nm) && isnan(r.pull_up_nm));
}

/* A sweep that ends at half speed knows the breakdown torque and nothing of the pull-up torque. */
static void test_sweep_without_standstill(void **state)
{
    struct mb_sweep_point points[200];
    struct mb_sweep_result r;
    size_t n = sweep(points, MB_SWEEP_STEADY, 0), m = 0;

    (void)state;
    for (size_t i = 0; i < n; i++)
        if (points[i].n_rpm > 750)
            points[m++] = points[i];
    mb_sweep_evaluate(points, m, 400, 1500, &r);
    assert_true(r.valid && isnan(r.pull_up_nm));
    ASSERT_NEAR(r.breakdown_nm, 30, 0.01);
}

/* The rated-load reading of procedures section 9: s 0.044400, cos phi 12370.6 / (sqrt(3) * 400 * 19.88) =
 * 0.89816; of one phase 480 / (220 * 2.5) = 0.872727. */
static void test_slip_and_power_factor(void **state)
{
    (void)state;
    ASSERT_NEAR(mb_rating_slip(1433.4, 50, 4), 0.0444, 1e-9);
    ASSERT_NEAR(mb_rating_power_factor(3, 12370.6, 400, 19.88), 0.89816, 1e-5);
    ASSERT_NEAR(mb_rating_power_factor(1, 480, 220, 2.5), 0.872727, 1e-6);
    assert_true(isnan(mb_rating_slip(1400, 0, 4)) && isnan(mb_rating_power_factor(3, 1, 0, 1)));
}

/* 70 K at 20 A. Rated 20.5 A (2.4 %): 70 * 1.050625 = 73.544 K. Rated 21.5 A (7 %): 70 * 1.155625 = 80.894,
 * times 1 + 10.894 / (235 + 70 + 25) = 83.564 K. Rated 23 A (13 %): the test is repeated. */
static void test_rise_at_rated_current(void **state)
{
    (void)state;
    ASSERT_NEAR(mb_rise_at_rated_current(70, 20, 20, 235, 25), 70, 1e-12);
    ASSERT_NEAR(mb_rise_at_rated_current(70, 20, 20.5, 235, 25), 73.54375, 1e-9);
    ASSERT_NEAR(mb_rise_at_rated_current(70, 20, 21.5, 235, 25), 83.564, 1e-3);
    assert_true(isnan(mb_rise_at_rated_current(70, 20, 23, 235, 25)));
    assert_true(isnan(mb_rise_at_rated_current(70, 20, NAN, 235, 25)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_locked_scaled),
        cmocka_unit_test(test_locked_extrapolated),
        cmocka_unit_test(test_locked_positions),
        cmocka_unit_test(test_locked_implausible),
        cmocka_unit_test(test_sweep),
        cmocka_unit_test(test_sweep_with_switch),
        cmocka_unit_test(test_sweep_without_peak),
        cmocka_unit_test(test_sweep_without_standstill),
        cmocka_unit_test(test_slip_and_power_factor),
        cmocka_unit_test(test_rise_at_rated_current),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
