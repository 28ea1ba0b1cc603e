/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Record.GetStatement, Sign, RequestTimestamp, AttachTimestamp: signatures and time stamps as bytes. Keys
 * stay with the people that they belong to. */
#include <errno.h>
#include <stdlib.h>

#include "bus/internal.h"
#include "bus/task.h"

/* Whether the caller may approve this record. Returns like bus_authorise. */
static int check_may_sign(struct mb_service *service, sd_bus_message *m, sd_bus_error *error)
{
    return bus_authorise(service->authority, m, BUS_ACTION_SIGN, sd_bus_message_get_path(m), "", error);
}

/* In the thread. */
static int work_statement(struct record_job *job, struct mb_store *store)
{
    return mb_store_statement(store, job->uuid, job->words[0], job->words[1], &job->text, &job->err);
}

static int reply_statement(struct mb_service *service, sd_bus_message *call, struct record_job *job)
{
    (void)service;
    return sd_bus_reply_method_return(call, "s", job->text);
}

int record_get_statement(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    const char *who, *meaning;
    int r = sd_bus_message_read(m, "ss", &who, &meaning);

    return r < 0 ? r
                 : record_ask(userdata, m,
                              &(struct record_job){.work = work_statement,
                                                   .reply = reply_statement,
                                                   .words = {(char *)who, (char *)meaning}},
                              error);
}

/* In the thread: all that takes its time. */
static int work_sign(struct record_job *job, struct mb_store *store)
{
    return mb_store_sign_check(store, job->uuid, job->bytes, job->size, &job->sealing, &job->err);
}

static int work_stamp(struct record_job *job, struct mb_store *store)
{
    return mb_store_stamp_check(store, job->uuid, job->bytes, job->size, &job->sealing, &job->err);
}

/* On the loop, as every row of the store: a second writer could keep a run from appending to its record. */
static int reply_sealed(struct mb_service *service, sd_bus_message *call, struct record_job *job)
{
    int64_t number = 0;
    int r = mb_store_seal(service->setting.store, &job->sealing, job->bytes, job->size, job->words[0],
                          &number, &job->err);

    return r < 0 ? r : sd_bus_reply_method_return(call, "t", (uint64_t)number);
}

/* Takes bytes and answers with the number of the seal. */
static int take(struct mb_service *service, sd_bus_message *m, sd_bus_error *error,
                int (*check)(struct record_job *job, struct mb_store *store))
{
    const void *der;
    char by[32];
    size_t size;
    int r = check_may_sign(service, m, error);

    if (r != 0)
        return r;
    r = sd_bus_message_read_array(m, 'y', &der, &size);
    if (r < 0)
        return r;
    bus_caller(m, by);
    return record_ask(
        service, m,
        &(struct record_job){
            .work = check, .reply = reply_sealed, .words = {by}, .bytes = (unsigned char *)der, .size = size},
        error);
}

int record_sign(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    return take(userdata, m, error, work_sign);
}

int record_attach_timestamp(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    return take(userdata, m, error, work_stamp);
}

/* In the thread. */
static int work_request(struct record_job *job, struct mb_store *store)
{
    int64_t of = job->numbers[0] > INT64_MAX ? -1 : (int64_t)job->numbers[0];

    return mb_store_stamp_request(store, job->uuid, of, &job->bytes, &job->size, &job->err);
}

static int reply_request(struct mb_service *service, sd_bus_message *call, struct record_job *job)
{
    sd_bus_message *reply = NULL;
    int r = sd_bus_message_new_method_return(call, &reply);

    (void)service;
    if (r >= 0)
        r = sd_bus_message_append_array(reply, 'y', job->bytes, job->size);
    if (r >= 0)
        r = sd_bus_send(NULL, reply, NULL);
    sd_bus_message_unref(reply);
    return r;
}

int record_request_timestamp(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    uint64_t of;
    int r = sd_bus_message_read(m, "t", &of);

    return r < 0 ? r
                 : record_ask(
                       userdata, m,
                       &(struct record_job){.work = work_request, .reply = reply_request, .numbers = {of}},
                       error);
}
