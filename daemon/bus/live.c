/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bench.OpenLive, OpenLiveOf and CloseLive: rings for screens as memory, never samples as messages. A stream
 * runs while a client that asked for it is on the bus. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/live.h"
#include "bench/stream.h"
#include "bus/internal.h"

struct service_viewer { /* one client that looks at one instrument of a bench */
    struct mb_service *service;
    struct mb_bench *bench;
    sd_bus_message *call; /* not answered yet; NULL: it is */
    enum mb_ring_kind kind;
    char *sender, *instrument; /* "": the first that streams */
    sd_bus_track *track;
    bool ready;
    struct service_viewer *next;
};

static void viewer_free(struct service_viewer *v)
{
    struct service_viewer **link = &v->service->viewers;

    while (*link && *link != v)
        link = &(*link)->next;
    if (*link)
        *link = v->next;
    mb_bench_live_forget(v->bench, v);
    sd_bus_track_unref(v->track);
    sd_bus_message_unref(v->call);
    free(v->sender);
    free(v->instrument);
    free(v);
}

/* The ring of the kind that this call asks for. */
static int reply_ring(struct service_viewer *v, sd_bus_message *call, enum mb_ring_kind kind)
{
    int fd = mb_bench_live_fd(v->bench, v, kind);

    return fd < 0 ? fd : sd_bus_reply_method_return(call, "h", fd);
}

static void viewer_told(int error, const char *text, void *userdata)
{
    struct service_viewer *v = userdata;
    struct mb_error err = {""};
    sd_bus_error bus_error = SD_BUS_ERROR_NULL;

    if (error < 0) { /* a client with rings sees their end in them */
        if (v->call && mb_bus_error(&bus_error, mb_error_set(&err, error, "%s", text), &err) < 0)
            (void)sd_bus_reply_method_error(v->call, &bus_error);
        sd_bus_error_free(&bus_error);
        viewer_free(v);
        return;
    }
    v->ready = true;
    (void)reply_ring(v, v->call, v->kind);
    v->call = sd_bus_message_unref(v->call);
}

static int viewer_vanished(sd_bus_track *track, void *userdata)
{
    (void)track;
    viewer_free(userdata);
    return 0;
}

/* instrument NULL: any. */
static struct service_viewer *find_viewer(struct mb_service *service, const struct mb_bench *bench,
                                          const char *sender, const char *instrument)
{
    struct service_viewer *v = service->viewers;

    while (v && (v->bench != bench || strcmp(v->sender, sender) != 0 ||
                 (instrument && strcmp(v->instrument, instrument) != 0)))
        v = v->next;
    return v;
}

static const char *sender_of(sd_bus_message *m)
{
    const char *sender = sd_bus_message_get_sender(m);

    return sender ? sender : "";
}

static int new_viewer(struct mb_service *service, struct mb_bench *bench, sd_bus_message *m,
                      const char *instrument, enum mb_ring_kind kind, struct mb_error *err)
{
    struct service_viewer *v = calloc(1, sizeof *v);
    int r;

    if (!v)
        return -ENOMEM;
    v->service = service;
    v->bench = bench;
    v->kind = kind;
    v->call = sd_bus_message_ref(m);
    v->sender = strdup(sender_of(m));
    v->instrument = strdup(instrument);
    r = v->sender && v->instrument ? sd_bus_track_new(service->bus, &v->track, viewer_vanished, v) : -ENOMEM;
    if (r >= 0 && v->sender[0])
        r = sd_bus_track_add_sender(v->track, m);
    if (r >= 0)
        r = mb_bench_live_watch(bench, instrument, viewer_told, v, err);
    if (r < 0) {
        viewer_free(v);
        return r;
    }
    v->next = service->viewers;
    service->viewers = v;
    return 1; /* answered by viewer_told */
}

int bench_open_live(struct mb_service *service, struct mb_bench *bench, sd_bus_message *m,
                    sd_bus_error *error)
{
    const char *name, *instrument = "";
    struct mb_error err = {""};
    struct service_viewer *v;
    enum mb_ring_kind kind;
    int r = sd_bus_message_read(m, "s", &name);

    if (r > 0 && sd_bus_message_has_signature(m, "ss"))
        r = sd_bus_message_read(m, "s", &instrument);
    if (r < 0)
        return r;
    if (mb_ring_kind_from_name(name, &kind) < 0)
        return mb_bus_error(
            error, mb_error_set(&err, -EINVAL, "'%.40s' is not known, allowed: scope, spectrum", name), &err);
    v = find_viewer(service, bench, sender_of(m), instrument);
    if (v && !v->ready)
        return mb_bus_error(error, mb_error_set(&err, -EBUSY, "the stream is starting; ask again"), &err);
    r = v ? reply_ring(v, m, kind) : new_viewer(service, bench, m, instrument, kind, &err);
    return r < 0 ? mb_bus_error(error, r, &err) : r;
}

int bench_close_live(struct mb_service *service, struct mb_bench *bench, sd_bus_message *m,
                     sd_bus_error *error)
{
    struct service_viewer *v = find_viewer(service, bench, sender_of(m), NULL);
    struct mb_error err = {""};

    if (!v)
        return mb_bus_error(error, mb_error_set(&err, -EINVAL, "you have opened nothing here"), &err);
    for (; v; v = find_viewer(service, bench, sender_of(m), NULL))
        viewer_free(v);
    return sd_bus_reply_method_return(m, NULL);
}

int bench_get_streams(sd_bus_message *reply, const struct mb_bench *bench)
{
    const struct mb_instrument *i;
    int r = sd_bus_message_open_container(reply, 'a', "s");

    for (size_t n = 0; r >= 0 && (i = mb_bench_streamer(bench, n)); n++)
        r = sd_bus_message_append(reply, "s", i->id);
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

void service_free_viewers(struct mb_service *service)
{
    while (service->viewers)
        viewer_free(service->viewers);
}
