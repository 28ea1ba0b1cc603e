/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iio/stream.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "core/timer.h"
#include "iio/join.h"
#include "waveform/source.h"

#define BLOCKS_A_TURN 64 /* then others of the loop have their turn */

struct mb_iio_stream {
    sd_event *event;
    char label[96];
    struct mb_stream_callbacks callbacks;
    struct mb_iio_stream_owner owner;
    struct mb_capture *captures[MB_JOIN_MAX];
    sd_event_source *arrivals[MB_JOIN_MAX];
    size_t count;
    sd_event_source *deadline;
    struct mb_wave_source *source; /* NULL: not all captures have begun */
    struct mb_crew *crew;
    char *record; /* several devices are recorded there as one; NULL: they are not */
    double delays[MB_BLOCK_CHANNELS_MAX];
    bool started, stopping;
    bool *freed; /* of the function that is calling back */
};

/* The last action: the owner frees the stream in it. */
static void finish(struct mb_iio_stream *s, int error, const char *text)
{
    s->owner.over(error, text, s->owner.userdata);
}

static void arm(struct mb_iio_stream *s)
{
    double seconds = 0;

    for (size_t i = 0; i < s->count; i++)
        seconds = fmax(seconds, mb_capture_deadline_s(s->captures[i]));
    mb_timer_arm(s->deadline, seconds);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct mb_iio_stream *s = userdata;

    if (mb_timer_was_late(source, usec))
        return 0;
    if (s->stopping && s->record)
        finish(s, -ETIMEDOUT, "the recording does not come to its end in time");
    else if (s->stopping) /* it is left alone */
        finish(s, 0, "");
    else
        finish(s, -ETIMEDOUT, "the IIO device sends no samples in time");
    return 0;
}

/* 1: there is a source; else as mb_iio_queue_take. */
static int open_source(struct mb_iio_stream *s, struct mb_error *err)
{
    const struct mb_join_setting setting = {
        .captures = s->captures, .count = s->count, .label = s->label, .crew = s->crew, .record = s->record};
    struct mb_wave_reader *reader;
    int r = s->source ? 1 : mb_join_begun(s->captures, s->count, err);

    if (s->source || r <= 0)
        return r;
    r = s->count == 1 ? mb_live_reader_new(s->captures[0], s->label, &reader, err)
                      : mb_join_reader_new(&setting, &reader, err);
    if (r < 0)
        return r;
    r = mb_wave_source_new(reader, NULL, 0, &s->source, err);
    if (r < 0)
        (void)mb_wave_reader_free(reader);
    return r < 0 ? r : 1;
}

static void tell_start(struct mb_iio_stream *s)
{
    const double *delays = mb_join_reader_delays(s->source->reader);
    const struct mb_stream_info info = {
        .channel_count = s->source->channel_count,
        .channels = s->source->channels,
        .delay_s = delays ? delays : s->delays,
        .rate_hz = s->source->reader->rate_hz,
    };

    s->started = true;
    if (s->callbacks.started)
        s->callbacks.started(&info, s->callbacks.userdata);
}

/* Blocks until there is nothing or it is the turn of others. As mb_wave_source_next; 1: there is more. */
static int hand_on(struct mb_iio_stream *s, const bool *freed, struct mb_error *err)
{
    struct mb_block block;
    int r = open_source(s, err);

    for (int n = 0; r > 0 && n < BLOCKS_A_TURN; n++) {
        r = mb_wave_source_next(s->source, &block, err);
        if (r <= 0)
            break;
        arm(s);
        if (s->stopping)
            continue;
        if (!s->started)
            tell_start(s);
        if (!*freed && !s->stopping)
            s->callbacks.block(&block, s->callbacks.userdata);
        if (*freed)
            return -EAGAIN;
    }
    return r;
}

static int on_arrival(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct mb_iio_stream *s = userdata;
    struct mb_error err = {""};
    bool freed = false;
    int r;

    (void)source;
    (void)fd;
    (void)events;
    s->freed = &freed;
    for (size_t i = 0; i < s->count; i++)
        mb_iio_queue_quiet(mb_capture_queue(s->captures[i]));
    r = hand_on(s, &freed, &err);
    if (freed)
        return 0;
    s->freed = NULL;
    if (r > 0) /* more is there: this is called again at once */
        mb_iio_queue_wake(mb_capture_queue(s->captures[0]));
    else if (r != -EAGAIN)
        finish(s, s->stopping ? 0 : r, err.text);
    return 0;
}

/* The streaming channels of the device that the first of them not yet taken names. */
static size_t next_device(const struct mb_instrument_setting *instrument, bool taken[],
                          struct mb_iio_channel ret[])
{
    const char *device = NULL;
    size_t n = 0;

