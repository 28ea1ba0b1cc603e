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

static double stator_w(double i_a, double r_ohm)
{
    return 1.5 * i_a * i_a * r_ohm;
}

/* As in A1.6.4, from the terminals inwards. */
static double inner_voltage_v(const struct mb_stray_point *p, double r_ohm)
{
    double cosine = p->p1_w / (sqrt(3) * p->u_v * p->i_a), drop = sqrt(3) / 2 * p->i_a * r_ohm;

    return hypot(p->u_v - drop * cosine, drop * sqrt(1 - cosine * cosine));
}

struct mb_stray_law mb_stray_stator(const struct mb_stray_test *test, double iron_w_per_v2)
{
    double i_a[MB_STRAY_POINTS_MAX], loss_w[MB_STRAY_POINTS_MAX];

    for (size_t i = 0; i < test->removed_count; i++) {
        const struct mb_stray_point *p = &test->removed[i];
        double inner = inner_voltage_v(p, test->removed_r_ohm);

        i_a[i] = p->i_a;
        loss_w[i] = p->p1_w - stator_w(p->i_a, test->removed_r_ohm) - iron_w_per_v2 * inner * inner;
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
        double inner = inner_voltage_v(p, test->reverse_r_ohm);
        double air_gap_w = p->p1_w - stator_w(p->i_a, test->reverse_r_ohm) - iron_w_per_v2 * inner * inner -
                           mb_stray_w(stator, p->i_a);

        i_a[i] = p->i_a;
        loss_w[i] = p->shaft_w - p->shaft_friction_w - air_gap_w;
    }
    return fit(i_a, loss_w, test->reverse_count);
}

double mb_stray_w(const struct mb_stray_law *law, double i_a)
{
    return pow(10, law->lg_factor + law->exponent * log10(i_a));
}
