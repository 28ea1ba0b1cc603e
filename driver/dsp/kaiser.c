/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/kaiser.h"

#include <math.h>

/* Modified Bessel function of the first kind, order 0. */
static double bessel_i0(double x)
{
    double sum = 1, term = 1;

    for (int k = 1; term > sum * 1e-18; k++) {
        term *= (x / (2 * k)) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

double mb_kaiser(double edge, double beta)
{
    return bessel_i0(beta * sqrt(1 - edge * edge));
}
