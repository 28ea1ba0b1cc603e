/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pieces of an efficiency evaluation: fits, editions, remarks, the cooling curve, resistances. */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "method/edition.h"
#include "method/fit.h"
#include "method/parts.h"
#include "method/remark.h"
#include "support/vector.h"

#define NEAR(value, expected, tolerance)                                                                     \
    do {                                                                                                     \
        double near_value = (value);                                                                         \
        if (!(fabs(near_value - (expected)) <= (tolerance)))                                                 \
            fail_msg("%s = %.9g, expected %.9g", #value, near_value, (double)(expected));                    \
    } while (0)

/* ---- Fits. ---- */

static void line_keeps_its_sign(void **state)
{
    static const double x[] = {1, 2, 3, 4}, falling[] = {7, 5, 3, 1}, flat[] = {2, 2, 2, 2},
                        same[] = {3, 3, 3, 3};
    struct mb_line line = mb_fit_line(x, falling, 4);

    (void)state;
    NEAR(line.slope, -2, 1e-12);
    NEAR(line.intercept, 9, 1e-12);
    NEAR(line.r, -1, 1e-12);
    assert_true(isnan(mb_fit_line(x, flat, 4).r));
    assert_true(isnan(mb_fit_line(same, x, 4).slope));
    assert_true(isnan(mb_fit_line(x, falling, 1).slope));
}

static void parabola_far_from_zero_is_exact(void **state)
{
    static const double u[] = {440, 400, 380, 360, 372.5};
    static const double twice[] = {400, 400, 380, 380};
    double y[5];
    struct mb_parabola p;

    (void)state;
    for (size_t i = 0; i < 5; i++)
        y[i] = 120 - .7 * u[i] + .0025 * u[i] * u[i];
    p = mb_fit_parabola(u, y, 5);
    NEAR(p.c[2], .0025, 1e-12);
    NEAR(mb_parabola_at(&p, 390), 120 - .7 * 390 + .0025 * 390 * 390, 1e-9);
    assert_true(isnan(mb_fit_parabola(u, y, 2).c[0]));
    assert_true(isnan(mb_fit_parabola(twice, y, 4).c[0]));
}

static double cubic(double x)
{
    return .5 + x - .3 * x * x + .01 * x * x * x;
}

static void curve_is_a_cubic_through_four_points(void **state)
{
    static const double x[] = {5, 1, 3, 2, 4, 7};
    struct mb_curve_point points[6];

    (void)state;
    for (double at = 1; at <= 7; at += .25) { /* also between the outermost two */
        for (size_t i = 0; i < 6; i++)
            points[i] = (struct mb_curve_point){x[i], cubic(x[i])};
        NEAR(mb_curve_at(points, 6, at, 0), cubic(at), 1e-12);
    }
    assert_true(isnan(mb_curve_at(points, 6, .999, 0)));
    assert_true(isnan(mb_curve_at(points, 6, 7.001, 0)));
    assert_true(isnan(mb_curve_at(points, 0, 1, 0)));
    assert_true(isnan(mb_curve_at(points, 1, 1, 0)));
}

/* Through (2, 0), (3, 0), (4, 0), (5, 9). */
static double lagrange_of_the_last_four(double x)
{
    return 9 * (x - 2) * (x - 3) * (x - 4) / (3 * 2 * 1);
}

static void curve_takes_two_points_on_each_side(void **state)
{
    struct mb_curve_point points[] = {{0, 9}, {1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 9}};

    (void)state;
    NEAR(mb_curve_at(points, 6, 2.5, 0), 0, 0);
    NEAR(mb_curve_at(points, 6, 4.5, 0), lagrange_of_the_last_four(4.5), 1e-12);
}

static void repeated_readings_are_one_point_of_the_curve(void **state)
{
    struct mb_curve_point points[] = {{1, .8}, {2, .9}, {2.0001, .92}, {3, .95}};

    (void)state;
    NEAR(mb_curve_at(points, 4, 2.00005, .01), .91, 1e-9);
}

/* ---- Editions and remarks. ---- */

static void editions_by_name(void **state)
{
    (void)state;
    assert_string_equal(mb_edition_find("GB/T 1032:2023")->name, "GB/T 1032-2023");
    assert_string_equal(mb_edition_find("IEC 60034-2-1-2014")->name, "IEC 60034-2-1:2014");
    assert_string_equal(mb_edition_find("IEC 60034-2-1:2024")->name, "IEC 60034-2-1:2024");
    assert_null(mb_edition_find("IEC 60034-2-1/2014"));
    assert_null(mb_edition_find("IEC 60034-2-1:2007"));
    assert_null(mb_edition_find("GB/T 1032"));
    assert_null(mb_edition_find(""));
    assert_string_equal(mb_edition_newest(MB_FORM_GBT1032)->name, "GB/T 1032-2023");
    assert_int_equal(mb_edition_newest(MB_FORM_CSA)->form, MB_FORM_CSA);
    for (const struct mb_edition *e = mb_editions; e->name; e++)
        assert_true(e->correlation.mark && e->frequency.mark && e->winding_k.mark && e->delays &&
                    e->delay_mark);
}

static void delay_by_rated_output(void **state)
{
    const struct mb_edition *gb = mb_edition_find("GB/T 1032-2023"), *ieee = mb_edition_find("IEEE 112-2017");

    (void)state;
    NEAR(mb_edition_delay_s(gb, 50e3), 30, 0);
    NEAR(mb_edition_delay_s(gb, 50.1e3), 90, 0);
    NEAR(mb_edition_delay_s(gb, 200e3), 90, 0);
    NEAR(mb_edition_delay_s(gb, 201e3), 120, 0);
    assert_true(isnan(mb_edition_delay_s(gb, 5001e3)));
    NEAR(mb_edition_delay_s(ieee, 45e3), 90, 0);
}

static void one_remark_a_reason(void **state)
{
    struct vector_test *f = *state;

    memset(&f->result, 0, sizeof f->result);
    f->result.valid = true;
    mb_remark_warning(&f->result, MB_REASON_SLIP, "first");
    assert_true(f->result.valid);
    for (int i = 0; i < 100; i++)
        mb_remark_reason(&f->result, MB_REASON_SLIP, "sentence %d of many", i);
    assert_false(f->result.valid);
    assert_int_equal(f->result.reason_count, 1);
    assert_int_equal(strncmp(f->result.reasons[0].text, "sentence 0 of many; sentence 1 of many", 38), 0);
    assert_true(strlen(f->result.reasons[0].text) < sizeof f->result.reasons[0].text);
    assert_string_equal(f->result.warnings[0].text, "first");
    for (int i = 0; i < MB_REASON_COUNT; i++)
        assert_string_not_equal(mb_reason_word((enum mb_reason)i), "unknown");
}

/* ---- The cooling curve and the delay rule. ---- */

static void shift(struct vector_test *f, double by_s)
{
    vector_init(&f->v);
    for (size_t i = 0; i < VECTOR_COOLING; i++)
        f->v.cooling[i].t_s += by_s;
    f->v.input.load_r_before_ohm = NAN; /* keeps the gate of the winding temperature out of these tests */
}

static void rise_by_the_delay_rule(void **state)
{
    struct vector_test *f = *state;
    double fitted;

    shift(f, 12); /* first reading exactly at the delay counts */
    vector_evaluate(f);
    NEAR(f->result.winding.rise_k, 66.42, .005);
    NEAR(f->result.winding.temperature_at_delay_c,
         23.4 + exp(f->result.winding.intercept_ln_k + 30 * f->result.winding.slope_per_s), 1e-9);
    shift(f, 42); /* exactly at twice the delay: back to the delay */
    vector_evaluate(f);
    fitted = f->result.winding.temperature_at_delay_c - 23.4;
    NEAR(f->result.winding.rise_k, fitted, 1e-12);
    assert_true(fitted > 67);
    assert_false(mb_remark_has_reason(&f->result, MB_REASON_COOLING_LATE));
    shift(f, 42.1);
    vector_evaluate(f);
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_COOLING_LATE));
    assert_true(isnan(f->result.winding.rise_k));
    assert_true(isfinite(f->result.winding.k_theta));
}

