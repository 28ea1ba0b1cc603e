/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `pull-up`: the least torque of a synchronous motor while it runs up, at rated voltage: what its magnets
 * brake does not go with the voltage. The load machine holds the shaft from standstill on and takes it up;
 * after a rest the motor starts once more and is taken down again, so that the torque of inertia cancels. A
 * motor that runs up carries its starting current: each direction has its own time with the outputs on. */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "procedure/kinds.h"
#include "procedure/sweep_points.h"

#define VOLTAGE_NEAR 0.01 /* of rated, before the sweep begins: the judge takes 2 % */
#define SPEED_NEAR 0.05   /* of synchronous, from where the sweep begins [E] */
#define SPEED_LOST 0.15   /* of synchronous, off what was asked for: the load machine does not hold it [E] */
#define LOST_READINGS 3
#define TORQUE_SHARE 0.9  /* of the bench's limit: more than at standstill may come later [E] */
#define OVERLOAD_FROM 1.5 /* of rated current, what heat_s counts from: as the bench's own protection */

struct params {
    double lowest_percent, highest_percent; /* of synchronous speed */
    double seconds;                         /* each way, and longer where that gives fewer readings than: */
    int readings;
    double heat_s; /* (I/IN)^2 s each way, beyond which it is given up; the bench's protection ends at 800 */
    double rest_s; /* outputs off before each way */
    double timeout_s; /* voltage and speed stand by then or it is not swept */
};

struct state {
    bool on, moves;
    enum mb_sweep_branch branch;
    double off_s, on_s, share, last_s, heat_s, asked_rpm;
    int lost; /* readings, one after the other */
    struct sweep_points points;
};

static const struct mb_field fields[] = {
    {"lowest_percent", MB_FIELD_NUMBER, offsetof(struct params, lowest_percent), .minimum = 0.5,
     .maximum = 10},
    {"highest_percent", MB_FIELD_NUMBER, offsetof(struct params, highest_percent), .minimum = 60,
     .maximum = 98},
    {"seconds", MB_FIELD_NUMBER, offsetof(struct params, seconds), .minimum = 2, .maximum = 120},
    {"readings", MB_FIELD_INTEGER, offsetof(struct params, readings), .minimum = 5, .maximum = 400},
    {"heat_s", MB_FIELD_NUMBER, offsetof(struct params, heat_s), .minimum = 10, .maximum = 800},
    {"rest_s", MB_FIELD_NUMBER, offsetof(struct params, rest_s), .maximum = 3600},
    {"timeout_s", MB_FIELD_NUMBER, offsetof(struct params, timeout_s), .minimum = 1, .maximum = 600},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params = (struct params){.lowest_percent = 1,
                                               .highest_percent = 90,
                                               .seconds = 20,
                                               .readings = 20,
                                               .heat_s = 750,
                                               .rest_s = 120,
                                               .timeout_s = 20};
}

/* What cannot be swept here is said in the record and judged there. */
static enum mb_step_result finish(struct mb_step *step, const char *reason)
{
    const struct state *s = step->state;
    json_t *values = json_pack("{s:o}", "points", sweep_points_json(&s->points));
    enum mb_step_result r;

    step_switch_off(step);
    if (reason && values)
        (void)json_object_set_new(values, "reason", json_string(reason));
    r = step_record(step, "reading", "rating/pull-up", 0, values, NULL);
    if (r != MB_STEP_GOES_ON)
        return r;
    step_event(step, reason ? "note" : "reading", "pull-up torque: %s",
               reason ? reason : "swept up and down at rated voltage");
    return MB_STEP_DONE;
}

static enum mb_step_result begin(struct mb_step *step)
{
    const struct mb_motor *m = step->data->motor;
    double limit_a = step->services->limit(step->userdata, MB_SIGNAL_I),
           starts_a = m->rated.locked_rotor_current_ratio * m->rated.current_a,
           limit_nm = step->services->limit(step->userdata, MB_SIGNAL_T),
           starts_nm = m->rated.locked_rotor_torque_ratio * mb_motor_torque_nm(m, m->rated.speed_rpm);
    struct state *s = step->state;
    char reason[120];

    s->branch = MB_SWEEP_UP;
    step_switch_off(step);
    s->off_s = step_now_s(step);
    if (starts_a > limit_a)
        (void)snprintf(reason, sizeof reason, "it starts with %.4g A, the bench carries %.4g A", starts_a,
                       limit_a);
    else if (starts_nm > limit_nm)
        (void)snprintf(reason, sizeof reason, "it starts with %.4g N m, the bench holds %.4g N m", starts_nm,
                       limit_nm);
    else
        return step_measure(step, MB_BENCH_RUNNING);
    return finish(step, reason);
}

/* Where this direction is at its share of the way: slowly at the bottom, for magnets brake most at the few
 * percent of synchronous speed where their reactance is the winding's resistance. */
