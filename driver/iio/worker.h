/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread that owns one libiio context. The library blocks, and on a pulled cable it may block for ever;
 * so all its calls are made here, and the loop only looks at an eventfd. A thread that does not come back is
 * left alone with all it holds: it frees that itself when the library lets it go. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/instrument.h"

struct mb_iio_crew; /* the threads of one instrument, working or stuck */
struct mb_iio_worker;

enum mb_iio_request {
    MB_IIO_OPEN, /* make the context and find the channels */
    MB_IIO_READ, /* one value of every channel */
};

struct mb_iio_value {
    double value; /* in the unit of the channel's quantity */
    int error;    /* 0; -EPROTO: not a number; else the device's errno for this channel */
};

struct mb_iio_answer {
    int error; /* of the whole request: 0 or a negative errno */
    struct mb_error text;
    char identity[160];          /* OPEN */
    struct mb_iio_value *values; /* READ: parallel to the channels; borrowed until the next request */
};

/* -ENOMEM */
int mb_iio_crew_new(struct mb_iio_crew **ret);
void mb_iio_crew_release(struct mb_iio_crew *crew); /* NULL is allowed */

/* Starts a thread. -EBUSY: too many of the crew are stuck. The channels are copied. */
int mb_iio_worker_new(struct mb_iio_crew *crew, const char *uri, const struct mb_iio_channel *channels,
                      size_t n, struct mb_iio_worker **ret);
/* Readable when an answer is there. Owned by the worker. */
int mb_iio_worker_fd(const struct mb_iio_worker *w);
/* -EBUSY: the request before is not answered yet. */
int mb_iio_worker_ask(struct mb_iio_worker *w, enum mb_iio_request request);
/* -EAGAIN: no answer yet. */
int mb_iio_worker_answer(struct mb_iio_worker *w, struct mb_iio_answer *ret);
/* The owner is done with it, whatever the thread is doing. NULL is allowed; returns NULL. */
struct mb_iio_worker *mb_iio_worker_abandon(struct mb_iio_worker *w);
