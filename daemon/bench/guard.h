/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon's side of motorbench-guard: registers the benches that want one, says that the daemon is alive
 * while an output may be on, lends the links for the proof, and stops what runs when the guard is gone. */
#pragma once

#include <stddef.h>
#include <systemd/sd-event.h>

#include "bench/bench.h"

struct mb_guard;

struct mb_guard_setting {
    const char *socket;   /* MB_GUARD_SOCKET; copied */
    const char *profiles; /* folders of profiles, as mb_bench_new has them; copied */
    struct mb_bench **benches;
    size_t bench_count;
};

/* Watches those benches whose setting has guard_proof_minutes; they outlive it. The guard itself may come and
 * go: mb_bench_ready tells. *ret NULL: no bench wants one. */
int mb_guard_new(sd_event *event, const struct mb_guard_setting *setting, struct mb_guard **ret);
/* Every output is confirmed off: the guard need not look after it. */
void mb_guard_goodbye(struct mb_guard *guard);
struct mb_guard *mb_guard_free(struct mb_guard *guard);
