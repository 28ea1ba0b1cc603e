/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One sub-step: the temperatures move on the losses so far, source and brake follow their set points (exact
 * exponentials), the circuit is solved for the moment, the speed moves by a linearised implicit step (stable
 * where the torque curve is far steeper than the step is short). Everything is quasi-static but the lags, the
 * inertia and the heat. */
#include "sim/plant.h"

#include <math.h>
#include <stdlib.h>

#include "sim/machine.h"
#include "sim/noise.h"
#include "sim/shaft.h"
#include "sim/stray.h"
#include "sim/thermal.h"

#define STEP_MIN_S 0.01
#define STEP_MAX_S 1.0
#define STEP_NOISY_S 0.1
#define STEP_CHANGE 1e-4   /* largest relative change of speed, voltage or braking wanted in one sub-step */
#define STEP_RIPPLE_S 0.01 /* with an asymmetric cage */
#define COGGING_STEPS 16   /* of a period of the torque between magnets and teeth */
#define STEP_HEAT_K 2e-3   /* largest change of temperature wanted in one sub-step */
#define TIME_TOLERANCE_S 1e-6 /* shorter times are rounding */
#define FREQUENCY_MIN_HZ 1.0  /* the source gives nothing below */
#define CURRENT_LIMIT_ROUNDS 8
/* A small voltage unbalance shows in the currents multiplied by the ratio of rated to negative-sequence
 * impedance. */
#define CURRENT_UNBALANCE_FACTOR 5.0
/* A loss of the rotor is a drag that fades out below this part of synchronous speed. */
#define BACKWARDS_PART 0.2
#define COGGING_PART 0.1  /* of synchronous speed: above it magnets and teeth are not felt */
#define SPEED_DROOP 0.001 /* of synchronous speed, at the load machine's full torque */
#define FIELD_LAG_S 0.5   /* inductance over resistance */
/* A contact resistance wanders by this part of itself. */
#define CONTACT_WANDER 0.5
/* Insulation resistance halves every so many kelvin [E]. */
#define INSULATION_HALF_K 10.0
#define MAGNET_REFERENCE_C 20.0 /* of magnet_v */
enum { STREAM_SOURCE = 0x736f7572, STREAM_BRAKE = 0x6272616b, STREAM_CONTACT = 0x636f6e74 };

struct plant {
    struct plant_config config;
    struct plant *partner; /* NULL: a brake or drive */
    double t_s;
    /* source */
    double set_v, frequency_hz, amplitude_v; /* amplitude: line to line, behind the lag */
    bool output_on;
    double dip_relative, dip_end_s;
    struct slow_noise source_noise;
    /* load machine */
    double set_nm, brake_nm; /* brake_nm: behind the lag */
    double load_rad_s;       /* of the speed loop, below 0 against the field; 0: none */
    bool excited, coupled, locked, rotor_removed, shorted;
    struct slow_noise brake_noise;
    double set_field_a, field_a; /* of a separate field winding; field_a: behind the lag */
    /* shaft */
    double omega_rad_s, acceleration_rad_s2, shaft_nm;
    struct circuit circuit;
    struct stray stray;
    double cage_rad;  /* angle of the slip, twice */
    double shaft_rad; /* angle of the shaft, while magnets and teeth are felt */
    double contact_ohm;
    struct slow_noise contact_noise;
    struct thermal thermal;
    double change_per_s, heating_k_per_s; /* how fast things moved in the last sub-step */
};

static double coolant_c(const struct plant *p)
{
    return p->config.coolant_c + p->config.coolant_drift_k_per_h * p->t_s / 3600.0;
}

static bool energised(const struct plant *p)
{
    return p->output_on && p->frequency_hz >= FREQUENCY_MIN_HZ && p->amplitude_v > 0;
}

static double load_inertia_kgm2(const struct plant *p)
{
    return p->partner ? p->partner->config.motor.inertia_kgm2 : p->config.load_inertia_kgm2;
}

static double inertia_kgm2(const struct plant *p)
{
    return p->config.motor.inertia_kgm2 + (p->coupled ? load_inertia_kgm2(p) : 0);
}

