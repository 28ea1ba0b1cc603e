/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/vibration.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define ORDER 4
#define CHUNK 256
/* Settling: the slowest pole of the high-pass falls to 2e-9 in ten periods of the low end. */
#define SETTLE_PERIODS 10.0

enum { ACCELERATION, VELOCITY, DISPLACEMENT };

/* sin(x)/x with x half the angle a sample, as a symmetric filter: what turns the sum of samples, whose
 * response is 1/(2 sin x), into the integral, 1/(2 x). Chebyshev interpolation in sin^2 x of degree 7 up to x
 * = pi/2.56; within 8e-5 there. Middle tap first. */
static const double sinc_taps[(MB_VIBRATION_TAPS + 1) / 2] = {
    0.8756391941523723,    0.0727045972040484,    -0.013955671859291618,   0.004759371013839444,
    -0.001848355311840904, 0.0007056344283309009, -0.00023586535502233125, 5.551143037837977e-05};

/* The corner whose Butterworth response at the end of the band is MB_VIBRATION_END_GAIN, as a ratio to it. */
static double corner_ratio(void)
{
    return pow(1 / (MB_VIBRATION_END_GAIN * MB_VIBRATION_END_GAIN) - 1, 1.0 / (2 * ORDER));
}

/* The corner in the domain that the bilinear transform keeps, so that the end of the band is exact. */
static double warped_corner_hz(double end_hz, double ratio, double rate_hz)
{
    return atan(tan(M_PI * end_hz / rate_hz) * ratio) * rate_hz / M_PI;
}

/* Divides a factor (1 - 1/z) out of a high-pass section b (1 - 1/z)^2: that is one integration by sums. */
static void integrate_section(struct mb_section *s, double rate_hz)
{
    s->b0 /= rate_hz;
    s->b1 = -s->b0;
    s->b2 = 0;
}

static int make_filters(struct mb_vibration *v, double low_hz, double high_hz)
{
    double low = warped_corner_hz(low_hz, corner_ratio(), v->rate_hz);
    double high = warped_corner_hz(high_hz, 1 / corner_ratio(), v->rate_hz);
    int r;

    r = mb_filter_add_lowpass(&v->lowpass, ORDER, high, v->rate_hz);
    if (r < 0)
        return r;
    r = mb_filter_add_highpass(&v->acceleration, ORDER, low, v->rate_hz);
    if (r < 0)
        return r;
    v->velocity = v->displacement = v->acceleration;
    integrate_section(&v->velocity.sections[0], v->rate_hz);
    integrate_section(&v->displacement.sections[0], v->rate_hz);
    integrate_section(&v->displacement.sections[1], v->rate_hz);
    return 0;
}

int mb_vibration_init(struct mb_vibration *vibration, double rate_hz, double low_hz, double high_hz,
                      double window_s)
{
    struct mb_vibration v = {.rate_hz = rate_hz};
    int r;

    if (!(low_hz > 0 && low_hz < high_hz && isfinite(rate_hz)) || rate_hz < MB_VIBRATION_RATE_RATIO * high_hz)
        return -ERANGE;
    if (!(window_s * low_hz >= 1) || window_s * rate_hz > (double)SIZE_MAX / 4)
        return -ERANGE;
    r = make_filters(&v, low_hz, high_hz);
    if (r < 0)
        return r;
    v.settle_samples = (size_t)ceil(SETTLE_PERIODS / low_hz * rate_hz);
    v.window_samples = (size_t)llround(window_s * rate_hz);
    for (int k = ACCELERATION; k <= DISPLACEMENT; k++)
        v.sums[k].min = INFINITY;
    *vibration = v;
    return 0;
}

