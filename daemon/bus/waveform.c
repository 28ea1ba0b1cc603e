/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Record.OpenWaveform: a raw recording as sealed memory; and OpenReport of a bundle. Both are made in a
 * thread of their own, for a disk may take its time and the control loop must not wait for it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bus/internal.h"
#include "core/worker.h"
#include "record/bundle.h"
#include "record/waveform.h"

/* Every local user may ask. */
#define COPIES_MAX 2

struct copy_job {                /* the thread's */
    struct mb_waveform waveform; /* fd -1: a bundle of the run */
    char *store, uuid[MB_UUID_SIZE];
    int number, file, error;
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

/* Beside the store, where there is room for what is in it; the name is gone before anyone sees it. Memory
 * would have to hold all recordings of the run. */
static int make_bundle(struct copy_job *j)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s.%s.%d.bundle", j->store, j->uuid, j->number), r;

    if (n < 0 || (size_t)n >= sizeof path)
        return mb_error_set(&j->err, -ENAMETOOLONG, "%s: the path of the store is too long", j->store);
    (void)unlink(path); /* of a daemon that died over it */
    r = mb_bundle_write(j->store, j->uuid, path, &j->err);
    if (r < 0)
        return r;
    j->file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (j->file < 0)
        r = mb_error_set(&j->err, -errno, "%s: %s", path, strerror(errno));
    (void)unlink(path);
    return r;
}

static void serve(void *job, int request)
{
    struct copy_job *j = job;

    (void)request;
    j->error = j->waveform.fd >= 0 ? mb_waveform_copy(&j->waveform, &j->file, &j->err) : make_bundle(j);
}

static void job_free(void *job)
{
    struct copy_job *j = job;

    if (j->waveform.fd >= 0)
        (void)close(j->waveform.fd);
    if (j->file >= 0)
        (void)close(j->file);
    free(j->store);
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
        (void)sd_bus_reply_method_return(c->call, "h", j->file);
    else if (mb_bus_error(&error, j->error, &j->err) < 0)
        (void)sd_bus_reply_method_error(c->call, &error);
    sd_bus_error_free(&error);
    copy_free(c);
    return 0;
}

/* Takes the job. */
static int start(struct waveform_copy *c, struct copy_job *job)
{
    static const struct mb_worker_ops ops = {.serve = serve, .free = job_free};
    int r = mb_crew_new(&c->crew);

    if (r < 0) {
        job_free(job);
        return r;
    }
    r = mb_worker_new(c->crew, &ops, job, &c->worker);
    if (r >= 0)
        r = sd_event_add_io(c->service->event, &c->answer, mb_worker_fd(c->worker), EPOLLIN, copied, c);
    return r < 0 ? r : mb_worker_ask(c->worker, 0);
}

/* Takes the job. */
static int new_copy(struct mb_service *service, sd_bus_message *m, struct copy_job *job)
{
    struct waveform_copy *c = calloc(1, sizeof *c);
    int r;

    if (!c) {
        job_free(job);
        return -ENOMEM;
    }
    c->service = service;
    c->call = sd_bus_message_ref(m);
    c->next = service->copies;
    service->copies = c;
    r = start(c, job);
    if (r < 0)
        copy_free(c);
    return r < 0 ? r : 1; /* answered by copied */
}

static int new_job(struct mb_service *service, struct copy_job **ret, struct mb_error *err)
{
    unsigned running = 0;
    struct copy_job *job;

    for (const struct waveform_copy *c = service->copies; c; c = c->next)
        running++;
    if (running >= COPIES_MAX)
        return mb_error_set(err, -EBUSY, "other recordings or bundles are being copied; ask again");
    job = calloc(1, sizeof *job);
    if (!job)
        return -ENOMEM;
    job->waveform.fd = job->file = -1;
    *ret = job;
    return 0;
}

int record_open_waveform(struct mb_service *service, sd_bus_message *m, const char *uuid, sd_bus_error *error)
{
    struct copy_job *job = NULL;
    struct mb_error err = {""};
    const char *name;
    int r = sd_bus_message_read(m, "s", &name);

    if (r < 0)
        return r;
    r = new_job(service, &job, &err);
    if (r == 0)
        r = mb_store_waveform(service->setting.store, uuid, name, &job->waveform, &err);
    if (r == 0)
        r = new_copy(service, m, job);
    else if (job)
        job_free(job);
    return r < 0 ? mb_bus_error(error, r, &err) : r;
}

int record_open_bundle(struct mb_service *service, sd_bus_message *m, const char *uuid, sd_bus_error *error)
{
    struct copy_job *job = NULL;
    struct mb_error err = {""};
    int r = new_job(service, &job, &err);

    if (r < 0)
        return mb_bus_error(error, r, &err);
    (void)snprintf(job->uuid, sizeof job->uuid, "%s", uuid);
    job->number = (int)(service->bundles++ % 1000);
    job->store = strdup(mb_store_path(service->setting.store));
    if (job->store) {
        r = new_copy(service, m, job);
    } else {
        job_free(job);
        r = -ENOMEM;
    }
    return r < 0 ? mb_bus_error(error, r, &err) : r;
}

void service_free_copies(struct mb_service *service)
{
    while (service->copies)
        copy_free(service->copies);
}