static void a_larger_motor_may_wait_longer(void **state)
{
    struct vector_test *f = *state;

    shift(f, 60);
    f->v.input.rated_power_w = 75e3;
    vector_evaluate(f);
    assert_false(mb_remark_has_reason(&f->result, MB_REASON_COOLING_LATE));
    NEAR(f->result.winding.delay_s, 90, 0);
    NEAR(f->result.winding.rise_k, 66.42, .005);
}

static void rising_readings_count_by_their_highest(void **state)
{
    struct vector_test *f = *state;

    for (size_t i = 1; i < VECTOR_COOLING; i++)
        f->v.cooling[i].r_ohm = .8800 - .0004 * (double)i;
    vector_evaluate(f);
    NEAR(f->result.winding.resistance_hot_ohm, .8796, 1e-12);
    NEAR(f->result.winding.rise_k, mb_winding_temperature_c(&f->v.input, .8796) - 23.4, 1e-9);
    assert_int_equal(f->result.warnings[0].reason, MB_REASON_COOLING_FIT);
}

static void cooling_fits_that_say_nothing(void **state)
{
    struct vector_test *f = *state;

    f->v.cooling[5].r_ohm += .005; /* 1.8 K off */
    vector_evaluate(f);
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_COOLING_FIT));
    assert_true(f->result.winding.fit_rms_k > .2);
    vector_init(&f->v);
    f->v.cooling[9].r_ohm = .69; /* below the coolant: no logarithm */
    vector_evaluate(f);
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_COOLING_FIT));
    assert_true(isnan(f->result.winding.temperature_c));
    vector_init(&f->v);
    f->v.cooling[4].t_s = f->v.cooling[3].t_s;
    vector_evaluate(f);
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_COOLING_FIT));
    vector_init(&f->v);
    f->v.input.cooling_count = 2;
    vector_evaluate(f);
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_COOLING_FIT));
    f->v.input.cooling_count = 9; /* fewer than good practice */
    vector_evaluate(f);
    assert_true(f->result.valid);
    assert_int_equal(f->result.warning_count, 1);
}

