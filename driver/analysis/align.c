/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/align.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "dsp/correction.h"

#define ROOM ((size_t)4096) /* samples that come out at a time */
/* A corrector's taps beyond its latency (dsp/correction.h). */
#define TAPS ((size_t)48)

struct mb_aligner {
    size_t count, latency;
    struct mb_corrector *correctors[MB_BLOCK_CHANNELS_MAX];
    double *samples; /* ROOM of each channel */
    const double *view[MB_BLOCK_CHANNELS_MAX];
    bool begun;
    uint64_t next;      /* number of the sample that follows */
    size_t skip;        /* samples that still come out of nothing */
    uint32_t breaks;    /* for the next block */
    uint64_t bad_until; /* samples before this may be made of clipped ones */
    uint32_t bad;
};

struct mb_aligner *mb_aligner_free(struct mb_aligner *a)
{
    if (!a)
        return NULL;
    for (size_t c = 0; c < a->count; c++)
        (void)mb_corrector_free(a->correctors[c]);
    free(a->samples);
    free(a);
    return NULL;
}

static struct mb_correction correction_of(const struct mb_wave_channel *channel)
{
    return (struct mb_correction){.gain = 1,
                                  .delay_s = channel->delay_s,
                                  .phase_rad = channel->phase_rad,
                                  .phase_hz = channel->phase_hz};
}

int mb_aligner_new(const struct mb_wave_channel channels[], size_t count, double rate_hz,
                   struct mb_aligner **ret, struct mb_error *err)
{
    struct mb_aligner *a;
    double largest_s = 0;
    int r = 0;

    for (size_t c = 0; c < count; c++) {
        struct mb_correction correction = correction_of(&channels[c]);

        largest_s = fmax(largest_s, fabs(mb_correction_delay_s(&correction)));
    }
    if (largest_s == 0) {
        *ret = NULL;
        return 0;
    }
    a = calloc(1, sizeof *a);
    if (!a)
        return mb_error_set(err, -ENOMEM, "no memory for corrections");
    a->count = count;
    a->latency = mb_corrector_latency(largest_s, rate_hz);
    a->samples = calloc(count * ROOM, sizeof *a->samples);
    if (!a->samples)
        r = mb_error_set(err, -ENOMEM, "no memory for corrections");
    for (size_t c = 0; c < count && r == 0; c++) {
        struct mb_correction correction = correction_of(&channels[c]);

        a->view[c] = a->samples + c * ROOM;
        r = mb_corrector_new(&correction, rate_hz, a->latency, &a->correctors[c], err);
    }
    if (r < 0) {
        (void)mb_aligner_free(a);
        return r;
    }
    *ret = a;
    return 0;
}

static void take_flags(struct mb_aligner *a, const struct mb_block *block)
{
    uint32_t breaks = block->flags & (MB_WAVE_MISSING | MB_WAVE_RATE), bad = block->flags & MB_WAVE_INVALID;

    if (!a->begun || breaks || block->first != a->next) {
        a->skip = a->latency + TAPS;
        a->breaks |= breaks | (a->begun && block->first != a->next ? MB_WAVE_MISSING : 0);
        a->bad_until = 0;
        a->bad = 0;
    }
    if (bad) {
        a->bad |= bad;
        a->bad_until = block->first + block->count + a->latency + TAPS;
    }
    a->begun = true;
    a->next = block->first + block->count;
}

/* n samples of each channel from done on; sample i of them is the one at number block->first + done + i -
 * latency. */
static int run(struct mb_aligner *a, const struct mb_block *block, size_t done, size_t n,
               mb_aligned_function function, void *userdata, struct mb_error *err)
{
    size_t skipped = n < a->skip ? n : a->skip;
    const double *channels[MB_BLOCK_CHANNELS_MAX];
    struct mb_block out = *block;

    for (size_t c = 0; c < a->count; c++) {
        mb_corrector_run(a->correctors[c], block->channels[c] + done, a->samples + c * ROOM, n);
        channels[c] = a->view[c] + skipped;
    }
    a->skip -= skipped;
    if (skipped == n)
        return 0;
    out.first = block->first + done + skipped - a->latency;
    out.t_ns = block->t_ns + llround(((double)(done + skipped) - (double)a->latency) * 1e9 / block->rate_hz);
    out.count = n - skipped;
    out.channels = channels;
    if (out.first >= a->bad_until)
        a->bad = 0;
    out.flags = a->breaks | a->bad;
    a->breaks = 0;
    return function(&out, userdata, err);
}

/* Samples to run from done on: no piece is partly flagged, wherever the blocks end. */
static size_t piece(const struct mb_aligner *a, const struct mb_block *block, size_t done)
{
    size_t n = block->count - done < ROOM ? block->count - done : ROOM;
    uint64_t next = block->first + done, border = a->bad_until + a->latency;

    return a->bad && next < border && border - next < n ? (size_t)(border - next) : n;
}

int mb_aligner_push(struct mb_aligner *a, const struct mb_block *block, mb_aligned_function function,
                    void *userdata, struct mb_error *err)
{
    int r = 0;

    take_flags(a, block);
    for (size_t done = 0, n; done < block->count && r >= 0; done += n) {
        n = piece(a, block, done);
        r = run(a, block, done, n, function, userdata, err);
    }
    return r;
}
