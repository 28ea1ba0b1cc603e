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

/* Takes the amplitude anew; least: of what the hysteresis was. */
static void follow(struct mb_crossing_finder *finder, double least)
{
    finder->hysteresis = fmax(finder->hysteresis * least, finder->follow * finder->peak);
    finder->peak = 0;
    finder->waited = 0;
}

static void found(struct mb_crossing_finder *finder, const double x[], size_t i, struct mb_place *ret)
{
    finder->armed = false;
    finder->next = i + 1;
    if (finder->follow > 0)
        follow(finder, 0.5);
    ret->sample = i;
    ret->fraction = root(x + i - MB_STENCIL_BEFORE, finder->level);
    if (!(ret->fraction < 1)) {
        ret->sample = i + 1;
        ret->fraction = 0;
    }
}

/* The largest distance of samples from .. until; nothing where nobody follows. In lanes, for one chain of
 * comparisons waits for itself. */
static void look_at(struct mb_crossing_finder *finder, const double x[], size_t from, size_t until)
{
    enum { LANES = 4 };
    double peaks[LANES] = {0}, level = finder->level;
    size_t i = from;

    if (!(finder->follow > 0))
        return;
    for (; i + LANES <= until; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++) {
            double distance = fabs(x[i + lane] - level);

            peaks[lane] = distance > peaks[lane] ? distance : peaks[lane];
        }
    for (; i < until; i++)
        peaks[0] = fmax(peaks[0], fabs(x[i] - level));
    for (size_t lane = 0; lane < LANES; lane++)
        finder->peak = fmax(finder->peak, peaks[lane]);
    finder->waited += until - from;
}

bool mb_crossing_next(struct mb_crossing_finder *finder, const double x[], size_t n, struct mb_place *ret)
{
    /* Sample i and the one after it are looked at, and the stencil around them has to be there. */
    const size_t end = n > MB_STENCIL_AFTER + 1 ? n - MB_STENCIL_AFTER - 1 : 0;
    const double level = finder->level;

    while (finder->next < end) {
        size_t left = finder->follow > 0 ? finder->patience - finder->waited : end, i = finder->next;
        size_t until = left < end - i ? i + left : end;
        const double low = level - finder->hysteresis;

        for (; !finder->armed && i < until; i++)
            finder->armed = x[i] < low;
        i -= finder->armed && i > finder->next ? 1 : 0; /* the sample that armed may be the last below */
        while (i < until && !(x[i] < level && x[i + 1] >= level))
            i++;
        look_at(finder, x, finder->next, i < until ? i + 1 : until);
        finder->next = i;
        if (i < until) {
            found(finder, x, i, ret);
            return true;
        }
        if (finder->follow > 0 && finder->waited >= finder->patience)
            follow(finder, 0);
    }
    return false;
}

double mb_place_distance(const struct mb_place *from, const struct mb_place *to)
{
    return ((double)to->sample - (double)from->sample) + (to->fraction - from->fraction);
}
