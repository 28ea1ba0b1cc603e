/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Outputs that are off do not make a shaft that turns safe to touch: it runs out by itself. What was switched
 * on is looked at until it is read at rest, also where nobody runs the bench any more. */
#include <math.h>

#include "bench/internal.h"

const char *mb_shaft_name(enum mb_shaft shaft)
{
    static const char *const names[] = {
        [MB_SHAFT_UNKNOWN] = "unknown", [MB_SHAFT_STANDS] = "stands", [MB_SHAFT_TURNS] = "turns"};

    return names[shaft];
}

enum mb_shaft mb_bench_shaft(const struct mb_bench *bench)
{
    return bench->shaft;
}

/* Of a motor that nobody knows yet, the bench's own limit stands for the rated speed. */
static double standing_rpm(const struct mb_bench *bench)
{
    double rated_rpm = bench->protection_limits.rated_rpm;

    return MB_SHAFT_STANDING_SHARE * (rated_rpm > 0 ? rated_rpm : bench->setting->limits.speed_rpm);
}

void bench_shaft_look(struct mb_bench *bench, const struct mb_snapshot *snapshot)
{
    const struct mb_reading *speed = &snapshot->signal[MB_SIGNAL_N];
    enum mb_shaft shaft = MB_SHAFT_UNKNOWN;

    if (speed->validity == MB_VALID)
        shaft = fabs(speed->value) > standing_rpm(bench) ? MB_SHAFT_TURNS : MB_SHAFT_STANDS;
    else if (bench->shaft == MB_SHAFT_STANDS && bench->safe_state == MB_SAFE)
        return; /* nothing turns it */
    if (shaft == bench->shaft)
        return;
    bench->shaft = shaft;
    bench_notify(bench);
}

bool bench_shaft_may_turn(const struct mb_bench *bench)
{
    return bench->shaft != MB_SHAFT_STANDS;
}
