/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a FunctionFS file for endpoint 0 is told first: one USBTMC interface with its three endpoints, at full
 * and at high speed (Linux: linux/usb/functionfs.h; USB 2.0 tables 9-12 and 9-13; USBTMC 1.0 table 43). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SIM_USB_DESCRIPTORS_MAX 128u

/* Bytes to write; size is at least SIM_USB_DESCRIPTORS_MAX. */
size_t sim_usb_descriptors(uint8_t *buffer);
size_t sim_usb_strings(uint8_t *buffer);
