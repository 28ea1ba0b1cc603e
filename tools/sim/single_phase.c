/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A single-phase capacitor motor in the steady state of the moment: two windings in quadrature,
 * the auxiliary one behind the capacitor, and the two fields that turn with and against the rotor. Of each
 * field the main winding sees half of the magnetising reactance and half of the rotor at the slip s or 2 - s;
 * the auxiliary one the same, a quarter turn apart and by the ratio of turns a:
 *
 *   U = Im (Rm + jXm + Zf + Zb) - j a Ia (Zf - Zb)
 *   U = Ia (Ra + jXa + 1/jwC + a^2 (Zf + Zb)) + j a Im (Zf - Zb)
 *
 * The iron loss lies at the terminals. Without saturation everything is proportional to the voltage. A
 * centrifugal switch puts the start capacitor beside the run capacitor at and below its speed; without a run
 * capacitor it opens the auxiliary circuit above. That it closes at a lower speed than it opens is left out.
 */
#include <complex.h>
#include <math.h>

#include "sim/machine.h"
#include "sim/single_phase.h"

#define SLIP_DIFFERENCE 1e-5 /* for the slope of the torque */
#define SLIP_LEAST 1e-12     /* no division by zero at synchronism */

struct windings { /* per volt at the terminals */
    double complex main_a, auxiliary_a, line_a, forward_a, backward_a;
    double forward_ohm, backward_ohm; /* resistances of the two fields */
};

double complex single_phase_field_ohm(const struct circuit_input *in, double slip)
{
    const struct plant_motor *m = in->motor;
    double ratio = in->frequency_hz / m->rated_frequency_hz;
    double r_ohm = circuit_rotor_ohm(m, in->rotor_c, slip * ratio) / (2 * fmax(fabs(slip), SLIP_LEAST));
    double complex rotor = copysign(r_ohm, slip) + I * ratio * m->x2_ohm / 2;
    double complex magnetising = I * ratio * m->xm_ohm / 2;

    return magnetising * rotor / (magnetising + rotor);
}

double single_phase_capacitor_f(const struct plant_motor *m, double slip)
{
    return m->capacitor_f + (slip > m->switch_slip ? m->start_capacitor_f : 0);
}

static struct windings windings_at(const struct circuit_input *in, double slip)
{
    const struct plant_motor *m = in->motor;
    double ratio = in->frequency_hz / m->rated_frequency_hz, a = m->turns_ratio;
    double heat = circuit_stator_ohm(m, in->winding_c) / m->r1_ohm;
    double complex forward = single_phase_field_ohm(in, slip),
                   backward = single_phase_field_ohm(in, 2.0 - slip);
    double complex main = heat * m->r1_ohm + I * ratio * m->x1_ohm + forward + backward;
    double complex susceptance = I * 2.0 * M_PI * in->frequency_hz * single_phase_capacitor_f(m, in->slip);
    double complex auxiliary =
        heat * m->auxiliary_ohm + I * ratio * m->auxiliary_x_ohm + a * a * (forward + backward);
    double complex mutual = I * a * (forward - backward);
    /* Multiplied through by the capacitor's admittance: an open circuit is no division by zero. */
    double complex determinant = main * (1.0 + auxiliary * susceptance) + mutual * mutual * susceptance;
    struct windings w = {
        .main_a = (1.0 + (auxiliary + mutual) * susceptance) / determinant,
        .auxiliary_a = (main - mutual) * susceptance / determinant,
        .forward_ohm = creal(forward),
        .backward_ohm = creal(backward),
    };

    w.line_a = w.main_a + w.auxiliary_a + circuit_iron_s(m, in->frequency_hz);
    w.forward_a = w.main_a - I * a * w.auxiliary_a;
    w.backward_a = w.main_a + I * a * w.auxiliary_a;
    return w;
}

/* What crosses the air gap in the sense of the rotation, per square volt. */
static double net_airgap_s(const struct windings *w)
{
    return squared(w->forward_a) * w->forward_ohm - squared(w->backward_a) * w->backward_ohm;
}

void single_phase_solve(const struct circuit_input *in, struct circuit *circuit)
{
    const struct plant_motor *m = in->motor;
    const struct windings w = windings_at(in, in->slip), next = windings_at(in, in->slip + SLIP_DIFFERENCE);
    double sync_rad_s = circuit_synchronous_rad_s(m, in->frequency_hz);
    double u_v = in->source_v / cabs(1.0 + in->source_ohm * w.line_a), u2 = u_v * u_v;
    double heat = circuit_stator_ohm(m, in->winding_c) / m->r1_ohm;
    double backward_w = u2 * squared(w.backward_a) * w.backward_ohm;

    *circuit = (struct circuit){0};
    if (in->source_v <= 0)
        return;
    circuit->inner_v = u_v;
    circuit->terminal_v = u_v;
    circuit->current_a = u_v * cabs(w.line_a);
    circuit->main_a = u_v * cabs(w.main_a);
    circuit->auxiliary_a = u_v * cabs(w.auxiliary_a);
    if (single_phase_capacitor_f(m, in->slip) > 0)
        circuit->capacitor_v =
            circuit->auxiliary_a / (2.0 * M_PI * in->frequency_hz * single_phase_capacitor_f(m, in->slip));
    circuit->input_w = u2 * creal(w.line_a);
    circuit->stator_w = heat * (m->r1_ohm * circuit->main_a * circuit->main_a +
                                m->auxiliary_ohm * circuit->auxiliary_a * circuit->auxiliary_a);
    circuit->iron_w = u2 * circuit_iron_s(m, in->frequency_hz);
    circuit->airgap_w = u2 * net_airgap_s(&w);
    /* The field that turns against the rotor takes what it gives twice: from the air gap and the shaft. */
    circuit->rotor_w = in->slip * circuit->airgap_w + 2.0 * backward_w;
    circuit->torque_nm = circuit->airgap_w / sync_rad_s;
    circuit->torque_slope_nm_per_rad_s =
        -u2 * (net_airgap_s(&next) - net_airgap_s(&w)) / SLIP_DIFFERENCE / (sync_rad_s * sync_rad_s);
}
