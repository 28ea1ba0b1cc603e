/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One stream of an instrument for everyone who listens: the first starts it, with the last it stops. */
#pragma once

#include "bench/bench.h"
#include "waveform/stream.h"

#define MB_STREAM_LISTENERS_MAX 8

/* As the op `stream` of core/instrument.h, at the rate of the bench file; all callbacks come from the loop.
 * A listener is known by its userdata. -ENOTSUP, -ENOTCONN; -EBUSY: too many, or this one listens already;
 * -ENOMEM. */
int mb_bench_listen(struct mb_bench *bench, struct mb_instrument *instrument,
                    const struct mb_stream_callbacks *callbacks, struct mb_error *err);
/* Nothing more is called of it. May be called from inside of its callbacks. */
void mb_bench_unlisten(struct mb_bench *bench, const void *userdata);
/* The first instrument whose channels stream; NULL: none. */
struct mb_instrument *mb_bench_streamer(const struct mb_bench *bench);
