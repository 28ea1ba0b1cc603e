/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Voltages, currents and powers, averaged over the windows: rms as the root of the mean square, as one long
 * window would have it. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "document/number_json.h"
#include "dsp/harmonics.h"
#include "dsp/power.h"
#include "waveform/windows.h"

struct channel_sums { /* weighted by the length of the windows */
    double square, mean, rectified, max, min;
};

struct power {
    const struct report_setting *setting;
    struct mb_windows *windows;
    struct mb_harmonics_engine *harmonics;
    struct channel_sums channels[MB_BLOCK_CHANNELS_MAX];
    bool wired;
    enum mb_wiring wiring;
    size_t u[MB_ELEMENTS_MAX], i[MB_ELEMENTS_MAX];
    struct mb_element elements[MB_ELEMENTS_MAX];
    double length, cycles_length, frequency; /* samples; Hz times samples */
    double duration_s, wanted_s;
    size_t count;
    uint32_t flags;
};

/* As many voltages as currents, and a wiring that has so many elements. */
static int choose_wiring(struct power *p, struct mb_error *err)
{
    static const enum mb_wiring usual[] = {MB_WIRING_1P2W, MB_WIRING_3P3W, MB_WIRING_3P4W};
    size_t u[MB_BLOCK_CHANNELS_MAX], i[MB_BLOCK_CHANNELS_MAX];
    size_t n = report_channels(p->setting, MB_WAVE_VOLTAGE, u);
    size_t currents = report_channels(p->setting, MB_WAVE_CURRENT, i);

    p->wired = n > 0 && n == currents && n <= MB_ELEMENTS_MAX;
    if (p->setting->wiring) {
        if (mb_wiring_from_name(p->setting->wiring, &p->wiring) < 0)
            return mb_error_set(err, -EINVAL,
                                "--wiring: '%.20s' is not known, allowed: 1P2W, 1P3W, 3P3W, 3V3A, 3P4W",
                                p->setting->wiring);
        if (!p->wired || mb_wiring_elements(p->wiring) != n)
            return mb_error_set(err, -EINVAL,
                                "--wiring %s needs %zu voltages and as many currents, there are %zu and %zu",
                                p->setting->wiring, mb_wiring_elements(p->wiring), n, currents);
    } else if (p->wired) {
        p->wiring = usual[n - 1];
    }
    for (size_t k = 0; p->wired && k < n; k++) {
        p->u[k] = u[k];
        p->i[k] = i[k];
    }
    return 0;
}

static void power_free(void *report)
{
    struct power *p = report;

    (void)mb_windows_free(p->windows);
    (void)mb_harmonics_engine_free(p->harmonics);
    free(p);
}

static int power_new(const struct report_setting *setting, const struct mb_block *first, void **ret,
                     struct mb_error *err)
{
    struct power *p = calloc(1, sizeof *p);
    int r;

    if (!p)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    p->setting = setting;
    for (size_t c = 0; c < setting->channel_count; c++)
        p->channels[c] = (struct channel_sums){.max = -INFINITY, .min = INFINITY};
    r = choose_wiring(p, err);
    if (r == 0 && mb_harmonics_engine_new(&p->harmonics) < 0)
        r = mb_error_set(err, -ENOMEM, "not enough memory");
    if (r == 0)
        r = report_windows_new(setting, first, &p->windows, err);
    if (r < 0) {
        power_free(p);
        return r;
    }
    *ret = p;
    return 0;
}

static void add_channel(struct channel_sums *sums, const struct mb_channel_values *values, double length)
{
    sums->square += values->rms * values->rms * length;
    sums->mean += values->mean * length;
    sums->rectified += values->rectified_mean * length;
    sums->max = fmax(sums->max, values->max);
    sums->min = fmin(sums->min, values->min);
}

static void add_element(struct power *p, size_t k, const struct mb_window *window,
                        const struct mb_span_weights *weights, bool lines)
{
    const double *u = window->channels[p->u[k]], *i = window->channels[p->i[k]];
    struct mb_harmonics hu, hi;
    struct mb_element e;

    mb_element_measure(weights, u, i, &e);
    p->elements[k].uu += e.uu * weights->length;
    p->elements[k].ii += e.ii * weights->length;
    p->elements[k].ui += e.ui * weights->length;
    if (lines) {
        mb_harmonics_pair(p->harmonics, u, i, &hu, &hi);
        p->elements[k].q1_var += cimag(mb_harmonic_power(&hu, &hi, 1)) * weights->length;
    }
}

