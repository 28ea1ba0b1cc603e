/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/interpolate.h"

#include <stddef.h>

void mb_stencil_value(double x, double ret_weights[MB_STENCIL])
{
    for (int j = 0; j < MB_STENCIL; j++) {
        double weight = 1;

        for (int m = 0; m < MB_STENCIL; m++)
            if (m != j)
                weight *= (x + MB_STENCIL_BEFORE - m) / (j - m);
        ret_weights[j] = weight;
    }
}

void mb_stencil_integral(double x, double ret_weights[MB_STENCIL])
{
    /* Gauss and Legendre's rule with six nodes, exact for the eleventh power. */
    static const struct {
        double node, weight;
    } gauss[] = {
        {-0.93246951420315202781, 0.17132449237917034504}, {-0.66120938646626451366, 0.36076157304813860757},
        {-0.23861918608319690863, 0.46791393457269104739}, {0.23861918608319690863, 0.46791393457269104739},
        {0.66120938646626451366, 0.36076157304813860757},  {0.93246951420315202781, 0.17132449237917034504},
    };

    for (int j = 0; j < MB_STENCIL; j++)
        ret_weights[j] = 0;
    for (size_t i = 0; i < sizeof gauss / sizeof *gauss; i++) {
        double value[MB_STENCIL];

        mb_stencil_value(0.5 * x * (1 + gauss[i].node), value);
        for (int j = 0; j < MB_STENCIL; j++)
            ret_weights[j] += 0.5 * x * gauss[i].weight * value[j];
    }
}

double mb_stencil_apply(const double weights[MB_STENCIL], const double samples[MB_STENCIL])
{
    double sum = 0;

    for (int j = 0; j < MB_STENCIL; j++)
        sum += weights[j] * samples[j];
    return sum;
}
