/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The event loop's side of a capture: blocks to the callbacks, a deadline on the thread. */
#pragma once

#include <systemd/sd-event.h>

#include "core/instrument.h"
#include "core/worker.h"
#include "waveform/stream.h"

struct mb_iio_stream;

struct mb_iio_stream_owner {
    /* It is over; the owner frees the stream and tells whoever asked for it. error 0: stopped as asked. */
    void (*over)(int error, const char *text, void *userdata);
    void *userdata;
};

/* The channels of the setting that stream, each device of theirs with a capture of its own. -ENOTSUP: there
 * are none. */
int mb_iio_stream_new(sd_event *event, struct mb_crew *crew, const struct mb_instrument_setting *instrument,
                      const struct mb_stream_setting *setting, const struct mb_stream_callbacks *callbacks,
                      const struct mb_iio_stream_owner *owner, struct mb_iio_stream **ret,
                      struct mb_error *err);
/* May be called from inside of its callbacks. NULL is allowed; returns NULL. */
struct mb_iio_stream *mb_iio_stream_free(struct mb_iio_stream *s);
/* No further block; `over` comes when the thread has let go of the device. -EALREADY. */
int mb_iio_stream_stop(struct mb_iio_stream *s);
