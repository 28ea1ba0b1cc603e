/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a column of samples is: quantity, and how its numbers become values. */
#pragma once

#include <stddef.h>

#include "core/error.h"

enum mb_wave_quantity {
    MB_WAVE_VOLTAGE,        /* V */
    MB_WAVE_CURRENT,        /* A */
    MB_WAVE_TORQUE,         /* N m */
    MB_WAVE_SPEED,          /* r/min */
    MB_WAVE_ACCELERATION,   /* m/s^2 */
    MB_WAVE_SOUND_PRESSURE, /* Pa */
    MB_WAVE_SPEED_PULSES,   /* 1: an encoder's; speed is their frequency */
    MB_WAVE_TORQUE_PULSES,  /* 1: a torque flange with a frequency output */
    MB_WAVE_NUMBER,         /* 1: not told */
    MB_WAVE_QUANTITY_COUNT
};

struct mb_wave_channel {
    char name[64];
    enum mb_wave_quantity quantity;
    double gain, offset; /* value = number * gain + offset, in the unit of the quantity */
    double limit;        /* numbers at or beyond +-limit are clipped; infinite when there is none */
    /* What else a calibration says; 0: nothing. Taken out by the analysis (dsp/correction.h has the signs).
     */
    double delay_s, phase_rad, phase_hz;
    /* Of pulses: level of an edge in the channel's unit, 0: 0.5, armed again below half of it; edges a turn;
     * frequency at no torque, and N m a hertz beside it. */
    double level, per_turn, zero_hz, per_hz;
};

/* "voltage", "sound-pressure"; "V", "Pa": constant texts. */
const char *mb_wave_quantity_name(enum mb_wave_quantity quantity);
const char *mb_wave_quantity_unit(enum mb_wave_quantity quantity);

/* A unit as people write it ("mV", "Nm", "m/s2", "g"): its quantity, and the factor to the quantity's unit.
 * -EINVAL: not known. */
int mb_wave_unit_find(const char *text, enum mb_wave_quantity *ret_quantity, double *ret_factor);

/* "name=quantity:unit[:gain=G][:offset=O][:limit=L]...,...". gain and offset (in the unit), delay (s), phase
 * (rad) and phase-hz come from a calibration; limit is that of the converter, before the gain; level,
 * per-turn, zero-hz and per-hz are of pulses. Returns 0, -EINVAL with what is allowed. */
int mb_wave_channels_parse(const char *text, struct mb_wave_channel ret[], size_t max, size_t *ret_count,
                           struct mb_error *err);
