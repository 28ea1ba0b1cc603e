/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vibration severity from acceleration: rms acceleration, velocity and displacement of a band, over the
 * record and over windows in it (procedures.md D: 10-1000 Hz, from 2 Hz for machines up to 600 r/min).
 *
 * Band: Butterworth, four poles at each end, response 0.9 at both ends of the band, so within 0.05 % from
 * twice the low end to half the high end. A line right at an end of the band therefore reads 10 % low. The
 * instrument standard allows 0.8 to 1.1 at the ends and 0.9 to 1.1 between 20 and 500 Hz (ISO 2954 as a
 * published meter manual prints it; no licensed copy seen).
 *
 * Integration is part of the filter: its zeros at 0 Hz take the place of the integrator's poles, so an offset
 * of the accelerometer neither drifts nor rings on. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "dsp/filter.h"
#include "dsp/stretch.h"

#define MB_VIBRATION_LOW_HZ 10.0
#define MB_VIBRATION_HIGH_HZ 1000.0
#define MB_VIBRATION_END_GAIN 0.9
/* Samples a period of the band's upper end that the integrator is exact for. */
#define MB_VIBRATION_RATE_RATIO 2.56

struct mb_vibration_figure {
    double rms;                    /* over the record without settling */
    double window_max, window_min; /* rms of single windows: what a slip beat swings between */
};

struct mb_vibration_result { /* figures are NAN where a flag says why */
    struct mb_vibration_figure acceleration_mps2, velocity_mps, displacement_m;
    size_t windows;
    double duration_s; /* of the record without settling */
    double wanted_s;   /* whole record that one window needs, settling included */
    uint32_t flags;    /* of mb_wave_flag; MB_WAVE_TOO_SHORT: needs wanted_s */
};

#define MB_VIBRATION_TAPS 15 /* of the integrator's equaliser */

struct mb_vibration_sum {
    double window, total; /* sums of squares */
    double max, min;      /* of windows, sums of squares */
};

/* Analysis of one direction of one point. Copyable, nothing to free. */
struct mb_vibration {
    double rate_hz;
    size_t settle_samples, window_samples;
    struct mb_filter lowpass;                              /* common */
    struct mb_filter acceleration, velocity, displacement; /* high-pass, with 0, 1 and 2 integrations */
    double equaliser[2][MB_VIBRATION_TAPS - 1];            /* last samples, newest last */
    struct mb_stretch stretch;
    size_t counted, in_window, windows;
    struct mb_vibration_sum sums[3];
};

/* -ERANGE when the rate is below MB_VIBRATION_RATE_RATIO times the high end, when the band is empty, or when
 * a window is not at least one period of the low end. */
int mb_vibration_init(struct mb_vibration *vibration, double rate_hz, double low_hz, double high_hz,
                      double window_s);
/* Acceleration in m/s^2; flags of mb_wave_flag. */
void mb_vibration_push(struct mb_vibration *vibration, const double *acceleration, size_t n, uint32_t flags);
/* What is known by now; the analysis may go on. */
void mb_vibration_result(const struct mb_vibration *vibration, struct mb_vibration_result *ret);
