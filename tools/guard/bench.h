/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be live on one bench, as the guard reaches it: each instrument by a second link of its own, or by
 * the one that the daemon uses too. Opens nothing until it is asked to act or to prove that it could. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "core/error.h"

struct guard_bench;

/* Which instruments, by their links. */
enum guard_links {
    GUARD_SECOND = 1, /* the guard's own: free at any time */
    GUARD_ONLY = 2,   /* free when the daemon has ended or has lent it */
    GUARD_ALL = GUARD_SECOND | GUARD_ONLY,
};

/* What a contactor does by itself; may be NULL members, called from the event loop. */
struct guard_bench_contactor {
    void (*closed)(struct guard_bench *bench, void *userdata);
    void (*wrong)(struct guard_bench *bench, const char *text, void *userdata);
};

/* Called once when everything that was asked for is done, from inside of the call when there is nothing to
 * do. error 0: all confirmed; else text says what may still be live, one line. */
typedef void (*guard_done)(struct guard_bench *bench, int error, const char *text, void *userdata);

/* name: for messages; text: the bench file. -EINVAL with err for what is wrong in it or in a profile. */
int guard_bench_new(sd_event *event, const char *name, const char *text, size_t size, const char *profiles,
                    struct guard_bench **ret, struct mb_error *err);
/* Ends what is under way without an answer. */
struct guard_bench *guard_bench_free(struct guard_bench *bench);

const char *guard_bench_name(const struct guard_bench *bench);
double guard_bench_hang_s(const struct guard_bench *bench);
/* The sum over its instruments and the contactor: no way to off may take longer. */
double guard_bench_time_to_safe_s(const struct guard_bench *bench);
bool guard_bench_has(const struct guard_bench *bench, enum guard_links links);

/* Opens, sends the safe commands, reads back, closes. Takes the place of what is under way: another act or a
 * proof, which then is not answered. */
void guard_bench_act(struct guard_bench *bench, enum guard_links links, guard_done done, void *userdata);
/* The same on all links, then the contactor closes and opens; and each must be the instrument that was
 * expected: "ID<TAB>IDENTITY<LF>" each. */
void guard_bench_prove(struct guard_bench *bench, const char *identities, guard_done done, void *userdata);
/* The contactor, at once; what an instrument has on it is left to the others. 0 too where there is none. */
int guard_bench_open_contactor(struct guard_bench *bench, struct mb_error *err);
int guard_bench_close_contactor(struct guard_bench *bench, struct mb_error *err);
bool guard_bench_has_contactor(const struct guard_bench *bench);
void guard_bench_watch_contactor(struct guard_bench *bench, const struct guard_bench_contactor *watcher,
                                 void *userdata);
bool guard_bench_is_busy(const struct guard_bench *bench);
