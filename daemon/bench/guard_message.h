/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the daemon and motorbench-guard say to each other over their socket (docs/decisions/0013-guard.md).
 * Both programs come in one package; another version is refused. */
#pragma once

#include <stdint.h>

#define MB_GUARD_SOCKET "/run/motorbench-guard/socket"
#define MB_GUARD_BENCHES_MAX 8
#define MB_GUARD_BEAT_MS 50 /* while an output may be on */
#define MB_GUARD_TEXT_MAX 8192
#define MB_GUARD_BENCH_FILE_MAX (1u << 20)

enum mb_guard_kind {
    /* from the daemon */
    MB_GUARD_REGISTER = 1, /* text: folders of profiles; descriptor: the bench file as it was read */
    MB_GUARD_BEAT,         /* value: enum mb_safe_state, and flags below. The guard sends it back. */
    MB_GUARD_PROVE,        /* only links are free now; text: "ID<TAB>IDENTITY<LF>" of what can be live */
    MB_GUARD_GOODBYE,      /* every output is confirmed off: the end that follows is no accident */
    /* from the guard */
    MB_GUARD_PROVED, /* value: 0 or a negative errno; text: why not. Only links are free again. */
    MB_GUARD_ACTED,  /* text: why the guard has switched off by itself */
    MB_GUARD_CLOSED, /* the contactor has closed: the output behind it may come on */
};
#define MB_GUARD_FAULT 0x100
#define MB_GUARD_SOURCE 0x200 /* the source is to be on, not the load machine alone */

struct mb_guard_message {
    uint32_t version, kind, bench; /* bench: the daemon's number of it, below MB_GUARD_BENCHES_MAX */
    int32_t value;
    char text[MB_GUARD_TEXT_MAX]; /* only as much of it as there is text is sent */
};

/* Sets everything but the text, which becomes empty. */
void mb_guard_message_init(struct mb_guard_message *m, enum mb_guard_kind kind, uint32_t bench,
                           int32_t value);
/* Never waits. descriptor: -1 for none, stays the caller's. 0; -EAGAIN: the other side does not read;
 * -errno. */
int mb_guard_send(int fd, const struct mb_guard_message *m, int descriptor);
/* Never waits. 1: a whole message; *ret_descriptor is -1 or the caller's to close. 0: none at present.
 * -ECONNRESET: the other side has ended; -EPROTO: not such a message. */
int mb_guard_receive(int fd, struct mb_guard_message *ret, int *ret_descriptor);
