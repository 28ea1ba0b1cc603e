/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/number.h"

struct mb_crew {
    atomic_int references; /* the instrument and each thread */
    atomic_int threads;
};

enum mailbox { MAILBOX_EMPTY, MAILBOX_ASKED, MAILBOX_BUSY, MAILBOX_ANSWERED };

struct mb_worker {
    struct mb_crew *crew;
    const struct mb_worker_ops *ops;
    void *job; /* the thread's while BUSY, the owner's while ANSWERED and after it */
    int fd;
    pthread_mutex_t mutex;
    pthread_cond_t asked;
    /* Under the mutex: */
    enum mailbox mailbox;
    int request;
    bool abandoned;
};

int mb_crew_new(struct mb_crew **ret)
{
    struct mb_crew *crew = calloc(1, sizeof *crew);

    if (!crew)
        return -ENOMEM;
    atomic_init(&crew->references, 1);
    *ret = crew;
    return 0;
}

void mb_crew_release(struct mb_crew *crew)
{
    if (crew && atomic_fetch_sub(&crew->references, 1) == 1)
        free(crew);
}

static void worker_free(struct mb_worker *w)
{
    w->ops->free(w->job);
    if (w->fd >= 0)
        (void)close(w->fd);
    (void)pthread_cond_destroy(&w->asked);
    (void)pthread_mutex_destroy(&w->mutex);
    free(w);
}

static void *thread_main(void *argument)
{
    struct mb_worker *w = argument;
    struct mb_crew *crew = w->crew;
    const uint64_t one = 1;

    (void)pthread_mutex_lock(&w->mutex);
    while (!w->abandoned) {
        if (w->mailbox != MAILBOX_ASKED) {
            (void)pthread_cond_wait(&w->asked, &w->mutex);
            continue;
        }
        w->mailbox = MAILBOX_BUSY;
        (void)pthread_mutex_unlock(&w->mutex);
        w->ops->serve(w->job, w->request);
        (void)pthread_mutex_lock(&w->mutex);
        w->mailbox = MAILBOX_ANSWERED;
        (void)!write(w->fd, &one, sizeof one); /* cannot be full: one answer a request */
    }
    (void)pthread_mutex_unlock(&w->mutex);
    worker_free(w);
    (void)atomic_fetch_sub(&crew->threads, 1);
    mb_crew_release(crew);
    return NULL;
}

/* Signals are for the loop's thread. */
static int start_thread(struct mb_worker *w)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    pthread_t thread;
    int r;

    r = pthread_attr_init(&attributes);
    if (r != 0)
        return -r;
    (void)sigfillset(&all);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(&thread, &attributes, thread_main, w);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return -r;
}

int mb_worker_new(struct mb_crew *crew, const struct mb_worker_ops *ops, void *job, struct mb_worker **ret)
{
    struct mb_worker *w = NULL;
    double unused;
    int r = 0;

    (void)mb_number_parse("0", 1,
                          &unused); /* its locale object is made by the first call: not in two threads */
    if (atomic_load(&crew->threads) >= MB_CREW_THREADS_MAX)
        r = -EBUSY;
    else if (!(w = calloc(1, sizeof *w)))
        r = -ENOMEM;
    if (r < 0) {
        ops->free(job);
        return r;
    }
    *w = (struct mb_worker){.crew = crew, .ops = ops, .job = job};
    (void)pthread_mutex_init(&w->mutex, NULL);
    (void)pthread_cond_init(&w->asked, NULL);
    w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    (void)atomic_fetch_add(&crew->references, 1);
    (void)atomic_fetch_add(&crew->threads, 1);
    r = w->fd < 0 ? -errno : start_thread(w);
    if (r < 0) {
        worker_free(w);
        (void)atomic_fetch_sub(&crew->threads, 1);
        mb_crew_release(crew);
        return r;
    }
    *ret = w;
    return 0;
}

int mb_worker_fd(const struct mb_worker *w)
{
    return w->fd;
}

int mb_worker_ask(struct mb_worker *w, int request)
{
    int r = -EBUSY;

    (void)pthread_mutex_lock(&w->mutex);
    if (w->mailbox == MAILBOX_EMPTY) {
        w->mailbox = MAILBOX_ASKED;
        w->request = request;
        (void)pthread_cond_signal(&w->asked);
        r = 0;
    }
    (void)pthread_mutex_unlock(&w->mutex);
    return r;
}

int mb_worker_answer(struct mb_worker *w, void **ret_job)
{
    uint64_t count;
    int r = -EAGAIN;

    (void)!read(w->fd, &count, sizeof count);
    (void)pthread_mutex_lock(&w->mutex);
    if (w->mailbox == MAILBOX_ANSWERED) {
        w->mailbox = MAILBOX_EMPTY;
        *ret_job = w->job;
        r = 0;
    }
    (void)pthread_mutex_unlock(&w->mutex);
    return r;
}

struct mb_worker *mb_worker_abandon(struct mb_worker *w)
{
    if (w) {
        (void)pthread_mutex_lock(&w->mutex);
        w->abandoned = true;
        (void)pthread_cond_signal(&w->asked);
        (void)pthread_mutex_unlock(&w->mutex);
    }
    return NULL;
}
