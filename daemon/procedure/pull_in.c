/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `pull-in`: a synchronous motor is switched on at standstill against a load, again and again, until the load
 * is found that it still comes into step with: upwards in steps to the first that it does not, then between
 * both. Each attempt is one reading. After each the outputs are off, the shaft stands and the winding rests.
 */
#include <math.h>
#include <stdio.h>

#include "bench/window.h"
#include "document/number_json.h"
#include "method/synchronous_torque.h"
#include "procedure/kinds.h"

#define VOLTAGE_NEAR                                                                                         \
    0.01               /* of the target: from here on the time of an attempt counts; the judge takes 2 %     \
                        */
#define LOAD_NEAR 0.03 /* the same of the load */
#define READINGS_MIN 3 /* on top of the time: a bench in accelerated time gives few */

struct params {
    double from_percent, step_percent, most_percent; /* of rated torque */
    double resolution_percent; /* between the highest that went and the lowest that did not */
    int attempts;              /* at most */
    double window_s;           /* in step, and staying there */
    double attempt_s;          /* with the voltage up; not in step by then: it does not come */
    double on_max_s;           /* voltage and load stand by then or the test is not valid */
    double rest_s;             /* outputs off between attempts */
};

struct state {
    bool on, loaded;
    int count, readings; /* attempts; readings of this one with the voltage up */
    double load_percent, went_percent, failed_percent; /* NAN: none did yet */
    double off_s, on_s, up_s;                          /* switched off, on; voltage up (NAN: not yet) */
    struct mb_window window;
};

static const struct mb_field fields[] = {
    {"from_percent", MB_FIELD_NUMBER, offsetof(struct params, from_percent), .minimum = 1, .maximum = 300},
    {"step_percent", MB_FIELD_NUMBER, offsetof(struct params, step_percent), .minimum = 1, .maximum = 100},
    {"most_percent", MB_FIELD_NUMBER, offsetof(struct params, most_percent), .minimum = 10, .maximum = 400},
    {"resolution_percent", MB_FIELD_NUMBER, offsetof(struct params, resolution_percent), .minimum = 1,
     .maximum = 50},
    {"attempts", MB_FIELD_INTEGER, offsetof(struct params, attempts), .minimum = 1, .maximum = 50},
    {"window_s", MB_FIELD_NUMBER, offsetof(struct params, window_s), .minimum = 0.5, .maximum = 30},
    {"attempt_s", MB_FIELD_NUMBER, offsetof(struct params, attempt_s), .minimum = 1, .maximum = 20},
    {"on_max_s", MB_FIELD_NUMBER, offsetof(struct params, on_max_s), .minimum = 2, .maximum = 600},
    {"rest_s", MB_FIELD_NUMBER, offsetof(struct params, rest_s), .maximum = 3600},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params = (struct params){.from_percent = 30,
                                               .step_percent = 20,
                                               .most_percent = 200,
                                               .resolution_percent = 5,
                                               .attempts = 12,
                                               .window_s = 2,
                                               .attempt_s = 8,
                                               .on_max_s = 60,
                                               .rest_s = 60};
}

/* What cannot be started here is said in the record and noted there. */
static enum mb_step_result leave_out(struct mb_step *step, const char *reason)
{
    enum mb_step_result r =
        step_record(step, "reading", "rating/pull-in", 0, json_pack("{s:s}", "reason", reason), NULL);

    if (r == MB_STEP_GOES_ON)
        step_event(step, "note", "pull-in: %s", reason);
    return r == MB_STEP_GOES_ON ? MB_STEP_DONE : r;
}

static enum mb_step_result begin(struct mb_step *step)
{
    const struct params *p = step->plan->params;
    const struct mb_motor_rated *rated = &step->data->motor->rated;
    double limit_a = step->services->limit(step->userdata, MB_SIGNAL_I),
           starts_a = rated->locked_rotor_current_ratio * rated->current_a;
    struct state *s = step->state;
    char reason[120];

    s->load_percent = p->from_percent;
    s->went_percent = s->failed_percent = NAN;
    step_switch_off(step);
    s->off_s = step_now_s(step);
    (void)snprintf(reason, sizeof reason, "it starts with %.4g A, the bench carries %.4g A", starts_a,
                   limit_a);
    if (starts_a > limit_a)
        return leave_out(step, reason);
    /* When it is switched on decides what comes of it, and is the controller's, not the bench's. */
    if (!isnan(rated->excitation_a))
        return leave_out(step, "its field has a supply of its own, which an attempt does not switch on");
    return step_measure(step, MB_BENCH_RUNNING);
}

static double torque_nm(const struct mb_step *step, double percent)
{
    const struct mb_motor *m = step->data->motor;

    return mb_motor_torque_nm(m, m->rated.speed_rpm) * percent / 100;
}

/* In percent; NAN: it is found, or there is nothing left to try. */
static double next_percent(const struct mb_step *step)
{
    const struct params *p = step->plan->params;
    const struct state *s = step->state;
    double most = fmin(p->most_percent,
                       100 * step->services->limit(step->userdata, MB_SIGNAL_T) / torque_nm(step, 100));
    double next;

    if (s->count >= p->attempts)
        return NAN;
    if (isnan(s->failed_percent)) {
        next = fmin(s->went_percent + p->step_percent, most);
        return next > s->went_percent ? next : NAN;
    }
    if (isnan(s->went_percent)) {
        next = s->failed_percent - p->step_percent;
        return next > 0 ? next : NAN;
    }
    return s->failed_percent - s->went_percent > p->resolution_percent
               ? (s->failed_percent + s->went_percent) / 2
               : NAN;
}