/* ---- Resistances at the points. ---- */

static void resistance_is_linear_in_torque_below_full_load(void **state)
{
    struct vector_test *f = *state;

    f->v.load[4].r_ohm = .9; /* a sensor goes before */
    vector_evaluate(f);
    NEAR(f->result.points[0].r_ohm, .8821, 0);
    NEAR(f->result.points[2].r_ohm, .8821, 0);
    NEAR(f->result.points[3].r_ohm, .8821 - (.8821 - .8724) * (73.28 - 54.97) / (73.28 - 18.32), 1e-12);
    NEAR(f->result.points[4].r_ohm, .9, 0);
    NEAR(f->result.points[5].r_ohm, .8724, 1e-12);
    for (size_t i = 0; i < VECTOR_LOAD; i++)
        f->v.load[i].t_nm = 50; /* no torque span: the nominal load decides */
    vector_evaluate(f);
    NEAR(f->result.points[3].r_ohm, .8821 - (.8821 - .8724) / 3, 1e-12);
}

static void no_load_resistance_is_linear_in_power(void **state)
{
    struct vector_test *f = *state;

    f->v.no_load[3].r_ohm = .84;
    vector_evaluate(f);
    NEAR(f->result.no_load.points[0].r_ohm, .8348, 1e-12);
    NEAR(f->result.no_load.points[1].r_ohm, .8266 + .0082 * (282.21 - 70.19) / (350.96 - 70.19), 1e-12);
    NEAR(f->result.no_load.points[3].r_ohm, .84, 0);
    NEAR(f->result.no_load.points[7].r_ohm, .8266, 1e-12);
}

static void iron_loss_is_not_extrapolated(void **state)
{
    struct vector_test *f = *state;

    vector_evaluate(f);
    assert_true(isfinite(mb_iron_w(&f->v.input, &f->result, 356.1)));
    assert_true(isnan(mb_iron_w(&f->v.input, &f->result, 355.9)));
    assert_true(isfinite(mb_iron_w(&f->v.input, &f->result, 443.9)));
    assert_true(isnan(mb_iron_w(&f->v.input, &f->result, 444.1)));
    assert_true(isnan(mb_iron_w(&f->v.input, &f->result, NAN)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_keeps_its_sign),
        cmocka_unit_test(parabola_far_from_zero_is_exact),
        cmocka_unit_test(curve_is_a_cubic_through_four_points),
        cmocka_unit_test(curve_takes_two_points_on_each_side),
        cmocka_unit_test(repeated_readings_are_one_point_of_the_curve),
        cmocka_unit_test(editions_by_name),
        cmocka_unit_test(delay_by_rated_output),
        cmocka_unit_test_setup_teardown(one_remark_a_reason, vector_setup, vector_teardown),
        cmocka_unit_test_setup_teardown(rise_by_the_delay_rule, vector_setup, vector_teardown),
        cmocka_unit_test_setup_teardown(a_larger_motor_may_wait_longer, vector_setup, vector_teardown),
        cmocka_unit_test_setup_teardown(rising_readings_count_by_their_highest, vector_setup,
                                        vector_teardown),
        cmocka_unit_test_setup_teardown(cooling_fits_that_say_nothing, vector_setup, vector_teardown),
        cmocka_unit_test_setup_teardown(resistance_is_linear_in_torque_below_full_load, vector_setup,
                                        vector_teardown),
        cmocka_unit_test_setup_teardown(no_load_resistance_is_linear_in_power, vector_setup, vector_teardown),
        cmocka_unit_test_setup_teardown(iron_loss_is_not_extrapolated, vector_setup, vector_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
