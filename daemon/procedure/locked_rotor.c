/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `locked-rotor`: current and torque of a rotor that cannot turn (procedures A7), from the highest voltage
 * that the bench allows down, each point a few seconds and a rest with the outputs off after it; at several
 * positions of the rotor. A person puts the pin in and takes it out, with the outputs off.
 *
 * With a current instead of torque it is the reading of the equivalent circuit (procedures A1.8, 2-1-1H): at
 * reduced frequency the voltage is found that drives the current. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/window.h"
#include "procedure/acquire.h"
#include "procedure/curve.h"
#include "procedure/kinds.h"

/* Where nothing is declared, in multiples of the rated current [laboratory choice]: decides the highest
 * voltage only. */
#define CURRENT_ASSUMED 8.0
#define CURRENT_SHARE 0.9  /* of the bench's limit */
#define VOLTAGE_SHARE 0.9  /* of the target: from here on the reading begins */
#define VOLTAGE_MOVES 0.03 /* relative, within a reading: the ramp is still on its way */
#define CURRENT_NEAR                                                                                         \
    0.03                   /* of the current asked for [laboratory choice]: the circuit has its own voltage  \
                            */
#define CURRENT_STEP_MAX 3 /* times the voltage, from one reading to the next */

struct params {
    struct mb_curve_params points; /* first member: percent of rated voltage, highest first */
    int positions;
    double on_max_s;     /* with voltage on; the point is taken by then or not at all */
    double window_s;     /* of the reading */
    double rest_s;       /* outputs off between points */
    double turn_percent; /* of synchronous speed: above it the rotor is not locked */
    double frequency_percent;
    char *store;            /* NULL: of the rating, or of the circuit */
    double current_percent; /* of rated current, which the voltage is adjusted to; 0: it is not */
};

enum phase { ASK, REST, ON, RELEASE };

struct state {
    enum phase phase;
    bool on, asked, answered;
    int position, count;
    size_t index;
    double off_s, on_s; /* when the outputs went off; when they had been found on */
    double voltage_v;   /* of this point */
    struct mb_window window;
    char invalid[200]; /* why the test is not valid: told when the rotor is free again */
};

static const struct mb_field fields[] = {
    {"points_percent", MB_FIELD_NODE, offsetof(struct params, points.points), .required = true},
    {"positions", MB_FIELD_INTEGER, offsetof(struct params, positions), .minimum = 1, .maximum = 12},
    {"on_max_s", MB_FIELD_NUMBER, offsetof(struct params, on_max_s), .minimum = 2, .maximum = 60},
    {"window_s", MB_FIELD_NUMBER, offsetof(struct params, window_s), .minimum = 0.5, .maximum = 10},
    {"rest_s", MB_FIELD_NUMBER, offsetof(struct params, rest_s), .maximum = 3600},
    {"turn_percent", MB_FIELD_NUMBER, offsetof(struct params, turn_percent), .minimum = 0.1, .maximum = 20},
    {"frequency_percent", MB_FIELD_NUMBER, offsetof(struct params, frequency_percent), .minimum = 5,
     .maximum = 100},
    {"store", MB_FIELD_STRING, offsetof(struct params, store)},
    {"current_percent", MB_FIELD_NUMBER, offsetof(struct params, current_percent), .maximum = 200},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params = (struct params){.positions = 1,
                                               .on_max_s = 20,
                                               .window_s = 1,
                                               .rest_s = 60,
                                               .turn_percent = 2,
                                               .frequency_percent = 100};
}

static int check(const struct mb_node *with, void *params, struct mb_error *err)
{
    return mb_curve_check(with, &((struct params *)params)->points, err);
}

static void free_params(void *params)
{
    free(((struct params *)params)->store);
}

static enum mb_step_result begin(struct mb_step *step)
{
    struct state *s = step->state;

    step_switch_off(step);
    s->off_s = step_now_s(step);
    return step_measure(step, MB_BENCH_RUNNING);
}

/* Only with the outputs off does anybody go near the shaft. */
static bool person_has(struct mb_step *step, const struct mb_snapshot *snapshot, const char *id,
                       const char *what)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    char text[200];

    if (!s->asked && step_may_approach(step, snapshot)) {
        (void)snprintf(text, sizeof text, "%s (position %d of %d), stand clear; then answer: done", what,
                       s->position < p->positions ? s->position + 1 : p->positions, p->positions);
        s->asked = true;
        step->services->ask(step->userdata, id, text);
    }
    if (!s->answered)
        return false;
    s->asked = s->answered = false;
    return true;
}

