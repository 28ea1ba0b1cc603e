/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "core/text.h"
#include "waveform/crc32c.h"
#include "waveform/reader.h"
#include "waveform/recording.h"
#include "waveform/recording_format.h"

struct recording {
    struct mb_wave_reader base;
    FILE *file;
    enum mb_wave_storage storage[MB_BLOCK_CHANNELS_MAX];
    double rate_hz; /* that the user says, 0: none */
    size_t sample_bytes;
    uint64_t next_first, samples;
    off_t at; /* of the next block */
    uint32_t sequence;
    /* The block that is being handed on. */
    uint8_t *bytes;
    size_t capacity, count, done;
    struct mb_wave_piece block;
    struct mb_crc32c crc;
    bool ended;
};

static void recording_free(struct mb_wave_reader *reader)
{
    struct recording *w = (struct recording *)reader;

    if (w->file)
        (void)fclose(w->file);
    free(w->bytes);
    free(w);
}

/* The recording ends here: the notice says why. */
static int stop(struct recording *w, const char *why)
{
    w->ended = true;
    (void)snprintf(w->base.notice, sizeof w->base.notice,
                   "block %u at byte %lld %s: used are the %llu samples before it", w->sequence,
                   (long long)w->at, why, (unsigned long long)w->samples);
    return 0;
}

/* What is wrong with a block's head; NULL: nothing. */
static const char *check_head(const struct recording *w, const uint8_t *head)
{
    uint32_t count = get_u32(head + 32);
    double rate_hz = get_f64(head + 24);

    if (memcmp(head, BLOCK_MAGIC, 4) != 0)
        return "is no block";
    if (count == 0 || count > MB_RECORDING_BLOCK_MAX / w->sample_bytes ||
        get_u32(head + 40) != count * w->sample_bytes)
        return "has a wrong length";
    if (get_u32(head + 4) != w->sequence || get_u64(head + 8) < w->next_first ||
        get_u64(head + 8) > INT64_MAX)
        return "does not follow the one before";
    return mb_wave_reader_rate("", rate_hz, NULL) == 0 ? NULL : "has no rate";
}

static int reserve(struct recording *w, size_t size, struct mb_error *err)
{
    uint8_t *bytes;

    if (size <= w->capacity)
        return 0;
    bytes = realloc(w->bytes, size);
    if (!bytes)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", w->base.label);
    w->bytes = bytes;
    w->capacity = size;
    return 0;
}

static void begin_block(struct recording *w, const uint8_t *head)
{
    double before_hz = w->block.rate_hz;
    uint64_t first = get_u64(head + 8);

    w->count = get_u32(head + 32);
    w->done = 0;
    w->block = (struct mb_wave_piece){.first = first,
                                      .t_ns = (int64_t)get_u64(head + 16),
                                      .rate_hz = w->rate_hz != 0 ? w->rate_hz : get_f64(head + 24),
                                      .flags = get_u32(head + 36)};
    if (w->sequence > 0 && first != w->next_first)
        w->block.flags |= MB_WAVE_MISSING;
    if (w->sequence > 0 && w->block.rate_hz != before_hz)
        w->block.flags |= MB_WAVE_RATE;
    w->sequence++;
    w->next_first = first + w->count;
    w->samples += w->count;
}

/* 1: a block that verifies is there; 0: there is none. */
static int read_block(struct recording *w, struct mb_error *err)
{
    uint8_t head[BLOCK_HEAD];
    size_t n = fread(head, 1, sizeof head, w->file), size;
    const char *why = n == sizeof head ? check_head(w, head) : "is cut";
    int r;

    if (ferror(w->file))
        return mb_error_set(err, -EIO, "%s: cannot be read", w->base.label);
    if (n == 0) {
        w->ended = true;
        return 0;
    }
    if (why)
        return stop(w, why);
    size = get_u32(head + 40);
    r = reserve(w, size, err);
    if (r < 0)
        return r;
    if (fread(w->bytes, 1, size, w->file) != size)
        return stop(w, "is cut");
    if (mb_crc32c(&w->crc, mb_crc32c(&w->crc, 0, head, BLOCK_CRC_AT), w->bytes, size) !=
        get_u32(head + BLOCK_CRC_AT))
        return stop(w, "is damaged");
    begin_block(w, head);
    w->at += (off_t)(BLOCK_HEAD + size);
    return 1;
}

static double number(const uint8_t *p, enum mb_wave_storage storage)
{
    switch (storage) {
    case MB_WAVE_INT16:
        return (int16_t)(uint16_t)(p[0] | p[1] << 8);
    case MB_WAVE_INT32:
        return (int32_t)get_u32(p);
    case MB_WAVE_DOUBLE:
        return get_f64(p);
    case MB_WAVE_STORAGE_COUNT:
        break;
    }
    return NAN;
}