static double speed_rpm(const struct plant *p)
{
    return p->omega_rad_s * 30.0 / M_PI;
}

/* First-order lag over dt; returns the relative change per second. */
static double follow(double *value, double target, double lag_s, double dt_s)
{
    double before = *value, scale = fmax(fabs(before), fabs(target));

    *value = target + (before - target) * exp(-dt_s / fmax(lag_s, 1e-6));
    /* Nearly there is there: an endless tail would keep the sub-steps short. */
    if (fabs(*value - target) <= fmax(1e-12 * scale, 1e-9))
        *value = target;
    return scale > 0 ? fabs(*value - before) / (scale * dt_s) : 0;
}

static bool dipped(const struct plant *p)
{
    return p->t_s < p->dip_end_s - TIME_TOLERANCE_S;
}

static double source_v(struct plant *p)
{
    double noise = p->config.source_noise > 0 ? slow_noise_at(&p->source_noise, p->t_s) : 0;
    double dip = dipped(p) ? p->dip_relative : 0;

    return fmax(0, p->amplitude_v * (1.0 + p->config.source_noise * noise) * (1.0 + dip));
}

static double slip(const struct plant *p)
{
    return 1.0 - p->omega_rad_s / circuit_synchronous_rad_s(&p->config.motor, p->frequency_hz);
}

/* Of the shaft: what a driven machine gives. */
static double shaft_hz(const struct plant *p)
{
    return fabs(p->omega_rad_s) * p->config.motor.poles / (4.0 * M_PI);
}

/* Of magnets that the load machine turns, between open terminals. Only then: a motor that runs out shows
 * none, as nothing there asks for it. */
static double open_circuit_v(const struct plant *p)
{
    const struct plant_motor *m = &p->config.motor;
    double sync_rad_s = circuit_synchronous_rad_s(m, m->rated_frequency_hz);

    if (!p->config.load_drives || p->load_rad_s == 0 || !p->coupled || p->output_on || machine_of(m)->direct)
        return 0;
    return m->magnet_v * fabs(p->omega_rad_s) / sync_rad_s *
           (1.0 + m->magnet_per_k * (p->thermal.rotor_c - MAGNET_REFERENCE_C));
}

static void solve_driven(struct plant *p)
{
    const struct circuit_input input = {
        .motor = &p->config.motor,
        .frequency_hz = shaft_hz(p),
        .winding_c = p->thermal.winding_c,
        .rotor_c = p->thermal.rotor_c,
        .frame_c = p->thermal.frame_c,
        .field_a = p->field_a,
        .shorted = p->shorted,
    };

    p->circuit = (struct circuit){0};
    if (machine_of(input.motor)->driven != NULL && input.frequency_hz >= FREQUENCY_MIN_HZ)
        machine_of(input.motor)->driven(&input, &p->circuit);
    else
        p->circuit.terminal_v = open_circuit_v(p);
}

static void solve_circuit(struct plant *p)
{
    const struct plant_motor *m = &p->config.motor;

    if (!energised(p)) {
        p->stray = (struct stray){0};
        solve_driven(p);
        return;
    }
    struct circuit_input input = {
        .motor = m,
        .source_v = source_v(p),
        .source_ohm = p->config.source_regulation_ohm,
        .frequency_hz = p->frequency_hz,
        .slip = slip(p),
        .rotor_removed = p->rotor_removed && m->machine == PLANT_INDUCTION,
        .rotor_share = m->rotor_asymmetry * cos(p->cage_rad),
        .winding_c = p->thermal.winding_c,
        .rotor_c = p->thermal.rotor_c,
        .frame_c = p->thermal.frame_c,
        .field_a = p->field_a,
    };

    machine_of(m)->solve(&input, &p->circuit);
    /* At its current limit the source gives way in voltage. */
    for (int i = 0; i < CURRENT_LIMIT_ROUNDS && p->circuit.current_a > p->config.source_max_a; i++) {
        input.source_v *= p->config.source_max_a / p->circuit.current_a;
        machine_of(m)->solve(&input, &p->circuit);
    }
    stray_solve(&input, &p->circuit, &p->stray);
}

