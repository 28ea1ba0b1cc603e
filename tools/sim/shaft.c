/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/shaft.h"

#include <math.h>

#include "sim/circuit.h"

#define CRAWL_PART 0.05       /* of synchronous speed */
#define DRY_FRICTION_PART 0.5 /* of the friction and windage torque at synchronous speed */
#define ADDITIONAL_PART 0.2   /* of synchronous speed */

static double rated_sync_rad_s(const struct plant_motor *motor)
{
    return circuit_synchronous_rad_s(motor, motor->rated_frequency_hz);
}

double shaft_friction_nm(const struct plant_motor *motor, double omega_rad_s, double *ret_slope)
{
    double sync = rated_sync_rad_s(motor), power = motor->friction_exponent - 1.0;
    double torque_nm = motor->friction_windage_w / sync * pow(omega_rad_s / sync, power);

    *ret_slope = omega_rad_s > 0 ? power * torque_nm / omega_rad_s : 0;
    return torque_nm;
}

double shaft_dry_friction_nm(const struct plant_motor *motor, double omega_rad_s)
{
    double sync = rated_sync_rad_s(motor);

    return motor->seal_drag_nm + DRY_FRICTION_PART * motor->friction_windage_w / sync *
                                     fmax(0, 1.0 - omega_rad_s / (CRAWL_PART * sync));
}

double shaft_additional_nm(const struct plant_motor *motor, double omega_rad_s, double shaft_nm,
                           double current_a)
{
    double floor_rad_s = ADDITIONAL_PART * rated_sync_rad_s(motor);
    double speed = fmax(omega_rad_s, floor_rad_s);
    double load_w = motor->additional_load_w_per_nm2 * shaft_nm * shaft_nm +
                    motor->additional_load_w_per_a2 * current_a * current_a;

    return load_w * omega_rad_s / (speed * speed);
}
