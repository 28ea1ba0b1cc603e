/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/fault.h"

#include <stddef.h>

const char *const sim_fault_names[] = {"none",  "silent", "late",   "previous", "garbage",
                                       "split", "merge",  "length", "nan",      "terminator",
                                       "close", "gone",   "reboot", "random",   NULL};

/* In turn and not by lot, so that a short trial meets every kind too. */
static const enum sim_fault kinds[] = {
    SIM_FAULT_SILENT,     SIM_FAULT_PREVIOUS, SIM_FAULT_GARBAGE, SIM_FAULT_SPLIT,
    SIM_FAULT_MERGE,      SIM_FAULT_LATE,     SIM_FAULT_LENGTH,  SIM_FAULT_NAN,
    SIM_FAULT_TERMINATOR, SIM_FAULT_CLOSE,    SIM_FAULT_REBOOT,
};
#define KINDS (sizeof kinds / sizeof kinds[0])

void sim_faults_set(struct sim_faults *f, const struct sim_fault_order *order)
{
    *f = (struct sim_faults){.order = *order};
    sim_random_seed(&f->lot, order->seed, 0);
}

enum sim_fault sim_faults_next(struct sim_faults *f, bool can_drop, unsigned *ret_ms)
{
    enum sim_fault fault;

    *ret_ms = f->order.ms;
    if (f->order.fault != SIM_FAULT_RANDOM)
        return f->order.fault;
    if (sim_random_uniform(&f->lot) >= f->order.share)
        return SIM_FAULT_NONE;
    do
        fault = kinds[f->turn++ % KINDS];
    while (!can_drop && (fault == SIM_FAULT_CLOSE || fault == SIM_FAULT_REBOOT));
    f->injected[fault]++;
    *ret_ms = SIM_FAULT_RANDOM_MS;
    return fault;
}
