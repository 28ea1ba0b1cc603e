/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/random.h"

#include <math.h>

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void sim_random_seed(struct sim_random *random, uint64_t seed, uint64_t stream)
{
    uint64_t state = stream;

    /* Hashing the stream first keeps (seed 1, stream 2) and (seed 2, stream 1) apart. */
    state = seed ^ splitmix64(&state);
    for (int i = 0; i < 4; i++)
        random->s[i] = splitmix64(&state);
}

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t sim_random_next(struct sim_random *random)
{
    uint64_t *s = random->s;
    uint64_t result = rotate_left(s[0] + s[3], 23) + s[0], t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double sim_random_uniform(struct sim_random *random)
{
    return (double)(sim_random_next(random) >> 11) * 0x1p-53;
}

double sim_random_normal(struct sim_random *random)
{
    /* Box-Muller; 1 - u keeps the logarithm finite. The second value is not kept: no hidden state. */
    double radius = sqrt(-2.0 * log(1.0 - sim_random_uniform(random)));

    return radius * cos(2.0 * M_PI * sim_random_uniform(random));
}
