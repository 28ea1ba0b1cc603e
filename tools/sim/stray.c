/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/stray.h"

#define STATOR_PART 0.5
#define NO_LOAD_SLIP 1e-6
#define BACKWARDS_SLIP 1.0

/* At rated voltage and frequency and the winding's present temperature. */
static struct circuit at_slip(const struct circuit_input *in, double slip)
{
    struct circuit_input rated = *in;
    struct circuit circuit = {0};

    rated.source_v = in->motor->rated_voltage_v;
    rated.source_ohm = 0;
    rated.frequency_hz = in->motor->rated_frequency_hz;
    rated.slip = slip;
    rated.rotor_removed = false;
    circuit_solve(&rated, &circuit);
    return circuit;
}

/* Loss by the square of the load component of the line current. */
static double loss_w_per_a2(const struct circuit_input *in)
{
    const struct plant_motor *m = in->motor;
    double synchronous_rpm = 120.0 * m->rated_frequency_hz / m->poles;
    struct circuit load = at_slip(in, 1.0 - m->rated_speed_rpm / synchronous_rpm);
    struct circuit none = at_slip(in, NO_LOAD_SLIP);

    return m->additional_load_w_per_nm2 * load.torque_nm * load.torque_nm /
           (load.current_a * load.current_a - none.current_a * none.current_a);
}

void stray_solve(const struct circuit_input *in, const struct circuit *circuit, struct stray *ret)
{
    double loss_w;

    *ret = (struct stray){0};
    if (in->motor->machine != PLANT_INDUCTION || circuit->current_a <= 0 ||
        !(in->rotor_removed || in->slip > BACKWARDS_SLIP))
        return;
    loss_w = loss_w_per_a2(in) * circuit->current_a * circuit->current_a;
    ret->stator_w = STATOR_PART * loss_w;
    ret->rotor_w = in->rotor_removed ? 0 : (1.0 - STATOR_PART) * loss_w;
}
