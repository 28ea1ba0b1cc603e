/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole evaluations: what makes a test invalid, what only warns, and what each method does without. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "method/edition.h"
#include "method/remark.h"
#include "support/vector.h"

static bool warns(const struct vector_test *f, enum mb_reason reason)
{
    for (size_t i = 0; i < f->result.warning_count; i++)
        if (f->result.warnings[i].reason == reason)
            return true;
    return false;
}

static void good_test_has_no_remark(void **state)
{
    struct vector_test *f = *state;

    vector_evaluate(f);
    assert_true(f->result.valid);
    assert_int_equal(f->result.reason_count, 0);
    assert_int_equal(f->result.warning_count, 0);
    assert_int_equal(f->result.deleted_point, -1);
    assert_true(fabs(f->result.efficiency - .889364) < 5e-7);
    assert_true(fabs(f->result.efficiency_iec_form - .889408) < 5e-7);
}

static void same_input_gives_the_same_bits(void **state)
{
    struct vector_test *f = *state;
    struct mb_efficiency_result *again = malloc(sizeof *again);

    assert_non_null(again);
    memset(again, 0x55, sizeof *again);
    vector_evaluate(f);
    mb_efficiency_evaluate(&f->v.input, again);
    assert_memory_equal(&f->result, again, sizeof *again);
    free(again);
}

/* ---- Each reason. ---- */

static void one_torque_negative(struct vector *v)
{
    v->load[4].t_nm = -v->load[4].t_nm;
}
static void driven(struct vector *v)
{
    v->load[4].t_nm = -30, v->load[4].p1_w = -6000;
} /* a ratio above 0 */
static void more_out_than_in(struct vector *v)
{
    v->load[3].t_nm = 70;
}
static void phase_apparent_power(struct vector *v)
{
    v->load[2].s_va = 400 * 19.876;
}
static void no_load_apparent_power(struct vector *v)
{
    v->no_load[1].s_va = 400 * 5.3598;
}
static void rated_apparent_power(struct vector *v)
{
    v->input.rated_load.s_va = 400 * 19.88 * 1.02 * sqrt(3);
}
static void current_without_a_phase(struct vector *v)
{
    v->load[3].i_a /= sqrt(3);
}
static void power_negative(struct vector *v)
{
    v->no_load[7].p0_w = -70.19;
}
static void wrong_frequency(struct vector *v)
{
    v->input.rated_load.f_hz = 50.06;
}
static void no_load_frequency(struct vector *v)
{
    v->no_load[0].f_hz = 50.06;
}
static void wrong_voltage(struct vector *v)
{
    v->load[1].u_v = 402.01;
}
static void far_off_voltage(struct vector *v)
{
    v->load[1].u_v = 360;
}
static void few_low_voltages(struct vector *v)
{
    v->input.no_load_count = 7;
}
static void few_high_voltages(struct vector *v)
{
    v->no_load[3].u_v = 350;
}
static void low_point_above_the_band(struct vector *v)
{
    v->no_load[4].u_v = 242.1;
}
static void no_rated_voltage(struct vector *v)
{
    v->no_load[1].u_v = 405;
}
static void lowest_voltage_first(struct vector *v)
{
    struct mb_no_load_point p = v->no_load[7];

    v->no_load[7] = v->no_load[6];
    v->no_load[6] = p;
}
static void friction_is_no_line(struct vector *v)
{
    v->no_load[5].p0_w += 12;
}
static void friction_negative(struct vector *v)
{
    for (size_t i = 0; i < VECTOR_NO_LOAD; i++)
        v->no_load[i].p0_w -= 60;
}
static void inner_voltage_below_the_curve(struct vector *v)
{
    v->no_load[2].u_v = 398;
    v->no_load[3].u_v = 397;
}
static void five_points(struct vector *v)
{
    v->input.load_count = 5;
}
static void lowest_load_first(struct vector *v)
{
    struct mb_load_point p = v->load[0];

    v->load[0] = v->load[1];
    v->load[1] = p;
}
static void uneven_steps(struct vector *v)
{
    v->load[3].load_percent = 40, v->load[4].load_percent = 30;
}
static void too_high(struct vector *v)
{
    v->load[0].load_percent = 160;
}
static void too_low(struct vector *v)
{
    v->load[5].load_percent = 10;
}
static void no_full_load(struct vector *v)
{
    v->load[2].load_percent = 97;
}
static void one_point_above(struct vector *v)
{
    v->load[1].load_percent = 101.5;
}
static void late(struct vector *v)
{
    for (size_t i = 0; i < VECTOR_COOLING; i++)
        v->cooling[i].t_s += 43;
    v->input.load_r_before_ohm = .8991;
}
static void equal_times(struct vector *v)
{
    v->cooling[4] = v->cooling[3];
}
static void one_wild_reading(struct vector *v)
{
    v->cooling[5].r_ohm += .004;
}
static void winding_cooled_down(struct vector *v)
{
    v->input.load_r_before_ohm = .8821 - .0125;
}
static void sensor_cooled_down(struct vector *v)
{
    v->input.load_r_before_ohm = v->input.load_r_after_ohm = NAN;
    for (size_t i = 0; i < VECTOR_LOAD; i++)
        v->load[i].r_ohm = .8696;
}
static void winding_too_hot(struct vector *v)
{
    v->input.load_r_before_ohm = .8821 + .0175;
}
static void above_synchronous(struct vector *v)
{
    v->input.rated_load.n_rpm = 1500;
}
static void wrong_poles(struct vector *v)
{
    v->input.poles = 2;
}
static void no_cold_resistance(struct vector *v)
{
    v->input.cold_resistance_ohm = NAN;
}
static void no_coolant(struct vector *v)
{
    v->input.rated_load.coolant_c = NAN;
}
static void no_rated_load(struct vector *v)
{
    v->input.has_rated_load = false;
}
static void no_cooling(struct vector *v)
{
    v->input.cooling_count = 0;
}
static void no_r_after(struct vector *v)
{
    v->input.load_r_after_ohm = NAN;
}
static void no_no_load(struct vector *v)
{
    v->input.no_load_count = 0;
}
static void no_load_curve(struct vector *v)
{
    v->input.load_count = 0;
}
static void residual_below_zero(struct vector *v)
{
    v->load[4].t_nm = 36.90;
}
static void residual_falls(struct vector *v)
{
    for (size_t i = 0; i < VECTOR_LOAD; i++)
        v->load[i].t_nm *= 1.03;
}
static void two_bad_points(struct vector *v)
{
    v->load[3].t_nm = 54.0, v->load[1].t_nm = 85.6;
}

