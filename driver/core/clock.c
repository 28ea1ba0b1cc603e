/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t mb_monotonic_ns(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

void mb_clock_init(struct mb_clock *clock, double factor)
{
    clock->factor = factor;
    clock->origin_real_ns = mb_monotonic_ns();
}

uint64_t mb_clock_now_ns(const struct mb_clock *clock)
{
    return (uint64_t)((double)(mb_monotonic_ns() - clock->origin_real_ns) * clock->factor);
}

uint64_t mb_clock_real_ns(const struct mb_clock *clock, double bench_s)
{
    double ns = bench_s * 1e9 / clock->factor;

    return ns < 1 ? 1 : (uint64_t)ns;
}

void mb_wall_clock_iso8601(char *buffer, unsigned size)
{
    struct timespec ts;
    struct tm tm;
    long offset_min;

    (void)clock_gettime(CLOCK_REALTIME, &ts);
    (void)localtime_r(&ts.tv_sec, &tm);
    offset_min = tm.tm_gmtoff / 60;
    (void)snprintf(buffer, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03ld%c%02ld:%02ld", tm.tm_year + 1900,
                   tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ts.tv_nsec / 1000000,
                   offset_min < 0 ? '-' : '+', labs(offset_min) / 60, labs(offset_min) % 60);
}