/* Additional load loss as a drag: of a rotor that is driven against the field that of stray.h. */
static double additional_nm(const struct plant *p, double speed_rad_s)
{
    double floor_rad_s = BACKWARDS_PART * circuit_synchronous_rad_s(&p->config.motor, p->frequency_hz);

    if (p->stray.stator_w <= 0)
        return shaft_additional_nm(&p->config.motor, speed_rad_s, p->shaft_nm, p->circuit.current_a);
    return p->stray.rotor_w * speed_rad_s / pow(fmax(speed_rad_s, floor_rad_s), 2);
}

/* The way the shaft turns, or would: -1 against the field, where only a load machine turns it. */
static double sense_of(const struct plant *p)
{
    return p->omega_rad_s < 0 || (p->omega_rad_s == 0 && p->load_rad_s < 0) ? -1.0 : 1.0;
}

/* The speed loop's torque at the end of a step that would end at free_rad_s without it, implicitly: the loop
 * is far steeper than the step is short. yield: change of that speed by the torque. */
static double speed_loop_nm(const struct plant *p, double free_rad_s, double yield)
{
    const struct plant_config *c = &p->config;
    double sync = circuit_synchronous_rad_s(&c->motor, c->motor.rated_frequency_hz);
    double slope = c->brake_max_nm / (SPEED_DROOP * sync), wanted = sense_of(p) * p->load_rad_s;

    return fmin(
        fmax(slope * (free_rad_s - wanted) / (1.0 + slope * yield), c->load_drives ? -c->brake_max_nm : 0),
        c->brake_max_nm);
}

/* Torque with which the load machine opposes the rotation, below 0 where it drives; a brake never has less
 * than its own drag. */
static double braking_nm(struct plant *p, double free_rad_s, double yield)
{
    double noise = p->config.brake_noise > 0 ? slow_noise_at(&p->brake_noise, p->t_s) : 0;
    bool held = p->load_rad_s != 0;
    double torque_nm = held ? speed_loop_nm(p, free_rad_s, yield) : p->brake_nm;

    if (!p->coupled || p->partner)
        return 0;
    torque_nm *= 1.0 + p->config.brake_noise * noise;
    return held && p->config.load_drives ? torque_nm : fmax(torque_nm, p->config.brake_drag_nm);
}

/* Whether it is looked for: beside the torque of a current it is little, and a fast shaft turns over it. */
static bool cogs(const struct plant *p)
{
    const struct plant_motor *m = &p->config.motor;

    return m->cogging_nm > 0 && p->config.load_drives && p->coupled && p->load_rad_s != 0 && !p->output_on &&
           fabs(p->omega_rad_s) < COGGING_PART * circuit_synchronous_rad_s(m, m->rated_frequency_hz);
}

static double cogging_nm(const struct plant *p)
{
    const struct plant_motor *m = &p->config.motor;

    return cogs(p) ? m->cogging_nm * sin(m->cogging_periods * p->shaft_rad) : 0;
}

static void follow_set_points(struct plant *p, double dt_s)
{
    const struct plant_config *c = &p->config;
    double target_v = fmin(p->set_v, c->source_max_v) * (1.0 + c->source_scale_error);
    double target_nm = p->excited ? fmin(p->set_nm, c->brake_max_nm) * (1.0 + c->brake_scale_error) : 0;
    double change_a = follow(&p->field_a, p->set_field_a, FIELD_LAG_S, dt_s);
    double change_v = 0, change_nm = follow(&p->brake_nm, target_nm, c->brake_lag_s, dt_s);

    if (p->output_on)
        change_v = follow(&p->amplitude_v, target_v, c->source_lag_s, dt_s);
    p->change_per_s = fmax(fmax(change_v, change_nm), change_a);
}

static bool pinned(const struct plant *p)
{
    return p->locked && p->coupled;
}

