/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that bulk-IN transfers are read into: the kernel's own, mapped (usbfs mmap), so that it neither
 * clears pages for each transfer nor copies what came. Where a kernel has none to give it is the heap's,
 * which works alike. */
#pragma once

#include <libusb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mb_usb_memory {
    uint8_t *data;
    size_t n;
    bool mapped;
};

/* -ENOMEM. Nothing is done where there is memory already. */
int mb_usb_memory_take(struct mb_usb_memory *m, libusb_device_handle *handle, size_t n);
/* With the handle still open, and no transfer that is not over or cancelled. */
void mb_usb_memory_give_back(struct mb_usb_memory *m, libusb_device_handle *handle);
