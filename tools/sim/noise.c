/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/noise.h"

#include <math.h>

#define GRID_S 0.5
#define MEMORY_S 4.0

void slow_noise_start(struct slow_noise *noise, uint64_t seed, uint64_t stream)
{
    *noise = (struct slow_noise){0};
    sim_random_seed(&noise->random, seed, stream);
    noise->next = sim_random_normal(&noise->random);
}

double slow_noise_at(struct slow_noise *noise, double t_s)
{
    double keep = exp(-GRID_S / MEMORY_S);

    while (t_s > noise->knot_s) {
        noise->knot_s += GRID_S;
        noise->previous = noise->next;
        noise->next = keep * noise->previous + sqrt(1.0 - keep * keep) * sim_random_normal(&noise->random);
    }
    return noise->next + (noise->previous - noise->next) * (noise->knot_s - t_s) / GRID_S;
}
