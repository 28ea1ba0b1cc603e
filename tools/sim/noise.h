/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slow noise of a source or a brake: normal, mean 0, standard deviation about 1, forgotten after some
 * seconds. Values are drawn on a fixed grid of plant time and joined by straight lines: how the caller cuts
 * time into steps changes nothing. */
#pragma once

#include "sim/random.h"

struct slow_noise {
    struct sim_random random;
    double knot_s; /* time of `next` */
    double previous, next;
};

void slow_noise_start(struct slow_noise *noise, uint64_t seed, uint64_t stream);
/* The value at a time that is never earlier than the last one asked for. */
double slow_noise_at(struct slow_noise *noise, double t_s);
