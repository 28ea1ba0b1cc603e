/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a comparison with the truth takes its random numbers from: the simulator's own generator for the
 * readings, another one (GSL) for the Monte Carlo that predicts their spread. */
#pragma once

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "sim/random.h"

/* Standard normal deviates, one a call. */
struct normal_numbers {
    double (*next)(void *);
    void *userdata;
};

/* userdata: struct sim_random. */
static inline double own_normal(void *userdata)
{
    return sim_random_normal(userdata);
}

/* userdata: gsl_rng. */
static inline double gsl_normal(void *userdata)
{
    return gsl_ran_ugaussian(userdata);
}

/* [0, 1); userdata: gsl_rng. */
static inline double gsl_uniform_number(void *userdata)
{
    return gsl_rng_uniform(userdata);
}