static const struct {
    enum mb_reason reason;
    void (*bend)(struct vector *v);
    const char *says; /* a part of the sentence */
} cases[] = {
    {MB_REASON_TORQUE_SIGN, one_torque_negative, "load point 5 (50 %): an efficiency of -0.91"},
    {MB_REASON_TORQUE_SIGN, driven, "load point 5 (50 %): an efficiency of 0.76"},
    {MB_REASON_TORQUE_SIGN, more_out_than_in, "load point 4"},
    {MB_REASON_METER_INCONSISTENT, phase_apparent_power,
     "load point 3 (100 %): the meter's apparent power is 0.57"},
    {MB_REASON_METER_INCONSISTENT, no_load_apparent_power, "no-load point 2 (400 V)"},
    {MB_REASON_METER_INCONSISTENT, rated_apparent_power, "rated load: the meter's apparent power is 1.02"},
    {MB_REASON_POWER_FACTOR, current_without_a_phase, "load point 4 (75 %): a power factor of 1.52"},
    {MB_REASON_POWER_FACTOR, power_negative, "no-load point 8"},
    {MB_REASON_SUPPLY_FREQUENCY, wrong_frequency, "rated load: 50.060 Hz is 0.120 % off"},
    {MB_REASON_SUPPLY_FREQUENCY, no_load_frequency, "no-load point 1"},
    {MB_REASON_SUPPLY_VOLTAGE, far_off_voltage, "360.00 V is 10.000 % off"},
    {MB_REASON_SUPPLY_VOLTAGE, wrong_voltage, "load point 2 (115 %): 402.01 V is 0.503 % off"},
    {MB_REASON_NO_LOAD_POINTS, few_low_voltages, "3 no-load points at or below 60 %"},
    {MB_REASON_NO_LOAD_POINTS, few_high_voltages, "3 no-load points from 90 to 110 %"},
    {MB_REASON_NO_LOAD_POINTS, low_point_above_the_band, "3 no-load points at or below 60 %"},
    {MB_REASON_NO_LOAD_POINTS, no_rated_voltage, "rated 400 V"},
    {MB_REASON_NO_LOAD_POINTS, lowest_voltage_first, "falling order"},
    {MB_REASON_NO_LOAD_POINTS, friction_is_no_line, "r = 0.9"},
    {MB_REASON_NO_LOAD_POINTS, friction_negative, "friction and windage loss of -8."},
    {MB_REASON_NO_LOAD_POINTS, inner_voltage_below_the_curve, "inner voltage of 38"},
    {MB_REASON_LOAD_POINTS, five_points, "load points: 5"},
    {MB_REASON_LOAD_POINTS, lowest_load_first, "do not fall"},
    {MB_REASON_LOAD_POINTS, uneven_steps, "one step is 60 points"},
    {MB_REASON_LOAD_POINTS, too_high, "from 25 to 160 %"},
    {MB_REASON_LOAD_POINTS, too_low, "from 10 to 125 %"},
    {MB_REASON_LOAD_POINTS, no_full_load, "no load point at 100 %"},
    {MB_REASON_LOAD_POINTS, one_point_above, "above: 1"},
    {MB_REASON_COOLING_LATE, late, "61 s after switching off, at most 60 s"},
    {MB_REASON_COOLING_FIT, equal_times, "do not rise"},
    {MB_REASON_COOLING_FIT, one_wild_reading, "rms"},
    {MB_REASON_WINDING_TEMPERATURE, winding_cooled_down, "86.38 degC before"},
    {MB_REASON_WINDING_TEMPERATURE, sensor_cooled_down, "86.38 degC before"},
    {MB_REASON_WINDING_TEMPERATURE, winding_too_hot, "allowed difference 5 K"},
    {MB_REASON_SLIP, above_synchronous, "rated load: slip 0.0000"},
    {MB_REASON_SLIP, wrong_poles, "(worst of 7 readings)"},
    {MB_REASON_MISSING_DATA, no_cold_resistance, "cold"},
    {MB_REASON_MISSING_DATA, no_coolant, "rated_load.coolant_c"},
    {MB_REASON_MISSING_DATA, no_rated_load, "rated_load"},
    {MB_REASON_MISSING_DATA, no_cooling, "cooling"},
    {MB_REASON_MISSING_DATA, no_r_after, "load.r_after_ohm"},
    {MB_REASON_MISSING_DATA, no_no_load, "no_load.points"},
    {MB_REASON_MISSING_DATA, no_load_curve, "load.points"},
    {MB_REASON_RESIDUAL_NEGATIVE, residual_below_zero, "load point 5 (50 %): residual loss -10."},
    {MB_REASON_REGRESSION_SLOPE, residual_falls, "A must be above 0"},
    {MB_REASON_REGRESSION_CORRELATION, two_bad_points, "r = 0.5925 after one point was deleted"},
};

