/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sheet of an efficiency map whose losses are known at every point. */
#pragma once

#include <stdbool.h>

#define DRIVE_SPEED_RPM 6000.0 /* highest */
#define DRIVE_TORQUE_NM 200.0

double drive_motor_loss_w(double n_rpm, double t_nm);
double drive_controller_loss_w(double t_nm);
/* ev-map of side x side points, braking as well where both is set; wrong: factor of the torque written.
 * Threshold 0.85. The caller frees. NULL: out of memory. */
char *drive_sheet(const char *standard, int side, bool both, double wrong);
