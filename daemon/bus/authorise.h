/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the caller of a method may do what it does: polkit's answer, waited for without blocking
 * (docs/decisions/0014-authorisation.md). */
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "bus/journal.h"

enum bus_action {
    BUS_ACTION_RUN,
    BUS_ACTION_OPERATE,
    BUS_ACTION_CONFIGURE,
    BUS_ACTION_SIGN,
    BUS_ACTION_TAKE_OVER
};

struct bus_authority; /* the questions under way */

int bus_authority_new(sd_bus *bus, sd_event *event, struct mb_journal *journal, struct bus_authority **ret);
/* Questions under way are dropped; their callers hear nothing more. */
struct bus_authority *bus_authority_free(struct bus_authority *authority);

/* A handler calls it when it has read and checked its arguments and before it does anything; `about` (a bench
 * or a record, may be "") and `why` (may be "") are shown to whoever is asked for a password, and the answer
 * is good for them only. 0: go on. 1: the handler returns 1 and is called again from its top when the answer
 * is there. Negative: the handler returns that; error is set. */
int bus_authorise(struct bus_authority *authority, sd_bus_message *m, enum bus_action action,
                  const char *about, const char *why, sd_bus_error *error);

/* "uid 1000" of the caller, "" where the bus cannot tell; buffer of 32 bytes. */
void bus_caller(sd_bus_message *m, char buffer[static 32]);
