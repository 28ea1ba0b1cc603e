/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/bearing.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>

/* Centres of neighbouring balls are pitch sin(pi / balls) apart. */
static bool fits(const struct mb_bearing *bearing)
{
    return bearing->balls >= 3 && bearing->ball_diameter_m > 0 &&
           bearing->ball_diameter_m < bearing->pitch_diameter_m * sin(M_PI / bearing->balls) &&
           fabs(bearing->contact_angle_rad) < M_PI / 2;
}

int mb_bearing_frequencies(const struct mb_bearing *bearing, double shaft_hz,
                           struct mb_bearing_frequencies *ret)
{
    double ratio;

    if (!fits(bearing))
        return -EINVAL;
    ratio = bearing->ball_diameter_m / bearing->pitch_diameter_m * cos(bearing->contact_angle_rad);
    *ret = (struct mb_bearing_frequencies){.ftf_hz = shaft_hz / 2 * (1 - ratio),
                                           .bpfo_hz = bearing->balls * shaft_hz / 2 * (1 - ratio),
                                           .bpfi_hz = bearing->balls * shaft_hz / 2 * (1 + ratio),
                                           .bsf_hz = shaft_hz / 2 * bearing->pitch_diameter_m /
                                                     bearing->ball_diameter_m * (1 - ratio * ratio)};
    return 0;
}

struct mb_sidebands mb_bar_sidebands(double centre_hz, double slip, double supply_hz, int k)
{
    double distance_hz = 2 * k * slip * supply_hz;

    return (struct mb_sidebands){.lower_hz = centre_hz - distance_hz, .upper_hz = centre_hz + distance_hz};
}
