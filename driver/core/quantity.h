/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be read or set, by the names used in data files, JSON and D-Bus. Terms: IEC 60050-131, -311, -411.
 */
#pragma once

enum mb_quantity {
    MB_VOLTAGE,                 /* V, rms, line to line when three-phase (procedures 0.2) */
    MB_CURRENT,                 /* A, rms, line current */
    MB_ACTIVE_POWER,            /* W, sum of the phases when three-phase */
    MB_APPARENT_POWER,          /* VA, as the meter gives it */
    MB_POWER_FACTOR,            /* 1 */
    MB_FREQUENCY,               /* Hz */
    MB_TORQUE,                  /* N m, at the shaft */
    MB_SPEED,                   /* r/min */
    MB_RESISTANCE,              /* ohm, line to line for windings */
    MB_TEMPERATURE,             /* degree Celsius */
    MB_ACCELERATION,            /* m/s^2; as a sample, not an rms */
    MB_SOUND_PRESSURE,          /* Pa; as a sample */
    MB_NUMBER,                  /* 1: pulses, levels */
    MB_HARMONIC_VOLTAGE_FACTOR, /* 1, IEC 60034-1 clause 7.2.1.1 */
    MB_ENERGY,                  /* W h, counted up by the meter */
    MB_QUANTITY_COUNT
};

/* "voltage", "active-power" ...; a constant text. */
const char *mb_quantity_name(enum mb_quantity q);
/* "V", "W", "r/min" ...; a constant text. */
const char *mb_quantity_unit(enum mb_quantity q);
/* 0 or -EINVAL for an unknown name. */
int mb_quantity_from_name(const char *name, enum mb_quantity *ret);
