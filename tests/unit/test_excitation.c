/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Potier's triangle and the excitation at a load: of a machine that is given by its formulas, of the
 * simulated one, and what cannot be constructed. */
#include "support/test.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include "method/excitation.h"
#include "support/plant_run.h"

#define RATED_V 400.0
#define RATED_A 100.0
#define SLOPE_V_PER_A 40.0
#define KNEE_V 450.0
#define LEAKAGE_OHM 0.25
#define MAIN_OHM 2.5
#define R_OHM 0.08 /* line to line */
#define OPEN 12
#define SHORTED 3

/* A round rotor: all that Potier's construction takes for granted. */
static double field_a(double u_v)
{
    return u_v / SLOPE_V_PER_A * (1 + pow(u_v / KNEE_V, 9));
}

struct machine {
    struct mb_field_point open[OPEN], shorted[SHORTED];
    struct mb_excitation_input input;
    struct mb_excitation_result result;
    struct mb_findings reasons, warnings;
};

/* Field at the load by its phasors; the current leads. */
static double load_excitation_a(double cosine)
{
    double complex i = cosine + I * sqrt(1 - cosine * cosine);
    double complex e = RATED_V - sqrt(3) * RATED_A * (R_OHM / 2 + I * LEAKAGE_OHM) * i;

    return cabs(field_a(cabs(e)) * e / cabs(e) - I * sqrt(3) * RATED_A * MAIN_OHM / SLOPE_V_PER_A * i);
}

static void describe(struct machine *m, double cosine)
{
    static const double percent[OPEN] = {120, 115, 110, 105, 100, 95, 90, 80, 40, 30, 20, 10};
    static const double amps[SHORTED] = {125, 75, 25};
    double corner_v = RATED_V + sqrt(3) * RATED_A * LEAKAGE_OHM;

    memset(m, 0, sizeof *m);
    for (size_t i = 0; i < OPEN; i++)
        m->open[i] = (struct mb_field_point){field_a(percent[i] / 100 * RATED_V), percent[i] / 100 * RATED_V};
    for (size_t i = 0; i < SHORTED; i++)
        m->shorted[i] =
            (struct mb_field_point){sqrt(3) * amps[i] * (LEAKAGE_OHM + MAIN_OHM) / SLOPE_V_PER_A, amps[i]};
    m->input = (struct mb_excitation_input){
        .rated_voltage_v = RATED_V,
        .rated_current_a = RATED_A,
        .open = m->open,
        .shorted = m->shorted,
        .open_count = OPEN,
        .shorted_count = SHORTED,
        .point = {.u_v = RATED_V,
                  .i_a = RATED_A,
                  .p1_w = 2000,
                  .excitation_a = field_a(corner_v) + sqrt(3) * RATED_A * MAIN_OHM / SLOPE_V_PER_A},
        .load = {RATED_V, RATED_A, sqrt(3) * RATED_V * RATED_A * cosine, R_OHM, load_excitation_a(cosine)},
    };
}

static void evaluate(struct machine *m)
{
    m->reasons.count = m->warnings.count = 0;
    mb_excitation_evaluate(&m->input, &m->result, &m->reasons, &m->warnings);
}

static void the_machine_comes_back(void **state)
{
    static const double cosines[] = {1, 0.9, 0.8, 0.3};
    struct machine m;

    (void)state;
    for (size_t i = 0; i < sizeof cosines / sizeof *cosines; i++) {
        describe(&m, cosines[i]);
        evaluate(&m);
        assert_int_equal(m.reasons.count + m.warnings.count, 0);
        assert_within(m.result.air_gap_v_per_a / SLOPE_V_PER_A, 0.999, 1.001);
        assert_within(m.result.potier_ohm / LEAKAGE_OHM, 0.99, 1.01);
        assert_within(m.result.reaction_a, 0.995 * sqrt(3) * RATED_A * MAIN_OHM / SLOPE_V_PER_A,
                      1.005 * sqrt(3) * RATED_A * MAIN_OHM / SLOPE_V_PER_A);
        assert_within(m.result.potier_difference, -0.002, 0.002);
        /* What saturation adds is added as if it were in line with the rest. */
        assert_within(m.result.asa_difference, -0.02, 0.08);
        assert_true(m.result.asa_difference > m.result.potier_difference - 0.002);
    }
}

