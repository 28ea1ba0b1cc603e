/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Channels of a Linux IIO context: this machine's (local:), a remote iiod's (ip:HOST:PORT) or a USB gadget's
 * (usb:). */
#pragma once

#include "core/instrument.h"

int mb_iio_new(sd_event *event, const struct mb_instrument_setting *setting, struct mb_instrument **ret,
               struct mb_error *err);
