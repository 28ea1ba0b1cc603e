/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `pull-out`: at rated voltage and frequency the load of a synchronous motor is raised step by step, each
 * held until it stands, until the rotor falls out of step; the outputs go off at once then. The points are
 * one reading; which of them is the pull-out torque, the judge says. */
#include <math.h>

#include "bench/window.h"
#include "method/synchronous_torque.h"
#include "procedure/kinds.h"

#define VOLTAGE_NEAR 0.01 /* of the target, before a point is read: the judge takes 2 % */

struct params {
    double from_percent, step_percent; /* of rated torque */
    double window_s;                   /* of a point */
    double settle_s;                   /* a point that does not stand by then is left out */
    double timeout_s;                  /* to run up */
};

struct state {
    bool on, up;
    double begun_s, asked_s, torque_nm; /* asked_s: when this torque was asked for */
    size_t level, count, out;           /* out: readings out of step, one after the other */
    struct mb_window window;
    struct {
        double u_v, i_a, t_nm, n_rpm, f_hz;
    } points[MB_PULL_POINTS_MAX];
};

static const struct mb_field fields[] = {
    {"from_percent", MB_FIELD_NUMBER, offsetof(struct params, from_percent), .minimum = 10, .maximum = 300},
    {"step_percent", MB_FIELD_NUMBER, offsetof(struct params, step_percent), .minimum = 1, .maximum = 25},
    {"window_s", MB_FIELD_NUMBER, offsetof(struct params, window_s), .minimum = 0.5, .maximum = 30},
    {"settle_s", MB_FIELD_NUMBER, offsetof(struct params, settle_s), .minimum = 5, .maximum = 300},
    {"timeout_s", MB_FIELD_NUMBER, offsetof(struct params, timeout_s), .minimum = 1, .maximum = 600},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params = (struct params){
        .from_percent = 100, .step_percent = 5, .window_s = 1, .settle_s = 30, .timeout_s = 120};
}

static enum mb_step_result begin(struct mb_step *step)
{
    struct state *s = step->state;

    /* The motor that the reading at rated load has left running, warm as it is. */
    s->on = step->services->energised(step->userdata);
    s->begun_s = step_now_s(step);
    return step_measure(step, MB_BENCH_RUNNING);
}

static json_t *points_json(const struct state *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->count; i++)
        (void)json_array_append_new(list, json_pack("{s:f, s:f, s:f, s:f, s:f}", "u_v", s->points[i].u_v,
                                                    "i_a", s->points[i].i_a, "t_nm", s->points[i].t_nm,
                                                    "n_rpm", s->points[i].n_rpm, "f_hz", s->points[i].f_hz));
    return list;
}

/* ended: "out-of-step", or "limit" of the bench */
static enum mb_step_result finish(struct mb_step *step, const char *ended)
{
    const struct state *s = step->state;
    enum mb_step_result r;

    step_switch_off(step);
    r = step_record(
        step, "reading", "rating/pull-out", 0,
        json_pack("{s:s, s:f, s:o}", "ended", ended, "asked_nm", s->torque_nm, "points", points_json(s)),
        NULL);
    if (r == MB_STEP_GOES_ON)
        step_event(step, "reading", "pull-out: %s at %.4g N m", ended, s->torque_nm);
    return r == MB_STEP_GOES_ON ? MB_STEP_DONE : r;
}

/* The next torque. */
static enum mb_step_result load_more(struct mb_step *step)
{
    const struct params *p = step->plan->params;
    const struct mb_motor *m = step->data->motor;
    struct state *s = step->state;
    double torque_nm = mb_motor_torque_nm(m, m->rated.speed_rpm) *
                       (p->from_percent + p->step_percent * (double)s->level++) / 100;

    if (s->count == MB_PULL_POINTS_MAX || torque_nm > step->services->limit(step->userdata, MB_SIGNAL_T))
        return finish(step, "limit");
    s->torque_nm = torque_nm;
    s->asked_s = step_now_s(step);
    mb_window_clear(&s->window);
    step_waiting(step, "loading until it falls out of step: %.4g N m", torque_nm);
    return step->services->set_targets(step->userdata, m->rated.voltage_v, torque_nm) < 0
               ? finish(step, "limit")
               : MB_STEP_GOES_ON;
}

static void keep(struct state *s)
{
    const struct mb_window *w = &s->window;

    s->points[s->count].u_v = mb_window_reading(w, MB_SIGNAL_U).value;
    s->points[s->count].i_a = mb_window_reading(w, MB_SIGNAL_I).value;
    s->points[s->count].t_nm = mb_window_reading(w, MB_SIGNAL_T).value;
    s->points[s->count].n_rpm = mb_window_reading(w, MB_SIGNAL_N).value;
    s->points[s->count++].f_hz = mb_window_reading(w, MB_SIGNAL_F).value;
}

static enum mb_step_result hold(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    double n_rpm = step_value(snapshot, MB_SIGNAL_N), f_hz = step_value(snapshot, MB_SIGNAL_F);
    bool readable = isfinite(n_rpm + f_hz + step_value(snapshot, MB_SIGNAL_U) +
                             step_value(snapshot, MB_SIGNAL_I) + step_value(snapshot, MB_SIGNAL_T));
    struct state *s = step->state;

    /* Two readings: a single one may be of a rotor that swings. */
    s->out =
        isfinite(n_rpm + f_hz) && !mb_in_step(n_rpm, f_hz, step->data->motor->rated.poles) ? s->out + 1 : 0;
    if (s->out >= 2)
        return finish(step, "out-of-step");
    if (s->out == 0 && readable &&
        step->services->settled(step->userdata, VOLTAGE_NEAR, p->step_percent / 2 / p->from_percent))
        mb_window_add(&s->window, snapshot);
    else
        mb_window_clear(&s->window);
    if (mb_window_lasts(&s->window, p->window_s)) {
        keep(s);
        return load_more(step);
    }
    return step_now_s(step) - s->asked_s > p->settle_s ? load_more(step) : MB_STEP_GOES_ON;
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct mb_motor_rated *rated = &step->data->motor->rated;
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    enum mb_step_result r;

    if (s->up)
        return hold(step, snapshot);
    if (!s->on)
        return step_switch_on(step, &s->on, rated->frequency_hz, rated->voltage_v);
    r = step_run_up(
        step, snapshot,
        &(struct step_run_up){rated->frequency_hz, 1 - MB_PULL_OUT_SLIP, s->begun_s, p->timeout_s}, &s->up);
    return s->up ? load_more(step) : r;
}

const struct mb_step_kind mb_step_pull_out = {
    .name = "pull-out",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .begin = begin,
    .tick = tick,
};
