/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/internal.h"

struct bench_stream {
    struct mb_bench *bench;
    struct mb_instrument *instrument;
    struct listener {
        struct mb_stream_callbacks callbacks; /* block NULL: free */
        bool told;                            /* what the stream is */
    } listeners[MB_STREAM_LISTENERS_MAX];
    bool running, stopping;
    char *record;               /* where the next stream is to record to; NULL: nowhere */
    struct listener *recorder;  /* who wants that; NULL: nobody */
    bool recording;             /* the stream that runs does */
    struct mb_stream_info info; /* of the stream that runs; channel_count 0: not told so far */
    struct mb_wave_channel channels[MB_BLOCK_CHANNELS_MAX];
    double delay_s[MB_BLOCK_CHANNELS_MAX];
    struct bench_stream *next;
};

static void stream_started(const struct mb_stream_info *info, void *userdata)
{
    struct bench_stream *s = userdata;

    if (info->channel_count > MB_BLOCK_CHANNELS_MAX)
        return;
    memset(s->delay_s, 0, sizeof s->delay_s);
    memcpy(s->channels, info->channels, info->channel_count * sizeof *s->channels);
    if (info->delay_s)
        memcpy(s->delay_s, info->delay_s, info->channel_count * sizeof *s->delay_s);
    s->info = (struct mb_stream_info){info->channel_count, s->channels, s->delay_s, info->rate_hz};
}

static void stream_block(const struct mb_block *block, void *userdata)
{
    struct bench_stream *s = userdata;

    for (size_t i = 0; i < MB_STREAM_LISTENERS_MAX && s->info.channel_count > 0 && !s->stopping; i++) {
        struct listener *l = &s->listeners[i];

        if (l->callbacks.block && !l->told) {
            l->told = true;
            if (l->callbacks.started)
                l->callbacks.started(&s->info, l->callbacks.userdata);
        }
        if (l->callbacks.block)
            l->callbacks.block(block, l->callbacks.userdata);
    }
}

static bool has_listeners(const struct bench_stream *s)
{
    for (size_t i = 0; i < MB_STREAM_LISTENERS_MAX; i++)
        if (s->listeners[i].callbacks.block)
            return true;
    return false;
}

static void forget_record(struct bench_stream *s)
{
    free(s->record);
    s->record = NULL;
    s->recorder = NULL;
    s->recording = false;
}

static void end_all(struct bench_stream *s, int error, const char *text)
{
    forget_record(s);
    for (size_t i = 0; i < MB_STREAM_LISTENERS_MAX; i++) {
        const struct mb_stream_callbacks callbacks = s->listeners[i].callbacks;

        s->listeners[i] = (struct listener){.told = false};
        if (callbacks.block)
            callbacks.ended(error, text, callbacks.userdata);
    }
}

static int start(struct bench_stream *s, struct mb_error *err);

static void stream_ended(int error, const char *text, void *userdata)
{
    struct bench_stream *s = userdata;
    struct mb_stream_callbacks recorder = {.ended = NULL};
    bool asked = s->stopping;
    struct mb_error err = {""};
    int r;

    s->running = s->stopping = false;
    s->info.channel_count = 0;
    if (asked && s->recording) {
        if (s->recorder) {
            recorder = s->recorder->callbacks;
            *s->recorder = (struct listener){.told = false};
        }
        forget_record(s);
    }
    /* Somebody came while it was stopping for nobody, or listens beside a recording. */
    r = asked && has_listeners(s) ? start(s, &err) : 0;
    if (r < 0)
        end_all(s, r, err.text);
    else if (!s->running)
        end_all(s, error, text);
    if (recorder.ended) /* the last action: it may ask for more */
        recorder.ended(0, "", recorder.userdata);
}

static int start(struct bench_stream *s, struct mb_error *err)
{
    const struct mb_stream_setting setting = {.record = s->record};
    const struct mb_stream_callbacks callbacks = {
        .started = stream_started, .block = stream_block, .ended = stream_ended, .userdata = s};
    int r = s->instrument->ops->stream(s->instrument, &setting, &callbacks, err);

    if (r == 0) {
        s->running = true;
        s->recording = s->record != NULL;
        for (size_t i = 0; i < MB_STREAM_LISTENERS_MAX; i++)
            s->listeners[i].told = false; /* it may be another than before */
    }
    return r;
}

static void stop(struct bench_stream *s)
{
    if (s->running && !s->stopping)
        s->stopping = s->instrument->ops->stream(s->instrument, NULL, NULL, NULL) == 0;
}

