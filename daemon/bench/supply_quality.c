/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/supply_quality.h"

#include <math.h>

double mb_negative_sequence_ratio(double u12_v, double u23_v, double u31_v)
{
    double a = u12_v * u12_v, b = u23_v * u23_v, c = u31_v * u31_v;
    double beta = (a * a + b * b + c * c) / ((a + b + c) * (a + b + c));
    /* Rounding makes 3 - 6 beta slightly negative near balance. */
    double q = sqrt(fmax(0, 3 - 6 * beta));

    if (isnan(beta)) /* fmax would make a number of it */
        return NAN;
    return sqrt(fmax(0, (1 - q) / (1 + q)));
}

double mb_ieee_unbalance(double u12_v, double u23_v, double u31_v)
{
    double mean = (u12_v + u23_v + u31_v) / 3;
    double deviation = fmax(fabs(u12_v - mean), fmax(fabs(u23_v - mean), fabs(u31_v - mean)));

    return deviation / mean;
}
