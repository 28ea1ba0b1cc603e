/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/window.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/crossing.h"
#include "dsp/filter.h"

/* Samples kept before the start of a window, and more than what is looked at behind its end. */
#define MARGIN ((size_t)16)
/* Shorter spans than this are rounded to samples (dsp/span.h). */
#define SPAN_MIN (2 * MB_STENCIL)
/* Room beside the longest window, so that what is kept moves seldom. */
#define ROOM ((size_t)65536)
#define SAMPLES_MAX ((double)(1 << 27)) /* of all channels: 1 GiB */
/* IEC 61000-4-7: 10 cycles of a 50 Hz and 12 of a 60 Hz system. */
#define MAINS_BORDER_HZ 55.0
#define MAINS_CYCLES_50 10U
#define MAINS_CYCLES_60 12U
#define MAINS_WINDOW_S 0.2
/* What the first hysteresis is taken from. */
#define HEAD_S MAINS_WINDOW_S
#define HEAD_MAX ((size_t)8192)
/* Without a crossing for so long the amplitude is another. */
#define FOLLOW_S 1.0

struct mb_windows {
    struct mb_window_setting setting;
    const double **channels; /* setting.channel_count, and one more: the synchronisation channel, filtered */
    double *samples;
    size_t have, capacity; /* samples a channel */
    uint64_t first;        /* number of sample 0 */
    size_t settling;       /* samples */
    struct mb_filter filter;
    struct mb_crossing_finder finder;
    bool sized;         /* the finder knows the channel's amplitude, or does not follow it */
    bool has_candidate; /* a crossing that was found and not yet counted */
    struct mb_place candidate;
    bool started;    /* start is a crossing; else a sample from which time is counted */
    unsigned cycles; /* from start to last */
    struct mb_place start, last;
    uint64_t clipped_from, clipped_until; /* numbers of samples */
    uint32_t flags;                       /* for the next window */
    bool emitted, flushed;
};

static bool wants_sync(const struct mb_window_setting *setting)
{
    return setting->kind != MB_WINDOW_TIME;
}

static int check_setting(const struct mb_window_setting *s, struct mb_error *err)
{
    bool timed = s->kind == MB_WINDOW_TIME || s->kind == MB_WINDOW_UPDATE;

    if (!(s->rate_hz > 0) || !isfinite(s->rate_hz))
        return mb_error_set(err, -EINVAL, "the rate has to be above 0 Hz");
    if (s->channel_count == 0 || (wants_sync(s) && s->sync >= s->channel_count))
        return mb_error_set(err, -EINVAL, "a window needs channels and one of them to synchronise to");
    if (s->kind == MB_WINDOW_CYCLES && s->cycles == 0)
        return mb_error_set(err, -EINVAL, "a window needs at least one cycle");
    if (timed && !(s->length_s * s->rate_hz >= 1))
        return mb_error_set(err, -EINVAL, "a window of %g s has no sample", s->length_s);
    if (wants_sync(s) && !(s->longest_s * s->rate_hz >= 1 && (!timed || s->longest_s >= s->length_s)))
        return mb_error_set(err, -EINVAL, "a window may at longest last %g s, less than it has to",
                            s->longest_s);
    if (!isfinite(s->level) || !(s->hysteresis >= 0) || !(s->follow >= 0) || !(s->filter_hz >= 0))
        return mb_error_set(err, -EINVAL,
                            "level, hysteresis or filter of the synchronisation are no numbers");
    return 0;
}

static size_t samples_of(double time_s, double rate_hz)
{
    return (size_t)fmax(1, round(time_s * rate_hz));
}

static size_t longest_of(const struct mb_window_setting *s)
{
    return samples_of(wants_sync(s) ? s->longest_s : s->length_s, s->rate_hz);
}

/* The state after a start or a gap; what is kept in the arrays is void. */
static void restart(struct mb_windows *w)
{
    w->have = 0;
    w->started = w->has_candidate = false;
    w->cycles = 0;
    w->start = w->last = (struct mb_place){0};
    w->sized = !(w->setting.follow > 0);
    w->finder.armed = false;
    w->finder.next = MB_STENCIL_BEFORE + w->settling;
    mb_filter_reset(&w->filter);
}

