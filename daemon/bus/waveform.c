/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Record.OpenWaveform: a raw recording as sealed memory. It is copied and hashed in a thread of its own, for
 * a disk may take its time and the control loop must not wait for it. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bus/internal.h"
#include "core/worker.h"
#include "record/waveform.h"

/* Every local user may ask. */
#define COPIES_MAX 2

struct copy_job { /* the thread's */
    struct mb_waveform waveform;
    int memfd, error;
    struct mb_error err;
};

struct waveform_copy {
    struct mb_service *service;
    sd_bus_message *call;
    struct mb_crew *crew;
    struct mb_worker *worker;
    sd_event_source *answer;
    struct waveform_copy *next;
};

static void serve(void *job, int request)
{
    struct copy_job *j = job;

    (void)request;
    j->error = mb_waveform_copy(&j->waveform, &j->memfd, &j->err);
}

static void job_free(void *job)
{
    struct copy_job *j = job;

    (void)close(j->waveform.fd);
    if (j->memfd >= 0)
        (void)close(j->memfd);
    free(j);
}

static void copy_free(struct waveform_copy *c)
{
    struct waveform_copy **link = &c->service->copies;

    while (*link && *link != c)
        link = &(*link)->next;
    if (*link)
        *link = c->next;
    sd_event_source_disable_unref(c->answer);
    (void)mb_worker_abandon(c->worker);
    mb_crew_release(c->crew);
    sd_bus_message_unref(c->call);
    free(c);
}

static int copied(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct waveform_copy *c = userdata;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    struct copy_job *j;
    void *job;

    (void)source, (void)fd, (void)events;
    if (mb_worker_answer(c->worker, &job) < 0)
        return 0;
    j = job;
    if (j->error == 0)
        (void)sd_bus_reply_method_return(c->call, "h", j->memfd);
    else if (mb_bus_error(&error, j->error, &j->err) < 0)
        (void)sd_bus_reply_method_error(c->call, &error);
    sd_bus_error_free(&error);
    copy_free(c);
    return 0;
}

static int start(struct waveform_copy *c, const struct mb_waveform *waveform)
{
    static const struct mb_worker_ops ops = {.serve = serve, .free = job_free};
    struct copy_job *job = calloc(1, sizeof *job);
    int r;

    if (!job) {
        (void)close(waveform->fd);
        return -ENOMEM;
    }
    *job = (struct copy_job){.waveform = *waveform, .memfd = -1};
    r = mb_crew_new(&c->crew);
    if (r < 0) {
        job_free(job);
        return r;
    }
    r = mb_worker_new(c->crew, &ops, job, &c->worker);
    if (r >= 0)
        r = sd_event_add_io(c->service->event, &c->answer, mb_worker_fd(c->worker), EPOLLIN, copied, c);
    return r < 0 ? r : mb_worker_ask(c->worker, 0);
}

static int new_copy(struct mb_service *service, sd_bus_message *m, const struct mb_waveform *waveform)
{
    struct waveform_copy *c = calloc(1, sizeof *c);
    int r;

    if (!c) {
        (void)close(waveform->fd);
        return -ENOMEM;
    }
    c->service = service;
    c->call = sd_bus_message_ref(m);
    c->next = service->copies;
    service->copies = c;
    r = start(c, waveform);
    if (r < 0)
        copy_free(c);
    return r < 0 ? r : 1; /* answered by copied */
}

int record_open_waveform(struct mb_service *service, sd_bus_message *m, const char *uuid, sd_bus_error *error)
{
    struct mb_waveform waveform;
    struct mb_error err = {""};
    unsigned running = 0;
    const char *name;
    int r = sd_bus_message_read(m, "s", &name);

    if (r < 0)
        return r;
    for (const struct waveform_copy *c = service->copies; c; c = c->next)
        running++;
    if (running >= COPIES_MAX)
        r = mb_error_set(&err, -EBUSY, "other recordings are being copied; ask again");
    else
        r = mb_store_waveform(service->setting.store, uuid, name, &waveform, &err);
    if (r == 0)
        r = new_copy(service, m, &waveform);
    return r < 0 ? mb_bus_error(error, r, &err) : r;
}

void service_free_copies(struct mb_service *service)
{
    while (service->copies)
        copy_free(service->copies);
}
