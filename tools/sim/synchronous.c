/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Synchronous motors in the steady state of the moment, one phase of the star equivalent, q axis real ahead:
 *
 *   source - Rs - | terminals | - R1 - + - (Xd, Xq, E0)
 *                                      |
 *                                     Rfe
 *
 * E0 is that of the magnets at their temperature, or of a field winding whose current a brushless exciter on
 * the shaft supplies, so that its power is part of the input at the terminals. Between standstill and
 * synchronism the cage drives (the T circuit of circuit.h) and the magnets brake; a motor without a cage is
 * carried up by its converter, whose control is not simulated: a steady torque. The swing of the rotor about
 * its load angle is left out: a rotor that is near synchronism is pulled in at once, one that is asked for
 * more than the pull-out torque falls out. */
#include <complex.h>
#include <math.h>
#include <string.h>

#include "sim/machine.h"

#define REFERENCE_C 20.0
#define ANGLES 24
#define NEWTON_STEPS 6
#define BRACKET_STEPS 50
#define ANGLE_TOLERANCE_RAD 1e-14
#define DRAWING 0.5        /* of the slip is left, at most, after each step of a rotor that is drawn in */
#define CARRIED_DROOP 0.02 /* of synchronous speed, at the converter's full torque */

struct field {
    double source_ohm, stator_ohm, xd_ohm, xq_ohm, iron_s, inner_v; /* inner_v: E0, phase */
    double phase_v;                                                 /* of the source */
};

struct at_angle { /* of the two axes at one load angle, and the power by the angle */
    double d_a, q_a, airgap_w, slope_w, bend_w;
};

static struct field field_of(const struct circuit_input *in)
{
    const struct plant_motor *m = in->motor;
    double ratio = in->frequency_hz / m->rated_frequency_hz;

    return (struct field){
        .source_ohm = in->source_ohm,
        .stator_ohm = circuit_stator_ohm(m, in->winding_c),
        .xd_ohm = m->xd_ohm * ratio,
        .xq_ohm = m->xq_ohm * ratio,
        .iron_s = circuit_iron_s(m, in->frequency_hz),
        .inner_v = m->magnet_v / sqrt(3.0) * ratio * machine_field_share(in) *
                   (1.0 + m->magnet_per_k * (in->rotor_c - REFERENCE_C)),
        .phase_v = in->source_v / sqrt(3.0),
    };
}

/* At a load angle of the source's voltage. */
static struct at_angle at_angle(const struct field *f, double angle_rad)
{
    double r = f->source_ohm + f->stator_ohm, a = 1.0 + r * f->iron_s, x = f->xd_ohm - f->xq_ohm;
    double u_d = -f->phase_v * sin(angle_rad), u_q = f->phase_v * cos(angle_rad);
    double determinant = r * r + a * a * f->xd_ohm * f->xq_ohm;
    /* What goes with the angle, a quarter turn later its slope; and what does not. */
    double d = (r * u_d + a * f->xq_ohm * u_q) / determinant;
    double q = (r * u_q - a * f->xd_ohm * u_d) / determinant;
    double d_slope = (-r * u_q + a * f->xq_ohm * u_d) / determinant;
    double q_slope = (r * u_d + a * f->xd_ohm * u_q) / determinant;
    struct at_angle c = {
        .d_a = d - a * a * f->xq_ohm * f->inner_v / determinant,
        .q_a = q - r * a * f->inner_v / determinant,
    };
    double flux_v = f->inner_v + x * c.d_a;

    c.airgap_w = 3.0 * c.q_a * flux_v;
    c.slope_w = 3.0 * (q_slope * flux_v + c.q_a * x * d_slope);
    c.bend_w = 3.0 * (-q * flux_v + 2.0 * x * q_slope * d_slope - c.q_a * x * d);
    return c;
}

/* Of the most power: from the best of some angles by Newton's method. */
static double most_angle_rad(const struct field *f)
{
    double best_rad = 0, best_w = -INFINITY;

    for (int i = 0; i < ANGLES; i++) {
        double angle_rad = 2.0 * M_PI * i / ANGLES, w = at_angle(f, angle_rad).airgap_w;

        if (w > best_w) {
            best_w = w;
            best_rad = angle_rad;
        }
    }
    for (int i = 0; i < NEWTON_STEPS; i++) {
        struct at_angle c = at_angle(f, best_rad);

        if (!(c.bend_w < 0))
            break;
        best_rad -= c.slope_w / c.bend_w;
    }
    return best_rad;
}

