/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/quantity.h"

#include <errno.h>
#include <string.h>

static const struct {
    const char *name, *unit;
} quantities[MB_QUANTITY_COUNT] = {
    [MB_VOLTAGE] = {"voltage", "V"},
    [MB_CURRENT] = {"current", "A"},
    [MB_ACTIVE_POWER] = {"active-power", "W"},
    [MB_APPARENT_POWER] = {"apparent-power", "VA"},
    [MB_POWER_FACTOR] = {"power-factor", "1"},
    [MB_FREQUENCY] = {"frequency", "Hz"},
    [MB_TORQUE] = {"torque", "N m"},
    [MB_SPEED] = {"speed", "r/min"},
    [MB_RESISTANCE] = {"resistance", "ohm"},
    [MB_TEMPERATURE] = {"temperature", "degC"},
    [MB_ACCELERATION] = {"acceleration", "m/s^2"},
    [MB_SOUND_PRESSURE] = {"sound-pressure", "Pa"},
    [MB_NUMBER] = {"number", "1"},
    [MB_HARMONIC_VOLTAGE_FACTOR] = {"harmonic-voltage-factor", "1"},
    [MB_ENERGY] = {"energy", "W h"},
};

const char *mb_quantity_name(enum mb_quantity q)
{
    return quantities[q].name;
}

const char *mb_quantity_unit(enum mb_quantity q)
{
    return quantities[q].unit;
}

int mb_quantity_from_name(const char *name, enum mb_quantity *ret)
{
    for (int q = 0; q < MB_QUANTITY_COUNT; q++)
        if (strcmp(quantities[q].name, name) == 0) {
            *ret = (enum mb_quantity)q;
            return 0;
        }
    return -EINVAL;
}
