/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Harmonics of all channels, averaged over the windows as mean squares. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "document/number_json.h"
#include "dsp/harmonics.h"
#include "dsp/power.h"
#include "waveform/windows.h"

#define THD_HIGHEST 50 /* order */

struct spectrum { /* sums of squares over the windows */
    double order[MB_HARMONIC_ORDERS + 1], group[MB_HARMONIC_ORDERS + 1], subgroup[MB_HARMONIC_ORDERS + 1];
    double square;
};

struct harmonics {
    const struct report_setting *setting;
    struct mb_windows *windows;
    struct mb_harmonics_engine *engine;
    struct spectrum *spectra; /* one a channel */
    unsigned highest;
    size_t count;
    double frequency_hz, wanted_s;
    uint32_t flags;
};

static void harmonics_free(void *report)
{
    struct harmonics *h = report;

    (void)mb_windows_free(h->windows);
    (void)mb_harmonics_engine_free(h->engine);
    free(h->spectra);
    free(h);
}

static int harmonics_new(const struct report_setting *setting, const struct mb_block *first, void **ret,
                         struct mb_error *err)
{
    struct harmonics *h = calloc(1, sizeof *h);
    int r = 0;

    if (!h)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    h->setting = setting;
    h->highest = MB_HARMONIC_ORDERS;
    h->spectra = calloc(setting->channel_count, sizeof *h->spectra);
    if (!h->spectra || mb_harmonics_engine_new(&h->engine) < 0)
        r = mb_error_set(err, -ENOMEM, "not enough memory");
    if (r == 0)
        r = report_windows_new(setting, first, &h->windows, err);
    if (r < 0) {
        harmonics_free(h);
        return r;
    }
    *ret = h;
    return 0;
}

static void add_spectrum(struct spectrum *s, const struct mb_harmonics *h, double square)
{
    for (unsigned k = 0; k <= h->highest; k++) {
        s->order[k] += creal(h->order[k]) * creal(h->order[k]) + cimag(h->order[k]) * cimag(h->order[k]);
        s->group[k] += h->group[k] * h->group[k];
        s->subgroup[k] += h->subgroup[k] * h->subgroup[k];
    }
    s->square += square;
}

/* Two channels at once; the last may be alone. */
static void add_pair(struct harmonics *h, const struct mb_window *window,
                     const struct mb_span_weights *weights, size_t c)
{
    size_t n = h->setting->channel_count - c < 2 ? 1 : 2;
    struct mb_harmonics result[2];

    mb_harmonics_pair(h->engine, window->channels[c], n == 2 ? window->channels[c + 1] : NULL, &result[0],
                      n == 2 ? &result[1] : NULL);
    for (size_t k = 0; k < n; k++) {
        struct mb_channel_values values;

        mb_channel_values(weights, window->channels[c + k], NULL, &values);
        add_spectrum(&h->spectra[c + k], &result[k], values.rms * values.rms);
        h->flags |= result[k].flags | values.flags;
        h->wanted_s = fmax(h->wanted_s, result[k].wanted_s);
        if (result[k].highest < h->highest)
            h->highest = result[k].highest;
    }
}

static int add_window(void *report, const struct mb_window *window, struct mb_error *err)
{
    struct harmonics *h = report;
    struct mb_span_weights weights;
    int r;

    h->flags |= window->flags;
    if (mb_span_weigh(&window->span, window->count, &weights) < 0) {
        h->flags |= MB_WAVE_TOO_SHORT;
        return 0;
    }
    r = mb_harmonics_prepare(h->engine, window, MB_HARMONIC_ORDERS, err);
    if (r == -ENODATA) {
        h->flags |= MB_WAVE_NO_SYNC;
        return 0;
    }
    if (r < 0)
        return r;
    for (size_t c = 0; c < h->setting->channel_count; c += 2)
        add_pair(h, window, &weights, c);
    h->frequency_hz += window->frequency_hz;
    h->count++;
    return 0;
}

