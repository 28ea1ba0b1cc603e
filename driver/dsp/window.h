/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts the samples of several channels into windows. Samples are pushed as they come, in pieces of any size,
 * and windows are fetched; where the pieces end makes no difference to any bit of a window.
 *
 *     while (n > 0) {
 *         taken = mb_windows_push(windows, channels, n, first, flags);
 *         flags &= ~(MB_WAVE_MISSING | MB_WAVE_RATE);
 *         ... channels += taken, n -= taken, first += taken
 *         while (mb_windows_next(windows, &window)) ...
 *     }
 *     mb_windows_flush(windows);
 *     while (mb_windows_next(windows, &window)) ...
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "dsp/flags.h"
#include "dsp/span.h"

enum mb_window_kind {
    MB_WINDOW_TIME,   /* length_s, to the nearest sample; no synchronisation */
    MB_WINDOW_CYCLES, /* that many crossings of the synchronisation channel: supply cycles, or the pulses of
                         so many turns of the shaft */
    MB_WINDOW_MAINS, /* 10 cycles below 55 Hz and 12 from there on: IEC 61000-4-7, about 0.2 s at 50 and 60 Hz
                      */
    MB_WINDOW_UPDATE, /* as many whole cycles as length_s holds, at least one */
};

struct mb_window_setting {
    enum mb_window_kind kind;
    double rate_hz;
    size_t channel_count;
    size_t sync;       /* the channel whose rising crossings count */
    unsigned cycles;   /* of MB_WINDOW_CYCLES */
    double length_s;   /* of MB_WINDOW_TIME and MB_WINDOW_UPDATE */
    double longest_s;  /* without enough crossings for so long a window is cut by time and flagged; at least
                          length_s */
    double level;      /* crossings of this; 0 for supplies, half the pulse for encoders */
    double hysteresis; /* the channel has to fall so far below level before the next crossing counts */
    double follow;     /* instead, hysteresis is this part of the channel's amplitude: of the first 0.2 s (at
                          most 8192 samples) to begin with, then of the cycle before. 0: it stays as it is */
    double filter_hz;  /* low pass of second order before the crossings are looked for, 0: none. For
                          converters: some times the fundamental, well below the switching frequency. Its delay
                          is the same for all crossings. While it settles (6 / filter_hz) there are none */
};

/* Valid until the next call with the same windows. */
struct mb_window {
    const double *const *channels; /* count samples each, some before and after the span */
    size_t count;
    uint64_t first;      /* number of sample 0 since the start */
    struct mb_span span; /* places in channels */
    unsigned cycles;     /* 0: cut by time */
    double frequency_hz; /* of the crossings; NAN when cut by time, for 0 Hz is not known to be 0 Hz */
    double rate_hz;
    double wanted_s; /* with MB_WAVE_TOO_SHORT: what it should have been, as far as is known, else 0 */
    uint32_t flags;
};

/* Cycles in a window of IEC 61000-4-7: 10 for 50 Hz and 12 for 60 Hz systems, the border between. */
unsigned mb_mains_cycles(double frequency_hz);

struct mb_windows;

/* Returns 0, -EINVAL with what is wrong with the setting, -ENOMEM. */
int mb_windows_new(const struct mb_window_setting *setting, struct mb_windows **ret, struct mb_error *err);
struct mb_windows *mb_windows_free(struct mb_windows *windows);

/* Takes up to n samples of every channel, of which the first has this number, and returns how many it took; 0
 * only for n = 0 or when windows have to be fetched first. Where numbers are missing, or with MB_WAVE_MISSING
 * or MB_WAVE_RATE in flags, the samples do not follow the ones before: what is left of those is in no window,
 * and the next window carries the flag. Of a block that is pushed in several parts only the first part has
 * those two. MB_WAVE_CLIPPED goes to every window that has some of these samples.
 */
size_t mb_windows_push(struct mb_windows *windows, const double *const channels[], size_t n, uint64_t first,
                       uint32_t flags);
bool mb_windows_next(struct mb_windows *windows, struct mb_window *ret);
/* No more samples will come. If there was no window so far, what is there becomes one, flagged as too short:
 * its whole cycles, or all of it when it has none. */
void mb_windows_flush(struct mb_windows *windows);
