/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/sound.h"

#include <math.h>

#define CHUNK 256

double mb_sound_level_db(double mean_square_pa2)
{
    return 10 * log10(mean_square_pa2 / (MB_SOUND_REFERENCE_PA * MB_SOUND_REFERENCE_PA));
}

double mb_sound_sum_db(const double *levels_db, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += pow(10, levels_db[i] / 10);
    return sum > 0 ? 10 * log10(sum) : -INFINITY;
}

int mb_sound_meter_init(struct mb_sound_meter *meter, enum mb_weighting weighting, double rate_hz)
{
    struct mb_sound_meter m = {.rate_hz = rate_hz};
    int r;

    r = mb_weighting_filter(weighting, rate_hz, &m.filter);
    if (r < 0)
        return r;
    m.settle_samples = (size_t)ceil(mb_weighting_settle_s(weighting) * rate_hz);
    mb_time_weighting_init(&m.fast, MB_TIME_WEIGHTING_FAST_S, rate_hz);
    mb_time_weighting_init(&m.slow, MB_TIME_WEIGHTING_SLOW_S, rate_hz);
    *meter = m;
    return 0;
}

static void count_sample(struct mb_sound_meter *m, double weighted_pa)
{
    double square = weighted_pa * weighted_pa;

    if (m->counted++ < m->settle_samples)
        return;
    m->square_sum += square;
    m->fast_max = fmax(m->fast_max, mb_time_weighting_step(&m->fast, square));
    m->slow_max = fmax(m->slow_max, mb_time_weighting_step(&m->slow, square));
    m->peak_pa = fmax(m->peak_pa, fabs(weighted_pa));
}

static void push_chunk(struct mb_sound_meter *m, const double *in, size_t n, uint32_t flags)
{
    double weighted[CHUNK];

    mb_stretch_take(&m->stretch, in, weighted, n, flags);
    if (m->counted == 0)
        m->offset_pa = weighted[0];
    for (size_t i = 0; i < n; i++)
        weighted[i] -= m->offset_pa;
    mb_filter_run(&m->filter, weighted, weighted, n);
    for (size_t i = 0; i < n; i++)
        count_sample(m, weighted[i]);
}

void mb_sound_meter_push(struct mb_sound_meter *meter, const double *pressure_pa, size_t n, uint32_t flags)
{
    for (size_t i = 0; i < n; i += CHUNK)
        push_chunk(meter, pressure_pa + i, n - i < CHUNK ? n - i : CHUNK, i == 0 ? flags : 0);
}

void mb_sound_meter_result(const struct mb_sound_meter *meter, struct mb_sound_result *ret)
{
    const struct mb_sound_meter *m = meter;
    size_t counted = m->counted > m->settle_samples ? m->counted - m->settle_samples : 0;

    *ret = (struct mb_sound_result){.leq_db = NAN,
                                    .fast_db = NAN,
                                    .slow_db = NAN,
                                    .fast_max_db = NAN,
                                    .slow_max_db = NAN,
                                    .peak_db = NAN,
                                    .duration_s = (double)counted / m->rate_hz,
                                    .wanted_s =
                                        (double)m->settle_samples / m->rate_hz + MB_TIME_WEIGHTING_FAST_S,
                                    .flags = m->stretch.flags};
    if (ret->duration_s < MB_TIME_WEIGHTING_FAST_S)
        ret->flags |= MB_WAVE_TOO_SHORT;
    if (ret->duration_s < MB_TIME_WEIGHTING_FAST_S || mb_stretch_spoiled(&m->stretch))
        return;
    ret->leq_db = mb_sound_level_db(m->square_sum / (double)counted);
    ret->fast_db = mb_sound_level_db(m->fast.mean_square);
    ret->slow_db = mb_sound_level_db(m->slow.mean_square);
    ret->fast_max_db = mb_sound_level_db(m->fast_max);
    ret->slow_max_db = mb_sound_level_db(m->slow_max);
    ret->peak_db = mb_sound_level_db(m->peak_pa * m->peak_pa);
}
