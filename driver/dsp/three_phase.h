/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between star and delta, and how unequal three phases are. */
#pragma once

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

/* Voltages against the star point that makes their sum 0, from voltages u12, u23, u31; currents i1, i2, i3 of
 * the lines from those in the sides of a delta, the other way round: lines[k] = sides[k] - sides[k - 1].
 * Works sample by sample; outputs may be the inputs. */
void mb_star_from_delta(const double *const delta[3], double *const star[3], size_t n);
void mb_delta_from_star(const double *const star[3], double *const delta[3], size_t n);
void mb_lines_from_sides(const double *const sides[3], double *const lines[3], size_t n);

struct mb_sequences {
    double complex zero, positive, negative;
};

/* Phase 2 lags phase 1 by 120 degrees in the positive sequence. The voltages of a delta will do: ratios of
 * negative to positive are the same. */
void mb_sequences_of(const double complex phasors[3], struct mb_sequences *ret);
/* |negative| / |positive| and |zero| / |positive|; NAN without positive sequence. From magnitudes alone:
 * bench/supply_quality.h.
 */
double mb_unbalance_negative(const struct mb_sequences *sequences);
double mb_unbalance_zero(const struct mb_sequences *sequences);
/* Harmonic voltage factor, of orders that were analysed here or in a meter: IEC 60034-1 clause 7.2.1.1:
 * sqrt(sum over h = 2 .. 13 of u_h^2 / h), u_h = U_h / U_N; of three-phase machines without orders divisible
 * by 3. orders_v[h]: rms of order h, count of them with order 0; NAN where count is below 14, for a sum that
 * stops earlier is another quantity. */
double mb_harmonic_voltage_factor(const double orders_v[], size_t count, double rated_v, bool three_phase);
