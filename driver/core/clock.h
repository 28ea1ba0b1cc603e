/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time is an interface (design.md, rule 7): the bench clock runs `factor` times as fast as the machine's
 * monotonic clock. factor is 1 on real hardware; only a bench marked simulated may have another. */
#pragma once

#include <stdint.h>

struct mb_clock {
    double factor;           /* bench seconds a real second, > 0 */
    uint64_t origin_real_ns; /* CLOCK_MONOTONIC at bench time 0 */
};

/* Bench time starts at 0 now. */
void mb_clock_init(struct mb_clock *clock, double factor);
/* Bench time in ns since mb_clock_init. */
uint64_t mb_clock_now_ns(const struct mb_clock *clock);
/* How long a bench interval takes on the machine, in real ns, at least 1. */
uint64_t mb_clock_real_ns(const struct mb_clock *clock, double bench_s);
/* CLOCK_MONOTONIC in ns. */
uint64_t mb_monotonic_ns(void);
/* The wall clock as ISO 8601 with offset, e.g. 2026-11-21T21:40:05.123+00:00; buffer of at least 40 bytes. */
void mb_wall_clock_iso8601(char *buffer, unsigned size);
