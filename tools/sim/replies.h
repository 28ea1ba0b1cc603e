/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replies of an instrument on their way out, with what goes wrong on purpose; the same on every link. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sim/fault.h"
#include "sim/text.h"

#define SIM_HELD_MAX 64 /* late replies under way on one connection */

struct sim_replies {
    struct sim_text last; /* the reply before */
    struct sim_held {
        uint64_t due_ns;
        struct sim_text text;
    } held[SIM_HELD_MAX];
    unsigned held_count;
    unsigned spoilt; /* values replaced by SIM_FAULT_NAN so far: chooses the next field and text */
    bool split;      /* what is going out goes byte by byte; whoever sends it ends that */
};

/* Puts one reply into out as the fault has it, now or later; takes the reply's memory. 0, -ENOMEM, -E2BIG,
 * -ENOBUFS. Faults of the connection are the caller's affair. */
int sim_replies_deliver(struct sim_replies *r, enum sim_fault fault, unsigned delay_ms,
                        struct sim_text *reply, struct sim_text *out);
/* Hands over the oldest late reply when its time has come: one a call, so that each is a message of its own.
 */
int sim_replies_release(struct sim_replies *r, struct sim_text *out);
void sim_replies_clear(struct sim_replies *r);
