/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `resistance`: winding resistance at rest. Cold (procedures 0.8): several readings within a spread, winding
 * and coolant close to each other. Hot, before and after a curve (A1.4, A1.5): the first valid reading after
 * switching off, or what a short series of them says about that moment. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "method/fit.h"
#include "procedure/kinds.h"

#define READINGS_MAX 32

enum store {
    STORE_COLD,
    STORE_RATED_LOAD,
    STORE_LOAD_BEFORE,
    STORE_LOAD_AFTER,
    STORE_REDUCED_BEFORE,
    STORE_REDUCED_AFTER,
    STORE_NO_LOAD_BEFORE,
    STORE_NO_LOAD_AFTER,
    STORE_LOCKED_ROTOR,
    STORE_REMOVED_ROTOR,
    STORE_REVERSE_ROTATION,
    STORE_SHORT_CIRCUIT,
    STORE_CONVERTER_LOAD_BEFORE
};
static const char *const stores[] = {"cold",
                                     "rated_load.r_ohm",
                                     "load.r_before_ohm",
                                     "load.r_after_ohm",
                                     "reduced_voltage.r_before_ohm",
                                     "reduced_voltage.r_after_ohm",
                                     "no_load.r_before_ohm",
                                     "no_load.r_after_ohm",
                                     "locked_rotor.r_ohm",
                                     "removed_rotor.r_ohm",
                                     "reverse_rotation.r_ohm",
                                     "short_circuit.r_ohm",
                                     "converter.load.r_before_ohm",
                                     "converter.load.r_after_ohm",
                                     "converter.no_load.r_before_ohm",
                                     "converter.no_load.r_after_ohm",
                                     NULL};

struct params {
    int store; /* enum store */
    int readings;
    double spread_percent;       /* each reading within this of their mean */
    double temperature_spread_k; /* cold: winding and coolant */
    double timeout_s;
    double series_s; /* hot: readings for so long, and their line back to switching off; 0: none */
};

struct state {
    double begun_s, t_s[READINGS_MAX], ohm[READINGS_MAX], last_t_s; /* t_s: since switching off */
    double uncertainty;
    int count;
    bool measuring, asked;
    char waiting[160]; /* why there is no reading yet */
};

static const struct mb_field fields[] = {
    {"store", MB_FIELD_CHOICE, offsetof(struct params, store), .required = true, .choices = stores},
    {"readings", MB_FIELD_INTEGER, offsetof(struct params, readings), .minimum = 1, .maximum = READINGS_MAX},
    {"spread_percent", MB_FIELD_NUMBER, offsetof(struct params, spread_percent), .maximum = 10,
     .exclusive_minimum = true},
    {"temperature_spread_k", MB_FIELD_NUMBER, offsetof(struct params, temperature_spread_k), .maximum = 50,
     .exclusive_minimum = true},
    {"series_s", MB_FIELD_NUMBER, offsetof(struct params, series_s), .maximum = 120},
    {"timeout_s", MB_FIELD_NUMBER, offsetof(struct params, timeout_s), .minimum = 1, .maximum = 1e6},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params =
        (struct params){.readings = 1, .spread_percent = 0.5, .temperature_spread_k = 2, .timeout_s = 600};
}

static enum mb_step_result begin(struct mb_step *step)
{
    struct state *s = step->state;

    s->begun_s = step_now_s(step);
    if (step->services->energised(step->userdata))
        step_switch_off(step);
    else
        step->services->make_safe(step->userdata);
    return MB_STEP_GOES_ON;
}

static void ask_for_value(struct mb_step *step)
{
    struct state *s = step->state;

    if (!s->asked)
        step->services->ask(step->userdata, "resistance", "winding resistance line to line, in ohm");
    s->asked = true;
}

/* Greatest distance of the motor's temperatures from the coolant, K; *ret_bad: one that cannot be read, or
 * -1. */
static double distance_from_coolant(const struct mb_snapshot *snapshot, int *ret_bad)
{
    double coolant_c = snapshot->signal[MB_SIGNAL_COOLANT].value, distance = 0;
    int bad = mb_snapshot_valid(snapshot, MB_SIGNAL_COOLANT) ? -1 : MB_SIGNAL_COOLANT;

    for (size_t i = 0; i <= snapshot->monitored_count; i++) {
        int signal = i < snapshot->monitored_count ? MB_SIGNAL_MONITORED + (int)i : MB_SIGNAL_WINDING;
        const struct mb_reading *r = &snapshot->signal[signal];

        if (signal == MB_SIGNAL_WINDING && r->validity == MB_NO_DATA) /* there is no sensor */
            continue;
        if (r->validity == MB_VALID)
            distance = fmax(distance, fabs(r->value - coolant_c));
        else if (bad < 0)
            bad = signal;
    }
    *ret_bad = bad;
    return distance;
}

