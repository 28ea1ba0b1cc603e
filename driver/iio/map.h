/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A channel of the bench file as a waveform. */
#pragma once

#include "core/error.h"
#include "core/instrument.h"
#include "waveform/channel.h"

/* Name, quantity and corrections; what the device itself has to say (scale, offset, limit) is left alone.
 * -EINVAL: this quantity has no waveform. */
int mb_iio_map_wave(const struct mb_iio_channel *map, struct mb_wave_channel *ret, struct mb_error *err);
