/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is plugged in at USB, as the kernel knows it: no device is opened. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct usb_found {
    uint16_t vendor, product;
    char serial[127], maker[127], name[127]; /* "" where the device has none */
    bool tmc, cdc;                           /* has an interface of this class */
};

/* The caller frees *ret. -errno with err. */
int usb_list(struct usb_found **ret, size_t *ret_count, struct mb_error *err);
/* The serial number that a person reads on the device: Yokogawa writes it as hexadecimal digits of its ASCII
 * characters. buffer has at least as many bytes as the text and its NUL. */
void usb_decode_serial(uint16_t vendor, const char *descriptor, char *buffer, size_t size);
