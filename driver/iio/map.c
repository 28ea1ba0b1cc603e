/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iio/map.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

/* Samples and readings have the same names for the same quantity. */
static int wave_quantity(const struct mb_iio_channel *map, enum mb_wave_quantity *ret, struct mb_error *err)
{
    if (map->per_turn > 0 || map->zero_hz > 0) {
        *ret = map->per_turn > 0 ? MB_WAVE_SPEED_PULSES : MB_WAVE_TORQUE_PULSES;
        return 0;
    }
    for (int q = 0; q < MB_WAVE_QUANTITY_COUNT; q++)
        if (strcmp(mb_wave_quantity_name((enum mb_wave_quantity)q), mb_quantity_name(map->quantity)) == 0) {
            *ret = (enum mb_wave_quantity)q;
            return 0;
        }
    return mb_error_set(err, -EINVAL, "channel %s: %s cannot be a waveform", map->name,
                        mb_quantity_name(map->quantity));
}

int mb_iio_map_wave(const struct mb_iio_channel *map, struct mb_wave_channel *ret, struct mb_error *err)
{
    int r = wave_quantity(map, &ret->quantity, err);

    if (r < 0)
        return r;
    (void)snprintf(ret->name, sizeof ret->name, "%s", map->name);
    mb_text_clean(ret->name);
    ret->delay_s = map->delay_s;
    ret->phase_rad = map->phase_rad;
    ret->phase_hz = map->phase_hz;
    ret->per_turn = map->per_turn;
    ret->zero_hz = map->zero_hz;
    ret->per_hz = map->torque_per_hz;
    return 0;
}
