/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/lines.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/decimate.h"
#include "dsp/fft.h"

/* Kept samples a period of the highest line, within what the decimator passes; 8 of 200 kHz become one. */
#define KEPT_PER_PERIOD 4.9
#define CHIRP_RUN 64

/* Buffers and plans of one length of the transform. */
struct chirp {
    size_t length;
    double complex *values, *spectrum, *filter; /* length each */
    fftw_plan forward, backward, filter_plan;
};

struct mb_lines {
    struct mb_span_weights weights;
    size_t count; /* lines */
    struct mb_decimator decimator;
    size_t kept;            /* samples after the decimator */
    double *padded;         /* ends of the span between zeros */
    double *thin[2];        /* what the decimator leaves of two channels */
    double complex *phases; /* exp(-j pi D n^2 / T), n < phase_count */
    double complex *scales; /* of each line: begin of the span, response, rms */
    double *responses;
    size_t padded_count, thin_count, phase_count, scale_count, response_count;
    struct chirp chirp;
};

/* Makes room for n elements; what was there is void. */
static int grow(void **array, size_t *count, size_t n, size_t size)
{
    void *grown;

    if (n <= *count)
        return 0;
    grown = fftw_malloc(n * size);
    if (!grown)
        return -ENOMEM;
    fftw_free(*array);
    *array = grown;
    *count = n;
    return 0;
}

static void chirp_clear(struct chirp *c)
{
    mb_fft_plan_free(c->forward);
    mb_fft_plan_free(c->backward);
    mb_fft_plan_free(c->filter_plan);
    fftw_free(c->values);
    fftw_free(c->spectrum);
    fftw_free(c->filter);
    *c = (struct chirp){0};
}

static int chirp_prepare(struct chirp *c, size_t length)
{
    if (c->length == length)
        return 0;
    chirp_clear(c);
    c->values = fftw_malloc(length * sizeof *c->values);
    c->spectrum = fftw_malloc(length * sizeof *c->spectrum);
    c->filter = fftw_malloc(length * sizeof *c->filter);
    if (!c->values || !c->spectrum || !c->filter)
        return -ENOMEM;
    c->forward = mb_fft_plan_complex(length, c->values, c->spectrum, FFTW_FORWARD);
    c->backward = mb_fft_plan_complex(length, c->spectrum, c->values, FFTW_BACKWARD);
    c->filter_plan = mb_fft_plan_complex(length, c->filter, c->filter, FFTW_FORWARD);
    if (!c->forward || !c->backward || !c->filter_plan)
        return -ENOMEM;
    c->length = length;
    return 0;
}

int mb_lines_new(struct mb_lines **ret)
{
    struct mb_lines *lines = calloc(1, sizeof *lines);

    if (!lines)
        return -ENOMEM;
    *ret = lines;
    return 0;
}

struct mb_lines *mb_lines_free(struct mb_lines *lines)
{
    if (!lines)
        return NULL;
    chirp_clear(&lines->chirp);
    mb_decimator_clear(&lines->decimator);
    fftw_free(lines->padded);
    fftw_free(lines->thin[0]); /* both in one */
    fftw_free(lines->phases);
    fftw_free(lines->scales);
    fftw_free(lines->responses);
    free(lines);
    return NULL;
}

static double complex turned(double angle)
{
    double sine, cosine;

    sincos(angle, &sine, &cosine);
    return cosine + sine * I;
}

static int make_room(struct mb_lines *l)
{
    const struct mb_decimator *d = &l->decimator;
    int r;

    r = grow((void **)&l->padded, &l->padded_count, (l->kept - 1) * d->factor + d->length, sizeof *l->padded);
    if (r == 0)
        r = grow((void **)&l->thin[0], &l->thin_count, 2 * l->kept, sizeof *l->thin[0]);
    if (r == 0)
        r = grow((void **)&l->phases, &l->phase_count, l->kept + l->count, sizeof *l->phases);
    if (r == 0)
        r = grow((void **)&l->scales, &l->scale_count, l->count, sizeof *l->scales);
    if (r == 0)
        r = grow((void **)&l->responses, &l->response_count, l->count, sizeof *l->responses);
    if (r == 0)
        r = chirp_prepare(&l->chirp, mb_fft_length(l->kept + 2 * l->count));
    l->thin[1] = l->thin[0] ? l->thin[0] + l->kept : NULL;
    return r;
}

/* exp(-j turn n^2), in runs of which only the first and the steps are computed with sine and cosine:
 * (b + r)^2 = b^2 + 2 b r + r^2. */
static void fill_chirp(double complex phases[], size_t n, double turn)
{
    double complex square[CHIRP_RUN];

    for (size_t r = 0; r < CHIRP_RUN; r++)
        square[r] = turned(-turn * (double)r * (double)r);
    for (size_t b = 0; b < n; b += CHIRP_RUN) {
        double complex at = turned(-turn * (double)b * (double)b), step = turned(-2 * turn * (double)b);

        for (size_t r = 0; r < CHIRP_RUN && b + r < n; r++) {
            phases[b + r] = at * square[r];
            at *= step;
        }
    }
}

/* k m = (k^2 + m^2 - (k - m)^2) / 2: the transform is a convolution with a chirp (Bluestein). */
static void fill_phases(struct mb_lines *l)
{
    const struct chirp *c = &l->chirp;
    size_t n = l->kept + l->count;

    fill_chirp(l->phases, n, M_PI * (double)l->decimator.factor / l->weights.length);
    memset(c->filter, 0, c->length * sizeof *c->filter);
    for (size_t i = 0; i < l->count; i++)
        c->filter[i] = conj(l->phases[i]);
    for (size_t i = 1; i < n; i++)
        c->filter[c->length - i] = conj(l->phases[i]);
    fftw_execute(c->filter_plan);
}

