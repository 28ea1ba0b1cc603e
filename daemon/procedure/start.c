/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `start`: output on, ramp to rated voltage without load, until the motor turns near synchronous speed the
 * right way round. */
#include "procedure/kinds.h"

struct params {
    double speed_percent; /* of synchronous speed, reached when the start is over */
    double timeout_s;
    double excitation_percent; /* direct current with a separate field: of its rated current */
    int power;                 /* of a pair: enum power */
};

struct state {
    bool on;
    double begun_s;
};

/* Through the shaft: from the tested motor to its partner, or back. */
enum power { POWER_FORWARD, POWER_REVERSED };
static const char *const powers[] = {"forward", "reversed", NULL};

static const struct mb_field fields[] = {
    {"speed_percent", MB_FIELD_NUMBER, offsetof(struct params, speed_percent), .minimum = 10, .maximum = 100},
    {"timeout_s", MB_FIELD_NUMBER, offsetof(struct params, timeout_s), .minimum = 1, .maximum = 3600},
    {"excitation_percent", MB_FIELD_NUMBER, offsetof(struct params, excitation_percent), .maximum = 150},
    {"power", MB_FIELD_CHOICE, offsetof(struct params, power), .choices = powers},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params =
        (struct params){.speed_percent = 95, .timeout_s = 120, .excitation_percent = 100};
}

static enum mb_step_result begin(struct mb_step *step)
{
    struct state *s = step->state;

    s->begun_s = step_now_s(step);
    return step_measure(step, MB_BENCH_RUNNING);
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct mb_motor_rated *rated = &step->data->motor->rated;
    struct state *s = step->state;
    bool up = false;
    enum mb_step_result r;

    if (!s->on) {
        step->data->excitation_percent = p->excitation_percent;
        step->data->reversed = p->power == POWER_REVERSED;
        return step_switch_on(step, &s->on, rated->frequency_hz, rated->voltage_v);
    }
    r = step_run_up(
        step, snapshot,
        &(struct step_run_up){rated->frequency_hz, p->speed_percent / 100, s->begun_s, p->timeout_s}, &up);
    return up ? MB_STEP_DONE : r;
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