static double wanted_rpm(const struct mb_step *step)
{
    const struct params *p = step->plan->params;
    const struct state *s = step->state;
    double share = s->branch == MB_SWEEP_UP ? s->share : 1 - s->share;

    return mb_motor_synchronous_speed(step->data->motor) * p->lowest_percent / 100 *
           pow(p->highest_percent / p->lowest_percent, share);
}

static enum mb_step_result ask_speed(struct mb_step *step)
{
    struct state *s = step->state;
    int r;

    s->asked_rpm = wanted_rpm(step);
    r = step->services->set_load_speed(step->userdata, s->asked_rpm);
    if (r == -ENOTSUP)
        return finish(step, "the load machine of this bench cannot hold a speed");
    return r < 0 ? step_fault(step, "the load machine refuses %.0f r/min", s->asked_rpm) : MB_STEP_GOES_ON;
}

/* From standstill each way, with the speed held before there is a voltage. */
static enum mb_step_result switch_on(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct mb_motor_rated *rated = &step->data->motor->rated;
    struct state *s = step->state;
    double rested_s = step_now_s(step) - s->off_s;
    enum mb_step_result r;

    if (!step_may_approach(step, snapshot))
        return MB_STEP_GOES_ON;
    if (rested_s < p->rest_s) {
        step_waiting(step, "the winding rests: %.0f of %.0f s", rested_s, p->rest_s);
        return MB_STEP_GOES_ON;
    }
    r = step_switch_on(step, &s->on, rated->frequency_hz, rated->voltage_v);
    if (!s->on)
        return r;
    s->on_s = s->last_s = step_now_s(step);
    s->share = s->heat_s = 0;
    s->lost = 0;
    s->moves = false;
    return ask_speed(step);
}

/* Why it is given up, NULL: it is not. As much heat as this reading brought may come until the next one. */
static const char *trouble(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct mb_motor *m = step->data->motor;
    struct state *s = step->state;
    double share = step_value(snapshot, MB_SIGNAL_I) / m->rated.current_a;
    double heat_s = (share * share - OVERLOAD_FROM * OVERLOAD_FROM) * (step_now_s(step) - s->last_s);
    bool lost = s->moves && fabs(step_value(snapshot, MB_SIGNAL_N) - s->asked_rpm) >
                                SPEED_LOST * mb_motor_synchronous_speed(m);

    if (isfinite(heat_s))
        s->heat_s = fmax(0, s->heat_s + heat_s);
    s->lost = lost ? s->lost + 1 : 0;
    if (s->lost >= LOST_READINGS)
        return "the load machine does not hold the speed";
    if (step_value(snapshot, MB_SIGNAL_T) > TORQUE_SHARE * step->services->limit(step->userdata, MB_SIGNAL_T))
        return "its torque comes near the limit of this bench";
    return s->heat_s + heat_s > p->heat_s ? "the starting current lasts too long for the winding" : NULL;
}

/* Voltage and speed stand where the sweep begins. */
static enum mb_step_result approach(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    double synchronous_rpm = mb_motor_synchronous_speed(step->data->motor);
    struct state *s = step->state;

    s->moves = step->services->settled(step->userdata, VOLTAGE_NEAR, 1) &&
               fabs(step_value(snapshot, MB_SIGNAL_N) - s->asked_rpm) <= SPEED_NEAR * synchronous_rpm;
    if (!s->moves)
        step_waiting(step, "held at %.0f r/min until the voltage stands", s->asked_rpm);
    else
        step_waiting(step, "sweeping at rated voltage, %s", s->branch == MB_SWEEP_UP ? "up" : "down");
    return !s->moves && step_now_s(step) - s->on_s > p->timeout_s
               ? finish(step, "voltage and speed did not stand in time")
               : ask_speed(step);
}

/* The other way, or the end. */
static enum mb_step_result turn(struct mb_step *step)
{
    struct state *s = step->state;

    if (s->branch == MB_SWEEP_DOWN)
        return finish(step, NULL);
    step_switch_off(step);
    s->off_s = step_now_s(step);
    s->on = false;
    s->branch = MB_SWEEP_DOWN;
    return MB_STEP_GOES_ON;
}

static enum mb_step_result sweep(struct mb_step *step, const struct mb_snapshot *snapshot, double dt_s)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;

    sweep_points_add(&s->points, snapshot, s->branch);
    if (s->share >= 1)
        return turn(step);
    s->share = fmin(1, s->share + fmin(dt_s / p->seconds, 1.0 / p->readings));
    step->services->progress(step->userdata, ((s->branch == MB_SWEEP_DOWN) + s->share) / 2);
    return ask_speed(step);
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    struct state *s = step->state;
    double dt_s = step_now_s(step) - s->last_s;
    const char *reason;

    if (!s->on)
        return switch_on(step, snapshot);
    reason = trouble(step, snapshot);
    s->last_s = step_now_s(step);
    if (reason)
        return finish(step, reason);
    return s->moves ? sweep(step, snapshot, dt_s) : approach(step, snapshot);
}

const struct mb_step_kind mb_step_pull_up = {
    .name = "pull-up",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .begin = begin,
    .tick = tick,
};
