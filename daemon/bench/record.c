/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/record.h"

#include <errno.h>
#include <stdlib.h>

#include "bench/internal.h"
#include "bench/stream.h"

#define BYTES_A_SAMPLE 4 /* of most converters */

struct bench_record {
    struct mb_bench *bench;
    struct mb_bench_recorded recorded;
    double wanted_s;
    int error; /* of our own, told at the end of the capture */
    struct mb_error text;
    mb_record_done done;
    void *userdata;
};

static void started(const struct mb_stream_info *info, void *userdata)
{
    struct bench_record *c = userdata;
    double bytes = c->wanted_s * info->rate_hz * (double)info->channel_count * BYTES_A_SAMPLE;

    c->recorded.rate_hz = info->rate_hz;
    c->recorded.channel_count = info->channel_count;
    if (bytes <= MB_RECORD_BYTES_MAX)
        return;
    c->error = mb_error_set(
        &c->text, -EFBIG, "%g s of %zu channels at %g Hz are a recording of %.0f MiB, allowed are %.0f",
        c->wanted_s, info->channel_count, info->rate_hz, bytes / (1 << 20), MB_RECORD_BYTES_MAX / (1 << 20));
    mb_bench_end_recording(c->bench, c);
}

static void block(const struct mb_block *block, void *userdata)
{
    struct bench_record *c = userdata;

    c->recorded.seconds += (double)block->count / block->rate_hz;
    c->recorded.flags |= block->flags;
    if (c->recorded.seconds >= c->wanted_s)
        mb_bench_end_recording(c->bench, c);
}

static void ended(int error, const char *text, void *userdata)
{
    struct bench_record *c = userdata;
    const bool complete = c->recorded.seconds >= c->wanted_s;

    c->bench->record = NULL;
    if (c->error < 0)
        c->done(c->error, c->text.text, &c->recorded, c->userdata);
    else if (error < 0 || !complete)
        c->done(error < 0 ? error : -EPIPE, text, &c->recorded, c->userdata);
    else
        c->done(0, "", &c->recorded, c->userdata);
    free(c);
}

int mb_bench_record(struct mb_bench *bench, const char *path, double seconds, mb_record_done done,
                    void *userdata, struct mb_error *err)
{
    struct mb_instrument *instrument = mb_bench_streamer(bench, 0);
    struct bench_record *c;
    int r;

    if (bench->record)
        return mb_error_set(err, -EBUSY, "bench %s records already", bench->setting->name);
    if (!instrument)
        return mb_error_set(err, -ENOTSUP, "bench %s has no instrument with channels that stream",
                            bench->setting->name);
    c = calloc(1, sizeof *c);
    if (!c)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    *c = (struct bench_record){.bench = bench,
                               .recorded.instrument = instrument->id,
                               .wanted_s = seconds,
                               .done = done,
                               .userdata = userdata};
    bench->record = c;
    r = mb_bench_listen_recorded(bench, instrument, &(struct mb_stream_callbacks){started, block, ended, c},
                                 path, err);
    if (r < 0) {
        bench->record = NULL;
        free(c);
    }
    return r;
}

void mb_bench_record_forget(struct mb_bench *bench)
{
    struct bench_record *c = bench->record;

    if (!c)
        return;
    bench->record = NULL;
    mb_bench_unlisten(bench, c);
    free(c);
}
