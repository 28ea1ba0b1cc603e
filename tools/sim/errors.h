/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What simulated instruments add to the plant's truth. Pure functions.
 *
 * reading = truth * (1 + gain) + zero + noise, the noise normal and new for each reading, gain and zero fixed
 * for one instrument (one seed). An accuracy class c (0.1, 0.2 ...) limits the gain of voltage, current,
 * power, torque and resistance to +-c %, equally likely anywhere inside; the other limits are in errors.c.
 * Apparent power and power factor have no error of their own: a meter computes them from its own voltage,
 * current and power readings. */
#pragma once

#include <stdint.h>

#include "core/quantity.h"

struct sim_error {
    double gain;           /* relative */
    double zero;           /* in the unit of the quantity */
    double noise_relative; /* standard deviation, of the reading */
    double noise_absolute; /* standard deviation, in the unit of the quantity; both add as squares */
};

struct sim_errors {
    struct sim_error of[MB_QUANTITY_COUNT];
};

/* Half-widths of gain and zero; noise as it is. accuracy_class 0: an ideal instrument, all zero.
 * torque_nominal_nm: full scale of the torque transducer, its zero error is relative to that. */
void sim_errors_limits(double accuracy_class, double torque_nominal_nm, struct sim_errors *ret);
/* One instrument set: gains and zeros equally distributed within limits; uniform gives 0 <= x < 1. */
void sim_errors_draw_from(const struct sim_errors *limits, double (*uniform)(void *), void *userdata,
                          struct sim_errors *ret);
/* The same with the simulator's own generator: limits and draw in one. */
void sim_errors_draw(uint64_t seed, double accuracy_class, double torque_nominal_nm, struct sim_errors *ret);
/* One reading. normal: a fresh standard normal number (sim_random_normal), 0 for a noiseless reading. */
double sim_errors_apply(const struct sim_errors *errors, enum mb_quantity quantity, double truth,
                        double normal);