__attribute__((format(printf, 2, 3))) static void wait_for(struct mb_step *step, const char *format, ...)
{
    struct state *s = step->state;
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(s->waiting, sizeof s->waiting, format, ap);
    va_end(ap);
    step_waiting(step, "%s", s->waiting);
}

/* Winding and coolant of a machine that has rested long enough (procedures 0.8). */
static bool cold_enough(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    int bad;
    double distance = distance_from_coolant(snapshot, &bad);

    if (bad >= 0 && step->services->is_manual(step->userdata, (enum mb_signal)bad))
        wait_for(step, "enter the coolant temperature: motorbench answer RUN coolant VALUE");
    else if (bad >= 0)
        wait_for(step, "%s cannot be read: %s", mb_signal_name((enum mb_signal)bad),
                 mb_validity_name(snapshot->signal[bad].validity));
    else if (distance > p->temperature_spread_k)
        wait_for(step, "the motor is not cold: %.1f K between motor and coolant, allowed %.1f K", distance,
                 p->temperature_spread_k);
    return bad < 0 && distance <= p->temperature_spread_k;
}

static double cold_temperature(const struct mb_snapshot *snapshot)
{
    const struct mb_reading *winding = &snapshot->signal[MB_SIGNAL_WINDING];

    return winding->validity == MB_VALID ? winding->value : snapshot->signal[MB_SIGNAL_COOLANT].value;
}

static bool within_spread(const struct state *s, double spread_percent)
{
    double mean = 0;

    for (int i = 0; i < s->count; i++)
        mean += s->ohm[i] / s->count;
    for (int i = 0; i < s->count; i++)
        if (fabs(s->ohm[i] / mean - 1) > spread_percent / 100)
            return false;
    return true;
}

/* A resistance entered by hand is one reading. */
static bool is_series(const struct mb_step *step)
{
    const struct params *p = step->plan->params;

    return p->series_s > 0 && p->store != STORE_COLD &&
           !step->services->is_manual(step->userdata, MB_SIGNAL_RESISTANCE);
}

static bool is_complete(const struct mb_step *step)
{
    const struct params *p = step->plan->params;
    const struct state *s = step->state;

    if (!is_series(step))
        return s->count >= p->readings;
    return s->count == READINGS_MAX || (s->count >= 3 && s->t_s[s->count - 1] - s->t_s[0] >= p->series_s);
}

/* The winding of a large motor cools by several kelvin until its rotor stands. Over so short a time a line is
 * enough; of readings that do not fall the highest counts (A1.3). */
static double value_ohm(const struct mb_step *step)
{
    const struct state *s = step->state;
    double mean = 0, highest = 0;
    struct mb_line line;

    for (int i = 0; i < s->count; i++) {
        mean += s->ohm[i] / s->count;
        highest = fmax(highest, s->ohm[i]);
    }
    if (!is_series(step))
        return mean;
    line = mb_fit_line(s->t_s, s->ohm, (size_t)s->count);
    return line.slope < 0 ? line.intercept : highest;
}

/* What the resistance of the load points is derived from, when the winding has a sensor: a resistance and a
 * temperature of the same moment, if possible that of switching off. */
static void remember_with_sensor(struct mb_step *step, const struct mb_snapshot *snapshot, double ohm,
                                 double then_c)
{
    const struct mb_reading *winding = &snapshot->signal[MB_SIGNAL_WINDING];
    struct mb_run_data *data = step->data;

    data->load_before_ohm = 0;
    if (winding->validity != MB_VALID || step->services->is_manual(step->userdata, MB_SIGNAL_RESISTANCE))
        return;
    data->load_before_ohm = ohm;
    data->load_before_c = is_series(step) && isfinite(then_c) ? then_c : winding->value;
}

/* 2-1-1F: by the sensor its points have their own resistances, so it belongs to the test's. */
static void add_sensor(const struct mb_step *step, const struct mb_snapshot *snapshot, json_t *values)
{
    const struct params *p = step->plan->params;
    const struct mb_reading *winding = &snapshot->signal[MB_SIGNAL_WINDING];

    if ((p->store == STORE_REMOVED_ROTOR || p->store == STORE_REVERSE_ROTATION) &&
        winding->validity == MB_VALID && !step->services->is_manual(step->userdata, MB_SIGNAL_RESISTANCE))
        (void)json_object_set_new(values, "winding_c", json_real(winding->value));
}

