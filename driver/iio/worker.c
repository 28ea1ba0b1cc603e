/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iio/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/number.h"
#include "iio/context.h"

#define THREADS_MAX 4 /* of one instrument: one works, the others hang in the library */

struct mb_iio_crew {
    atomic_int references; /* the instrument and each thread */
    atomic_int threads;
};

enum mailbox { MAILBOX_EMPTY, MAILBOX_ASKED, MAILBOX_BUSY, MAILBOX_ANSWERED };

struct mb_iio_worker {
    struct mb_iio_crew *crew;
    pthread_mutex_t mutex;
    pthread_cond_t asked;
    /* Under the mutex: */
    enum mailbox mailbox;
    enum mb_iio_request request;
    struct mb_iio_answer answer; /* the thread's while BUSY, the owner's while ANSWERED */
    bool abandoned;
    /* Not changed after the start: */
    int fd;
    char *uri;
    struct mb_iio_channel *channels;
    size_t count;
    /* The thread's own: */
    struct iio_context *context;
    struct iio_channel **found;
};

int mb_iio_crew_new(struct mb_iio_crew **ret)
{
    struct mb_iio_crew *crew = calloc(1, sizeof *crew);

    if (!crew)
        return -ENOMEM;
    atomic_init(&crew->references, 1);
    *ret = crew;
    return 0;
}

void mb_iio_crew_release(struct mb_iio_crew *crew)
{
    if (crew && atomic_fetch_sub(&crew->references, 1) == 1)
        free(crew);
}

static void worker_free(struct mb_iio_worker *w)
{
    if (w->context)
        iio_context_destroy(w->context);
    if (w->fd >= 0)
        (void)close(w->fd);
    (void)pthread_cond_destroy(&w->asked);
    (void)pthread_mutex_destroy(&w->mutex);
    free(w->uri);
    free(w->channels);
    free(w->found);
    free(w->answer.values);
    free(w);
}

static void do_open(struct mb_iio_worker *w, struct mb_iio_answer *answer)
{
    answer->error = mb_iio_context_open(w->uri, w->channels, w->count, &w->context, w->found, &answer->text);
    if (answer->error == 0)
        mb_iio_context_identity(w->context, answer->identity, sizeof answer->identity);
}

/* Errors that say the link is gone, not that one sensor has nothing to tell. */
static bool link_error(int error)
{
    return error == -ETIMEDOUT || error == -EPIPE || error == -ENODEV || error == -ECONNRESET ||
           error == -ENOTCONN || error == -EBADF || error == -EHOSTUNREACH;
}

static void do_read(struct mb_iio_worker *w, struct mb_iio_answer *answer)
{
    struct mb_iio_value *value;

    for (size_t i = 0; i < w->count; i++) {
        value = &answer->values[i];
        *value = (struct mb_iio_value){0};
        value->error = mb_iio_channel_value(w->found[i], &w->channels[i], &value->value);
        if (link_error(value->error)) {
            answer->error = mb_error_set(&answer->text, value->error, "%s: channel %s: %s", w->uri,
                                         w->channels[i].name, strerror(-value->error));
            return;
        }
    }
}

static void serve(struct mb_iio_worker *w, enum mb_iio_request request, struct mb_iio_answer *answer)
{
    answer->error = 0;
    answer->text.text[0] = '\0';
    if (request == MB_IIO_OPEN && !w->context)
        do_open(w, answer);
    else if (request == MB_IIO_READ && w->context)
        do_read(w, answer);
    else
        answer->error = mb_error_set(&answer->text, -EINVAL, "%s: asked in the wrong order", w->uri);
}

static void *thread_main(void *argument)
{
    struct mb_iio_worker *w = argument;
    struct mb_iio_crew *crew = w->crew;
    const uint64_t one = 1;

    (void)pthread_mutex_lock(&w->mutex);
    while (!w->abandoned) {
        if (w->mailbox != MAILBOX_ASKED) {
            (void)pthread_cond_wait(&w->asked, &w->mutex);
            continue;
        }
        w->mailbox = MAILBOX_BUSY;
        (void)pthread_mutex_unlock(&w->mutex);
        serve(w, w->request, &w->answer);
        (void)pthread_mutex_lock(&w->mutex);
        w->mailbox = MAILBOX_ANSWERED;
        (void)!write(w->fd, &one, sizeof one); /* cannot be full: one answer a request */
    }
    (void)pthread_mutex_unlock(&w->mutex);
    worker_free(w);
    (void)atomic_fetch_sub(&crew->threads, 1);
    mb_iio_crew_release(crew);
    return NULL;
}

/* Signals are for the loop's thread. */
static int start_thread(struct mb_iio_worker *w)
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

static struct mb_iio_worker *worker_alloc(const char *uri, const struct mb_iio_channel *channels, size_t n)
{
    struct mb_iio_worker *w = calloc(1, sizeof *w);
    size_t places = n ? n : 1;

    if (!w)
        return NULL;
    (void)pthread_mutex_init(&w->mutex, NULL);
    (void)pthread_cond_init(&w->asked, NULL);
    w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    w->uri = strdup(uri);
    w->channels = calloc(places, sizeof *w->channels);
    w->found = calloc(places, sizeof *w->found);
    w->answer.values = calloc(places, sizeof *w->answer.values);
    w->count = n;
    if (w->fd < 0 || !w->uri || !w->channels || !w->found || !w->answer.values) {
        worker_free(w);
        return NULL;
    }
    memcpy(w->channels, channels, n * sizeof *channels);
    return w;
}

int mb_iio_worker_new(struct mb_iio_crew *crew, const char *uri, const struct mb_iio_channel *channels,
                      size_t n, struct mb_iio_worker **ret)
{
    struct mb_iio_worker *w;
    double unused;
    int r;

    if (atomic_load(&crew->threads) >= THREADS_MAX)
        return -EBUSY;
    (void)mb_number_parse("0", 1,
                          &unused); /* its locale object is made by the first call: not in two threads */
    w = worker_alloc(uri, channels, n);
    if (!w)
        return -ENOMEM;
    w->crew = crew;
    (void)atomic_fetch_add(&crew->references, 1);
    (void)atomic_fetch_add(&crew->threads, 1);
    r = start_thread(w);
    if (r < 0) {
        worker_free(w);
        (void)atomic_fetch_sub(&crew->threads, 1);
        mb_iio_crew_release(crew);
        return r;
    }
    *ret = w;
    return 0;
}

int mb_iio_worker_fd(const struct mb_iio_worker *w)
{
    return w->fd;
}

int mb_iio_worker_ask(struct mb_iio_worker *w, enum mb_iio_request request)
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

int mb_iio_worker_answer(struct mb_iio_worker *w, struct mb_iio_answer *ret)
{
    uint64_t count;
    int r = -EAGAIN;

    (void)!read(w->fd, &count, sizeof count);
    (void)pthread_mutex_lock(&w->mutex);
    if (w->mailbox == MAILBOX_ANSWERED) {
        w->mailbox = MAILBOX_EMPTY;
        *ret = w->answer;
        r = 0;
    }
    (void)pthread_mutex_unlock(&w->mutex);
    return r;
}

struct mb_iio_worker *mb_iio_worker_abandon(struct mb_iio_worker *w)
{
    if (w) {
        (void)pthread_mutex_lock(&w->mutex);
        w->abandoned = true;
        (void)pthread_cond_signal(&w->asked);
        (void)pthread_mutex_unlock(&w->mutex);
    }
    return NULL;
}
