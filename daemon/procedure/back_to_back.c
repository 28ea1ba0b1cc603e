/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `back-to-back`: two like motors, the one that drives at rated load, read in one window (procedures A1.8);
 * then off, and the resistance of both windings, back to switching off. Which of them drives was decided when
 * they were started: here it is the snapshot's motor, and the other one its partner. */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "method/fit.h"
#include "procedure/acquire.h"
#include "procedure/kinds.h"

#define READINGS_MAX 64
#define READINGS_MIN 3

struct params {
    double coupling_w;          /* lost between the shafts */
    double series_s, timeout_s; /* of the resistances */
};

enum phase { AT_LOAD, GOING_OFF, AT_REST };
enum side { MOTOR, GENERATOR, SIDES };

struct series {
    double t_s[READINGS_MAX], ohm[READINGS_MAX]; /* t_s: since switching off */
    size_t count;
    double uncertainty;
};

struct state {
    enum phase phase;
    struct mb_acquire acquire;
    struct series series[SIDES];
};

static const struct mb_field fields[] = {
    {"coupling_w", MB_FIELD_NUMBER, offsetof(struct params, coupling_w), .maximum = 1e6},
    {"series_s", MB_FIELD_NUMBER, offsetof(struct params, series_s), .minimum = 5, .maximum = 120},
    {"timeout_s", MB_FIELD_NUMBER, offsetof(struct params, timeout_s), .minimum = 10, .maximum = 3600},
    {0},
};

static const char *const sides[SIDES] = {"motor", "generator"};
static const enum mb_signal resistances[SIDES] = {MB_SIGNAL_RESISTANCE, MB_SIGNAL_PARTNER_RESISTANCE};
static const struct mb_column columns[SIDES][6] = {
    {{"u_v", MB_SIGNAL_U},
     {"i_a", MB_SIGNAL_I},
     {"p_w", MB_SIGNAL_P},
     {"n_rpm", MB_SIGNAL_N},
     {"f_hz", MB_SIGNAL_F}},
    {{"u_v", MB_SIGNAL_PARTNER_U},
     {"i_a", MB_SIGNAL_PARTNER_I},
     {"p_w", MB_SIGNAL_PARTNER_P},
     {"n_rpm", MB_SIGNAL_N},
     {"f_hz", MB_SIGNAL_PARTNER_F}},
};

static void defaults(void *params)
{
    *(struct params *)params = (struct params){.series_s = 20, .timeout_s = 300};
}

/* "back_to_back.forward.motor" */
static const char *store_name(const struct mb_step *step, const char *rest, char buffer[static 64])
{
    (void)snprintf(buffer, 64, "back_to_back.%s%s", step->data->reversed ? "reversed" : "forward", rest);
    return buffer;
}

static enum mb_step_result begin(struct mb_step *step)
{
    struct state *s = step->state;

    return mb_acquire_heating_load(&s->acquire, step);
}

/* What the motor's gates do not see: the partner's readings. NULL: they count. */
static const char *partner_is_bad(const struct mb_step *step)
{
    const struct state *s = step->state;
    const struct mb_window *w = &s->acquire.window;

    for (const struct mb_column *c = columns[GENERATOR]; c->name; c++)
        if (mb_window_reading(w, c->signal).validity != MB_VALID)
            return "the partner could not be read";
    if (mb_window_fluctuation(w, MB_SIGNAL_PARTNER_P) > step->data->gates->fluctuation_power)
        return "the partner's power changed within it";
    return NULL;
}

static enum mb_step_result store_side(struct mb_step *step, enum side side)
{
    const struct state *s = step->state;
    json_t *values = mb_acquire_values(&s->acquire, columns[side]);
    double p_w = json_number_value(json_object_get(values, "p_w"));
    char rest[24], name[64];

    if (side == GENERATOR) /* the sheet counts what it gives back */
        (void)json_object_set_new(values, "p_w", json_real(-p_w));
    (void)snprintf(rest, sizeof rest, ".%s", sides[side]);
    return step_record(step, "reading", store_name(step, rest, name), 0, values,
                       mb_acquire_rest(&s->acquire, columns[side]));
}

static enum mb_step_result store_load(struct mb_step *step)
{
    const struct params *p = step->plan->params;
    const struct state *s = step->state;
    const struct mb_window *w = &s->acquire.window;
    double coolant_c = isfinite(step->data->coolant_c) ? step->data->coolant_c
                                                       : mb_window_reading(w, MB_SIGNAL_COOLANT).value;
    double in_w = mb_window_reading(w, MB_SIGNAL_P).value,
           out_w = -mb_window_reading(w, MB_SIGNAL_PARTNER_P).value;
    enum mb_step_result r;
    char name[64];

    if (!(in_w > 0 && out_w > 0))
        return step_invalid(step, "%s: %.0f W go in and %.0f W come back: the load machine is no generator",
                            step->plan->title, in_w, out_w);
    r = step_record(step, "reading", store_name(step, "", name), 0,
                    json_pack("{s:f, s:f}", "coolant_c", coolant_c, "coupling_w", p->coupling_w), NULL);
    for (int side = 0; r == MB_STEP_GOES_ON && side < SIDES; side++)
        r = store_side(step, (enum side)side);
    if (r == MB_STEP_GOES_ON)
        step_event(step, "reading", "%s: %.1f W in, %.1f W back, %.1f W lost by both", name, in_w, out_w,
                   in_w - out_w);
    return r;
}

