/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of signals that have no cycles to be cut by (vibration, sound), for a screen: one Hann window after
 * the other, none overlaps. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "dsp/flags.h"

struct mb_spectrum;

struct mb_spectrum_frame {
    uint64_t first;                /* number of the first sample of the window */
    double step_hz;                /* from line to line */
    size_t count;                  /* lines of each channel */
    uint32_t flags;                /* of mb_wave_flag, of all its samples and of what is missing before it */
    const double *const *channels; /* rms of a tone on the line (between two of them up to 1.5 dB less); of
                                      line 0 the mean */
};

typedef void (*mb_spectrum_function)(const struct mb_spectrum_frame *frame, void *userdata);

/* Windows of about length_s. -EINVAL: fewer than four samples or too many, -ENOMEM. */
int mb_spectrum_new(size_t channel_count, double rate_hz, double length_s, struct mb_spectrum **ret);
struct mb_spectrum *mb_spectrum_free(struct mb_spectrum *spectrum);
/* Lines of a frame. */
size_t mb_spectrum_count(const struct mb_spectrum *spectrum);
/* n samples of every channel, the first with this number. Where numbers or samples are missing a new window
 * begins; samples that are not finite count as 0 and are flagged. */
void mb_spectrum_push(struct mb_spectrum *spectrum, const double *const channels[], size_t n, uint64_t first,
                      uint32_t flags, mb_spectrum_function function, void *userdata);
