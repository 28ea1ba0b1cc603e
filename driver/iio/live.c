/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iio/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct live {
    struct mb_wave_reader base;
    struct mb_iio_queue *queue;
    enum mb_wave_storage storage[MB_IIO_QUEUE_CHANNELS];
    const struct mb_recording_block *block; /* that is being handed on; NULL: none */
    size_t done;
    bool aligned;
    double error_s;
};

static void live_free(struct mb_wave_reader *reader)
{
    free(reader);
}

/* n samples from `from` on, as numbers. */
static void numbers(const void *samples, enum mb_wave_storage storage, size_t from, size_t n, double *ret)
{
    switch (storage) {
    case MB_WAVE_INT16:
        for (size_t i = 0; i < n; i++)
            ret[i] = ((const int16_t *)samples)[from + i];
        break;
    case MB_WAVE_INT32:
        for (size_t i = 0; i < n; i++)
            ret[i] = ((const int32_t *)samples)[from + i];
        break;
    case MB_WAVE_DOUBLE:
    case MB_WAVE_STORAGE_COUNT:
        memcpy(ret, (const double *)samples + from, n * sizeof *ret);
        break;
    }
}

static int live_next(struct mb_wave_reader *reader, struct mb_wave_piece *ret, struct mb_error *err)
{
    struct live *live = (struct live *)reader;
    const struct mb_iio_slot *slot;
    size_t n;
    int r;

    if (!live->block) {
        r = mb_iio_queue_take(live->queue, &slot, err);
        if (r <= 0)
            return r;
        live->block = &slot->block;
        live->done = 0;
        live->aligned = slot->aligned;
        live->error_s = slot->error_s;
    }
    n = live->block->count - live->done < MB_READER_PIECE ? live->block->count - live->done : MB_READER_PIECE;
    for (size_t c = 0; c < reader->column_count; c++)
        numbers(live->block->samples[c], live->storage[c], live->done, n, reader->numbers[c]);
    *ret = (struct mb_wave_piece){
        .first = live->block->first + live->done,
        .t_ns = mb_wave_time_ns(live->block->t_ns, live->done, live->block->rate_hz),
        .rate_hz = live->block->rate_hz,
        .count = n,
        .flags = live->done == 0 ? live->block->flags : live->block->flags & MB_WAVE_INVALID,
    };
    live->done += n;
    if (live->done == live->block->count) {
        live->block = NULL;
        mb_iio_queue_release(live->queue);
    }
    return 1;
}

static const struct mb_wave_reader_ops ops = {.format = "live", .free = live_free, .next = live_next};

int mb_live_reader_new(struct mb_capture *capture, const char *label, struct mb_wave_reader **ret,
                       struct mb_error *err)
{
    struct live *live = mb_wave_reader_new(&ops, sizeof *live, label);
    const struct mb_iio_format *format;
    int r;

    if (!live)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", label);
    live->queue = mb_capture_queue(capture);
    r = mb_iio_queue_format(live->queue, &format);
    if (r == 0)
        r = mb_wave_reader_allocate(&live->base, format->channel_count, err);
    if (r < 0) {
        (void)mb_wave_reader_free(&live->base);
        return r;
    }
    memcpy(live->base.columns, format->channels, format->channel_count * sizeof *format->channels);
    memcpy(live->storage, format->storage, format->channel_count * sizeof *format->storage);
    live->base.rate_hz = format->rate_hz;
    live->base.named = true;
    *ret = &live->base;
    return 0;
}

bool mb_live_reader_aligned(const struct mb_wave_reader *reader, double *ret_error_s)
{
    const struct live *live = (const struct live *)reader;

    if (ret_error_s)
        *ret_error_s = live->error_s;
    return live->aligned;
}
