/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An IIO device (driver/iio) as the power analyser of a bench: readings are made of its samples
 * (daq/meter.h). It samples from the first reading on and stops when nobody has asked for some seconds; who
 * listens to its samples (op stream) shares that one capture. */
#pragma once

#include "core/instrument.h"

/* Every channel of the setting has to stream. -EINVAL: they are no circuit. */
int mb_daq_new(sd_event *event, const struct mb_instrument_setting *setting, struct mb_instrument **ret,
               struct mb_error *err);
