/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Harmonics of all channels, averaged over the windows as mean squares. */
#include <errno.h>
#include <math.h>

#include "document/number_json.h"
#include "waveform/electrical.h"

static json_t *distortion_rows(const struct report_setting *setting, const struct mb_analysis *a)
{
    json_t *rows = json_array();

    for (size_t c = 0; c < a->channel_count; c++) {
        const struct mb_analysis_channel *channel = &a->channels[c];
        double fundamental = a->highest > 0 ? creal(a->harmonics[c].order[1]) : NAN;

        (void)json_array_append_new(
            rows, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "channel", setting->channels[c].name,
                            "unit", mb_wave_quantity_unit(setting->channels[c].quantity), "rms",
                            mb_json_number(channel->values.rms), "fundamental", mb_json_number(fundamental),
                            "thd_fundamental", mb_json_number(channel->thd_fundamental), "thd_total",
                            mb_json_number(channel->thd_total), "thd_subgroups",
                            mb_json_number(channel->thd_subgroups), "thd_groups",
                            mb_json_number(channel->thd_groups)));
    }
    return rows;
}

static double content_of(const struct mb_harmonics *h, enum mb_harmonic_content content, unsigned order)
{
    switch (content) {
    case MB_CONTENT_GROUPS:
        return h->group[order];
    case MB_CONTENT_SUBGROUPS:
        return h->subgroup[order];
    case MB_CONTENT_ORDERS:
        break;
    }
    return creal(h->order[order]);
}

/* One table of rms values by order, a column a channel. */
static json_t *order_rows(const struct report_setting *setting, const struct mb_analysis *a,
                          enum mb_harmonic_content content)
{
    json_t *rows = json_array();

    for (unsigned k = 0; a->highest > 0 && k <= a->highest; k++) {
        json_t *row = json_pack("{s:i}", "order", (int)k);

        for (size_t c = 0; c < a->channel_count; c++)
            (void)json_object_set_new(row, setting->channels[c].name,
                                      mb_json_number(content_of(&a->harmonics[c], content, k)));
        (void)json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *power_rows(const struct mb_analysis_mean *mean, const struct mb_analysis *a)
{
    json_t *rows = json_array();

    for (unsigned k = 0; a->wired && a->highest > 0 && k <= a->highest; k++) {
        double complex power = mb_analysis_mean_order_power(mean, k);

        (void)json_array_append_new(rows, json_pack("{s:i, s:o, s:o}", "order", (int)k, "p_w",
                                                    mb_json_number(creal(power)), "q_var",
                                                    mb_json_number(cimag(power))));
    }
    return rows;
}

static int harmonics_finish(void *report, struct report_result *ret, struct mb_error *err)
{
    struct electrical *e = report;
    struct mb_analysis a;
    size_t windows;
    json_t *values;
    int r = electrical_end(e, &a, err);

    if (r < 0)
        return r;
    windows = mb_analysis_mean_line_count(e->mean);
    if (windows == 0 && mb_analysis_mean_count(e->mean) > 0 && !isnan(a.frequency_hz))
        return mb_error_set(err, -EINVAL, "harmonics: there are too few samples in a cycle of %g Hz",
                            a.frequency_hz);
    values =
        json_pack("{s:i, s:o, s:i, s:o, s:o, s:o, s:o, s:o}", "windows", (int)windows, "frequency_hz",
                  mb_json_number(a.frequency_hz), "thd_highest_order", MB_ANALYSIS_THD_HIGHEST, "channels",
                  distortion_rows(e->setting, &a), "orders", order_rows(e->setting, &a, MB_CONTENT_ORDERS),
                  "groups", order_rows(e->setting, &a, MB_CONTENT_GROUPS), "subgroups",
                  order_rows(e->setting, &a, MB_CONTENT_SUBGROUPS), "order_powers", power_rows(e->mean, &a));
    if (!values)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    *ret = (struct report_result){
        .values = values, .flags = a.flags | a.line_flags, .wanted_s = fmax(a.wanted_s, a.lines_wanted_s)};
    return 0;
}

const struct report_ops harmonics_report = {.name = "harmonics",
                                            .quantity = MB_WAVE_VOLTAGE,
                                            .example = "u1=voltage:V",
                                            .invalid = MB_WAVE_INVALID | MB_WAVE_TOO_SHORT | MB_WAVE_RATE |
                                                       MB_WAVE_NO_SYNC,
                                            .new = electrical_new,
                                            .push = electrical_push,
                                            .finish = harmonics_finish,
                                            .free = electrical_free};
