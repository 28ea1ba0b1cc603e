/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `sweep`: breakdown and pull-up torque (procedures A7). The load machine takes the speed down and up again
 * in equal time while the motor runs at reduced voltage; both directions are recorded, so that the torque of
 * inertia cancels. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "method/rating.h"
#include "procedure/kinds.h"

#define CURRENT_SHARE 0.9   /* of the bench's limit */
#define CURRENT_ASSUMED 8.0 /* locked rotor, in multiples of the rated current, where nothing is declared */

struct params {
    double voltage_percent; /* at most; less where the bench's current asks for it */
    double lowest_percent;  /* of synchronous speed */
    double seconds;         /* each way */
    double timeout_s;       /* to run up */
};

enum branch { DOWN, UP };
static const char *const branches[] = {"down", "up"};

struct state {
    bool on, running;
    double begun_s, from_rpm, voltage_v;
    enum branch branch;
    size_t count;
    struct {
        enum branch branch;
        double u_v, i_a, t_nm, n_rpm;
    } points[MB_SWEEP_POINTS_MAX];
};

static const struct mb_field fields[] = {
    {"voltage_percent", MB_FIELD_NUMBER, offsetof(struct params, voltage_percent), .minimum = 10,
     .maximum = 110},
    {"lowest_percent", MB_FIELD_NUMBER, offsetof(struct params, lowest_percent), .minimum = 1, .maximum = 90},
    {"seconds", MB_FIELD_NUMBER, offsetof(struct params, seconds), .minimum = 2, .maximum = 600},
    {"timeout_s", MB_FIELD_NUMBER, offsetof(struct params, timeout_s), .minimum = 1, .maximum = 600},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params =
        (struct params){.voltage_percent = 60, .lowest_percent = 5, .seconds = 20, .timeout_s = 120};
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
    return step->services->measure(step->userdata, MB_BENCH_RUNNING) < 0
               ? step_fault(step, "the bench cannot be read")
               : MB_STEP_GOES_ON;
}

static json_t *points_json(const struct state *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->count; i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:f, s:f, s:f, s:f}", "branch",
                                                    branches[s->points[i].branch], "u_v", s->points[i].u_v,
                                                    "i_a", s->points[i].i_a, "t_nm", s->points[i].t_nm,
                                                    "n_rpm", s->points[i].n_rpm));
    return list;
}

/* What cannot be swept here is said in the record and judged there. */
static enum mb_step_result finish(struct mb_step *step, const char *reason)
{
    const struct state *s = step->state;
    json_t *values =
        reason ? json_pack("{s:s}", "reason", reason) : json_pack("{s:o}", "points", points_json(s));
    enum mb_step_result r;

    step_switch_off(step);
    step_event(step, reason ? "note" : "reading", "torque over speed: %s",
               reason ? reason : "swept down and up");
    r = step_record(step, "reading", "rating/sweep", 0, values, NULL);
    return r == MB_STEP_GOES_ON ? MB_STEP_DONE : r;
}

static void take_point(struct state *s, const struct mb_snapshot *snapshot)
{
    double u = step_value(snapshot, MB_SIGNAL_U), i = step_value(snapshot, MB_SIGNAL_I);
    double t = step_value(snapshot, MB_SIGNAL_T), n = step_value(snapshot, MB_SIGNAL_N);

    if (s->count >= MB_SWEEP_POINTS_MAX || !isfinite(u + i + t + n))
        return;
    s->points[s->count].branch = s->branch;
    s->points[s->count].u_v = u;
    s->points[s->count].i_a = i;
    s->points[s->count].t_nm = t;
    s->points[s->count++].n_rpm = n;
}

static enum mb_step_result sweep(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    double lowest_rpm = mb_motor_synchronous_speed(step->data->motor) * p->lowest_percent / 100;
    double share = (step_now_s(step) - s->begun_s) / p->seconds, target_rpm;
    int r;

    take_point(s, snapshot);
    if (share >= 2)
        return finish(step, NULL);
    s->branch = share < 1 ? DOWN : UP;
    step->services->progress(step->userdata, share / 2);
    target_rpm = s->from_rpm + (lowest_rpm - s->from_rpm) * (share < 1 ? share : 2 - share);
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
        s->from_rpm = n_rpm;
        s->begun_s = step_now_s(step);
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
