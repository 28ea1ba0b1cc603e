/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A counter of an instrument that only grows, such as energy. One that falls was reset by somebody, or has
 * begun anew by itself: not only that value is no sum since the beginning, the later ones are not either. All
 * zero: begins at zero. */
#pragma once

#include <stdbool.h>

#include "core/reading.h"

struct mb_tally {
    double newest;
    bool fell;
};

static inline enum mb_validity mb_tally_judge(struct mb_tally *t, double value)
{
    t->fell = t->fell || value < t->newest;
    t->newest = value;
    return t->fell ? MB_COUNTER_RESET : MB_VALID;
}
