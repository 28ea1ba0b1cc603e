/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frequencies at which defects show, for marking them in a spectrum: information, never a verdict. From
 * kinematics without slip of the rolling elements, so real ones lie up to some per cent lower. */
#pragma once

struct mb_bearing {
    int balls; /* or rollers, of one row */
    double ball_diameter_m, pitch_diameter_m;
    double contact_angle_rad;
};

struct mb_bearing_frequencies { /* inner ring turning, outer ring at rest */
    double ftf_hz;              /* cage */
    double bpfo_hz, bpfi_hz;    /* a defect of the outer, of the inner ring is passed */
    double bsf_hz;              /* spin of a ball; its defect meets both rings, twice as often */
};

/* -EINVAL for a geometry that cannot be: no balls, or balls that do not fit on the pitch circle. */
int mb_bearing_frequencies(const struct mb_bearing *bearing, double shaft_hz,
                           struct mb_bearing_frequencies *ret);

struct mb_sidebands {
    double lower_hz, upper_hz;
};

/* Broken bar: lines at f (1 -+ 2 k s) in the stator current, and at the shaft frequency -+ 2 k s f in
 * vibration, the pole-pass frequency. k from 1 on. */
struct mb_sidebands mb_bar_sidebands(double centre_hz, double slip, double supply_hz, int k);