static int harmonics_push(void *report, const struct mb_block *block, struct mb_error *err)
{
    struct harmonics *h = report;

    return report_windows_push(h->windows, block, add_window, h, err);
}

static json_t *distortion_rows(const struct harmonics *h)
{
    json_t *rows = json_array();
    double n = (double)h->count;

    for (size_t c = 0; c < h->setting->channel_count; c++) {
        struct mb_harmonics mean = {.highest = h->highest};
        double rms = sqrt(h->spectra[c].square / n);

        for (unsigned k = 0; k <= h->highest; k++) {
            mean.order[k] = sqrt(h->spectra[c].order[k] / n);
            mean.group[k] = sqrt(h->spectra[c].group[k] / n);
            mean.subgroup[k] = sqrt(h->spectra[c].subgroup[k] / n);
        }
        (void)json_array_append_new(
            rows,
            json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "channel", h->setting->channels[c].name, "unit",
                      mb_wave_quantity_unit(h->setting->channels[c].quantity), "rms", mb_json_number(rms),
                      "fundamental", mb_json_number(creal(mean.order[1])), "thd_fundamental",
                      mb_json_number(mb_thd_fundamental(&mean, MB_CONTENT_ORDERS, THD_HIGHEST)), "thd_total",
                      mb_json_number(mb_thd_total(&mean, MB_CONTENT_ORDERS, THD_HIGHEST, rms)),
                      "thd_subgroups",
                      mb_json_number(mb_thd_fundamental(&mean, MB_CONTENT_SUBGROUPS, THD_HIGHEST))));
    }
    return rows;
}

/* One table of rms values by order, a column a channel. */
static json_t *order_rows(const struct harmonics *h, enum mb_harmonic_content content)
{
    json_t *rows = json_array();

    for (unsigned k = 0; h->count > 0 && k <= h->highest; k++) {
        json_t *row = json_pack("{s:i}", "order", (int)k);

        for (size_t c = 0; c < h->setting->channel_count; c++) {
            const struct spectrum *s = &h->spectra[c];
            const double *squares = content == MB_CONTENT_ORDERS   ? s->order
                                    : content == MB_CONTENT_GROUPS ? s->group
                                                                   : s->subgroup;

            (void)json_object_set_new(row, h->setting->channels[c].name,
                                      mb_json_number(sqrt(squares[k] / (double)h->count)));
        }
        (void)json_array_append_new(rows, row);
    }
    return rows;
}

static int harmonics_finish(void *report, struct report_result *ret, struct mb_error *err)
{
    struct harmonics *h = report;
    int r = report_windows_push(h->windows, NULL, add_window, h, err);
    json_t *values;

    if (r < 0)
        return r;
    values = json_pack("{s:i, s:o, s:i, s:o, s:o, s:o, s:o}", "windows", (int)h->count, "frequency_hz",
                       mb_json_number(h->count > 0 ? h->frequency_hz / (double)h->count : NAN),
                       "thd_highest_order", THD_HIGHEST, "channels", distortion_rows(h), "orders",
                       order_rows(h, MB_CONTENT_ORDERS), "groups", order_rows(h, MB_CONTENT_GROUPS),
                       "subgroups", order_rows(h, MB_CONTENT_SUBGROUPS));
    if (!values)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    *ret = (struct report_result){.values = values, .flags = h->flags, .wanted_s = h->wanted_s};
    return 0;
}

const struct report_ops harmonics_report = {.name = "harmonics",
                                            .quantity = MB_WAVE_VOLTAGE,
                                            .example = "u1=voltage:V",
                                            .invalid = MB_WAVE_INVALID | MB_WAVE_TOO_SHORT | MB_WAVE_RATE |
                                                       MB_WAVE_NO_SYNC,
                                            .new = harmonics_new,
                                            .push = harmonics_push,
                                            .finish = harmonics_finish,
                                            .free = harmonics_free};