/* What the partner opposes to a shaft of this speed, below 0 where it drives, and how that grows with it. */
static double partner_nm(const struct plant *p, double speed_rad_s, double *ret_slope)
{
    const struct plant *q = p->partner;
    double torque_nm;

    *ret_slope = 0;
    if (!q || !p->coupled)
        return 0;
    torque_nm = shaft_friction_nm(&q->config.motor, speed_rad_s, ret_slope) +
                shaft_dry_friction_nm(&q->config.motor, speed_rad_s) - q->circuit.torque_nm;
    *ret_slope += fmax(0, -q->circuit.torque_slope_nm_per_rad_s);
    return energised(q) ? torque_nm + additional_nm(q, speed_rad_s) : torque_nm;
}

/* Moves the speed, seen the way the shaft turns. Brake and dry friction hold a standing shaft and can stop a
 * turning one, never turn it round. */
static void advance_speed(struct plant *p, double dt_s)
{
    const struct plant_motor *m = &p->config.motor;
    double sense = sense_of(p), before = sense * p->omega_rad_s, friction_slope, after, load_nm, yield;
    double drive_nm = sense * p->circuit.torque_nm - shaft_friction_nm(m, before, &friction_slope);
    double dry_nm = shaft_dry_friction_nm(m, before);
    double stiffness = fmax(0, -p->circuit.torque_slope_nm_per_rad_s) + friction_slope, partner_slope;
    double partner = partner_nm(p, before, &partner_slope);

    drive_nm -= sense * cogging_nm(p);
    if (energised(p) || p->circuit.current_a > 0)
        drive_nm -= additional_nm(p, before);
    yield = dt_s / (inertia_kgm2(p) + dt_s * (stiffness + partner_slope));
    load_nm = partner + braking_nm(p, before + yield * (drive_nm - dry_nm - partner), yield);
    if (pinned(p) || (before == 0 && drive_nm <= load_nm + dry_nm))
        after = 0;
    else
        after = fmax(0, before + yield * (drive_nm - dry_nm - load_nm));
    p->omega_rad_s = sense * after;
    if (cogs(p))
        p->shaft_rad = fmod(p->shaft_rad + p->omega_rad_s * dt_s, 2.0 * M_PI);
    p->acceleration_rad_s2 = (after - before) / dt_s;
    if (!p->coupled)
        p->shaft_nm = 0;
    else if (after == 0 && before == 0)
        p->shaft_nm = sense * (pinned(p) ? drive_nm : fmin(drive_nm, load_nm));
    else
        p->shaft_nm = sense * (load_nm + partner_slope * (after - before) +
                               load_inertia_kgm2(p) * p->acceleration_rad_s2);
    p->change_per_s = fmax(p->change_per_s, fabs(p->acceleration_rad_s2) / fmax(after, 1.0));
}

static double field_v(const struct plant *p)
{
    return machine_field_v(&p->config.motor, p->field_a, p->thermal.rotor_c, p->thermal.frame_c);
}

/* What the switching of a converter without its filter loses in the motor: none of it turns the shaft. */
static double harmonic_w(const struct plant *p)
{
    const struct plant_motor *m = &p->config.motor;
    double share = p->circuit.terminal_v / m->rated_voltage_v;

    return p->config.converter && energised(p)
               ? m->harmonic_w * share * share + m->harmonic_w_per_nm2 * p->shaft_nm * p->shaft_nm
               : 0;
}

static struct plant_losses losses_of(const struct plant *p)
{
    const struct plant_motor *m = &p->config.motor;
    double slope, omega = fabs(p->omega_rad_s);
    double friction_nm = shaft_friction_nm(m, omega, &slope) + shaft_dry_friction_nm(m, omega);
    struct plant_losses l = {
        .stator_w = p->circuit.stator_w,
        .rotor_w = p->circuit.rotor_w,
        .iron_w = p->circuit.iron_w,
        .friction_windage_w = omega * friction_nm,
        .additional_load_w = energised(p) || p->circuit.current_a > 0
                                 ? p->stray.stator_w + omega * additional_nm(p, omega)
                                 : 0,
        .excitation_w = field_v(p) * p->field_a,
        .harmonic_w = harmonic_w(p),
    };

