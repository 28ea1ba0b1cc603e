/* SPDX-License-Identifier: GPL-3.0-or-later */
/* struct mb_bench over motorbench-sim, on the test's own loop, with everything the bench says written down.
 */
#pragma once

#include "bench/bench.h"
#include "support/sim_process.h"

struct sim_bench_change { /* first FROM in the bench file becomes TO; FROM NULL ends a list */
    const char *from, *to;
};

struct sim_bench_fixture {
    struct sim_process sim;
    int control; /* connection to the control port */
    sd_event *event;
    struct mb_bench *bench;

    /* what the bench has said */
    unsigned snapshots, faults, changes;
    unsigned snapshots_before_fault_told; /* delivered while a fault was known and not yet told */
    char fault[512];
    struct mb_snapshot last;
    double highest_u_v;
};

#define SIM_BENCH_FACTOR "50"

/* Simulator (0.75 kW, two poles) and bench, opened and ready; the bench file with the changes. Failures end
 * the test. */
void sim_bench_start(struct sim_bench_fixture *f, const struct sim_bench_change *changes);
/* The same with these options of the simulator, NULL at the end. */
void sim_bench_start_with(struct sim_bench_fixture *f, const char *const options[],
                          const struct sim_bench_change *changes);
void sim_bench_stop(struct sim_bench_fixture *f);
/* The bench file's text, changed; the caller frees it. */
char *sim_bench_text(const struct sim_bench_fixture *f, const struct sim_bench_change *changes);

/* Runs the loop until test(f) holds, at most `ms`; returns whether it does. */
bool sim_bench_until(struct sim_bench_fixture *f, bool (*test)(struct sim_bench_fixture *f), unsigned ms);
bool sim_bench_is_safe(struct sim_bench_fixture *f);
bool sim_bench_has_fault(struct sim_bench_fixture *f);

/* Says a line to the control port ("fault analyser silent"). */
void sim_bench_tell(struct sim_bench_fixture *f, const char *line);
/* A number of the simulator's own status, or of a device's ("tos9300.terminal_v"); true is 1. */
double sim_bench_truth(struct sim_bench_fixture *f, const char *name);
