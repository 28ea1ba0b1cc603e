/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The socket on which daemons register. */
#pragma once

#include <systemd/sd-event.h>

#include "core/error.h"

struct guard_server;

/* Takes the place of a socket that a guard has left there. */
int guard_server_new(sd_event *event, const char *path, struct guard_server **ret, struct mb_error *err);
struct guard_server *guard_server_free(struct guard_server *server);
