/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/circuit.h"

#include <complex.h>
#include <math.h>

/* The field through an empty bore, in stator leakage reactances: a round figure of the simulation. */
#define BORE_X 1.0
#define REFERENCE_C 20.0
#define NEWTON_STEPS_MAX 200
#define NEWTON_TOLERANCE 1e-14

/* Admittances seen by the inner voltage at one frequency, slip and temperature. */
struct branches {
    double source_ohm, stator_ohm;
    double stator_x_ohm;
    double iron_s;                 /* siemens */
    double rotor_ohm, rotor_x_ohm; /* rotor_ohm not yet divided by the slip */
    double magnetising_s;          /* unsaturated */
    double knee_v;                 /* of the phase voltage at this frequency: a knee is one of flux, E/f */
    double exponent;
    double complex rotor_s;
};

double circuit_stator_ohm(const struct plant_motor *motor, double winding_c)
{
    return motor->r1_ohm * (motor->stator_k_k + winding_c) / (motor->stator_k_k + REFERENCE_C);
}

double circuit_synchronous_rad_s(const struct plant_motor *motor, double frequency_hz)
{
    return 4.0 * M_PI * frequency_hz / motor->poles;
}

/* Iron loss as E^2 f^-0.5: between hysteresis (E^2/f) and eddy currents (E^2). */
double circuit_iron_s(const struct plant_motor *motor, double frequency_hz)
{
    return motor->iron_w / (motor->rated_voltage_v * motor->rated_voltage_v) /
           sqrt(frequency_hz / motor->rated_frequency_hz);
}

double circuit_rotor_ohm(const struct plant_motor *motor, double rotor_c, double rotor_frequency_ratio)
{
    double skin = 1.0 + motor->skin_effect * sqrt(fabs(rotor_frequency_ratio));

    return motor->r2_ohm * skin * (motor->rotor_k_k + rotor_c) / (motor->rotor_k_k + REFERENCE_C);
}

static struct branches branches_of(const struct circuit_input *in)
{
    const struct plant_motor *m = in->motor;
    double ratio = in->frequency_hz / m->rated_frequency_hz;
    struct branches b = {
        .source_ohm = in->source_ohm,
        .stator_ohm = circuit_stator_ohm(m, in->winding_c),
        .stator_x_ohm = m->x1_ohm * ratio,
        .iron_s = circuit_iron_s(m, in->frequency_hz),
        .rotor_ohm = (1.0 + in->rotor_share) * circuit_rotor_ohm(m, in->rotor_c, in->slip * ratio),
        .rotor_x_ohm = m->x2_ohm * ratio,
        .magnetising_s = 1.0 / (m->xm_ohm * ratio),
        .knee_v = m->saturation_knee_v * ratio / sqrt(3.0),
        .exponent = m->saturation_exponent,
    };
    double r = b.rotor_ohm, x = b.rotor_x_ohm, s = in->slip;

    if (in->rotor_removed) {
        b.magnetising_s = 1.0 / (BORE_X * b.stator_x_ohm);
        b.knee_v = INFINITY;
        return b;
    }
    /* Multiplied through by the slip: no division by zero at synchronous speed. */
    b.rotor_s = s * (r - I * s * x) / (r * r + s * s * x * x);
    return b;
}

/* The source voltage that an inner voltage e needs, as a phasor with e real, and its slope by e. */
struct total {
    double complex v, slope;
};

static struct total total_at(const struct branches *b, double e)
{
    double complex z = b->source_ohm + b->stator_ohm + I * b->stator_x_ohm;
    double complex linear = 1.0 + z * (b->iron_s + b->rotor_s - I * b->magnetising_s);
    double complex saturated = -I * z * b->magnetising_s * pow(e / b->knee_v, b->exponent);

    return (struct total){
        .v = e * (linear + saturated),
        .slope = linear + saturated * (1.0 + b->exponent),
    };
}

/* |total(e)| = source voltage. The left side is convex and rising in e, so Newton's method cannot miss. */
static double inner_voltage(const struct branches *b, double phase_v, double guess_v)
{
    double e = guess_v > 0 ? guess_v : phase_v;

    for (int i = 0; i < NEWTON_STEPS_MAX; i++) {
        struct total t = total_at(b, e);
        double magnitude = cabs(t.v);
        double step = (magnitude - phase_v) * magnitude / creal(conj(t.v) * t.slope);

        /* Far below the solution the step may overshoot into the steep part, never below zero. */
        e = fmax(e - step, 0.1 * e);
        if (fabs(step) <= NEWTON_TOLERANCE * phase_v)
            break;
    }
    return e;
}

/* Relative slope of the torque by the slip: the rotor branch itself, and the inner voltage that gives way
 * under its current. The change of the skin effect is left out: the slope only steers the integration. */
static double torque_slope(const struct branches *b, double e, double slip)
{
    struct total t = total_at(b, e);
    double complex z = b->source_ohm + b->stator_ohm + I * b->stator_x_ohm;
    double complex denominator = b->rotor_ohm + I * slip * b->rotor_x_ohm;
    double complex rotor_slope = b->rotor_ohm / (denominator * denominator);
    double e_slope = -creal(conj(t.v) * e * z * rotor_slope) / creal(conj(t.v) * t.slope);

    return 3.0 * e * (e * creal(rotor_slope) + 2.0 * e_slope * creal(b->rotor_s));
}

void circuit_solve(const struct circuit_input *in, struct circuit *circuit)
{
    struct branches b = branches_of(in);
    double phase_v = in->source_v / sqrt(3.0), e, bend;
    double sync_rad_s = circuit_synchronous_rad_s(in->motor, in->frequency_hz);
    double complex current, terminal;

    if (phase_v <= 0) {
        *circuit = (struct circuit){0};
        return;
    }
    e = inner_voltage(&b, phase_v, circuit->inner_v);
    bend = pow(e / b.knee_v, b.exponent);
    current = e * (b.iron_s + b.rotor_s - I * b.magnetising_s * (1.0 + bend));
    terminal = e + current * (b.stator_ohm + I * b.stator_x_ohm);

    circuit->inner_v = e;
    circuit->terminal_v = cabs(terminal) * sqrt(3.0);
    circuit->current_a = cabs(current);
    circuit->input_w = 3.0 * creal(terminal * conj(current));
    circuit->stator_w = 3.0 * creal(current * conj(current)) * b.stator_ohm;
    circuit->iron_w = 3.0 * e * e * b.iron_s;
    circuit->rotor_w = 3.0 * e * e * creal(b.rotor_s * conj(b.rotor_s)) * b.rotor_ohm;
    circuit->airgap_w = 3.0 * e * e * creal(b.rotor_s);
    circuit->torque_nm = circuit->airgap_w / sync_rad_s;
    circuit->torque_slope_nm_per_rad_s = -torque_slope(&b, e, in->slip) / (sync_rad_s * sync_rad_s);
}
