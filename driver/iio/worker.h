/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the thread (core/worker.h) that owns one libiio context is asked for. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/instrument.h"
#include "core/worker.h"

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

/* Starts a thread. -EBUSY: too many of the crew are stuck. The channels are copied. */
int mb_iio_worker_new(struct mb_crew *crew, const char *uri, const struct mb_iio_channel *channels, size_t n,
                      struct mb_worker **ret);
/* -EAGAIN: no answer yet. */
int mb_iio_worker_answer(struct mb_worker *w, struct mb_iio_answer *ret);
/* Whether an errno of the library says that the link is gone, and not that one sensor has nothing to tell. */
bool mb_iio_link_error(int error);
