/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One daemon, from its connection until its outputs are off: what it registered, when it last beat, and what
 * is done when it cannot see to its outputs any more. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

struct guard_peer;

/* Takes the socket over. gone: there is nothing left to do, the owner frees it. -errno: not a process that
 * can be watched. */
int guard_peer_new(sd_event *event, int fd, void (*gone)(struct guard_peer *peer, void *userdata),
                   void *userdata, struct guard_peer **ret);
/* Two peers of one process: it has come again, and what the older one knows is over. */
bool guard_peer_is_same(const struct guard_peer *a, const struct guard_peer *b);
struct guard_peer *guard_peer_free(struct guard_peer *peer);
