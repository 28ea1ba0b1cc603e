/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waveform/live.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "iio/join.h"

#define PREFIX "iio:"

/* A reader around the one of the captures, which shares its numbers. */
struct waiting {
    struct mb_wave_reader base;
    struct mb_crew *crew;
    struct mb_capture *captures[MB_JOIN_MAX];
    size_t count;
    struct mb_wave_reader *inner;
    struct mb_wave_piece first; /* of several devices: their delays are known with it; count 0: handed on */
};

bool live_is(const char *address)
{
    return strncmp(address, PREFIX, strlen(PREFIX)) == 0;
}

static void waiting_free(struct mb_wave_reader *reader)
{
    struct waiting *w = (struct waiting *)reader;

    (void)mb_wave_reader_free(w->inner);
    for (size_t i = 0; i < w->count; i++)
        (void)mb_capture_free(w->captures[i]);
    mb_crew_release(w->crew);
    free(w);
}

/* Until a capture has something new. */
static int wait_for(struct waiting *w, struct mb_error *err)
{
    struct pollfd fds[MB_JOIN_MAX];
    double deadline_s = 0;
    int r;

    for (size_t i = 0; i < w->count; i++) {
        fds[i] = (struct pollfd){.fd = mb_iio_queue_fd(mb_capture_queue(w->captures[i])), .events = POLLIN};
        deadline_s = fmax(deadline_s, mb_capture_deadline_s(w->captures[i]));
    }
    r = poll(fds, w->count, (int)(deadline_s * 1e3));
    if (r < 0 && errno != EINTR)
        return mb_error_set(err, -errno, "%s: %s", w->base.label, strerror(errno));
    if (r == 0)
        return mb_error_set(err, -ETIMEDOUT, "%s: the IIO device does not answer in time", w->base.label);
    for (size_t i = 0; i < w->count; i++)
        mb_iio_queue_quiet(mb_capture_queue(w->captures[i]));
    return 0;
}

static int wait_for_piece(struct waiting *w, struct mb_wave_piece *ret, struct mb_error *err)
{
    int r;

    while ((r = w->inner->ops->next(w->inner, ret, err)) == -EAGAIN)
        if ((r = wait_for(w, err)) < 0)
            break;
    memcpy(w->base.numbers, w->inner->numbers, sizeof w->base.numbers);
    return r;
}

static int waiting_next(struct mb_wave_reader *reader, struct mb_wave_piece *ret, struct mb_error *err)
{
    struct waiting *w = (struct waiting *)reader;

    if (w->first.count == 0)
        return wait_for_piece(w, ret, err);
    *ret = w->first;
    w->first.count = 0;
    return 1;
}

static const struct mb_wave_reader_ops ops = {.format = "live", .free = waiting_free, .next = waiting_next};

/* The channels of one device, as the instrument family has them: factor and zero belong to volts, not to
 * codes. of_several: their names begin with the device. */
static int map_channels(const struct live_setting *setting, const char *device, bool of_several,
                        struct mb_iio_channel ret[], size_t *ret_count, struct mb_error *err)
{
    const size_t before = of_several ? strlen(device) : 0;

    *ret_count = 0;
    for (size_t i = 0; i < setting->channel_count; i++) {
        const struct mb_wave_channel *channel = &setting->channels[i];
        struct mb_iio_channel *map = &ret[*ret_count];

        if (of_several && (strncmp(channel->name, device, before) != 0 || channel->name[before] != '/'))
            continue;
        if (strlen(channel->name) >= sizeof map->name ||
            mb_quantity_from_name(mb_wave_quantity_name(channel->quantity), &map->quantity) < 0)
            return mb_error_set(err, -EINVAL, "channel %s: not the name of an IIO channel", channel->name);
        (void)snprintf(map->name, sizeof map->name, "%s", channel->name);
        (void)snprintf(map->channel, sizeof map->channel, "%s", channel->name + before + of_several);
        map->factor = channel->gain;
        map->zero = channel->offset;
        (*ret_count)++;
    }
    if (setting->channel_count > 0 && *ret_count == 0)
        return mb_error_set(err, -EINVAL, "%s: no channel %s/... is wanted", setting->address, device);
    return 0;
}

