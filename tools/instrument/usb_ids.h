/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makers and chips by USB id, where no profile is needed to know them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct usb_maker { /* of USBTMC instruments: all of a vendor id */
    uint16_t vendor;
    const char *name;
};

struct usb_bridge { /* a serial adapter: what hangs on it, nobody can tell from its id */
    uint16_t vendor, product;
    const char *name;
};

extern const struct usb_maker usb_makers[]; /* the last one has no name */
extern const struct usb_bridge usb_bridges[];

/* NULL: none of them. */
const char *usb_maker_name(uint16_t vendor);
const char *usb_bridge_name(uint16_t vendor, uint16_t product);
