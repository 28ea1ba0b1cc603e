/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes wrong on purpose with an instrument, whatever link is in front of it: with every reply, or with a
 * share of them, every kind in turn. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sim/random.h"

enum sim_fault {
    SIM_FAULT_NONE,
    SIM_FAULT_SILENT,     /* takes everything, executes and answers nothing */
    SIM_FAULT_LATE,       /* answers after a delay in real ms */
    SIM_FAULT_PREVIOUS,   /* answers with the reply to the query before */
    SIM_FAULT_GARBAGE,    /* answers with bytes that mean nothing */
    SIM_FAULT_SPLIT,      /* byte by byte */
    SIM_FAULT_MERGE,      /* the reply before comes once more, in one piece with this one */
    SIM_FAULT_LENGTH,     /* a block announces more or fewer bytes; any other reply stops in the middle */
    SIM_FAULT_NAN,        /* one value is a text that means "no value" */
    SIM_FAULT_TERMINATOR, /* another line end than the one agreed */
    SIM_FAULT_CLOSE,      /* drops the connections once; new ones are served */
    SIM_FAULT_GONE,       /* drops the connections and refuses new ones */
    SIM_FAULT_REBOOT,     /* gone for a while, then there with the settings of power-on */
    SIM_FAULT_RANDOM,     /* one of the others now and then */
    SIM_FAULT_COUNT
};
extern const char *const sim_fault_names[]; /* in the order of the enum, NULL at the end */

/* What somebody asks for. */
struct sim_fault_order {
    enum sim_fault fault;
    unsigned ms;   /* LATE: the delay; REBOOT: how long it is away */
    double share;  /* RANDOM: of the replies, 0 to 1 */
    uint64_t seed; /* RANDOM */
};

#define SIM_FAULT_RANDOM_MS 500 /* late or away by RANDOM */

struct sim_faults {
    struct sim_fault_order order;
    struct sim_random lot;
    unsigned turn;                      /* of the kinds that RANDOM goes through */
    unsigned injected[SIM_FAULT_COUNT]; /* by RANDOM, since the order */
};

void sim_faults_set(struct sim_faults *f, const struct sim_fault_order *order);
/* The fault of the next reply, with its ms. can_drop: connections can be dropped in answering. */
enum sim_fault sim_faults_next(struct sim_faults *f, bool can_drop, unsigned *ret_ms);
