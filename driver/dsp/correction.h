/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a calibration says of a sensor, taken out of its samples. */
#pragma once

#include <complex.h>
#include <stddef.h>

#include "core/error.h"

struct mb_correction {
    double gain, offset; /* value = gain (x - offset); gain 1 and offset 0: none */
    double delay_s;      /* the sensor's output is so late */
    double phase_rad;    /* and leads by this angle at phase_hz besides: on samples it is taken for the delay
                            that makes this angle there, on a phasor for the same angle at every frequency */
    double phase_hz;     /* 0: phase_rad is 0 */
};

/* The delay on samples, in s; above 0 for a late sensor. */
double mb_correction_delay_s(const struct mb_correction *correction);

/* A phasor at a frequency, corrected; offset counts at 0 Hz only. */
double complex mb_correct_phasor(const struct mb_correction *correction, double frequency_hz,
                                 double complex phasor);

/* Corrects the samples of one channel as they come. Delays that are not whole samples are made by a sinc of
 * 48 samples under Kaiser's window: the error is below 1e-8 of a component up to 0.36 of the rate. */
struct mb_corrector;

/* What comes out is late by latency samples: the same for all channels that belong together. Returns 0;
 * -EINVAL for a gain of 0, a phase without its frequency, or a delay that is not within 24 samples - latency
 * .. latency - 24: a sensor cannot be earlier than what has come; -ENOMEM. */
int mb_corrector_new(const struct mb_correction *correction, double rate_hz, size_t latency,
                     struct mb_corrector **ret, struct mb_error *err);
struct mb_corrector *mb_corrector_free(struct mb_corrector *corrector);
/* out may be in. The first latency samples of a recording, and 48 more, are not valid. */
void mb_corrector_run(struct mb_corrector *corrector, const double in[], double out[], size_t n);
/* The smallest latency for delays up to this. */
size_t mb_corrector_latency(double delay_s, double rate_hz);
