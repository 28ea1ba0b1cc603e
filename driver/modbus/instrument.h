/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An instrument of registers: Modbus TCP and RTU, described by a profile (modbus/profile.h). */
#pragma once

#include "core/instrument.h"
#include "modbus/profile.h"

/* Takes the profile over, in every case. */
int mb_modbus_new(sd_event *event, struct mb_modbus_profile *profile,
                  const struct mb_instrument_setting *setting, struct mb_instrument **ret,
                  struct mb_error *err);
