/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `reheat`: rated load again until the winding is as hot as at the end of the thermal run (procedures A1.4:
 * within 5 K before the load curve). Without a winding sensor: for a stated time. */
#include <math.h>

#include "procedure/kinds.h"

struct params {
    double within_k, minimum_minutes, maximum_minutes;
};

struct state {
    double begun_s;
};

static const struct mb_field fields[] = {
    {"within_k", MB_FIELD_NUMBER, offsetof(struct params, within_k), .maximum = 20,
     .exclusive_minimum = true},
    {"minimum_minutes", MB_FIELD_NUMBER, offsetof(struct params, minimum_minutes), .maximum = 600},
    {"maximum_minutes", MB_FIELD_NUMBER, offsetof(struct params, maximum_minutes), .maximum = 6000,
     .exclusive_minimum = true},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params = (struct params){.within_k = 2, .minimum_minutes = 5, .maximum_minutes = 240};
}

static enum mb_step_result begin(struct mb_step *step)
{
    struct state *s = step->state;

    s->begun_s = step_now_s(step);
    return step_heating_load(step);
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct state *s = step->state;
    const struct mb_reading *winding = &snapshot->signal[MB_SIGNAL_WINDING];
    double minutes = (mb_snapshot_t_s(snapshot) - s->begun_s) / 60, missing;

    if (minutes < p->minimum_minutes)
        return MB_STEP_GOES_ON;
    if (isnan(step->data->winding_hot_c)) /* no sensor; one that fails now is waited for */
        return MB_STEP_DONE;
    missing = step->data->winding_hot_c - winding->value;
    if (winding->validity == MB_VALID && fabs(missing) <= p->within_k) {
        step_waiting(step, "%s", "");
        step->data->reheated_c = winding->value;
        return MB_STEP_DONE;
    }
    step_waiting(step, "reheating: winding %.1f degC, wanted %.1f within %.1f K", winding->value,
                 step->data->winding_hot_c, p->within_k);
    if (minutes > p->maximum_minutes)
        return step_invalid(step,
                            "the winding did not come back to %.1f degC within %.0f min (now %.1f degC)",
                            step->data->winding_hot_c, p->maximum_minutes, winding->value);
    return MB_STEP_GOES_ON;
}

const struct mb_step_kind mb_step_reheat = {
    .name = "reheat",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .begin = begin,
    .tick = tick,
};
