/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread that captures from one IIO device until it is stopped. The library may hang in it: who waits for
 * blocks keeps a deadline and then frees the capture, which leaves the thread alone with all it holds. */
#pragma once

#include "core/clock.h"
#include "core/worker.h"
#include "iio/queue.h"
#include "iio/scan.h"

struct mb_capture_setting {
    struct mb_iio_scan_setting scan; /* the texts and channels are copied */
    const char *record;              /* path of a raw recording of the same samples; NULL: none */
    double duration_s;               /* it ends by itself after so many samples; 0: never */
    const struct mb_clock *clock;    /* NULL: CLOCK_MONOTONIC */
};

struct mb_capture;

/* -ENOMEM; -EBUSY: too many of the crew are stuck. */
int mb_capture_new(struct mb_crew *crew, const struct mb_capture_setting *setting, struct mb_capture **ret,
                   struct mb_error *err);
struct mb_capture *mb_capture_free(struct mb_capture *c);
/* Where its blocks come out, and what they are; owned by the capture. */
struct mb_iio_queue *mb_capture_queue(struct mb_capture *c);
/* No answer for so many real seconds means that there will be none. */
double mb_capture_deadline_s(const struct mb_capture *c);
