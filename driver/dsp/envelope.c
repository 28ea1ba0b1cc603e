/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/envelope.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/fft.h"
#include "dsp/filter.h"
#include "dsp/stretch.h"

#define CHUNK 256
#define BAND_ORDER 4
/* The low-pass behind the square is flat to max_hz, within 1 %, and 79 dB down at four times it, where the
 * carrier's double frequency begins and from where decimation folds back. */
#define SMOOTH_ORDER 8
#define SMOOTH_RATIO 1.28
#define CARRIER_RATIO 2.0
#define DECIMATED_RATIO 5.3
#define LENGTH_MAX ((size_t)1 << 22)
/* A line under a Hann window: 1.5 times the square of its amplitude in all places together, in these on each
 * side. */
#define HANN_SPREAD 1.5
#define HANN_REACH 2

struct mb_envelope {
    struct mb_envelope_setting setting;
    struct mb_filter band, smooth;
    struct mb_stretch stretch;
    size_t settle, counted, factor;
    size_t length, filled, blocks;
    double *block, *windowed;
    double complex *lines;
    double *sum, *mean; /* of squared amplitudes; length / 2 + 1 */
    fftw_plan plan;
};

static int make_filters(struct mb_envelope *e)
{
    const struct mb_envelope_setting *s = &e->setting;
    int r;

    r = mb_filter_add_bandpass(&e->band, BAND_ORDER, s->low_hz, s->high_hz, s->rate_hz);
    if (r < 0)
        return -EINVAL;
    r = mb_filter_add_lowpass(&e->smooth, SMOOTH_ORDER, SMOOTH_RATIO * s->max_hz, s->rate_hz);
    return r < 0 ? -EINVAL : 0;
}

/* Length of a block, from the resolution, and how many samples become one. */
static int choose_length(struct mb_envelope *e)
{
    const struct mb_envelope_setting *s = &e->setting;
    double wanted;

    e->factor = (size_t)fmax(floor(s->rate_hz / (DECIMATED_RATIO * s->max_hz)), 1);
    wanted = ceil(s->rate_hz / (double)e->factor / s->resolution_hz);
    if (!(wanted <= (double)LENGTH_MAX))
        return -EINVAL;
    e->length = mb_fft_length((size_t)wanted);
    e->settle = (size_t)ceil(s->rate_hz * (6 / (s->high_hz - s->low_hz) + 6 / s->max_hz));
    return 0;
}

static int allocate(struct mb_envelope *e)
{
    size_t places = e->length / 2 + 1;

    e->block = calloc(e->length, sizeof *e->block);
    e->windowed = fftw_malloc(e->length * sizeof *e->windowed);
    e->lines = fftw_malloc(places * sizeof *e->lines);
    e->sum = calloc(places, sizeof *e->sum);
    e->mean = calloc(places, sizeof *e->mean);
    if (!e->block || !e->windowed || !e->lines || !e->sum || !e->mean)
        return -ENOMEM;
    e->plan = mb_fft_plan_real(e->length, e->windowed, e->lines);
    return e->plan ? 0 : -ENOMEM;
}

int mb_envelope_new(const struct mb_envelope_setting *setting, struct mb_envelope **ret)
{
    struct mb_envelope *e;
    int r;

    if (!(setting->max_hz > 0 && setting->resolution_hz > 0 && setting->resolution_hz < setting->max_hz &&
          setting->low_hz >= CARRIER_RATIO * setting->max_hz && isfinite(setting->rate_hz)))
        return -EINVAL;
    e = calloc(1, sizeof *e);
    if (!e)
        return -ENOMEM;
    e->setting = *setting;
    r = make_filters(e);
    if (r >= 0)
        r = choose_length(e);
    if (r >= 0)
        r = allocate(e);
    if (r < 0) {
        mb_envelope_free(e);
        return r;
    }
    *ret = e;
    return 0;
}

