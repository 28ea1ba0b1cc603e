/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reset of a USB port beside the event loop. libusb has it only as a call that waits, and the kernel may
 * take half a minute with a device that has hung itself up: until then no other instrument could be made
 * safe. So a worker makes this one call. Nothing else may use the handle meanwhile. */
#pragma once

#include <libusb.h>
#include <systemd/sd-event.h>

struct mb_usb_reset;

/* done is called from the event loop with 0 or a negative errno; -ENOENT: the device has come back as another
 * one and must be opened anew. */
int mb_usb_reset_start(sd_event *event, libusb_device_handle *handle, void (*done)(int r, void *userdata),
                       void *userdata, struct mb_usb_reset **ret);
/* Waits for the kernel where it has not finished, and then does not call done; in done it frees at once. NULL
 * is allowed; returns NULL. */
struct mb_usb_reset *mb_usb_reset_free(struct mb_usb_reset *reset);
