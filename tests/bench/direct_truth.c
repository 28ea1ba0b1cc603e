/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far output over input (2-1-1A, of direct current 2-1-3A) is from the truth for the motors of other
 * kinds, those with a separate field with its power as input. Each is brought to its equilibrium at rated
 * load and goes through the load curve from 125 % down; readings of class 0.1 instruments go through the same
 * evaluation as a real test. Of 20 seeds at least 17 must lie within twice the standard deviation that a
 * Monte Carlo of the error model predicts from one set of ideal readings. Equilibrium is reached with a
 * twentieth of the heat capacities, the readings are taken with the real ones. Exits with 1 when fewer do, or
 * when a test came out invalid. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "method/dc.h"
#include "method/efficiency.h"
#include "sim/errors.h"
#include "sim/machine.h"
#include "support/random_numbers.h"

#define ACCURACY_CLASS 0.1
#define SEEDS 20
#define WITHIN 17
#define TRIALS 2000
#define COOLANT_C 25.0 /* the direct method has no correction to it */
#define LIGHT 20
#define SETTLE_S 1500
#define POINT_S 20
#define WINDOW_S 10
#define LOADS 6
#define TRANSDUCER_PER_RATED 1.6
#define STREAM_READINGS 0x64697265u

struct readings {
    struct mb_load_point load[LOADS];
};

static void run(struct plant *p, int seconds)
{
    for (int i = 0; i < seconds; i++)
        plant_step(p, 1.0);
}

static void scale_heat(struct plant_motor *m, double factor)
{
    m->c_winding_j_per_k *= factor;
    m->c_frame_j_per_k *= factor;
    m->c_rotor_j_per_k *= factor;
}

/* Mean of the elements that the analyser has: three, or the first alone. */
static double mean(const double *v, int phases)
{
    return phases == 1 ? v[0] : (v[0] + v[1] + v[2]) / 3;
}

static struct mb_load_point read_point(struct plant *p, int phases, double percent)
{
    struct mb_load_point w = {.load_percent = percent,
                              .s_va = NAN,
                              .r_ohm = NAN,
                              .main_a = NAN,
                              .auxiliary_a = NAN,
                              .capacitor_v = NAN};

    for (int i = 0; i < WINDOW_S; i++) {
        struct plant_state s;

        plant_step(p, 1.0);
        plant_get(p, &s);
        w.u_v += mean(s.u_line_v, phases) / WINDOW_S;
        w.i_a += mean(s.i_line_a, phases) / WINDOW_S;
        w.p1_w += s.p_w / WINDOW_S;
        w.t_nm += s.torque_nm / WINDOW_S;
        w.n_rpm += s.speed_rpm / WINDOW_S;
        w.f_hz += s.frequency_hz / WINDOW_S;
        w.excitation_supply_v += s.field_v / WINDOW_S;
        w.excitation_a += s.field_a / WINDOW_S;
    }
    return w;
}

/* A source and a brake that hit their set points, steady or not. */
static struct plant_config bench_of(struct plant_config c, bool unsteady)
{
    c.coolant_c = COOLANT_C;
    c.coolant_drift_k_per_h = c.source_scale_error = c.source_regulation_ohm = c.brake_scale_error = 0;
    c.source_unbalance = 0;
    c.source_harmonic_5 = c.source_harmonic_7 = c.source_harmonic_11 = c.source_harmonic_13 = 0;
    if (!unsteady)
        c.source_noise = c.brake_noise = 0;
    return c;
}

static int take_readings(const struct plant_config *preset, bool unsteady, double rated_nm,
                         struct readings *ret)
{
    static const double percent[LOADS] = {125, 115, 100, 75, 50, 25};
    struct plant_config real = bench_of(*preset, unsteady), light = real;
    const struct plant_motor *m = &real.motor;
    struct plant *p;

