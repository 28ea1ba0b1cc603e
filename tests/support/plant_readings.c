/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/plant_readings.h"

#include <math.h>

#define SETTLE_S (6 * 3600.0)
#define WINDOW_S 10
#define COOLING_FIRST_S 18.0
#define COOLING_INTERVAL_S 5
#define STRAY_BEGIN 0.04   /* of rated voltage, as the plan of 2-1-1F has it */
#define STRAY_AFTER_S 30.0 /* from switching off to the resistance */
#define ROTOR_OUT_S 3600.0 /* as long as the hands need */
#define LOCKED_SHARE 0.25  /* of rated frequency: as much as 2-1-1H allows */
#define LOCKED_BEGIN 0.05  /* of rated voltage */
#define LOCKED_ROUNDS 20   /* of a search that comes within 1e-6 in three */

static double mean3(const double *v)
{
    return (v[0] + v[1] + v[2]) / 3;
}

void plant_advance(struct plant *p, double seconds)
{
    for (long i = 0, n = lround(seconds); i < n; i++)
        plant_step(p, 1.0);
}

struct plant_window plant_window_of(struct plant *p)
{
    struct plant_window w = {0};

    for (int i = 0; i < WINDOW_S; i++) {
        struct plant_state s;

        plant_step(p, 1.0);
        plant_get(p, &s);
        w.u_v += mean3(s.converter ? s.u1_line_v : s.u_line_v) / WINDOW_S;
        w.i_a += mean3(s.converter ? s.i1_line_a : s.i_line_a) / WINDOW_S;
        w.p_w += s.p_w / WINDOW_S;
        w.t_nm += s.torque_nm / WINDOW_S;
        w.n_rpm += s.speed_rpm / WINDOW_S;
        w.f_hz += s.frequency_hz / WINDOW_S;
        w.r_ohm += s.r_line_ohm / WINDOW_S;
        w.coolant_c += s.coolant_c / WINDOW_S;
        w.end_winding_c += s.end_winding_c / WINDOW_S;
    }
    return w;
}

static double resistance_ohm(const struct plant *p)
{
    struct plant_state s;

    plant_get(p, &s);
    return s.r_line_ohm;
}

static void rated_load_test(struct plant *p, const struct plant_motor *m, double rated_nm,
                            struct plant_readings *r)
{
    struct plant_state s;
    struct plant_window w;

    plant_get(p, &s);
    r->cold_ohm = s.r_line_ohm;
    r->cold_c = s.winding_c;
    plant_set_coupled(p, true);
    plant_set_supply(p, m->rated_voltage_v, m->rated_frequency_hz, true);
    plant_set_brake(p, rated_nm, true);
    plant_advance(p, SETTLE_S);
    w = plant_window_of(p);
    r->rated = (struct mb_rated_reading){w.u_v, w.i_a, w.p_w, w.t_nm, w.n_rpm, w.f_hz, w.coolant_c, NAN};
    plant_set_supply(p, 0, m->rated_frequency_hz, false);
    plant_advance(p, COOLING_FIRST_S - COOLING_INTERVAL_S);
    for (int i = 0; i < PLANT_COOLING; i++) {
        plant_advance(p, COOLING_INTERVAL_S);
        r->cooling[i] =
            (struct mb_cooling_reading){COOLING_FIRST_S + COOLING_INTERVAL_S * i, resistance_ohm(p)};
    }
}

/* The winding cooled during the cooling curve: back to within 1 K first. */
static void load_curve(struct plant *p, const struct plant_motor *m, double rated_nm,
                       struct plant_readings *r)
{
    static const double percent[PLANT_LOADS] = {125, 115, 100, 75, 50, 25};
    double hot_k = (r->cooling[0].r_ohm / r->cold_ohm) * (m->stator_k_k + r->cold_c);

    plant_set_supply(p, m->rated_voltage_v, m->rated_frequency_hz, true);
    for (int i = 0; i < 720 && resistance_ohm(p) / r->cold_ohm * (m->stator_k_k + r->cold_c) < hot_k; i++)
        plant_advance(p, 10);
    r->load_before_ohm = resistance_ohm(p);
    for (int i = 0; i < PLANT_LOADS; i++) {
        plant_set_brake(p, percent[i] / 100 * rated_nm, true);
        plant_advance(p, 30);
        struct plant_window w = plant_window_of(p);
        r->load[i] = (struct mb_load_point){percent[i], w.u_v,  w.i_a, w.p_w,       w.t_nm,
                                            w.n_rpm,    w.f_hz, NAN,   .r_ohm = NAN};
    }
    r->load_after_ohm = resistance_ohm(p);
}