static enum mb_step_result finish(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    json_t *values, *rest, *singles = json_array();
    double ohm = value_ohm(step);
    enum mb_step_result r;

    for (int i = 0; i < s->count; i++)
        (void)json_array_append_new(singles, json_real(s->ohm[i]));
    if (p->store == STORE_COLD)
        values = json_pack("{s:f, s:f}", "resistance_ohm", ohm, "temperature_c", cold_temperature(snapshot));
    else
        values = json_pack("{s:f}", "r_ohm", ohm);
    add_sensor(step, snapshot, values);
    if (p->store == STORE_LOAD_BEFORE || p->store == STORE_REDUCED_BEFORE ||
        p->store == STORE_CONVERTER_LOAD_BEFORE)
        remember_with_sensor(step, snapshot, ohm, step->data->reheated_c);
    if (p->store == STORE_RATED_LOAD)
        remember_with_sensor(step, snapshot, ohm, step->data->winding_hot_c);
    rest = json_pack("{s:o, s:f, s:{s:o}}", "single_ohm", singles, "delay_s",
                     s->last_t_s - step->data->switched_off_s, "uncertainty",
                     p->store == STORE_COLD ? "resistance_ohm" : "r_ohm",
                     isfinite(s->uncertainty) ? json_real(s->uncertainty) : json_null());
    r = step_record(step, "reading", stores[p->store], 0, values, rest);
    if (r == MB_STEP_GOES_ON)
        step_event(step, "reading", "%s %.5g ohm", stores[p->store], ohm);
    step->services->ask(step->userdata, "", "");
    return r == MB_STEP_GOES_ON ? MB_STEP_DONE : r;
}

/* True when a new valid reading was added. */
static bool collect(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    const struct mb_reading *r = &snapshot->signal[MB_SIGNAL_RESISTANCE];
    double t_s = (double)r->t_ns * 1e-9;

    if (r->validity != MB_VALID || t_s < s->begun_s || t_s == s->last_t_s) {
        if (step->services->is_manual(step->userdata, MB_SIGNAL_RESISTANCE))
            ask_for_value(step);
        else
            wait_for(step, "winding resistance: %s", mb_validity_name(r->validity));
        return false;
    }
    if (is_series(step) && s->count > 0 && t_s - s->last_t_s < p->series_s / (READINGS_MAX - 1))
        return false;
    s->last_t_s = t_s;
    s->uncertainty = r->standard_uncertainty;
    s->asked = false;
    s->t_s[s->count] = t_s - step->data->switched_off_s;
    s->ohm[s->count++] = r->value;
    return true;
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;

    if (step_now_s(step) - s->begun_s > p->timeout_s && !s->asked)
        return step_invalid(step, "%s: no steady winding resistance within %.0f s%s%s", step->plan->title,
                            p->timeout_s, s->waiting[0] ? ": " : "", s->waiting);
    if (!s->measuring) {
        if (!step->services->is_safe(step->userdata))
            return MB_STEP_GOES_ON;
        s->measuring = true;
        return step_measure(step, MB_BENCH_REST);
    }
    if (p->store == STORE_COLD && !cold_enough(step, snapshot))
        return MB_STEP_GOES_ON;
    if (!collect(step, snapshot))
        return MB_STEP_GOES_ON;
    wait_for(step, "%s", "");
    if (!is_complete(step))
        return MB_STEP_GOES_ON;
    if (is_series(step) || within_spread(s, p->spread_percent))
        return finish(step, snapshot);
    step_event(step, "repeat", "the %d readings of resistance differ by more than %.2f %% from their mean",
               s->count, p->spread_percent);
    s->count = 0;
    return MB_STEP_GOES_ON;
}

/* A value entered by hand comes back with the next snapshot, marked as manual. */
static int answer(struct mb_step *step, const char *id, const char *word, double number)
{
    const struct state *s = step->state;

    (void)word;
    if (!s->asked || strcmp(id, "resistance") != 0 || !(number > 0))
        return -EINVAL;
    return 1; /* the run enters it into the bench */
}

const struct mb_step_kind mb_step_resistance = {
    .name = "resistance",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .begin = begin,
    .tick = tick,
    .answer = answer,
};
