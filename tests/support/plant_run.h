/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated plant alone, without instruments and noise. Failures end the test. */
#pragma once

#include "sim/plant.h"

#define assert_within(a, low, high)                                                                          \
    do {                                                                                                     \
        double within_a = (a);                                                                               \
        if (!(within_a >= (low) && within_a <= (high)))                                                      \
            fail_msg("%s = %.6g, not within %g..%g", #a, within_a, (double)(low), (double)(high));           \
    } while (0)

struct plant_config plant_preset_of(const char *name);
/* A source and a brake that do exactly what they are told, at 25 degC. */
struct plant_config plant_ideal(const char *name);
double plant_rated_nm(const struct plant_config *c);
/* Switched on at rated voltage and frequency; torque_nm 0: not braked. */
struct plant *plant_started(const struct plant_config *c, bool coupled, double torque_nm);
struct plant_state plant_run(struct plant *p, double seconds, double step_s);
