/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fast IIOD on a loopback port, in threads of its own: one device `fast` whose samples are counted, so that
 * a test sees what is missing; and bad manners. Sample n of channel c is n * (c + 1), cut to 16 or 32 bits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum iiod_fault {
    IIOD_FAULT_NONE,
    IIOD_FAULT_STALL,  /* no further answer, the connection stays */
    IIOD_FAULT_CLOSE,  /* ends in the middle of a block */
    IIOD_FAULT_MASK,   /* says that another channel came than was asked for */
    IIOD_FAULT_LENGTH, /* a length that cannot be */
    IIOD_FAULT_ERROR,  /* -ENODEV, as a device that was pulled out */
    IIOD_FAULT_BYTES,  /* all lines byte by byte */
};

struct iiod_server_setting {
    unsigned channels;    /* 1 to 16 */
    bool second;          /* a device `second` like the first, begun whenever it is opened */
    const char *trigger;  /* name of one that the context has; NULL: none */
    bool trigger_refused; /* by the device */
    unsigned bits;        /* 16 or 32 */
    double rate_hz;       /* as it says; */
    double real_rate_hz;  /* as it is, 0: the same */
    const char *scale;    /* NULL: no such attribute */
    bool stamps;          /* a channel of time stamps */
    uint64_t gap_at, gap; /* so many samples are lost before sample gap_at */
    unsigned depth;     /* blocks that are kept for who is late, 0: as it is told; then the newest are lost */
    unsigned depth_max; /* for more blocks it has no memory, 0: it has */
    enum iiod_fault fault;
    unsigned fault_after; /* blocks */
};

struct iiod_server;

/* Fails the test when it cannot listen. */
struct iiod_server *iiod_server_new(const struct iiod_server_setting *setting);
struct iiod_server *iiod_server_free(struct iiod_server *server);
/* "ip:127.0.0.1:PORT" */
const char *iiod_server_address(const struct iiod_server *server);
/* Blocks that it was told to keep. */
unsigned iiod_server_depth(const struct iiod_server *server);
/* How often a device was told to use the trigger. */
unsigned iiod_server_triggered(const struct iiod_server *server);
/* From now on. */
void iiod_server_rate(struct iiod_server *server, double rate_hz);
/* When sample 0 of the buffer that was opened last was taken, monotonic. */
uint64_t iiod_server_started_ns(const struct iiod_server *server);
/* The longest that a block lay there before it was fetched: how busy this machine is. */
uint64_t iiod_server_lag_ns(const struct iiod_server *server);
/* Samples that were lost because nobody fetched them in time. */
uint64_t iiod_server_overrun(const struct iiod_server *server);
