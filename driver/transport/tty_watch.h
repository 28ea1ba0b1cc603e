/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waits for a path to become something that may be opened: a port that is plugged in. The folders are
 * watched, not udev: its links under /dev/serial/by-id, and the folder itself, come and go with the ports,
 * and what counts is that the path is there with the rights it needs. */
#pragma once

#include <systemd/sd-event.h>

struct mb_tty_watch;

/* present: from the loop, once, when the path has appeared or its rights have changed, and this program may
 * read and write it; not for what was so from the beginning. It may free the watch. -errno. */
int mb_tty_watch_new(sd_event *event, const char *path, void (*present)(void *userdata), void *userdata,
                     struct mb_tty_watch **ret);
struct mb_tty_watch *mb_tty_watch_free(struct mb_tty_watch *w); /* NULL is allowed; returns NULL */