static struct bench_stream *stream_of(struct mb_bench *bench, struct mb_instrument *instrument)
{
    struct bench_stream *s = bench->streams;

    while (s && s->instrument != instrument)
        s = s->next;
    if (s)
        return s;
    s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->bench = bench;
    s->instrument = instrument;
    s->next = bench->streams;
    bench->streams = s;
    return s;
}

/* A place for a new listener. */
static int find_place(struct mb_bench *bench, struct mb_instrument *instrument, const void *userdata,
                      struct bench_stream **ret, struct listener **ret_place, struct mb_error *err)
{
    struct listener *place = NULL;
    struct bench_stream *s;

    if (!instrument->ops->stream)
        return mb_error_set(err, -ENOTSUP, "%s has no samples", instrument->id);
    s = stream_of(bench, instrument);
    if (!s)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    for (size_t i = 0; i < MB_STREAM_LISTENERS_MAX; i++) {
        if (s->listeners[i].callbacks.block && s->listeners[i].callbacks.userdata == userdata)
            return mb_error_set(err, -EBUSY, "%s is listened to already", instrument->id);
        if (!s->listeners[i].callbacks.block && !place)
            place = &s->listeners[i];
    }
    if (!place)
        return mb_error_set(err, -EBUSY, "%s has %d listeners already", instrument->id,
                            MB_STREAM_LISTENERS_MAX);
    *ret = s;
    *ret_place = place;
    return 0;
}

int mb_bench_listen(struct mb_bench *bench, struct mb_instrument *instrument,
                    const struct mb_stream_callbacks *callbacks, struct mb_error *err)
{
    struct listener *place;
    struct bench_stream *s;
    int r = find_place(bench, instrument, callbacks->userdata, &s, &place, err);

    if (r == 0 && !s->running)
        r = start(s, err);
    if (r == 0)
        *place = (struct listener){.callbacks = *callbacks};
    return r;
}

int mb_bench_listen_recorded(struct mb_bench *bench, struct mb_instrument *instrument,
                             const struct mb_stream_callbacks *callbacks, const char *path,
                             struct mb_error *err)
{
    struct listener *place;
    struct bench_stream *s;
    int r = find_place(bench, instrument, callbacks->userdata, &s, &place, err);

    if (r < 0)
        return r;
    if (s->record)
        return mb_error_set(err, -EBUSY, "%s records already", instrument->id);
    s->record = strdup(path);
    if (!s->record)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    if (s->running)
        stop(s);
    else
        r = start(s, err);
    if (r < 0) {
        forget_record(s);
        return r;
    }
    *place = (struct listener){.callbacks = *callbacks};
    s->recorder = place;
    return 0;
}

void mb_bench_end_recording(struct mb_bench *bench, const void *userdata)
{
    for (struct bench_stream *s = bench->streams; s; s = s->next)
        if (s->recorder && s->recorder->callbacks.userdata == userdata)
            stop(s);
}

void mb_bench_unlisten(struct mb_bench *bench, const void *userdata)
{
    for (struct bench_stream *s = bench->streams; s; s = s->next) {
        for (size_t i = 0; i < MB_STREAM_LISTENERS_MAX; i++)
            if (s->listeners[i].callbacks.userdata == userdata) {
                s->listeners[i] = (struct listener){.told = false};
                s->recorder = s->recorder == &s->listeners[i] ? NULL : s->recorder;
            }
        if (!has_listeners(s) || (s->recording && !s->recorder))
            stop(s);
        if (!s->recording && !s->recorder)
            forget_record(s);
    }
}

static bool streams(const struct mb_bench_instrument *instrument)
{
    for (size_t c = 0; c < instrument->iio_channel_count; c++)
        if (instrument->iio_channels[c].stream)
            return true;
    return false;
}

struct mb_instrument *mb_bench_streamer(const struct mb_bench *bench, size_t n)
{
    const struct mb_bench_setting *setting = bench->setting;
    const int analyser = setting->analyser;
    const bool first = analyser >= 0 && streams(&setting->instruments[analyser]);

    if (first && n-- == 0)
        return bench->members[analyser].instrument;
    for (size_t i = 0; i < setting->instrument_count; i++)
        if (!(first && (int)i == analyser) && streams(&setting->instruments[i]) && n-- == 0)
            return bench->members[i].instrument;
    return NULL;
}

void bench_streams_free(struct mb_bench *bench)
{
    while (bench->streams) {
        struct bench_stream *s = bench->streams;

        bench->streams = s->next;
        free(s->record);
        free(s);
    }
}
