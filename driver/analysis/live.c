/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/live.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/spectrum.h"

/* Of a scope: 50 ms at most rates, and about a second of them; of a spectrum three seconds. */
#define SCOPE_POINTS_MIN ((size_t)256)
#define SCOPE_POINTS_MAX ((size_t)16384)
#define SCOPE_FRAMES 32
#define SPECTRUM_FRAMES 16
#define SPECTRUM_S                                                                                           \
    0.2 /* of signals without cycles: 5 Hz from line to line, as orders of 50 Hz have in 10 cycles */

struct mb_live {
    struct mb_live_setting setting;
    struct mb_wave_channel channels[MB_BLOCK_CHANNELS_MAX];
    struct mb_analyser *fast, *lines;
    struct mb_spectrum *bands; /* instead of lines where there is no supply; else NULL */
    struct mb_ring_writer *scope, *spectrum;
    double hvf;
    uint64_t clock_first; /* a sample whose time is known */
    int64_t clock_ns;
    double rate_hz;
    double *orders; /* rms of every channel, for the spectrum */
};

int mb_ring_kind_from_name(const char *name, enum mb_ring_kind *ret)
{
    static const char *const names[] = {[MB_RING_SCOPE] = "scope", [MB_RING_SPECTRUM] = "spectrum"};

    for (int kind = MB_RING_SCOPE; kind <= MB_RING_SPECTRUM; kind++)
        if (strcmp(name, names[kind]) == 0) {
            *ret = (enum mb_ring_kind)kind;
            return 0;
        }
    return -EINVAL;
}

struct mb_live *mb_live_free(struct mb_live *live)
{
    if (!live)
        return NULL;
    (void)mb_analyser_free(live->fast);
    (void)mb_analyser_free(live->lines);
    (void)mb_spectrum_free(live->bands);
    (void)mb_ring_writer_free(live->scope);
    (void)mb_ring_writer_free(live->spectrum);
    free(live->orders);
    free(live);
    return NULL;
}

static bool has_supply(const struct mb_stream_info *info)
{
    size_t found[MB_BLOCK_CHANNELS_MAX];

    return mb_channels_of(info->channels, info->channel_count, MB_WAVE_VOLTAGE, found) +
               mb_channels_of(info->channels, info->channel_count, MB_WAVE_CURRENT, found) >
           0;
}

static int new_analysers(struct mb_live *live, const struct mb_stream_info *info, struct mb_error *err)
{
    struct mb_analyser_setting s = {.channels = live->channels,
                                    .channel_count = info->channel_count,
                                    .rate_hz = info->rate_hz,
                                    .window = MB_WINDOW_UPDATE,
                                    .length_s = MB_LIVE_UPDATE_S,
                                    .sync = -1,
                                    .wiring = live->setting.wiring,
                                    .orders = 1,
                                    .rated_v = live->setting.rated_v,
                                    .pole_pairs = live->setting.pole_pairs};
    int r = mb_analyser_new(&s, &live->fast, err);

    if (r == 0 && !has_supply(info)) {
        r = mb_spectrum_new(info->channel_count, info->rate_hz, SPECTRUM_S, &live->bands);
        return r < 0 ? mb_error_set(err, r, "no spectrum of samples at %g Hz", info->rate_hz) : 0;
    }
    s.window = MB_WINDOW_MAINS;
    s.length_s = 0;
    s.orders = MB_HARMONIC_ORDERS;
    return r < 0 ? r : mb_analyser_new(&s, &live->lines, err);
}

static int new_rings(struct mb_live *live, const struct mb_stream_info *info, struct mb_error *err)
{
    double points =
        fmin(fmax(info->rate_hz * MB_LIVE_UPDATE_S, (double)SCOPE_POINTS_MIN), (double)SCOPE_POINTS_MAX);
    struct mb_ring_setting s = {.kind = MB_RING_SCOPE,
                                .rate_hz = info->rate_hz,
                                .channel_count = info->channel_count,
                                .channels = live->channels,
                                .frame_points = (size_t)points,
                                .frame_count = SCOPE_FRAMES};
    int r = mb_ring_writer_new(&s, &live->scope, err);

    s.kind = MB_RING_SPECTRUM;
    s.frame_points = live->bands ? mb_spectrum_count(live->bands) : MB_HARMONIC_ORDERS + 1;
    s.frame_count = SPECTRUM_FRAMES;
    return r < 0 ? r : mb_ring_writer_new(&s, &live->spectrum, err);
}

