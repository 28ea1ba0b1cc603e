/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples to the readings that a bench has of a power analyser: line-to-line voltages, line currents, power,
 * harmonics, and torque and speed of the same window. Each with the reason when it is worth nothing. */
#pragma once

#include <stdbool.h>

#include "core/quantity.h"
#include "core/reading.h"
#include "dsp/power.h"
#include "waveform/stream.h"

#define MB_METER_UPDATE_S 0.2 /* IEC 61000-4-7's window at 50 and 60 Hz, and what meters usually take */
#define MB_METER_HARMONIC_HIGHEST 13 /* of the harmonic voltage factor */

/* Voltages and currents are those of the lines, whatever the sensors are connected to; of one phase only the
 * first, of 1P3W the first two. */
enum mb_meter_value {
    MB_METER_U1, /* V rms: line 1 to 2, 2 to 3, 3 to 1 */
    MB_METER_U2,
    MB_METER_U3,
    MB_METER_I1, /* A rms */
    MB_METER_I2,
    MB_METER_I3,
    MB_METER_P,              /* W */
    MB_METER_S,              /* VA, effective (IEEE 1459) of three phases */
    MB_METER_PF,             /* 1 */
    MB_METER_F,              /* Hz */
    MB_METER_T,              /* N m */
    MB_METER_N,              /* r/min */
    MB_METER_U1_FUNDAMENTAL, /* order 1 alone: as U1 and I1 */
    MB_METER_U2_FUNDAMENTAL,
    MB_METER_U3_FUNDAMENTAL,
    MB_METER_I1_FUNDAMENTAL,
    MB_METER_I2_FUNDAMENTAL,
    MB_METER_I3_FUNDAMENTAL,
    MB_METER_H2, /* V rms of order 2 and so on, the largest of the lines */
    MB_METER_COUNT = MB_METER_H2 + MB_METER_HARMONIC_HIGHEST - 1
};

struct mb_meter_reading {
    int64_t t_ns; /* end of the window, clock of the blocks */
    double value[MB_METER_COUNT];
    enum mb_validity validity[MB_METER_COUNT];
    char reason[120]; /* why readings are not valid, or ""; one line */
};

struct mb_meter;

/* Of a stream that has told what it is; wiring -1: the usual one for its voltages and currents. -EINVAL with
 * what does not fit, -ENOMEM. */
int mb_meter_new(const struct mb_stream_info *info, int wiring, double update_s, struct mb_meter **ret,
                 struct mb_error *err);
struct mb_meter *mb_meter_free(struct mb_meter *meter);
/* 1: at least one window has ended, ret has the newest; 0: none. -EINVAL: the rate is another now; -ENOMEM.
 */
int mb_meter_push(struct mb_meter *meter, const struct mb_block *block, struct mb_meter_reading *ret,
                  struct mb_error *err);

/* What a meter with these channels reads; wiring as above. -EINVAL: voltages and currents are no circuit. */
int mb_meter_values(const struct mb_wave_channel channels[], size_t count, int wiring,
                    enum mb_meter_value ret[MB_METER_COUNT], size_t *ret_count, struct mb_error *err);
/* As the profiles of power analysers name their channels: "voltage-1", "active-power", "voltage-harmonic-5".
 */
void mb_meter_value_name(enum mb_meter_value value, char *ret, size_t size);
enum mb_quantity mb_meter_value_quantity(enum mb_meter_value value);