static int prepare(struct mb_windows *w, struct mb_error *err)
{
    const struct mb_window_setting *s = &w->setting;
    size_t count = s->channel_count + 1;

    w->capacity = longest_of(s) + ROOM;
    if ((double)w->capacity * (double)count > SAMPLES_MAX)
        return mb_error_set(err, -EINVAL, "windows of %g s of %zu channels at %g Hz are too large",
                            s->longest_s, s->channel_count, s->rate_hz);
    if (s->filter_hz > 0) {
        if (mb_filter_add_lowpass(&w->filter, 2, s->filter_hz, s->rate_hz) < 0)
            return mb_error_set(err, -EINVAL, "a filter of %g Hz is not below half the rate", s->filter_hz);
        w->settling = samples_of(6 / s->filter_hz, s->rate_hz);
        if (w->settling >= longest_of(s))
            return mb_error_set(err, -EINVAL,
                                "a filter of %g Hz settles no sooner than the longest window ends",
                                s->filter_hz);
    }
    w->finder.level = s->level;
    w->finder.hysteresis = s->hysteresis;
    w->finder.follow = s->follow;
    w->finder.patience = s->follow > 0 ? samples_of(FOLLOW_S, s->rate_hz) : 0;
    w->channels = calloc(count, sizeof *w->channels);
    w->samples = calloc(w->capacity * count, sizeof *w->samples);
    if (!w->channels || !w->samples)
        return mb_error_set(err, -ENOMEM, "no memory for windows");
    for (size_t i = 0; i < count; i++)
        w->channels[i] = w->samples + i * w->capacity;
    restart(w);
    return 0;
}

int mb_windows_new(const struct mb_window_setting *setting, struct mb_windows **ret, struct mb_error *err)
{
    struct mb_windows *w;
    int r = check_setting(setting, err);

    if (r < 0)
        return r;
    w = calloc(1, sizeof *w);
    if (!w)
        return mb_error_set(err, -ENOMEM, "no memory for windows");
    w->setting = *setting;
    r = prepare(w, err);
    if (r < 0) {
        mb_windows_free(w);
        return r;
    }
    *ret = w;
    return 0;
}

struct mb_windows *mb_windows_free(struct mb_windows *w)
{
    if (!w)
        return NULL;
    free(w->samples);
    free(w->channels);
    free(w);
    return NULL;
}

/* ---- Samples in. ---- */

/* Forgets the samples before the margin of the window at work. */
static void compact(struct mb_windows *w)
{
    size_t gone = w->start.sample > MARGIN ? w->start.sample - MARGIN : 0;

    if (gone == 0)
        return;
    for (size_t i = 0; i <= w->setting.channel_count; i++) {
        double *kept = w->samples + i * w->capacity;

        memmove(kept, kept + gone, (w->have - gone) * sizeof *kept);
    }
    w->have -= gone;
    w->first += gone;
    w->start.sample -= gone;
    w->last.sample -= w->last.sample < gone ? w->last.sample : gone;
    if (wants_sync(&w->setting))
        w->finder.next -= gone;
    if (w->has_candidate)
        w->candidate.sample -= gone;
}

/* The channel that crossings are looked for in. A sample that is not finite would stay in the filter for
 * good; 0 stands in for it, and the window is invalid anyway. */
static void run_sync(struct mb_windows *w, const double in[], size_t n)
{
    double *out = w->samples + w->setting.channel_count * w->capacity + w->have;

    for (size_t i = 0; i < n; i++)
        out[i] = isfinite(in[i]) ? in[i] : 0;
    if (w->filter.count > 0)
        mb_filter_run(&w->filter, out, out, n);
}

static void mark_clipped(struct mb_windows *w, uint64_t first, size_t n)
{
    if (w->clipped_until <= w->first)
        w->clipped_from = first;
    w->clipped_until = first + n;
}

