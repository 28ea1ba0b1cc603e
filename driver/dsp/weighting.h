/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frequency weightings A, C and Z and time weightings F and S (IEC 61672-1). */
#pragma once

#include "dsp/filter.h"

enum mb_weighting { MB_WEIGHTING_A, MB_WEIGHTING_C, MB_WEIGHTING_Z };

#define MB_TIME_WEIGHTING_FAST_S 0.125
#define MB_TIME_WEIGHTING_SLOW_S 1.0

/* Design goal of the weighting in dB, 0 at 1 kHz, from its analogue poles; -INFINITY at 0 Hz for A and C. A
 * band's weight is that at its exact mid-band frequency. */
double mb_weighting_db(enum mb_weighting weighting, double frequency_hz);

/* Appends the weighting as a digital filter. Up to 20 kHz it is within 0.1 dB of the design goal from 48 kS/s
 * on and within 0.2 dB at 44.1 kS/s; below that rate, within 0.2 dB up to 0.45 times the rate. Z is flat, but
 * takes away what is below 2 Hz (0.01 dB at 10 Hz), so that an offset of the microphone is no sound. -ERANGE
 * for a rate below 16 kS/s. */
int mb_weighting_filter(enum mb_weighting weighting, double rate_hz, struct mb_filter *filter);
/* Time after which nothing is left of an offset at the start. */
double mb_weighting_settle_s(enum mb_weighting weighting);

/* Exponential mean of squares; the state is the last mean. */
struct mb_time_weighting {
    double share; /* of a new square */
    double mean_square;
};
void mb_time_weighting_init(struct mb_time_weighting *weighting, double time_constant_s, double rate_hz);
double mb_time_weighting_step(struct mb_time_weighting *weighting, double square);
