/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `drive-torque`: what an electric-vehicle drive gives over its speed (procedures A5). `continuous`: rated
 * torque, above rated speed the torque of rated power, until the winding's rise is stable. `peak`: the
 * declared peak torque, bounded by the declared peak power, for the declared time, again after a rest without
 * load. `maximum-speed`: the declared highest speed without load. A drive that gives way, or whose winding
 * passes the declared limit, is a result: it is recorded and judged. */
#include <math.h>
#include <stdlib.h>

#include "bench/window.h"
#include "document/number_json.h"
#include "procedure/acquire.h"
#include "procedure/kinds.h"

#define SPEEDS_MAX 24
#define SAMPLES_MAX 2048
#define REACHED 0.98     /* of the torque asked for: from here on it is held [laboratory choice] */
#define GIVES_WAY 0.5    /* of the speed asked for: below it the drive has stalled [laboratory choice] */
#define PERCENT_MAX 1000 /* of rated speed */

enum hold { CONTINUOUS, PEAK, MAXIMUM_SPEED };
/* As a load point, without the apparent power: with the heat they fill a line of the report. */
static const struct mb_column columns[] = {{"u_v", MB_SIGNAL_U},
                                           {"i_a", MB_SIGNAL_I},
                                           {"p1_w", MB_SIGNAL_P},
                                           {"t_nm", MB_SIGNAL_T},
                                           {"n_rpm", MB_SIGNAL_N},
                                           {"f_hz", MB_SIGNAL_F},
                                           {0}};

static const char *const hold_names[] = {"continuous", "peak", "maximum-speed", NULL};
static const char *const stores[] = {"drive-envelope/continuous", "drive-envelope/peak",
                                     "drive-envelope/maximum-speed"};

struct params {
    int hold;                   /* enum hold */
    const struct mb_node *list; /* only while the plan is read */
    double percent[SPEEDS_MAX]; /* of rated speed */
    size_t count;
    int attempts;                                           /* at each speed */
    double rest_s, hold_s;                                  /* hold_s: where nothing is declared */
    double window_minutes, rise_k, sample_s, maximum_hours; /* continuous */
    double timeout_s;                                       /* to run up, and to reach the torque */
};

struct sample {
    double t_s, rise_k;
};

struct state {
    struct step_frequency source;
    size_t index; /* of the hold: attempts of the first speed, then of the next one */
    bool ready, loaded, held;
    double ready_s, loaded_s, held_since_s, next_sample_s; /* ready: turns at the speed, without load */
    double last_window_c, last_coolant_c;
    struct sample samples[SAMPLES_MAX];
    size_t sample_count;
    struct mb_window window;
};

struct target {
    double speed_rpm, torque_nm, frequency_hz, voltage_v;
};

#define P(member) offsetof(struct params, member)
static const struct mb_field fields[] = {
    {"hold", MB_FIELD_CHOICE, P(hold), .required = true, .choices = hold_names},
    {"speeds_percent", MB_FIELD_NODE, P(list)},
    {"attempts", MB_FIELD_INTEGER, P(attempts), .minimum = 1, .maximum = 10},
    {"rest_s", MB_FIELD_NUMBER, P(rest_s), .maximum = 36000},
    {"hold_s", MB_FIELD_NUMBER, P(hold_s), .minimum = 1, .maximum = 3600},
    {"window_minutes", MB_FIELD_NUMBER, P(window_minutes), .minimum = 1, .maximum = 240},
    {"rise_k", MB_FIELD_NUMBER, P(rise_k), .maximum = 20, .exclusive_minimum = true},
    {"sample_s", MB_FIELD_NUMBER, P(sample_s), .minimum = 10, .maximum = 300},
    {"maximum_hours", MB_FIELD_NUMBER, P(maximum_hours), .maximum = 60, .exclusive_minimum = true},
    {"timeout_s", MB_FIELD_NUMBER, P(timeout_s), .minimum = 1, .maximum = 3600},
    {0},
};
#undef P

