/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/regulator.h"

#include <math.h>

/* A late poll must not become a jump of the output. */
#define STEP_MAX_S 1.0

void mb_regulator_reset(struct mb_regulator *r)
{
    r->target = r->reference = r->correction = r->since_s = 0;
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
    return clamp(r->reference + r->correction, 0, r->command_max);
}

bool mb_regulator_settled(const struct mb_regulator *r, double measured, double tolerance, double floor)
{
    return r->reference == r->target && isfinite(measured) &&
           fabs(measured - r->target) <= tolerance * fmax(fabs(r->target), floor);
}
