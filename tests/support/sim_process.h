/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench-sim as a child of a test, in a folder of its own under the temporary folder. The child dies with
 * the test. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct sim_process {
    pid_t pid;
    char folder[64];                                     /* holds the files */
    char bench[96], motor[96], truth[96], switching[96]; /* what it wrote */
};

/* Starts it and waits until it is ready. options: further arguments, NULL at the end; may be NULL. A failure
 * ends the test (cmocka). */
void sim_process_start(struct sim_process *sim, const char *const options[]);
/* SIGTERM; its exit status, 128 + signal, or -1 when it did not end in 5 s (then it is killed). Leaves the
 * files. */
int sim_process_stop(struct sim_process *sim);
/* Stops it if need be and removes folder and files. */
void sim_process_clear(struct sim_process *sim);
/* Port of "analyser", "source", "brake", "ohmmeter", "daq" or "control", from the bench file. */
uint16_t sim_process_port(const struct sim_process *sim, const char *name);

/* A connection to one of its ports. */
int sim_connect(uint16_t port);
void sim_say(int fd, const char *bytes);
/* Bytes up to LF, within timeout_ms, without LF and CR. Length; 0: an empty line; -ETIMEDOUT; -ECONNRESET:
 * the connection ended. */
ssize_t sim_hear(int fd, char *buffer, size_t size, unsigned timeout_ms);
/* Says and hears; a missing answer ends the test. Returns buffer. */
const char *sim_ask(int fd, const char *bytes, char *buffer, size_t size);