    l.total_w = l.stator_w + l.rotor_w + l.iron_w + l.friction_windage_w + l.additional_load_w +
                l.excitation_w + l.harmonic_w;
    return l;
}

static void advance_temperatures(struct plant *p, double dt_s)
{
    struct thermal before = p->thermal;
    struct thermal_drive drive = {
        .motor = &p->config.motor,
        .losses = losses_of(p),
        .speed_rpm = speed_rpm(p),
        .coolant_c = coolant_c(p),
    };

    thermal_step(&drive, dt_s, &p->thermal);
    p->heating_k_per_s =
        fmax(fabs(p->thermal.winding_c - before.winding_c), fabs(p->thermal.rotor_c - before.rotor_c)) / dt_s;
}

/* Short while things move, long when they rest; left_s in equal parts, because a crumb of time at the end
 * would spoil the acceleration. */
static double next_step_s(const struct plant *p, double left_s)
{
    bool noisy = p->config.source_noise > 0 || p->config.brake_noise > 0;
    double step_s = noisy ? STEP_NOISY_S : STEP_MAX_S;
    double change_per_s = fmax(p->change_per_s, p->partner ? p->partner->change_per_s : 0);
    double heating_k_per_s = fmax(p->heating_k_per_s, p->partner ? p->partner->heating_k_per_s : 0);

    step_s = fmin(step_s, STEP_CHANGE / fmax(change_per_s, 1e-12));
    step_s = fmin(step_s, STEP_HEAT_K / fmax(heating_k_per_s, 1e-12));
    step_s = fmax(step_s, STEP_MIN_S);
    if (p->config.motor.rotor_asymmetry > 0 && energised(p))
        step_s = fmin(step_s, STEP_RIPPLE_S);
    if (cogs(p) && p->omega_rad_s != 0)
        step_s = fmin(step_s,
                      2.0 * M_PI / (COGGING_STEPS * p->config.motor.cogging_periods * fabs(p->omega_rad_s)));
    if (dipped(p))
        left_s = fmin(left_s, p->dip_end_s - p->t_s);
    return left_s / ceil(left_s / step_s - TIME_TOLERANCE_S);
}

/* What never rests: a loose contact, the place of a broken bar in the field. */
static void advance_faults(struct plant *p, double dt_s)
{
    const struct plant_motor *m = &p->config.motor;

    p->contact_ohm = 0;
    if (m->terminal_ohm > 0)
        p->contact_ohm =
            m->terminal_ohm * fmax(0, 1.0 + CONTACT_WANDER * slow_noise_at(&p->contact_noise, p->t_s));
    if (m->rotor_asymmetry > 0 && energised(p))
        p->cage_rad = fmod(p->cage_rad + 4.0 * M_PI * slip(p) * p->frequency_hz * dt_s, 2.0 * M_PI);
}

/* All but the speed. Before it, with the new temperatures: a speed that belongs to the old ones would never
 * balance. */
static void advance_machine(struct plant *p, double dt_s)
{
    advance_temperatures(p, dt_s);
    follow_set_points(p, dt_s);
    p->t_s += dt_s;
    advance_faults(p, dt_s);
    solve_circuit(p);
}

/* It turns as the shaft does, and stands where it is not coupled. */
static void move_partner(struct plant *p)
{
    struct plant *q = p->partner;

    q->coupled = p->coupled;
    q->omega_rad_s = p->coupled ? p->omega_rad_s : 0;
    q->acceleration_rad_s2 = p->coupled ? p->acceleration_rad_s2 : 0;
    q->shaft_nm = -p->shaft_nm;
    solve_circuit(q);
}

void plant_step(struct plant *p, double dt_s)
{
    double left_s = dt_s;

    if (!(dt_s >= TIME_TOLERANCE_S) || !isfinite(dt_s))
        return;
    while (left_s >= TIME_TOLERANCE_S) {
        double step_s = next_step_s(p, left_s);

        advance_machine(p, step_s);
        if (p->partner)
            advance_machine(p->partner, step_s);
        advance_speed(p, step_s);
        /* What plant_get shows and what heats next belongs to the new speed. */
        solve_circuit(p);
        if (p->partner)
            move_partner(p);
        left_s -= step_s;
    }
}

