/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Temperatures: winding and rotor give their heat to the frame, the frame to the coolant, better with the fan
 * turning. */
#pragma once

#include "sim/plant.h"

struct thermal {
    double winding_c, end_offset_k, frame_c, rotor_c; /* end winding = winding + offset */
};

struct thermal_drive { /* held over one step */
    const struct plant_motor *motor;
    struct plant_losses losses; /* as at the temperatures at the start of the step */
    double speed_rpm, coolant_c;
};

/* Fourth order, for steps much shorter than the winding's time constant of minutes. */
void thermal_step(const struct thermal_drive *drive, double dt_s, struct thermal *thermal);
/* Where it ends when nothing changes any more. */
void thermal_settled(const struct thermal_drive *drive, struct thermal *ret);
