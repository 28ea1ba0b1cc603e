/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A single-phase synchronous motor with a run capacitor and a reluctance rotor in a cage. Until it is in step
 * it is the capacitor motor of single_phase.c. In step the poles answer to the field that turns with them, in
 * two axes without saturation (salient.h), and the cage to the one that turns against them, at a slip of 2:
 *
 *   U = Im (Rm + jXm) + Vf + Vb
 *   U = Ia (Ra + jXa + 1/jwC) + j a (Vf - Vb)      Vb = Ib Zb, Ib = Im + j a Ia, If = Im - j a Ia
 *
 * Vf goes with the rotor's angle and not in proportion to If; all else does, and is a source of the voltage
 * Ut and the impedance Zt that the poles see. */
#include <complex.h>
#include <math.h>

#include "sim/machine.h"
#include "sim/salient.h"
#include "sim/single_phase.h"

#define AGAINST_SLIP 2.0
#define CAPACITOR_LEAST_F 1e-12 /* an open circuit is no division by zero */

/* Each winding's equation as forward * If + backward * Ib + Vf = u, the auxiliary one's divided by ja. */
struct equation {
    double complex forward_ohm, backward_ohm, u_v;
};

struct both {
    struct equation main, auxiliary;
    double supply_v, supply_ohm; /* source and iron loss, as the windings see them */
    double complex backward_ohm;
    double capacitor_f;
};

static struct both both_of(const struct circuit_input *in)
{
    const struct plant_motor *m = in->motor;
    double ratio = in->frequency_hz / m->rated_frequency_hz, a = m->turns_ratio;
    double heat = circuit_stator_ohm(m, in->winding_c) / m->r1_ohm;
    double loaded = 1.0 + in->source_ohm * circuit_iron_s(m, in->frequency_hz);
    struct both b = {
        .supply_v = in->source_v / loaded,
        .supply_ohm = in->source_ohm / loaded,
        .backward_ohm = single_phase_field_ohm(in, AGAINST_SLIP - in->slip),
        .capacitor_f = fmax(single_phase_capacitor_f(m, in->slip), CAPACITOR_LEAST_F),
    };
    double complex main = heat * m->r1_ohm + I * ratio * m->x1_ohm, turns = I * a;
    double complex auxiliary = (heat * m->auxiliary_ohm + I * ratio * m->auxiliary_x_ohm +
                                1.0 / (I * 2.0 * M_PI * in->frequency_hz * b.capacitor_f)) /
                               (a * a);
    /* The line current of both fields through what lies before both windings. */
    double complex f = b.supply_ohm * (0.5 + I / (2.0 * a)), k = b.supply_ohm * (0.5 - I / (2.0 * a));

    b.main = (struct equation){main / 2.0 + f, main / 2.0 + k + b.backward_ohm, b.supply_v};
    b.auxiliary = (struct equation){auxiliary / 2.0 + f / turns,
                                    -auxiliary / 2.0 + k / turns - b.backward_ohm, b.supply_v / turns};
    return b;
}

static struct salient poles_of(const struct circuit_input *in, double complex ut_v, double complex zt_ohm)
{
    const struct plant_motor *m = in->motor;
    double ratio = in->frequency_hz / m->rated_frequency_hz;

    return (struct salient){
        .source_v = cabs(ut_v),
        .resistance_ohm = creal(zt_ohm),
        .xd_ohm = ratio * m->xd_ohm / 2.0 + cimag(zt_ohm),
        .xq_ohm = ratio * m->xq_ohm / 2.0 + cimag(zt_ohm),
        .windings = 1,
    };
}

/* From the currents of both fields. */
static void fill(const struct circuit_input *in, const struct both *b, double complex forward_a,
                 double complex backward_a, struct circuit *circuit)
{
    const struct plant_motor *m = in->motor;
    double heat = circuit_stator_ohm(m, in->winding_c) / m->r1_ohm;
    double iron_s = circuit_iron_s(m, in->frequency_hz);
    double complex main_a = (forward_a + backward_a) / 2.0,
                   auxiliary_a = I * (forward_a - backward_a) / (2.0 * m->turns_ratio);
    double complex terminal_v = b->supply_v - b->supply_ohm * (main_a + auxiliary_a),
                   line_a = main_a + auxiliary_a + iron_s * terminal_v;

    circuit->inner_v = circuit->terminal_v = cabs(terminal_v);
    circuit->current_a = cabs(line_a);
    circuit->main_a = cabs(main_a);
    circuit->auxiliary_a = cabs(auxiliary_a);
    circuit->capacitor_v = circuit->auxiliary_a / (2.0 * M_PI * in->frequency_hz * b->capacitor_f);
    circuit->input_w = creal(terminal_v * conj(line_a));
    circuit->stator_w = heat * (m->r1_ohm * squared(main_a) + m->auxiliary_ohm * squared(auxiliary_a));
    circuit->iron_w = iron_s * squared(terminal_v);
}

static void solve_in_step(const struct circuit_input *in, struct circuit *circuit)
{
    const struct both b = both_of(in);
    double complex across = b.auxiliary.backward_ohm - b.main.backward_ohm;
    double complex ut_v =
        (b.main.u_v * b.auxiliary.backward_ohm - b.auxiliary.u_v * b.main.backward_ohm) / across;
    double complex zt_ohm =
        (b.main.forward_ohm * b.auxiliary.backward_ohm - b.auxiliary.forward_ohm * b.main.backward_ohm) /
        across;
    const struct salient poles = poles_of(in, ut_v, zt_ohm);
    double sync_rad_s = circuit_synchronous_rad_s(in->motor, in->frequency_hz);
    double share = in->slip / SYNCHRONOUS_SLIP;
    double most_rad = salient_most_rad(&poles), most_w = salient_at(&poles, most_rad).airgap_w;
    double angle_rad = salient_angle_rad(&poles, fmin(share, 1.0) * most_w, most_rad);
    struct salient_current c = salient_at(&poles, angle_rad);
    double complex forward_a = (c.d_a + I * c.q_a) * ut_v / (I * poles.source_v * cexp(I * angle_rad));
    double complex forward_v = ut_v - zt_ohm * forward_a;
    double complex backward_a =
        (b.main.u_v - b.main.forward_ohm * forward_a - forward_v) / b.main.backward_ohm;
    double backward_w = squared(backward_a) * creal(b.backward_ohm);

    fill(in, &b, forward_a, backward_a, circuit);
    circuit->airgap_w = c.airgap_w - backward_w;
    circuit->rotor_w = in->slip * circuit->airgap_w + 2.0 * backward_w; /* as in single_phase.c */
    circuit->torque_nm =
        ((circuit->lock == MACHINE_DRAWN_IN ? share * most_w : c.airgap_w) - backward_w) / sync_rad_s;
    circuit->torque_slope_nm_per_rad_s = -most_w / (SYNCHRONOUS_SLIP * sync_rad_s * sync_rad_s);
    circuit->pull_out_nm = (most_w - backward_w) / sync_rad_s;
}

void reluctance_solve(const struct circuit_input *in, struct circuit *circuit)
{
    enum machine_lock lock = synchronous_lock(in, circuit);

    *circuit = (struct circuit){.lock = lock, .slip = in->slip};
    if (in->source_v <= 0)
        return;
    if (lock == MACHINE_DRAWN_IN || lock == MACHINE_IN_STEP) {
        solve_in_step(in, circuit);
        return;
    }
    single_phase_solve(in, circuit);
    circuit->lock = lock;
    circuit->slip = in->slip;
}
