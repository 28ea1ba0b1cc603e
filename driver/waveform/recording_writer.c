/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "waveform/crc32c.h"
#include "waveform/reader.h"
#include "waveform/recording.h"
#include "waveform/recording_format.h"

struct mb_recording_writer {
    int fd;
    char path[128]; /* for messages */
    size_t channel_count;
    enum mb_wave_storage storage[MB_BLOCK_CHANNELS_MAX];
    uint32_t sequence;
    uint64_t next; /* the first sample that may come */
    off_t size;    /* of what is whole */
    uint8_t *bytes;
    size_t capacity;
    struct mb_crc32c crc;
};

size_t mb_wave_storage_bytes(enum mb_wave_storage storage)
{
    static const size_t bytes[MB_WAVE_STORAGE_COUNT] = {
        [MB_WAVE_INT16] = 2, [MB_WAVE_INT32] = 4, [MB_WAVE_DOUBLE] = 8};

    return bytes[storage];
}

/* Samples to little endian, one channel. */
static void put_samples(uint8_t *target, const void *samples, size_t n, enum mb_wave_storage storage)
{
#if __BYTE_ORDER == __LITTLE_ENDIAN
    memcpy(target, samples, n * mb_wave_storage_bytes(storage));
#else
    size_t size = mb_wave_storage_bytes(storage);

    for (size_t i = 0; i < n * size; i++)
        target[i] = ((const uint8_t *)samples)[i - i % size + size - 1 - i % size];
#endif
}

static int reserve(struct mb_recording_writer *w, size_t size)
{
    uint8_t *bytes = size > w->capacity ? realloc(w->bytes, size) : w->bytes;

    if (!bytes)
        return -ENOMEM;
    if (size > w->capacity)
        w->capacity = size;
    w->bytes = bytes;
    return 0;
}

/* The first size bytes of the buffer, or none of them. */
static int append(struct mb_recording_writer *w, size_t size, struct mb_error *err)
{
    size_t done = 0;
    int r = 0;

    while (done < size && r == 0) {
        ssize_t n = write(w->fd, w->bytes + done, size - done);

        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            r = n == 0 ? -EIO : -errno;
    }
    if (r < 0) {
        if (ftruncate(w->fd, w->size) < 0 || lseek(w->fd, w->size, SEEK_SET) < 0)
            mb_error_set(err, r, "%s: cannot be written: %s; its last block is cut", w->path, strerror(-r));
        else
            mb_error_set(err, r, "%s: cannot be written: %s", w->path, strerror(-r));
        return r;
    }
    w->size += (off_t)size;
    return 0;
}

static int write_head(struct mb_recording_writer *w, const struct mb_recording_setting *setting,
                      struct mb_error *err)
{
    size_t size = FILE_HEAD + setting->channel_count * CHANNEL_HEAD + 4;
    uint8_t *p;

    if (reserve(w, size) < 0)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", w->path);
    memset(w->bytes, 0, size);
    memcpy(w->bytes, MB_RECORDING_MAGIC, 8);
    put_u32(w->bytes + 8, (uint32_t)size);
    put_u32(w->bytes + 12, (uint32_t)setting->channel_count);
    put_u64(w->bytes + 16, (uint64_t)setting->start_ns);
    put_f64(w->bytes + 24, setting->rate_hz);
    p = w->bytes + FILE_HEAD;
    for (size_t i = 0; i < setting->channel_count; i++, p += CHANNEL_HEAD) {
        const struct mb_wave_channel *channel = &setting->channels[i];
        const double numbers[] = {channel->gain,      channel->offset,   channel->limit, channel->delay_s,
                                  channel->phase_rad, channel->phase_hz, channel->level, channel->per_turn,
                                  channel->zero_hz,   channel->per_hz};

        (void)snprintf((char *)p, CHANNEL_NAME, "%s", channel->name);
        (void)snprintf((char *)p + CHANNEL_NAME, CHANNEL_QUANTITY, "%s",
                       mb_wave_quantity_name(channel->quantity));
        put_u32(p + 88, setting->storage[i]);
        for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
            put_f64(p + CHANNEL_NUMBERS_AT + 8 * n, numbers[n]);
    }
    put_u32(p, mb_crc32c(&w->crc, 0, w->bytes, size - 4));
    return append(w, size, err);
}

