/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A direct-current motor with magnets or a field winding of its own supply in its frame, in the steady state
 * of the moment:
 *
 *   source - Rs - | terminals | - Ra - brushes - E(speed, magnets)
 *
 * The speed that its "slip" counts from is the one at which E is the rated voltage. The armature is the
 * winding of the thermal network, the magnets are as warm as the frame. The iron turns in a steady field: its
 * loss is taken from the shaft and goes with f^1.5 and with the square of the flux. A
 * source gives current and takes none back. */
#include <math.h>

#include "sim/machine.h"

#define REFERENCE_C 20.0

void direct_solve(const struct circuit_input *in, struct circuit *circuit)
{
    const struct plant_motor *m = in->motor;
    double sync_rad_s = circuit_synchronous_rad_s(m, in->frequency_hz), speed = 1.0 - in->slip;
    double share = machine_field_share(in);
    double flux_v = m->magnet_v * share * (1.0 + m->magnet_per_k * (in->frame_c - REFERENCE_C));
    double inner_v = flux_v * speed, armature_ohm = circuit_stator_ohm(m, in->winding_c);
    double loop_ohm = armature_ohm + in->source_ohm;
    double current_a = fmax(0, in->source_v - m->brush_v - inner_v) / loop_ohm;
    double iron_w = m->iron_w * share * share * pow(fmax(0, speed), 1.5);

    *circuit = (struct circuit){0};
    if (in->source_v <= 0)
        return;
    circuit->inner_v = inner_v;
    circuit->terminal_v = in->source_v - in->source_ohm * current_a;
    circuit->current_a = circuit->main_a = current_a;
    circuit->input_w = circuit->terminal_v * current_a;
    circuit->stator_w = current_a * current_a * armature_ohm + current_a * m->brush_v;
    circuit->iron_w = iron_w;
    /* At standstill torque without power: both go with the flux. */
    circuit->airgap_w = flux_v * current_a - m->iron_w * share * share * sqrt(fmax(0, speed));
    circuit->torque_nm = circuit->airgap_w / sync_rad_s;
    if (current_a > 0)
        circuit->torque_slope_nm_per_rad_s = -flux_v * flux_v / loop_ohm / (sync_rad_s * sync_rad_s);
}
