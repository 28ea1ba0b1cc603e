/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random numbers of the simulated bench: xoshiro256++ seeded through splitmix64. The same seed gives the same
 * numbers on every machine; the C library's generators are not used. */
#pragma once

#include <stdint.h>

struct sim_random {
    uint64_t s[4];
};

/* Different streams of one seed are independent: one per source of noise. */
void sim_random_seed(struct sim_random *random, uint64_t seed, uint64_t stream);
uint64_t sim_random_next(struct sim_random *random);
/* 0 <= x < 1 */
double sim_random_uniform(struct sim_random *random);
/* mean 0, standard deviation 1 */
double sim_random_normal(struct sim_random *random);
