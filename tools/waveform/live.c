/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waveform/live.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "iio/live.h"

#define PREFIX "iio:"

/* A reader around the one of the capture, which shares its numbers. */
struct waiting {
    struct mb_wave_reader base;
    struct mb_crew *crew;
    struct mb_capture *capture;
    struct mb_wave_reader *inner;
};

bool live_is(const char *address)
{
    return strncmp(address, PREFIX, strlen(PREFIX)) == 0;
}

static void waiting_free(struct mb_wave_reader *reader)
{
    struct waiting *w = (struct waiting *)reader;

    (void)mb_wave_reader_free(w->inner);
    (void)mb_capture_free(w->capture);
    mb_crew_release(w->crew);
    free(w);
}

/* Until the capture has something new. */
static int wait_for(struct waiting *w, struct mb_error *err)
{
    struct mb_iio_queue *queue = mb_capture_queue(w->capture);
    struct pollfd fd = {.fd = mb_iio_queue_fd(queue), .events = POLLIN};
    int r = poll(&fd, 1, (int)(mb_capture_deadline_s(w->capture) * 1e3));

    if (r < 0 && errno != EINTR)
        return mb_error_set(err, -errno, "%s: %s", w->base.label, strerror(errno));
    if (r == 0)
        return mb_error_set(err, -ETIMEDOUT, "%s: the IIO device does not answer in time", w->base.label);
    mb_iio_queue_quiet(queue);
    return 0;
}

static int waiting_next(struct mb_wave_reader *reader, struct mb_wave_piece *ret, struct mb_error *err)
{
    struct waiting *w = (struct waiting *)reader;
    int r;

    while ((r = w->inner->ops->next(w->inner, ret, err)) == -EAGAIN)
        if ((r = wait_for(w, err)) < 0)
            break;
    return r;
}

static const struct mb_wave_reader_ops ops = {.format = "live", .free = waiting_free, .next = waiting_next};

/* Opens the device; what is wrong with it comes out here. */
static int wait_for_format(struct waiting *w, struct mb_error *err)
{
    struct mb_iio_queue *queue = mb_capture_queue(w->capture);
    const struct mb_iio_format *format;
    const struct mb_iio_slot *slot;
    int r = 0;

    while (r == 0 && mb_iio_queue_format(queue, &format) < 0) {
        r = mb_iio_queue_take(queue, &slot, err);
        if (r == -EAGAIN)
            r = wait_for(w, err);
    }
    return r;
}

/* The channels as the instrument family has them: factor and zero belong to volts, not to codes. */
static int map_channels(const struct live_setting *setting, struct mb_iio_channel ret[], struct mb_error *err)
{
    for (size_t i = 0; i < setting->channel_count; i++) {
        const struct mb_wave_channel *channel = &setting->channels[i];

        if (strlen(channel->name) >= sizeof ret[i].name ||
            mb_quantity_from_name(mb_wave_quantity_name(channel->quantity), &ret[i].quantity) < 0)
            return mb_error_set(err, -EINVAL, "channel %s: not the name of an IIO channel", channel->name);
        (void)snprintf(ret[i].name, sizeof ret[i].name, "%s", channel->name);
        (void)snprintf(ret[i].channel, sizeof ret[i].channel, "%s", channel->name);
        ret[i].factor = channel->gain;
        ret[i].zero = channel->offset;
    }
    return 0;
}

static int start(struct waiting *w, const struct live_setting *setting, struct mb_error *err)
{
    struct mb_iio_channel channels[MB_IIO_QUEUE_CHANNELS] = {{.name = ""}};
    struct mb_capture_setting capture = {
        .scan = {.channels = channels,
                 .channel_count = setting->channel_count,
                 .rate_hz = setting->rate_hz,
                 .trigger = setting->trigger},
        .record = setting->record,
        .duration_s = setting->seconds,
    };
    char *uri, *comma;
    int r;

    if (setting->channel_count > MB_IIO_QUEUE_CHANNELS)
        return mb_error_set(err, -EINVAL, "%s: more than %d channels", setting->address,
                            MB_IIO_QUEUE_CHANNELS);
    r = map_channels(setting, channels, err);
    if (r < 0)
        return r;
    uri = strdup(setting->address + strlen(PREFIX));
    if (!uri)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", setting->address);
    comma = strrchr(uri, ',');
    if (comma) {
        *comma = '\0';
        capture.scan.device = comma + 1;
    }
    capture.scan.uri = uri;
    r = mb_crew_new(&w->crew);
    if (r == 0)
        r = mb_capture_new(w->crew, &capture, &w->capture, err);
    free(uri);
    return r == 0 ? wait_for_format(w, err) : r;
}

int live_reader_open(const struct live_setting *setting, struct mb_wave_reader **ret, struct mb_error *err)
{
    struct waiting *w = mb_wave_reader_new(&ops, sizeof *w, setting->address);
    int r;

    if (!w)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", setting->address);
    r = start(w, setting, err);
    if (r == 0)
        r = mb_live_reader_new(w->capture, setting->address, &w->inner, err);
    if (r < 0) {
        (void)mb_wave_reader_free(&w->base);
        return r;
    }
    w->base.named = true;
    w->base.rate_hz = w->inner->rate_hz;
    w->base.column_count = w->inner->column_count;
    memcpy(w->base.columns, w->inner->columns, sizeof w->base.columns);
    memcpy(w->base.numbers, w->inner->numbers, sizeof w->base.numbers);
    *ret = &w->base;
    return 0;
}