    for (size_t i = 0; i < instrument->iio_channel_count && n < MB_IIO_QUEUE_CHANNELS; i++) {
        const struct mb_iio_channel *channel = &instrument->iio_channels[i];

        if (!channel->stream || taken[i] || (device && strcmp(device, channel->device) != 0))
            continue;
        device = channel->device;
        taken[i] = true;
        ret[n++] = *channel;
    }
    return n;
}

static bool several_devices(const struct mb_instrument_setting *instrument)
{
    const char *device = NULL;

    for (size_t i = 0; i < instrument->iio_channel_count; i++) {
        const struct mb_iio_channel *channel = &instrument->iio_channels[i];

        if (channel->stream && device && strcmp(device, channel->device) != 0)
            return true;
        device = channel->stream ? channel->device : device;
    }
    return false;
}

static int start_captures(struct mb_iio_stream *s, const struct mb_instrument_setting *instrument,
                          const struct mb_stream_setting *setting, struct mb_error *err)
{
    struct mb_iio_channel channels[MB_IIO_QUEUE_CHANNELS];
    struct mb_capture_setting capture = {
        .scan = {.uri = instrument->address,
                 .trigger = instrument->trigger,
                 .channels = channels,
                 .rate_hz = setting->rate_hz > 0 ? setting->rate_hz : instrument->rate_hz,
                 .interval_s = setting->interval_s},
        .record = s->record ? NULL : setting->record,
        .clock = instrument->clock,
    };
    bool *taken = calloc(instrument->iio_channel_count, sizeof *taken);
    int r = taken ? 0 : -ENOMEM;

    while (r == 0 && (capture.scan.channel_count = next_device(instrument, taken, channels)) > 0) {
        if (s->count == MB_JOIN_MAX)
            r = mb_error_set(err, -E2BIG, "%s: more than %d devices stream", instrument->id, MB_JOIN_MAX);
        capture.scan.device = channels[0].device;
        if (r == 0)
            r = mb_capture_new(s->crew, &capture, &s->captures[s->count], err);
        s->count += r == 0;
    }
    free(taken);
    return r == 0 && s->count == 0
               ? mb_error_set(err, -ENOTSUP, "%s: none of its channels has 'stream: true'", instrument->id)
               : r;
}

static int watch(struct mb_iio_stream *s)
{
    int r = sd_event_add_time_relative(s->event, &s->deadline, CLOCK_MONOTONIC, 0, 1, on_deadline, s);

    for (size_t i = 0; r >= 0 && i < s->count; i++)
        r = sd_event_add_io(s->event, &s->arrivals[i], mb_iio_queue_fd(mb_capture_queue(s->captures[i])),
                            EPOLLIN, on_arrival, s);
    if (r >= 0)
        arm(s);
    return r < 0 ? r : 0;
}

int mb_iio_stream_new(sd_event *event, struct mb_crew *crew, const struct mb_instrument_setting *instrument,
                      const struct mb_stream_setting *setting, const struct mb_stream_callbacks *callbacks,
                      const struct mb_iio_stream_owner *owner, struct mb_iio_stream **ret,
                      struct mb_error *err)
{
    struct mb_iio_stream *s = calloc(1, sizeof *s);
    int r = 0;

    if (!s)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", instrument->id);
    s->event = sd_event_ref(event);
    s->callbacks = *callbacks;
    s->owner = *owner;
    (void)snprintf(s->label, sizeof s->label, "%s", instrument->id);
    s->crew = crew;
    if (setting->record && several_devices(instrument) && !(s->record = strdup(setting->record)))
        r = mb_error_set(err, -ENOMEM, "%s: not enough memory", instrument->id);
    if (r == 0)
        r = start_captures(s, instrument, setting, err);
    if (r == 0) {
        r = watch(s);
        if (r < 0)
            (void)mb_error_set(err, r, "%s: %s", instrument->id, strerror(-r));
    }
    if (r < 0)
        (void)mb_iio_stream_free(s);
    else
        *ret = s;
    return r;
}

struct mb_iio_stream *mb_iio_stream_free(struct mb_iio_stream *s)
{
    if (!s)
        return NULL;
    if (s->freed)
        *s->freed = true;
    (void)mb_wave_source_free(s->source);
    for (size_t i = 0; i < s->count; i++) {
        (void)sd_event_source_disable_unref(s->arrivals[i]);
        (void)mb_capture_free(s->captures[i]);
    }
    (void)sd_event_source_disable_unref(s->deadline);
    (void)sd_event_unref(s->event);
    free(s->record);
    free(s);
    return NULL;
}

int mb_iio_stream_stop(struct mb_iio_stream *s)
{
    if (s->stopping)
        return -EALREADY;
    s->stopping = true;
    for (size_t i = 0; i < s->count; i++)
        mb_iio_queue_stop(mb_capture_queue(s->captures[i]));
    return 0;
}
