/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread for a library that blocks (libiio, libmodbus). On a pulled cable such a library may block for
 * ever; so all its calls are made here, and the loop only looks at an eventfd. A thread that does not come
 * back is left alone with all it holds: it frees that itself when the library lets it go. */
#pragma once

/* Of one instrument: readings, eight devices that stream, their recording; the others hang in a library. */
#define MB_CREW_THREADS_MAX 12

struct mb_crew; /* the threads of one instrument, working or stuck */
struct mb_worker;

struct mb_worker_ops {
    /* One request, in the thread; may block. What it finds out stays in the job. */
    void (*serve)(void *job, int request);
    /* In whichever thread is the last to have the job. */
    void (*free)(void *job);
};

/* -ENOMEM */
int mb_crew_new(struct mb_crew **ret);
void mb_crew_release(struct mb_crew *crew); /* NULL is allowed */

/* Starts a thread; takes the job over in every case. -EBUSY: too many of the crew are stuck. */
int mb_worker_new(struct mb_crew *crew, const struct mb_worker_ops *ops, void *job, struct mb_worker **ret);
/* Readable when an answer is there. Owned by the worker. */
int mb_worker_fd(const struct mb_worker *w);
/* -EBUSY: the request before is not answered yet. */
int mb_worker_ask(struct mb_worker *w, int request);
/* -EAGAIN: no answer yet. Otherwise the job is the caller's to look at until the next request. */
int mb_worker_answer(struct mb_worker *w, void **ret_job);
/* The owner is done with it, whatever the thread is doing. NULL is allowed; returns NULL. */
struct mb_worker *mb_worker_abandon(struct mb_worker *w);
