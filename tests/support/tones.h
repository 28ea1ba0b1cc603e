/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signals whose every figure is known: sums of cosines. */
#pragma once

#include <stddef.h>

struct tone {
    double frequency_hz, rms, phase_rad; /* rms sqrt(2) cos(2 pi f t + phase); at 0 Hz: rms cos(phase) */
};

/* n samples from sample number first on; freed by the caller. */
double *tones_make(const struct tone tones[], size_t count, double rate_hz, size_t first, size_t n);
