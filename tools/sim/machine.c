/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/machine.h"

static const struct machine_ops machines[] = {
    [PLANT_INDUCTION] = {"three-phase-induction", circuit_solve, 1e-3, 0.5},
    [PLANT_LINE_START_MAGNET] = {"three-phase-pm-line-start", synchronous_solve, SYNCHRONOUS_SLIP / 100,
                                 SYNCHRONOUS_SLIP},
    [PLANT_CONVERTER_MAGNET] = {"pm-converter-fed", synchronous_solve, SYNCHRONOUS_SLIP / 100,
                                SYNCHRONOUS_SLIP},
    [PLANT_EXCITED] = {"three-phase-synchronous", synchronous_solve, SYNCHRONOUS_SLIP / 100,
                       SYNCHRONOUS_SLIP},
};

const struct machine_ops *machine_of(const struct plant_motor *motor)
{
    return &machines[motor->machine];
}