/* start: where the span begins, in samples behind the centre of the first kept one. */
static void fill_scales(struct mb_lines *l, double start)
{
    const double step = 2 * M_PI / l->weights.length;
    double size = (double)l->decimator.factor / ((double)l->chirp.length * l->weights.length);

    mb_decimator_responses(&l->decimator, step, l->responses, l->count);
    for (size_t k = 0; k < l->count; k++) {
        double w = step * (double)k;

        l->scales[k] = (k == 0 ? 1 : M_SQRT2) * size / l->responses[k] * turned(w * start);
    }
}

int mb_lines_prepare(struct mb_lines *l, const struct mb_span *span, size_t n, size_t count,
                     struct mb_error *err)
{
    size_t samples, factor;
    double start;
    int r = mb_span_weigh(span, n, &l->weights);

    if (r < 0)
        return mb_error_set(err, r, "a window of %g samples has no spectrum", mb_span_length(span));
    if (count == 0 || 2 * (double)(count - 1) >= l->weights.length)
        return mb_error_set(err, -EINVAL, "%zu lines need more than %g samples", count, l->weights.length);
    l->count = count;
    factor = count == 1 ? 1 : (size_t)fmax(1, l->weights.length / (KEPT_PER_PERIOD * (double)(count - 1)));
    if (l->decimator.factor != factor)
        r = mb_decimator_init(&l->decimator, factor);
    samples = l->weights.last - l->weights.first;
    l->kept = (samples + 2 * l->decimator.reach + factor - 1) / factor;
    if (r == 0)
        r = make_room(l);
    if (r < 0)
        return mb_error_set(err, r, "no memory for %zu spectral lines", count);
    start =
        (double)(span->start.sample - l->weights.first) + span->start.fraction + (double)l->decimator.reach;
    fill_phases(l);
    fill_scales(l, start);
    return 0;
}

/* Sample i of the weighted span; there are zeros on both sides of it. */
static double weighted(const struct mb_span_weights *w, const double x[], ptrdiff_t i)
{
    ptrdiff_t n = (ptrdiff_t)(w->last - w->first);

    if (i < 0 || i >= n)
        return 0;
    if (w->whole || (i >= MB_STENCIL && i < n - MB_STENCIL))
        return x[w->first + (size_t)i];
    return x[w->first + (size_t)i] * (i < MB_STENCIL ? w->head[i] : w->tail[i - (n - MB_STENCIL)]);
}

/* Kept samples from .. to - 1 where not all that they are made of weighs 1. */
static void thin_out_edge(struct mb_lines *l, const double x[], size_t from, size_t to, double thin[])
{
    const struct mb_decimator *d = &l->decimator;
    ptrdiff_t at = (ptrdiff_t)(from * d->factor) - 2 * (ptrdiff_t)d->reach;
    size_t n;

    if (from >= to)
        return;
    n = (to - from - 1) * d->factor + d->length;
    for (size_t i = 0; i < n; i++)
        l->padded[i] = weighted(&l->weights, x, at + (ptrdiff_t)i);
    mb_decimator_run(d, l->padded, thin + from, to - from);
}

/* The whole answer of the decimator to the weighted span: its sums over all time are those over the span.
 * Kept sample m is centred on sample m D - reach of the span, so its taps begin at m D - 2 reach. */
static void thin_out(struct mb_lines *l, const double x[], double thin[])
{
    const struct mb_span_weights *w = &l->weights;
    const struct mb_decimator *d = &l->decimator;
    size_t edge = w->whole ? 0 : MB_STENCIL, n = w->last - w->first, low, high = 0;

    low = (edge + 2 * d->reach + d->factor - 1) / d->factor;
    if (n + 2 * d->reach >= d->length + edge)
        high = (n + 2 * d->reach - d->length - edge) / d->factor + 1; /* n is before the end of the taps */
    if (high > l->kept)
        high = l->kept;
    if (high <= low)
        low = high = l->kept;
    thin_out_edge(l, x, 0, low, thin);
    if (high > low)
        mb_decimator_run(d, x + w->first + low * d->factor - 2 * d->reach, thin + low, high - low);
    thin_out_edge(l, x, high, l->kept, thin);
}

void mb_lines_pair(struct mb_lines *l, const double x[], const double y[], double complex ret_x[],
                   double complex ret_y[])
{
    const struct chirp *c = &l->chirp;

    thin_out(l, x, l->thin[0]);
    if (y)
        thin_out(l, y, l->thin[1]);
    for (size_t m = 0; m < l->kept; m++)
        c->values[m] = (l->thin[0][m] + (y ? l->thin[1][m] : 0) * I) * l->phases[m];
    memset(c->values + l->kept, 0, (c->length - l->kept) * sizeof *c->values);
    fftw_execute(c->forward);
    for (size_t i = 0; i < c->length; i++)
        c->spectrum[i] *= c->filter[i];
    fftw_execute(c->backward);
    /* The lines of x + j y at k and at -k hold those of both. */
    for (size_t k = 0; k < l->count; k++) {
        double complex up = c->values[k] * l->phases[k];
        double complex down = conj(c->values[k == 0 ? 0 : c->length - k] * l->phases[k]);

        ret_x[k] = 0.5 * (up + down) * l->scales[k];
        if (y && ret_y)
            ret_y[k] = -0.5 * I * (up - down) * l->scales[k];
    }
}
