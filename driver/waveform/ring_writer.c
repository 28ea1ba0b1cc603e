/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "waveform/ring.h"

#define ALIGN ((size_t)64) /* of header and frames: a cache line */

struct mb_ring_writer {
    int fd;
    struct mb_ring_header *header; /* the mapping */
    size_t size;
    uint64_t next;
};

static size_t aligned(size_t n)
{
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static void fill_header(struct mb_ring_header *h, const struct mb_ring_setting *s, size_t header_bytes,
                        size_t frame_bytes)
{
    *h = (struct mb_ring_header){.version = MB_RING_VERSION,
                                 .header_bytes = (uint32_t)header_bytes,
                                 .kind = (uint32_t)s->kind,
                                 .channel_count = (uint32_t)s->channel_count,
                                 .frame_count = (uint32_t)s->frame_count,
                                 .frame_bytes = (uint32_t)frame_bytes,
                                 .frame_points = (uint32_t)s->frame_points,
                                 .rate_hz = s->rate_hz};
    memcpy(h->magic, MB_RING_MAGIC, sizeof h->magic);
    for (size_t c = 0; c < s->channel_count; c++) {
        struct mb_ring_channel *channel = &h->channels[c];
        enum mb_wave_quantity quantity = s->channels[c].quantity;

        (void)snprintf(channel->name, sizeof channel->name, "%s", s->channels[c].name);
        (void)snprintf(channel->quantity, sizeof channel->quantity, "%s", mb_wave_quantity_name(quantity));
        (void)snprintf(channel->unit, sizeof channel->unit, "%s", mb_wave_quantity_unit(quantity));
    }
}

/* Memory of a sealed size, mapped for writing here and never again. */
static int map(struct mb_ring_writer *w)
{
    void *memory;

    w->fd = memfd_create("motorbench-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (w->fd < 0 || ftruncate(w->fd, (off_t)w->size) < 0)
        return -errno;
    memory = mmap(NULL, w->size, PROT_READ | PROT_WRITE, MAP_SHARED, w->fd, 0);
    if (memory == MAP_FAILED)
        return -errno;
    w->header = memory;
    if (fcntl(w->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) < 0)
        return -errno;
    return 0;
}

int mb_ring_writer_new(const struct mb_ring_setting *s, struct mb_ring_writer **ret, struct mb_error *err)
{
    const size_t header_bytes = aligned(sizeof(struct mb_ring_header));
    struct mb_ring_writer *w;
    size_t frame_bytes;
    int r;

    if (s->channel_count == 0 || s->channel_count > MB_BLOCK_CHANNELS_MAX || s->frame_points == 0 ||
        s->frame_points > MB_RING_BYTES_MAX || s->frame_count == 0)
        return mb_error_set(err, -EINVAL, "a ring of %zu frames with %zu points of %zu channels",
                            s->frame_count, s->frame_points, s->channel_count);
    frame_bytes = aligned(sizeof(struct mb_ring_frame) + s->channel_count * s->frame_points * sizeof(float));
    if (s->frame_count > (MB_RING_BYTES_MAX - header_bytes) / frame_bytes)
        return mb_error_set(err, -EINVAL, "a ring of more than %zu bytes", MB_RING_BYTES_MAX);
    w = calloc(1, sizeof *w);
    if (!w)
        return mb_error_set(err, -ENOMEM, "no memory for a ring");
    w->size = header_bytes + s->frame_count * frame_bytes;
    r = map(w);
    if (r < 0) {
        (void)mb_ring_writer_free(w);
        return mb_error_set(err, r, "no shared memory of %zu bytes: %s", w->size, strerror(-r));
    }
    fill_header(w->header, s, header_bytes, frame_bytes);
    *ret = w;
    return 0;
}

struct mb_ring_writer *mb_ring_writer_free(struct mb_ring_writer *w)
{
    if (!w)
        return NULL;
    if (w->header) {
        atomic_store_explicit(&w->header->ended, 1, memory_order_release);
        (void)munmap(w->header, w->size);
    }
    if (w->fd >= 0)
        (void)close(w->fd);
    free(w);
    return NULL;
}

int mb_ring_writer_fd(const struct mb_ring_writer *writer)
{
    return writer->fd;
}

void mb_ring_write(struct mb_ring_writer *w, const struct mb_ring_info *info, const double *const channels[])
{
    struct mb_ring_header *h = w->header;
    struct mb_ring_frame *frame =
        (struct mb_ring_frame *)((char *)h + h->header_bytes + w->next % h->frame_count * h->frame_bytes);
    float *values = (float *)(frame + 1);
    size_t count = info->count < h->frame_points ? info->count : h->frame_points;

    atomic_store_explicit(&frame->sequence, 2 * w->next + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    frame->first = info->first;
    frame->t_ns = info->t_ns;
    frame->step = info->step;
    frame->count = (uint32_t)count;
    frame->flags = info->flags;
    for (size_t c = 0; c < h->channel_count; c++)
        for (size_t i = 0; i < count; i++)
            values[c * h->frame_points + i] = (float)channels[c][i];
    atomic_store_explicit(&frame->sequence, 2 * w->next + 2, memory_order_release);
    w->next++;
    atomic_store_explicit(&h->written, w->next, memory_order_release);
}

void mb_ring_write_block(struct mb_ring_writer *w, const struct mb_block *block)
{
    size_t points = w->header->frame_points;
    const double *channels[MB_BLOCK_CHANNELS_MAX];

    for (size_t done = 0; done < block->count; done += points) {
        struct mb_ring_info info = {.first = block->first + done,
                                    .t_ns = block->t_ns + llround((double)done * 1e9 / block->rate_hz),
                                    .step = 1 / block->rate_hz,
                                    .count = block->count - done < points ? block->count - done : points,
                                    .flags = done == 0 ? block->flags : block->flags & MB_WAVE_INVALID};

        for (size_t c = 0; c < w->header->channel_count; c++)
            channels[c] = block->channels[c] + done;
        mb_ring_write(w, &info, channels);
    }
}
