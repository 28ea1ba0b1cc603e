/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program that runs beside a test: its output goes to a file, it dies with the test, and whoever waits for
 * it waits in bounded time. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct child {
    pid_t pid; /* 0: none, or ended and reaped */
    int status;
};

/* argv[0]: a path or a name in PATH. Both output streams go to the file output, which is emptied.
 * environment: "NAME=value" added to our own, NULL at the end; may be NULL. A failure ends the test (cmocka).
 */
void child_start(struct child *child, const char *const argv[], const char *const environment[],
                 const char *output);
/* True when it has ended, by itself or before; its exit status or 128 + signal is in status then. */
bool child_ended(struct child *child);
/* Waits; false when it still runs after timeout_ms. */
bool child_wait(struct child *child, unsigned timeout_ms);
/* Sends the signal (0: none) and waits; after timeout_ms it is killed and the status is -1. Harmless without
 * a child. */
int child_stop(struct child *child, int signal, unsigned timeout_ms);
