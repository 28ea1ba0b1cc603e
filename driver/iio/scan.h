/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Buffered capture of one IIO device through libiio: everything here may block. */
#pragma once

#include <iio.h>

#include "core/error.h"
#include "core/instrument.h"
#include "iio/element.h"
#include "iio/queue.h"

struct mb_iio_scan_setting {
    const char *uri;
    const char *device;                    /* id or name; NULL: the first that can be captured */
    const char *prefix;                    /* of names when count is 0; NULL: none */
    const char *trigger;                   /* name, hrtimer:NAME or sysfs:NUMBER; NULL: as it is */
    const struct mb_iio_channel *channels; /* count 0: every input that can be captured */
    size_t channel_count;
    double rate_hz;    /* 0: what the device runs at */
    double interval_s; /* a block is at most so long */
};

struct mb_iio_scan {
    struct iio_context *context;
    struct iio_device *device;
    const struct iio_device *trigger; /* NULL: none of its own */
    struct iio_channel *channels[MB_IIO_QUEUE_CHANNELS];
    struct mb_iio_element elements[MB_IIO_QUEUE_CHANNELS];
    struct iio_channel *timestamp; /* NULL: not captured */
    struct iio_buffer *buffer;
    struct mb_iio_format format;
    size_t least_step; /* bytes of a sample of these channels */
    double depth_s;    /* of all buffers */
    const char *prefix;
    char label[96]; /* in messages */
};

/* The scan is to be closed after a failure too. */
int mb_iio_scan_open(const struct mb_iio_scan_setting *setting, struct mb_iio_scan *ret,
                     struct mb_error *err);
void mb_iio_scan_close(struct mb_iio_scan *scan);
/* Waits for the next block. -errno with err. */
int mb_iio_scan_refill(struct mb_iio_scan *scan, size_t *ret_count, struct mb_error *err);
/* Samples [from, from + n) of a channel of the block. */
void mb_iio_scan_take(const struct mb_iio_scan *scan, size_t channel, size_t from, size_t n, void *target);
/* The time stamp of a sample of the block, ns. */
int64_t mb_iio_scan_stamp(const struct mb_iio_scan *scan, size_t sample);
/* The rate that the device says it runs at. -ENOENT: it does not say. */
int mb_iio_scan_rate(const struct mb_iio_scan *scan, double *ret_hz);