static int recording_next(struct mb_wave_reader *reader, struct mb_wave_piece *ret, struct mb_error *err)
{
    struct recording *w = (struct recording *)reader;
    const uint8_t *p;
    size_t n;
    int r = w->ended ? 0 : 1;

    if (r > 0 && w->done == w->count)
        r = read_block(w, err);
    if (r <= 0)
        return r;
    n = w->count - w->done < MB_READER_PIECE ? w->count - w->done : MB_READER_PIECE;
    p = w->bytes;
    for (size_t c = 0; c < reader->column_count; c++) {
        size_t size = mb_wave_storage_bytes(w->storage[c]);

        for (size_t i = 0; i < n; i++)
            reader->numbers[c][i] = number(p + (w->done + i) * size, w->storage[c]);
        p += w->count * size;
    }
    *ret = w->block;
    ret->count = n;
    ret->first += w->done;
    ret->t_ns = mb_wave_time_ns(ret->t_ns, w->done, ret->rate_hz);
    if (w->done > 0)
        ret->flags &= MB_WAVE_INVALID;
    w->done += n;
    return 1;
}

static const struct mb_wave_reader_ops ops = {
    .format = "recording", .free = recording_free, .next = recording_next};

/* -EINVAL when a field says what cannot be. */
static int take_channel(struct recording *w, size_t i, const uint8_t *p, size_t head)
{
    struct mb_wave_channel *channel = &w->base.columns[i];
    double *const numbers[] = {&channel->gain,      &channel->offset,   &channel->limit, &channel->delay_s,
                               &channel->phase_rad, &channel->phase_hz, &channel->level, &channel->per_turn,
                               &channel->zero_hz,   &channel->per_hz};
    uint32_t storage = get_u32(p + 88);
    size_t q = 0;

    if (!memchr(p, 0, CHANNEL_NAME) || !memchr(p + CHANNEL_NAME, 0, CHANNEL_QUANTITY) ||
        storage >= MB_WAVE_STORAGE_COUNT)
        return -EINVAL;
    while (q < MB_WAVE_QUANTITY_COUNT &&
           strcmp(mb_wave_quantity_name((enum mb_wave_quantity)q), (const char *)p + CHANNEL_NAME) != 0)
        q++;
    if (q == MB_WAVE_QUANTITY_COUNT)
        return -EINVAL;
    (void)snprintf(channel->name, sizeof channel->name, "%.63s", (const char *)p);
    mb_text_clean(channel->name);
    channel->quantity = (enum mb_wave_quantity)q;
    for (size_t n = 0; CHANNEL_NUMBERS_AT + 8 * n < head; n++) {
        *numbers[n] = get_f64(p + CHANNEL_NUMBERS_AT + 8 * n);
        if (!isfinite(*numbers[n]) && numbers[n] != &channel->limit)
            return -EINVAL;
    }
    w->storage[i] = (enum mb_wave_storage)storage;
    w->sample_bytes += mb_wave_storage_bytes(w->storage[i]);
    return channel->gain != 0 && channel->limit > 0 ? 0 : -EINVAL;
}

static int read_head(struct recording *w, struct mb_error *err)
{
    uint8_t head[FILE_HEAD + MB_BLOCK_CHANNELS_MAX * CHANNEL_HEAD + 4];
    size_t n = fread(head, 1, FILE_HEAD, w->file), size, channels, channel = CHANNEL_HEAD;
    int r = 0;

    channels = n == FILE_HEAD ? get_u32(head + 12) : 0;
    if (channels > 0 && get_u32(head + 8) == FILE_HEAD + channels * CHANNEL_HEAD_OLD + 4)
        channel = CHANNEL_HEAD_OLD;
    size = FILE_HEAD + channels * channel + 4;
    if (n != FILE_HEAD || channels == 0 || channels > MB_BLOCK_CHANNELS_MAX || get_u32(head + 8) != size ||
        fread(head + FILE_HEAD, 1, size - FILE_HEAD, w->file) != size - FILE_HEAD)
        return mb_error_set(err, -EINVAL, "%s: the head of the recording is cut", w->base.label);
    if (mb_crc32c(&w->crc, 0, head, size - 4) != get_u32(head + size - 4))
        return mb_error_set(err, -EINVAL, "%s: the head of the recording is damaged", w->base.label);
    w->base.rate_hz = w->rate_hz != 0 ? w->rate_hz : get_f64(head + 24);
    for (size_t i = 0; i < channels && r == 0; i++)
        r = take_channel(w, i, head + FILE_HEAD + i * channel, channel);
    if (r < 0)
        return mb_error_set(err, r, "%s: the head of the recording tells of a channel that cannot be",
                            w->base.label);
    r = mb_wave_reader_rate(w->base.label, w->base.rate_hz, err);
    w->at = (off_t)size;
    w->base.named = true;
    return r < 0 ? r : mb_wave_reader_allocate(&w->base, channels, err);
}

int mb_recording_reader_open(FILE *file, const char *label, double rate_hz, struct mb_wave_reader **ret,
                             struct mb_error *err)
{
    struct recording *w = mb_wave_reader_new(&ops, sizeof *w, label);
    int r;

    if (!w) {
        (void)fclose(file);
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", label);
    }
    w->file = file;
    w->rate_hz = rate_hz;
    mb_crc32c_init(&w->crc);
    r = read_head(w, err);
    if (r < 0) {
        (void)mb_wave_reader_free(&w->base);
        return r;
    }
    *ret = &w->base;
    return 0;
}
