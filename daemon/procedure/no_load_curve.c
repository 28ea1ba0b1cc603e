/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `no-load-curve`: uncoupled, voltage from the highest point down (procedures A1.5). */
#include "procedure/curve.h"
#include "procedure/kinds.h"

static void targets(const struct mb_step *step, double percent, double *ret_voltage_v, double *ret_torque_nm)
{
    *ret_voltage_v = step->data->motor->rated.voltage_v * percent / 100;
    *ret_torque_nm = 0;
}

static const struct mb_curve curve = {
    .store = "no_load.points",
    .columns = mb_no_load_columns,
    .targets = targets,
};

static enum mb_step_result begin(struct mb_step *step)
{
    (void)step;
    return MB_STEP_GOES_ON;
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    return mb_curve_tick(&curve, step, snapshot);
}

const struct mb_step_kind mb_step_no_load_curve = {
    .name = "no-load-curve",
    .state_size = sizeof(struct mb_curve_state),
    .params_size = sizeof(struct mb_curve_params),
    .fields = mb_curve_fields,
    .check = mb_curve_check,
    .begin = begin,
    .tick = tick,
};
