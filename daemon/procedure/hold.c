/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `hold`: over-torque, occasional overcurrent or overspeed of the standard for its time: no stall, no abrupt
 * change of speed. What is applied and for how long comes from the requirements. The outputs are off
 * afterwards. A motor that gives way is a result, not a fault: it is recorded and judged. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "procedure/kinds.h"

enum quantity { OVER_TORQUE, OVERCURRENT, OVERSPEED };

static const char *const quantities[] = {"over-torque", "occasional-overcurrent", "overspeed", NULL};
static const char *const units[] = {"N m", "A", "r/min"};
static const enum mb_signal signals[] = {MB_SIGNAL_T, MB_SIGNAL_I, MB_SIGNAL_N};

struct params {
    int quantity;          /* enum quantity */
    double stall_percent;  /* of the speed at the beginning: below it the motor has stalled */
    double abrupt_percent; /* of it: a change from one reading to the next beyond this is abrupt */
    double timeout_s;      /* to reach the value */
    double margin_percent; /* overspeed: frequency above what it takes without slip */
    double adjust_s;       /* overcurrent: between two corrections of the torque */
};

struct state {
    bool on, loaded, held;
    double wanted, time_s;                              /* of the requirement */
    double begun_s, held_since_s, adjusted_s;           /* begun: first tick with the output on */
    double speed_before_rpm, last_rpm, lowest, highest; /* r/min */
    double torque_nm, sum;
    size_t count;
};

static const struct mb_field fields[] = {
    {"quantity", MB_FIELD_CHOICE, offsetof(struct params, quantity), .required = true, .choices = quantities},
    {"stall_percent", MB_FIELD_NUMBER, offsetof(struct params, stall_percent), .minimum = 1, .maximum = 95},
    {"abrupt_percent", MB_FIELD_NUMBER, offsetof(struct params, abrupt_percent), .minimum = 1, .maximum = 95},
    {"timeout_s", MB_FIELD_NUMBER, offsetof(struct params, timeout_s), .minimum = 1, .maximum = 3600},
    {"margin_percent", MB_FIELD_NUMBER, offsetof(struct params, margin_percent), .maximum = 10},
    {"adjust_s", MB_FIELD_NUMBER, offsetof(struct params, adjust_s), .minimum = 0.5, .maximum = 60},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params = (struct params){
        .stall_percent = 50, .abrupt_percent = 10, .timeout_s = 120, .margin_percent = 1, .adjust_s = 3};
}

static int find_wanted(struct mb_step *step)
{
    const struct params *p = step->plan->params;
    const struct mb_circumstance circumstances[] = {
        {"starting-current", mb_motor_starting_current(step->data->motor)},
        {"rotor", "salient"},
        {NULL, NULL}};
    struct state *s = step->state;
    struct mb_requirement found;
    char time[64];

    if (step->services->requirement(step->userdata, quantities[p->quantity], circumstances, NAN, &found) < 0)
        return -1;
    s->wanted = found.limit;
    (void)snprintf(time, sizeof time, "%s-time", quantities[p->quantity]);
    if (step->services->requirement(step->userdata, time, circumstances, NAN, &found) < 0)
        return -1;
    s->time_s = found.limit;
    return isfinite(s->wanted) && isfinite(s->time_s) ? 0 : -1;
}

static enum mb_step_result begin(struct mb_step *step)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;

    s->highest = s->last_rpm = s->lowest = NAN;
    s->begun_s = step_now_s(step);
    /* The motor that a start has left running; overspeed has a frequency of its own. */
    s->on = p->quantity != OVERSPEED && step->services->energised(step->userdata);
    if (!s->on && step->services->energised(step->userdata))
        step_switch_off(step);
    if (find_wanted(step) < 0) {
        step_event(step, "note", "%s: nothing in the data for this nameplate, not applied",
                   quantities[p->quantity]);
        return MB_STEP_DONE;
    }
    if (s->wanted > step->services->limit(step->userdata, signals[p->quantity]))
        return step_invalid(step, "%s %.4g %s is beyond the limit %.4g %s of this bench",
                            quantities[p->quantity], s->wanted, units[p->quantity],
                            step->services->limit(step->userdata, signals[p->quantity]), units[p->quantity]);
    return step_measure(step, MB_BENCH_RUNNING);
}

/* ended: "time", "stall", "speed", "unreachable" */
static enum mb_step_result finish(struct mb_step *step, const char *ended, double now_s)
{
    const struct params *p = step->plan->params;
    const struct state *s = step->state;
    double applied = s->count ? s->sum / (double)s->count : s->highest;
    char store[80];
    enum mb_step_result r;

    step_switch_off(step);
    (void)snprintf(store, sizeof store, "mechanical-strength/%s", quantities[p->quantity]);
    r = step_record(step, "reading", store, 0,
                    json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:f}", "ended", ended, "wanted", s->wanted,
                              "applied", isfinite(applied) ? applied : 0, "held_s",
                              s->held ? now_s - s->held_since_s : 0, "time_s", s->time_s, "n_lowest_rpm",
                              isfinite(s->lowest) ? s->lowest : 0, "n_before_rpm", s->speed_before_rpm),
                    NULL);
    if (r == MB_STEP_GOES_ON)
        step_event(step, "reading", "%s %.4g %s: %s", quantities[p->quantity], applied, units[p->quantity],
                   ended);
    return r == MB_STEP_GOES_ON ? MB_STEP_DONE : r;
}