/* Line, main winding, capacitor: what the three elements of an analyser are connected to. */
static void get_single_phase(const struct plant *p, struct plant_state *s)
{
    const struct circuit *c = &p->circuit;
    double distortion = c->terminal_v > 0 ? s->u_line_v[0] / c->terminal_v : 1;

    s->u_line_v[1] = s->u_line_v[0];
    s->u_line_v[2] = c->capacitor_v * distortion;
    s->u1_line_v[1] = s->u1_line_v[0];
    s->u1_line_v[2] = c->capacitor_v;
    s->i_line_a[0] = s->i1_line_a[0] = c->current_a;
    s->i_line_a[1] = s->i1_line_a[1] = c->main_a;
    s->i_line_a[2] = s->i1_line_a[2] = c->auxiliary_a;
}

static void get_electrical(const struct plant *p, struct plant_state *s)
{
    const struct plant_config *c = &p->config;
    const double pattern[3] = {1.0, -0.5, -0.5};
    double sum = 1.0, u = p->circuit.terminal_v, i = p->circuit.current_a;
    /* A resistance in one line takes that part of its phase voltage, and the current gives way by it. */
    double contact = u > 0 ? p->contact_ohm * i * sqrt(3.0) / u : 0;
    const struct {
        int order;
        double ratio;
    } harmonics[] = {{5, c->source_harmonic_5},
                     {7, c->source_harmonic_7},
                     {11, c->source_harmonic_11},
                     {13, c->source_harmonic_13}};

    bool ripples = c->converter && energised(p);
    double ripple_v = ripples ? c->converter_ripple : 0; /* of the fundamental */
    double ripple_a =
        ripples ? c->converter_ripple_current * c->motor.rated_current_a * u / c->motor.rated_voltage_v : 0;

    s->u_fundamental_v = u;
    s->harmonic_v[1] = u;
    for (size_t k = 0; k < sizeof(harmonics) / sizeof(harmonics[0]); k++) {
        s->harmonic_v[harmonics[k].order] = u * harmonics[k].ratio;
        sum += harmonics[k].ratio * harmonics[k].ratio;
    }
    for (int k = 0; k < 3; k++) {
        s->u1_line_v[k] = u * (1.0 + c->source_unbalance * pattern[k]);
        s->i1_line_a[k] = i * (1.0 + (CURRENT_UNBALANCE_FACTOR * c->source_unbalance - contact) * pattern[k]);
        s->u_line_v[k] = s->u1_line_v[k] * sqrt(sum + ripple_v * ripple_v);
        s->i_line_a[k] = hypot(s->i1_line_a[k], ripple_a);
    }
    s->p_w = p->circuit.input_w + p->stray.stator_w + harmonic_w(p) +
             i * i * p->contact_ohm; /* the last is none of the motor's */
    s->s_va = machine_va_per_va(&c->motor) * u * sqrt(sum + ripple_v * ripple_v) * hypot(i, ripple_a);
    if (machine_of(&c->motor)->phases == 1)
        get_single_phase(p, s);
    if (energised(p) && !machine_of(&c->motor)->direct)
        s->frequency_hz = p->frequency_hz;
    else if (!energised(p) && u > 0)
        s->frequency_hz = shaft_hz(p);
}

