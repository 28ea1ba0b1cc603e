/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes into filters: one stretch of samples without a gap. Filters remember, so one bad sample spoils
 * all figures of its stretch; after a gap a new analysis has to begin. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dsp/flags.h"

struct mb_stretch {
    size_t taken;
    uint32_t flags; /* of all samples so far */
};

/* Copies n samples; those that are not finite become 0 and are flagged. flags: what is known of these
 * samples; what is missing in front of the first ones does no harm. */
void mb_stretch_take(struct mb_stretch *stretch, const double *in, double *out, size_t n, uint32_t flags);
/* No figure of this stretch is worth anything. */
bool mb_stretch_spoiled(const struct mb_stretch *stretch);
