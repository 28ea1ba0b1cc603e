/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `no-load-curve`: uncoupled, voltage from the highest point down (procedures A1.5). */
#include "procedure/curve.h"
#include "procedure/kinds.h"

static void target(const struct mb_step *step, size_t index, struct mb_curve_target *ret)
{
    const struct mb_curve_params *p = step->plan->params;
    const struct mb_motor_rated *rated = &step->data->motor->rated;

    *ret = (struct mb_curve_target){.voltage_v = rated->voltage_v * p->percent[index] / 100,
                                    .frequency_hz = rated->frequency_hz,
                                    .percent = p->percent[index]};
}

static enum mb_step_result begin(struct mb_step *step)
{
    (void)step;
    return MB_STEP_GOES_ON;
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct mb_curve_params *p = step->plan->params;
    const struct mb_curve curve = {
        .store = p->store ? p->store : "no_load.points",
        .columns = mb_no_load_columns,
        .count = p->count,
        .fluctuation_power_percent = p->fluctuation_power_percent,
        .target = target,
    };

    return mb_curve_tick(&curve, step, step->state, snapshot);
}

const struct mb_step_kind mb_step_no_load_curve = {
    .name = "no-load-curve",
    .state_size = sizeof(struct mb_curve_state),
    .params_size = sizeof(struct mb_curve_params),
    .fields = mb_curve_fields,
    .check = mb_curve_check,
    .free_params = mb_curve_free_params,
    .begin = begin,
    .tick = tick,
};
