/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread that owns one Modbus connection, and what it is asked for. A connection is used for one epoch:
 * after an error that could let a late answer pass for the next one it is dropped with its thread, and no
 * answer of it is looked at any more. */
#pragma once

#include <stdbool.h>

#include "core/error.h"
#include "core/worker.h"
#include "modbus/address.h"
#include "modbus/plan.h"
#include "modbus/profile.h"

struct mb_modbus_worker;

enum mb_modbus_request {
    MB_MODBUS_CONNECT,
    MB_MODBUS_IDENTIFY,
    MB_MODBUS_READ, /* every value of the profile */
    MB_MODBUS_RUN,  /* steps */
};

struct mb_modbus_answer {
    int error;      /* of the whole request: 0 or a negative errno, as in client.h; -ECANCELED */
    bool link_lost; /* no more requests on this connection */
    struct mb_error text;
    char identity[160];                     /* IDENTIFY */
    const struct mb_modbus_sample *samples; /* READ: parallel to the profile's values; borrowed */
};

/* -EBUSY: too many threads of the crew do not come back. Takes a reference to the profile. */
int mb_modbus_worker_new(struct mb_crew *crew, struct mb_modbus_profile *profile,
                         const struct mb_modbus_address *address, struct mb_modbus_worker **ret);
/* Readable when an answer is there. */
int mb_modbus_worker_fd(const struct mb_modbus_worker *w);
/* steps: for RUN, copied. -EBUSY, -ENOMEM. */
int mb_modbus_worker_ask(struct mb_modbus_worker *w, enum mb_modbus_request request,
                         const struct mb_modbus_steps *steps);
/* -EAGAIN: no answer yet. */
int mb_modbus_worker_answer(struct mb_modbus_worker *w, struct mb_modbus_answer *ret);
/* Real seconds after which a request has its answer or the thread is stuck. */
double mb_modbus_worker_limit_s(const struct mb_modbus_worker *w, enum mb_modbus_request request,
                                const struct mb_modbus_steps *steps);
/* Gives up the connection: between two requests, in a pause, or in a wait for an answer at its end. NULL is
 * allowed; returns NULL. */
struct mb_modbus_worker *mb_modbus_worker_drop(struct mb_modbus_worker *w);
