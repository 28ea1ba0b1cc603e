/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/filter.h"

#include <complex.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

int mb_filter_add(struct mb_filter *filter, const struct mb_section *section)
{
    if (filter->count == MB_SECTIONS_MAX)
        return -EINVAL;
    memset(filter->state[filter->count], 0, sizeof filter->state[filter->count]);
    filter->sections[filter->count++] = *section;
    return 0;
}

static bool order_fits(const struct mb_filter *filter, int order, size_t sections)
{
    return order >= 2 && order % 2 == 0 && (size_t)order <= 2 * (size_t)MB_SECTIONS_MAX &&
           filter->count + sections <= MB_SECTIONS_MAX;
}

/* A comparison with NAN is false, so NAN is refused, too. */
static bool corner_fits(double corner_hz, double rate_hz)
{
    return corner_hz > 0 && isfinite(rate_hz) && corner_hz < rate_hz / 2;
}

/* Section k of a Butterworth low-pass: 1 / (s^2 + s/Q + 1). The high-pass is the low-pass of 1/s: the same
 * denominator. */
static void butterworth_section(int order, int k, double corner_hz, double rate_hz, bool high,
                                struct mb_section *ret)
{
    double w = tan(M_PI * corner_hz / rate_hz);
    double damping = 2 * sin(M_PI * (2 * k + 1) / (2 * order)); /* 1/Q */
    double norm = 1 / (1 + damping * w + w * w);
    double b = high ? norm : w * w * norm;

    *ret = (struct mb_section){.b0 = b,
                               .b1 = high ? -2 * b : 2 * b,
                               .b2 = b,
                               .a1 = 2 * (w * w - 1) * norm,
                               .a2 = (1 - damping * w + w * w) * norm};
}

static int add_butterworth(struct mb_filter *filter, int order, double corner_hz, double rate_hz, bool high)
{
    struct mb_section section;

    if (!order_fits(filter, order, (size_t)(order / 2)))
        return -EINVAL;
    if (!corner_fits(corner_hz, rate_hz))
        return -ERANGE;
    for (int k = 0; k < order / 2; k++) {
        butterworth_section(order, k, corner_hz, rate_hz, high, &section);
        (void)mb_filter_add(filter, &section);
    }
    return 0;
}

int mb_filter_add_lowpass(struct mb_filter *filter, int order, double corner_hz, double rate_hz)
{
    return add_butterworth(filter, order, corner_hz, rate_hz, false);
}

int mb_filter_add_highpass(struct mb_filter *filter, int order, double corner_hz, double rate_hz)
{
    return add_butterworth(filter, order, corner_hz, rate_hz, true);
}

static double section_gain(const struct mb_section *s, double radians)
{
    double complex z1 = cexp(-I * radians), z2 = z1 * z1;

    return cabs((s->b0 + s->b1 * z1 + s->b2 * z2) / (1 + s->a1 * z1 + s->a2 * z2));
}

double mb_filter_gain(const struct mb_filter *filter, double frequency_hz, double rate_hz)
{
    double gain = 1;

    for (size_t i = 0; i < filter->count; i++)
        gain *= section_gain(&filter->sections[i], 2 * M_PI * frequency_hz / rate_hz);
    return gain;
}

/* The section with zeros at 0 Hz and half the rate and this analogue pole and its conjugate (s = tan of half
 * the angle), with unity gain at the centre. */
static struct mb_section band_section(double complex pole, double center_radians)
{
    double complex z = (1 + pole) / (1 - pole);
    struct mb_section s = {
        .b0 = 1, .b2 = -1, .a1 = -2 * creal(z), .a2 = creal(z) * creal(z) + cimag(z) * cimag(z)};
    double gain = section_gain(&s, center_radians);

    s.b0 /= gain;
    s.b2 /= gain;
    return s;
}

int mb_filter_add_bandpass(struct mb_filter *filter, int order, double low_hz, double high_hz, double rate_hz)
{
    double low, high, center_radians;

    if (!order_fits(filter, order, (size_t)order))
        return -EINVAL;
    if (!corner_fits(low_hz, rate_hz) || !corner_fits(high_hz, rate_hz) || !(low_hz < high_hz))
        return -ERANGE;
    low = tan(M_PI * low_hz / rate_hz);
    high = tan(M_PI * high_hz / rate_hz);
    center_radians = 2 * atan(sqrt(low * high));
    for (int k = 0; k < order / 2; k++) {
        /* Low-pass to band-pass: s + low high / s = (high - low) p has two solutions for each pole p. */
        double complex half = cexp(I * M_PI * (2 * k + 1 + order) / (2 * order)) * (high - low) / 2;
        double complex root = csqrt(half * half - low * high);
        struct mb_section upper = band_section(half + root, center_radians);
        struct mb_section lower = band_section(half - root, center_radians);

        (void)mb_filter_add(filter, &upper);
        (void)mb_filter_add(filter, &lower);
    }
    return 0;
}

void mb_filter_reset(struct mb_filter *filter)
{
    memset(filter->state, 0, sizeof filter->state);
}

#define TOGETHER 4

/* Sections one behind the other in one loop, so that the processor works on one while it waits for the next;
 * inlined for each count, so that the states stay in registers. The order of operations is that of single
 * sections. */
static inline __attribute__((always_inline)) void run_sections(const struct mb_section *s, double (*state)[2],
                                                               size_t count, const double *in, double *out,
                                                               size_t n)
{
    double s1[TOGETHER], s2[TOGETHER];

    for (size_t k = 0; k < count; k++) {
        s1[k] = state[k][0];
        s2[k] = state[k][1];
    }
    for (size_t i = 0; i < n; i++) {
        double x = in[i];

#pragma GCC unroll 4
        for (size_t k = 0; k < count; k++) {
            double y = s[k].b0 * x + s1[k];

            s1[k] = s[k].b1 * x - s[k].a1 * y + s2[k];
            s2[k] = s[k].b2 * x - s[k].a2 * y;
            x = y;
        }
        out[i] = x;
    }
    for (size_t k = 0; k < count; k++) {
        state[k][0] = s1[k];
        state[k][1] = s2[k];
    }
}

void mb_filter_run(struct mb_filter *filter, const double *in, double *out, size_t n)
{
    size_t done = 0;

    if (filter->count == 0 && out != in)
        memcpy(out, in, n * sizeof *out);
    while (done < filter->count) {
        const struct mb_section *s = &filter->sections[done];
        size_t left = filter->count - done;

        if (left >= TOGETHER)
            run_sections(s, &filter->state[done], TOGETHER, in, out, n);
        else if (left >= 2)
            run_sections(s, &filter->state[done], 2, in, out, n);
        else
            run_sections(s, &filter->state[done], 1, in, out, n);
        done += left >= TOGETHER ? TOGETHER : left >= 2 ? 2 : 1;
        in = out;
    }
}

void mb_filter_scale(struct mb_filter *filter, double factor)
{
    struct mb_section *s = &filter->sections[0];

    if (filter->count == 0)
        return;
    s->b0 *= factor;
    s->b1 *= factor;
    s->b2 *= factor;
}