/* Percent of rated voltage at which the locked rotor stays within the bench's current. */
static double highest_percent(const struct mb_step *step)
{
    const struct mb_motor_rated *rated = &step->data->motor->rated;
    double ratio =
        isfinite(rated->locked_rotor_current_ratio) ? rated->locked_rotor_current_ratio : CURRENT_ASSUMED;
    double limit_a = step->services->limit(step->userdata, MB_SIGNAL_I);

    return limit_a > 0 ? 100 * CURRENT_SHARE * limit_a / (ratio * rated->current_a) : 100;
}

/* However the test ends, nothing may start a motor with the pin in it. */
static enum mb_step_result release_first(struct mb_step *step)
{
    struct state *s = step->state;

    (void)snprintf(s->invalid, sizeof s->invalid, "%.199s", step->reason);
    step_event(step, "note", "%s", s->invalid);
    s->phase = RELEASE;
    return MB_STEP_GOES_ON;
}

static enum mb_step_result next_position(struct mb_step *step)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    double highest = highest_percent(step);

    s->index = 0;
    while (s->index < p->points.count && p->points.percent[s->index] > highest)
        s->index++;
    s->phase = REST;
    if (s->index < p->points.count)
        return MB_STEP_GOES_ON;
    (void)step_invalid(
        step, "locked rotor: this bench carries the current at %.0f %% of rated voltage at most", highest);
    return release_first(step);
}

static void switch_off(struct mb_step *step)
{
    struct state *s = step->state;

    step_switch_off(step);
    s->off_s = step_now_s(step);
    s->on = false;
    mb_window_clear(&s->window);
}

/* The next voltage, the next position, or the end. */
static enum mb_step_result next_point(struct mb_step *step)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;

    switch_off(step);
    step->services->progress(step->userdata,
                             ((double)s->position + (double)(s->index + 1) / (double)p->points.count) /
                                 p->positions);
    s->phase = REST;
    if (++s->index >= p->points.count)
        s->phase = ++s->position < p->positions ? ASK : RELEASE;
    return MB_STEP_GOES_ON;
}

/* What the rating is judged by, and what the circuit is found from. */
static enum mb_step_result store(struct mb_step *step)
{
    static const struct mb_column rating[] = {
        {"u_v", MB_SIGNAL_U}, {"i_a", MB_SIGNAL_I}, {"p_w", MB_SIGNAL_P}, {"t_nm", MB_SIGNAL_T}, {0}};
    static const struct mb_column circuit[] = {
        {"u_v", MB_SIGNAL_U}, {"i_a", MB_SIGNAL_I}, {"p_w", MB_SIGNAL_P}, {"f_hz", MB_SIGNAL_F}, {0}};
    const struct params *p = step->plan->params;
    bool is_circuit = p->current_percent > 0;
    const char *name = is_circuit ? "locked_rotor" : "rating/locked-rotor";
    struct state *s = step->state;
    json_t *values = is_circuit ? json_object() : json_pack("{s:i}", "position", s->position);
    enum mb_step_result r;

    for (const struct mb_column *c = is_circuit ? circuit : rating; c->name; c++)
        (void)json_object_set_new(values, c->name,
                                  json_real(fabs(mb_window_reading(&s->window, c->signal).value)));
    r = step_record(step, "reading", p->store ? p->store : name, s->count++, values, NULL);
    if (r != MB_STEP_GOES_ON)
        return r;
    step_event(step, "reading", "locked rotor %.1f V, %.4g A, %.4g N m",
               mb_window_reading(&s->window, MB_SIGNAL_U).value,
               mb_window_reading(&s->window, MB_SIGNAL_I).value,
               mb_window_reading(&s->window, MB_SIGNAL_T).value);
    return next_point(step);
}

/* Another voltage, if this one does not drive the current asked for. */
static bool adjust(struct mb_step *step)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    double share = p->current_percent / 100 * step->data->motor->rated.current_a /
                   mb_window_reading(&s->window, MB_SIGNAL_I).value;

    if (!(p->current_percent > 0) || fabs(share - 1) <= CURRENT_NEAR)
        return false;
    s->voltage_v = mb_window_reading(&s->window, MB_SIGNAL_U).value * fmin(share, CURRENT_STEP_MAX);
    mb_window_clear(&s->window);
    return true;
}

