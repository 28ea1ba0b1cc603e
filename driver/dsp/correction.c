/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/correction.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/kaiser.h"
#include "dsp/sums.h"

#define HALF 24
#define TAPS (2 * HALF)     /* whole lanes of dsp/sums.h */
#define ROOM ((size_t)4096) /* samples that are worked on at a time */
#define LATENCY_MAX ((size_t)1 << 20)

struct mb_corrector {
    double gain, offset;
    double taps[TAPS];
    size_t kept;     /* samples before the next one that the oldest tap may still want */
    double *samples; /* kept, then up to ROOM new ones */
    size_t lag;      /* of the newest tap behind the newest sample */
};

double mb_correction_delay_s(const struct mb_correction *correction)
{
    double lead_s = correction->phase_hz > 0 ? correction->phase_rad / (2 * M_PI * correction->phase_hz) : 0;

    return correction->delay_s - lead_s;
}

double complex mb_correct_phasor(const struct mb_correction *correction, double frequency_hz,
                                 double complex phasor)
{
    double angle = 2 * M_PI * frequency_hz * correction->delay_s - correction->phase_rad;

    if (frequency_hz == 0)
        return correction->gain * (phasor - correction->offset);
    return correction->gain * phasor * (cos(angle) + sin(angle) * I);
}

static int check(const struct mb_correction *c, double rate_hz, size_t latency, struct mb_error *err)
{
    double delay = mb_correction_delay_s(c) * rate_hz;

    if (!isfinite(c->gain) || c->gain == 0 || !isfinite(c->offset))
        return mb_error_set(err, -EINVAL, "a correction has a gain that is not 0, and an offset");
    if (c->phase_rad != 0 && !(c->phase_hz > 0))
        return mb_error_set(err, -EINVAL, "a correction of phase has a frequency at which it holds");
    if (latency > LATENCY_MAX || !(fabs(delay) + HALF <= (double)latency))
        return mb_error_set(err, -EINVAL, "a delay of %g samples is not possible within %zu", delay, latency);
    return 0;
}

/* Taps in the order of time for a value shift (0 <= shift < 1) before the sample HALF - 1 back from the
 * newest. */
static void design(struct mb_corrector *c, double shift)
{
    double sum = 0;

    for (int i = 0; i < TAPS; i++) {
        double t = i - HALF + shift, x = M_PI * t;

        c->taps[i] = (x == 0 ? 1 : sin(x) / x) * mb_kaiser(fmax(-1, fmin(1, t / HALF)), MB_KAISER_180DB);
        sum += c->taps[i];
    }
    for (int i = 0; i < TAPS; i++)
        c->taps[i] *= c->gain / sum;
}

int mb_corrector_new(const struct mb_correction *correction, double rate_hz, size_t latency,
                     struct mb_corrector **ret, struct mb_error *err)
{
    struct mb_corrector *c;
    double back, whole;
    int r = check(correction, rate_hz, latency, err);

    if (r < 0)
        return r;
    /* The value of now stands so far back in what the sensor gave. */
    back = (double)latency - mb_correction_delay_s(correction) * rate_hz;
    whole = floor(back);
    c = calloc(1, sizeof *c);
    if (!c)
        return mb_error_set(err, -ENOMEM, "no memory for a correction");
    c->gain = correction->gain;
    c->offset = correction->offset;
    c->lag = (size_t)whole - (HALF - 1);
    c->kept = c->lag + TAPS - 1;
    c->samples = calloc(c->kept + ROOM, sizeof *c->samples);
    if (!c->samples) {
        mb_corrector_free(c);
        return mb_error_set(err, -ENOMEM, "no memory for a correction");
    }
    design(c, back - whole);
    *ret = c;
    return 0;
}

struct mb_corrector *mb_corrector_free(struct mb_corrector *c)
{
    if (!c)
        return NULL;
    free(c->samples);
    free(c);
    return NULL;
}

void mb_corrector_run(struct mb_corrector *c, const double in[], double out[], size_t n)
{
    for (size_t done = 0; done < n;) {
        size_t part = n - done < ROOM ? n - done : ROOM;

        for (size_t i = 0; i < part; i++)
            c->samples[c->kept + i] = in[done + i] - c->offset;
        mb_dots(c->taps, TAPS, c->samples, 1, out + done, part);
        memmove(c->samples, c->samples + part, c->kept * sizeof *c->samples);
        done += part;
    }
}

size_t mb_corrector_latency(double delay_s, double rate_hz)
{
    return (size_t)ceil(fabs(delay_s) * rate_hz) + HALF;
}
