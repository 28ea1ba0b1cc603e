/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the shaft loses between air gap and coupling, as drag torques (positive, against the rotation) at
 * angular speed omega_rad_s >= 0. */
#pragma once

#include "sim/plant.h"

/* Friction and windage, Pfw (n/ns)^exponent, and its slope by the speed. */
double shaft_friction_nm(const struct plant_motor *motor, double omega_rad_s, double *ret_slope);
/* Dry friction of bearings while crawling, so that a coasting rotor comes to rest, zero above 5 % speed; and
 * the drag of a sealing ring, the same at every speed. */
double shaft_dry_friction_nm(const struct plant_motor *motor, double omega_rad_s);
/* Additional load loss c T^2 + d I^2 as a drag. Below a fifth of the speed it fades out with the speed. */
double shaft_additional_nm(const struct plant_motor *motor, double omega_rad_s, double shaft_nm,
                           double current_a);