static const char *sentence(const struct vector_test *f, enum mb_reason reason)
{
    for (size_t i = 0; i < f->result.reason_count; i++)
        if (f->result.reasons[i].reason == reason)
            return f->result.reasons[i].text;
    return "";
}

static void each_reason_with_its_sentence(void **state)
{
    struct vector_test *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vector_init(&f->v);
        cases[i].bend(&f->v);
        vector_evaluate(f);
        if (f->result.valid || !strstr(sentence(f, cases[i].reason), cases[i].says))
            fail_msg("case %zu, %s: \"%s\" has no \"%s\"", i, mb_reason_word(cases[i].reason),
                     sentence(f, cases[i].reason), cases[i].says);
        assert_true(isnan(f->result.efficiency));
    }
}

/* Reasons that the fault brings along by itself; every other fault has exactly its own. */
static void no_fault_accuses_another(void **state)
{
    static void (*const alone[])(struct vector *) = {phase_apparent_power,
                                                     no_load_apparent_power,
                                                     rated_apparent_power,
                                                     wrong_frequency,
                                                     no_load_frequency,
                                                     wrong_voltage,
                                                     far_off_voltage,
                                                     few_high_voltages,
                                                     equal_times,
                                                     no_full_load,
                                                     sensor_cooled_down,
                                                     few_low_voltages,
                                                     no_rated_voltage,
                                                     five_points,
                                                     uneven_steps,
                                                     too_high,
                                                     late,
                                                     one_wild_reading,
                                                     above_synchronous,
                                                     winding_cooled_down,
                                                     no_cold_resistance,
                                                     no_coolant,
                                                     no_rated_load,
                                                     no_cooling,
                                                     no_r_after,
                                                     no_no_load,
                                                     no_load_curve};
    struct vector_test *f = *state;

    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++) {
        vector_init(&f->v);
        alone[i](&f->v);
        vector_evaluate(f);
        if (f->result.reason_count != 1)
            fail_msg("case %zu: %zu reasons, the second is %s: %s", i, f->result.reason_count,
                     mb_reason_word(f->result.reasons[1].reason), f->result.reasons[1].text);
    }
}

