/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "waveform/ring.h"

struct mb_ring_reader {
    const struct mb_ring_header *header; /* the mapping */
    size_t size;
    size_t header_bytes, channel_count, frame_count, frame_bytes, frame_points; /* as they were checked */
};

/* What the layout says has to fit into the file, whatever it says. */
static int check(struct mb_ring_reader *r, struct mb_error *err)
{
    const struct mb_ring_header *h = r->header;

    if (memcmp(h->magic, MB_RING_MAGIC, sizeof h->magic) != 0)
        return mb_error_set(err, -EINVAL, "not a ring of motorbench");
    if (h->version != MB_RING_VERSION)
        return mb_error_set(err, -EPROTO, "a ring of version %u, this reads version %d", h->version,
                            MB_RING_VERSION);
    r->header_bytes = h->header_bytes;
    r->channel_count = h->channel_count;
    r->frame_count = h->frame_count;
    r->frame_bytes = h->frame_bytes;
    r->frame_points = h->frame_points;
    if (r->header_bytes < sizeof *h || r->header_bytes > r->size || r->channel_count == 0 ||
        r->channel_count > MB_BLOCK_CHANNELS_MAX || r->frame_count == 0 ||
        r->frame_bytes % _Alignof(struct mb_ring_frame) != 0 ||
        r->header_bytes % _Alignof(struct mb_ring_frame) != 0 ||
        r->frame_bytes < sizeof(struct mb_ring_frame) + r->channel_count * r->frame_points * sizeof(float) ||
        r->frame_count > (r->size - r->header_bytes) / r->frame_bytes)
        return mb_error_set(err, -EINVAL, "a ring whose frames do not fit into it");
    return 0;
}

int mb_ring_reader_new(int fd, struct mb_ring_reader **ret, struct mb_error *err)
{
    int seals = fcntl(fd, F_GET_SEALS), result;
    struct mb_ring_reader *r;
    struct stat st;
    void *memory;

    /* A file that can shrink would end the reader by a signal. */
    if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(fd, &st) < 0 ||
        (size_t)st.st_size < sizeof(struct mb_ring_header))
        return mb_error_set(err, -EINVAL, "not a ring: no memory of sealed size");
    r = calloc(1, sizeof *r);
    if (!r)
        return mb_error_set(err, -ENOMEM, "no memory for a reader");
    r->size = (size_t)st.st_size;
    memory = mmap(NULL, r->size, PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        result = -errno;
        free(r);
        return mb_error_set(err, result, "the ring cannot be mapped: %s", strerror(-result));
    }
    r->header = memory;
    result = check(r, err);
    if (result < 0) {
        (void)mb_ring_reader_free(r);
        return result;
    }
    *ret = r;
    return 0;
}

struct mb_ring_reader *mb_ring_reader_free(struct mb_ring_reader *r)
{
    if (!r)
        return NULL;
    (void)munmap((void *)(uintptr_t)r->header, r->size);
    free(r);
    return NULL;
}

const struct mb_ring_header *mb_ring_reader_header(const struct mb_ring_reader *reader)
{
    return reader->header;
}

uint64_t mb_ring_reader_written(const struct mb_ring_reader *reader)
{
    return atomic_load_explicit(&reader->header->written, memory_order_acquire);
}

bool mb_ring_reader_ended(const struct mb_ring_reader *reader)
{
    return atomic_load_explicit(&reader->header->ended, memory_order_acquire) != 0;
}

int mb_ring_reader_read(const struct mb_ring_reader *r, uint64_t n, struct mb_ring_info *ret, float values[])
{
    const struct mb_ring_frame *frame =
        (const struct mb_ring_frame *)((const char *)r->header + r->header_bytes +
                                       n % r->frame_count * r->frame_bytes);
    uint64_t sequence = atomic_load_explicit(&frame->sequence, memory_order_acquire);
    struct mb_ring_info info;

    if (sequence != 2 * n + 2)
        return sequence < 2 * n + 2 && mb_ring_reader_written(r) <= n ? -EAGAIN : -ESTALE;
    info = (struct mb_ring_info){frame->first, frame->t_ns, frame->step, frame->count, frame->flags};
    if (info.count > r->frame_points)
        info.count = r->frame_points;
    for (size_t c = 0; c < r->channel_count; c++)
        memcpy(values + c * r->frame_points, (const float *)(frame + 1) + c * r->frame_points,
               info.count * sizeof *values);
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load_explicit(&frame->sequence, memory_order_relaxed) != sequence)
        return -ESTALE;
    *ret = info;
    return 0;
}
