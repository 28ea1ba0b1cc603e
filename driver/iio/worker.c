/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iio/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iio/context.h"

struct job {
    char *uri;
    struct mb_iio_channel *channels;
    size_t count;
    struct iio_context *context;
    struct iio_channel **found;
    struct mb_iio_scaling *scaling; /* of each channel */
    size_t look;                    /* the channel whose scaling is asked again next */
    struct mb_iio_answer answer;
};

static void job_free(void *userdata)
{
    struct job *job = userdata;

    if (job->context)
        iio_context_destroy(job->context);
    free(job->uri);
    free(job->channels);
    free(job->found);
    free(job->scaling);
    free(job->answer.values);
    free(job);
}

static void do_open(struct job *job)
{
    struct mb_iio_answer *answer = &job->answer;

    answer->error =
        mb_iio_context_open(job->uri, job->channels, job->count, &job->context, job->found, &answer->text);
    if (answer->error == 0)
        mb_iio_context_identity(job->context, answer->identity, sizeof answer->identity);
}

bool mb_iio_link_error(int error)
{
    return error == -ETIMEDOUT || error == -EPIPE || error == -ENODEV || error == -ECONNRESET ||
           error == -ENOTCONN || error == -EBADF || error == -EHOSTUNREACH || error == -ECONNREFUSED;
}

/* Each attribute is a round trip to the device, three for a value; on a busy machine they add up to the time
 * that a reading may take. Scalings change seldom: one channel's is asked anew with each reading. */
static void do_read(struct job *job)
{
    struct mb_iio_value *value;

    if (job->count > 0)
        job->scaling[job->look++ % job->count].known = false;
    for (size_t i = 0; i < job->count; i++) {
        value = &job->answer.values[i];
        *value = (struct mb_iio_value){0};
        value->error =
            mb_iio_channel_value(job->found[i], &job->channels[i], &job->scaling[i], &value->value);
        if (mb_iio_link_error(value->error)) {
            job->answer.error = mb_error_set(&job->answer.text, value->error, "%s: channel %s: %s", job->uri,
                                             job->channels[i].name, strerror(-value->error));
            return;
        }
    }
}

static void serve(void *userdata, int request)
{
    struct job *job = userdata;

    job->answer.error = 0;
    job->answer.text.text[0] = '\0';
    if (request == MB_IIO_OPEN && !job->context)
        do_open(job);
    else if (request == MB_IIO_READ && job->context)
        do_read(job);
    else
        job->answer.error =
            mb_error_set(&job->answer.text, -EINVAL, "%s: asked in the wrong order", job->uri);
}

static const struct mb_worker_ops job_ops = {.serve = serve, .free = job_free};

static struct job *job_new(const char *uri, const struct mb_iio_channel *channels, size_t n)
{
    struct job *job = calloc(1, sizeof *job);
    size_t places = n ? n : 1;

    if (!job)
        return NULL;
    job->uri = strdup(uri);
    job->channels = calloc(places, sizeof *job->channels);
    job->found = calloc(places, sizeof *job->found);
    job->scaling = calloc(places, sizeof *job->scaling);
    job->answer.values = calloc(places, sizeof *job->answer.values);
    job->count = n;
    if (!job->uri || !job->channels || !job->found || !job->scaling || !job->answer.values) {
        job_free(job);
        return NULL;
    }
    memcpy(job->channels, channels, n * sizeof *channels);
    return job;
}

int mb_iio_worker_new(struct mb_crew *crew, const char *uri, const struct mb_iio_channel *channels, size_t n,
                      struct mb_worker **ret)
{
    struct job *job = job_new(uri, channels, n);

    return job ? mb_worker_new(crew, &job_ops, job, ret) : -ENOMEM;
}

int mb_iio_worker_answer(struct mb_worker *w, struct mb_iio_answer *ret)
{
    void *job = NULL;
    int r = mb_worker_answer(w, &job);

    if (r == 0)
        *ret = ((struct job *)job)->answer;
    return r;
}
