/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/live.h"

#include <errno.h>
#include <stdlib.h>

#include "bench/internal.h"
#include "bench/stream.h"

struct bench_live {
    struct mb_bench *bench;
    struct mb_live *live; /* NULL: the stream has not told what it is */
    size_t channel_count; /* of it */
    double rate_hz;
    struct {
        mb_live_watcher watcher; /* NULL: free */
        void *userdata;
        bool told;
    } watchers[MB_LIVE_WATCHERS_MAX];
};

static bool has_watchers(const struct bench_live *l)
{
    for (size_t i = 0; i < MB_LIVE_WATCHERS_MAX; i++)
        if (l->watchers[i].watcher)
            return true;
    return false;
}

/* Ends it and tells why. The watchers are gone when they hear of it, so each may watch again. */
static void over(struct bench_live *l, int error, const char *text)
{
    l->live = mb_live_free(l->live);
    for (size_t i = 0; i < MB_LIVE_WATCHERS_MAX; i++) {
        mb_live_watcher watcher = l->watchers[i].watcher;

        l->watchers[i].watcher = NULL;
        if (watcher)
            watcher(error ? error : -ECANCELED, text, l->watchers[i].userdata);
    }
}

static void fail(struct bench_live *l, int error, const char *text)
{
    mb_bench_unlisten(l->bench, l);
    over(l, error, text);
}

static void live_started(const struct mb_stream_info *info, void *userdata)
{
    struct bench_live *l = userdata;
    const struct mb_live_setting setting = {.wiring = -1, .rated_v = l->bench->rated_voltage_v};
    struct mb_error err = {""};
    int r;

    /* The same again, as when a recording begins or ends: who has the rings keeps them. */
    if (l->live && l->channel_count == info->channel_count && l->rate_hz == info->rate_hz)
        return;
    l->channel_count = info->channel_count;
    l->rate_hz = info->rate_hz;
    l->live = mb_live_free(l->live);
    r = mb_live_new(&setting, info, &l->live, &err);
    if (r < 0)
        fail(l, r, err.text);
}

static void live_block(const struct mb_block *block, void *userdata)
{
    struct bench_live *l = userdata;
    struct mb_error err = {""};
    int r;

    if (!l->live)
        return;
    r = mb_live_push(l->live, block, &err);
    if (r < 0) {
        fail(l, r, err.text);
        return;
    }
    for (size_t i = 0; i < MB_LIVE_WATCHERS_MAX; i++)
        if (l->watchers[i].watcher && !l->watchers[i].told) {
            l->watchers[i].told = true;
            l->watchers[i].watcher(0, "", l->watchers[i].userdata);
        }
}

static void live_ended(int error, const char *text, void *userdata)
{
    over(userdata, error, text);
}

static int listen(struct bench_live *l, struct mb_error *err)
{
    const struct mb_stream_callbacks callbacks = {
        .started = live_started, .block = live_block, .ended = live_ended, .userdata = l};
    struct mb_instrument *instrument = mb_bench_streamer(l->bench);

    if (!instrument)
        return mb_error_set(err, -ENOTSUP, "bench %s has no instrument with channels that stream",
                            l->bench->setting->name);
    return mb_bench_listen(l->bench, instrument, &callbacks, err);
}

int mb_bench_live_watch(struct mb_bench *bench, mb_live_watcher watcher, void *userdata, struct mb_error *err)
{
    struct bench_live *l = bench->live;
    size_t i = 0;
    int r = 0;

    if (!l) {
        l = calloc(1, sizeof *l);
        if (!l)
            return mb_error_set(err, -ENOMEM, "not enough memory");
        l->bench = bench;
        bench->live = l;
    }
    while (i < MB_LIVE_WATCHERS_MAX && l->watchers[i].watcher)
        i++;
    if (i == MB_LIVE_WATCHERS_MAX)
        return mb_error_set(err, -EBUSY, "bench %s: %d look already", bench->setting->name,
                            MB_LIVE_WATCHERS_MAX);
    if (!has_watchers(l))
        r = listen(l, err);
    if (r < 0)
        return r;
    l->watchers[i].watcher = watcher;
    l->watchers[i].userdata = userdata;
    l->watchers[i].told = false;
    return 0;
}

void mb_bench_live_forget(struct mb_bench *bench, const void *userdata)
{
    struct bench_live *l = bench->live;

    if (!l)
        return;
    for (size_t i = 0; i < MB_LIVE_WATCHERS_MAX; i++)
        if (l->watchers[i].userdata == userdata)
            l->watchers[i].watcher = NULL;
    if (has_watchers(l))
        return;
    mb_bench_unlisten(bench, l);
    l->live = mb_live_free(l->live);
}

int mb_bench_live_fd(const struct mb_bench *bench, enum mb_ring_kind kind)
{
    return bench->live && bench->live->live ? mb_live_fd(bench->live->live, kind) : -ENODATA;
}

void bench_live_free(struct mb_bench *bench)
{
    if (bench->live)
        (void)mb_live_free(bench->live->live);
    free(bench->live);
    bench->live = NULL;
}