/* On the stable branch below the angle of the most power: Newton's method in a bracket. */
static double angle_of(const struct field *f, double airgap_w, double most_rad)
{
    double low_rad = most_rad - M_PI, high_rad = most_rad, angle_rad = most_rad - M_PI / 4;

    for (int i = 0; i < BRACKET_STEPS; i++) {
        struct at_angle c = at_angle(f, angle_rad);
        double next_rad = angle_rad - (c.airgap_w - airgap_w) / c.slope_w;

        if (c.airgap_w < airgap_w)
            low_rad = angle_rad;
        else
            high_rad = angle_rad;
        if (!(next_rad > low_rad && next_rad < high_rad))
            next_rad = (low_rad + high_rad) / 2;
        if (fabs(next_rad - angle_rad) < ANGLE_TOLERANCE_RAD)
            break;
        angle_rad = next_rad;
    }
    return angle_rad;
}

/* What the source has to match while the converter carries the rotor: E0, which the control of a drive
 * weakens above rated frequency to that of the rated one. */
static double carried_v(const struct circuit_input *in, const struct field *f)
{
    double ratio = in->motor->rated_frequency_hz / in->frequency_hz;

    return f->inner_v * (in->motor->machine == PLANT_DRIVE ? fmin(ratio, 1.0) : 1.0);
}

/* A converter that lacks the voltage for the magnets does not let go of the rotor. */
static bool can_draw_in(const struct circuit_input *in)
{
    const struct field f = field_of(in);

    return in->slip <= in->motor->pull_in_slip &&
           (in->motor->start_nm <= 0 || f.phase_v >= carried_v(in, &f));
}

/* Whether the rotor is in step now, by what it was a moment ago. */
static enum machine_lock next_lock(const struct circuit_input *in, const struct circuit *before)
{
    double share = fabs(in->slip) / SYNCHRONOUS_SLIP;
    bool moved = in->slip != before->slip, nears = fabs(in->slip) <= DRAWING * fabs(before->slip);
    enum machine_lock lock = before->lock;

    if (lock == MACHINE_DRAWN_IN && moved && !nears && share > 1.0)
        lock = MACHINE_FALLEN_OUT;
    if (lock == MACHINE_FREE && can_draw_in(in))
        lock = MACHINE_DRAWN_IN;
    if (lock == MACHINE_DRAWN_IN && share <= 1.0)
        lock = MACHINE_IN_STEP;
    if (lock == MACHINE_IN_STEP && share > 1.0)
        lock = MACHINE_FALLEN_OUT;
    return lock == MACHINE_FALLEN_OUT && in->slip > in->motor->pull_in_slip ? MACHINE_FREE : lock;
}

static void solve_in_step(const struct circuit_input *in, struct circuit *circuit)
{
    const struct field f = field_of(in);
    double sync_rad_s = circuit_synchronous_rad_s(in->motor, in->frequency_hz);
    double share = in->slip / SYNCHRONOUS_SLIP, exciter_w = in->motor->exciter_w;
    double most_rad = most_angle_rad(&f), most_w = at_angle(&f, most_rad).airgap_w;
    double angle_rad = angle_of(&f, fmin(share, 1.0) * most_w, most_rad);
    struct at_angle c = at_angle(&f, angle_rad);
    double complex inner = -f.xq_ohm * c.q_a + I * (f.inner_v + f.xd_ohm * c.d_a);
    double complex current = c.d_a + I * c.q_a + f.iron_s * inner;
    double complex terminal = inner + f.stator_ohm * current;

    circuit->inner_v = cabs(inner);
    circuit->terminal_v = cabs(terminal) * sqrt(3.0);
    circuit->current_a = cabs(current);
    circuit->input_w = 3.0 * creal(terminal * conj(current));
    circuit->stator_w = 3.0 * creal(current * conj(current)) * f.stator_ohm;
    circuit->iron_w = 3.0 * creal(inner * conj(inner)) * f.iron_s;
    circuit->airgap_w = c.airgap_w - exciter_w;
    circuit->rotor_w = exciter_w + in->slip * circuit->airgap_w;
    /* While it is drawn in the shaft's equation needs the whole line, however steep. */
    circuit->torque_nm =
        ((circuit->lock == MACHINE_DRAWN_IN ? share * most_w : c.airgap_w) - exciter_w) / sync_rad_s;
    circuit->torque_slope_nm_per_rad_s = -most_w / (SYNCHRONOUS_SLIP * sync_rad_s * sync_rad_s);
    circuit->pull_out_nm = (most_w - exciter_w) / sync_rad_s;
}

