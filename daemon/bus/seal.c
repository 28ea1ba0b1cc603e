/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Record.GetStatement, Sign, RequestTimestamp, AttachTimestamp: signatures and time stamps as bytes. Keys
 * stay with the people that they belong to. */
#include <errno.h>
#include <stdlib.h>

#include "bus/internal.h"
#include "bus/task.h"
#include "record/seal.h"

/* Whether the caller may approve this record. Returns like bus_authorise. */
static int check_may_sign(struct mb_service *service, sd_bus_message *m, sd_bus_error *error)
{
    return bus_authorise(service->authority, m, BUS_ACTION_SIGN, sd_bus_message_get_path(m), "", error);
}

static int record_of(sd_bus_message *m, char **ret_uuid)
{
    int r = sd_bus_path_decode(sd_bus_message_get_path(m), MB_BUS_RECORD, ret_uuid);

    return r == 0 ? -ENOENT : r;
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

/* Takes bytes and answers with the number of the seal. */
static int take(struct mb_service *service, sd_bus_message *m, sd_bus_error *error,
                int (*keep)(struct mb_store *store, const char *uuid, const void *der, size_t size,
                            const char *by, int64_t *ret_number, struct mb_error *err))
{
    struct mb_error err = {""};
    char *uuid = NULL, by[32];
    int64_t number = 0;
    const void *der;
    size_t size;
    int r = sd_bus_message_read_array(m, 'y', &der, &size);

    if (r < 0)
        return r;
    bus_caller(m, by);
    r = record_of(m, &uuid);
    if (r >= 0)
        r = keep(service->setting.store, uuid, der, size, by, &number, &err);
    free(uuid);
    return r < 0 ? mb_bus_error(error, r, &err) : sd_bus_reply_method_return(m, "t", (uint64_t)number);
}

int record_sign(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    int r = check_may_sign(userdata, m, error);

    return r != 0 ? r : take(userdata, m, error, mb_store_sign);
}

int record_attach_timestamp(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    int r = check_may_sign(userdata, m, error);

    return r != 0 ? r : take(userdata, m, error, mb_store_stamp);
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