size_t mb_windows_push(struct mb_windows *w, const double *const channels[], size_t n, uint64_t first,
                       uint32_t flags)
{
    uint32_t breaks = flags & (MB_WAVE_MISSING | MB_WAVE_RATE);

    if (n == 0)
        return 0;
    if (first != w->first + w->have && (w->have > 0 || w->first > 0))
        breaks |= MB_WAVE_MISSING;
    if (breaks)
        restart(w);
    if (w->have == 0)
        w->first = first;
    w->flags |= breaks;
    if (n > w->capacity - w->have)
        compact(w);
    if (n > w->capacity - w->have)
        n = w->capacity - w->have;
    for (size_t i = 0; i < w->setting.channel_count; i++)
        memcpy(w->samples + i * w->capacity + w->have, channels[i], n * sizeof **channels);
    if (wants_sync(&w->setting))
        run_sync(w, channels[w->setting.sync], n);
    if (flags & MB_WAVE_CLIPPED)
        mark_clipped(w, first, n);
    w->have += n;
    return n;
}

void mb_windows_flush(struct mb_windows *w)
{
    w->flushed = true;
}

/* ---- Windows out. ---- */

static double frequency(const struct mb_windows *w)
{
    return w->cycles > 0 ? w->cycles * w->setting.rate_hz / mb_place_distance(&w->start, &w->last) : NAN;
}

unsigned mb_mains_cycles(double frequency_hz)
{
    return frequency_hz < MAINS_BORDER_HZ ? MAINS_CYCLES_50 : MAINS_CYCLES_60;
}

static double wanted_s(const struct mb_windows *w)
{
    double f = frequency(w);

    switch (w->setting.kind) {
    case MB_WINDOW_TIME:
    case MB_WINDOW_UPDATE:
        return w->setting.length_s;
    case MB_WINDOW_CYCLES:
        return isnan(f) ? 0 : w->setting.cycles / f;
    case MB_WINDOW_MAINS:
        break;
    }
    if (isnan(f))
        return MAINS_WINDOW_S;
    return mb_mains_cycles(f) / f;
}

/* Too few samples for ends between samples: ends on them. */
static void round_short(struct mb_span *span)
{
    if (span->end.sample - span->start.sample >= SPAN_MIN)
        return;
    span->start.sample += span->start.fraction >= 0.5 ? 1 : 0;
    span->end.sample += span->end.fraction >= 0.5 ? 1 : 0;
    span->start.fraction = span->end.fraction = 0;
    if (span->end.sample == span->start.sample)
        span->end.sample++;
}

static void emit(struct mb_windows *w, struct mb_place start, struct mb_place end, uint32_t flags,
                 struct mb_window *ret)
{
    const double f = frequency(w);
    bool by_time = (flags & MB_WAVE_NO_SYNC) || !wants_sync(&w->setting);
    bool is_short = wants_sync(&w->setting) && !by_time && end.sample - start.sample < SPAN_MIN;

    *ret = (struct mb_window){.channels = w->channels,
                              .count = w->have,
                              .first = w->first,
                              .span = {start, end},
                              .cycles = by_time ? 0 : w->cycles,
                              .frequency_hz = by_time ? NAN : f,
                              .rate_hz = w->setting.rate_hz,
                              .flags = w->flags | flags | (is_short ? MB_WAVE_TOO_SHORT : 0)};
    if (ret->flags & MB_WAVE_TOO_SHORT)
        ret->wanted_s = wanted_s(w);
    round_short(&ret->span);
    if (w->clipped_until > w->first + start.sample && w->clipped_from <= w->first + end.sample)
        ret->flags |= MB_WAVE_CLIPPED;
    w->flags = 0;
    w->emitted = true;
}

/* The next window begins at a crossing, or at a sample. */
static void begin(struct mb_windows *w, struct mb_place start, bool at_crossing)
{
    w->start = w->last = start;
    w->started = at_crossing;
    w->cycles = 0;
}

static void emit_cycles(struct mb_windows *w, uint32_t flags, struct mb_window *ret)
{
    emit(w, w->start, w->last, flags, ret);
    begin(w, w->last, true);
}

