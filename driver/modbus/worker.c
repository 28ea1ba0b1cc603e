/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "modbus/worker.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/text.h"
#include "modbus/client.h"
#include "modbus/line.h"

#define REGISTERS_MAX 125
#define SPARE_S 2.0 /* beyond what a request may take before its thread counts as stuck */

struct job {
    struct mb_modbus_profile *profile;
    struct mb_modbus_address address;
    struct mb_modbus_plan plan;
    struct mb_modbus_client *client;
    struct mb_modbus_steps steps; /* of RUN */
    struct mb_modbus_sample *samples;
    uint16_t (*blocks)[REGISTERS_MAX]; /* of READ */
    struct mb_modbus_answer answer;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool dropped; /* under the mutex, and client where it is set */
};

struct mb_modbus_worker {
    struct mb_worker *thread;
    struct job *job; /* alive as long as the thread is not abandoned */
};

static void job_free(void *userdata)
{
    struct job *job = userdata;

    job->client = mb_modbus_client_free(job->client);
    (void)pthread_cond_destroy(&job->changed);
    (void)pthread_mutex_destroy(&job->mutex);
    (void)mb_modbus_profile_unref(job->profile);
    mb_modbus_address_done(&job->address);
    mb_modbus_plan_done(&job->plan);
    free(job->steps.rows);
    free(job->samples);
    free(job->blocks);
    free(job);
}

/* ---- in the thread ---- */

/* Waits unless the connection is given up; then -ECANCELED. */
static int pause_s(struct job *job, double seconds, struct mb_error *err)
{
    struct timespec end;
    bool dropped;

    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += (time_t)seconds;
    end.tv_nsec += (long)((seconds - floor(seconds)) * 1e9);
    if (end.tv_nsec >= 1000000000) {
        end.tv_nsec -= 1000000000;
        end.tv_sec++;
    }
    (void)pthread_mutex_lock(&job->mutex);
    while (!job->dropped && seconds > 0 &&
           pthread_cond_clockwait(&job->changed, &job->mutex, CLOCK_MONOTONIC, &end) == 0)
        continue;
    dropped = job->dropped;
    (void)pthread_mutex_unlock(&job->mutex);
    return dropped ? mb_error_set(err, -ECANCELED, "%s: given up", job->address.name) : 0;
}

static int read_place(struct job *job, enum mb_modbus_space space, int address, int count, uint16_t *ret)
{
    struct mb_error *err = &job->answer.text;
    int r = pause_s(job, 0, err);

    if (r == 0)
        r = mb_modbus_client_read(job->client, space, address, count, ret, err);
    job->answer.link_lost = mb_modbus_link_lost(r);
    return r;
}

static double decode(const struct mb_modbus_place *place, const uint16_t *registers)
{
    if (mb_modbus_is_bit(place))
        return registers[0];
    return mb_modbus_decode((enum mb_modbus_type)place->type, (enum mb_modbus_order)place->order, registers);
}

/* Texts end at the first NUL or with blanks. */
static int identify_text(struct job *job, const struct mb_modbus_identity *d, char *buffer, size_t size)
{
    uint16_t registers[REGISTERS_MAX];
    int r = read_place(job, (enum mb_modbus_space)d->place.space, d->place.address, d->registers, registers);
    size_t used = 0;

    if (r < 0)
        return r;
    for (int i = 0; i < 2 * d->registers && used + 1 < size; i++) {
        buffer[used] = (char)(i % 2 == 0 ? registers[i / 2] >> 8 : registers[i / 2] & 0xff);
        if (buffer[used++] == '\0')
            break;
    }
    buffer[used] = '\0';
    mb_text_clean(buffer);
    for (size_t n = strlen(buffer); n > 0 && buffer[n - 1] == ' '; n--)
        buffer[n - 1] = '\0';
    if (strncmp(buffer, d->text, strlen(d->text)) == 0)
        return 0;
    return mb_error_set(&job->answer.text, -ENODEV,
                        "%s: another instrument answers: '%.80s', '%s' is expected", job->address.name,
                        buffer, d->text);
}

static int identify_number(struct job *job, const struct mb_modbus_identity *d, char *buffer, size_t size)
{
    uint16_t registers[MB_MODBUS_WIDTH_MAX];
    int r = read_place(job, (enum mb_modbus_space)d->place.space, d->place.address,
                       (int)mb_modbus_place_width(&d->place), registers);
    double number;

    if (r < 0)
        return r;
    number = decode(&d->place, registers);
    (void)snprintf(buffer, size, "%.10g", number);
    if (number == d->equals)
        return 0;
    return mb_error_set(&job->answer.text, -ENODEV,
                        "%s: another instrument answers: register %d holds %.10g, %.10g is expected",
                        job->address.name, d->place.address, number, d->equals);
}