static void defaults(void *params)
{
    *(struct params *)params = (struct params){.attempts = 1,
                                               .hold_s = 30,
                                               .window_minutes = 30,
                                               .rise_k = 1,
                                               .sample_s = 60,
                                               .maximum_hours = 6,
                                               .timeout_s = 120};
}

static int check(const struct mb_node *with, void *params, struct mb_error *err)
{
    struct params *p = params;
    const struct mb_node *list = p->list;
    int r = 0;

    p->list = NULL;
    if (p->hold == MAXIMUM_SPEED)
        return list ? mb_node_error(list, err, "the maximum speed is the declared one: no speeds_percent")
                    : 0;
    if (!list || list->kind != MB_NODE_LIST || list->count == 0 || list->count > SPEEDS_MAX)
        return mb_node_error(list ? list : with, err, "speeds_percent: a list of 1 to %d numbers is expected",
                             SPEEDS_MAX);
    if (p->maximum_hours * 3600 > SAMPLES_MAX * p->sample_s)
        return mb_node_error(with, err, "maximum_hours: more than %d samples", SAMPLES_MAX);
    for (size_t i = 0; r == 0 && i < list->count; i++)
        r = mb_node_number(&list->items[i], 1, PERCENT_MAX, &p->percent[i], err);
    p->count = list->count;
    return r;
}

/* ------------------------------------------------------------------ what is asked for */

static double torque_nm(const struct mb_step *step, enum hold hold, double speed_rpm)
{
    const struct mb_motor *m = step->data->motor;
    double omega = 2 * M_PI / 60 * speed_rpm;

    if (hold == MAXIMUM_SPEED)
        return 0;
    return hold == PEAK ? fmin(m->drive.peak_torque_nm, m->drive.peak_power_w / omega)
                        : fmin(mb_motor_torque_nm(m, m->rated.speed_rpm), m->rated.power_w / omega);
}

static struct target target_of(const struct mb_step *step)
{
    const struct params *p = step->plan->params;
    const struct state *s = step->state;
    const struct mb_motor *m = step->data->motor;
    enum hold hold = (enum hold)p->hold;
    double speed_rpm = hold == MAXIMUM_SPEED
                           ? m->drive.speed_max_rpm
                           : m->rated.speed_rpm * p->percent[s->index / (size_t)p->attempts] / 100;
    double torque = torque_nm(step, hold, speed_rpm);
    double percent = step_frequency_percent(m, 100 * speed_rpm / m->rated.speed_rpm,
                                            100 * torque / mb_motor_torque_nm(m, m->rated.speed_rpm));

    return (struct target){speed_rpm, torque, m->rated.frequency_hz * percent / 100,
                           m->rated.voltage_v * fmin(percent, 100) / 100};
}

static size_t hold_count(const struct params *p)
{
    return p->hold == MAXIMUM_SPEED ? 1 : p->count * (size_t)p->attempts;
}

static double hold_s(const struct mb_step *step)
{
    const struct params *p = step->plan->params;
    double declared_s = step->data->motor->drive.peak_time_s;

    return p->hold == PEAK && isfinite(declared_s) ? declared_s : p->hold_s;
}

/* What the motor file has to give for this. */
static const char *undeclared(const struct mb_step *step)
{
    const struct params *p = step->plan->params;
    const struct mb_motor_drive *drive = &step->data->motor->drive;

    if (p->hold == PEAK && isnan(drive->peak_torque_nm))
        return "peak_torque_nm";
    return p->hold == MAXIMUM_SPEED && isnan(drive->speed_max_rpm) ? "speed_max_rpm" : NULL;
}

static enum mb_step_result begin(struct mb_step *step)
{
    const char *missing = undeclared(step);

    if (missing) {
        step_event(step, "note", "%s: the motor file has no drive.%s, not applied", step->plan->title,
                   missing);
        return MB_STEP_DONE;
    }
    if (step->services->energised(step->userdata))
        step_switch_off(step);
    return step_measure(step, MB_BENCH_RUNNING);
}

/* ------------------------------------------------------------------ what comes of it */