static void swapped_torque_sign_does_not_pass(void **state)
{
    struct vector_test *f = *state;

    for (size_t i = 0; i < VECTOR_LOAD; i++)
        f->v.load[i].t_nm = -f->v.load[i].t_nm;
    f->v.input.rated_load.t_nm = -f->v.input.rated_load.t_nm;
    vector_evaluate(f);
    assert_true(f->result.regression.r > .95); /* the correlation alone would have passed */
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_TORQUE_SIGN));
}

static void gates_follow_the_edition(void **state)
{
    static const struct {
        const char *edition;
        double f_hz, r_before_ohm;
        bool valid;
    } rows[] = {
        {"IEC 60034-2-1:2014", 50.10, .8821, false}, {"GB/T 1032-2023", 50.10, .8821, false},
        {"GB/T 1032-2012", 50.10, .8821, true},      {"GB/T 1032-2012", 50.20, .8821, false},
        {"IEEE 112-2017", 50.20, .8821, true},       {"IEEE 112-2017", 50.30, .8821, false},
        {"IEC 60034-2-1:2014", 50, .8650, false},    {"IEEE 112-2017", 50, .8650, true},
        {"GB/T 1032-2012", 50, .8650, true},         {"IEEE 112-2017", 50, .8500, false},
    };
    struct vector_test *f = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vector_init(&f->v);
        f->v.input.edition = mb_edition_find(rows[i].edition);
        f->v.input.rated_load.f_hz = rows[i].f_hz;
        f->v.input.load_r_before_ohm = rows[i].r_before_ohm;
        vector_evaluate(f);
        if (f->result.valid != rows[i].valid)
            fail_msg("row %zu: %s", i, f->result.reason_count ? f->result.reasons[0].text : "valid");
    }
}

static void one_point_is_deleted_and_named(void **state)
{
    struct vector_test *f = *state;

    f->v.load[3].t_nm = 54.20;
    vector_evaluate(f);
    assert_true(f->result.valid);
    assert_int_equal(f->result.deleted_point, 3);
    assert_true(fabs(f->result.regression.first_r - .71458) < 5e-6);
    assert_true(fabs(f->result.regression.r - .99784) < 5e-6);
    f->v.input.form = MB_FORM_IEEE112; /* 0.90 is enough there */
    f->v.load[3].t_nm = 54.97;
    f->v.load[5].t_nm = 18.90;
    vector_evaluate(f);
    assert_int_equal(f->result.deleted_point, -1);
    assert_true(f->result.valid);
    assert_true(
        warns(f, MB_REASON_REGRESSION_CORRELATION)); /* 0.933: accepted, not what a sound bench gives */
}

/* "Worst" is the farthest from the first line; where another deletion would fit better, the report says so.
 */
static void another_worst_point_is_told(void **state)
{
    struct vector_test *f = *state;

    f->v.load[0].t_nm += .2;
    f->v.load[1].t_nm -= .2;
    vector_evaluate(f);
    assert_true(f->result.valid);
    assert_int_equal(f->result.deleted_point, 1);
    assert_int_equal(f->result.warnings[0].reason, MB_REASON_REGRESSION_CORRELATION);
    assert_non_null(strstr(f->result.warnings[0].text, "without point 1 it would be r = 0.9903"));
}

/* ---- Warnings. ---- */

