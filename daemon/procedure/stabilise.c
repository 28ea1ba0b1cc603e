/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `no-load-stabilise`: bearing losses are stable when two readings of no-load input half an hour apart differ
 * by at most 3 % (procedures A1.5). */
#include <math.h>

#include "procedure/acquire.h"
#include "procedure/kinds.h"

/* Torque of an uncoupled shaft: zero drift of the transducer, share of rated torque [laboratory choice]. */
#define UNCOUPLED_SHARE 0.01

struct params {
    double change_percent, interval_minutes, maximum_hours, fluctuation_power_percent;
};

struct state {
    double begun_s, next_s, previous_w; /* previous NAN: none yet */
    bool acquiring;
    int count;
    struct mb_acquire acquire;
};

static const struct mb_field fields[] = {
    {"change_percent", MB_FIELD_NUMBER, offsetof(struct params, change_percent), .maximum = 20,
     .exclusive_minimum = true},
    {"interval_minutes", MB_FIELD_NUMBER, offsetof(struct params, interval_minutes), .minimum = 1,
     .maximum = 120},
    {"maximum_hours", MB_FIELD_NUMBER, offsetof(struct params, maximum_hours), .maximum = 24,
     .exclusive_minimum = true},
    {"fluctuation_power_percent", MB_FIELD_NUMBER, offsetof(struct params, fluctuation_power_percent),
     .maximum = 20},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params =
        (struct params){.change_percent = 3, .interval_minutes = 30, .maximum_hours = 6};
}

static enum mb_step_result begin(struct mb_step *step)
{
    struct state *s = step->state;

    s->begun_s = s->next_s = step_now_s(step);
    s->previous_w = NAN;
    return MB_STEP_GOES_ON;
}

static enum mb_step_result compare(struct mb_step *step)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    double power_w = mb_window_reading(&s->acquire.window, MB_SIGNAL_P).value;
    double change = isnan(s->previous_w) ? NAN : 100 * fabs(power_w / s->previous_w - 1);
    double torque_nm = mb_window_reading(&s->acquire.window, MB_SIGNAL_T).value;
    enum mb_step_result r;

    /* An answer "done" does not uncouple a motor: what the load machine drags would count as friction. */
    if (fabs(torque_nm) > UNCOUPLED_SHARE * step->data->rated_torque_nm)
        return step_invalid(step, "the shaft carries %.3g N m at no load: is the motor uncoupled?",
                            torque_nm);
    r = step_record(step, "reading", "monitor", s->count++,
                    json_pack("{s:f, s:f}", "elapsed_s", step_now_s(step) - s->begun_s, "p0_w", power_w),
                    mb_acquire_rest(&s->acquire, mb_no_load_columns));
    if (r != MB_STEP_GOES_ON)
        return r;
    if (change <= p->change_percent) {
        step_event(step, "note", "no-load input %.1f W, changed by %.2f %% in %.0f min", power_w, change,
                   p->interval_minutes);
        return MB_STEP_DONE;
    }
    if (!isnan(change))
        step_event(step, "note",
                   "bearings not stable: no-load input changed by %.2f %% in %.0f min, allowed %.1f %%",
                   change, p->interval_minutes, p->change_percent);
    s->previous_w = power_w;
    s->acquiring = false;
    s->next_s += p->interval_minutes * 60;
    return MB_STEP_GOES_ON;
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    double now = mb_snapshot_t_s(snapshot);
    enum mb_step_result result = MB_STEP_GOES_ON;

    if (now - s->begun_s > p->maximum_hours * 3600)
        return step_invalid(step, "bearing losses not stable within %.1f h", p->maximum_hours);
    if (!s->acquiring) {
        if (now < s->next_s) {
            step_waiting(step, "bearing losses: next reading of no-load input in %.0f min",
                         ceil((s->next_s - now) / 60));
            return MB_STEP_GOES_ON;
        }
        s->acquiring = true;
        s->acquire.fluctuation_power = p->fluctuation_power_percent / 100;
        return mb_acquire_begin(&s->acquire, step, step->data->motor->rated.voltage_v, 0) < 0
                   ? step_fault(step, "rated voltage is beyond the limits of this bench")
                   : MB_STEP_GOES_ON;
    }
    switch (mb_acquire_tick(&s->acquire, step, snapshot, "monitor", s->count, &result)) {
    case MB_ACQUIRE_TAKEN:
        return compare(step);
    case MB_ACQUIRE_ENDED:
        return result;
    case MB_ACQUIRE_BUSY:
    case MB_ACQUIRE_REJECTED:
        break;
    }
    return MB_STEP_GOES_ON;
}

const struct mb_step_kind mb_step_stabilise = {
    .name = "no-load-stabilise",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .begin = begin,
    .tick = tick,
};
