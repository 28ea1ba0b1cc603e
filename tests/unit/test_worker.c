/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread that may hang, and an owner that does not care. */
#include "support/test.h"

#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "core/worker.h"
#include "support/eventually.h"

/* What the library does: hangs until it is let go. Lives longer than any job. */
struct library {
    sem_t gate;
    atomic_int inside, freed;
};

struct job {
    struct library *library;
    int sum;
};

static void serve(void *userdata, int request)
{
    struct job *job = userdata;

    (void)atomic_fetch_add(&job->library->inside, 1);
    (void)sem_wait(&job->library->gate);
    (void)atomic_fetch_sub(&job->library->inside, 1);
    job->sum += request;
}

static void job_free(void *userdata)
{
    struct job *job = userdata;

    (void)atomic_fetch_add(&job->library->freed, 1);
    free(job);
}

static const struct mb_worker_ops ops = {.serve = serve, .free = job_free};

struct rig {
    struct library library;
    struct mb_crew *crew;
};

static int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);

    assert_non_null(rig);
    assert_int_equal(sem_init(&rig->library.gate, 0, 0), 0);
    assert_int_equal(mb_crew_new(&rig->crew), 0);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;

    mb_crew_release(rig->crew);
    (void)sem_destroy(&rig->library.gate);
    free(rig);
    return 0;
}

static int make(struct rig *rig, struct mb_worker **ret)
{
    struct job *job = calloc(1, sizeof *job);

    assert_non_null(job);
    job->library = &rig->library;
    return mb_worker_new(rig->crew, &ops, job, ret);
}

static bool is_readable(const struct mb_worker *w, int timeout_ms)
{
    struct pollfd wait = {.fd = mb_worker_fd(w), .events = POLLIN};

    return poll(&wait, 1, timeout_ms) == 1;
}

static bool all_hang(void *userdata)
{
    return atomic_load(&((struct rig *)userdata)->library.inside) == MB_CREW_THREADS_MAX;
}

static bool all_freed(void *userdata)
{
    return atomic_load(&((struct rig *)userdata)->library.freed) == MB_CREW_THREADS_MAX;
}

static bool two_freed(void *userdata)
{
    return atomic_load(&((struct rig *)userdata)->library.freed) == 2;
}

static void test_asks_and_answers(void **state)
{
    struct rig *rig = *state;
    struct mb_worker *w = NULL;
    void *job = NULL;

    assert_int_equal(make(rig, &w), 0);
    for (int request = 1; request <= 3; request++) {
        assert_int_equal(mb_worker_ask(w, request), 0);
        assert_int_equal(mb_worker_ask(w, 100), -EBUSY);
        assert_false(is_readable(w, 5));
        assert_int_equal(mb_worker_answer(w, &job), -EAGAIN);
        (void)sem_post(&rig->library.gate);
        assert_true(is_readable(w, 2000));
        assert_int_equal(mb_worker_ask(w, 100), -EBUSY); /* the answer is not looked at */
        assert_int_equal(mb_worker_answer(w, &job), 0);
        assert_false(is_readable(w, 0));
        assert_int_equal(mb_worker_answer(w, &job), -EAGAIN);
    }
    assert_int_equal(((struct job *)job)->sum, 6);
    assert_null(mb_worker_abandon(w));
    assert_int_equal(make(rig, &w), 0);
    assert_null(mb_worker_abandon(w)); /* one that was never asked */
    assert_true(eventually(two_freed, rig, 2000));
    assert_null(mb_worker_abandon(NULL));
}

/* Threads that hang are left alone, with what they hold, up to a number; they free it when they come back. */
static void test_hanging_threads_are_counted(void **state)
{
    struct rig *rig = *state;
    struct mb_worker *workers[MB_CREW_THREADS_MAX], *w = NULL;

    for (int i = 0; i < MB_CREW_THREADS_MAX; i++) {
        assert_int_equal(make(rig, &workers[i]), 0);
        assert_int_equal(mb_worker_ask(workers[i], 1), 0);
    }
    assert_true(eventually(all_hang, rig, 2000));
    for (int i = 0; i < MB_CREW_THREADS_MAX; i++)
        (void)mb_worker_abandon(workers[i]);
    assert_int_equal(atomic_load(&rig->library.freed), 0);
    assert_int_equal(make(rig, &w), -EBUSY);
    assert_null(w);
    assert_int_equal(atomic_load(&rig->library.freed), 1); /* the job that found no thread */
    atomic_store(&rig->library.freed, 0);
    for (int i = 0; i < MB_CREW_THREADS_MAX; i++)
        (void)sem_post(&rig->library.gate);
    assert_true(eventually(all_freed, rig, 2000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_asks_and_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hanging_threads_are_counted, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
