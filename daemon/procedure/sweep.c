/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `sweep`: breakdown and pull-up torque (procedures A7). The load machine takes the speed down and up again
 * in equal time while the motor runs at reduced voltage; both directions are recorded, so that the torque of
 * inertia cancels. What counts seconds counts readings too: a bench that gives few of them is swept in small
 * steps, and the sweep turns only where a reading shows that the lowest speed was reached. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "procedure/kinds.h"
#include "procedure/sweep_points.h"

#define CURRENT_SHARE 0.9   /* of the bench's limit */
#define CURRENT_ASSUMED 8.0 /* locked rotor, in multiples of the rated current, where nothing is declared */
#define LOWEST_NEAR 1.2     /* times the lowest speed: it was reached [laboratory choice] */

struct params {
    double voltage_percent; /* at most; less where the bench's current asks for it */
    double lowest_percent;  /* of synchronous speed */
    double seconds;         /* each way, and longer where that gives fewer readings than: */
    int readings;
    double timeout_s; /* to run up */
};

struct state {
    bool on, running;
    double begun_s, from_rpm, voltage_v;
    enum mb_sweep_branch branch;
    double share, last_s; /* of the way of this branch, as asked for at last_s */
    int lowest;           /* readings at the lowest speed */
    struct sweep_points points;
};

static const struct mb_field fields[] = {
    {"voltage_percent", MB_FIELD_NUMBER, offsetof(struct params, voltage_percent), .minimum = 10,
     .maximum = 110},
    {"lowest_percent", MB_FIELD_NUMBER, offsetof(struct params, lowest_percent), .minimum = 1, .maximum = 90},
    {"seconds", MB_FIELD_NUMBER, offsetof(struct params, seconds), .minimum = 2, .maximum = 600},
    {"readings", MB_FIELD_INTEGER, offsetof(struct params, readings), .minimum = 2, .maximum = 400},
    {"timeout_s", MB_FIELD_NUMBER, offsetof(struct params, timeout_s), .minimum = 1, .maximum = 600},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params = (struct params){
        .voltage_percent = 60, .lowest_percent = 5, .seconds = 20, .readings = 12, .timeout_s = 120};
}

static enum mb_step_result begin(struct mb_step *step)
{
    const struct mb_motor_rated *rated = &step->data->motor->rated;
    double ratio =
        isfinite(rated->locked_rotor_current_ratio) ? rated->locked_rotor_current_ratio : CURRENT_ASSUMED;
    double share =
        CURRENT_SHARE * step->services->limit(step->userdata, MB_SIGNAL_I) / (ratio * rated->current_a);
    const struct params *p = step->plan->params;
    struct state *s = step->state;

    s->voltage_v = rated->voltage_v * fmin(p->voltage_percent / 100, share);
    step_switch_off(step);
    return step_measure(step, MB_BENCH_RUNNING);
}

/* What cannot be swept here is said in the record and judged there. */
static enum mb_step_result finish(struct mb_step *step, const char *reason)
{
    const struct state *s = step->state;
    json_t *values = reason ? json_pack("{s:s}", "reason", reason)
                            : json_pack("{s:o}", "points", sweep_points_json(&s->points));
    enum mb_step_result r;

    step_switch_off(step);
    r = step_record(step, "reading", "rating/sweep", 0, values, NULL);
    if (r != MB_STEP_GOES_ON)
        return r;
    step_event(step, reason ? "note" : "reading", "torque over speed: %s",
               reason ? reason : "swept down and up");
    return MB_STEP_DONE;
}

/* The second reading there: the first may have come from a shaft that still slowed down. Both directions
 * have it, so that their mean reaches as far down as the sweep did. */
static bool turns(struct mb_step *step, const struct mb_snapshot *snapshot, double lowest_rpm)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;

    if (s->branch == MB_SWEEP_UP || s->share < 1)
        return false;
    if (step_value(snapshot, MB_SIGNAL_N) <= LOWEST_NEAR * lowest_rpm && ++s->lowest >= 2) {
        sweep_points_add(&s->points, snapshot, MB_SWEEP_UP);
        return true;
    }
    /* The judge sees that it was not reached. */
    return step_now_s(step) - s->begun_s > 2 * p->seconds + p->timeout_s;
}

static enum mb_step_result sweep(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    double lowest_rpm = mb_motor_synchronous_speed(step->data->motor) * p->lowest_percent / 100;
    double now_s = step_now_s(step), target_rpm;
    int r;

    sweep_points_add(&s->points, snapshot, s->branch);
    if (s->branch == MB_SWEEP_UP && s->share >= 1)
        return finish(step, NULL);
    if (turns(step, snapshot, lowest_rpm)) {
        s->branch = MB_SWEEP_UP;
        s->share = 0;
    } else {
        s->share = fmin(1, s->share + fmin((now_s - s->last_s) / p->seconds, 1.0 / p->readings));
    }
    s->last_s = now_s;
    step->services->progress(step->userdata, ((s->branch == MB_SWEEP_UP) + s->share) / 2);
    target_rpm =
        s->from_rpm + (lowest_rpm - s->from_rpm) * (s->branch == MB_SWEEP_DOWN ? s->share : 1 - s->share);
    r = step->services->set_load_speed(step->userdata, target_rpm);
    if (r == -ENOTSUP)
        return finish(step, "the load machine of this bench cannot hold a speed");
    return r < 0 ? step_fault(step, "the load machine refuses %.0f r/min", target_rpm) : MB_STEP_GOES_ON;
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct mb_motor *m = step->data->motor;
    struct state *s = step->state;
    double n_rpm = step_value(snapshot, MB_SIGNAL_N);

    if (s->running)
        return sweep(step, snapshot);
    if (!s->on) {
        s->begun_s = step_now_s(step);
        return step_switch_on(step, &s->on, m->rated.frequency_hz, s->voltage_v);
    }
    if (n_rpm >= 0.95 * mb_motor_synchronous_speed(m) && step->services->settled(step->userdata, 0.02, 1)) {
        s->running = true;
        s->branch = MB_SWEEP_DOWN;
        s->from_rpm = n_rpm;
        s->begun_s = s->last_s = step_now_s(step);
        return MB_STEP_GOES_ON;
    }
    return step_now_s(step) - s->begun_s > p->timeout_s
               ? step_invalid(step, "the motor did not run up at %.0f V within %.0f s", s->voltage_v,
                              p->timeout_s)
               : MB_STEP_GOES_ON;
}

const struct mb_step_kind mb_step_sweep = {
    .name = "sweep",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .begin = begin,
    .tick = tick,
};
