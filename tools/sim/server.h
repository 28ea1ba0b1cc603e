/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A listening loopback port and its connections, on sd-event. What is said on a connection is a session's
 * business (line.c, iiod.c, control.c); what goes wrong with it on purpose is decided here, the same for all
 * instruments. */
#pragma once

#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "core/error.h"
#include "sim/replies.h"
#include "sim/text.h"

struct sim_session_ops {
    void *(*open)(void *context); /* NULL: refuse the connection */
    /* Takes at most one message of data; appends its reply. Bytes taken, 0: more are needed, -ESHUTDOWN: send
     * what is in out and close, another negative errno: close at once. */
    ssize_t (*feed)(void *session, const char *data, size_t n, struct sim_text *out);
    /* Bench time has passed: what was owed may now be ready. May be NULL. As feed: 0 or negative. */
    int (*poll)(void *session, struct sim_text *out);
    void (*close)(void *session);
};

struct sim_server_setting {
    const char *name; /* in faults and in the bench file */
    const struct sim_session_ops *ops;
    void *context;                    /* of ops->open */
    void (*catch_up)(void *userdata); /* called before each message, so that its reply is of this moment */
    void *catch_up_userdata;
    /* May be NULL. The instrument has lost its supply and starts anew: another context, or the same. No
     * session is used any more. */
    void *(*power_on)(void *context, void *userdata);
    void *power_on_userdata;
};

struct sim_server;
int sim_server_new(sd_event *event, const struct sim_server_setting *setting, struct sim_server **ret,
                   struct mb_error *err);
struct sim_server *sim_server_free(struct sim_server *server);
const char *sim_server_name(const struct sim_server *server);
uint16_t sim_server_port(const struct sim_server *server);
void sim_server_poll(struct sim_server *server);
void sim_server_fault(struct sim_server *server, const struct sim_fault_order *order);
const struct sim_faults *sim_server_faults(const struct sim_server *server);
