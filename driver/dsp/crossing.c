/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/crossing.h"

#include <math.h>

#include "dsp/interpolate.h"

#define ROOT_STEPS_MAX 60

static double polynomial(const double samples[], double x, double level)
{
    double weights[MB_STENCIL];

    mb_stencil_value(x, weights);
    return mb_stencil_apply(weights, samples) - level;
}

/* Root between sample 0 (below the level) and sample 1 (not below): the straight line first, then the false
 * position in its Illinois form, which stays between two values of opposite sign. */
static double root(const double samples[], double level)
{
    double low = 0, high = 1, x = 1;
    double at_low = samples[MB_STENCIL_BEFORE] - level, at_high = samples[MB_STENCIL_BEFORE + 1] - level;

    for (int step = 0, side = 0; step < ROOT_STEPS_MAX; step++) {
        double last = x, value;

        x = low + (high - low) * at_low / (at_low - at_high);
        value = polynomial(samples, x, level);
        if (value == 0 || fabs(x - last) < 1e-15)
            break;
        if (value < 0) {
            low = x;
            at_low = value;
            at_high *= side < 0 ? 0.5 : 1;
            side = -1;
        } else {
            high = x;
            at_high = value;
            at_low *= side > 0 ? 0.5 : 1;
            side = 1;
        }
    }
    return x;
}

bool mb_crossing_next(struct mb_crossing_finder *finder, const double x[], size_t n, struct mb_place *ret)
{
    /* Sample i and the one after it are looked at, and the stencil around them has to be there. */
    for (size_t i = finder->next; i + MB_STENCIL_AFTER + 1 < n; i++) {
        if (finder->follow > 0)
            finder->hysteresis =
                fmax(finder->hysteresis * finder->fade, finder->follow * fabs(x[i] - finder->level));
        if (x[i] < finder->level - finder->hysteresis || (finder->hysteresis == 0 && x[i] < finder->level))
            finder->armed = true;
        if (!finder->armed || !(x[i] < finder->level) || !(x[i + 1] >= finder->level))
            continue;
        finder->armed = false;
        finder->next = i + 1;
        ret->sample = i;
        ret->fraction = root(x + i - MB_STENCIL_BEFORE, finder->level);
        if (!(ret->fraction < 1)) {
            ret->sample = i + 1;
            ret->fraction = 0;
        }
        return true;
    }
    if (finder->next + MB_STENCIL_AFTER + 1 < n)
        finder->next = n - MB_STENCIL_AFTER - 1;
    return false;
}

double mb_place_distance(const struct mb_place *from, const struct mb_place *to)
{
    return ((double)to->sample - (double)from->sample) + (to->fraction - from->fraction);
}
