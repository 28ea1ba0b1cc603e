/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The protection on the bench: what it asks for at this moment, and the way to off. */
#include <math.h>

#include "bench/internal.h"

/* NAN while the ramp is on its way. */
static double arrived(const struct mb_regulator *r)
{
    return r->reference == r->target ? r->target : NAN;
}

void bench_protect(struct mb_bench *bench, const struct mb_snapshot *snapshot)
{
    const struct mb_protection_view view = {
        .snapshot = snapshot,
        .voltage_v = arrived(&bench->supply.regulator),
        .torque_nm = bench->speed_holds ? NAN : arrived(&bench->load.regulator),
        .driven_rpm = bench->drives ? arrived(&bench->load_speed.regulator) : NAN,
    };
    char reason[200];

    if (bench->safe_state == MB_ENERGISED && bench->energise_step >= SWITCHED_ON &&
        (mb_protection_check(&bench->protection, &view, reason, sizeof reason) ||
         bench_partner_check(bench, reason, sizeof reason)))
        bench_fault(bench, "%s", reason);
}

void bench_protect_vibration(struct mb_bench *bench, double velocity_mps)
{
    double limit = bench->setting->limits.vibration_mps;

    if (bench->safe_state == MB_ENERGISED && limit > 0 && velocity_mps > limit)
        bench_fault(bench, "vibration %.4g m/s exceeds the bench limit %.4g m/s: outputs off", velocity_mps,
                    limit);
}
