/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A transcript served on a loopback TCP port: what was said to the instrument then is answered as it
 * answered then, and nothing else is. Each connection hears the recording from its beginning. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "transport/transcript.h"

struct replay_server;

struct replay_options {
    uint16_t port; /* 0: any that is free */
    /* Commands must come in the order of the recording. Otherwise a command is answered with the replies it
     * got there, one after the other; the last repeats. */
    bool in_order;
    bool delays; /* answers take as long as they took */
    /* A command that is not in the recording, or not at this place: it is answered by nothing. text: the
     * bytes as in a transcript; why: one clause. May be NULL. */
    void (*unknown)(const char *text, const char *why, void *userdata);
    void *userdata;
};

/* -EINVAL: a command of the transcript has no line end, or another one than the first, or is no Modbus
 * request; -errno of the socket. The transcript is not needed any more afterwards. */
int replay_server_new(sd_event *event, const struct mb_transcript *t, const struct replay_options *options,
                      struct replay_server **ret, struct mb_error *err);
struct replay_server *replay_server_free(struct replay_server *s); /* returns NULL */
/* "tcp:127.0.0.1:PORT"; of a Modbus recording, over a serial line too, "modbus-tcp:127.0.0.1:PORT,UNIT". */
const char *replay_server_address(const struct replay_server *s);
/* Since the beginning: commands heard; those not known; commands of the recording never heard, and the first
 * of them (NULL: none). */
unsigned replay_server_heard(const struct replay_server *s);
unsigned replay_server_unknown(const struct replay_server *s);
size_t replay_server_unheard(const struct replay_server *s, const char **ret_first);
