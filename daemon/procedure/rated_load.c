/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `rating`: rated voltage, frequency and output; after a time of warming up one reading for the rated data.
 */
#include <math.h>

#include "procedure/acquire.h"
#include "procedure/kinds.h"

struct params {
    double warm_minutes; /* slip and current of a cold motor are not those of its nameplate */
    double adjust_s;     /* between two corrections of the torque to rated output */
};

struct state {
    bool reading;
    double begun_s, adjusted_s;
    struct mb_acquire acquire;
};

static const struct mb_field fields[] = {
    {"warm_minutes", MB_FIELD_NUMBER, offsetof(struct params, warm_minutes), .maximum = 600},
    {"adjust_s", MB_FIELD_NUMBER, offsetof(struct params, adjust_s), .minimum = 1, .maximum = 600},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params = (struct params){.warm_minutes = 10, .adjust_s = 10};
}

static enum mb_step_result load(struct mb_step *step)
{
    struct state *s = step->state;

    s->adjusted_s = step_now_s(step);
    return step_heating_load(step);
}

static enum mb_step_result begin(struct mb_step *step)
{
    ((struct state *)step->state)->begun_s = step_now_s(step);
    step->data->heating_v = 0; /* an item before may have heated at reduced voltage */
    return load(step);
}

static enum mb_step_result warm(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    double now_s = step_now_s(step), n_rpm = step_value(snapshot, MB_SIGNAL_N);
    struct state *s = step->state;

    if (now_s - s->adjusted_s < p->adjust_s || !(n_rpm > 0))
        return MB_STEP_GOES_ON;
    step->data->rated_torque_nm = mb_motor_torque_nm(step->data->motor, n_rpm);
    step_waiting(step, "warming up at rated load: %.0f of %.0f min", (now_s - s->begun_s) / 60,
                 p->warm_minutes);
    step->services->progress(step->userdata,
                             fmin(0.95, (now_s - s->begun_s) / 60 / fmax(p->warm_minutes, 1e-3)));
    if (now_s - s->begun_s < p->warm_minutes * 60)
        return load(step);
    s->reading = true;
    return mb_acquire_heating_load(&s->acquire, step);
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    struct state *s = step->state;
    enum mb_step_result result = MB_STEP_GOES_ON;

    if (!s->reading)
        return warm(step, snapshot);
    switch (mb_acquire_tick(&s->acquire, step, snapshot, "rating/load", 0, &result)) {
    case MB_ACQUIRE_TAKEN:
        break;
    case MB_ACQUIRE_ENDED:
        return result;
    case MB_ACQUIRE_BUSY:
    case MB_ACQUIRE_REJECTED:
        return MB_STEP_GOES_ON;
    }
    result = step_record(step, "reading", "rating/load", 0, mb_acquire_values(&s->acquire, mb_load_columns),
                         mb_acquire_rest(&s->acquire, mb_load_columns));
    if (result == MB_STEP_GOES_ON)
        step_event(step, "reading", "rated load %.2f N m, %.4g A, %.2f r/min", s->acquire.torque_nm,
                   mb_window_reading(&s->acquire.window, MB_SIGNAL_I).value,
                   mb_window_reading(&s->acquire.window, MB_SIGNAL_N).value);
    return result == MB_STEP_GOES_ON ? MB_STEP_DONE : result;
}

const struct mb_step_kind mb_step_rating = {
    .name = "rating",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .begin = begin,
    .tick = tick,
};
