/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A snapshot: every quantity of the bench by its meaning, all read in one poll. Steps see snapshots and
 * nothing else. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/quantity.h"
#include "core/reading.h"

#define MB_MONITORED_MAX 8 /* temperatures watched for equilibrium */
#define MB_HARMONICS 14    /* orders 0..13: what the harmonic voltage factor needs */

enum mb_signal {
    MB_SIGNAL_U12, /* line-to-line voltages, V */
    MB_SIGNAL_U23,
    MB_SIGNAL_U31,
    MB_SIGNAL_I1, /* line currents, A */
    MB_SIGNAL_I2,
    MB_SIGNAL_I3,
    MB_SIGNAL_P,       /* active power, W */
    MB_SIGNAL_S,       /* apparent power as the meter gives it, VA */
    MB_SIGNAL_F,       /* supply frequency, Hz */
    MB_SIGNAL_HVF,     /* harmonic voltage factor, from the orders the meter reads */
    MB_SIGNAL_T,       /* shaft torque, N m */
    MB_SIGNAL_N,       /* shaft speed, r/min */
    MB_SIGNAL_COOLANT, /* degC */
    MB_SIGNAL_WINDING, /* degC, sensor at the winding end */
    MB_SIGNAL_MAIN_I,  /* windings of a single-phase motor, A */
    MB_SIGNAL_AUXILIARY_I,
    MB_SIGNAL_CAPACITOR_U,  /* V */
    MB_SIGNAL_EXCITATION_U, /* of a separate field winding */
    MB_SIGNAL_EXCITATION_I,
    MB_SIGNAL_RESISTANCE, /* ohm, line to line; only while the bench measures at rest */
    /* The same of a partner, a second motor at the other end of the shaft, in the order of those above. */
    MB_SIGNAL_PARTNER_U12,
    MB_SIGNAL_PARTNER_U23,
    MB_SIGNAL_PARTNER_U31,
    MB_SIGNAL_PARTNER_I1,
    MB_SIGNAL_PARTNER_I2,
    MB_SIGNAL_PARTNER_I3,
    MB_SIGNAL_PARTNER_P,
    MB_SIGNAL_PARTNER_S,
    MB_SIGNAL_PARTNER_F,
    MB_SIGNAL_PARTNER_HVF,
    MB_SIGNAL_PARTNER_RESISTANCE,
    MB_SIGNAL_PARTNER_U, /* derived */
    MB_SIGNAL_PARTNER_I, /* derived */
    MB_SIGNAL_U,         /* derived: mean of the three voltages */
    MB_SIGNAL_I,         /* derived: mean of the three currents */
    /* Order 1 alone, as the harmonic mode of a meter has it. */
    MB_SIGNAL_U12_FUNDAMENTAL,
    MB_SIGNAL_U23_FUNDAMENTAL,
    MB_SIGNAL_U31_FUNDAMENTAL,
    MB_SIGNAL_I1_FUNDAMENTAL,
    MB_SIGNAL_I2_FUNDAMENTAL,
    MB_SIGNAL_I3_FUNDAMENTAL,
    MB_SIGNAL_U_FUNDAMENTAL, /* derived, as U and I */
    MB_SIGNAL_I_FUNDAMENTAL,
    MB_SIGNAL_MONITORED, /* first of MB_MONITORED_MAX temperatures */
    MB_SIGNAL_COUNT = MB_SIGNAL_MONITORED + MB_MONITORED_MAX
};

struct mb_snapshot {
    uint64_t t_ns; /* bench clock, the latest reading in it */
    size_t monitored_count;
    struct mb_reading signal[MB_SIGNAL_COUNT]; /* MB_NO_DATA where nothing was read */
};

/* "voltage-12", "torque", ...; monitored temperatures: "monitored-1".... A constant text. */
const char *mb_signal_name(enum mb_signal s);
const char *mb_signal_unit(enum mb_signal s);
/* All readings MB_NO_DATA. */
void mb_snapshot_init(struct mb_snapshot *snapshot);
/* Fills U, I, their fundamentals and the partner's from the line values; a mean of readings is valid only if
 * each is. One phase: the first line's. */
void mb_snapshot_derive(struct mb_snapshot *snapshot, bool single_phase);
static inline bool mb_snapshot_valid(const struct mb_snapshot *s, enum mb_signal signal)
{
    return s->signal[signal].validity == MB_VALID;
}
static inline double mb_snapshot_t_s(const struct mb_snapshot *s)
{
    return (double)s->t_ns * 1e-9;
}
