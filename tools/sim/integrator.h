/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The analyser's energy counters: what is drawn, by element and in sum, from start to stop. */
#pragma once

#include "sim/meter.h"

enum sim_integration { SIM_INTEGRATION_RESET, SIM_INTEGRATION_START, SIM_INTEGRATION_STOP };

struct sim_integrator {
    enum sim_integration state;
    double drawn_wh[4]; /* as in sim_meter_values */
};

/* An update interval has ended with these values. */
void sim_integrator_add(struct sim_integrator *g, const struct sim_meter_values *values, double interval_s);
/* The counters jump back to zero, and counting goes on. */
void sim_integrator_zero(struct sim_integrator *g);
