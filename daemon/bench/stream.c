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

    for (size_t i = 0; i < MB_STREAM_LISTENERS_MAX && s->info.channel_count > 0; i++) {
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

static void end_all(struct bench_stream *s, int error, const char *text)
{
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
    bool asked = s->stopping;
    struct mb_error err = {""};
    int r;

    s->running = s->stopping = false;
    s->info.channel_count = 0;
    /* Somebody came while it was stopping for nobody. */
    r = asked && has_listeners(s) ? start(s, &err) : 0;
    if (r < 0)
        end_all(s, r, err.text);
    else if (!s->running)
        end_all(s, error, text);
}

static int start(struct bench_stream *s, struct mb_error *err)
{
    const struct mb_stream_setting setting = {.rate_hz = 0};
    const struct mb_stream_callbacks callbacks = {
        .started = stream_started, .block = stream_block, .ended = stream_ended, .userdata = s};
    int r = s->instrument->ops->stream(s->instrument, &setting, &callbacks, err);

    if (r == 0)
        s->running = true;
    return r;
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

int mb_bench_listen(struct mb_bench *bench, struct mb_instrument *instrument,
                    const struct mb_stream_callbacks *callbacks, struct mb_error *err)
{
    struct listener *place = NULL;
    struct bench_stream *s;
    int r = 0;

    if (!instrument->ops->stream)
        return mb_error_set(err, -ENOTSUP, "%s has no samples", instrument->id);
    s = stream_of(bench, instrument);
    if (!s)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    for (size_t i = 0; i < MB_STREAM_LISTENERS_MAX; i++) {
        if (s->listeners[i].callbacks.block && s->listeners[i].callbacks.userdata == callbacks->userdata)
            return mb_error_set(err, -EBUSY, "%s is listened to already", instrument->id);
        if (!s->listeners[i].callbacks.block && !place)
            place = &s->listeners[i];
    }
    if (!place)
        return mb_error_set(err, -EBUSY, "%s has %d listeners already", instrument->id,
                            MB_STREAM_LISTENERS_MAX);
    if (!s->running)
        r = start(s, err);
    if (r == 0)
        *place = (struct listener){.callbacks = *callbacks};
    return r;
}

void mb_bench_unlisten(struct mb_bench *bench, const void *userdata)
{
    for (struct bench_stream *s = bench->streams; s; s = s->next) {
        for (size_t i = 0; i < MB_STREAM_LISTENERS_MAX; i++)
            if (s->listeners[i].callbacks.userdata == userdata)
                s->listeners[i] = (struct listener){.told = false};
        if (s->running && !s->stopping && !has_listeners(s))
            s->stopping = s->instrument->ops->stream(s->instrument, NULL, NULL, NULL) == 0;
    }
}

struct mb_instrument *mb_bench_streamer(const struct mb_bench *bench)
{
    for (size_t i = 0; i < bench->setting->instrument_count; i++)
        for (size_t c = 0; c < bench->setting->instruments[i].iio_channel_count; c++)
            if (bench->setting->instruments[i].iio_channels[c].stream)
                return bench->members[i].instrument;
    return NULL;
}

void bench_streams_free(struct mb_bench *bench)
{
    while (bench->streams) {
        struct bench_stream *s = bench->streams;

        bench->streams = s->next;
        free(s);
    }
}
