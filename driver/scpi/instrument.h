/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An instrument described by a profile, behind the engine. */
#pragma once

#include "core/instrument.h"
#include "scpi/profile.h"

/* Takes the profile over, also on failure. */
int mb_scpi_new(sd_event *event, struct mb_profile *profile, const struct mb_instrument_setting *setting,
                struct mb_instrument **ret, struct mb_error *err);
