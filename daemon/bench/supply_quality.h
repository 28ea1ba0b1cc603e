/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Supply quality, procedures 0.4. Pure functions. */
#pragma once

#include <stddef.h>

/* Harmonic voltage factor sqrt(sum (u_h^2 / h)), h = 2..13 without multiples of three, u_h = voltage[h] /
 * rated. voltage_v[h] is the rms voltage of order h in V; index 0 and 1 are not used. */
double mb_harmonic_voltage_factor(const double voltage_v[14], double rated_voltage_v);

/* Negative to positive sequence voltage from three line-to-line magnitudes, fraction; 0 at perfect balance.
 */
double mb_negative_sequence_ratio(double u12_v, double u23_v, double u31_v);

/* IEEE 112 unbalance: largest deviation from the mean over the mean, fraction. Another quantity than the one
 * above. */
double mb_ieee_unbalance(double u12_v, double u23_v, double u31_v);
