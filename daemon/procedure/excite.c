/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `excite`: the field of a synchronous motor that its cage has brought near synchronism, until it is in step.
 * Its supply has a discharge resistor of its own for the time before (motorbench-bench(5)). */
#include <math.h>

#include "procedure/kinds.h"

#define IN_STEP_SHARE 1e-3 /* of synchronous speed: a transducer's error, not a slip [laboratory choice] */

struct params {
    double percent; /* of rated excitation */
    double timeout_s;
    bool optional; /* a motor whose file gives no excitation has it on the shaft: nothing to do */
};

struct state {
    double begun_s;
};

static const struct mb_field fields[] = {
    {"percent", MB_FIELD_NUMBER, offsetof(struct params, percent), .minimum = 1, .maximum = 150},
    {"timeout_s", MB_FIELD_NUMBER, offsetof(struct params, timeout_s), .minimum = 1, .maximum = 600},
    {"optional", MB_FIELD_BOOL, offsetof(struct params, optional)},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params = (struct params){.percent = 100, .timeout_s = 60};
}

static enum mb_step_result begin(struct mb_step *step)
{
    const struct params *p = step->plan->params;

    ((struct state *)step->state)->begun_s = step_now_s(step);
    if (p->optional && isnan(step->data->motor->rated.excitation_a))
        return MB_STEP_DONE;
    return step_excite(step, p->percent);
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct state *s = step->state;
    double synchronous_rpm = mb_motor_synchronous_speed(step->data->motor);
    double n_rpm = step_value(snapshot, MB_SIGNAL_N);

    if (step->services->excitation_settled(step->userdata) &&
        fabs(n_rpm / synchronous_rpm - 1) <= IN_STEP_SHARE) {
        step_waiting(step, "%s", "");
        return MB_STEP_DONE;
    }
    step_waiting(step, "not in step yet: %.1f r/min", snapshot->signal[MB_SIGNAL_N].value);
    if (step_now_s(step) - s->begun_s > p->timeout_s)
        return step_invalid(step, "the motor did not come into step at %.1f r/min within %.0f s: %.1f r/min",
                            synchronous_rpm, p->timeout_s, snapshot->signal[MB_SIGNAL_N].value);
    return MB_STEP_GOES_ON;
}

const struct mb_step_kind mb_step_excite = {
    .name = "excite",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .begin = begin,
    .tick = tick,
};