struct mb_envelope *mb_envelope_free(struct mb_envelope *envelope)
{
    if (!envelope)
        return NULL;
    (void)mb_fft_plan_free(envelope->plan);
    free(envelope->block);
    fftw_free(envelope->windowed);
    fftw_free(envelope->lines);
    free(envelope->sum);
    free(envelope->mean);
    free(envelope);
    return NULL;
}

static void close_block(struct mb_envelope *e)
{
    double mean = 0, scale = 4.0 / (double)e->length; /* a Hann window takes half of a line */

    for (size_t i = 0; i < e->length; i++)
        mean += e->block[i];
    mean /= (double)e->length;
    for (size_t i = 0; i < e->length; i++)
        e->windowed[i] =
            (e->block[i] - mean) * (0.5 - 0.5 * cos(2 * M_PI * (double)i / (double)e->length)) * scale;
    fftw_execute(e->plan);
    for (size_t i = 0; i <= e->length / 2; i++)
        e->sum[i] += creal(e->lines[i]) * creal(e->lines[i]) + cimag(e->lines[i]) * cimag(e->lines[i]);
    e->blocks++;
    e->filled = e->length - e->length / 2;
    memmove(e->block, e->block + e->length / 2, e->filled * sizeof *e->block);
}

/* The smoothed square is half the square of the envelope. */
static void push_chunk(struct mb_envelope *e, const double *in, size_t n, uint32_t flags)
{
    double x[CHUNK];

    mb_stretch_take(&e->stretch, in, x, n, flags);
    mb_filter_run(&e->band, x, x, n);
    for (size_t i = 0; i < n; i++)
        x[i] = 2 * x[i] * x[i];
    mb_filter_run(&e->smooth, x, x, n);
    for (size_t i = 0; i < n; i++) {
        if (e->counted++ < e->settle || (e->counted - e->settle) % e->factor != 0)
            continue;
        e->block[e->filled++] = sqrt(fmax(x[i], 0));
        if (e->filled == e->length)
            close_block(e);
    }
}

void mb_envelope_push(struct mb_envelope *envelope, const double *samples, size_t n, uint32_t flags)
{
    for (size_t i = 0; i < n; i += CHUNK)
        push_chunk(envelope, samples + i, n - i < CHUNK ? n - i : CHUNK, i == 0 ? flags : 0);
}

void mb_envelope_spectrum(struct mb_envelope *envelope, struct mb_envelope_spectrum *ret)
{
    struct mb_envelope *e = envelope;
    double rate_hz = e->setting.rate_hz / (double)e->factor;
    bool valid = e->blocks > 0 && !mb_stretch_spoiled(&e->stretch);

    for (size_t i = 0; i <= e->length / 2; i++)
        e->mean[i] = valid ? e->sum[i] / (double)e->blocks : 0;
    *ret = (struct mb_envelope_spectrum){
        .power = e->mean,
        .step_hz = rate_hz / (double)e->length,
        .count = (size_t)(e->setting.max_hz / rate_hz * (double)e->length) + 1,
        .blocks = e->blocks,
        .wanted_s = ((double)e->settle + (double)(e->length * e->factor)) / e->setting.rate_hz,
        .flags = e->stretch.flags | (e->blocks == 0 ? (uint32_t)MB_WAVE_TOO_SHORT : 0)};
}

double mb_envelope_line(const struct mb_envelope_spectrum *spectrum, double frequency_hz, double tolerance_hz)
{
    double low = ceil((frequency_hz - tolerance_hz) / spectrum->step_hz);
    double high = floor((frequency_hz + tolerance_hz) / spectrum->step_hz), power = 0;
    size_t best;

    if (!(low >= HANN_REACH && high >= low && high + HANN_REACH < (double)spectrum->count))
        return NAN;
    best = (size_t)low;
    for (size_t i = best; i <= (size_t)high; i++)
        if (spectrum->power[i] > spectrum->power[best])
            best = i;
    for (size_t i = best - HANN_REACH; i <= best + HANN_REACH; i++)
        power += spectrum->power[i];
    return sqrt(power / HANN_SPREAD);
}
