/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "procedure/thermal_resume.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "method/fit.h"
#include "document/item.h"

#define PAIRS_MAX 4096
#define PAIRS_MIN 3

const char *mb_monitor_key(size_t part, char buffer[static 24])
{
    if (part == MB_MONITORED_MAX)
        (void)snprintf(buffer, 24, "winding_c");
    else
        (void)snprintf(buffer, 24, "monitored_%zu_c", part + 1);
    return buffer;
}

enum mb_signal mb_monitor_signal(size_t part)
{
    return part == MB_MONITORED_MAX ? MB_SIGNAL_WINDING : (enum mb_signal)(MB_SIGNAL_MONITORED + (int)part);
}

static bool is_monitored(const json_t *reading)
{
    const char *store = json_string_value(json_object_get(reading, "store"));

    return store && strcmp(store, MB_MONITOR_STORE) == 0;
}

struct series {
    double rise_k[PAIRS_MAX], slope_k_per_s[PAIRS_MAX]; /* between two readings of one attempt */
    size_t count;
    double last_t_s, last_c, last_rise_k; /* NAN: none */
    json_int_t last_index;
};

static void add_reading(struct series *s, const json_t *reading, const char *key)
{
    double t_s = json_number_value(json_object_get(reading, "t_s")), c = mb_item_value(reading, key);
    double rise_k = c - mb_item_value(reading, "coolant_c");
    json_int_t index = json_integer_value(json_object_get(reading, "index"));

    if (!isfinite(rise_k))
        return;
    if (isfinite(s->last_rise_k) && index == s->last_index + 1 && t_s > s->last_t_s && s->count < PAIRS_MAX) {
        s->rise_k[s->count] = (rise_k + s->last_rise_k) / 2;
        s->slope_k_per_s[s->count++] = (rise_k - s->last_rise_k) / (t_s - s->last_t_s);
    }
    s->last_t_s = t_s;
    s->last_c = c;
    s->last_rise_k = rise_k;
    s->last_index = index;
}

static void read_series(const json_t *readings, size_t part, struct series *s)
{
    char key[24];
    json_t *reading;
    size_t i;

    s->count = 0;
    s->last_c = s->last_rise_k = s->last_t_s = NAN;
    (void)mb_monitor_key(part, key);
    json_array_foreach(readings, i, reading) if (is_monitored(reading)) add_reading(s, reading, key);
}

/* d(rise)/dt = (end - rise) / tau is a line over the rise; NAN where the readings do not fall on one. */
static double time_constant_s(const struct series *s)
{
    struct mb_line line;

    if (s->count < PAIRS_MIN)
        return NAN;
    line = mb_fit_line(s->rise_k, s->slope_k_per_s, s->count);
    return line.slope < 0 ? -1 / line.slope : NAN;
}

double mb_monitor_cooled_k(const json_t *readings, size_t part, double now_s)
{
    struct series s;
    double tau_s;

    read_series(readings, part, &s);
    if (isnan(s.last_rise_k))
        return NAN;
    tau_s = time_constant_s(&s);
    return fmax(0, s.last_rise_k) * (isnan(tau_s) ? 1 : 1 - exp(-fmax(0, now_s - s.last_t_s) / tau_s));
}

static double last_c(const json_t *readings, size_t part)
{
    struct series s;

    read_series(readings, part, &s);
    return s.last_c;
}

enum mb_step_result mb_thermal_may_resume(struct mb_step *step, const json_t *readings, double now_s,
                                          const struct mb_snapshot *snapshot, double limit_k)
{
    for (size_t part = 0; part < MB_MONITOR_PARTS; part++) {
        enum mb_signal signal = mb_monitor_signal(part);
        double then_c = last_c(readings, part), model_k = mb_monitor_cooled_k(readings, part, now_s);

        if (isnan(then_c)) /* not read before */
            continue;
        if (model_k > limit_k)
            return step_invalid(
                step,
                "the motor stood too long in the thermal run: by its exponential %s has cooled "
                "by %.1f K, allowed %.1f K",
                mb_signal_name(signal), model_k, limit_k);
        if (!mb_snapshot_valid(snapshot, signal)) {
            step_waiting(step, "%s cannot be read: whether the motor has cooled is not known",
                         mb_signal_name(signal));
            return MB_STEP_GOES_ON;
        }
        if (then_c - snapshot->signal[signal].value > limit_k)
            return step_invalid(step,
                                "the motor has cooled in the interrupted thermal run: %s read %.1f degC and "
                                "now %.1f degC, allowed %.1f K",
                                mb_signal_name(signal), then_c, snapshot->signal[signal].value, limit_k);
    }
    return MB_STEP_DONE;
}
