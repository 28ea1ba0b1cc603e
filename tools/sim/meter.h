/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the power analyser measures, apart from how it is asked: averages over the update interval, ranges,
 * wiring. */
#pragma once

#include <stdbool.h>

#include "sim/errors.h"
#include "sim/plant.h"

enum sim_wiring { SIM_WIRING_P3W4, SIM_WIRING_V3A3, SIM_WIRING_P1W2 };
enum sim_meter_function {
    SIM_METER_U,
    SIM_METER_I,
    SIM_METER_P,
    SIM_METER_S,
    SIM_METER_Q,
    SIM_METER_LAMBDA,
    SIM_METER_PHI,
    SIM_METER_FU,
    SIM_METER_FI,
    SIM_METER_UTHD,
    SIM_METER_URANGE,
    SIM_METER_IRANGE,
    SIM_METER_WHP, /* the integrator's */
    SIM_METER_NONE
};
enum { SIM_SIGMA = 0 }; /* element number of the sum; 1..3 are the elements */
enum { SIM_ORDER_TOTAL = -1 };
#define SIM_HARMONICS 14

struct sim_meter_values {
    double u[4], i[4], p[4], s[4], q[4]; /* [SIM_SIGMA] and the elements; INFINITY over range, NAN no data */
    double fu, fi;
    double harmonic[SIM_HARMONICS]; /* of element voltage 1, by order */
    double u1[4], i1[4];            /* fundamentals of the elements */
    unsigned condition;             /* bits 3..14 as in the WT300E register */
};

struct sim_meter {
    const struct sim_errors *errors;
    uint64_t seed, interval; /* number of the interval: with the seed it decides the noise */
    enum sim_wiring wiring;
    double voltage_range_v, current_range_a, interval_s;
    bool voltage_auto, current_auto;
    struct sim_meter_values values;
    struct { /* sums over the running interval */
        double t_s, u2[3], i2[3], u1_2[3], i1_2[3], p, f, harmonic2[SIM_HARMONICS];
    } sum;
};

/* Highest first, 0 at the end. The WT300E lists, continued by the ranges that clamps of its sensor input
 * give. */
extern const double sim_voltage_ranges[], sim_current_ranges[];

void sim_meter_init(struct sim_meter *meter, const struct sim_errors *errors, uint64_t seed);
/* After every change of wiring, range or interval: no data until a whole interval has been measured with it.
 */
void sim_meter_restart(struct sim_meter *meter);
/* true when an interval has ended and values are new. */
bool sim_meter_tick(struct sim_meter *meter, const struct plant_state *state, double dt_s);
double sim_meter_value(const struct sim_meter *meter, const struct sim_meter_values *values,
                       enum sim_meter_function function, int element, int order);
