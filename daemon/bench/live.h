/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The power analyser that runs while somebody looks (analysis/live.h), over the samples of an instrument of
 * the bench; each instrument has rings of its own. */
#pragma once

#include "analysis/live.h"
#include "bench/bench.h"

#define MB_LIVE_WATCHERS_MAX 16

/* From the loop: error 0 once, when the rings are there; an error at most once, when it is over. */
typedef void (*mb_live_watcher)(int error, const char *text, void *userdata);

/* instrument: its id, "" the first that streams (mb_bench_streamer). A watcher is known by its userdata and
 * watches one instrument. -ENOTSUP: nothing streams; -ENOENT: not this one; -EBUSY: too many; -ENOTCONN,
 * -ENOMEM. */
int mb_bench_live_watch(struct mb_bench *bench, const char *instrument, mb_live_watcher watcher,
                        void *userdata, struct mb_error *err);
/* Its watcher is not called any more; with the last one the stream ends. */
void mb_bench_live_forget(struct mb_bench *bench, const void *userdata);
/* The memory of a ring of what this watcher watches, borrowed; -ENODATA: not there (any more). */
int mb_bench_live_fd(const struct mb_bench *bench, const void *userdata, enum mb_ring_kind kind);
