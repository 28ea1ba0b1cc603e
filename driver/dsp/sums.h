/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One pass over samples: the sums that rms, mean, peaks and power are made of. Samples are added in a fixed
 * order in lanes, blocks of them with a compensated sum, so the result is the same on every machine and its
 * rounding does not grow with the length. Not finite samples make the sums of squares not finite. */
#pragma once

#include <stddef.h>

struct mb_moments {
    size_t count;
    double sum, sum_abs, sum_square; /* of x, |x|, x x */
    double min, max;                 /* +inf and -inf of none */
};

struct mb_pair_sums {
    double xx, yy, xy;
};

/* A sum that keeps what rounding takes away (Neumaier); begin with zeros. */
struct mb_total {
    double sum, lost;
};
void mb_total_add(struct mb_total *total, double value);
double mb_total_value(const struct mb_total *total);

void mb_moments(const double x[], size_t n, struct mb_moments *ret);
void mb_pair_sums(const double x[], const double y[], size_t n, struct mb_pair_sums *ret);
/* Sum of x y. */
double mb_dot(const double x[], const double y[], size_t n);
/* out[m] = sum over i < length of taps[i] x[m step + i], for m < n; length is a multiple of MB_SUM_LANES. */
#define MB_SUM_LANES 8
void mb_dots(const double taps[], size_t length, const double x[], size_t step, double out[], size_t n);
