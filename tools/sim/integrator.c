/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/integrator.h"

#include <math.h>
#include <string.h>

void sim_integrator_add(struct sim_integrator *g, const struct sim_meter_values *values, double interval_s)
{
    for (int e = 0; g->state == SIM_INTEGRATION_START && e < 4; e++)
        if (isfinite(values->p[e]))
            g->drawn_wh[e] += fmax(values->p[e], 0) * interval_s / 3600;
}

void sim_integrator_zero(struct sim_integrator *g)
{
    memset(g->drawn_wh, 0, sizeof g->drawn_wh);
}
