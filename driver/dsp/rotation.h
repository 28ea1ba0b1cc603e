/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Torque, speed, slip and shaft power, from channels of the same window as the electrical side. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "dsp/span.h"

/* A straight line through two points: volts of an analogue torque or speed output, or hertz of a torque
 * flange with a frequency output, to N m or r/min. */
struct mb_two_points {
    double in[2], out[2];
};

/* NAN where both points have the same input. */
double mb_two_points_at(const struct mb_two_points *points, double in);

struct mb_pulse_train {
    double level, hysteresis; /* of the channel, as mb_crossing_finder */
};

/* Frequency of the rising edges within the span, from the first to the last of them, each to a fraction of a
 * sample. Returns 0; -ENODATA where there are fewer than two: the shaft stands still, or turns too slowly for
 * this window. ret_edges may be NULL. */
int mb_pulse_frequency(const struct mb_pulse_train *train, const double x[], size_t n,
                       const struct mb_span *span, double rate_hz, double *ret_hz, size_t *ret_edges);

/* Counts between two readings of an encoder's counter of so many bits (1 .. 64), forward or back; right as
 * long as less than half the range went by. */
int64_t mb_counter_difference(uint64_t before, uint64_t after, unsigned bits);

double mb_speed_rpm(double pulse_hz, double pulses_per_turn);
/* Per unit, above 0 for a motor: 1 - p n / f, all of one window. NAN without supply frequency. */
double mb_slip(double supply_hz, double speed_rpm, unsigned pole_pairs);
double mb_shaft_power_w(double torque_nm, double speed_rpm);
/* Output to input, per unit: of a motor shaft to electrical power, of a generator (both negative) the other
 * way round. NAN where input or output is 0 or their signs differ. */
double mb_machine_efficiency(double electrical_w, double shaft_w);
