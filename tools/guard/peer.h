/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One daemon, from its connection until its outputs are off: what it registered, when it last beat, and what
 * is done when it cannot see to its outputs any more. */
#pragma once

#include <systemd/sd-event.h>

struct guard_peer;

/* Takes the socket over. gone: there is nothing left to do, the owner frees it. -errno: not a process that
 * can be watched. */
int guard_peer_new(sd_event *event, int fd, void (*gone)(struct guard_peer *peer, void *userdata),
                   void *userdata, struct guard_peer **ret);
struct guard_peer *guard_peer_free(struct guard_peer *peer);