/* Loads of rated voltage at the torque that has their slip. */
static void reduced_points(struct plant *p, const struct plant_motor *m, double rated_nm,
                           struct plant_readings *r)
{
    static const double percent[PLANT_REDUCED] = {115, 100, 75, 50};

    plant_set_brake(p, 0.1 * rated_nm, true);
    plant_set_supply(p, PLANT_REDUCED_SHARE * m->rated_voltage_v, m->rated_frequency_hz, true);
    plant_advance(p, 20);
    for (int i = 0; i < PLANT_REDUCED; i++) {
        struct plant_window w;

        plant_set_brake(p, PLANT_REDUCED_SHARE * PLANT_REDUCED_SHARE * percent[i] / 100 * rated_nm, true);
        plant_advance(p, 30);
        w = plant_window_of(p);
        r->reduced[i] = (struct mb_reduced_point){percent[i], w.u_v, w.i_a, w.p_w, w.n_rpm, w.f_hz, w.r_ohm};
    }
}

void plant_take_no_load(struct plant *p, const struct plant_motor *m, struct plant_readings *r)
{
    static const double percent[PLANT_NO_LOADS] = {110, 100, 95, 90, 60, 50, 40, 30};

    plant_set_supply(p, 0, m->rated_frequency_hz, false);
    plant_set_brake(p, 0, false);
    plant_advance(p, 60);
    plant_set_coupled(p, false);
    plant_set_supply(p, m->rated_voltage_v, m->rated_frequency_hz, true);
    plant_advance(p, 1800);
    r->no_load_before_ohm = resistance_ohm(p);
    for (int i = 0; i < PLANT_NO_LOADS; i++) {
        plant_set_supply(p, percent[i] / 100 * m->rated_voltage_v, m->rated_frequency_hz, true);
        plant_advance(p, 20);
        struct plant_window w = plant_window_of(p);
        r->no_load[i] = (struct mb_no_load_point){w.u_v, w.i_a, w.p_w, w.n_rpm, w.f_hz, NAN, NAN};
    }
    r->no_load_after_ohm = resistance_ohm(p);
}

/* The voltage is found from the current that the one before takes. */
static void stray_point(struct plant *p, const struct plant_motor *m, double percent, double *u_v,
                        struct mb_stray_point *ret)
{
    struct plant_window w;
    struct plant_state s;

    plant_set_supply(p, *u_v, m->rated_frequency_hz, true);
    plant_advance(p, 5);
    plant_get(p, &s);
    *u_v *= percent / 100 * m->rated_current_a / mean3(s.i_line_a);
    plant_set_supply(p, *u_v, m->rated_frequency_hz, true);
    plant_advance(p, 5);
    w = plant_window_of(p);
    *ret = (struct mb_stray_point){.u_v = w.u_v,
                                   .i_a = w.i_a,
                                   .p1_w = w.p_w,
                                   .shaft_w = w.t_nm * w.n_rpm * M_PI / 30,
                                   .winding_c = w.end_winding_c};
}

static void stray_points(struct plant *p, const struct plant_motor *m, struct mb_stray_point *points,
                         double *ret_ohm, double *ret_c)
{
    static const double percent[PLANT_STRAY] = {115, 100, 80, 60, 45, 30};
    struct plant_window w = plant_window_of(p); /* friction of the driven shaft */
    double u_v = STRAY_BEGIN * m->rated_voltage_v;
    struct plant_state s;

    for (int i = 0; i < PLANT_STRAY; i++) {
        stray_point(p, m, percent[i], &u_v, &points[i]);
        points[i].shaft_w = fabs(points[i].shaft_w);
        points[i].shaft_friction_w = fabs(w.t_nm * w.n_rpm) * M_PI / 30;
    }
    plant_set_supply(p, 0, m->rated_frequency_hz, false);
    plant_advance(p, STRAY_AFTER_S);
    plant_get(p, &s);
    *ret_ohm = s.r_line_ohm;
    *ret_c = s.end_winding_c;
}

