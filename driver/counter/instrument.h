/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An encoder on the Linux counter subsystem (counter/counter.h) as an instrument with one channel, `speed`.
 */
#pragma once

#include "core/instrument.h"

/* The address is counter:[ROOT/bus/counter/devices/]DEVICE/countM, ROOT else /sys. -EINVAL: another address,
 * or no counts_per_turn. */
int mb_encoder_new(sd_event *event, const struct mb_instrument_setting *setting, struct mb_instrument **ret,
                   struct mb_error *err);
