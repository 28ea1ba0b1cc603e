/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by guard.c and guard_lend.c only. */
#pragma once

#include "bench/guard_message.h"
#include "bench/internal.h"

struct guard_bench {
    struct mb_guard *guard;
    struct mb_bench *bench;
    uint32_t number;
    int told;               /* value of the last beat; -1: none */
    bool met;               /* the guard has answered once */
    bool proving;           /* the guard has what was lent, and has not answered */
    uint64_t proved_ns;     /* monotonic; 0: not by this guard */
    uint64_t tried_ns;      /* the last answer to a proof; 0: none */
    uint64_t unanswered_ns; /* the oldest beat without an echo; 0: none */
    char reason[300];       /* why the last proof failed, "" when it did not */
};

struct mb_guard {
    sd_event *event;
    char *socket, *profiles;
    int fd; /* -1: there is no guard */
    sd_event_source *io, *work, *beat;
    struct guard_bench benches[MB_GUARD_BENCHES_MAX];
    size_t count;
    char broken[64];                 /* why the guard is given up, at the next turn; "" */
    struct mb_guard_message message; /* on its way out, one at a time */
    struct mb_guard_message incoming;
};

/* guard_lend.c */
/* At rest with nothing to lose: no run, or one that is held by a fault, and no shaft is seen to turn. */
bool guard_can_lend(const struct guard_bench *b);
/* Closes the links that the guard has to share, and makes the message that says so. */
void guard_lend(struct guard_bench *b, struct mb_guard_message *ret);
/* Opens them again; nothing when none were lent. */
void guard_take_back(struct guard_bench *b);
