/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/machine.h"

#include <math.h>

/* Kind, solution, search for the slip, phases. */
static const struct machine_ops machines[] = {
    [PLANT_INDUCTION] = {"three-phase-induction", circuit_solve, 1e-3, 0.5, 3},
    [PLANT_LINE_START_MAGNET] = {"three-phase-pm-line-start", synchronous_solve, SYNCHRONOUS_SLIP / 100,
                                 SYNCHRONOUS_SLIP, 3},
    [PLANT_CONVERTER_MAGNET] = {"pm-converter-fed", synchronous_solve, SYNCHRONOUS_SLIP / 100,
                                SYNCHRONOUS_SLIP, 3},
    [PLANT_EXCITED] = {"three-phase-synchronous", synchronous_solve, SYNCHRONOUS_SLIP / 100, SYNCHRONOUS_SLIP,
                       3},
    [PLANT_CAPACITOR_RUN] = {"single-phase-capacitor-run", single_phase_solve, 1e-3, 0.5, 1},
};

const struct machine_ops *machine_of(const struct plant_motor *motor)
{
    return &machines[motor->machine];
}

double machine_va_per_va(const struct plant_motor *motor)
{
    return sqrt(machine_of(motor)->phases);
}
