/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/machine.h"

#include <math.h>

#define REFERENCE_C 20.0
#define IN_STEP 0, SYNCHRONOUS_SLIP / 100, SYNCHRONOUS_SLIP
#define ASYNCHRONOUS 0, 1e-3, 0.5
#define ANY_SPEED -0.5, 1e-2, 0.5

/* Kind, solution, that of a driven one, search for the slip, phases, direct current. */
static const struct machine_ops machines[] = {
    [PLANT_INDUCTION] = {"three-phase-induction", circuit_solve, NULL, ASYNCHRONOUS, 3, false},
    [PLANT_LINE_START_MAGNET] = {"three-phase-pm-line-start", synchronous_solve, NULL, IN_STEP, 3, false},
    [PLANT_CONVERTER_MAGNET] = {"pm-converter-fed", synchronous_solve, NULL, IN_STEP, 3, false},
    [PLANT_EXCITED] = {"three-phase-synchronous", synchronous_solve, synchronous_driven, IN_STEP, 3, false},
    [PLANT_CAPACITOR_RUN] = {"single-phase-capacitor-run", single_phase_solve, NULL, ASYNCHRONOUS, 1, false},
    [PLANT_CAPACITOR_START] = {"single-phase-capacitor-start", single_phase_solve, NULL, ASYNCHRONOUS, 1,
                               false},
    [PLANT_TWO_VALUE] = {"single-phase-two-value", single_phase_solve, NULL, ASYNCHRONOUS, 1, false},
    [PLANT_DIRECT] = {"dc", direct_solve, NULL, ANY_SPEED, 1, true},
    [PLANT_RELUCTANCE] = {"single-phase-synchronous", reluctance_solve, NULL, IN_STEP, 1, false},
    [PLANT_DRIVE] = {"ev-drive", synchronous_solve, NULL, IN_STEP, 3, false},
};

const struct machine_ops *machine_of(const struct plant_motor *motor)
{
    return &machines[motor->machine];
}

double machine_va_per_va(const struct plant_motor *motor)
{
    return sqrt(machine_of(motor)->phases);
}

double machine_field_share(const struct circuit_input *input)
{
    return input->motor->field_ohm > 0 ? input->field_a / input->motor->field_a : 1.0;
}

double machine_field_v(const struct plant_motor *motor, double field_a, double rotor_c, double frame_c)
{
    double k = motor->stator_k_k, field_c = machine_of(motor)->direct ? frame_c : rotor_c;

    return field_a > 0 ? field_a * motor->field_ohm * (k + field_c) / (k + REFERENCE_C) + motor->field_brush_v
                       : 0;
}