    scale_heat(&light.motor, 1.0 / LIGHT);
    p = plant_new(&light);
    if (p == NULL)
        return -1;
    plant_set_coupled(p, true);
    plant_set_field(p, m->field_a, true);
    plant_set_supply(p, m->rated_voltage_v, m->rated_frequency_hz, true);
    run(p, POINT_S); /* up to speed without load */
    plant_set_brake(p, rated_nm, true);
    run(p, SETTLE_S);
    plant_change(p, &real);
    for (int i = 0; i < LOADS; i++) {
        plant_set_brake(p, percent[i] / 100 * rated_nm, true);
        run(p, POINT_S);
        ret->load[i] = read_point(p, machine_of(m)->phases, percent[i]);
    }
    p = plant_free(p);
    return 0;
}

static struct readings spoilt(struct readings r, const struct sim_errors *e, const struct normal_numbers *n)
{
    for (int i = 0; i < LOADS; i++) {
        struct mb_load_point *l = &r.load[i];
        const struct {
            double *value;
            enum mb_quantity quantity;
        } list[] = {{&l->u_v, MB_VOLTAGE},
                    {&l->i_a, MB_CURRENT},
                    {&l->p1_w, MB_ACTIVE_POWER},
                    {&l->t_nm, MB_TORQUE},
                    {&l->n_rpm, MB_SPEED},
                    {&l->f_hz, MB_FREQUENCY},
                    {&l->excitation_supply_v, MB_VOLTAGE},
                    {&l->excitation_a, MB_CURRENT}};
        size_t count = sizeof list / sizeof *list - (l->excitation_a > 0 ? 0 : 2);

        for (size_t k = 0; k < count; k++)
            *list[k].value = sim_errors_apply(e, list[k].quantity, *list[k].value, n->next(n->userdata));
    }
    return r;
}

/* The reading at rated load. NAN: invalid. */
static double direct_current(const struct plant_motor *m, const struct mb_load_point *rated)
{
    struct mb_dc_result result = {.input_w = NAN};

    mb_dc_evaluate(
        &(struct mb_dc_input){.rated_power_w = m->rated_power_w,
                              .rated_voltage_v = m->rated_voltage_v,
                              .rated_current_a = m->rated_current_a,
                              .k_conductor_k = m->stator_k_k,
                              .brush_drop_v = m->brush_v,
                              .allowance = MB_DC_ALLOWANCE,
                              .cold_ohm = NAN,
                              .cold_c = NAN,
                              .load = {rated->u_v, rated->i_a, rated->n_rpm, rated->p1_w, rated->t_nm,
                                       rated->excitation_supply_v, rated->excitation_a, COOLANT_C, NAN}},
        &result);
    return result.outcome.reasons.count == 0 ? result.outcome.efficiency : NAN;
}

/* NAN: invalid. */
static double efficiency(const struct plant_motor *m, const struct readings *r,
                         struct mb_efficiency_result *result)
{
    if (machine_of(m)->direct)
        return direct_current(m, &r->load[2]);

    const struct mb_efficiency_input input = {
        .method = MB_METHOD_2_1_1A,
        .form = MB_FORM_GBT1032,
        .phases = machine_of(m)->phases,
        .synchronous = m->xd_ohm > 0,
        .field_winding = m->field_ohm > 0,
        .field_supply = m->field_ohm > 0,
        .rated_power_w = m->rated_power_w,
        .rated_voltage_v = m->rated_voltage_v,
        .rated_frequency_hz = m->rated_frequency_hz,
        .poles = m->poles,
        .k_conductor_k = m->stator_k_k,
        .rated_speed_rpm = m->rated_speed_rpm,
        .cold_resistance_ohm = NAN,
        .cold_temperature_c = NAN,
        .load_r_before_ohm = NAN,
        .load_r_after_ohm = NAN,
        .load = r->load,
        .load_count = LOADS,
        .no_load_r_before_ohm = NAN,
        .no_load_r_after_ohm = NAN,
        .constant_iron_w = NAN,
        .constant_friction_windage_w = NAN,
    };

