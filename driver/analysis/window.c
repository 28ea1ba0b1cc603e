/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One window's samples to its result. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/internal.h"
#include "dsp/three_phase.h"

/* The window with its voltages or currents converted; view has room for all channels. */
static int convert(struct mb_analyser *analyser, const struct mb_window *window, const double *view[],
                   struct mb_window *ret, struct mb_error *err)
{
    static void (*const functions[MB_CONVERT_COUNT])(const double *const in[3], double *const out[3],
                                                     size_t n) = {
        [MB_CONVERT_STAR] = mb_star_from_delta,
        [MB_CONVERT_DELTA] = mb_delta_from_star,
        [MB_CONVERT_LINES] = mb_lines_from_sides,
    };
    const struct mb_analyser_setting *s = &analyser->setting;
    const struct {
        enum mb_wave_quantity quantity;
        enum mb_conversion conversion;
    } sides[] = {{MB_WAVE_VOLTAGE, s->voltages}, {MB_WAVE_CURRENT, s->currents}};

    if (window->count > analyser->converted_room) {
        free(analyser->converted);
        analyser->converted_room = 0;
        analyser->converted = calloc(6 * window->count, sizeof *analyser->converted);
        if (!analyser->converted)
            return mb_error_set(err, -ENOMEM, "no memory for star and delta");
        analyser->converted_room = window->count;
    }
    for (size_t c = 0; c < s->channel_count; c++)
        view[c] = window->channels[c];
    for (size_t side = 0; side < 2; side++) {
        size_t found[MB_BLOCK_CHANNELS_MAX];
        const double *in[3];
        double *out[3];

        if (sides[side].conversion == MB_CONVERT_NONE)
            continue;
        (void)mb_channels_of(analyser->channel, s->channel_count, sides[side].quantity, found);
        for (size_t k = 0; k < 3; k++) {
            in[k] = window->channels[found[k]];
            view[found[k]] = out[k] = analyser->converted + (3 * side + k) * analyser->converted_room;
        }
        functions[sides[side].conversion](in, out, window->count);
    }
    *ret = *window;
    ret->channels = view;
    return 0;
}

/* Harmonics of all channels, two at a time. */
static int fill_lines(struct mb_analyser *analyser, const struct mb_window *window, struct mb_analysis *a,
                      struct mb_error *err)
{
    size_t n = analyser->setting.channel_count;
    int r = mb_harmonics_prepare(analyser->engine, window, analyser->setting.orders, err);

    if (r == -ENODATA)
        a->line_flags |= MB_WAVE_NO_SYNC;
    if (r < 0)
        return r == -ENOMEM ? r : 0;
    for (size_t c = 0; c < n; c += 2) {
        bool two = c + 1 < n;

        mb_harmonics_pair(analyser->engine, window->channels[c], two ? window->channels[c + 1] : NULL,
                          &analyser->harmonics[c], two ? &analyser->harmonics[c + 1] : NULL);
    }
    a->highest = analyser->harmonics[0].highest;
    a->line_flags |= analyser->harmonics[0].flags;
    a->lines_wanted_s = analyser->harmonics[0].wanted_s;
    return 0;
}

void analysis_distortion(const struct mb_analyser *analyser, size_t c, const struct mb_harmonics *h,
                         struct mb_analysis_channel *channel)
{
    double orders_v[MB_HARMONIC_ORDERS + 1], rated_v = analyser->setting.rated_v;

    channel->thd_fundamental = channel->thd_total = NAN;
    channel->thd_groups = channel->thd_subgroups = channel->hvf = NAN;
    if (!h)
        return;
    channel->thd_fundamental = mb_thd_fundamental(h, MB_CONTENT_ORDERS, MB_ANALYSIS_THD_HIGHEST);
    channel->thd_groups = mb_thd_fundamental(h, MB_CONTENT_GROUPS, MB_ANALYSIS_THD_HIGHEST);
    channel->thd_subgroups = mb_thd_fundamental(h, MB_CONTENT_SUBGROUPS, MB_ANALYSIS_THD_HIGHEST);
    channel->thd_total = mb_thd_total(h, MB_CONTENT_ORDERS, MB_ANALYSIS_THD_HIGHEST, channel->values.rms);
    if (analyser->channel[c].quantity != MB_WAVE_VOLTAGE)
        return;
    for (unsigned order = 0; order <= h->highest; order++)
        orders_v[order] = cabs(h->order[order]);
    channel->hvf =
        mb_harmonic_voltage_factor(orders_v, h->highest + 1, rated_v > 0 ? rated_v : orders_v[1], true);
}

