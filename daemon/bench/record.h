/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raw samples of the bench's own device as a file (waveform/recording.h), for a given time. */
#pragma once

#include "bench/bench.h"

#define MB_RECORD_SECONDS_MAX 60.0
#define MB_RECORD_BYTES_MAX (64.0 * (1 << 20)) /* [laboratory choice]: hashed by the loop, 0.2 s */

struct mb_bench_recorded {
    const char *instrument;
    double rate_hz, seconds; /* seconds: of samples */
    size_t channel_count;
    uint32_t flags; /* of mb_wave_flag, of any block */
};

/* error 0: the file is complete and on the disk. Called from the loop. */
typedef void (*mb_record_done)(int error, const char *text, const struct mb_bench_recorded *recorded,
                               void *userdata);

/* Of the power analyser where it samples, else of the first instrument that streams. It begins a capture of
 * its own, so who listens to that device misses some samples at both ends. -ENOTSUP: there is none; -EBUSY:
 * it records already; -ENOTCONN, -ENOMEM. */
int mb_bench_record(struct mb_bench *bench, const char *path, double seconds, mb_record_done done,
                    void *userdata, struct mb_error *err);
/* Nobody waits any more: done is not called. */
void mb_bench_record_forget(struct mb_bench *bench);
