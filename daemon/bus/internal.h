/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of daemon/bus only. */
#pragma once

#include "bus/authorise.h"
#include "bus/errors.h"
#include "bus/journal.h"
#include "bus/lease.h"
#include "bus/message.h"
#include "bus/service.h"
#include "procedure/run.h"

#define MB_BUS_ROOT "/org/motorbench1"
#define MB_BUS_BENCH MB_BUS_ROOT "/bench"
#define MB_BUS_INSTRUMENT MB_BUS_ROOT "/instrument"
#define MB_BUS_RUN MB_BUS_ROOT "/run"
#define MB_BUS_RECORD MB_BUS_ROOT "/record"
#define MB_BUS_STANDARDS MB_BUS_ROOT "/standards"
#define MB_BUS_RUNS_KEPT 16
#define MB_BUS_PATH_MAX 256

struct service_run {
    struct mb_service *service;
    struct mb_run *run;
    char path[MB_BUS_PATH_MAX];
    bool ended, dirty;
    uint64_t told_usec; /* when new readings went out last */
    enum mb_run_state announced;
    struct service_run *next; /* newest first */
};

struct mb_service {
    sd_bus *bus;
    sd_event *event;
    struct mb_service_setting setting;
    sd_bus_slot *slots[16];
    size_t slot_count;
    struct service_run *runs;
    struct service_viewer *viewers; /* live.c */
    struct record_task *tasks;      /* task.c */
    unsigned asked;                 /* questions about records so far */
    unsigned pdf_helpers;           /* running now */
    sd_event_source *reminder;      /* of what is due next; schedule.c */
    int64_t reminded_s;             /* what was due until then has been told */
    sd_event_source *batch;         /* collects property changes and live readings */
    struct bus_authority *authority;
    struct bus_lease *leases; /* one a bench, in their order */
    bool *faulty;             /* likewise: told to the journal */
    struct mb_journal journal;
};

/* One entry of the journal, now. */
void service_tell(struct mb_service *service, enum mb_journal_id id, const struct mb_journal_entry *entry);
/* bus_authorise about a bench, then, where others may not interfere, whether the caller operates it
 * (lease.h). Returns like bus_authorise. */
int service_may(struct mb_service *service, sd_bus_message *m, enum bus_action action,
                const struct mb_bench *bench, bool operates, sd_bus_error *error);
int bus_keep_slot(struct mb_service *service, sd_bus_slot *slot);

/* one an interface */
int manager_register(struct mb_service *service);
int bench_register(struct mb_service *service);
int instrument_register(struct mb_service *service);
int run_register(struct mb_service *service);
int record_register(struct mb_service *service);
int standards_register(struct mb_service *service);

/* The bench of that name, or NULL; "" is the only one. */
struct mb_bench *service_bench(struct mb_service *service, const char *name);
/* run.c */
int service_start_run(struct mb_service *service, struct mb_bench *bench,
                      const struct mb_run_request *request, struct service_run **ret, struct mb_error *err);
/* A run that the last daemon left open, paused. Errors as of mb_run_restore; -EBUSY: the bench has a run. */
int service_restore_run(struct mb_service *service, struct mb_bench *bench, const char *uuid,
                        struct mb_error *err);
struct service_run *service_run_on(struct mb_service *service,
                                   const struct mb_bench *bench); /* active one, or NULL */
void service_free_runs(struct mb_service *service);
/* run_items.c: aa{sv} of the items, a{sv} of the question (empty: none) */
int bus_append_items(sd_bus_message *m, const struct mb_run *run);
int bus_append_question(sd_bus_message *m, const struct mb_run *run);
/* photo.c: the bytes, allocated, of a regular file of at most MB_PHOTO_MAX bytes; a larger one is not read.
 */
int bus_read_photo(int fd, char **ret, size_t *ret_size, struct mb_error *err);
/* bench.c: tells the bus that a bench has changed */
void service_bench_changed(struct mb_service *service, const struct mb_bench *bench);
/* schedule.c: method handlers of the manager, and the clock that reminds */
int schedule_begin(struct mb_service *service);
int schedule_list(sd_bus_message *m, void *userdata, sd_bus_error *error);
int schedule_add(sd_bus_message *m, void *userdata, sd_bus_error *error);
int schedule_done(sd_bus_message *m, void *userdata, sd_bus_error *error);
/* live.c: property and method handlers of a bench, and the end of all that is open */
int bench_get_streams(sd_bus_message *reply, const struct mb_bench *bench);
int bench_open_live(struct mb_service *service, struct mb_bench *bench, sd_bus_message *m,
                    sd_bus_error *error);
int bench_close_live(struct mb_service *service, struct mb_bench *bench, sd_bus_message *m,
                     sd_bus_error *error);
void service_free_viewers(struct mb_service *service);
/* seal.c: method handlers of a record */
int record_get_statement(sd_bus_message *m, void *userdata, sd_bus_error *error);
int record_sign(sd_bus_message *m, void *userdata, sd_bus_error *error);
int record_request_timestamp(sd_bus_message *m, void *userdata, sd_bus_error *error);
int record_attach_timestamp(sd_bus_message *m, void *userdata, sd_bus_error *error);
/* report.c: OpenReport; and the reply that hands over the job's file */
struct record_job;
int report_open(struct mb_service *service, sd_bus_message *m, const char *format, sd_bus_error *error);
int record_reply_file(struct mb_service *service, sd_bus_message *call, struct record_job *job);
