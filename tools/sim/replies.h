/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes wrong on purpose with the replies of an instrument, the same on every link. */
#pragma once

#include <stdint.h>

#include "sim/text.h"

enum sim_fault {
    SIM_FAULT_NONE,
    SIM_FAULT_SILENT,   /* takes everything, executes and answers nothing */
    SIM_FAULT_LATE,     /* answers after a delay in real ms */
    SIM_FAULT_PREVIOUS, /* answers with the reply to the query before */
    SIM_FAULT_GARBAGE,  /* answers with bytes that mean nothing */
    SIM_FAULT_CLOSE,    /* drops the connections once; new ones are served */
    SIM_FAULT_GONE,     /* drops the connections and refuses new ones */
    SIM_FAULT_COUNT
};
extern const char *const sim_fault_names[]; /* in the order of the enum */

#define SIM_HELD_MAX 64 /* late replies under way on one connection */

struct sim_replies {
    struct sim_text last; /* the reply before, for SIM_FAULT_PREVIOUS */
    struct sim_held {
        uint64_t due_ns;
        struct sim_text text;
    } held[SIM_HELD_MAX];
    unsigned held_count;
};

/* Puts one reply into out as the fault has it, now or later; takes the reply's memory. 0, -ENOMEM, -E2BIG,
 * -ENOBUFS. */
int sim_replies_deliver(struct sim_replies *r, enum sim_fault fault, unsigned delay_ms,
                        struct sim_text *reply, struct sim_text *out);
/* Hands over the late replies whose time has come, in order. */
int sim_replies_release(struct sim_replies *r, struct sim_text *out);
void sim_replies_clear(struct sim_replies *r);