static int add_window(void *report, const struct mb_window *window, struct mb_error *err)
{
    struct power *p = report;
    struct mb_span_weights weights;
    uint32_t flags = window->flags;
    bool lines;

    if (flags & MB_WAVE_TOO_SHORT)
        p->wanted_s = fmax(p->wanted_s, window->wanted_s);
    (void)err;
    if (mb_span_weigh(&window->span, window->count, &weights) < 0) {
        p->flags |= flags | MB_WAVE_TOO_SHORT;
        return 0;
    }
    lines = p->wired && mb_harmonics_prepare(p->harmonics, window, 1, NULL) == 0;
    for (size_t c = 0; c < p->setting->channel_count; c++) {
        struct mb_channel_values values;

        mb_channel_values(&weights, window->channels[c], NULL, &values);
        flags |= values.flags;
        add_channel(&p->channels[c], &values, weights.length);
    }
    for (size_t k = 0; p->wired && k < mb_wiring_elements(p->wiring); k++)
        add_element(p, k, window, &weights, lines);
    p->length += weights.length;
    p->duration_s += weights.length / window->rate_hz;
    if (lines || (!p->wired && window->cycles > 0)) {
        p->cycles_length += weights.length;
        p->frequency += window->frequency_hz * weights.length;
    }
    p->flags |= flags;
    p->count++;
    return 0;
}

static int power_push(void *report, const struct mb_block *block, struct mb_error *err)
{
    struct power *p = report;

    return report_windows_push(p->windows, block, add_window, p, err);
}

static json_t *channel_rows(const struct power *p)
{
    json_t *rows = json_array();

    for (size_t c = 0; c < p->setting->channel_count; c++) {
        const struct mb_wave_channel *channel = &p->setting->channels[c];
        const struct channel_sums *s = &p->channels[c];
        double rms = sqrt(s->square / p->length), mean = s->mean / p->length;
        double peak = fmax(fabs(s->max), fabs(s->min));

        (void)json_array_append_new(
            rows, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "channel", channel->name, "unit",
                            mb_wave_quantity_unit(channel->quantity), "rms", mb_json_number(rms), "mean",
                            mb_json_number(mean), "rectified_mean", mb_json_number(s->rectified / p->length),
                            "max", mb_json_number(s->max), "min", mb_json_number(s->min), "peak",
                            mb_json_number(peak), "crest", mb_json_number(rms > 0 ? peak / rms : NAN)));
    }
    return rows;
}

static json_t *power_row(const char *element, const struct mb_power *power)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o}", "element", element, "p_w", mb_json_number(power->p_w),
                     "s_va", mb_json_number(power->s_va), "q_var", mb_json_number(power->q_var),
                     "power_factor", mb_json_number(power->power_factor));
}

static json_t *power_rows(const struct power *p)
{
    struct mb_element means[MB_ELEMENTS_MAX];
    struct mb_wired_power power;
    json_t *rows = json_array();
    char name[24];

    for (size_t k = 0; k < mb_wiring_elements(p->wiring); k++)
        means[k] = (struct mb_element){
            .uu = p->elements[k].uu / p->length,
            .ii = p->elements[k].ii / p->length,
            .ui = p->elements[k].ui / p->length,
            .q1_var = p->cycles_length == p->length ? p->elements[k].q1_var / p->length : NAN};
    mb_wired_power(p->wiring, MB_REACTIVE_TOTAL, MB_APPARENT_ARITHMETIC, means, &power);
    for (size_t k = 0; k < mb_wiring_power_elements(p->wiring); k++) {
        (void)snprintf(name, sizeof name, "%zu", k + 1);
        (void)json_array_append_new(rows, power_row(name, &power.element[k]));
    }
    (void)json_array_append_new(rows, power_row("total", &power.total));
    return rows;
}

static int power_finish(void *report, struct report_result *ret, struct mb_error *err)
{
    struct power *p = report;
    int r = report_windows_push(p->windows, NULL, add_window, p, err);
    json_t *values;

    if (r < 0)
        return r;
    values = json_pack("{s:i, s:o, s:o, s:o}", "windows", (int)p->count, "duration_s",
                       mb_json_number(p->duration_s), "frequency_hz",
                       mb_json_number(p->cycles_length > 0 ? p->frequency / p->cycles_length : NAN),
                       "channels", channel_rows(p));
    if (values && p->wired) {
        (void)json_object_set_new(values, "wiring", json_string(mb_wiring_name(p->wiring)));
        (void)json_object_set_new(values, "reactive", json_string(mb_reactive_name(MB_REACTIVE_TOTAL)));
        (void)json_object_set_new(values, "apparent", json_string(mb_apparent_name(MB_APPARENT_ARITHMETIC)));
        (void)json_object_set_new(values, "power", power_rows(p));
    }
    if (!values)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    *ret = (struct report_result){.values = values,
                                  .flags = p->flags | (p->count == 0 ? MB_WAVE_TOO_SHORT : 0),
                                  .wanted_s = p->wanted_s};
    return 0;
}

const struct report_ops power_report = {.name = "power",
                                        .quantity = MB_WAVE_VOLTAGE,
                                        .example = "u1=voltage:V,i1=current:A",
                                        .invalid = MB_WAVE_INVALID | MB_WAVE_TOO_SHORT | MB_WAVE_RATE,
                                        .new = power_new,
                                        .push = power_push,
                                        .finish = power_finish,
                                        .free = power_free};
