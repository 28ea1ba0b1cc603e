/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/three_phase.h"

#include <math.h>

#define HVF_ORDER_MAX 13

void mb_star_from_delta(const double *const delta[3], double *const star[3], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double u12 = delta[0][i], u23 = delta[1][i], u31 = delta[2][i];

        star[0][i] = (u12 - u31) / 3;
        star[1][i] = (u23 - u12) / 3;
        star[2][i] = (u31 - u23) / 3;
    }
}

void mb_delta_from_star(const double *const star[3], double *const delta[3], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double u1 = star[0][i], u2 = star[1][i], u3 = star[2][i];

        delta[0][i] = u1 - u2;
        delta[1][i] = u2 - u3;
        delta[2][i] = u3 - u1;
    }
}

void mb_lines_from_sides(const double *const sides[3], double *const lines[3], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double i12 = sides[0][i], i23 = sides[1][i], i31 = sides[2][i];

        lines[0][i] = i12 - i31;
        lines[1][i] = i23 - i12;
        lines[2][i] = i31 - i23;
    }
}

void mb_sequences_of(const double complex phasors[3], struct mb_sequences *ret)
{
    const double complex a = -0.5 + 0.86602540378443864676 * I, aa = conj(a);

    ret->zero = (phasors[0] + phasors[1] + phasors[2]) / 3;
    ret->positive = (phasors[0] + a * phasors[1] + aa * phasors[2]) / 3;
    ret->negative = (phasors[0] + aa * phasors[1] + a * phasors[2]) / 3;
}

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

double mb_unbalance_negative(const struct mb_sequences *sequences)
{
    return ratio(cabs(sequences->negative), cabs(sequences->positive));
}

double mb_unbalance_zero(const struct mb_sequences *sequences)
{
    return ratio(cabs(sequences->zero), cabs(sequences->positive));
}

double mb_harmonic_voltage_factor(const double orders_v[], size_t count, double rated_v, bool three_phase)
{
    double sum = 0;

    if (count <= HVF_ORDER_MAX)
        return NAN;
    for (unsigned order = 2; order <= HVF_ORDER_MAX; order++)
        if (!three_phase || order % 3 != 0)
            sum += orders_v[order] * orders_v[order] / order;
    return ratio(sqrt(sum), rated_v);
}