static enum mb_step_result measure(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    double n_rpm = step_value(snapshot, MB_SIGNAL_N),
           synchronous = mb_motor_synchronous_speed(step->data->motor);
    struct state *s = step->state;

    if (fabs(n_rpm) > synchronous * p->turn_percent / 100) {
        switch_off(step);
        (void)step_invalid(step, "the rotor turns with %.0f r/min, it is not locked", n_rpm);
        return release_first(step);
    }
    /* Every second heats the winding and the point is scaled by its own voltage: it need not stand on its
     * target. */
    if (step_value(snapshot, MB_SIGNAL_U) >= VOLTAGE_SHARE * s->voltage_v &&
        mb_snapshot_valid(snapshot, MB_SIGNAL_I) && mb_snapshot_valid(snapshot, MB_SIGNAL_T))
        mb_window_add(&s->window, snapshot);
    if (mb_window_fluctuation(&s->window, MB_SIGNAL_U) > VOLTAGE_MOVES)
        mb_window_clear(&s->window);
    if (mb_window_lasts(&s->window, p->window_s)) {
        if (!adjust(step))
            return store(step);
        if (step->services->set_targets(step->userdata, s->voltage_v, 0) < 0)
            return step_fault(step, "%.0f V is beyond the limits of this bench", s->voltage_v);
    }
    if (step_now_s(step) - s->on_s <= p->on_max_s)
        return MB_STEP_GOES_ON;
    if (p->current_percent > 0) {
        switch_off(step);
        (void)step_invalid(step, "locked rotor: %.4g A could not be reached within %.0f s",
                           p->current_percent / 100 * step->data->motor->rated.current_a, p->on_max_s);
        return release_first(step);
    }
    /* Too much for a range of the meter, or for the source: a lower voltage will do. */
    step_event(
        step, "note", "locked rotor: no reading at %.0f %% of rated voltage within %.0f s (current: %s)",
        p->points.percent[s->index], p->on_max_s, mb_validity_name(snapshot->signal[MB_SIGNAL_I].validity));
    return next_point(step);
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct mb_motor *m = step->data->motor;
    struct state *s = step->state;

    switch (s->phase) {
    case ASK:
        return person_has(step, snapshot, MB_ASK_LOCK, "Lock the rotor") ? next_position(step)
                                                                         : MB_STEP_GOES_ON;
    case REST:
        if (s->count > 0 && step_now_s(step) - s->off_s < p->rest_s) {
            step_waiting(step, "the winding rests: %.0f of %.0f s", step_now_s(step) - s->off_s, p->rest_s);
            return MB_STEP_GOES_ON;
        }
        s->phase = ON;
        s->on_s = step_now_s(step);
        return MB_STEP_GOES_ON;
    case ON:
        if (s->on)
            return measure(step, snapshot);
        s->on_s = step_now_s(step);
        s->voltage_v = m->rated.voltage_v * p->points.percent[s->index] / 100;
        return step_switch_on(step, &s->on, m->rated.frequency_hz * p->frequency_percent / 100, s->voltage_v);
    case RELEASE:
        break;
    }
    if (!person_has(step, snapshot, MB_ASK_RELEASE, "Release the rotor"))
        return MB_STEP_GOES_ON;
    return s->invalid[0] ? step_invalid(step, "%s", s->invalid) : MB_STEP_DONE;
}

static int answer(struct mb_step *step, const char *id, const char *word, double number)
{
    struct state *s = step->state;

    (void)number;
    if (!s->asked || strcmp(id, s->phase == RELEASE ? MB_ASK_RELEASE : MB_ASK_LOCK) != 0 || !word ||
        strcmp(word, "done") != 0)
        return -EINVAL;
    if (step->services->record(step->userdata, "operator",
                               json_pack("{s:s, s:s, s:s, s:s}", "step", step->plan->id, "ask", id, "answer",
                                         word, "who", step->who)) < 0)
        return -EIO;
    s->answered = true;
    step->data->rotor_locked = s->phase == ASK;
    step->services->ask(step->userdata, "", "");
    return 0;
}

const struct mb_step_kind mb_step_locked_rotor = {
    .name = "locked-rotor",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .check = check,
    .free_params = free_params,
    .begin = begin,
    .tick = tick,
    .answer = answer,
};
