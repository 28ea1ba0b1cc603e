/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clients of the daemon that ask too much, and what they ask about: processes of their own, which die with
 * the test. */
#pragma once

#include <stddef.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>

#include "support/daemon_fixture.h"

#define BUS_LOAD_UUID_SIZE 37

struct bus_load {
    unsigned clients;                      /* connections, up to BUS_LOAD_CLIENTS_MAX */
    unsigned outstanding;                  /* calls that each has under way */
    unsigned pause_ms;                     /* between an answer and the next call; 0: none */
    const char *path, *interface, *member; /* called without arguments, or: */
    const char *property;                  /* not NULL: read instead; member is not used */
    const char *words[2];                  /* arguments of member, strings; may be NULL */
};
#define BUS_LOAD_CLIENTS_MAX 100

/* Starts to ask; returns when the first answer is there. A failure ends the test (cmocka). */
pid_t bus_load_start(const char *address, const struct bus_load *load);
void bus_load_stop(pid_t load);

/* One run beside clients that poll and one with that many calls under way all the time: it ends, or is
 * paused, which a machine too slow for all of them brings about; it says why, and its record verifies. */
void bus_load_run(struct daemon_fixture *f, unsigned polling, unsigned flood, unsigned timeout_ms);

/* A run of that many readings in a store of its own or of the daemon's, as a thermal run has them: ended,
 * with an intact chain. Returns its UUID. */
void bus_load_record(const char *store_path, unsigned readings, char ret_uuid[static BUS_LOAD_UUID_SIZE]);
/* Its object; the caller frees it. */
char *bus_load_record_path(const char *uuid);

/* A round trip of a call without arguments, in microseconds. */
double bus_load_call_us(sd_bus *bus, const char *path, const char *interface, const char *member);
/* Sorts them; the value below which that share lies. */
double bus_load_quantile(double *values, size_t count, double share);
