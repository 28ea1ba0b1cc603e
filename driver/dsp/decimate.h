/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finite low pass that keeps every factor-th sample, for spectra of the lowest frequencies of a fast
 * channel. What comes out folded into the band below 0.21 of the new rate is at least 160 dB down; the
 * response within that band is known exactly and is divided out by the caller. */
#pragma once

#include <stddef.h>

struct mb_decimator {
    size_t factor; /* 1: every sample as it is */
    size_t reach;  /* samples on each side that go into one */
    size_t length; /* of taps, 2 reach + 1 and zeros up to whole vectors */
    double *taps;  /* from -reach on */
};

/* Returns 0, -EINVAL (factor 0), -ENOMEM. What the decimator had before is freed; begin with zeros. */
int mb_decimator_init(struct mb_decimator *decimator, size_t factor);
void mb_decimator_clear(struct mb_decimator *decimator);

/* out[m] = sum over p of taps[p] in[m factor + p], for m < n. in has (n - 1) factor + length samples. */
void mb_decimator_run(const struct mb_decimator *decimator, const double in[], double out[], size_t n);

/* The response, a real number, at 0, w, 2 w ... radians an input sample. */
void mb_decimator_responses(const struct mb_decimator *decimator, double w, double ret[], size_t n);
