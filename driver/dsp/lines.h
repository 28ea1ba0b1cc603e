/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spectral lines of a span: line k is the component of k periods in the span, wherever its ends lie between
 * the samples. No window function and no resampling: the sum over the span's weights (dsp/span.h) of x exp(-j
 * 2 pi k t / T) is taken at just these frequencies, by a chirp transform on the channel thinned out to what
 * the lines need. A periodic signal with whole periods in the span leaks nothing but rounding, the bound of
 * dsp/span.h, and 1e-8 of what lies above the lines; any other component of amplitude a, d periods beside a
 * line, leaks a |sin(pi d) / (pi d)| into it. */
#pragma once

#include <complex.h>
#include <stddef.h>

#include "core/error.h"
#include "dsp/span.h"

struct mb_lines;

/* One for each thread. -ENOMEM. */
int mb_lines_new(struct mb_lines **ret);
struct mb_lines *mb_lines_free(struct mb_lines *lines);

/* The span for the next calls, and how many lines: 0 .. count - 1. n: samples in the arrays. Returns 0;
 * -EINVAL where the span is empty, or where the last line is not below half the rate; -ERANGE as
 * mb_span_weigh; -ENOMEM. */
int mb_lines_prepare(struct mb_lines *lines, const struct mb_span *span, size_t n, size_t count,
                     struct mb_error *err);

/* Lines of two channels at once, which costs no more than one: rms and phase of each, as a cosine from the
 * start of the span; line 0 is the mean. y and ret_y may be NULL. Samples that are not finite make all lines
 * not finite. */
void mb_lines_pair(struct mb_lines *lines, const double x[], const double y[], double complex ret_x[],
                   double complex ret_y[]);