/* After the no-load curve, the motor run out. */
static void stray_tests(struct plant *p, const struct plant_motor *m, struct plant_readings *r)
{
    plant_set_supply(p, 0, m->rated_frequency_hz, false);
    plant_advance(p, ROTOR_OUT_S);
    plant_set_rotor_removed(p, true);
    stray_points(p, m, r->removed, &r->removed_ohm, &r->removed_c);
    plant_advance(p, ROTOR_OUT_S);
    plant_set_rotor_removed(p, false);
    plant_set_coupled(p, true);
    plant_set_load_speed(p, -120 * m->rated_frequency_hz / m->poles);
    plant_advance(p, 120);
    stray_points(p, m, r->reverse, &r->reverse_ohm, &r->reverse_c);
}

void plant_hit_set_points(struct plant_config *config)
{
    config->coolant_c = PLANT_COOLANT_C;
    config->coolant_drift_k_per_h = config->source_scale_error = config->source_regulation_ohm = 0;
    config->brake_scale_error = config->source_unbalance = 0;
    config->source_harmonic_5 = config->source_harmonic_7 = config->source_harmonic_11 =
        config->source_harmonic_13 = 0;
}

int plant_take_readings(struct plant_config config, bool unsteady, struct plant_readings *ret)
{
    struct plant_truth hot;
    struct plant *p;
    int r;

    plant_hit_set_points(&config);
    config.load_drives = true;
    if (!unsteady)
        config.source_noise = config.brake_noise = 0;
    r = plant_truth_at(&config, config.motor.rated_power_w, PLANT_COOLANT_C, &hot);
    if (r < 0)
        return r;
    p = plant_new(&config);
    if (p == NULL)
        return -1;
    rated_load_test(p, &config.motor, hot.torque_nm, ret);
    load_curve(p, &config.motor, hot.torque_nm, ret);
    reduced_points(p, &config.motor, hot.torque_nm, ret);
    plant_take_no_load(p, &config.motor, ret);
    stray_tests(p, &config.motor, ret);
    p = plant_free(p);
    return 0;
}

int plant_take_locked(struct plant_config config, struct mb_locked_reading *ret)
{
    const struct plant_motor *m = &config.motor;
    double u_v = LOCKED_BEGIN * m->rated_voltage_v;

    plant_hit_set_points(&config);
    config.source_noise = config.brake_noise = 0;
    for (int i = 0; i < LOCKED_ROUNDS; i++) {
        struct plant *p = plant_new(&config);
        struct plant_state s;

        if (p == NULL)
            return -1;
        plant_set_coupled(p, true);
        plant_set_locked(p, true);
        plant_set_supply(p, u_v, LOCKED_SHARE * m->rated_frequency_hz, true);
        plant_advance(p, 5);
        plant_get(p, &s);
        plant_free(p);
        *ret = (struct mb_locked_reading){mean3(s.u_line_v), mean3(s.i_line_a), s.p_w, s.frequency_hz,
                                          s.r_line_ohm};
        u_v *= m->rated_current_a / ret->i_a;
    }
    return 0;
}

int plant_assign_additional(struct plant_config *config, double coolant_c)
{
    double kw = config->motor.rated_power_w / 1000;
    double share = 0.025 - 0.005 * log10(fmin(fmax(kw, 1), 1e4));

    for (int i = 0; i < 6; i++) {
        struct plant_truth truth;
        int r = plant_truth_at(config, config->motor.rated_power_w, coolant_c, &truth);

        if (r < 0)
            return r;
        config->motor.additional_load_w_per_nm2 = share * truth.input_w / (truth.torque_nm * truth.torque_nm);
    }
    return 0;
}

void plant_rewind(struct plant_config *config, double voltage_v)
{
    struct plant_motor *m = &config->motor;
    double turns = voltage_v / m->rated_voltage_v;
    double *ohms[] = {&m->r1_ohm, &m->x1_ohm, &m->r2_ohm,
                      &m->x2_ohm, &m->xm_ohm, &config->source_regulation_ohm};

    for (size_t i = 0; i < sizeof ohms / sizeof *ohms; i++)
        *ohms[i] *= turns * turns;
    m->saturation_knee_v *= turns;
    config->source_max_v *= turns;
    config->source_max_a /= turns;
    m->rated_current_a /= turns;
    m->rated_voltage_v = voltage_v;
}
