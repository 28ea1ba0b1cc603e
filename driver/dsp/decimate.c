/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/decimate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/kaiser.h"
#include "dsp/sums.h"

/* With Kaiser's window 160 dB ask, for a transition from 0.21 to 0.79 of the new rate, for
 * (160 - 7.95) / (2.285 * 2 pi * 0.58) = 18.3 taps a kept sample; beta = 0.1102 (170 - 8.7), with something
 * to spare. */
#define KAISER_BETA 17.77526
#define REACH_PER_FACTOR 10
/* Taps are filled up with zeros to whole lanes. */
#define LANES MB_SUM_LANES

static void design(struct mb_decimator *d)
{
    const double reach = (double)d->reach, factor = (double)d->factor;
    double sum = 0;

    for (size_t i = 0; i <= 2 * d->reach; i++) {
        double p = (double)i - reach, edge = p / (reach + 1), x = M_PI * p / factor;
        double sinc = i == d->reach ? 1 : sin(x) / x;

        d->taps[i] = sinc * mb_kaiser(edge, KAISER_BETA);
        sum += d->taps[i];
    }
    for (size_t i = 0; i <= 2 * d->reach; i++)
        d->taps[i] /= sum;
}

int mb_decimator_init(struct mb_decimator *decimator, size_t factor)
{
    struct mb_decimator d = {.factor = factor, .reach = factor > 1 ? REACH_PER_FACTOR * factor : 0};

    if (factor == 0)
        return -EINVAL;
    d.length = (2 * d.reach + LANES) / LANES * LANES;
    d.taps = calloc(d.length, sizeof *d.taps);
    if (!d.taps)
        return -ENOMEM;
    if (factor > 1)
        design(&d);
    else
        d.taps[0] = 1;
    mb_decimator_clear(decimator);
    *decimator = d;
    return 0;
}

void mb_decimator_clear(struct mb_decimator *decimator)
{
    free(decimator->taps);
    *decimator = (struct mb_decimator){0};
}

void mb_decimator_run(const struct mb_decimator *decimator, const double in[], double out[], size_t n)
{
    if (decimator->factor == 1)
        memcpy(out, in, n * sizeof *out);
    else
        mb_dots(decimator->taps, decimator->length, in, decimator->factor, out, n);
}

void mb_decimator_responses(const struct mb_decimator *decimator, double w, double ret[], size_t n)
{
    const double *taps = decimator->taps + decimator->reach;

    /* Taps are symmetric: a sum of cosines, by Clenshaw's recurrence, for several frequencies side by side.
     */
    for (size_t k = 0; k < n; k += LANES) {
        double twice_cos[LANES], b1[LANES] = {0}, b2[LANES] = {0};

        for (size_t lane = 0; lane < LANES; lane++)
            twice_cos[lane] = 2 * cos(w * (double)(k + lane));
        for (size_t p = decimator->reach; p > 0; p--)
            for (size_t lane = 0; lane < LANES; lane++) {
                double b = 2 * taps[p] + twice_cos[lane] * b1[lane] - b2[lane];

                b2[lane] = b1[lane];
                b1[lane] = b;
            }
        for (size_t lane = 0; lane < LANES && k + lane < n; lane++)
            ret[k + lane] = taps[0] + twice_cos[lane] / 2 * b1[lane] - b2[lane];
    }
}
