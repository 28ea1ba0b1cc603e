/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stretch of time that begins and ends between samples, and sums over it. A sum over whole cycles of a
 * periodic signal is then that of the cycles and not of the nearest samples: the samples around both ends get
 * the weights of the polynomial through twelve of them (dsp/interpolate.h), all others weigh 1. For a sine of
 * w radians a sample, over n samples, the mean is off by less than 5.6e-5 w^12 / n of its amplitude; for the
 * mean of a product w is the sum of both. |x| has corners, so its mean is only as good as the samples are
 * dense. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dsp/interpolate.h"
#include "dsp/sums.h"

/* A place in an array: fraction in 0 <= fraction < 1 behind sample. Kept apart so that a place does not lose
 * digits to the length of a recording. */
struct mb_place {
    size_t sample;
    double fraction;
};

struct mb_span {
    struct mb_place start, end;
};

/* How its samples are weighed; filled by mb_span_weigh. */
struct mb_span_weights {
    size_t first, last; /* samples that count are first <= i < last */
    bool whole;         /* all of them weigh 1; else the first and the last MB_STENCIL weigh head and tail */
    double length;      /* samples */
    double head[MB_STENCIL], tail[MB_STENCIL];
};

/* Samples from start to end. */
double mb_span_length(const struct mb_span *span);

/* n: samples in the arrays. Both ends on a sample: a plain sum, the end excluded. Otherwise the span must be
 * at least 2 MB_STENCIL long and have MB_STENCIL_BEFORE samples before its start and MB_STENCIL_AFTER after
 * its last. Returns 0, -EINVAL (empty, or a fraction out of range), -ERANGE (too short, or too near to an
 * end). */
int mb_span_weigh(const struct mb_span *span, size_t n, struct mb_span_weights *ret);

/* Sums over the span; count is that of the samples that have a weight, min and max are theirs. */
void mb_span_moments(const struct mb_span_weights *weights, const double x[], struct mb_moments *ret);
void mb_span_pair_sums(const struct mb_span_weights *weights, const double x[], const double y[],
                       struct mb_pair_sums *ret);