void plant_get(const struct plant *p, struct plant_state *ret)
{
    const struct plant_config *c = &p->config;
    double sense = c->motor.reversed ? -1.0 : 1.0;

    *ret = (struct plant_state){
        .t_s = p->t_s,
        .output_on = p->output_on,
        .coupled = p->coupled,
        .locked = p->locked,
        .shorted = p->shorted,
        .converter = c->converter,
        .speed_rpm = sense * speed_rpm(p),
        .torque_nm = sense * p->shaft_nm,
        .output_w = p->shaft_nm * p->omega_rad_s,
        .winding_c = p->thermal.winding_c,
        .end_winding_c = p->thermal.winding_c + p->thermal.end_offset_k,
        .frame_c = p->thermal.frame_c,
        .rotor_c = p->thermal.rotor_c,
        .coolant_c = coolant_c(p),
        .r_line_ohm = (machine_of(&c->motor)->phases == 1 ? 1.0 : 2.0) *
                          circuit_stator_ohm(&c->motor, p->thermal.winding_c) +
                      p->contact_ohm,
        .insulation_ohm = c->insulation_ohm * exp2((c->coolant_c - p->thermal.winding_c) / INSULATION_HALF_K),
        .field_v = field_v(p),
        .field_a = p->field_a,
        .losses = losses_of(p),
    };
    get_electrical(p, ret);
}

struct plant *plant_new(const struct plant_config *config)
{
    struct plant *p = calloc(1, sizeof(*p));

    if (p == NULL)
        return NULL;
    p->config = *config;
    p->thermal.winding_c = p->thermal.frame_c = p->thermal.rotor_c = config->coolant_c;
    slow_noise_start(&p->source_noise, config->seed, STREAM_SOURCE);
    slow_noise_start(&p->brake_noise, config->seed, STREAM_BRAKE);
    slow_noise_start(&p->contact_noise, config->seed, STREAM_CONTACT);
    return p;
}

struct plant *plant_add_partner(struct plant *plant, const struct plant_config *config)
{
    plant->partner = plant_new(config);
    return plant->partner;
}

struct plant *plant_free(struct plant *plant)
{
    if (plant != NULL)
        (void)plant_free(plant->partner);
    free(plant);
    return NULL;
}

static double not_negative(double value)
{
    return value > 0 && isfinite(value) ? value : 0;
}

/* A new set point ends the long sub-steps at once. */
static void disturbed(struct plant *p)
{
    p->change_per_s = INFINITY;
}

void plant_set_supply(struct plant *p, double u_line_v, double frequency_hz, bool output_on)
{
    p->set_v = not_negative(u_line_v);
    p->frequency_hz = not_negative(frequency_hz);
    p->output_on = output_on;
    if (!output_on)
        p->amplitude_v = 0; /* the source starts from zero when it is switched on again */
    solve_circuit(p);
    disturbed(p);
}

void plant_set_brake(struct plant *p, double torque_nm, bool excited)
{
    p->set_nm = not_negative(torque_nm);
    p->excited = excited;
    disturbed(p);
}

void plant_set_load_speed(struct plant *p, double speed_rpm)
{
    double wanted_rpm = p->config.load_drives && isfinite(speed_rpm) ? speed_rpm : not_negative(speed_rpm);

    p->load_rad_s = wanted_rpm * M_PI / 30.0;
    disturbed(p);
}

void plant_set_field(struct plant *p, double current_a, bool output_on)
{
    p->set_field_a = output_on && p->config.motor.field_ohm > 0 ? not_negative(current_a) : 0;
    disturbed(p);
}

void plant_set_shorted(struct plant *p, bool shorted)
{
    p->shorted = shorted;
    disturbed(p);
}

void plant_set_locked(struct plant *p, bool locked)
{
    p->locked = locked;
    disturbed(p);
}

void plant_set_rotor_removed(struct plant *p, bool removed)
{
    p->rotor_removed = removed;
    disturbed(p);
}

void plant_change(struct plant *p, const struct plant_config *config)
{
    p->config = *config;
    disturbed(p);
}

void plant_set_coupled(struct plant *p, bool coupled)
{
    /* Coupling goes together at the motor's speed: a bench couples at standstill. */
    p->coupled = coupled;
    if (!coupled)
        p->shaft_nm = 0;
    disturbed(p);
}

void plant_disturb_supply(struct plant *p, double relative_step, double duration_s)
{
    p->dip_relative = fmax(-1.0, isfinite(relative_step) ? relative_step : 0);
    p->dip_end_s = p->t_s + not_negative(duration_s);
    disturbed(p);
}
