/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Supply quality from what a meter tells, procedures 0.4; from samples, and HVF: dsp/three_phase.h. Pure
 * functions. */
#pragma once

#include <stddef.h>

/* Negative to positive sequence voltage from three line-to-line magnitudes, fraction; 0 at perfect balance.
 */
double mb_negative_sequence_ratio(double u12_v, double u23_v, double u31_v);

/* IEEE 112 unbalance: largest deviation from the mean over the mean, fraction. Another quantity than the one
 * above. */
double mb_ieee_unbalance(double u12_v, double u23_v, double u31_v);
