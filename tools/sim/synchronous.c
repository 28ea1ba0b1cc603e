/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Synchronous motors in the steady state of the moment, one phase of the star equivalent, q axis real ahead:
 *
 *   source - Rs - | terminals | - R1 - + - (Xd, Xq, E0)
 *                                      |
 *                                     Rfe
 *
 * E0 is that of the magnets at their temperature, or of a field winding whose current a brushless exciter on
 * the shaft supplies, so that its power is part of the input at the terminals. With a field supply of its own
 * the main flux saturates: Xd without the leakage X1, and E0, are divided by 1 + (E / knee)^exponent of the
 * voltage E behind X1, as the magnetising reactance of circuit.h. Between standstill and
 * synchronism the cage drives (the T circuit of circuit.h) and the magnets brake; a motor without a cage is
 * carried up by its converter, whose control is not simulated: a steady torque. The swing of the rotor about
 * its load angle is left out: a rotor that is near synchronism is pulled in at once, one that is asked for
 * more than the pull-out torque falls out. */
#include <complex.h>
#include <math.h>
#include <string.h>

#include "sim/machine.h"
#include "sim/salient.h"

#define REFERENCE_C 20.0
#define DRAWING 0.5        /* of the slip is left, at most, after each step of a rotor that is drawn in */
#define CARRIED_DROOP 0.02 /* of synchronous speed, at the converter's full torque */
#define SATURATION_STEPS 40
#define SATURATION_SHARE 0.8 /* of a step: each overshoots by about a fifth */
#define SATURATION_TOLERANCE 1e-9

/* With the mmf of the main flux at so many times that of its air gap alone. */
static struct salient field_of(const struct circuit_input *in, double saturation)
{
    const struct plant_motor *m = in->motor;
    double ratio = in->frequency_hz / m->rated_frequency_hz;
    /* The cage's leakage reactance is not that of magnets: theirs is part of Xd. */
    double leakage_ohm = m->field_ohm > 0 ? m->x1_ohm : 0;

    return (struct salient){
        .resistance_ohm = in->source_ohm + circuit_stator_ohm(m, in->winding_c),
        .xd_ohm = (leakage_ohm + (m->xd_ohm - leakage_ohm) / saturation) * ratio,
        .xq_ohm = m->xq_ohm * ratio,
        .iron_s = circuit_iron_s(m, in->frequency_hz),
        .inner_v = m->magnet_v / sqrt(3.0) * ratio * machine_field_share(in) *
                   (1.0 + m->magnet_per_k * (in->rotor_c - REFERENCE_C)) / saturation,
        .source_v = in->source_v / sqrt(3.0),
        .windings = 3,
    };
}

/* Mmf over that of the air gap alone, at a voltage behind the leakage reactance. */
static double saturation_at(const struct circuit_input *in, double main_v)
{
    const struct plant_motor *m = in->motor;
    double knee_v = m->saturation_knee_v / sqrt(3.0) * in->frequency_hz / m->rated_frequency_hz;

    return 1.0 + pow(main_v / knee_v, m->saturation_exponent);
}

/* The saturation that main_v gives back: it falls with the saturation by a fraction only, since the leakage
 * reactance is small beside the main one. Magnets and an exciter on the shaft have one state of the iron
 * only, which their values are of. */
static double saturation_of(const struct circuit_input *in, double guess,
                            double (*main_v)(const struct circuit_input *in, const struct salient *f))
{
    double saturation = in->motor->field_ohm > 0 ? fmax(guess, 1.0) : 1.0;

    for (int i = 0; i < SATURATION_STEPS && in->motor->field_ohm > 0; i++) {
        const struct salient f = field_of(in, saturation);
        double step = saturation_at(in, main_v(in, &f)) - saturation;

        saturation = fmax(saturation + SATURATION_SHARE * step, 1.0);
        if (fabs(step) <= SATURATION_TOLERANCE)
            break;
    }
    return saturation;
}

/* What the source has to match while the converter carries the rotor: E0, which the control of a drive
 * weakens above rated frequency to that of the rated one. */
static double carried_v(const struct circuit_input *in, const struct salient *f)
{
    double ratio = in->motor->rated_frequency_hz / in->frequency_hz;

    return f->inner_v * (in->motor->machine == PLANT_DRIVE ? fmin(ratio, 1.0) : 1.0);
}

/* A converter that lacks the voltage for the magnets does not let go of the rotor. */
static bool can_draw_in(const struct circuit_input *in)
{
    const struct salient f = field_of(in, 1.0);

    return in->slip <= in->motor->pull_in_slip &&
           (in->motor->start_nm <= 0 || f.source_v >= carried_v(in, &f));
}

enum machine_lock synchronous_lock(const struct circuit_input *in, const struct circuit *before)
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

static struct salient_current in_step_current(const struct circuit_input *in, const struct salient *f,
                                              double *ret_most_w)
{
    double most_rad = salient_most_rad(f), most_w = salient_at(f, most_rad).airgap_w;
    double share = fmin(in->slip / SYNCHRONOUS_SLIP, 1.0);

    *ret_most_w = most_w;
    return salient_at(f, salient_angle_rad(f, share * most_w, most_rad));
}

static double in_step_main_v(const struct circuit_input *in, const struct salient *f)
{
    double leakage_ohm = in->motor->x1_ohm * in->frequency_hz / in->motor->rated_frequency_hz, most_w;
    struct salient_current c = in_step_current(in, f, &most_w);

    return hypot((f->xq_ohm - leakage_ohm) * c.q_a, f->inner_v + (f->xd_ohm - leakage_ohm) * c.d_a);
}

