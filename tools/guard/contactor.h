/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A contactor (or an interlock of the source) that a GPIO line feeds: the guard alone holds the line, so the
 * way to off needs neither the daemon nor an instrument. Fed: closed. Given back by the kernel, however the
 * guard ends, the line has to be wired so that the contactor opens. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "bench/setting.h"
#include "core/error.h"

struct guard_contactor;

/* All from the event loop. */
struct guard_contactor_owner {
    /* Asked to close, it has: after its time, and with a feedback by that. */
    void (*closed)(void *userdata);
    /* It does not follow, or has moved by itself: one line. */
    void (*wrong)(const char *text, void *userdata);
    /* The answer to a proof. error 0: it has closed and opened. */
    void (*proved)(int error, const char *text, void *userdata);
};

/* *ret NULL: the bench has none. Takes the line, open; who cannot have it yet tries again with a proof. The
 * setting and the owner outlive it. */
int guard_contactor_new(sd_event *event, const struct mb_bench_setting *setting,
                        const struct guard_contactor_owner *owner, void *userdata,
                        struct guard_contactor **ret);
/* Opens it and gives the line back. NULL is allowed here and below. */
struct guard_contactor *guard_contactor_free(struct guard_contactor *contactor);

/* Both may be repeated. Opening ends a proof that is under way, which then is not answered. -errno with the
 * sentence: the line cannot be had or written. */
int guard_contactor_open(struct guard_contactor *contactor, struct mb_error *err);
int guard_contactor_close(struct guard_contactor *contactor, struct mb_error *err);
/* Closes, looks, opens, looks: answered by `proved`, not from inside of the call, unless this fails. */
int guard_contactor_prove(struct guard_contactor *contactor, struct mb_error *err);
