/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A USB port (port.h) that is a mounted FunctionFS: ep0 for control, the kernel's asynchronous I/O on the
 * other endpoint files, all on one event loop. */
#pragma once

#include <systemd/sd-event.h>

#include "core/error.h"
#include "sim/usb/port.h"

/* Writes the descriptors into the mounted folder and opens its endpoints; the function may be bound to a
 * controller afterwards. */
int sim_functionfs_new(sd_event *event, const char *folder, struct sim_usb_port **ret, struct mb_error *err);
/* Gives back every transfer first; the kernel takes the function off its controller. */
struct sim_usb_port *sim_functionfs_free(struct sim_usb_port *port);