/* device NULL: the first that can be captured. */
static int start_device(struct waiting *w, const struct live_setting *setting, const char *uri,
                        const char *device, bool of_several, struct mb_error *err)
{
    struct mb_iio_channel channels[MB_IIO_QUEUE_CHANNELS] = {{.name = ""}};
    char prefix[80] = "";
    struct mb_capture_setting capture = {
        .scan = {.uri = uri,
                 .device = device,
                 .prefix = prefix,
                 .channels = channels,
                 .rate_hz = setting->rate_hz,
                 .trigger = setting->trigger},
        .record = of_several ? NULL : setting->record,
        .duration_s = of_several ? 0 : setting->seconds,
    };
    int r = map_channels(setting, device, of_several, channels, &capture.scan.channel_count, err);

    if (of_several)
        (void)snprintf(prefix, sizeof prefix, "%.60s/", device);
    if (r == 0 && w->count == MB_JOIN_MAX)
        r = mb_error_set(err, -E2BIG, "%s: more than %d devices", setting->address, MB_JOIN_MAX);
    if (r == 0)
        r = mb_capture_new(w->crew, &capture, &w->captures[w->count], err);
    w->count += r == 0;
    return r;
}

/* "URI", "URI,DEVICE", "URI,DEVICE,DEVICE..." */
static int start(struct waiting *w, const struct live_setting *setting, struct mb_error *err)
{
    static const char serial[] = "serial:"; /* its settings have commas, too */
    char *uri = strdup(setting->address + strlen(PREFIX));
    char *device = !uri                                        ? NULL
                   : strncmp(uri, serial, strlen(serial)) == 0 ? strrchr(uri, ',')
                                                               : strchr(uri, ',');
    const bool of_several = device && strchr(device + 1, ',');
    int r = uri ? mb_crew_new(&w->crew) : -ENOMEM;

    if (r == 0 && setting->channel_count > MB_IIO_QUEUE_CHANNELS)
        r = mb_error_set(err, -EINVAL, "%s: more than %d channels", setting->address, MB_IIO_QUEUE_CHANNELS);
    if (r == 0 && !device)
        r = start_device(w, setting, uri, NULL, false, err);
    while (r == 0 && device) {
        char *next = strchr(device + 1, ',');

        *device = '\0';
        if (next)
            *next = '\0';
        r = start_device(w, setting, uri, device + 1, of_several, err);
        device = next;
    }
    free(uri);
    while (r == 0 && (r = mb_join_begun(w->captures, w->count, err)) == -EAGAIN)
        r = wait_for(w, err);
    return r > 0 ? 0 : r;
}

/* What is sampled later is early in its samples. */
static int open_several(struct waiting *w, const struct live_setting *setting, struct mb_error *err)
{
    const struct mb_join_setting join = {.captures = w->captures,
                                         .count = w->count,
                                         .label = setting->address,
                                         .duration_s = setting->seconds,
                                         .crew = w->crew,
                                         .record = setting->record};
    int r = mb_join_reader_new(&join, &w->inner, err);

    if (r == 0)
        r = wait_for_piece(w, &w->first, err);
    for (size_t c = 0; r > 0 && c < w->inner->column_count; c++)
        w->inner->columns[c].delay_s -= mb_join_reader_delays(w->inner)[c];
    return r < 0 ? r : 0;
}

int live_reader_open(const struct live_setting *setting, struct mb_wave_reader **ret, struct mb_error *err)
{
    struct waiting *w = mb_wave_reader_new(&ops, sizeof *w, setting->address);
    int r;

    if (!w)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", setting->address);
    r = start(w, setting, err);
    if (r == 0)
        r = w->count == 1 ? mb_live_reader_new(w->captures[0], setting->address, &w->inner, err)
                          : open_several(w, setting, err);
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