/* Of rated torque, for an error of rated current: less than what a motor takes near its breakdown, so that
 * the current comes from below [laboratory choice]. */
#define APPROACH 0.6

/* The torque that draws the current is found step by step from rated torque on, never beyond what the bench
 * allows. */
static double next_torque(const struct mb_step *step, double measured)
{
    const struct params *p = step->plan->params;
    const struct state *s = step->state;
    double rated_nm = step->data->rated_torque_nm, torque_nm = rated_nm;

    if (p->quantity == OVER_TORQUE)
        return s->wanted;
    if (s->loaded)
        torque_nm =
            s->torque_nm + APPROACH * rated_nm * (s->wanted - measured) / step->data->motor->rated.current_a;
    return fmin(torque_nm, step->services->limit(step->userdata, MB_SIGNAL_T));
}

/* A correction waits until what was read belongs to the torque before it. */
static enum mb_step_result load(struct mb_step *step, double measured, double now_s)
{
    const struct params *p = step->plan->params;
    const struct mb_motor *m = step->data->motor;
    struct state *s = step->state;

    if (p->quantity == OVERSPEED ||
        (s->loaded && (p->quantity == OVER_TORQUE || now_s - s->adjusted_s < p->adjust_s ||
                       !step->services->settled(step->userdata, 0.02, 0.02))))
        return MB_STEP_GOES_ON;
    s->torque_nm = next_torque(step, measured);
    s->loaded = true;
    s->adjusted_s = now_s;
    return step->services->set_targets(step->userdata, m->rated.voltage_v, s->torque_nm) < 0
               ? step_invalid(step, "%s: %.4g N m is beyond the limits of this bench",
                              quantities[p->quantity], s->torque_nm)
               : MB_STEP_GOES_ON;
}

static const char *gave_way(const struct params *p, const struct state *s, double n_rpm)
{
    if (p->quantity == OVERSPEED || !s->loaded)
        return NULL;
    if (n_rpm < s->speed_before_rpm * p->stall_percent / 100)
        return "stall";
    if (s->held && fabs(n_rpm - s->last_rpm) > s->speed_before_rpm * p->abrupt_percent / 100)
        return "speed";
    return NULL;
}

static bool running(struct mb_step *step, double n_rpm)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;

    if (s->loaded || p->quantity == OVERSPEED)
        return true;
    s->speed_before_rpm = n_rpm;
    return n_rpm >= 0.9 * mb_motor_synchronous_speed(step->data->motor) &&
           step->services->settled(step->userdata, 0.02, 1);
}

static enum mb_step_result apply(struct mb_step *step, double measured, double n_rpm)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    double now_s = step_now_s(step);
    const char *ended = gave_way(p, s, n_rpm);

    s->last_rpm = n_rpm;
    s->highest = fmax(s->highest, measured);
    if (s->loaded || p->quantity == OVERSPEED)
        s->lowest = fmin(s->lowest, n_rpm);
    if (ended)
        return finish(step, ended, now_s);
    if (!s->held && measured >= s->wanted * 0.99) { /* 1 % [laboratory choice]; the mean is judged */
        s->held = true;
        s->held_since_s = now_s;
    }
    if (s->held) {
        s->sum += measured;
        s->count++;
        step->services->progress(step->userdata, fmin(1, (now_s - s->held_since_s) / s->time_s));
        step_waiting(step, "%s %.4g %s: %.0f of %.0f s", quantities[p->quantity], measured,
                     units[p->quantity], now_s - s->held_since_s, s->time_s);
        if (now_s - s->held_since_s >= s->time_s)
            return finish(step, "time", now_s);
    } else if (now_s - s->begun_s > p->timeout_s) {
        return finish(step, "unreachable", now_s);
    }
    return running(step, n_rpm) ? load(step, measured, now_s) : MB_STEP_GOES_ON;
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct mb_motor *m = step->data->motor;
    double n_rpm = step_value(snapshot, MB_SIGNAL_N), frequency_hz = m->rated.frequency_hz;
    double measured = step_value(snapshot, signals[p->quantity]);
    struct state *s = step->state;

    if (p->quantity == OVERSPEED)
        frequency_hz *= s->wanted / mb_motor_synchronous_speed(m) * (1 + p->margin_percent / 100);
    s->begun_s = s->on ? s->begun_s : step_now_s(step);
    if (!s->on)
        return step_switch_on(step, &s->on, frequency_hz, m->rated.voltage_v);
    /* The bench itself sees to readings that stay away. */
    return isfinite(n_rpm) && isfinite(measured) ? apply(step, measured, n_rpm) : MB_STEP_GOES_ON;
}

const struct mb_step_kind mb_step_hold = {
    .name = "hold",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .begin = begin,
    .tick = tick,
};
