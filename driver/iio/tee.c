/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iio/tee.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Shared by the reader and the thread. */
struct job {
    char *path;
    struct mb_iio_queue *queue, *wake;
    struct mb_recording_setting setting; /* complete before the first block is published */
    struct mb_wave_channel channels[MB_BLOCK_CHANNELS_MAX];
    enum mb_wave_storage storage[MB_BLOCK_CHANNELS_MAX];
    struct mb_recording_writer *writer; /* the thread's own */
    int error;                          /* this and text: before `over` */
    struct mb_error text;
    atomic_bool over;
};

struct tee {
    struct mb_wave_reader base;
    struct mb_wave_reader *inner;
    struct mb_worker *worker;
    struct job *job; /* the worker's */
    const double *delays;
    bool started, ended;
    int end; /* of the inner reader */
    struct mb_error end_text;
};

/* ------------------------------------------------------------------ the thread */

static int write_block(struct job *job, const struct mb_recording_block *block, struct mb_error *err)
{
    int r = job->writer ? 0 : mb_recording_writer_new(job->path, &job->setting, &job->writer, err);

    return r < 0 ? r : mb_recording_write(job->writer, block, err);
}

/* 1: written; 0: the end; -EAGAIN: nothing came. */
static int write_next(struct job *job, struct mb_error *err)
{
    struct pollfd fd = {.fd = mb_iio_queue_fd(job->queue), .events = POLLIN};
    const struct mb_iio_slot *slot;
    int r;

    mb_iio_queue_quiet(job->queue);
    r = mb_iio_queue_take(job->queue, &slot, err);
    if (r == -EAGAIN)
        (void)poll(&fd, 1, -1); /* whoever frees the reader ends the queue */
    if (r <= 0)
        return r;
    r = write_block(job, &slot->block, err);
    mb_iio_queue_release(job->queue);
    mb_iio_queue_wake(job->wake);
    return r < 0 ? r : 1;
}

static void serve(void *userdata, int request)
{
    struct job *job = userdata;
    struct mb_error err = {""};
    int r;

    (void)request;
    do
        r = write_next(job, &err);
    while (r > 0 || r == -EAGAIN);
    if (r == 0 && job->writer)
        r = mb_recording_sync(job->writer, &err);
    job->writer = mb_recording_writer_free(job->writer);
    job->error = r;
    job->text = err;
    atomic_store(&job->over, true);
    mb_iio_queue_wake(job->wake);
}

static void job_free(void *userdata)
{
    struct job *job = userdata;

    (void)mb_recording_writer_free(job->writer);
    (void)mb_iio_queue_unref(job->queue);
    (void)mb_iio_queue_unref(job->wake);
    free(job->path);
    free(job);
}

static const struct mb_worker_ops job_ops = {.serve = serve, .free = job_free};

/* ------------------------------------------------------------------ the reader */

static void tee_free(struct mb_wave_reader *reader)
{
    struct tee *t = (struct tee *)reader;

    if (t->job && !t->ended)
        mb_iio_queue_end(t->job->queue, 0, ""); /* what is in it is still written */
    (void)mb_worker_abandon(t->worker);
    (void)mb_wave_reader_free(t->inner);
    free(t);
}

/* What is only known now that samples come. */
static void set_head(struct tee *t)
{
    struct job *job = t->job;
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    memcpy(job->channels, t->base.columns, sizeof job->channels);
    for (size_t c = 0; c < t->base.column_count && t->delays; c++)
        job->channels[c].delay_s -= t->delays[c]; /* as the live analysis has it (daq/meter.c) */
    job->setting = (struct mb_recording_setting){.rate_hz = t->base.rate_hz,
                                                 .start_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec,
                                                 .channel_count = t->base.column_count,
                                                 .channels = job->channels,
                                                 .storage = job->storage};
    t->started = true;
}

/* Exactly: the numbers were of this storage before. */
static void store(void *target, enum mb_wave_storage storage, const double *numbers, size_t n)
{
    switch (storage) {
    case MB_WAVE_INT16:
        for (size_t i = 0; i < n; i++)
            ((int16_t *)target)[i] = (int16_t)numbers[i];
        break;
    case MB_WAVE_INT32:
        for (size_t i = 0; i < n; i++)
            ((int32_t *)target)[i] = (int32_t)numbers[i];
        break;
    case MB_WAVE_DOUBLE:
    case MB_WAVE_STORAGE_COUNT:
        memcpy(target, numbers, n * sizeof *numbers);
        break;
    }
}