static enum mb_step_result at_load(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    enum mb_step_result result = MB_STEP_GOES_ON;
    struct state *s = step->state;
    const char *why;
    char name[64];

    switch (mb_acquire_tick(&s->acquire, step, snapshot, store_name(step, ".motor", name), 0, &result)) {
    case MB_ACQUIRE_TAKEN:
        break;
    case MB_ACQUIRE_ENDED:
        return result;
    case MB_ACQUIRE_BUSY:
    case MB_ACQUIRE_REJECTED:
        return MB_STEP_GOES_ON;
    }
    why = partner_is_bad(step);
    if (why) {
        (void)mb_acquire_reject(&s->acquire, step, store_name(step, ".generator", name), 0,
                                columns[GENERATOR], json_pack("[s]", why), &result);
        return result;
    }
    result = store_load(step);
    if (result != MB_STEP_GOES_ON)
        return result;
    step_switch_off(step);
    s->phase = GOING_OFF;
    return MB_STEP_GOES_ON;
}

static enum mb_step_result go_off(struct mb_step *step)
{
    struct state *s = step->state;

    if (!step->services->is_safe(step->userdata))
        return MB_STEP_GOES_ON;
    s->phase = AT_REST;
    return step_measure(step, MB_BENCH_REST);
}

/* The rotors still turn, a meter settles: not yet valid is waited for. */
static void collect(struct mb_step *step, const struct mb_snapshot *snapshot, enum side side)
{
    const struct params *p = step->plan->params;
    const struct mb_reading *r = &snapshot->signal[resistances[side]];
    struct series *series = &((struct state *)step->state)->series[side];
    double t_s = (double)r->t_ns * 1e-9 - step->data->switched_off_s;
    double last_s = series->count ? series->t_s[series->count - 1] : 0;

    if (r->validity != MB_VALID || series->count == READINGS_MAX || t_s <= last_s ||
        (series->count > 0 && t_s - last_s < p->series_s / (READINGS_MAX - 1)))
        return;
    series->t_s[series->count] = t_s;
    series->ohm[series->count++] = r->value;
    series->uncertainty = r->standard_uncertainty;
}

static bool is_complete(const struct params *p, const struct series *s)
{
    return s->count >= READINGS_MIN && s->t_s[s->count - 1] - s->t_s[0] >= p->series_s;
}

/* Back to switching off, as the resistance before a load curve; of readings that do not fall the highest
 * counts (A1.3). */
static double at_switching_off(const struct series *s)
{
    struct mb_line line = mb_fit_line(s->t_s, s->ohm, s->count);
    double highest = 0;

    for (size_t i = 0; i < s->count; i++)
        highest = fmax(highest, s->ohm[i]);
    return line.slope < 0 ? line.intercept : highest;
}

static enum mb_step_result store_resistance(struct mb_step *step, enum side side)
{
    const struct series *series = &((const struct state *)step->state)->series[side];
    json_t *singles = json_array(), *uncertainty;
    double ohm = at_switching_off(series);
    enum mb_step_result r;
    char rest[24], name[64];

    for (size_t i = 0; i < series->count; i++)
        (void)json_array_append_new(singles, json_real(series->ohm[i]));
    uncertainty = isfinite(series->uncertainty) ? json_real(series->uncertainty) : json_null();
    (void)snprintf(rest, sizeof rest, ".%s.r_ohm", sides[side]);
    r = step_record(step, "reading", store_name(step, rest, name), 0, json_pack("{s:f}", "r_ohm", ohm),
                    json_pack("{s:o, s:f, s:{s:o}}", "single_ohm", singles, "delay_s", series->t_s[0],
                              "uncertainty", "r_ohm", uncertainty));
    if (r == MB_STEP_GOES_ON)
        step_event(step, "reading", "%s %.5g ohm", name, ohm);
    return r;
}

static enum mb_step_result at_rest(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct state *s = step->state;
    bool complete = true;

    for (int side = 0; side < SIDES; side++) {
        collect(step, snapshot, (enum side)side);
        complete = complete && is_complete(p, &s->series[side]);
    }
    step_waiting(step, "resistances of both windings: %s, %s",
                 mb_validity_name(snapshot->signal[resistances[MOTOR]].validity),
                 mb_validity_name(snapshot->signal[resistances[GENERATOR]].validity));
    for (int side = 0; complete && side < SIDES; side++) {
        enum mb_step_result r = store_resistance(step, (enum side)side);

        if (r != MB_STEP_GOES_ON)
            return r;
    }
    if (!complete && step_now_s(step) - step->data->switched_off_s > p->timeout_s)
        return step_invalid(step, "%s: no steady resistance of both windings within %.0f s",
                            step->plan->title, p->timeout_s);
    if (complete)
        step_waiting(step, "%s", "");
    return complete ? MB_STEP_DONE : MB_STEP_GOES_ON;
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    switch (((const struct state *)step->state)->phase) {
    case AT_LOAD:
        return at_load(step, snapshot);
    case GOING_OFF:
        return go_off(step);
    case AT_REST:
        return at_rest(step, snapshot);
    }
    return MB_STEP_GOES_ON;
}

const struct mb_step_kind mb_step_back_to_back = {
    .name = "back-to-back",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .begin = begin,
    .tick = tick,
};