static void warnings_do_not_refuse(void **state)
{
    struct vector_test *f = *state;

    for (size_t i = 0; i < VECTOR_LOAD; i++)
        f->v.load[i].t_nm -= .5; /* an offset: method B rejects it, the direct method does not */
    f->v.input.rated_load.t_nm -= .5;
    vector_evaluate(f);
    assert_true(f->result.valid);
    assert_true(warns(f, MB_REASON_REGRESSION_INTERCEPT));
    assert_false(warns(f, MB_REASON_DIRECT_DIFFERS));
    f->v.input.rated_load.t_nm -= 3;
    vector_evaluate(f);
    assert_true(warns(f, MB_REASON_DIRECT_DIFFERS));
    vector_init(&f->v);
    f->v.load[0].t_nm *= .97;
    f->v.load[1].t_nm *= .97;
    vector_evaluate(f);
    assert_true(warns(f, MB_REASON_LOAD_POINTS));
    vector_init(&f->v);
    f->v.input.rated_load.n_rpm -= 2;
    vector_evaluate(f);
    assert_true(f->result.valid);
    assert_true(warns(f, MB_REASON_RATED_OUTPUT));
    vector_init(&f->v);
    for (size_t i = 0; i < VECTOR_LOAD; i++)
        f->v.load[i].t_nm -= .0009 * f->v.load[i].t_nm * f->v.load[i].t_nm;
    vector_evaluate(f);
    assert_true(f->result.valid);
    assert_true(warns(f, MB_REASON_ADDITIONAL_LOAD_LOSS));
}

static void rising_no_load_current_warns(void **state)
{
    struct vector_test *f = *state;

    f->v.no_load[7].i_a = 2.2;
    vector_evaluate(f);
    assert_true(warns(f, MB_REASON_NO_LOAD_POINTS));
}

/* ---- Constant losses, the direct method, nothing at all. ---- */

static void constant_losses_serve_one_point(void **state)
{
    struct vector_test *f = *state;

    f->v.input.no_load_count = 0;
    f->v.input.constant_iron_w = 180;
    f->v.input.constant_friction_windage_w = 46;
    f->v.input.load = &f->v.load[2];
    f->v.input.load_count = 1;
    vector_evaluate(f);
    assert_true(f->result.points[0].iron_w == 180);
    assert_true(f->result.points[0].friction_windage_w == 46);
    assert_true(fabs(f->result.points[0].rotor_w -
                     (12370 - f->result.points[0].stator_w - 180) * (1 - 1433.6 / 1500)) < 1e-9);
    assert_int_equal(f->result.reason_count, 2);
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_LOAD_POINTS));
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_MISSING_DATA));
}

static void direct_method(struct vector_test *f)
{
    struct mb_efficiency_input *in = &f->v.input;

    in->method = MB_METHOD_2_1_1A;
    in->has_rated_load = false;
    in->cooling_count = in->no_load_count = 0;
    in->cold_resistance_ohm = in->cold_temperature_c = in->load_r_before_ohm = in->load_r_after_ohm = NAN;
}

static void direct_method_needs_load_points_only(void **state)
{
    struct vector_test *f = *state;

    direct_method(f);
    vector_evaluate(f);
    assert_true(f->result.valid);
    assert_int_equal(f->result.warning_count, 0);
    assert_true(fabs(f->result.points[3].efficiency - 8360.66 / 9227.3) < 1e-6);
    assert_true(fabs(f->result.efficiency - .88935) < 2e-4); /* between the points around 11 kW */
    f->v.input.has_rated_load = true;
    vector_evaluate(f);
    assert_true(fabs(f->result.efficiency - .889194) < 5e-7);
    f->v.input.has_rated_load = false;
    f->v.input.rated_power_w = 20e3; /* not covered: no efficiency, still a valid test */
    vector_evaluate(f);
    assert_true(f->result.valid);
    assert_true(isnan(f->result.efficiency));
    f->v.input.load_count = 0;
    vector_evaluate(f);
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_MISSING_DATA));
}

