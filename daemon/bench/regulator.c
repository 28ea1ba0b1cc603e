/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/regulator.h"

#include <math.h>

/* A late poll must not become a jump of the output. */
#define STEP_MAX_S 1.0

void mb_regulator_reset(struct mb_regulator *r)
{
    r->target = r->reference = r->correction = r->since_s = r->rested_s = 0;
    r->recent_count = 0;
}

static double clamp(double x, double low, double high)
{
    return fmin(fmax(x, low), high);
}

double mb_regulator_step(struct mb_regulator *r, double dt_s, double measured)
{
    double dt = fmin(dt_s, STEP_MAX_S), distance = r->target - r->reference;

    r->reference += clamp(distance, -r->rate_per_s * dt, r->rate_per_s * dt);
    /* While the reference moves, what is measured belongs to an earlier command: the waiting begins where the
     * ramp ends. */
    r->since_s = distance != 0 ? 0 : r->since_s + dt_s;
    if (r->reference == r->target && isfinite(measured) && r->since_s >= r->hold_s &&
        fabs(r->target - measured) > r->deadband) {
        r->correction =
            clamp(r->correction + r->gain * (r->target - measured), -r->correction_max, r->correction_max);
        r->since_s = 0;
    }
    return clamp(r->reference + r->correction, r->command_min, r->command_max);
}

void mb_regulator_observe(struct mb_regulator *r, double dt_s, double measured)
{
    r->rested_s = r->reference == r->target ? r->rested_s + dt_s : 0;
    if (!isfinite(measured) || r->reference != r->target || r->rested_s < r->hold_s)
        r->recent_count = 0;
    else
        r->recent[r->recent_count++ % MB_SETTLED_READINGS] = measured;
}

bool mb_regulator_settled(const struct mb_regulator *r, double tolerance, double floor)
{
    if (r->reference != r->target || r->recent_count < MB_SETTLED_READINGS)
        return false;
    for (size_t i = 0; i < MB_SETTLED_READINGS; i++)
        if (fabs(r->recent[i] - r->target) > tolerance * fmax(fabs(r->target), floor))
            return false;
    return true;
}
