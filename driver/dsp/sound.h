/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sound level meter over samples of pressure (IEC 61672-1): equivalent level, levels with time weighting and
 * their maxima, peak. All in dB re 20 uPa. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "dsp/filter.h"
#include "dsp/stretch.h"
#include "dsp/weighting.h"

#define MB_SOUND_REFERENCE_PA 20e-6

struct mb_sound_result { /* NAN where a flag says why */
    double leq_db;
    double fast_db, slow_db;         /* at the last sample */
    double fast_max_db, slow_max_db; /* slow needs some seconds from its start */
    double peak_db;                  /* of the weighted pressure; standards ask for it with C */
    double duration_s;               /* without settling */
    double wanted_s;                 /* settling and one fast time constant */
    uint32_t flags;                  /* of mb_wave_flag; MB_WAVE_TOO_SHORT: needs wanted_s */
};

/* One weighting of one microphone. Copyable, nothing to free. */
struct mb_sound_meter {
    double rate_hz;
    size_t settle_samples, counted;
    struct mb_stretch stretch;
    double offset_pa; /* the first sample: an offset is no step then */
    double square_sum, fast_max, slow_max, peak_pa;
    struct mb_filter filter;
    struct mb_time_weighting fast, slow;
};

/* Errors of mb_weighting_filter. */
int mb_sound_meter_init(struct mb_sound_meter *meter, enum mb_weighting weighting, double rate_hz);
/* Flags of mb_wave_flag. */
void mb_sound_meter_push(struct mb_sound_meter *meter, const double *pressure_pa, size_t n, uint32_t flags);
void mb_sound_meter_result(const struct mb_sound_meter *meter, struct mb_sound_result *ret);

/* 10 lg (mean square / reference^2); -INFINITY for silence. */
double mb_sound_level_db(double mean_square_pa2);
/* 10 lg of the sum of 10^(level/10); -INFINITY for none. Not a substitute for a weighted level when the
 * levels are of wide bands.
 */
double mb_sound_sum_db(const double *levels_db, size_t n);