static void direct_method_keeps_the_gates(void **state)
{
    struct vector_test *f = *state;

    direct_method(f);
    f->v.load[0].n_rpm = 1000; /* near the breakdown, which is beyond 150 % of the load */
    vector_evaluate(f);
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_SLIP));
    f->v.load[0].load_percent = 180;
    vector_evaluate(f);
    assert_true(f->result.valid);
    f->v.load[0].n_rpm = 1500;
    vector_evaluate(f);
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_SLIP));
    f->v.input.synchronous = true;
    vector_evaluate(f);
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_SLIP));
    for (int i = 0; i < VECTOR_LOAD; i++)
        f->v.load[i].n_rpm = i % 2 ? 1486 : 1514; /* 0.93 %: what meters may make of none */
    vector_evaluate(f);
    assert_true(f->result.valid);
    f->v.load[3].i_a = 28; /* one phase: U I, a power factor of 0.82; as three-phase 0.48 */
    f->v.load[3].s_va = 400.02 * 28;
    vector_evaluate(f);
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_METER_INCONSISTENT));
    f->v.input.phases = 1;
    for (size_t i = 0; i < VECTOR_LOAD; i++)
        f->v.load[i].i_a = 60;
    f->v.load[3].s_va = 400.02 * 60;
    f->v.load[3].r_ohm = .88;
    vector_evaluate(f);
    assert_true(f->result.valid);
    assert_true(isnan(f->result.points[3].stator_w)); /* three-phase windings only */
    assert_true(fabs(f->result.points[3].power_factor - 9227.3 / (400.02 * 60)) < 1e-12);
    f->v.load[5].u_v = 390;
    f->v.load[5].f_hz = 57;
    f->v.load[4].t_nm = -1;
    vector_evaluate(f);
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_SUPPLY_VOLTAGE));
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_SUPPLY_FREQUENCY));
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_TORQUE_SIGN));
    f->v.input.has_rated_load = true;
    vector_evaluate(f);
    assert_true(isfinite(f->result.efficiency_direct));
    assert_true(isnan(f->result.efficiency));
}

static void direct_method_warns_of_what_the_loss_method_refuses(void **state)
{
    struct vector_test *f = *state;

    f->v.input.method = MB_METHOD_2_1_1A;
    f->v.input.no_load_count = 4;
    f->v.cooling[5].r_ohm += .004;
    vector_evaluate(f);
    assert_true(f->result.valid);
    assert_true(warns(f, MB_REASON_NO_LOAD_POINTS));
    assert_true(warns(f, MB_REASON_COOLING_FIT));
}

/* A load sweep as long as the limit, and an empty input: neither reads past anything. */
static void extremes(void **state)
{
    struct mb_load_point *sweep = calloc(MB_LOAD_POINTS_MAX, sizeof *sweep);
    struct vector_test *f = *state;

    assert_non_null(sweep);
    for (size_t i = 0; i < MB_LOAD_POINTS_MAX; i++)
        sweep[i] = f->v.load[i % VECTOR_LOAD];
    f->v.input.load = sweep;
    f->v.input.load_count = MB_LOAD_POINTS_MAX;
    vector_evaluate(f);
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_LOAD_POINTS));
    memset(&f->v, 0, sizeof f->v);
    f->v.input.method = MB_METHOD_2_1_1B;
    vector_evaluate(f);
    assert_false(f->result.valid);
    assert_true(mb_remark_has_reason(&f->result, MB_REASON_MISSING_DATA));
    free(sweep);
}

int main(void)
{
#define WITH_VECTOR(test) cmocka_unit_test_setup_teardown(test, vector_setup, vector_teardown)
    const struct CMUnitTest tests[] = {
        WITH_VECTOR(good_test_has_no_remark),
        WITH_VECTOR(same_input_gives_the_same_bits),
        WITH_VECTOR(each_reason_with_its_sentence),
        WITH_VECTOR(no_fault_accuses_another),
        WITH_VECTOR(swapped_torque_sign_does_not_pass),
        WITH_VECTOR(gates_follow_the_edition),
        WITH_VECTOR(one_point_is_deleted_and_named),
        WITH_VECTOR(another_worst_point_is_told),
        WITH_VECTOR(warnings_do_not_refuse),
        WITH_VECTOR(rising_no_load_current_warns),
        WITH_VECTOR(constant_losses_serve_one_point),
        WITH_VECTOR(direct_method_needs_load_points_only),
        WITH_VECTOR(direct_method_keeps_the_gates),
        WITH_VECTOR(direct_method_warns_of_what_the_loss_method_refuses),
        WITH_VECTOR(extremes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
