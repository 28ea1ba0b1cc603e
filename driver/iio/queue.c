/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iio/queue.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* One writer, one reader: the counters only grow, and each side writes its own. What stands behind a counter
 * is written before it. */
struct mb_iio_queue {
    atomic_int references;
    atomic_bool stopping, open, ended;
    atomic_uint written, read;
    int fd;
    int error;
    struct mb_error text;
    struct mb_iio_format format;
    struct mb_iio_slot slots[MB_IIO_QUEUE_BLOCKS];
    void *memory;
};

int mb_iio_queue_new(struct mb_iio_queue **ret)
{
    struct mb_iio_queue *q = calloc(1, sizeof *q);

    if (!q)
        return -ENOMEM;
    atomic_init(&q->references, 1);
    q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (q->fd < 0) {
        int r = -errno;

        free(q);
        return r;
    }
    *ret = q;
    return 0;
}

struct mb_iio_queue *mb_iio_queue_ref(struct mb_iio_queue *q)
{
    (void)atomic_fetch_add(&q->references, 1);
    return q;
}

struct mb_iio_queue *mb_iio_queue_unref(struct mb_iio_queue *q)
{
    if (q && atomic_fetch_sub(&q->references, 1) == 1) {
        (void)close(q->fd);
        free(q->memory);
        free(q);
    }
    return NULL;
}

void mb_iio_queue_wake(struct mb_iio_queue *q)
{
    const uint64_t one = 1;

    (void)!write(q->fd, &one, sizeof one); /* cannot be full before 2^64 */
}

int mb_iio_queue_open(struct mb_iio_queue *q, const struct mb_iio_format *format)
{
    size_t bytes = 0, used = 0;

    for (size_t c = 0; c < format->channel_count; c++)
        bytes += format->capacity * mb_wave_storage_bytes(format->storage[c]) + sizeof(double);
    q->memory = calloc(MB_IIO_QUEUE_BLOCKS, bytes);
    if (!q->memory)
        return -ENOMEM;
    q->format = *format;
    for (size_t i = 0; i < MB_IIO_QUEUE_BLOCKS; i++)
        for (size_t c = 0; c < format->channel_count; c++) {
            size_t size = format->capacity * mb_wave_storage_bytes(format->storage[c]);

            q->slots[i].samples[c] = q->slots[i].memory[c] = (char *)q->memory + used;
            used += (size + sizeof(double) - 1) / sizeof(double) * sizeof(double);
        }
    for (size_t i = 0; i < MB_IIO_QUEUE_BLOCKS; i++)
        q->slots[i].block.samples = q->slots[i].samples;
    atomic_store(&q->open, true);
    mb_iio_queue_wake(q);
    return 0;
}

struct mb_iio_slot *mb_iio_queue_place(struct mb_iio_queue *q)
{
    unsigned written = atomic_load(&q->written);

    return written - atomic_load(&q->read) < MB_IIO_QUEUE_BLOCKS ? &q->slots[written % MB_IIO_QUEUE_BLOCKS]
                                                                 : NULL;
}

void mb_iio_queue_publish(struct mb_iio_queue *q)
{
    (void)atomic_fetch_add(&q->written, 1);
    mb_iio_queue_wake(q);
}

void mb_iio_queue_end(struct mb_iio_queue *q, int error, const char *text)
{
    q->error = error;
    (void)snprintf(q->text.text, sizeof q->text.text, "%s", text);
    atomic_store(&q->ended, true);
    mb_iio_queue_wake(q);
}

bool mb_iio_queue_stopping(const struct mb_iio_queue *q)
{
    return atomic_load(&q->stopping);
}

int mb_iio_queue_fd(const struct mb_iio_queue *q)
{
    return q->fd;
}

void mb_iio_queue_quiet(struct mb_iio_queue *q)
{
    uint64_t count;

    (void)!read(q->fd, &count, sizeof count);
}

int mb_iio_queue_format(const struct mb_iio_queue *q, const struct mb_iio_format **ret)
{
    if (!atomic_load(&q->open))
        return -EAGAIN;
    *ret = &q->format;
    return 0;
}

int mb_iio_queue_take(struct mb_iio_queue *q, const struct mb_iio_slot **ret, struct mb_error *err)
{
    bool ended = atomic_load(&q->ended); /* before the counter: what was written before it still comes */
    unsigned read = atomic_load(&q->read);

    if (atomic_load(&q->written) != read) {
        *ret = &q->slots[read % MB_IIO_QUEUE_BLOCKS];
        return 1;
    }
    if (!ended)
        return -EAGAIN;
    return q->error < 0 ? mb_error_set(err, q->error, "%s", q->text.text) : 0;
}

void mb_iio_queue_release(struct mb_iio_queue *q)
{
    (void)atomic_fetch_add(&q->read, 1);
}

void mb_iio_queue_stop(struct mb_iio_queue *q)
{
    atomic_store(&q->stopping, true);
}
