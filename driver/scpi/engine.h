/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands over one link: a queue, one query outstanding at a time, framing of replies, deadlines.
 *
 * Every accepted command is answered exactly once, from the loop, never from inside a call. A reply belongs
 * to its query or to nobody: after a missed deadline, a malformed reply or bytes that nobody asked for the
 * link is not trusted any more. It is cleared (message links) or closed and opened again (stream links), and
 * whatever the device still sends for the old query stays in the old epoch. Commands that were queued wait
 * for that and then go out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/error.h"

#define MB_ENGINE_LINE_MAX 65536u     /* longest reply line, bytes */
#define MB_ENGINE_BLOCK_MAX 16777216u /* longest IEEE 488.2 block, bytes */
#define MB_ENGINE_QUEUE_MAX 256u      /* commands that may wait */
#define MB_ENGINE_COMMAND_MAX 4096u   /* longest command, bytes */

struct mb_engine;

enum mb_reply_shape { MB_REPLY_NONE, MB_REPLY_LINE, MB_REPLY_BLOCK };

/* error 0: data[0..n) is the reply without terminator or block header, and data[n] is NUL; with MB_REPLY_NONE
 * the command was handed to the link and n is 0. Else a negative errno and text, one line for a person:
 * -ETIMEDOUT no complete reply in time; -EPROTO the reply has no proper frame; -EMSGSIZE too long;
 * -ECANCELED; else the link's error. */
typedef void (*mb_engine_done)(int error, const char *text, const uint8_t *data, size_t n, void *userdata);

struct mb_engine_command {
    const char *text; /* without terminator; copied */
    enum mb_reply_shape reply;
    double timeout_s; /* real seconds from sending; 0: the engine's own */
    unsigned epoch;   /* of mb_engine_epoch: answered with -ESTALE instead of being sent on a later link; 0:
                         any link will do */
    mb_engine_done done;
    void *userdata;
};

enum mb_terminator { MB_TERMINATOR_LF, MB_TERMINATOR_CRLF, MB_TERMINATOR_CR };

struct mb_engine_settings {
    enum mb_terminator write_terminator;
    enum mb_terminator read_terminator; /* LF takes CRLF too: a CR before it is dropped */
    double gap_s;                       /* least time from the end of one command to the next, real seconds */
    double timeout_s;                   /* for a reply, and for opening the link (at least 5 s where that
                                           includes a device clear); real seconds, > 0 */
    bool lockout;                       /* of the front panel, while the link is open */
    bool term_char;   /* reply lines end at the terminator, from a device that does not mark their end */
    bool status_byte; /* a reply is fetched when the status byte says that it is there: for instruments that
                         take long to measure, on links that can tell */
};

/* None of these, and no mb_engine_done, may free the engine; everything else is allowed in them. */
struct mb_engine_events {
    void (*opened)(
        void *userdata); /* after mb_engine_open only, not when the engine renews a link by itself */
    /* The link is down for good; what was queued has been answered with the error. Open again or free. */
    void (*failed)(int code, const char *text, void *userdata);
    /* May be NULL. The instrument asks for attention, by the link, with its status byte. */
    void (*service_request)(uint8_t status, void *userdata);
    /* May be NULL. After mb_engine_watch: the instrument has been plugged in. */
    void (*appeared)(void *userdata);
};

int mb_engine_new(sd_event *event, const char *address, const struct mb_engine_settings *settings,
                  const struct mb_engine_events *events, void *userdata, struct mb_engine **ret,
                  struct mb_error *err);
/* What is still queued is dropped without an answer. NULL is allowed; returns NULL. */
struct mb_engine *mb_engine_free(struct mb_engine *e);

/* Which link this is, from 1: another number after every opening, clearing and renewal. */
unsigned mb_engine_epoch(const struct mb_engine *e);
/* 0: opened or failed follows. -EALREADY. */
int mb_engine_open(struct mb_engine *e, struct mb_error *err);
/* Closes the link; what is queued is answered with -ECANCELED before this returns. */
void mb_engine_close(struct mb_engine *e);
/* While closed: appeared will tell when the instrument is plugged in, on links that can. Ends with open and
 * close. Without it the owner tries from time to time. */
void mb_engine_watch(struct mb_engine *e);
/* Never opened, closed, or down for good: also while the commands of a link that fails are answered, before
 * failed is called. */
bool mb_engine_is_closed(const struct mb_engine *e);
/* -ENOTCONN: not open; -ENOBUFS: the queue is full; -EINVAL: too long, or a line end inside the text. */
int mb_engine_submit(struct mb_engine *e, const struct mb_engine_command *command);
/* For the way to off: answers everything queued with -ECANCELED before it returns. When a query was
 * outstanding, text (a command without a reply, may be NULL) goes out at once on a stream link, without
 * waiting for the stuck reply, and the link is renewed; the caller sends its commands again after that and
 * reads back. */
void mb_engine_interrupt(struct mb_engine *e, const char *text);
/* For closing: text goes out where the link is good, and nobody waits for it. */
void mb_engine_farewell(struct mb_engine *e, const char *text);
/* The owner found a reply to have the wrong shape: renew the link before the next command. */
void mb_engine_distrust(struct mb_engine *e);