static int do_identify(struct job *job)
{
    char *identity = job->answer.identity, part[128];
    size_t used = 0, size = sizeof job->answer.identity;
    int n, r = 0;

    for (size_t i = 0; r == 0 && i < job->profile->identity_count; i++) {
        const struct mb_modbus_identity *d = &job->profile->identities[i];

        r = d->text ? identify_text(job, d, part, sizeof part) : identify_number(job, d, part, sizeof part);
        n = r < 0 ? 0 : snprintf(identity + used, size - used, "%s%s", used > 0 ? " " : "", part);
        used = n > 0 && used + (size_t)n < size ? used + (size_t)n : used;
    }
    if (r == 0 && used == 0) /* nothing tells it: at least which one is meant */
        (void)snprintf(identity, size, "%s, Modbus unit %d", job->profile->maker, job->address.unit);
    return r;
}

static int do_read(struct job *job)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < job->plan.block_count; i++) {
        const struct mb_modbus_block *b = &job->plan.blocks[i];

        r = read_place(job, b->space, b->address, b->count, job->blocks[i]);
    }
    for (size_t i = 0; r == 0 && i < job->profile->value_count; i++) {
        const struct mb_modbus_where *w = &job->plan.where[i];

        job->samples[i] =
            mb_modbus_judge(job->profile, &job->profile->values[i], &job->blocks[w->block][w->offset]);
    }
    return r;
}

static int write_step(struct job *job, const struct mb_modbus_step *step)
{
    const struct mb_modbus_place *place = &step->place;
    uint16_t registers[MB_MODBUS_WIDTH_MAX] = {step->write != 0};
    int r = pause_s(job, 0, &job->answer.text);

    if (r == 0 && !mb_modbus_is_bit(place) &&
        mb_modbus_encode((enum mb_modbus_type)place->type, (enum mb_modbus_order)place->order, step->write,
                         registers) < 0)
        r = mb_error_set(&job->answer.text, -ERANGE, "%s: register %d cannot hold %g", job->address.name,
                         place->address, step->write);
    if (r < 0)
        return r;
    r = mb_modbus_client_write(job->client, (enum mb_modbus_space)place->space, place->address,
                               (int)mb_modbus_place_width(place), registers, job->profile->write_multiple,
                               &job->answer.text);
    job->answer.link_lost = mb_modbus_link_lost(r);
    return r;
}

static int confirm_step(struct job *job, const struct mb_modbus_step *step)
{
    const int address = step->read_address < 0 ? step->place.address : step->read_address;
    uint16_t registers[MB_MODBUS_WIDTH_MAX];
    int r = read_place(job, (enum mb_modbus_space)step->place.space, address,
                       (int)mb_modbus_place_width(&step->place), registers);
    double number;

    if (r < 0)
        return r;
    number = decode(&step->place, registers);
    /* The last digits of a factor such as 0.1 are no difference. */
    if (fabs(number - step->expect) <= step->tolerance + 1e-9 * fabs(step->expect))
        return 0;
    return mb_error_set(&job->answer.text, -EIO, "%s: %s %d reads back %.7g, %.7g within %g is expected",
                        job->address.name, mb_modbus_is_bit(&step->place) ? "bit" : "register", address,
                        number, step->expect, step->tolerance);
}

static int do_run(struct job *job)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < job->steps.count; i++) {
        const struct mb_modbus_step *step = &job->steps.rows[i];

        if (step->has_write)
            r = write_step(job, step);
        if (r == 0 && step->delay_s > 0)
            r = pause_s(job, step->delay_s, &job->answer.text);
        if (r == 0 && step->has_expect)
            r = confirm_step(job, step);
    }
    return r;
}

static int do_connect(struct job *job)
{
    struct mb_modbus_client *client = NULL;
    int r = mb_modbus_client_open(&job->address, job->profile->timeout_s, job->profile->gap_s, &client,
                                  &job->answer.text);

    (void)pthread_mutex_lock(&job->mutex);
    job->client = client;
    (void)pthread_mutex_unlock(&job->mutex);
    return r;
}