static void publish(struct tee *t, struct mb_iio_slot *slot, const struct mb_wave_piece *piece)
{
    for (size_t c = 0; c < t->base.column_count; c++)
        store(slot->memory[c], t->job->storage[c], t->base.numbers[c], piece->count);
    slot->block = (struct mb_recording_block){.first = piece->first,
                                              .t_ns = piece->t_ns,
                                              .rate_hz = piece->rate_hz,
                                              .count = piece->count,
                                              .flags = piece->flags,
                                              .samples = slot->samples};
    mb_iio_queue_publish(t->job->queue);
}

/* The inner reader has ended: so does the reader, with the recording. */
static int end(const struct tee *t, struct mb_error *err)
{
    if (!atomic_load(&t->job->over))
        return -EAGAIN;
    if (t->end < 0)
        return mb_error_set(err, t->end, "%s", t->end_text.text);
    return t->job->error < 0 ? mb_error_set(err, t->job->error, "%s", t->job->text.text) : 0;
}

static int tee_next(struct mb_wave_reader *reader, struct mb_wave_piece *ret, struct mb_error *err)
{
    struct tee *t = (struct tee *)reader;
    struct mb_iio_slot *slot = mb_iio_queue_place(t->job->queue);
    int r;

    if (t->ended || atomic_load(&t->job->over)) /* a disk that is full ends it, too */
        return end(t, err);
    if (!slot)
        return -EAGAIN;
    r = t->inner->ops->next(t->inner, ret, &t->end_text);
    if (r == -EAGAIN)
        return r;
    if (r <= 0) {
        t->ended = true;
        t->end = r;
        mb_iio_queue_end(t->job->queue, 0, "");
        return end(t, err);
    }
    memcpy(t->base.numbers, t->inner->numbers, sizeof t->base.numbers);
    if (!t->started)
        set_head(t);
    publish(t, slot, ret);
    return 1;
}

static const struct mb_wave_reader_ops ops = {.format = "live", .free = tee_free, .next = tee_next};

static int open_queue(struct tee *t, const struct mb_tee_setting *setting)
{
    struct mb_iio_format format = {
        .channel_count = t->base.column_count, .capacity = MB_READER_PIECE, .rate_hz = t->base.rate_hz};

    memcpy(t->job->storage, setting->storage, t->base.column_count * sizeof *setting->storage);
    memcpy(format.storage, setting->storage, t->base.column_count * sizeof *setting->storage);
    memcpy(format.channels, t->base.columns, sizeof format.channels);
    return mb_iio_queue_open(t->job->queue, &format);
}

static int start(struct tee *t, struct mb_crew *crew, const struct mb_tee_setting *setting)
{
    struct job *job = calloc(1, sizeof *job);
    int r = job ? mb_iio_queue_new(&job->queue) : -ENOMEM;

    if (r < 0) {
        free(job);
        return r;
    }
    job->wake = mb_iio_queue_ref(setting->wake);
    job->path = strdup(setting->path);
    t->job = job;
    r = job->path ? open_queue(t, setting) : -ENOMEM;
    if (r < 0)
        job_free(job);
    else
        r = mb_worker_new(crew, &job_ops, job, &t->worker);
    if (r < 0)
        t->job = NULL;
    return r < 0 ? r : mb_worker_ask(t->worker, 0);
}

int mb_tee_reader_new(struct mb_crew *crew, struct mb_wave_reader *inner,
                      const struct mb_tee_setting *setting, struct mb_wave_reader **ret, struct mb_error *err)
{
    struct tee *t = mb_wave_reader_new(&ops, sizeof *t, inner->label);
    int r;

    if (!t)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", inner->label);
    t->base.named = inner->named;
    t->base.rate_hz = inner->rate_hz;
    t->base.column_count = inner->column_count;
    memcpy(t->base.columns, inner->columns, sizeof t->base.columns);
    t->delays = setting->delays;
    r = start(t, crew, setting);
    if (r < 0) {
        (void)mb_wave_reader_free(&t->base);
        return mb_error_set(err, r, "%s: the recording cannot be begun: %s", inner->label, strerror(-r));
    }
    t->inner = inner;
    *ret = &t->base;
    return 0;
}

const struct mb_wave_reader *mb_tee_reader_inner(const struct mb_wave_reader *reader)
{
    return reader->ops == &ops ? ((const struct tee *)reader)->inner : reader;
}
