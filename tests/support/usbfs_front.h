/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The USBTMC model plugged into a fake USB bus: sysfs, device node, uevents and the usbfs ioctls (umockdev).
 * One bus a test, with up to one device of the model on it. The ioctl handler runs in umockdev's thread: lock
 * around the model. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/usb/usbtmc_model.h"

struct usbfs_front;

struct usbfs_identity {
    uint16_t vendor, product;
    const char *serial;
    bool no_usb488;            /* interface protocol 0 */
    bool no_tmc;               /* only vendor-specific interfaces */
    bool no_interrupt;         /* no interrupt-IN endpoint */
    uint8_t interfaces_before; /* vendor-specific interfaces ahead of the TMC one: a composite device */
};

/* An empty bus. NULL when umockdev does not work here. */
struct usbfs_front *usbfs_front_new(void);
struct usbfs_front *usbfs_front_free(struct usbfs_front *f);
/* Plugs the model in; it must outlive the front or the unplug. */
void usbfs_front_plug(struct usbfs_front *f, struct usbtmc_model *model,
                      const struct usbfs_identity *identity);
/* Another device with the same ids that only exists in sysfs. */
void usbfs_front_plug_twin(struct usbfs_front *f, const struct usbfs_identity *identity);
/* The device vanishes: what is pending ends with -ESHUTDOWN. The removal is announced by usbfs_front_unplug,
 * as a hub does it: later. */
void usbfs_front_vanish(struct usbfs_front *f);
/* The same with the n-th transfer from now on, 1 or more, which is refused, or taken and then ended. */
void usbfs_front_vanish_at(struct usbfs_front *f, unsigned n, bool taken);
bool usbfs_front_has_vanished(struct usbfs_front *f);
/* Ends what is pending with -ESHUTDOWN, answers ENODEV from now on and announces the removal. */
void usbfs_front_unplug(struct usbfs_front *f);
void usbfs_front_lock(struct usbfs_front *f);
/* Lets finished transfers go to the host too. */
void usbfs_front_unlock(struct usbfs_front *f);

struct usbfs_counters {
    unsigned ioctls, submits, claims, releases, resets, kernel_driver_detached, kernel_driver_attached;
    unsigned configurations; /* selected */
    unsigned claimed_interface, pending;
};
struct usbfs_counters usbfs_front_counters(struct usbfs_front *f);
/* Cancelled transfers are never given back: a broken kernel. */
void usbfs_front_set_stuck(struct usbfs_front *f, bool stuck);
/* A reset of the port takes this long, in the kernel. */
void usbfs_front_set_reset_time(struct usbfs_front *f, unsigned ms);
/* Every transfer ends with -EPROTO: bad cable, or a plug on its way out. */
void usbfs_front_set_broken(struct usbfs_front *f, bool broken);
/* Of transfers that are over at the same moment those from the device are given back first. */
void usbfs_front_set_answers_first(struct usbfs_front *f, bool first);
/* The kernel's usbtmc driver has the interface. */
void usbfs_front_set_kernel_driver(struct usbfs_front *f, bool bound);