    mb_efficiency_evaluate(&input, result);
    return result->valid ? result->efficiency : NAN;
}

/* Standard deviation that the error model predicts; NAN: it could not be made. */
static double predicted(const struct plant_motor *m, const struct readings *ideal, double transducer_nm,
                        struct mb_efficiency_result *result)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    double centre = efficiency(m, ideal, result), sum = 0, squares = 0;
    struct sim_errors limits, errors;

    if (random == NULL)
        return NAN;
    gsl_rng_set(random, 20261122);
    sim_errors_limits(ACCURACY_CLASS, transducer_nm, &limits);
    for (int i = 0; i < TRIALS; i++) {
        sim_errors_draw_from(&limits, gsl_uniform_number, random, &errors);
        struct readings r = spoilt(*ideal, &errors, &(struct normal_numbers){gsl_normal, random});
        double off = efficiency(m, &r, result) - centre;

        sum += off;
        squares += off * off;
    }
    gsl_rng_free(random);
    return sqrt((squares - sum * sum / TRIALS) / (TRIALS - 1));
}

/* How many seeds lie within; -1: the readings could not be made. */
static int count_within(struct plant_config config, double torque_nm, double truth, double spread,
                        struct mb_efficiency_result *result)
{
    int within = 0;

    for (config.seed = 1; config.seed <= SEEDS; config.seed++) {
        struct sim_errors errors;
        struct sim_random random;
        struct readings r;

        if (take_readings(&config, true, torque_nm, &r) < 0)
            return -1;
        sim_errors_draw(config.seed, ACCURACY_CLASS, TRANSDUCER_PER_RATED * torque_nm, &errors);
        sim_random_seed(&random, config.seed, STREAM_READINGS);
        r = spoilt(r, &errors, &(struct normal_numbers){own_normal, &random});
        within += fabs(efficiency(&config.motor, &r, result) - truth) <= 2 * spread;
    }
    return within;
}

static int motor_row(const char *name, struct mb_efficiency_result *result)
{
    struct plant_config config;
    struct plant_truth truth;
    struct readings ideal;
    double spread, method_error;
    int within;

    if (plant_preset(name, &config) < 0 ||
        plant_truth_at(&config, config.motor.rated_power_w, COOLANT_C, &truth) < 0 ||
        take_readings(&config, false, truth.torque_nm, &ideal) < 0)
        return -1;
    method_error = efficiency(&config.motor, &ideal, result) - truth.efficiency;
    for (size_t i = 0; i < result->reason_count; i++)
        (void)fprintf(stderr, "%s: %s\n", name, result->reasons[i].text);
    spread = predicted(&config.motor, &ideal, TRANSDUCER_PER_RATED * truth.torque_nm, result);
    within = count_within(config, truth.torque_nm, truth.efficiency, spread, result);
    printf("%-26s %8.3f %+9.4f %9.4f %7d/%d%s\n", name, 100 * truth.efficiency, 100 * method_error,
           100 * spread, within, SEEDS, within >= WITHIN ? "" : "  BROKEN");
    return within >= WITHIN ? 0 : 1;
}

int main(void)
{
    struct mb_efficiency_result *result = malloc(sizeof *result);
    int broken = 0;

    if (result == NULL)
        return 1;
    printf("efficiency by 2-1-1A or 2-1-3A, errors of class %g, %d seeds; percentage points; at least %d "
           "within twice "
           "the predicted s\n%-26s %8s %9s %9s %10s\n",
           ACCURACY_CLASS, SEEDS, WITHIN, "motor", "truth %", "ideal off", "s", "within");
    for (size_t i = 0; plant_kind_preset_names[i] != NULL; i++)
        broken |= motor_row(plant_kind_preset_names[i], result) != 0;
    for (size_t i = 0; plant_field_preset_names[i] != NULL; i++)
        broken |= motor_row(plant_field_preset_names[i], result) != 0;
    free(result);
    return broken;
}
