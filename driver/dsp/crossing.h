/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a channel rises through a level, to a fraction of a sample: what windows are synchronised to, and how
 * often a supply or a shaft turns. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dsp/span.h"

struct mb_crossing_finder {
    double level, hysteresis; /* of the channel; armed below level - hysteresis */
    /* With follow above 0 the hysteresis follows the channel: with every crossing, and after so many samples
     * without one, it becomes follow times the largest distance from the level since the last, but no less
     * than half of what it was at a crossing. */
    double follow, peak;
    size_t patience, waited;
    bool armed;
    size_t next; /* the next sample to look at */
};

/* Looks for the next rising crossing in x[0..n), where x[finder->next] is the next sample not looked at, at
 * least MB_STENCIL_BEFORE. The place is on the polynomial through the twelve samples around it. False: none
 * so far; go on with more samples. Samples that are not finite are never part of a crossing. */
bool mb_crossing_next(struct mb_crossing_finder *finder, const double x[], size_t n, struct mb_place *ret);

/* Samples between two places of one array. */
double mb_place_distance(const struct mb_place *from, const struct mb_place *to);
