/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/tones.h"

#include <math.h>
#include <stdlib.h>

#include "support/test.h"

double *tones_make(const struct tone tones[], size_t count, double rate_hz, size_t first, size_t n)
{
    double *samples = calloc(n > 0 ? n : 1, sizeof *samples);

    assert_non_null(samples);
    for (size_t k = 0; k < count; k++) {
        double amplitude = (tones[k].frequency_hz == 0 ? 1 : M_SQRT2) * tones[k].rms;

        for (size_t i = 0; amplitude != 0 && i < n; i++) {
            double turns = fmod(tones[k].frequency_hz * (double)(first + i) / rate_hz, 1);

            samples[i] += amplitude * cos(2 * M_PI * turns + tones[k].phase_rad);
        }
    }
    return samples;
}
