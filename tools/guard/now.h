/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <systemd/sd-event.h>

/* Every output of every bench file (*.yaml) in the folder to its safe state, read back, once. What cannot be
 * read or made is said and does not keep the others from being switched off. 0: all confirmed; -EIO: not. */
int guard_now(sd_event *event, const char *directory, const char *profiles);
