/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/machine.h"

#include <math.h>

#define IN_STEP 0, SYNCHRONOUS_SLIP / 100, SYNCHRONOUS_SLIP
#define ASYNCHRONOUS 0, 1e-3, 0.5
#define ANY_SPEED -0.5, 1e-2, 0.5

/* Kind, solution, search for the slip, phases, direct current. */
static const struct machine_ops machines[] = {
    [PLANT_INDUCTION] = {"three-phase-induction", circuit_solve, ASYNCHRONOUS, 3, false},
    [PLANT_LINE_START_MAGNET] = {"three-phase-pm-line-start", synchronous_solve, IN_STEP, 3, false},
    [PLANT_CONVERTER_MAGNET] = {"pm-converter-fed", synchronous_solve, IN_STEP, 3, false},
    [PLANT_EXCITED] = {"three-phase-synchronous", synchronous_solve, IN_STEP, 3, false},
    [PLANT_CAPACITOR_RUN] = {"single-phase-capacitor-run", single_phase_solve, ASYNCHRONOUS, 1, false},
    [PLANT_CAPACITOR_START] = {"single-phase-capacitor-start", single_phase_solve, ASYNCHRONOUS, 1, false},
    [PLANT_TWO_VALUE] = {"single-phase-two-value", single_phase_solve, ASYNCHRONOUS, 1, false},
    [PLANT_DIRECT] = {"dc", direct_solve, ANY_SPEED, 1, true},
    [PLANT_DRIVE] = {"ev-drive", synchronous_solve, IN_STEP, 3, false},
};

const struct machine_ops *machine_of(const struct plant_motor *motor)
{
    return &machines[motor->machine];
}

double machine_va_per_va(const struct plant_motor *motor)
{
    return sqrt(machine_of(motor)->phases);
}
