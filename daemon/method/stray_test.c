/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/stray_test.h"

#include <math.h>

#include "method/fit.h"

#define POINTS_MIN 3

static struct mb_stray_law fit(const double *i_a, const double *loss_w, size_t n)
{
    double x[MB_STRAY_POINTS_MAX], y[MB_STRAY_POINTS_MAX];
    struct mb_stray_law law = {.lg_factor = NAN, .exponent = NAN};
    size_t used = 0;
    struct mb_line line;

    for (size_t i = 0; i < n; i++) {
        law.loss_w[i] = loss_w[i];
        if (!(loss_w[i] > 0) || !(i_a[i] > 0))
            continue;
        x[used] = log10(i_a[i]);
        y[used++] = log10(loss_w[i]);
    }
    if (used < POINTS_MIN)
        return law;
    line = mb_fit_line(x, y, used);
    law.lg_factor = line.intercept;
    law.exponent = line.slope;
    return law;
}

/* The points warm the winding. Only the sensor's change counts towards the resistance after them, when it
 * lies in the same gradients; before them the winding is as warm throughout. */
static double point_ohm(const struct mb_stray_point *p, double after_ohm, double after_c, double k)
{
    double share = (k + p->winding_c) / (k + after_c);

    return isnan(share) ? after_ohm : after_ohm * share;
}

/* What is left of the input when the winding's loss is off, and the iron's at the inner voltage, which is as
 * in A1.6.4, from the terminals inwards. */
static double rest_w(const struct mb_stray_point *p, double r_ohm, double iron_w_per_v2)
{
    double drop = sqrt(3) / 2 * p->i_a * r_ohm;
    double cosine = p->p1_w / (sqrt(3) * p->u_v * p->i_a);
    double inner_v = hypot(p->u_v - drop * cosine, drop * sqrt(1 - cosine * cosine));

    return p->p1_w - 1.5 * p->i_a * p->i_a * r_ohm - iron_w_per_v2 * inner_v * inner_v;
}

struct mb_stray_law mb_stray_stator(const struct mb_stray_test *test, double iron_w_per_v2)
{
    double i_a[MB_STRAY_POINTS_MAX], loss_w[MB_STRAY_POINTS_MAX];

    for (size_t i = 0; i < test->removed_count; i++) {
        const struct mb_stray_point *p = &test->removed[i];

        i_a[i] = p->i_a;
        loss_w[i] = rest_w(p, point_ohm(p, test->removed_r_ohm, test->removed_winding_c, test->k_conductor_k),
                           iron_w_per_v2);
    }
    return fit(i_a, loss_w, test->removed_count);
}

/* The air gap gives its power to the rotor once, and the shaft as much again (slip 2): what the shaft gives
 * beyond that is the loss. */
struct mb_stray_law mb_stray_rotor(const struct mb_stray_test *test, const struct mb_stray_law *stator,
                                   double iron_w_per_v2)
{
    double i_a[MB_STRAY_POINTS_MAX], loss_w[MB_STRAY_POINTS_MAX];

    for (size_t i = 0; i < test->reverse_count; i++) {
        const struct mb_stray_point *p = &test->reverse[i];
        double r_ohm = point_ohm(p, test->reverse_r_ohm, test->reverse_winding_c, test->k_conductor_k);
        double air_gap_w = rest_w(p, r_ohm, iron_w_per_v2) - mb_stray_w(stator, p->i_a);

        i_a[i] = p->i_a;
        loss_w[i] = p->shaft_w - p->shaft_friction_w - air_gap_w;
    }
    return fit(i_a, loss_w, test->reverse_count);
}

double mb_stray_w(const struct mb_stray_law *law, double i_a)
{
    return pow(10, law->lg_factor + law->exponent * log10(i_a));
}
