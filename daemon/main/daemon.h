/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Start order, stop order. */
#pragma once

#include "core/error.h"

struct mb_daemon;

struct mb_daemon_options {
    const char *configuration;   /* NULL: /etc/motorbench/motorbenchd.yaml, which may be missing */
    const char *bus_address;     /* NULL: the system bus */
    const char *state_directory; /* NULL: as configured */
    const char *guard_socket;    /* NULL: MB_GUARD_SOCKET */
};

int mb_daemon_new(const struct mb_daemon_options *options, struct mb_daemon **ret, struct mb_error *err);
/* Runs until SIGTERM or SIGINT, then until every bench is safe. 0, or a negative errno with err. */
int mb_daemon_run(struct mb_daemon *daemon, struct mb_error *err);
struct mb_daemon *mb_daemon_free(struct mb_daemon *daemon);