int mb_live_new(const struct mb_live_setting *setting, const struct mb_stream_info *info,
                struct mb_live **ret, struct mb_error *err)
{
    struct mb_live *live;
    int r;

    if (info->channel_count == 0 || info->channel_count > MB_BLOCK_CHANNELS_MAX)
        return mb_error_set(err, -EINVAL, "a stream of %zu channels", info->channel_count);
    live = calloc(1, sizeof *live);
    if (!live)
        return mb_error_set(err, -ENOMEM, "no memory for a live analysis");
    live->setting = *setting;
    live->hvf = NAN;
    for (size_t c = 0; c < info->channel_count; c++) {
        live->channels[c] = info->channels[c];
        /* What is sampled later is early in its samples. */
        if (info->delay_s)
            live->channels[c].delay_s -= info->delay_s[c];
    }
    live->orders = calloc(info->channel_count * (MB_HARMONIC_ORDERS + 1), sizeof *live->orders);
    r = live->orders ? new_analysers(live, info, err)
                     : mb_error_set(err, -ENOMEM, "no memory for a spectrum");
    if (r == 0)
        r = new_rings(live, info, err);
    if (r < 0) {
        (void)mb_live_free(live);
        return r;
    }
    *ret = live;
    return 0;
}

static int tell(const struct mb_analysis *a, void *userdata, struct mb_error *err)
{
    struct mb_live *live = userdata;

    (void)err;
    if (live->setting.updated)
        live->setting.updated(a, live->hvf, live->setting.userdata);
    return 0;
}

static int draw_lines(const struct mb_analysis *a, void *userdata, struct mb_error *err)
{
    struct mb_live *live = userdata;
    const double *columns[MB_BLOCK_CHANNELS_MAX];
    struct mb_ring_info info = {.first = a->first,
                                .t_ns = a->t_ns - llround(a->duration_s * 1e9),
                                .step = a->frequency_hz,
                                .count = a->highest + 1,
                                .flags = a->flags | a->line_flags};

    (void)err;
    live->hvf = a->hvf;
    if (a->highest == 0)
        return 0;
    for (size_t c = 0; c < a->channel_count; c++) {
        double *column = live->orders + c * (MB_HARMONIC_ORDERS + 1);

        columns[c] = column;
        for (unsigned order = 0; order <= a->highest; order++)
            column[order] = cabs(a->harmonics[c].order[order]);
    }
    mb_ring_write(live->spectrum, &info, columns);
    return 0;
}

static void draw_bands(const struct mb_spectrum_frame *frame, void *userdata)
{
    struct mb_live *live = userdata;
    const double samples = (double)(int64_t)(frame->first - live->clock_first);
    const struct mb_ring_info info = {.first = frame->first,
                                      .t_ns = live->clock_ns + llround(samples * 1e9 / live->rate_hz),
                                      .step = frame->step_hz,
                                      .count = frame->count,
                                      .flags = frame->flags};

    mb_ring_write(live->spectrum, &info, frame->channels);
}

int mb_live_push(struct mb_live *live, const struct mb_block *block, struct mb_error *err)
{
    int r = 0;

    live->clock_first = block->first;
    live->clock_ns = block->t_ns;
    live->rate_hz = block->rate_hz;
    if (live->bands)
        mb_spectrum_push(live->bands, block->channels, block->count, block->first, block->flags, draw_bands,
                         live);
    else
        r = mb_analyser_push(live->lines, block, draw_lines, live, err);
    if (r == 0)
        r = mb_analyser_push(live->fast, block, tell, live, err);
    if (r == 0)
        mb_ring_write_block(live->scope, block);
    return r;
}

int mb_live_fd(const struct mb_live *live, enum mb_ring_kind kind)
{
    return mb_ring_writer_fd(kind == MB_RING_SCOPE ? live->scope : live->spectrum);
}
