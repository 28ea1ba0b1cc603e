/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `cogging`: the load machine turns a motor without current so slowly that the torque of its magnets towards
 * the teeth can be read. A bench whose load machine does not drive says so in the record, and the test goes
 * on. */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "document/number_json.h"
#include "method/synchronous_torque.h"
#include "procedure/kinds.h"

/* Of the speed asked for, to either side, or a digit of a speed meter; the bench's protection has the same.
 */
#define SPEED_NEAR 0.2
#define SPEED_NEAR_RPM 2.0

struct params {
    double speed_rpm;
    double turns; /* at least, and more where that gives fewer readings than: */
    int readings;
    double dwell_s;   /* at this speed before the first reading counts */
    double timeout_s; /* then it ends with what there is */
};

struct state {
    bool on;
    double begun_s, steady_s; /* steady_s: since when it turns as asked for, NAN: not now */
    double uncertainty_nm;    /* standard one of the transducer, the largest */
    size_t count;
    struct mb_cogging_point points[MB_COGGING_POINTS_MAX];
};

static const struct mb_field fields[] = {
    {"speed_rpm", MB_FIELD_NUMBER, offsetof(struct params, speed_rpm), .minimum = 0.05, .maximum = 60},
    {"turns", MB_FIELD_NUMBER, offsetof(struct params, turns), .minimum = 1, .maximum = 100},
    {"readings", MB_FIELD_INTEGER, offsetof(struct params, readings), .minimum = MB_COGGING_POINTS_MIN,
     .maximum = MB_COGGING_POINTS_MAX},
    {"dwell_s", MB_FIELD_NUMBER, offsetof(struct params, dwell_s), .maximum = 60},
    {"timeout_s", MB_FIELD_NUMBER, offsetof(struct params, timeout_s), .minimum = 10, .maximum = 7200},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params =
        (struct params){.speed_rpm = 0.7, .turns = 1, .readings = 360, .dwell_s = 5, .timeout_s = 900};
}

static json_t *points_json(const struct state *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->count; i++)
        (void)json_array_append_new(
            list, json_pack("{s:f, s:f}", "angle_deg", s->points[i].angle_deg, "t_nm", s->points[i].t_nm));
    return list;
}

/* What cannot be read here is said in the record and noted there. */
static enum mb_step_result finish(struct mb_step *step, const char *reason)
{
    const struct state *s = step->state;
    json_t *values = reason ? json_pack("{s:s}", "reason", reason)
                            : json_pack("{s:o, s:o}", "u_t_nm", mb_json_number(s->uncertainty_nm), "points",
                                        points_json(s));
    enum mb_step_result r;

    step_switch_off(step);
    r = step_record(step, "reading", "rating/cogging", 0, values, NULL);
    if (r != MB_STEP_GOES_ON)
        return r;
    if (reason)
        step_event(step, "note", "cogging torque: %s", reason);
    else
        step_event(step, "reading", "cogging torque: %zu readings over %.1f turns", s->count,
                   s->points[s->count - 1].angle_deg / 360);
    return MB_STEP_DONE;
}

static enum mb_step_result begin(struct mb_step *step)
{
    struct state *s = step->state;

    s->begun_s = step_now_s(step);
    s->steady_s = NAN;
    step_switch_off(step);
    if (step->data->motor->kind == MB_KIND_THREE_PHASE_SYNCHRONOUS)
        return finish(step, "a rotor with a field winding has no magnets");
    return step_measure(step, MB_BENCH_RUNNING);
}

static enum mb_step_result turn(struct mb_step *step)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    int r;

    if (!step->services->is_safe(step->userdata))
        return MB_STEP_GOES_ON;
    r = step->services->energise_load(step->userdata);
    if (r == -ENOTSUP)
        return finish(step, "the load machine of this bench does not drive");
    if (r < 0)
        return step_fault(step, "the bench refused to switch on");
    s->on = true;
    if (step->services->drive(step->userdata, p->speed_rpm) < 0)
        return step_fault(step, "%.4g r/min are beyond the limits of this bench", p->speed_rpm);
    step_waiting(step, "turned slowly with open terminals: %.4g r/min", p->speed_rpm);
    return MB_STEP_GOES_ON;
}

/* By the speed asked for, which the drive keeps: a speed meter has few digits for it. */
static void take_point(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct mb_reading *torque = &snapshot->signal[MB_SIGNAL_T];
    struct state *s = step->state;
    double counted_s = step_now_s(step) - s->steady_s - p->dwell_s;

    if (torque->validity != MB_VALID || !(counted_s >= 0) || s->count >= MB_COGGING_POINTS_MAX)
        return;
    s->uncertainty_nm =
        s->count == 0 ? torque->standard_uncertainty : fmax(s->uncertainty_nm, torque->standard_uncertainty);
    s->points[s->count++] = (struct mb_cogging_point){6 * p->speed_rpm * counted_s, torque->value};
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    double off_rpm = fabs(step_value(snapshot, MB_SIGNAL_N) - p->speed_rpm), turns;

    if (!s->on)
        return turn(step);
    if (off_rpm > fmax(SPEED_NEAR * p->speed_rpm, SPEED_NEAR_RPM)) {
        s->steady_s = NAN;
        s->count = 0;
    } else if (isnan(s->steady_s)) {
        s->steady_s = step_now_s(step);
    }
    take_point(step, snapshot);
    turns = s->count > 0 ? s->points[s->count - 1].angle_deg / 360 : 0;
    step->services->progress(step->userdata, fmin(turns / p->turns, (double)s->count / p->readings));
    if (turns >= p->turns && s->count >= (size_t)p->readings)
        return finish(step, NULL);
    if (step_now_s(step) - s->begun_s <= p->timeout_s && s->count < MB_COGGING_POINTS_MAX)
        return MB_STEP_GOES_ON;
    return s->count > 0 ? finish(step, NULL) : finish(step, "the shaft did not turn slowly and steadily");
}

const struct mb_step_kind mb_step_cogging = {
    .name = "cogging",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .begin = begin,
    .tick = tick,
};