/* At another current of the load everything of the point goes with the current. */
static void a_point_beside_the_current_of_the_load(void **state)
{
    struct machine m;
    double full_a;

    (void)state;
    describe(&m, 1);
    evaluate(&m);
    full_a = m.result.excitation_potier_a;
    m.input.load.i_a /= 2;
    m.input.load.p1_w /= 2;
    evaluate(&m);
    assert_within(m.result.potier_ohm / LEAKAGE_OHM, 0.99, 1.01);
    assert_true(m.result.excitation_potier_a > field_a(RATED_V - 10));
    assert_true(m.result.excitation_potier_a < full_a);
}

static void expect(struct machine *m, const char *reason, const char *warning)
{
    const struct mb_findings *f = reason ? &m->reasons : &m->warnings;

    evaluate(m);
    assert_int_equal(m->reasons.count, reason ? 1 : 0);
    assert_int_equal(m->warnings.count, warning ? 1 : 0);
    assert_string_equal(f->items[0].word, "zero-power-factor");
    if (!strstr(f->items[0].text, reason ? reason : warning))
        fail_msg("expected '%s', have '%s'", reason ? reason : warning, f->items[0].text);
}

static void what_cannot_be_constructed(void **state)
{
    struct machine m;

    (void)state;
    describe(&m, 0.9);
    m.input.point.p1_w = 0.21 * sqrt(3) * RATED_V * RATED_A;
    expect(&m, "a power factor of 0.210, at most 0.2", NULL);
    describe(&m, 0.9);
    m.input.point.i_a = 0.94 * RATED_A;
    expect(&m, "current of 94 A, it must be within 5 % of 100 A", NULL);
    describe(&m, 0.9);
    m.input.point.u_v = 1.06 * RATED_V;
    m.input.point.excitation_a *= 1.2;
    expect(&m, "voltage of 424 V", NULL);
    describe(&m, 0.9); /* underexcited: the same current with less than the open circuit's field */
    m.input.point.excitation_a = 0.5 * field_a(RATED_V);
    expect(&m, "no triangle", NULL);
    assert_true(isnan(m.result.potier_ohm) && isnan(m.result.excitation_asa_a));
    describe(&m, 0.9);
    m.shorted[1].excitation_a = NAN;
    expect(&m, "excitation_a is needed at every point", NULL);
    describe(&m, 0.9);
    m.input.open_count = 10; /* two low points are left */
    expect(&m, "3 open-circuit points at or below 60 %", NULL);
}

/* Without a rated current the load's stands for it. */
static void the_current_that_counts(void **state)
{
    struct machine m;

    (void)state;
    describe(&m, 0.9);
    m.input.rated_current_a = NAN;
    evaluate(&m);
    assert_int_equal(m.reasons.count, 0);
    m.input.load.i_a = 1.1 * RATED_A;
    expect(&m, "current of 100 A, it must be within 5 % of 110 A", NULL);
}

/* Nothing is wrong with such a test: it is told, and no number is given. */
static void a_curve_that_ends_too_early(void **state)
{
    struct machine m;

    (void)state;
    describe(&m, 0.9);
    m.input.open = m.open + 3;
    m.input.open_count -= 3;
    expect(&m, NULL, "the open-circuit curve ends at 420.0 V");
    assert_true(isnan(m.result.potier_ohm) && isfinite(m.result.air_gap_v_per_a));
}

/* ---- The simulated motor ---- */

#define PRESET "synchronous-field-15kW-4p"
#define SIM_OPEN 11

static struct plant_state at_field(struct plant *p, double field_a)
{
    plant_set_field(p, field_a, true);
    return plant_run(p, 20, 0.5);
}