static void serve(void *userdata, int request)
{
    static int (*const functions[])(struct job *) = {
        [MB_MODBUS_CONNECT] = do_connect,
        [MB_MODBUS_IDENTIFY] = do_identify,
        [MB_MODBUS_READ] = do_read,
        [MB_MODBUS_RUN] = do_run,
    };
    struct job *job = userdata;

    job->answer = (struct mb_modbus_answer){.samples = job->samples};
    if (job->client) /* what switches does not wait for what reads */
        mb_modbus_client_set_urgent(job->client, request == MB_MODBUS_RUN);
    if (!job->client != (request == MB_MODBUS_CONNECT))
        job->answer.error =
            mb_error_set(&job->answer.text, -EINVAL, "%s: asked in the wrong order", job->address.name);
    else
        job->answer.error = functions[request](job);
}

static const struct mb_worker_ops job_ops = {.serve = serve, .free = job_free};

/* ---- in the loop ---- */

static struct job *job_new(struct mb_modbus_profile *profile, const struct mb_modbus_address *address)
{
    struct job *job = calloc(1, sizeof *job);
    int r;

    if (!job)
        return NULL;
    (void)pthread_mutex_init(&job->mutex, NULL);
    (void)pthread_cond_init(&job->changed, NULL);
    job->profile = mb_modbus_profile_ref(profile);
    r = mb_modbus_address_copy(address, &job->address);
    if (r == 0)
        r = mb_modbus_plan_make(profile, &job->plan);
    job->samples = calloc(profile->value_count + 1, sizeof *job->samples);
    job->blocks = calloc(job->plan.block_count + 1, sizeof *job->blocks);
    if (r < 0 || !job->samples || !job->blocks) {
        job_free(job);
        return NULL;
    }
    return job;
}

int mb_modbus_worker_new(struct mb_crew *crew, struct mb_modbus_profile *profile,
                         const struct mb_modbus_address *address, struct mb_modbus_worker **ret)
{
    struct mb_modbus_worker *w = calloc(1, sizeof *w);
    int r;

    if (w)
        w->job = job_new(profile, address);
    r = w && w->job ? mb_worker_new(crew, &job_ops, w->job, &w->thread) : -ENOMEM;
    if (r < 0) {
        free(w);
        return r;
    }
    *ret = w;
    return 0;
}

int mb_modbus_worker_fd(const struct mb_modbus_worker *w)
{
    return mb_worker_fd(w->thread);
}

int mb_modbus_worker_ask(struct mb_modbus_worker *w, enum mb_modbus_request request,
                         const struct mb_modbus_steps *steps)
{
    struct mb_modbus_step *rows = NULL;

    if (request == MB_MODBUS_RUN) {
        rows = calloc(steps->count + 1, sizeof *rows);
        if (!rows)
            return -ENOMEM;
        memcpy(rows, steps->rows, steps->count * sizeof *rows);
        free(w->job->steps.rows); /* the job is ours: nothing is asked for */
        w->job->steps = (struct mb_modbus_steps){.rows = rows, .count = steps->count};
    }
    return mb_worker_ask(w->thread, request);
}

int mb_modbus_worker_answer(struct mb_modbus_worker *w, struct mb_modbus_answer *ret)
{
    void *job;
    int r = mb_worker_answer(w->thread, &job);

    if (r == 0)
        *ret = ((struct job *)job)->answer;
    return r;
}

double mb_modbus_worker_limit_s(const struct mb_modbus_worker *w, enum mb_modbus_request request,
                                const struct mb_modbus_steps *steps)
{
    const struct mb_modbus_profile *p = w->job->profile;
    size_t requests = 1;
    double pauses_s = 0, wait_s = w->job->address.path ? mb_modbus_line_wait_s(w->job->address.path) : 0;

    if (request == MB_MODBUS_IDENTIFY)
        requests = p->identity_count;
    else if (request == MB_MODBUS_READ)
        requests = w->job->plan.block_count;
    else if (request == MB_MODBUS_RUN)
        requests = 2 * steps->count;
    for (size_t i = 0; request == MB_MODBUS_RUN && i < steps->count; i++)
        pauses_s += steps->rows[i].delay_s;
    return SPARE_S + pauses_s + (double)requests * (p->timeout_s + p->gap_s + wait_s);
}

struct mb_modbus_worker *mb_modbus_worker_drop(struct mb_modbus_worker *w)
{
    if (!w)
        return NULL;
    (void)pthread_mutex_lock(&w->job->mutex);
    w->job->dropped = true;
    if (w->job->client)
        mb_modbus_client_cancel(w->job->client);
    (void)pthread_cond_broadcast(&w->job->changed);
    (void)pthread_mutex_unlock(&w->job->mutex);
    (void)mb_worker_abandon(w->thread);
    free(w);
    return NULL;
}