/* What this attempt has come to; then the next, or the end. */
static enum mb_step_result conclude(struct mb_step *step, const struct mb_snapshot *snapshot, bool in_step)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    double asked_nm = torque_nm(step, s->load_percent);
    double read_nm = in_step ? mb_window_reading(&s->window, MB_SIGNAL_T).value : asked_nm;
    enum mb_step_result r;

    step_switch_off(step);
    s->off_s = step_now_s(step);
    s->on = s->loaded = false;
    r = step_record(step, "reading", "rating/pull-in", s->count++,
                    json_pack("{s:f, s:f, s:f, s:o, s:o, s:b}", "load_percent", s->load_percent, "asked_nm",
                              asked_nm, "t_nm", read_nm, "u_v",
                              mb_json_number(step_value(snapshot, MB_SIGNAL_U)), "n_rpm",
                              mb_json_number(step_value(snapshot, MB_SIGNAL_N)), "in_step", in_step),
                    NULL);
    if (r != MB_STEP_GOES_ON)
        return r;
    step_event(step, "reading", "pull-in: %s against %.4g N m", in_step ? "into step" : "not into step",
               read_nm);
    *(in_step ? &s->went_percent : &s->failed_percent) = s->load_percent;
    s->load_percent = next_percent(step);
    step->services->progress(step->userdata, (double)s->count / p->attempts);
    return isnan(s->load_percent) ? MB_STEP_DONE : MB_STEP_GOES_ON;
}

static enum mb_step_result too_long(struct mb_step *step)
{
    const struct params *p = step->plan->params;
    const struct state *s = step->state;

    return step_now_s(step) - s->on_s > p->on_max_s
               ? step_invalid(step, "pull-in: %.0f V and %.4g N m did not stand within %.0f s",
                              step->data->motor->rated.voltage_v, torque_nm(step, s->load_percent),
                              p->on_max_s)
               : MB_STEP_GOES_ON;
}

/* In step: once voltage and load stand as asked for, it has to stay there for the window. */
static enum mb_step_result stay(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;

    if (!mb_snapshot_valid(snapshot, MB_SIGNAL_T) ||
        !step->services->settled(step->userdata, VOLTAGE_NEAR, LOAD_NEAR)) {
        mb_window_clear(&s->window);
        return too_long(step);
    }
    mb_window_add(&s->window, snapshot);
    return mb_window_lasts(&s->window, p->window_s) ? conclude(step, snapshot, true) : MB_STEP_GOES_ON;
}

static enum mb_step_result attempt(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct mb_motor_rated *rated = &step->data->motor->rated;
    double u_v = step_value(snapshot, MB_SIGNAL_U), now_s = step_now_s(step);
    bool in_step =
        mb_in_step(step_value(snapshot, MB_SIGNAL_N), step_value(snapshot, MB_SIGNAL_F), rated->poles);
    struct state *s = step->state;

    if (isnan(s->up_s) && u_v >= (1 - VOLTAGE_NEAR) * rated->voltage_v)
        s->up_s = now_s;
    if (isnan(s->up_s))
        return too_long(step);
    s->readings++;
    if (in_step)
        return stay(step, snapshot);
    mb_window_clear(&s->window);
    return now_s - s->up_s > p->attempt_s && s->readings >= READINGS_MIN &&
                   step->services->settled(step->userdata, VOLTAGE_NEAR, 1)
               ? conclude(step, snapshot, false)
               : too_long(step);
}

static enum mb_step_result rest(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct mb_motor_rated *rated = &step->data->motor->rated;
    struct state *s = step->state;
    double rested_s = step_now_s(step) - s->off_s;

    if (!step_may_approach(step, snapshot)) /* from standstill */
        return MB_STEP_GOES_ON;
    if (s->count > 0 && rested_s < p->rest_s) {
        step_waiting(step, "the winding rests: %.0f of %.0f s", rested_s, p->rest_s);
        return MB_STEP_GOES_ON;
    }
    s->on_s = step_now_s(step);
    s->up_s = NAN;
    s->readings = 0;
    mb_window_clear(&s->window);
    step_waiting(step, "starting against %.4g N m", torque_nm(step, s->load_percent));
    return step_switch_on(step, &s->on, rated->frequency_hz, rated->voltage_v);
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    struct state *s = step->state;
    double load_nm = torque_nm(step, s->load_percent);

    if (!s->on) {
        enum mb_step_result r = rest(step, snapshot);

        if (!s->on)
            return r;
    }
    if (s->loaded)
        return attempt(step, snapshot);
    s->loaded = true;
    return step->services->set_targets(step->userdata, step->data->motor->rated.voltage_v, load_nm) < 0
               ? step_fault(step, "%.4g N m are beyond the limits of this bench", load_nm)
               : MB_STEP_GOES_ON;
}

const struct mb_step_kind mb_step_pull_in = {
    .name = "pull-in",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .begin = begin,
    .tick = tick,
};
