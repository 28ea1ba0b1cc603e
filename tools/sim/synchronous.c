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
#include "sim/salient.h"

#define REFERENCE_C 20.0
#define DRAWING 0.5        /* of the slip is left, at most, after each step of a rotor that is drawn in */
#define CARRIED_DROOP 0.02 /* of synchronous speed, at the converter's full torque */

static struct salient field_of(const struct circuit_input *in)
{
    const struct plant_motor *m = in->motor;
    double ratio = in->frequency_hz / m->rated_frequency_hz;

    return (struct salient){
        .resistance_ohm = in->source_ohm + circuit_stator_ohm(m, in->winding_c),
        .xd_ohm = m->xd_ohm * ratio,
        .xq_ohm = m->xq_ohm * ratio,
        .iron_s = circuit_iron_s(m, in->frequency_hz),
        .inner_v = m->magnet_v / sqrt(3.0) * ratio * machine_field_share(in) *
                   (1.0 + m->magnet_per_k * (in->rotor_c - REFERENCE_C)),
        .source_v = in->source_v / sqrt(3.0),
        .windings = 3,
    };
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
    const struct salient f = field_of(in);

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

static void solve_in_step(const struct circuit_input *in, struct circuit *circuit)
{
    const struct salient f = field_of(in);
    double sync_rad_s = circuit_synchronous_rad_s(in->motor, in->frequency_hz);
    double share = in->slip / SYNCHRONOUS_SLIP, exciter_w = in->motor->exciter_w;
    double stator_ohm = circuit_stator_ohm(in->motor, in->winding_c);
    double most_rad = salient_most_rad(&f), most_w = salient_at(&f, most_rad).airgap_w;
    double angle_rad = salient_angle_rad(&f, fmin(share, 1.0) * most_w, most_rad);
    struct salient_current c = salient_at(&f, angle_rad);
    double complex inner = -f.xq_ohm * c.q_a + I * (f.inner_v + f.xd_ohm * c.d_a);
    double complex current = c.d_a + I * c.q_a + f.iron_s * inner;
    double complex terminal = inner + stator_ohm * current;

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
    const struct salient f = field_of(in);
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
    const struct salient f = field_of(in);
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
    const struct salient f = field_of(in);
    double sync_rad_s = circuit_synchronous_rad_s(in->motor, in->frequency_hz);
    double stator_ohm = circuit_stator_ohm(in->motor, in->winding_c);
    double share = f.inner_v / (stator_ohm * stator_ohm + f.xd_ohm * f.xq_ohm);

    *circuit = (struct circuit){0};
    if (in->motor->field_ohm <= 0)
        return;
    if (in->shorted) {
        circuit->current_a = share * hypot(f.xq_ohm, stator_ohm);
        circuit->stator_w = 3.0 * circuit->current_a * circuit->current_a * stator_ohm;
        circuit->inner_v = circuit->current_a * stator_ohm;
    } else {
        circuit->inner_v = f.inner_v;
        circuit->terminal_v = f.inner_v * sqrt(3.0);
    }
    circuit->iron_w = 3.0 * circuit->inner_v * circuit->inner_v * f.iron_s;
    circuit->airgap_w = -circuit->stator_w - circuit->iron_w;
    circuit->torque_nm = circuit->airgap_w / sync_rad_s;
}