static bool next_by_time(struct mb_windows *w, size_t length, uint32_t flags, struct mb_window *ret)
{
    struct mb_place start = {w->start.sample + (w->start.fraction > 0 ? 1 : 0), 0}, end = start;

    end.sample += length;
    if (end.sample > w->have)
        return false;
    emit(w, start, end, flags, ret);
    begin(w, end, false);
    return true;
}

/* Cycles that make a window, as far as the crossings so far tell. */
static unsigned cycles_wanted(const struct mb_windows *w)
{
    if (w->setting.kind == MB_WINDOW_CYCLES)
        return w->setting.cycles;
    return mb_mains_cycles(frequency(w));
}

/* Counts the candidate. True: the window from start to last is complete. */
static bool take_candidate(struct mb_windows *w)
{
    double length = w->setting.length_s * w->setting.rate_hz;

    if (!w->started) {
        begin(w, w->candidate, true);
        w->has_candidate = false;
        return false;
    }
    /* The cycle before was the last that fits; the candidate belongs to the next window. */
    if (w->setting.kind == MB_WINDOW_UPDATE && w->cycles > 0 &&
        mb_place_distance(&w->start, &w->candidate) > length)
        return true;
    w->last = w->candidate;
    w->has_candidate = false;
    w->cycles++;
    if (w->setting.kind == MB_WINDOW_UPDATE)
        return mb_place_distance(&w->start, &w->last) > length;
    return w->cycles >= cycles_wanted(w);
}

/* Nothing more will come within the longest window. */
static bool next_overdue(struct mb_windows *w, struct mb_window *ret)
{
    if (w->cycles > 0) {
        emit_cycles(w, MB_WAVE_TOO_SHORT, ret);
        return true;
    }
    return next_by_time(w, longest_of(&w->setting), MB_WAVE_NO_SYNC, ret);
}

/* The amplitude of the first samples; false: they are not all there. */
static bool size_up(struct mb_windows *w)
{
    const double *x = w->channels[w->setting.channel_count];
    size_t wanted = samples_of(HEAD_S, w->setting.rate_hz);

    wanted = wanted < HEAD_MAX ? wanted : HEAD_MAX;
    if (w->sized)
        return true;
    if (w->have < wanted && !w->flushed)
        return false;
    for (size_t i = 0; i < wanted && i < w->have; i++)
        w->finder.hysteresis = fmax(w->finder.hysteresis, w->setting.follow * fabs(x[i] - w->setting.level));
    w->sized = true;
    return true;
}

static bool next_synchronised(struct mb_windows *w, struct mb_window *ret)
{
    size_t longest = longest_of(&w->setting);

    if (!size_up(w))
        return false;
    for (;;) {
        if (!w->has_candidate)
            w->has_candidate =
                mb_crossing_next(&w->finder, w->channels[w->setting.channel_count], w->have, &w->candidate);
        if (w->has_candidate ? w->candidate.sample > w->start.sample + longest
                             : w->finder.next > w->start.sample + longest && w->finder.next < w->have)
            return next_overdue(w, ret);
        if (!w->has_candidate)
            return false;
        if (take_candidate(w)) {
            emit_cycles(w, 0, ret);
            return true;
        }
    }
}

/* What is there at the end, if it would be the only window. */
static bool next_last(struct mb_windows *w, struct mb_window *ret)
{
    if (!w->flushed || w->emitted || w->have == 0)
        return false;
    if (w->started && w->cycles > 0) {
        emit_cycles(w, MB_WAVE_TOO_SHORT, ret);
        return true;
    }
    begin(w, (struct mb_place){0}, false);
    return next_by_time(w, w->have, MB_WAVE_TOO_SHORT | (wants_sync(&w->setting) ? MB_WAVE_NO_SYNC : 0), ret);
}

bool mb_windows_next(struct mb_windows *w, struct mb_window *ret)
{
    bool found = wants_sync(&w->setting)
                     ? next_synchronised(w, ret)
                     : next_by_time(w, samples_of(w->setting.length_s, w->setting.rate_hz), 0, ret);

    return found || next_last(w, ret);
}