static void read_curves(const struct plant_config *c, struct machine *m)
{
    static const double percent[SIM_OPEN] = {115, 110, 105, 100, 95, 90, 80, 60, 50, 40, 30};
    static const double share[SHORTED] = {0.8, 0.5, 0.2};
    struct plant *p = plant_new(c);

    plant_set_coupled(p, true);
    plant_set_load_speed(p, c->motor.rated_speed_rpm);
    (void)plant_run(p, 30, 0.5);
    for (int i = 0; i < SIM_OPEN; i++) {
        double u_v = percent[i] / 100 * c->motor.rated_voltage_v;
        double saturation = 1 + pow(u_v / c->motor.saturation_knee_v, c->motor.saturation_exponent);
        double a = c->motor.field_a * u_v * saturation / c->motor.magnet_v;

        m->open[i] = (struct mb_field_point){a, at_field(p, a).u_line_v[0]};
    }
    plant_set_shorted(p, true);
    for (int i = 0; i < SHORTED; i++) {
        double a = share[i] * c->motor.field_a;

        m->shorted[i] = (struct mb_field_point){a, at_field(p, a).i_line_a[0]};
    }
    (void)plant_free(p);
    m->input.open_count = SIM_OPEN;
}

/* Without load, in step; the excitation of rated current, from below. */
static void read_point(const struct plant_config *c, struct machine *m)
{
    struct plant *p = plant_started(c, false, 0);
    struct plant_state s = {0};
    double a = c->motor.field_a;

    for (int i = 0; i < 15; i++) {
        s = at_field(p, a);
        a *= pow(c->motor.rated_current_a / s.i_line_a[0], 0.4);
    }
    m->input.point = (struct mb_zero_power_factor_point){
        .u_v = s.u_line_v[0], .i_a = s.i_line_a[0], .p1_w = s.p_w, .excitation_a = s.field_a};
    (void)plant_free(p);
}

/* Readings of the simulated motor without errors, at the points of the plan. */
static void simulate(const struct plant_config *c, struct machine *m)
{
    struct plant_config driving = *c;
    struct plant_state s;
    struct plant *p;

    describe(m, 1);
    driving.load_drives = true;
    read_curves(&driving, m);
    read_point(c, m);
    p = plant_started(c, true, 0);
    (void)at_field(p, c->motor.field_a);
    plant_set_brake(p, plant_rated_nm(c), true);
    s = at_field(p, c->motor.field_a);
    (void)plant_free(p);
    m->input.rated_voltage_v = c->motor.rated_voltage_v;
    m->input.rated_current_a = c->motor.rated_current_a;
    m->input.load.u_v = s.u_line_v[0];
    m->input.load.i_a = s.i_line_a[0];
    m->input.load.p1_w = s.p_w;
    m->input.load.r_ohm = s.r_line_ohm;
    m->input.load.excitation_a = s.field_a;
}

static void the_simulated_motor_has_its_leakage(void **state)
{
    const struct plant_config c = plant_ideal(PRESET);
    struct machine m;

    (void)state;
    simulate(&c, &m);
    evaluate(&m);
    if (m.reasons.count + m.warnings.count > 0)
        fail_msg("%s%s", m.reasons.items[0].text, m.warnings.items[0].text);
    assert_within(m.result.potier_ohm / c.motor.x1_ohm, 0.97, 1);
    /* Its poles are salient: the construction for a round rotor is off by some percent. */
    assert_within(m.result.potier_difference, 0.01, 0.05);
    assert_within(m.result.asa_difference, 0.05, 0.11);
}

/* The current that is in phase with the voltage supplies the losses; the construction takes it for reactive.
 */
static void without_losses_to_a_thousandth_or_two(void **state)
{
    struct plant_config c = plant_ideal(PRESET);
    struct machine m;

    (void)state;
    c.motor.friction_windage_w = c.motor.iron_w = 1;
    c.motor.r1_ohm = 0.005;
    c.motor.additional_load_w_per_a2 = 1e-4;
    simulate(&c, &m);
    evaluate(&m);
    assert_true(m.result.power_factor < 0.001);
    assert_within(m.result.potier_ohm / c.motor.x1_ohm, 0.997, 1.003);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_machine_comes_back),
        cmocka_unit_test(a_point_beside_the_current_of_the_load),
        cmocka_unit_test(what_cannot_be_constructed),
        cmocka_unit_test(the_current_that_counts),
        cmocka_unit_test(a_curve_that_ends_too_early),
        cmocka_unit_test(the_simulated_motor_has_its_leakage),
        cmocka_unit_test(without_losses_to_a_thousandth_or_two),
    };

    return cmocka_run_group_tests_name("excitation", tests, NULL, NULL);
}
