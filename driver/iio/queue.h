/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks on their way from a capture's thread to the event loop: a bounded ring with a descriptor. The thread
 * never waits for the loop: where there is no room the block is dropped, and the next one says so. */
#pragma once

#include <stdbool.h>

#include "core/error.h"
#include "waveform/recording.h"
#include "waveform/stream.h"

#define MB_IIO_QUEUE_BLOCKS 32 /* a power of two: the counters run over */
#define MB_IIO_QUEUE_CHANNELS MB_BLOCK_CHANNELS_MAX

/* What the blocks are. */
struct mb_iio_format {
    size_t channel_count, capacity; /* samples of a block at most */
    struct mb_wave_channel channels[MB_IIO_QUEUE_CHANNELS];
    enum mb_wave_storage storage[MB_IIO_QUEUE_CHANNELS];
    double rate_hz;
};

struct mb_iio_slot {
    struct mb_recording_block block;
    const void *samples[MB_IIO_QUEUE_CHANNELS]; /* of the block */
    void *memory[MB_IIO_QUEUE_CHANNELS];        /* the same, for the writer */
    bool aligned;                               /* enough is known for t_ns to be better than a block */
    double error_s;                             /* and how good it is */
};

/* Shared by the thread and the loop. */
struct mb_iio_queue;

int mb_iio_queue_new(struct mb_iio_queue **ret);
struct mb_iio_queue *mb_iio_queue_ref(struct mb_iio_queue *q);
struct mb_iio_queue *mb_iio_queue_unref(struct mb_iio_queue *q);

/* The thread's side. Once, before the first block. -ENOMEM. */
int mb_iio_queue_open(struct mb_iio_queue *q, const struct mb_iio_format *format);
/* A place for the next block; NULL: no room, it is dropped. */
struct mb_iio_slot *mb_iio_queue_place(struct mb_iio_queue *q);
void mb_iio_queue_publish(struct mb_iio_queue *q);
/* The last words. error 0: as asked. */
void mb_iio_queue_end(struct mb_iio_queue *q, int error, const char *text);
bool mb_iio_queue_stopping(const struct mb_iio_queue *q);

/* The loop's side. Readable when there is something new. */
int mb_iio_queue_fd(const struct mb_iio_queue *q);
void mb_iio_queue_quiet(struct mb_iio_queue *q); /* takes the readiness away: before the queue is looked at */
void mb_iio_queue_wake(struct mb_iio_queue *q);  /* gives it: there is more than was looked at */
/* -EAGAIN: not open yet. Borrowed as long as the queue. */
int mb_iio_queue_format(const struct mb_iio_queue *q, const struct mb_iio_format **ret);
/* 1: a block, borrowed until release; 0: ended as asked; -EAGAIN: nothing yet; else why it ended. */
int mb_iio_queue_take(struct mb_iio_queue *q, const struct mb_iio_slot **ret, struct mb_error *err);
void mb_iio_queue_release(struct mb_iio_queue *q);
void mb_iio_queue_stop(struct mb_iio_queue *q);
