/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/internal.h"
#include "bench/stream.h"

struct bench_live { /* of one instrument */
    struct mb_bench *bench;
    struct mb_instrument *instrument;
    struct mb_live *live; /* NULL: the stream has not told what it is */
    size_t channel_count; /* of it */
    double rate_hz;
    struct {
        mb_live_watcher watcher; /* NULL: free */
        void *userdata;
        bool told;
    } watchers[MB_LIVE_WATCHERS_MAX];
    struct bench_live *next;
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

    return mb_bench_listen(l->bench, l->instrument, &callbacks, err);
}

/* "a, b": those that there are. */
static int refuse(const struct mb_bench *bench, const char *instrument, struct mb_error *err)
{
    const struct mb_instrument *i = mb_bench_streamer(bench, 0);
    char list[256] = "";
    size_t used = 0;

    if (!i)
        return mb_error_set(err, -ENOTSUP, "bench %s has no instrument with channels that stream",
                            bench->setting->name);
    for (size_t n = 0; i && used < sizeof list; i = mb_bench_streamer(bench, ++n))
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", n ? ", " : "", i->id);
    return mb_error_set(err, -ENOENT, "no channels of '%.60s' stream, those of these do: %s", instrument,
                        list);
}

/* Made when it is wanted for the first time. */
static int find(struct mb_bench *bench, const char *instrument, struct bench_live **ret, struct mb_error *err)
{
    struct mb_instrument *i;
    struct bench_live *l;
    size_t n = 0;

    while ((i = mb_bench_streamer(bench, n)) && instrument[0] && strcmp(i->id, instrument) != 0)
        n++;
    if (!i)
        return refuse(bench, instrument, err);
    for (l = bench->live; l && l->instrument != i; l = l->next)
        ;
    if (!l) {
        l = calloc(1, sizeof *l);
        if (!l)
            return mb_error_set(err, -ENOMEM, "not enough memory");
        l->bench = bench;
        l->instrument = i;
        l->next = bench->live;
        bench->live = l;
    }
    *ret = l;
    return 0;
}

int mb_bench_live_watch(struct mb_bench *bench, const char *instrument, mb_live_watcher watcher,
                        void *userdata, struct mb_error *err)
{
    struct bench_live *l = NULL;
    size_t i = 0;
    int r = find(bench, instrument, &l, err);

    if (r < 0)
        return r;
    while (i < MB_LIVE_WATCHERS_MAX && l->watchers[i].watcher)
        i++;
    if (i == MB_LIVE_WATCHERS_MAX)
        return mb_error_set(err, -EBUSY, "%s: %d look already", l->instrument->id, MB_LIVE_WATCHERS_MAX);
    if (!has_watchers(l))
        r = listen(l, err);
    if (r < 0)
        return r;
    l->watchers[i].watcher = watcher;
    l->watchers[i].userdata = userdata;
    l->watchers[i].told = false;
    return 0;
}

static bool watches(const struct bench_live *l, const void *userdata, size_t *ret)
{
    for (size_t i = 0; i < MB_LIVE_WATCHERS_MAX; i++)
        if (l->watchers[i].watcher && l->watchers[i].userdata == userdata) {
            *ret = i;
            return true;
        }
    return false;
}

void mb_bench_live_forget(struct mb_bench *bench, const void *userdata)
{
    size_t i;

    for (struct bench_live *l = bench->live; l; l = l->next) {
        if (!watches(l, userdata, &i))
            continue;
        l->watchers[i].watcher = NULL;
        if (has_watchers(l))
            continue;
        mb_bench_unlisten(bench, l);
        l->live = mb_live_free(l->live);
    }
}

int mb_bench_live_fd(const struct mb_bench *bench, const void *userdata, enum mb_ring_kind kind)
{
    size_t i;

    for (const struct bench_live *l = bench->live; l; l = l->next)
        if (l->live && watches(l, userdata, &i))
            return mb_live_fd(l->live, kind);
    return -ENODATA;
}

void bench_live_free(struct mb_bench *bench)
{
    while (bench->live) {
        struct bench_live *l = bench->live;

        bench->live = l->next;
        (void)mb_live_free(l->live);
        free(l);
    }
}
