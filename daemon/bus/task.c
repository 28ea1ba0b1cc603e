/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a record has to tell is found out in threads of their own, each with its own connection to the store:
 * a big record takes seconds to read or to verify, a disk may take its time, and the control loop and
 * EmergencyStop must not wait for it. The loop only sends what came out. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bus/internal.h"
#include "bus/task.h"
#include "core/worker.h"

/* Every local user may ask. What comes beyond the first waits; what comes beyond the second is refused. */
#define WORKING_MAX 2
#define WAITING_MAX 512
#define OF_ONE_CLIENT_MAX 64
#define NICE 5 /* of a working thread: the loop goes first */
#define END_MS 5000

struct record_task {
    struct mb_service *service;
    sd_bus_message *call;
    struct record_job *job; /* NULL: the worker has it */
    struct mb_crew *crew;
    struct mb_worker *worker;
    sd_event_source *answer;
    struct record_task *next; /* in the order of the calls */
};

static void job_free(void *userdata)
{
    struct record_job *job = userdata;

    if (!job)
        return;
    if (job->file >= 0)
        (void)close(job->file);
    json_decref(job->document);
    free(job->text);
    free(job->bytes);
    for (size_t i = 0; i < sizeof job->words / sizeof *job->words; i++)
        free(job->words[i]);
    free(job->store);
    free(job);
}

static void serve(void *userdata, int request)
{
    struct record_job *job = userdata;
    struct mb_store *store = NULL;

    (void)request;
    (void)setpriority(PRIO_PROCESS, 0, NICE); /* Linux: of this thread */
    job->error = mb_store_open(job->store, true, &store, &job->err);
    if (job->error >= 0)
        job->error = job->work(job, store);
    (void)mb_store_close(store);
}

static void task_free(struct record_task *t)
{
    struct record_task **link = &t->service->tasks;

    while (*link && *link != t)
        link = &(*link)->next;
    if (*link)
        *link = t->next;
    sd_event_source_disable_unref(t->answer);
    (void)mb_worker_abandon(t->worker);
    mb_crew_release(t->crew);
    job_free(t->job);
    sd_bus_message_unref(t->call);
    free(t);
}

static void refuse(sd_bus_message *call, int r, const struct mb_error *err)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;

    if (mb_bus_error(&error, r, err) < 0)
        (void)sd_bus_reply_method_error(call, &error);
    sd_bus_error_free(&error);
}

static void start_waiting(struct mb_service *service);

static int answered(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct record_task *t = userdata;
    struct mb_service *service = t->service;
    struct record_job *job;
    void *result;
    int r;

    (void)source, (void)fd, (void)events;
    if (mb_worker_answer(t->worker, &result) < 0)
        return 0;
    job = result;
    r = job->error < 0 ? job->error : job->reply(service, t->call, job);
    if (r < 0)
        refuse(t->call, r, &job->err);
    task_free(t);
    start_waiting(service);
    return 0;
}

static int start(struct record_task *t)
{
    static const struct mb_worker_ops ops = {.serve = serve, .free = job_free};
    struct record_job *job = t->job;
    int r = mb_crew_new(&t->crew);

    if (r < 0)
        return r;
    t->job = NULL;
    r = mb_worker_new(t->crew, &ops, job, &t->worker);
    if (r >= 0)
        r = sd_event_add_io(t->service->event, &t->answer, mb_worker_fd(t->worker), EPOLLIN, answered, t);
    return r < 0 ? r : mb_worker_ask(t->worker, 0);
}

static void start_waiting(struct mb_service *service)
{
    struct record_task *next;
    unsigned working = 0;

    for (struct record_task *t = service->tasks; t && working < WORKING_MAX; t = next) {
        int r = 0;

        next = t->next;
        if (t->worker || (r = start(t)) >= 0) {
            working++;
        } else {
            refuse(t->call, r, NULL);
            task_free(t);
        }
    }
}

/* Appends it to the queue. */
static int add(struct mb_service *service, sd_bus_message *m, struct record_job *job, struct mb_error *err)
{
    const char *sender = sd_bus_message_get_sender(m), *other;
    struct record_task **link = &service->tasks, *t;
    unsigned all = 0, of_sender = 0;

    for (; *link; link = &(*link)->next) {
        other = sd_bus_message_get_sender((*link)->call);
        all++;
        of_sender += sender && other && strcmp(sender, other) == 0;
    }
    if (all >= WAITING_MAX || of_sender >= OF_ONE_CLIENT_MAX)
        return mb_error_set(err, -EBUSY, "too many questions about records are waiting; ask again");
    t = calloc(1, sizeof *t);
    if (!t)
        return -ENOMEM;
    t->service = service;
    t->call = sd_bus_message_ref(m);
    t->job = job;
    *link = t;
    return 0;
}

/* What the caller has only lent. */
static bool copy_asked(struct record_job *job, const struct record_job *model)
{
    bool whole = true;

    for (size_t i = 0; i < sizeof job->words / sizeof *job->words; i++) {
        job->words[i] = model->words[i] ? strdup(model->words[i]) : NULL;
        whole &= !model->words[i] || job->words[i];
    }
    job->bytes = model->bytes ? malloc(model->size + 1) : NULL;
    if (job->bytes)
        memcpy(job->bytes, model->bytes, model->size);
    return whole && (!model->bytes || job->bytes);
}

static struct record_job *job_new(struct mb_service *service, const struct record_job *model,
                                  const char *uuid)
{
    struct record_job *job = malloc(sizeof *job);
    bool whole;

    if (!job)
        return NULL;
    *job = *model;
    job->file = -1;
    job->number = service->asked++;
    (void)snprintf(job->uuid, sizeof job->uuid, "%s", uuid);
    job->store = strdup(mb_store_path(service->setting.store));
    whole = copy_asked(job, model);
    if (whole && job->store)
        return job;
    job_free(job);
    return NULL;
}

int record_ask(struct mb_service *service, sd_bus_message *m, const struct record_job *model,
               sd_bus_error *error)
{
    struct mb_error err = {""};
    struct record_job *job = NULL;
    char *uuid = NULL;
    int r = sd_bus_path_decode(sd_bus_message_get_path(m), MB_BUS_RECORD, &uuid);

    if (r > 0)
        job = job_new(service, model, uuid);
    r = r == 0 ? -ENOENT : r > 0 && !job ? -ENOMEM : r;
    free(uuid);
    if (r >= 0)
        r = add(service, m, job, &err);
    if (r < 0) {
        job_free(job);
        return mb_bus_error(error, r, &err);
    }
    start_waiting(service);
    return 1; /* answered later */
}

/* Who is at work is waited for, so that no thread outlives what the program frees at its end. */
void service_free_tasks(struct mb_service *service)
{
    for (struct record_task *t = service->tasks; t; t = service->tasks) {
        if (t->worker) {
            struct pollfd fd = {.fd = mb_worker_fd(t->worker), .events = POLLIN};

            (void)poll(&fd, 1, END_MS);
        }
        task_free(t);
    }
}
