/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spectrum of the envelope of a band: what repeated knocks of a defect excite in a resonance shows as lines
 * at the rate of the knocks and its multiples. Averaged over half overlapping blocks with a Hann window. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "dsp/flags.h"

struct mb_envelope_setting {
    double rate_hz;
    double low_hz, high_hz; /* band with the resonance; low_hz at least twice max_hz */
    double max_hz;          /* end of the spectrum */
    double resolution_hz;   /* distance of lines, at most this */
};

struct mb_envelope_spectrum {
    const double *power; /* squared amplitude (peak) of a line at each place; until the next push */
    size_t count;
    double step_hz;
    size_t blocks;   /* averaged */
    double wanted_s; /* record for one block, settling included */
    uint32_t flags;  /* with MB_WAVE_TOO_SHORT or any that spoils, all is 0 */
};

struct mb_envelope;

/* -EINVAL for a setting that contradicts itself or does not fit the rate, -ENOMEM. */
int mb_envelope_new(const struct mb_envelope_setting *setting, struct mb_envelope **ret);
struct mb_envelope *mb_envelope_free(struct mb_envelope *envelope);
/* Flags of mb_wave_flag. */
void mb_envelope_push(struct mb_envelope *envelope, const double *samples, size_t n, uint32_t flags);
void mb_envelope_spectrum(struct mb_envelope *envelope, struct mb_envelope_spectrum *ret);
/* Amplitude of the highest line within the tolerance of a frequency, its energy gathered from the lines that
 * the window spreads it over; NAN outside of the spectrum. */
double mb_envelope_line(const struct mb_envelope_spectrum *spectrum, double frequency_hz,
                        double tolerance_hz);