static double window_change_k(const struct state *s, double window_s)
{
    double low = INFINITY, high = -INFINITY;
    size_t i = s->sample_count;

    if (i == 0 || s->samples[i - 1].t_s - s->samples[0].t_s < window_s)
        return NAN;
    while (i > 0 && s->samples[s->sample_count - 1].t_s - s->samples[i - 1].t_s <= window_s) {
        i--;
        low = fmin(low, s->samples[i].rise_k);
        high = fmax(high, s->samples[i].rise_k);
    }
    return high - low;
}

/* The next speed or attempt, or the end. */
static enum mb_step_result next(struct mb_step *step)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    struct step_frequency source = s->source;
    size_t index = s->index + 1;
    bool again = index % (size_t)p->attempts != 0 && index < hold_count(p);

    if (again && step->services->set_targets(step->userdata, target_of(step).voltage_v, 0) < 0)
        return step_fault(step, "the load cannot be taken off");
    *s = (struct state){.index = index, .source = again ? source : (struct step_frequency){0}};
    step->services->progress(step->userdata, (double)index / (double)hold_count(p));
    if (again)
        return MB_STEP_GOES_ON;
    step_switch_off(step);
    return index < hold_count(p) ? MB_STEP_GOES_ON : MB_STEP_DONE;
}

/* ended: "time", "stable", "stall", "winding", "unreachable" */
static enum mb_step_result finish(struct mb_step *step, const char *ended)
{
    const struct params *p = step->plan->params;
    const struct state *s = step->state;
    json_t *values =
        json_pack("{s:s, s:f, s:o, s:o, s:o}", "ended", ended, "held_s",
                  s->held ? step_now_s(step) - s->held_since_s : 0, "winding_c",
                  mb_json_number(s->last_window_c), "coolant_c", mb_json_number(s->last_coolant_c),
                  "change_k", mb_json_number(window_change_k(s, p->window_minutes * 60)));
    json_t *uncertainty = json_object();
    enum mb_step_result r;

    for (const struct mb_column *c = columns; values && c->name; c++) {
        struct mb_reading reading = mb_window_reading(&s->window, c->signal);
        double u = reading.validity == MB_VALID ? reading.standard_uncertainty : NAN;

        (void)json_object_set_new(values, c->name,
                                  mb_json_number(reading.validity == MB_VALID ? reading.value : NAN));
        (void)json_object_set_new(uncertainty, c->name, mb_json_number(u));
    }
    r = step_record(step, "reading", stores[p->hold], (int)s->index, values,
                    json_pack("{s:o}", "uncertainty", uncertainty));
    if (r != MB_STEP_GOES_ON)
        return r;
    if (s->held)
        step_event(step, "reading", "%s: %.4g N m, %.0f r/min: %s", hold_names[p->hold],
                   mb_window_reading(&s->window, MB_SIGNAL_T).value,
                   mb_window_reading(&s->window, MB_SIGNAL_N).value, ended);
    else
        step_event(step, "reading", "%s: %.4g N m at %.0f r/min was not reached: %s", hold_names[p->hold],
                   target_of(step).torque_nm, target_of(step).speed_rpm, ended);
    return next(step);
}

/* ------------------------------------------------------------------ holding */

static enum mb_step_result sample(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    double now_s = step_now_s(step), change_k;

    if (snapshot->signal[MB_SIGNAL_WINDING].validity == MB_NO_DATA)
        return step_invalid(step, "%s: this bench has no winding sensor, nothing says when it is stable",
                            step->plan->title);
    if (now_s - s->held_since_s > p->maximum_hours * 3600)
        return step_invalid(step, "%s: the winding was not stable within %.1f h", step->plan->title,
                            p->maximum_hours);
    if (now_s < s->next_sample_s || !isfinite(s->last_window_c) || !isfinite(s->last_coolant_c) ||
        s->sample_count == SAMPLES_MAX)
        return MB_STEP_GOES_ON;
    s->samples[s->sample_count++] = (struct sample){now_s, s->last_window_c - s->last_coolant_c};
    s->next_sample_s = now_s + p->sample_s;
    change_k = window_change_k(s, p->window_minutes * 60);
    step_waiting(step, "%.4g N m, %.0f r/min: winding %.1f degC, %.0f of at least %.0f minutes",
                 step_value(snapshot, MB_SIGNAL_T), step_value(snapshot, MB_SIGNAL_N), s->last_window_c,
                 (now_s - s->held_since_s) / 60, p->window_minutes);
    if (change_k <= p->rise_k)
        return finish(step, "stable");
    mb_window_clear(&s->window); /* the reading is of the last minute */
    return MB_STEP_GOES_ON;
}

