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
/* The same for the one who wants the samples in a file (op `stream`, record): a stream that runs ends and one
 * that records begins. -EBUSY: somebody records already. */
int mb_bench_listen_recorded(struct mb_bench *bench, struct mb_instrument *instrument,
                             const struct mb_stream_callbacks *callbacks, const char *path,
                             struct mb_error *err);
/* Ends the recording: `ended` follows once the file is complete. For others a stream without one begins. */
void mb_bench_end_recording(struct mb_bench *bench, const void *userdata);
/* Nothing more is called of it. May be called from inside of its callbacks. */
void mb_bench_unlisten(struct mb_bench *bench, const void *userdata);
/* The instruments of the bench whose channels stream: number n of them, NULL: there are not so many. Number 0
 * is the power analyser if it is one. */
struct mb_instrument *mb_bench_streamer(const struct mb_bench *bench, size_t n);
