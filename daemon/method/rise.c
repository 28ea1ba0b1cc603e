/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/rise.h"

#include <math.h>

double mb_rise_at_rated_current(double rise_k, double current_a, double rated_current_a, double k,
                                double coolant_c)
{
    double deviation = fabs(current_a / rated_current_a - 1);
    double squared = rise_k * (rated_current_a / current_a) * (rated_current_a / current_a);

    if (!(deviation <= MB_RISE_CURRENT_FAR))
        return NAN;
    if (deviation <= MB_RISE_CURRENT_NEAR)
        return squared;
    /* the winding's resistance follows its temperature */
    return squared * (1 + (squared - rise_k) / (k + rise_k + coolant_c));
}
