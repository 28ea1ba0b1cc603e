/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `load-curve`: rated voltage, torque from the highest point down (procedures A1.4). */
#include "procedure/curve.h"
#include "procedure/kinds.h"

static void targets(const struct mb_step *step, double percent, double *ret_voltage_v, double *ret_torque_nm)
{
    *ret_voltage_v = step->data->motor->rated.voltage_v;
    *ret_torque_nm = step->data->rated_torque_nm * percent / 100;
}

static const struct mb_curve curve = {
    .store = "load.points",
    .columns = mb_load_columns,
    .named_by_load = true,
    .with_resistance = true,
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

const struct mb_step_kind mb_step_load_curve = {
    .name = "load-curve",
    .state_size = sizeof(struct mb_curve_state),
    .params_size = sizeof(struct mb_curve_params),
    .fields = mb_curve_fields,
    .check = mb_curve_check,
    .begin = begin,
    .tick = tick,
};
