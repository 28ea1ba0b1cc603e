/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "report/pdf/chart.h"

struct ticks ticks_of(double low, double high, unsigned wanted)
{
    double raw, power, part;
    struct ticks t;

    if (!(high > low)) { /* one value, or none: a span around it */
        double half = fabs(low) > 0 && isfinite(low) ? fabs(low) * 0.05 : 1;

        low = isfinite(low) ? low - half : -1;
        high = low + 2 * half;
    }
    raw = (high - low) / wanted;
    power = pow(10, floor(log10(raw)));
    part = raw / power;
    t.step = power * (part <= 1.000001 ? 1 : part <= 2.000001 ? 2 : part <= 5.000001 ? 5 : 10);
    /* The small shares keep a bound that is a tick itself from rounding to the next one. */
    t.first = t.step * floor(low / t.step + 1e-9);
    t.count = (unsigned)(ceil(high / t.step - 1e-9) - floor(low / t.step + 1e-9)) + 1;
    t.decimals = t.step >= 1 ? 0 : (int)ceil(-log10(t.step) - 1e-9);
    return t;
}
