/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/weighting.h"

#include <errno.h>
#include <math.h>

/* Analogue poles: two at each end for A and C, one each between for A (IEC 61672-1 annex E; checked against
 * the published table 3 in the test). */
#define POLE_LOW_HZ 20.598997
#define POLE_A2_HZ 107.65265
#define POLE_A3_HZ 737.86223
#define POLE_HIGH_HZ 12194.217
#define REFERENCE_HZ 1000.0

#define Z_CORNER_HZ 2.0 /* no standard asks for it; see the header */
#define RATE_MIN_HZ 16000.0
/* Up to where the digital filter follows the design goal: this, or this share of the rate. */
#define RANGE_HZ 20000.0
#define RANGE_SHARE 0.45

static double highpass_square(double frequency_hz, double pole_hz)
{
    return frequency_hz * frequency_hz / (frequency_hz * frequency_hz + pole_hz * pole_hz);
}

static double lowpass_square(double frequency_hz, double pole_hz)
{
    return 1 - highpass_square(frequency_hz, pole_hz);
}

/* |H|^2, not normalised. */
static double response_square(enum mb_weighting weighting, double f)
{
    double low = highpass_square(f, POLE_LOW_HZ), high = lowpass_square(f, POLE_HIGH_HZ);

    switch (weighting) {
    case MB_WEIGHTING_A:
        return low * low * highpass_square(f, POLE_A2_HZ) * highpass_square(f, POLE_A3_HZ) * high * high;
    case MB_WEIGHTING_C:
        return low * low * high * high;
    case MB_WEIGHTING_Z:
        break;
    }
    return 1;
}

double mb_weighting_db(enum mb_weighting weighting, double frequency_hz)
{
    return 10 * log10(response_square(weighting, frequency_hz) / response_square(weighting, REFERENCE_HZ));
}

/* s^2 / ((s + p1) (s + p2)) by the bilinear transform, each pole pre-warped. */
static struct mb_section highpass_section(double p1_hz, double p2_hz, double rate_hz)
{
    double w1 = tan(M_PI * p1_hz / rate_hz), w2 = tan(M_PI * p2_hz / rate_hz);
    double z1 = (1 - w1) / (1 + w1), z2 = (1 - w2) / (1 + w2);
    double b = (1 + z1) * (1 + z2) / 4;

    return (struct mb_section){.b0 = b, .b1 = -2 * b, .b2 = b, .a1 = -(z1 + z2), .a2 = z1 * z2};
}

/* |1 + a1/z + a2/z^2|^2 */
static double polynomial_square(double a1, double a2, double radians)
{
    return 1 + a1 * a1 + a2 * a2 + 2 * a1 * (1 + a2) * cos(radians) + 2 * a2 * cos(2 * radians);
}

/* One frequency at which the numerator's square is to be right: a x + b y = c. */
struct match {
    double a, b, c;
};

static struct match match_at(double frequency_hz, double pole_hz, double rate_hz, double a1, double a2)
{
    double radians = 2 * M_PI * frequency_hz / rate_hz, half = sin(radians / 2) * sin(radians / 2);
    double response = lowpass_square(frequency_hz, pole_hz);
    double at_zero = (1 + a1 + a2) * (1 + a1 + a2);

    return (struct match){.a = half,
                          .b = 4 * half * (1 - half),
                          .c = response * response * polynomial_square(a1, a2, radians) -
                               at_zero * (1 - half)};
}

/* Both high poles. The bilinear transform would put two zeros at half the rate, several dB too low at 16 kHz.
 * Instead the poles are mapped by exp and the numerator is solved for the analogue |H|^2 at 0 and at two
 * frequencies near the end of the range. With h = sin^2(angle/2) the numerator's square is
 * (b0+b1+b2)^2 (1-h) + (b0-b1+b2)^2 h - 16 b0 b2 h (1-h): linear in x = (b0-b1+b2)^2 and y = -4 b0 b2. */
static struct mb_section lowpass_section(double pole_hz, double rate_hz)
{
    double end_hz = fmin(RANGE_HZ, RANGE_SHARE * rate_hz);
    double z = exp(-2 * M_PI * pole_hz / rate_hz), a1 = -2 * z, a2 = z * z;
    struct match p = match_at(0.75 * end_hz, pole_hz, rate_hz, a1, a2);
    struct match q = match_at(0.95 * end_hz, pole_hz, rate_hz, a1, a2);
    double determinant = p.a * q.b - q.a * p.b;
    double x = (p.c * q.b - q.c * p.b) / determinant, y = (p.a * q.c - q.a * p.c) / determinant;
    double sum = 1 + a1 + a2, difference = sqrt(fmax(x, 0));
    double even = (sum + difference) / 2; /* b0 + b2 */
    double b0 = (even + sqrt(fmax(even * even + y, 0))) / 2;

    return (struct mb_section){.b0 = b0, .b1 = (sum - difference) / 2, .b2 = even - b0, .a1 = a1, .a2 = a2};
}

int mb_weighting_filter(enum mb_weighting weighting, double rate_hz, struct mb_filter *filter)
{
    struct mb_filter f = {0};
    struct mb_section section;

    if (!(rate_hz >= RATE_MIN_HZ) || !isfinite(rate_hz))
        return -ERANGE;
    if (weighting == MB_WEIGHTING_Z)
        return mb_filter_add_highpass(filter, 2, Z_CORNER_HZ, rate_hz);
    section = highpass_section(POLE_LOW_HZ, POLE_LOW_HZ, rate_hz);
    (void)mb_filter_add(&f, &section);
    if (weighting == MB_WEIGHTING_A) {
        section = highpass_section(POLE_A2_HZ, POLE_A3_HZ, rate_hz);
        (void)mb_filter_add(&f, &section);
    }
    section = lowpass_section(POLE_HIGH_HZ, rate_hz);
    (void)mb_filter_add(&f, &section);
    mb_filter_scale(&f, 1 / mb_filter_gain(&f, REFERENCE_HZ, rate_hz));
    if (filter->count + f.count > MB_SECTIONS_MAX)
        return -EINVAL;
    for (size_t i = 0; i < f.count; i++)
        (void)mb_filter_add(filter, &f.sections[i]);
    return 0;
}

double mb_weighting_settle_s(enum mb_weighting weighting)
{
    return weighting == MB_WEIGHTING_Z ? 1.0 : 0.2;
}

void mb_time_weighting_init(struct mb_time_weighting *weighting, double time_constant_s, double rate_hz)
{
    *weighting = (struct mb_time_weighting){.share = -expm1(-1 / (time_constant_s * rate_hz))};
}

double mb_time_weighting_step(struct mb_time_weighting *weighting, double square)
{
    weighting->mean_square += weighting->share * (square - weighting->mean_square);
    return weighting->mean_square;
}
