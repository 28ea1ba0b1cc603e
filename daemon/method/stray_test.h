/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Additional load loss measured by itself, IEC 60034-2-1 method 2-1-1F (procedures A1.8, mark M): at the
 * supply's frequency with the rotor removed, at the stator; and with the rotor driven backwards at
 * synchronous speed, at the rotor. */
#pragma once

#include <stddef.h>

#define MB_STRAY_POINTS_MAX 32

struct mb_stray_point {
    double u_v, i_a, p1_w;
    double shaft_w, shaft_friction_w; /* reverse rotation: driving power with and without the stator
                                         energised; NAN with the rotor removed */
    double winding_c;                 /* by a winding sensor; NAN: none */
};

struct mb_stray_test {
    double removed_r_ohm, reverse_r_ohm;         /* line to line, after the test */
    double removed_winding_c, reverse_winding_c; /* by the winding sensor with them; NAN: none */
    double k_conductor_k;
    const struct mb_stray_point *removed, *reverse; /* highest current first */
    size_t removed_count, reverse_count;
};

/* P = 10^(lg_factor + exponent lg I), by least squares over the points with a loss above 0; NAN with fewer
 * than three. */
struct mb_stray_law {
    double lg_factor, exponent;
    double loss_w[MB_STRAY_POINTS_MAX]; /* of each point */
};

/* iron_w_per_v2: of the inner voltage squared, from the low points of the no-load curve. */
struct mb_stray_law mb_stray_stator(const struct mb_stray_test *test, double iron_w_per_v2);
/* stator: the law found with the rotor removed. */
struct mb_stray_law mb_stray_rotor(const struct mb_stray_test *test, const struct mb_stray_law *stator,
                                   double iron_w_per_v2);
double mb_stray_w(const struct mb_stray_law *law, double i_a);
