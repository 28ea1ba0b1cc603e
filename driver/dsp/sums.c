/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/sums.h"

#include <math.h>

/* Independent sums side by side: the order of additions is fixed here, so the compiler may use vectors
 * without being allowed to change results. */
#define LANES 8
/* Samples to a block: short enough that plain sums within it lose nothing that matters. */
#define BLOCK 2048

/* Twice: for processors with 256-bit vectors and for all others; the same additions, so the same bits.
 * Not under a sanitizer, whose library is not ready when the choice is made. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

void mb_total_add(struct mb_total *total, double value)
{
    double sum = total->sum + value;

    total->lost += fabs(total->sum) >= fabs(value) ? (total->sum - sum) + value : (value - sum) + total->sum;
    total->sum = sum;
}

double mb_total_value(const struct mb_total *total)
{
    /* What was lost beside an infinite sum is not a number, and so is then the sum; that is wanted. */
    return total->sum + total->lost;
}

static inline double lanes_sum(const double lanes[static LANES])
{
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/* n is a multiple of LANES. */
WIDE static void block_moments(const double *restrict x, size_t n, struct mb_moments *block)
{
    double sum[LANES] = {0}, magnitude[LANES] = {0}, square[LANES] = {0}, low[LANES], high[LANES];

    for (size_t lane = 0; lane < LANES; lane++)
        low[lane] = high[lane] = x[lane];
    for (size_t i = 0; i < n; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++) {
            double value = x[i + lane];

            sum[lane] += value;
            magnitude[lane] += fabs(value);
            square[lane] += value * value;
            low[lane] = value < low[lane] ? value : low[lane];
            high[lane] = value > high[lane] ? value : high[lane];
        }
    *block = (struct mb_moments){n, lanes_sum(sum), lanes_sum(magnitude), lanes_sum(square), low[0], high[0]};
    for (size_t lane = 1; lane < LANES; lane++) {
        block->min = fmin(block->min, low[lane]);
        block->max = fmax(block->max, high[lane]);
    }
}

WIDE static void block_pair_sums(const double *restrict x, const double *restrict y, size_t n,
                                 struct mb_pair_sums *block)
{
    double xx[LANES] = {0}, yy[LANES] = {0}, xy[LANES] = {0};

    for (size_t i = 0; i < n; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++) {
            xx[lane] += x[i + lane] * x[i + lane];
            yy[lane] += y[i + lane] * y[i + lane];
            xy[lane] += x[i + lane] * y[i + lane];
        }
    *block = (struct mb_pair_sums){lanes_sum(xx), lanes_sum(yy), lanes_sum(xy)};
}

WIDE static double block_dot(const double *restrict x, const double *restrict y, size_t n)
{
    double xy[LANES] = {0};

    for (size_t i = 0; i < n; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            xy[lane] += x[i + lane] * y[i + lane];
    return lanes_sum(xy);
}

/* Samples of the next block: full ones first, then what is left of whole lanes, then 0. */
static size_t block_length(size_t left)
{
    return left >= BLOCK ? BLOCK : left - left % LANES;
}

void mb_moments(const double x[], size_t n, struct mb_moments *ret)
{
    struct mb_total sum = {0}, magnitude = {0}, square = {0};
    double low = INFINITY, high = -INFINITY;
    size_t done = 0;

    for (size_t length = block_length(n); length > 0; length = block_length(n - done)) {
        struct mb_moments block;

        block_moments(x + done, length, &block);
        mb_total_add(&sum, block.sum);
        mb_total_add(&magnitude, block.sum_abs);
        mb_total_add(&square, block.sum_square);
        low = fmin(low, block.min);
        high = fmax(high, block.max);
        done += length;
    }
    for (; done < n; done++) {
        mb_total_add(&sum, x[done]);
        mb_total_add(&magnitude, fabs(x[done]));
        mb_total_add(&square, x[done] * x[done]);
        low = fmin(low, x[done]);
        high = fmax(high, x[done]);
    }
    *ret = (struct mb_moments){
        n, mb_total_value(&sum), mb_total_value(&magnitude), mb_total_value(&square), low, high};
}

void mb_pair_sums(const double x[], const double y[], size_t n, struct mb_pair_sums *ret)
{
    struct mb_total xx = {0}, yy = {0}, xy = {0};
    size_t done = 0;

    for (size_t length = block_length(n); length > 0; length = block_length(n - done)) {
        struct mb_pair_sums block;

        block_pair_sums(x + done, y + done, length, &block);
        mb_total_add(&xx, block.xx);
        mb_total_add(&yy, block.yy);
        mb_total_add(&xy, block.xy);
        done += length;
    }
    for (; done < n; done++) {
        mb_total_add(&xx, x[done] * x[done]);
        mb_total_add(&yy, y[done] * y[done]);
        mb_total_add(&xy, x[done] * y[done]);
    }
    *ret = (struct mb_pair_sums){mb_total_value(&xx), mb_total_value(&yy), mb_total_value(&xy)};
}

double mb_dot(const double x[], const double y[], size_t n)
{
    struct mb_total xy = {0};
    size_t done = 0;

    for (size_t length = block_length(n); length > 0; length = block_length(n - done)) {
        mb_total_add(&xy, block_dot(x + done, y + done, length));
        done += length;
    }
    for (; done < n; done++)
        mb_total_add(&xy, x[done] * y[done]);
    return mb_total_value(&xy);
}
