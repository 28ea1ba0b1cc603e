/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recursive filters as a cascade of second-order sections. A filter takes sample after sample, so a recording
 * gives the same bits however it is cut into blocks. */
#pragma once

#include <stddef.h>

#define MB_SECTIONS_MAX 8

struct mb_section { /* (b0 + b1/z + b2/z^2) / (1 + a1/z + a2/z^2) */
    double b0, b1, b2, a1, a2;
};

struct mb_filter {
    size_t count;
    struct mb_section sections[MB_SECTIONS_MAX];
    double state[MB_SECTIONS_MAX][2]; /* transposed direct form II */
};

/* Designs. All append to what the filter has; -EINVAL for an odd or too high order, -ERANGE for a corner that
 * is not between 0 and half the rate. Corners are where the response is 1/sqrt(2); the bilinear transform is
 * pre-warped so that they are exact. */
int mb_filter_add_lowpass(struct mb_filter *filter, int order, double corner_hz, double rate_hz);
int mb_filter_add_highpass(struct mb_filter *filter, int order, double corner_hz, double rate_hz);
/* Butterworth band-pass with `order` poles on each side (twice that in all); unity gain at its centre. */
int mb_filter_add_bandpass(struct mb_filter *filter, int order, double low_hz, double high_hz,
                           double rate_hz);
int mb_filter_add(struct mb_filter *filter, const struct mb_section *section);

void mb_filter_reset(struct mb_filter *filter);
/* out may be in. */
void mb_filter_run(struct mb_filter *filter, const double *in, double *out, size_t n);
/* |H| at a frequency. */
double mb_filter_gain(const struct mb_filter *filter, double frequency_hz, double rate_hz);
/* Multiplies the response by a factor. */
void mb_filter_scale(struct mb_filter *filter, double factor);