static void solve_in_step(const struct circuit_input *in, struct circuit *circuit)
{
    double saturation = saturation_of(in, circuit->saturation, in_step_main_v);
    const struct salient f = field_of(in, saturation);
    double sync_rad_s = circuit_synchronous_rad_s(in->motor, in->frequency_hz), most_w;
    double share = in->slip / SYNCHRONOUS_SLIP, exciter_w = in->motor->exciter_w;
    double stator_ohm = circuit_stator_ohm(in->motor, in->winding_c);
    struct salient_current c = in_step_current(in, &f, &most_w);
    double complex inner = -f.xq_ohm * c.q_a + I * (f.inner_v + f.xd_ohm * c.d_a);
    double complex current = c.d_a + I * c.q_a + f.iron_s * inner;
    double complex terminal = inner + stator_ohm * current;

    circuit->saturation = saturation;
    circuit->inner_v = cabs(inner);
    circuit->terminal_v = cabs(terminal) * sqrt(3.0);
    circuit->current_a = cabs(current);
    circuit->input_w = 3.0 * creal(terminal * conj(current));
    circuit->stator_w = 3.0 * creal(current * conj(current)) * stator_ohm;
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
    const struct salient f = field_of(in, 1.0);
    double speed = 1.0 - in->slip, x_ohm = speed * f.xd_ohm;
    double stator_ohm = circuit_stator_ohm(in->motor, in->winding_c);
    double sync_rad_s = circuit_synchronous_rad_s(in->motor, in->frequency_hz);
    double braking_w =
        3.0 * f.inner_v * f.inner_v * stator_ohm * speed /
        (stator_ohm * stator_ohm + x_ohm * x_ohm); /* of the air gap: torque times synchronism */

    circuit->stator_w += braking_w * speed;
    circuit->airgap_w -= braking_w;
    circuit->torque_nm -= braking_w / sync_rad_s;
}

/* Current in phase with E0, as a control of the field's orientation would have it; the voltage there is
 * limits the speed. */
static void solve_carried(const struct circuit_input *in, struct circuit *circuit)
{
    const struct salient f = field_of(in, 1.0);
    double sync_rad_s = circuit_synchronous_rad_s(in->motor, in->frequency_hz);
    double share = fmin(fmax((f.source_v / carried_v(in, &f) - 1.0 + in->slip) / CARRIED_DROOP, 0), 1);
    double airgap_w = share * in->motor->start_nm * sync_rad_s;

    circuit->current_a = airgap_w / (3.0 * f.inner_v);
    circuit->terminal_v = in->source_v;
    circuit->stator_w =
        3.0 * circuit->current_a * circuit->current_a * circuit_stator_ohm(in->motor, in->winding_c);
    circuit->airgap_w = airgap_w;
    circuit->torque_nm = airgap_w / sync_rad_s;
    if (share < 1)
        circuit->torque_slope_nm_per_rad_s = -in->motor->start_nm / (CARRIED_DROOP * sync_rad_s);
    circuit->input_w = circuit->stator_w + airgap_w * (1.0 - in->slip);
}

void synchronous_solve(const struct circuit_input *in, struct circuit *circuit)
{
    enum machine_lock lock = synchronous_lock(in, circuit);
    double guess_v = circuit->inner_v;

    *circuit = (struct circuit){.lock = lock, .slip = in->slip, .saturation = circuit->saturation};
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

static double shorted_a(const struct circuit_input *in, const struct salient *f)
{
    double stator_ohm = circuit_stator_ohm(in->motor, in->winding_c);

    return f->inner_v * hypot(f->xq_ohm, stator_ohm) / (stator_ohm * stator_ohm + f->xd_ohm * f->xq_ohm);
}

static double shorted_main_v(const struct circuit_input *in, const struct salient *f)
{
    double leakage_ohm = in->motor->x1_ohm * in->frequency_hz / in->motor->rated_frequency_hz;

    return shorted_a(in, f) * hypot(circuit_stator_ohm(in->motor, in->winding_c), leakage_ohm);
}

/* Of the open terminals, per phase, by Newton's method on a convex curve from above. */
static double open_v(const struct circuit_input *in)
{
    double straight_v = field_of(in, 1.0).inner_v, v = straight_v;

    for (int i = 0; i < SATURATION_STEPS; i++) {
        double saturation = saturation_at(in, v);
        double slope = saturation + in->motor->saturation_exponent * (saturation - 1.0);
        double step = (v * saturation - straight_v) / slope;

        v -= step;
        if (fabs(step) <= SATURATION_TOLERANCE * straight_v)
            break;
    }
    return v;
}

/* By its field's own supply: a rotor with an exciter on its shaft and magnets stay without voltage here. */
void synchronous_driven(const struct circuit_input *in, struct circuit *circuit)
{
    double sync_rad_s = circuit_synchronous_rad_s(in->motor, in->frequency_hz);
    double stator_ohm = circuit_stator_ohm(in->motor, in->winding_c);

    *circuit = (struct circuit){0};
    if (in->motor->field_ohm <= 0)
        return;
    if (in->shorted) {
        const struct salient f = field_of(in, saturation_of(in, 1.0, shorted_main_v));

        circuit->current_a = shorted_a(in, &f);
        circuit->stator_w = 3.0 * circuit->current_a * circuit->current_a * stator_ohm;
        circuit->inner_v = circuit->current_a * stator_ohm;
    } else {
        circuit->inner_v = open_v(in);
        circuit->terminal_v = circuit->inner_v * sqrt(3.0);
    }
    circuit->iron_w = 3.0 * circuit->inner_v * circuit->inner_v * circuit_iron_s(in->motor, in->frequency_hz);
    circuit->airgap_w = -circuit->stator_w - circuit->iron_w;
    circuit->torque_nm = circuit->airgap_w / sync_rad_s;
}
