/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by instrument.c (what the owner asks), life.c (connections, tasks, the way to off) and nobody else.
 */
#pragma once

#include "core/instrument.h"
#include "core/tally.h"
#include "modbus/address.h"
#include "modbus/profile.h"
#include "modbus/worker.h"
#include "transport/tty_watch.h"

#define MB_MODBUS_BACKOFF_S 0.3 /* real, before the first attempt to connect again; then longer */

enum mb_modbus_task_kind { MB_MODBUS_TASK_READ, MB_MODBUS_TASK_COMMAND, MB_MODBUS_TASK_SAFE };

struct mb_modbus_task {
    struct mb_modbus_task *next;
    enum mb_modbus_task_kind kind;
    struct mb_modbus_steps steps; /* COMMAND, SAFE: owned */
    mb_read_done read_done;
    mb_command_done command_done;
    void *userdata;
    struct mb_reading *readings; /* READ: parallel to the channels */
    int error;
    struct mb_error text;
};

struct mb_modbus {
    struct mb_instrument base;
    sd_event *event;
    struct mb_modbus_profile *profile;
    struct mb_modbus_address address;
    double voltage_range_v, current_range_a; /* 0: not given */
    struct mb_crew *crew;
    struct mb_modbus_worker *worker; /* NULL: no connection */
    bool asked;                      /* the worker has a request ... */
    enum mb_modbus_request request;  /* ... this one, or had it last */
    sd_event_source *answers;        /* the worker's eventfd */
    sd_event_source *timer;          /* the worker is stuck, or the next attempt */
    sd_event_source *safe_deadline;
    sd_event_source *work; /* starts tasks and tells the owner, one call a turn */
    struct mb_tty_watch *watch;
    struct mb_tally *tallies; /* parallel to the channels; since the opening */
    char first_identity[160];
    double backoff_s;
    struct mb_modbus_task *current, *waiting, *finished; /* lists, oldest first */
    size_t waiting_count;
    bool read_pending, state_changed, freeing;
};

/* life.c */
int mb_modbus_add_sources(struct mb_modbus *s);
/* steps are copied. NULL: out of memory. */
struct mb_modbus_task *mb_modbus_task_new(const struct mb_modbus *s, enum mb_modbus_task_kind kind,
                                          const struct mb_modbus_steps *steps);
/* Puts a task into the queue, or answers it where the instrument is not ready. */
void mb_modbus_enqueue(struct mb_modbus *s, struct mb_modbus_task *t);
/* Hands a task with its outcome to the owner, from the loop. */
void mb_modbus_finish(struct mb_modbus *s, struct mb_modbus_task *t, int error, const char *text);
/* Calls the owner with the oldest outcome; the owner may free the instrument in it. */
void mb_modbus_tell_finished(struct mb_modbus *s);
void mb_modbus_begin_open(struct mb_modbus *s);
/* Everything else gives way to this task. */
void mb_modbus_begin_safe(struct mb_modbus *s, struct mb_modbus_task *t);
void mb_modbus_stop(struct mb_modbus *s);