static enum mb_step_result held(struct mb_step *step, const struct mb_snapshot *snapshot,
                                const struct target *t)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;

    if (mb_snapshot_valid(snapshot, MB_SIGNAL_T) && mb_snapshot_valid(snapshot, MB_SIGNAL_N) &&
        mb_snapshot_valid(snapshot, MB_SIGNAL_I) && mb_snapshot_valid(snapshot, MB_SIGNAL_P))
        mb_window_add(&s->window, snapshot); /* not while a meter changes its range */
    s->last_window_c = step_value(snapshot, MB_SIGNAL_WINDING);
    s->last_coolant_c = step_value(snapshot, MB_SIGNAL_COOLANT);
    if (step_value(snapshot, MB_SIGNAL_N) < GIVES_WAY * t->speed_rpm)
        return finish(step, "stall");
    if (s->last_window_c > step->data->motor->drive.winding_limit_c)
        return finish(step, "winding");
    if (p->hold == CONTINUOUS)
        return sample(step, snapshot);
    step_waiting(step, "%.4g N m, %.0f r/min: %.0f of %.0f s", step_value(snapshot, MB_SIGNAL_T),
                 step_value(snapshot, MB_SIGNAL_N), step_now_s(step) - s->held_since_s, hold_s(step));
    return step_now_s(step) - s->held_since_s >= hold_s(step) ? finish(step, "time") : MB_STEP_GOES_ON;
}

static enum mb_step_result load(struct mb_step *step, const struct mb_snapshot *snapshot,
                                const struct target *t)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    double now_s = step_now_s(step), measured = step_value(snapshot, MB_SIGNAL_T);

    if (now_s - s->ready_s < (s->index % (size_t)p->attempts ? p->rest_s : 0)) {
        step_waiting(step, "rests without load: %.0f of %.0f s", now_s - s->ready_s, p->rest_s);
        return MB_STEP_GOES_ON;
    }
    if (!s->loaded) {
        if (step->services->set_targets(step->userdata, t->voltage_v, t->torque_nm) < 0)
            return step_invalid(step, "%s: %.4g N m is beyond the limits of this bench", step->plan->title,
                                t->torque_nm);
        s->loaded = true;
        s->loaded_s = now_s;
        return MB_STEP_GOES_ON;
    }
    if (measured >= REACHED * t->torque_nm || t->torque_nm <= 0) {
        s->held = true;
        s->held_since_s = s->next_sample_s = now_s;
        return MB_STEP_GOES_ON;
    }
    if (step_value(snapshot, MB_SIGNAL_N) < GIVES_WAY * t->speed_rpm)
        return finish(step, "stall");
    return now_s - s->loaded_s > p->timeout_s ? finish(step, "unreachable") : MB_STEP_GOES_ON;
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    struct target t = target_of(step);
    struct state *s = step->state;
    enum mb_step_result r;

    if (s->ready)
        return s->held ? held(step, snapshot, &t) : load(step, snapshot, &t);
    r = step_to_frequency(step, snapshot, &s->source,
                          &(struct step_source){t.frequency_hz, t.voltage_v, p->timeout_s});
    if (r == MB_STEP_GOES_ON && s->source.up) {
        s->ready = true;
        s->ready_s = step_now_s(step);
    }
    return r;
}

const struct mb_step_kind mb_step_drive_torque = {
    .name = "drive-torque",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .check = check,
    .begin = begin,
    .tick = tick,
};
