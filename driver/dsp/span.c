/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/span.h"

#include <errno.h>
#include <math.h>

double mb_span_length(const struct mb_span *span)
{
    return (double)(span->end.sample - span->start.sample) + (span->end.fraction - span->start.fraction);
}

static bool is_place(const struct mb_place *place)
{
    return place->fraction >= 0 && place->fraction < 1;
}

/* The integral over the samples' cells from the start, cell by cell: every cell gives its samples the
 * weights of its own integral, so inside they add up to 1 and at the ends to a part of it. */
static void end_weights(const struct mb_span *span, struct mb_span_weights *weights)
{
    double cell[MB_STENCIL], before_start[MB_STENCIL], after_end[MB_STENCIL], risen = 0;

    mb_stencil_integral(1, cell);
    mb_stencil_integral(span->start.fraction, before_start);
    mb_stencil_integral(span->end.fraction, after_end);
    for (int j = 0; j < MB_STENCIL; j++) {
        risen += cell[j];
        weights->head[j] = risen - before_start[j];
        weights->tail[j] = 1 - risen + after_end[j];
    }
}

int mb_span_weigh(const struct mb_span *span, size_t n, struct mb_span_weights *ret)
{
    struct mb_span_weights weights = {0};

    if (!is_place(&span->start) || !is_place(&span->end) || span->end.sample < span->start.sample)
        return -EINVAL;
    weights.length = mb_span_length(span);
    if (!(weights.length > 0))
        return -EINVAL;
    if (span->start.fraction == 0 && span->end.fraction == 0) {
        if (span->end.sample > n)
            return -ERANGE;
        weights.whole = true;
        weights.first = span->start.sample;
        weights.last = span->end.sample;
        *ret = weights;
        return 0;
    }
    if (span->end.sample - span->start.sample < 2 * MB_STENCIL || span->start.sample < MB_STENCIL_BEFORE ||
        span->end.sample >= n || n - span->end.sample <= MB_STENCIL_AFTER)
        return -ERANGE;
    weights.first = span->start.sample - MB_STENCIL_BEFORE;
    weights.last = span->end.sample + MB_STENCIL_AFTER + 1;
    end_weights(span, &weights);
    *ret = weights;
    return 0;
}

void mb_span_moments(const struct mb_span_weights *weights, const double x[], struct mb_moments *ret)
{
    const double *head = x + weights->first, *tail = x + weights->last - MB_STENCIL;
    size_t n = weights->last - weights->first;
    struct mb_moments all;

    if (weights->whole) {
        mb_moments(head, n, ret);
        return;
    }
    mb_moments(head + MB_STENCIL, n - 2 * MB_STENCIL, &all);
    for (size_t j = 0; j < MB_STENCIL; j++) {
        double first = weights->head[j] * head[j], last = weights->tail[j] * tail[j];

        all.sum += first + last;
        all.sum_abs += weights->head[j] * fabs(head[j]) + weights->tail[j] * fabs(tail[j]);
        all.sum_square += first * head[j] + last * tail[j];
    }
    /* Extremes only of samples within the span. */
    for (size_t j = MB_STENCIL_BEFORE + 1; j < MB_STENCIL; j++) {
        all.min = fmin(all.min, head[j]);
        all.max = fmax(all.max, head[j]);
    }
    for (size_t j = 0; j <= MB_STENCIL_BEFORE; j++) {
        all.min = fmin(all.min, tail[j]);
        all.max = fmax(all.max, tail[j]);
    }
    all.count = n;
    *ret = all;
}

void mb_span_pair_sums(const struct mb_span_weights *weights, const double x[], const double y[],
                       struct mb_pair_sums *ret)
{
    const double *x_head = x + weights->first, *x_tail = x + weights->last - MB_STENCIL;
    const double *y_head = y + weights->first, *y_tail = y + weights->last - MB_STENCIL;
    size_t n = weights->last - weights->first;
    struct mb_pair_sums all;

    if (weights->whole) {
        mb_pair_sums(x_head, y_head, n, ret);
        return;
    }
    mb_pair_sums(x_head + MB_STENCIL, y_head + MB_STENCIL, n - 2 * MB_STENCIL, &all);
    for (size_t j = 0; j < MB_STENCIL; j++) {
        all.xx += weights->head[j] * x_head[j] * x_head[j] + weights->tail[j] * x_tail[j] * x_tail[j];
        all.yy += weights->head[j] * y_head[j] * y_head[j] + weights->tail[j] * y_tail[j] * y_tail[j];
        all.xy += weights->head[j] * x_head[j] * y_head[j] + weights->tail[j] * x_tail[j] * y_tail[j];
    }
    *ret = all;
}
