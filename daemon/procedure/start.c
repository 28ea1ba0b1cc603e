/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `start`: output on, ramp to rated voltage without load, until the motor turns near synchronous speed the
 * right way round. */
#include <math.h>

#include "procedure/kinds.h"

/* Of rated voltage, in a procedure without gates of its own: 1 % or better for noise [V:32]. */
#define USUAL_TOLERANCE 0.01

struct params {
    double speed_percent; /* of synchronous speed, reached when the start is over */
    double timeout_s;
};

struct state {
    bool on;
    double begun_s;
};

static const struct mb_field fields[] = {
    {"speed_percent", MB_FIELD_NUMBER, offsetof(struct params, speed_percent), .minimum = 10, .maximum = 100},
    {"timeout_s", MB_FIELD_NUMBER, offsetof(struct params, timeout_s), .minimum = 1, .maximum = 3600},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params = (struct params){.speed_percent = 95, .timeout_s = 120};
}

static enum mb_step_result begin(struct mb_step *step)
{
    struct state *s = step->state;

    s->begun_s = step_now_s(step);
    return step->services->measure(step->userdata, MB_BENCH_RUNNING) < 0
               ? step_fault(step, "the bench cannot be read")
               : MB_STEP_GOES_ON;
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct mb_motor *m = step->data->motor;
    const struct mb_reading *n = &snapshot->signal[MB_SIGNAL_N];
    double synchronous_rpm = 120 * m->rated.frequency_hz / m->rated.poles, wanted_rpm;
    double gate = step->data->gates->voltage;
    struct state *s = step->state;

    if (!s->on)
        return step_switch_on(step, &s->on, m->rated.frequency_hz, m->rated.voltage_v);
    wanted_rpm = synchronous_rpm * p->speed_percent / 100;
    if (n->validity == MB_VALID && n->value < -0.2 * synchronous_rpm)
        return step_invalid(step, "the motor turns the wrong way: %.0f r/min", n->value);
    if (n->validity == MB_VALID && n->value >= wanted_rpm &&
        step->services->settled(step->userdata, gate > 0 ? gate : USUAL_TOLERANCE, 1)) {
        step_waiting(step, "%s", "");
        return MB_STEP_DONE;
    }
    step_waiting(step, "starting: %.0f V, %.0f r/min", snapshot->signal[MB_SIGNAL_U].value, n->value);
    if (step_now_s(step) - s->begun_s > p->timeout_s)
        return step_invalid(step, "the motor did not reach %.0f r/min at rated voltage within %.0f s",
                            wanted_rpm, p->timeout_s);
    return MB_STEP_GOES_ON;
}

const struct mb_step_kind mb_step_start = {
    .name = "start",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .begin = begin,
    .tick = tick,
};
