/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/sums.h"

#include <limits.h>
#include <math.h>

/* Independent sums side by side: the order of additions is fixed here, so vectors of any width
 * give the same results. */
#define LANES MB_SUM_LANES
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

/* Half of the lanes: the widest vector of common processors. */
#define HALF (LANES / 2)
typedef double half __attribute__((vector_size(HALF * sizeof(double))));
typedef double samples
    __attribute__((vector_size(HALF * sizeof(double)), aligned(sizeof(double)), may_alias));
typedef long long bits __attribute__((vector_size(HALF * sizeof(double))));

#define AT(array, i) (*(const samples *)((array) + (i)))

#define SUM_OF(low, high)                                                                                    \
    ((((low)[0] + (high)[0]) + ((low)[2] + (high)[2])) + (((low)[1] + (high)[1]) + ((low)[3] + (high)[3])))

/* n is a multiple of LANES in all of these. */
WIDE static void block_moments(const double *restrict x, size_t n, struct mb_moments *block)
{
    const bits magnitude_bits = (bits){0} + LLONG_MAX;
    half sum = {0}, sum2 = {0}, magnitude = {0}, magnitude2 = {0}, square = {0}, square2 = {0};

    for (size_t i = 0; i < n; i += LANES) {
        half value = AT(x, i), value2 = AT(x, i + HALF);

        sum += value;
        sum2 += value2;
        magnitude += (half)((bits)value & magnitude_bits);
        magnitude2 += (half)((bits)value2 & magnitude_bits);
        square += value * value;
        square2 += value2 * value2;
    }
    block->sum = SUM_OF(sum, sum2);
    block->sum_abs = SUM_OF(magnitude, magnitude2);
    block->sum_square = SUM_OF(square, square2);
}

WIDE static void block_extremes(const double *restrict x, size_t n, struct mb_moments *block)
{
    double low[LANES], high[LANES];

    for (size_t lane = 0; lane < LANES; lane++)
        low[lane] = high[lane] = x[lane];
    for (size_t i = LANES; i < n; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++) {
            low[lane] = x[i + lane] < low[lane] ? x[i + lane] : low[lane];
            high[lane] = x[i + lane] > high[lane] ? x[i + lane] : high[lane];
        }
    block->min = low[0];
    block->max = high[0];
    for (size_t lane = 1; lane < LANES; lane++) {
        block->min = fmin(block->min, low[lane]);
        block->max = fmax(block->max, high[lane]);
    }
}

WIDE static void block_pair_sums(const double *restrict x, const double *restrict y, size_t n,
                                 struct mb_pair_sums *block)
{
    half xx = {0}, xx2 = {0}, yy = {0}, yy2 = {0}, xy = {0}, xy2 = {0};

    for (size_t i = 0; i < n; i += LANES) {
        half a = AT(x, i), a2 = AT(x, i + HALF), b = AT(y, i), b2 = AT(y, i + HALF);

        xx += a * a;
        xx2 += a2 * a2;
        yy += b * b;
        yy2 += b2 * b2;
        xy += a * b;
        xy2 += a2 * b2;
    }
    *block = (struct mb_pair_sums){SUM_OF(xx, xx2), SUM_OF(yy, yy2), SUM_OF(xy, xy2)};
}

WIDE static double block_dot(const double *restrict x, const double *restrict y, size_t n)
{
    half xy = {0}, xy2 = {0};

    for (size_t i = 0; i < n; i += LANES) {
        xy += AT(x, i) * AT(y, i);
        xy2 += AT(x, i + HALF) * AT(y, i + HALF);
    }
    return SUM_OF(xy, xy2);
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
        block_extremes(x + done, length, &block);
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

/* Four at a time: independent sums hide the time that one addition takes. */
WIDE static void four_dots(const double *restrict taps, const double *restrict x, size_t step, size_t n,
                           double out[])
{
    half a = {0}, a2 = {0}, b = {0}, b2 = {0}, c = {0}, c2 = {0}, d = {0}, d2 = {0};

    for (size_t i = 0; i < n; i += LANES) {
        half tap = AT(taps, i), tap2 = AT(taps, i + HALF);

        a += tap * AT(x, i);
        a2 += tap2 * AT(x, i + HALF);
        b += tap * AT(x, i + step);
        b2 += tap2 * AT(x, i + step + HALF);
        c += tap * AT(x, i + 2 * step);
        c2 += tap2 * AT(x, i + 2 * step + HALF);
        d += tap * AT(x, i + 3 * step);
        d2 += tap2 * AT(x, i + 3 * step + HALF);
    }
    out[0] = SUM_OF(a, a2);
    out[1] = SUM_OF(b, b2);
    out[2] = SUM_OF(c, c2);
    out[3] = SUM_OF(d, d2);
}

void mb_dots(const double taps[], size_t length, const double x[], size_t step, double out[], size_t n)
{
    size_t m = 0;

    for (; m + 4 <= n; m += 4)
        four_dots(taps, x + m * step, step, length, out + m);
    for (; m < n; m++)
        out[m] = block_dot(taps, x + m * step, length);
}