/* data has room for the history in front of its n samples; the result takes their place from data[0] on. */
static void equalise(double history[MB_VIBRATION_TAPS - 1], double *data, size_t n)
{
    const size_t middle = (MB_VIBRATION_TAPS - 1) / 2, past = MB_VIBRATION_TAPS - 1;

    memcpy(data, history, past * sizeof *data);
    memcpy(history, data + n, past * sizeof *data);
    for (size_t i = 0; i < n; i++) {
        double y = sinc_taps[0] * data[i + middle];

        for (size_t k = 1; k <= middle; k++)
            y += sinc_taps[k] * (data[i + middle - k] + data[i + middle + k]);
        data[i] = y;
    }
}

static void close_window(struct mb_vibration *v)
{
    for (int k = ACCELERATION; k <= DISPLACEMENT; k++) {
        struct mb_vibration_sum *sum = &v->sums[k];

        sum->max = fmax(sum->max, sum->window);
        sum->min = fmin(sum->min, sum->window);
        sum->total += sum->window;
        sum->window = 0;
    }
    v->windows++;
    v->in_window = 0;
}

static void count_samples(struct mb_vibration *v, const double *const figures[3], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (v->counted++ < v->settle_samples)
            continue;
        for (int k = ACCELERATION; k <= DISPLACEMENT; k++)
            v->sums[k].window += figures[k][i] * figures[k][i];
        if (++v->in_window == v->window_samples)
            close_window(v);
    }
}

static void push_chunk(struct mb_vibration *v, const double *in, size_t n, uint32_t flags)
{
    double a[CHUNK], once[MB_VIBRATION_TAPS - 1 + CHUNK], twice[MB_VIBRATION_TAPS - 1 + CHUNK];
    double *delayed = once + MB_VIBRATION_TAPS - 1;

    mb_stretch_take(&v->stretch, in, delayed, n, flags);
    mb_filter_run(&v->lowpass, delayed, delayed, n);
    mb_filter_run(&v->acceleration, delayed, a, n);
    equalise(v->equaliser[0], once, n);
    memcpy(twice + MB_VIBRATION_TAPS - 1, once, n * sizeof *once);
    equalise(v->equaliser[1], twice, n);
    mb_filter_run(&v->velocity, once, once, n);
    mb_filter_run(&v->displacement, twice, twice, n);
    count_samples(v, (const double *const[]){a, once, twice}, n);
}

void mb_vibration_push(struct mb_vibration *vibration, const double *acceleration, size_t n, uint32_t flags)
{
    for (size_t i = 0; i < n; i += CHUNK)
        push_chunk(vibration, acceleration + i, n - i < CHUNK ? n - i : CHUNK, i == 0 ? flags : 0);
}

static struct mb_vibration_figure figure(const struct mb_vibration *v, int k)
{
    const struct mb_vibration_sum *sum = &v->sums[k];
    double window = (double)v->window_samples;

    return (struct mb_vibration_figure){
        .rms = sqrt((sum->total + sum->window) / (double)(v->counted - v->settle_samples)),
        .window_max = sqrt(sum->max / window),
        .window_min = sqrt(sum->min / window)};
}

void mb_vibration_result(const struct mb_vibration *vibration, struct mb_vibration_result *ret)
{
    const struct mb_vibration_figure none = {NAN, NAN, NAN};
    const struct mb_vibration *v = vibration;

    *ret = (struct mb_vibration_result){
        .acceleration_mps2 = none,
        .velocity_mps = none,
        .displacement_m = none,
        .windows = v->windows,
        .duration_s =
            v->counted > v->settle_samples ? (double)(v->counted - v->settle_samples) / v->rate_hz : 0,
        .wanted_s = (double)(v->settle_samples + v->window_samples) / v->rate_hz,
        .flags = v->stretch.flags};
    if (v->windows == 0)
        ret->flags |= MB_WAVE_TOO_SHORT;
    if (v->windows == 0 || mb_stretch_spoiled(&v->stretch))
        return;
    ret->acceleration_mps2 = figure(v, ACCELERATION);
    ret->velocity_mps = figure(v, VELOCITY);
    ret->displacement_m = figure(v, DISPLACEMENT);
}