/* What the rotating magnets drive through the stator as through a short circuit. */
static void add_magnet_braking(const struct circuit_input *in, struct circuit *circuit)
{
    const struct field f = field_of(in);
    double speed = 1.0 - in->slip, x_ohm = speed * f.xd_ohm;
    double sync_rad_s = circuit_synchronous_rad_s(in->motor, in->frequency_hz);
    double braking_w =
        3.0 * f.inner_v * f.inner_v * f.stator_ohm * speed /
        (f.stator_ohm * f.stator_ohm + x_ohm * x_ohm); /* of the air gap: torque times synchronism */

    circuit->stator_w += braking_w * speed;
    circuit->airgap_w -= braking_w;
    circuit->torque_nm -= braking_w / sync_rad_s;
}

/* Current in phase with E0, as a control of the field's orientation would have it; the voltage there is
 * limits the speed. */
static void solve_carried(const struct circuit_input *in, struct circuit *circuit)
{
    const struct field f = field_of(in);
    double sync_rad_s = circuit_synchronous_rad_s(in->motor, in->frequency_hz);
    double share = fmin(fmax((f.phase_v / carried_v(in, &f) - 1.0 + in->slip) / CARRIED_DROOP, 0), 1);
    double airgap_w = share * in->motor->start_nm * sync_rad_s;

    circuit->current_a = airgap_w / (3.0 * f.inner_v);
    circuit->terminal_v = in->source_v;
    circuit->stator_w = 3.0 * circuit->current_a * circuit->current_a * f.stator_ohm;
    circuit->airgap_w = airgap_w;
    circuit->torque_nm = airgap_w / sync_rad_s;
    if (share < 1)
        circuit->torque_slope_nm_per_rad_s = -in->motor->start_nm / (CARRIED_DROOP * sync_rad_s);
    circuit->input_w = circuit->stator_w + airgap_w * (1.0 - in->slip);
}

void synchronous_solve(const struct circuit_input *in, struct circuit *circuit)
{
    enum machine_lock lock = next_lock(in, circuit);
    double guess_v = circuit->inner_v;

    *circuit = (struct circuit){.lock = lock, .slip = in->slip};
    if (in->source_v <= 0)
        return;
    if (lock == MACHINE_DRAWN_IN || lock == MACHINE_IN_STEP) {
        solve_in_step(in, circuit);
    } else if (in->motor->start_nm > 0) {
        solve_carried(in, circuit);
    } else {
        circuit->inner_v = guess_v;
        circuit_solve(in, circuit);
        if (in->motor->machine == PLANT_LINE_START_MAGNET) /* a field winding is short-circuited */
            add_magnet_braking(in, circuit);
    }
}

/* By its field's own supply: a rotor with an exciter on its shaft and magnets stay without voltage here. */
void synchronous_driven(const struct circuit_input *in, struct circuit *circuit)
{
    const struct field f = field_of(in);
    double sync_rad_s = circuit_synchronous_rad_s(in->motor, in->frequency_hz);
    double share = f.inner_v / (f.stator_ohm * f.stator_ohm + f.xd_ohm * f.xq_ohm);

    *circuit = (struct circuit){0};
    if (in->motor->field_ohm <= 0)
        return;
    if (in->shorted) {
        circuit->current_a = share * hypot(f.xq_ohm, f.stator_ohm);
        circuit->stator_w = 3.0 * circuit->current_a * circuit->current_a * f.stator_ohm;
        circuit->inner_v = circuit->current_a * f.stator_ohm;
    } else {
        circuit->inner_v = f.inner_v;
        circuit->terminal_v = f.inner_v * sqrt(3.0);
    }
    circuit->iron_w = 3.0 * circuit->inner_v * circuit->inner_v * f.iron_s;
    circuit->airgap_w = -circuit->stator_w - circuit->iron_w;
    circuit->torque_nm = circuit->airgap_w / sync_rad_s;
}
