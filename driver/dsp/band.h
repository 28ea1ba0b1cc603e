/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Octave and third-octave bands (IEC 61260-1): exact mid-band frequencies of the base-ten system, 1000 Hz
 * times 10^(3 k/10) or 10^(k/10), as Butterworth band-pass filters with four poles on each side. They stay
 * within the class 1 limits over the whole mask; a band whose filter could not at the rate is not offered. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "dsp/filter.h"
#include "dsp/stretch.h"

#define MB_BANDS_MAX 48

enum mb_band_width { MB_BAND_OCTAVE, MB_BAND_THIRD_OCTAVE };

/* Band k; k = 0 is the one at 1 kHz. */
double mb_band_mid_hz(enum mb_band_width width, int k);
double mb_band_low_hz(enum mb_band_width width, int k);
double mb_band_high_hz(enum mb_band_width width, int k);
/* The name of the band: 31.5, 63, 1250 ... */
double mb_band_nominal_hz(enum mb_band_width width, int k);
/* The band of a frequency, nominal or not. */
int mb_band_index(enum mb_band_width width, double frequency_hz);
/* -ERANGE when the rate is too low for the band (below 2.12 times its upper edge). */
int mb_band_filter(enum mb_band_width width, int k, double rate_hz, struct mb_filter *filter);

struct mb_band {
    int index;
    size_t settle_samples, counted;
    double square_sum;
    struct mb_filter filter;
};

struct mb_band_bank {
    enum mb_band_width width;
    double rate_hz;
    size_t count;
    struct mb_stretch stretch;
    struct mb_band bands[MB_BANDS_MAX];
};

struct mb_band_level {
    double nominal_hz, mid_hz;
    double mean_square; /* unit of the samples, squared; NAN where flags say why */
    double duration_s;  /* averaged, without settling */
    double wanted_s;    /* whole record that this band needs */
    uint32_t flags;
};

/* Bands from the one that low_hz lies in to the one that high_hz lies in, as far as the rate allows. -ERANGE
 * when that is none, or more than MB_BANDS_MAX. */
int mb_band_bank_init(struct mb_band_bank *bank, enum mb_band_width width, double low_hz, double high_hz,
                      double rate_hz);
/* Flags of mb_wave_flag. */
void mb_band_bank_push(struct mb_band_bank *bank, const double *samples, size_t n, uint32_t flags);
void mb_band_bank_level(const struct mb_band_bank *bank, size_t i, struct mb_band_level *ret);
