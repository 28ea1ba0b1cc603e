/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/spectrum.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "dsp/fft.h"

#define LENGTH_MAX ((double)(1 << 20))

struct mb_spectrum {
    size_t channel_count, length, filled;
    double rate_hz;
    uint64_t first, next;
    uint32_t flags;
    double *samples; /* length of each channel */
    double *window, *windowed;
    double complex *lines;
    double *magnitude;       /* count of each channel */
    const double **channels; /* into magnitude */
    fftw_plan plan;
};

size_t mb_spectrum_count(const struct mb_spectrum *s)
{
    return s->length / 2 + 1;
}

static int allocate(struct mb_spectrum *s)
{
    const size_t count = mb_spectrum_count(s);

    s->samples = calloc(s->channel_count * s->length, sizeof *s->samples);
    s->window = calloc(s->length, sizeof *s->window);
    s->windowed = fftw_malloc(s->length * sizeof *s->windowed);
    s->lines = fftw_malloc(count * sizeof *s->lines);
    s->magnitude = calloc(s->channel_count * count, sizeof *s->magnitude);
    s->channels = calloc(s->channel_count, sizeof *s->channels);
    if (!s->samples || !s->window || !s->windowed || !s->lines || !s->magnitude || !s->channels)
        return -ENOMEM;
    s->plan = mb_fft_plan_real(s->length, s->windowed, s->lines);
    if (!s->plan)
        return -ENOMEM;
    for (size_t c = 0; c < s->channel_count; c++)
        s->channels[c] = s->magnitude + c * count;
    /* Hann takes half of a line, two halves make it, and rms is 1 / sqrt(2) of that. */
    for (size_t i = 0; i < s->length; i++)
        s->window[i] = (1 - cos(2 * M_PI * (double)i / (double)s->length)) * M_SQRT2 / (double)s->length;
    return 0;
}

int mb_spectrum_new(size_t channel_count, double rate_hz, double length_s, struct mb_spectrum **ret)
{
    struct mb_spectrum *s;
    int r;

    if (channel_count == 0 || !(rate_hz * length_s >= 4) || !(rate_hz * length_s <= LENGTH_MAX))
        return -EINVAL;
    s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->channel_count = channel_count;
    s->rate_hz = rate_hz;
    s->length = mb_fft_length((size_t)ceil(rate_hz * length_s));
    r = allocate(s);
    if (r < 0) {
        (void)mb_spectrum_free(s);
        return r;
    }
    *ret = s;
    return 0;
}

struct mb_spectrum *mb_spectrum_free(struct mb_spectrum *s)
{
    if (!s)
        return NULL;
    (void)mb_fft_plan_free(s->plan);
    free(s->samples);
    free(s->window);
    fftw_free(s->windowed);
    fftw_free(s->lines);
    free(s->magnitude);
    free(s->channels);
    free(s);
    return NULL;
}

static void transform(struct mb_spectrum *s, const double *x, double *ret)
{
    double mean = 0;

    for (size_t i = 0; i < s->length; i++)
        mean += x[i];
    mean /= (double)s->length;
    for (size_t i = 0; i < s->length; i++)
        s->windowed[i] = (x[i] - mean) * s->window[i];
    fftw_execute(s->plan);
    ret[0] = fabs(mean);
    for (size_t i = 1; i < mb_spectrum_count(s); i++)
        ret[i] = cabs(s->lines[i]);
}

static void finish(struct mb_spectrum *s, mb_spectrum_function function, void *userdata)
{
    const struct mb_spectrum_frame frame = {.first = s->first,
                                            .step_hz = s->rate_hz / (double)s->length,
                                            .count = mb_spectrum_count(s),
                                            .flags = s->flags,
                                            .channels = s->channels};

    for (size_t c = 0; c < s->channel_count; c++)
        transform(s, s->samples + c * s->length, s->magnitude + c * frame.count);
    s->filled = 0;
    s->flags = 0;
    function(&frame, userdata);
}

static void take(struct mb_spectrum *s, const double *const channels[], size_t from, size_t n)
{
    for (size_t c = 0; c < s->channel_count; c++)
        for (size_t i = 0; i < n; i++) {
            double x = channels[c][from + i];

            if (!isfinite(x)) {
                s->flags |= MB_WAVE_NOT_FINITE;
                x = 0;
            }
            s->samples[c * s->length + s->filled + i] = x;
        }
    s->filled += n;
}

void mb_spectrum_push(struct mb_spectrum *s, const double *const channels[], size_t n, uint64_t first,
                      uint32_t flags, mb_spectrum_function function, void *userdata)
{
    const uint32_t breaks = MB_WAVE_MISSING | MB_WAVE_RATE;
    size_t done = 0;

    if (s->next != 0 && first != s->next)
        flags |= MB_WAVE_MISSING;
    if (flags & breaks) {
        s->filled = 0;
        s->flags = flags & breaks;
    }
    s->next = first + n;
    while (done < n) {
        size_t part = s->length - s->filled < n - done ? s->length - s->filled : n - done;

        if (s->filled == 0)
            s->first = first + done;
        s->flags |= flags & ~breaks;
        take(s, channels, done, part);
        done += part;
        if (s->filled == s->length)
            finish(s, function, userdata);
    }
}