static int check_setting(const char *path, const struct mb_recording_setting *setting, struct mb_error *err)
{
    if (setting->channel_count == 0 || setting->channel_count > MB_BLOCK_CHANNELS_MAX)
        return mb_error_set(err, -EINVAL, "%s: %zu channels, allowed: 1 to %d", path, setting->channel_count,
                            MB_BLOCK_CHANNELS_MAX);
    return mb_wave_reader_rate(path, setting->rate_hz, err);
}

int mb_recording_writer_new(const char *path, const struct mb_recording_setting *setting,
                            struct mb_recording_writer **ret, struct mb_error *err)
{
    struct mb_recording_writer *w;
    int r = check_setting(path, setting, err);

    if (r < 0)
        return r;
    w = calloc(1, sizeof *w);
    if (!w)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", path);
    (void)snprintf(w->path, sizeof w->path, "%s", path);
    mb_crc32c_init(&w->crc);
    w->channel_count = setting->channel_count;
    memcpy(w->storage, setting->storage, setting->channel_count * sizeof *w->storage);
    w->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    r = w->fd < 0 ? mb_error_set(err, -errno, "%s: cannot be made: %s", path, strerror(errno))
                  : write_head(w, setting, err);
    if (r < 0) {
        if (w->fd >= 0)
            (void)unlink(path);
        (void)mb_recording_writer_free(w);
        return r;
    }
    *ret = w;
    return 0;
}

int mb_recording_write(struct mb_recording_writer *w, const struct mb_recording_block *block,
                       struct mb_error *err)
{
    size_t sample_bytes = 0, at = BLOCK_HEAD, size;
    int r;

    for (size_t c = 0; c < w->channel_count; c++)
        sample_bytes += mb_wave_storage_bytes(w->storage[c]);
    if (block->count == 0 || block->count > MB_RECORDING_BLOCK_MAX / sample_bytes || block->first < w->next)
        return mb_error_set(err, -EINVAL, "%s: a block of %zu samples from %llu does not follow", w->path,
                            block->count, (unsigned long long)block->first);
    size = BLOCK_HEAD + block->count * sample_bytes;
    if (reserve(w, size) < 0)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", w->path);
    memcpy(w->bytes, BLOCK_MAGIC, 4);
    put_u32(w->bytes + 4, w->sequence);
    put_u64(w->bytes + 8, block->first);
    put_u64(w->bytes + 16, (uint64_t)block->t_ns);
    put_f64(w->bytes + 24, block->rate_hz);
    put_u32(w->bytes + 32, (uint32_t)block->count);
    put_u32(w->bytes + 36, block->flags);
    put_u32(w->bytes + 40, (uint32_t)(size - BLOCK_HEAD));
    for (size_t c = 0; c < w->channel_count; c++) {
        put_samples(w->bytes + at, block->samples[c], block->count, w->storage[c]);
        at += block->count * mb_wave_storage_bytes(w->storage[c]);
    }
    put_u32(w->bytes + BLOCK_CRC_AT, mb_crc32c(&w->crc, mb_crc32c(&w->crc, 0, w->bytes, BLOCK_CRC_AT),
                                               w->bytes + BLOCK_HEAD, size - BLOCK_HEAD));
    r = append(w, size, err);
    if (r < 0)
        return r;
    w->sequence++;
    w->next = block->first + block->count;
    return 0;
}

int mb_recording_sync(struct mb_recording_writer *w, struct mb_error *err)
{
    if (fdatasync(w->fd) < 0)
        return mb_error_set(err, -errno, "%s: cannot be written: %s", w->path, strerror(errno));
    return 0;
}

struct mb_recording_writer *mb_recording_writer_free(struct mb_recording_writer *w)
{
    if (w && w->fd >= 0)
        (void)close(w->fd);
    if (w)
        free(w->bytes);
    free(w);
    return NULL;
}