static void fill_channels(struct mb_analyser *analyser, const struct mb_window *window,
                          const struct mb_span_weights *weights, struct mb_analysis *a)
{
    a->hvf = NAN;
    for (size_t c = 0; c < analyser->setting.channel_count; c++) {
        struct mb_analysis_channel *channel = &analyser->values[c];

        mb_channel_values(weights, window->channels[c], NULL, &channel->values);
        a->flags |= channel->values.flags;
        analysis_distortion(analyser, c, a->highest > 0 ? &analyser->harmonics[c] : NULL, channel);
        a->hvf = fmax(a->hvf, channel->hvf);
    }
}

static double mean_product(const struct mb_span_weights *weights, const double x[], const double y[])
{
    struct mb_pair_sums sums;

    mb_span_pair_sums(weights, x, y, &sums);
    return sums.xy / weights->length;
}

static void fill_elements(const struct mb_analyser *analyser, const struct mb_window *window,
                          const struct mb_span_weights *weights, struct mb_analysis *a)
{
    const struct analysis_circuit *c = &analyser->circuit;
    size_t count = mb_wiring_elements(c->wiring);

    for (size_t k = 0; k < count; k++) {
        const double *const *x = window->channels;
        size_t next = (k + 1) % count;

        mb_element_measure(weights, x[c->u[k]], x[c->i[k]], &a->elements[k]);
        if (analyser->setting.apparent != MB_APPARENT_EFFECTIVE)
            continue;
        a->elements[k].uu_next = mean_product(weights, x[c->u[k]], x[c->u[next]]);
        a->elements[k].ii_next = mean_product(weights, x[c->i[k]], x[c->i[next]]);
    }
}

static int64_t time_of(const struct mb_analyser *analyser, const struct mb_window *window)
{
    double samples = (double)(int64_t)(window->first + window->span.end.sample - analyser->clock_first) +
                     window->span.end.fraction;

    return analyser->clock_ns + llround(samples * 1e9 / window->rate_hz);
}

/* A window that is too short to be weighed has no values. */
static void fill_nothing(struct mb_analyser *analyser, struct mb_analysis *a)
{
    for (size_t c = 0; c < analyser->setting.channel_count; c++)
        analyser->values[c] = (struct mb_analysis_channel){
            {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0}, NAN, NAN, NAN, NAN, NAN};
    for (size_t k = 0; k < MB_ELEMENTS_MAX; k++)
        a->elements[k] = (struct mb_element){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    a->flags |= MB_WAVE_TOO_SHORT;
    a->hvf = NAN;
    a->machine = (struct mb_analysis_machine){NAN, NAN, NAN, NAN, NAN};
}

int analysis_of_window(struct mb_analyser *analyser, const struct mb_window *window, struct mb_analysis *ret,
                       struct mb_error *err)
{
    const double *view[MB_BLOCK_CHANNELS_MAX];
    struct mb_span_weights weights;
    struct mb_window w = *window;
    struct mb_analysis a = {.first = window->first + window->span.start.sample,
                            .t_ns = time_of(analyser, window),
                            .frequency_hz = window->frequency_hz,
                            .cycles = window->cycles,
                            .flags = window->flags,
                            .wanted_s = window->wanted_s,
                            .channel_count = analyser->setting.channel_count,
                            .channels = analyser->values,
                            .harmonics = analyser->harmonics,
                            .wired = analyser->circuit.wired};
    int r = 0;

    if (mb_span_weigh(&window->span, window->count, &weights) < 0) {
        fill_nothing(analyser, &a);
        analysis_electrical(analyser, &a);
        *ret = a;
        return 0;
    }
    a.length = weights.length;
    a.duration_s = weights.length / window->rate_hz;
    if (analyser->setting.voltages != MB_CONVERT_NONE || analyser->setting.currents != MB_CONVERT_NONE)
        r = convert(analyser, window, view, &w, err);
    if (r == 0)
        r = fill_lines(analyser, &w, &a, err);
    if (r < 0)
        return r;
    fill_channels(analyser, &w, &weights, &a);
    if (a.wired)
        fill_elements(analyser, &w, &weights, &a);
    analysis_electrical(analyser, &a);
    analysis_machine(analyser, &w, &weights, &a);
    *ret = a;
    return 0;
}
