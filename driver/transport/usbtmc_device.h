/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which device on the bus an address means, and how to get at its TMC interface. */
#pragma once

#include <libusb.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "transport/usbtmc_protocol.h"

/* Of the one TMC interface of a device, which need not be interface 0. */
struct mb_usbtmc_interface {
    uint8_t number;
    uint8_t protocol;          /* 0 USBTMC, 1 USB488 */
    uint8_t out, in;           /* endpoint addresses */
    uint16_t in_packet;        /* wMaxPacketSize of bulk-IN */
    uint8_t interrupt;         /* endpoint address of interrupt-IN; 0: it has none */
    uint16_t interrupt_packet; /* its wMaxPacketSize */
    uint16_t release;          /* bcdDevice: the firmware, where the maker keeps it there */
};

/* Vendor, product and, where the address has one, the serial number. Asks the kernel, not the device. */
bool mb_usbtmc_matches(libusb_device *device, const struct mb_usbtmc_address *address);

/* -ENODEV: not on the bus, or there in its firmware mode; -ENOTUNIQ: several match, which is never resolved
 * by chance; -ENOPROTOOPT: it has no TMC interface. The device comes with a reference. */
int mb_usbtmc_find(libusb_context *context, const struct mb_usbtmc_address *address, libusb_device **ret,
                   struct mb_usbtmc_interface *ret_interface, struct mb_error *err);
/* Opens the node, takes this one interface from the kernel's driver (which gets it back at release) and
 * claims it. */
int mb_usbtmc_claim(libusb_device *device, const struct mb_usbtmc_interface *interface,
                    libusb_device_handle **ret, struct mb_error *err);
