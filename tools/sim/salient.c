/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/salient.h"

#include <math.h>

#define ANGLES 24
#define NEWTON_STEPS 6
#define BRACKET_STEPS 50
#define ANGLE_TOLERANCE_RAD 1e-14

struct salient_current salient_at(const struct salient *s, double angle_rad)
{
    double r = s->resistance_ohm, a = 1.0 + r * s->iron_s, x = s->xd_ohm - s->xq_ohm;
    double u_d = -s->source_v * sin(angle_rad), u_q = s->source_v * cos(angle_rad);
    double determinant = r * r + a * a * s->xd_ohm * s->xq_ohm;
    /* What goes with the angle, a quarter turn later its slope; and what does not. */
    double d = (r * u_d + a * s->xq_ohm * u_q) / determinant;
    double q = (r * u_q - a * s->xd_ohm * u_d) / determinant;
    double d_slope = (-r * u_q + a * s->xq_ohm * u_d) / determinant;
    double q_slope = (r * u_d + a * s->xd_ohm * u_q) / determinant;
    struct salient_current c = {
        .d_a = d - a * a * s->xq_ohm * s->inner_v / determinant,
        .q_a = q - r * a * s->inner_v / determinant,
    };
    double flux_v = s->inner_v + x * c.d_a;

    c.airgap_w = s->windings * c.q_a * flux_v;
    c.slope_w = s->windings * (q_slope * flux_v + c.q_a * x * d_slope);
    c.bend_w = s->windings * (-q * flux_v + 2.0 * x * q_slope * d_slope - c.q_a * x * d);
    return c;
}

/* From the best of some angles by Newton's method. */
double salient_most_rad(const struct salient *s)
{
    double best_rad = 0, best_w = -INFINITY;

    for (int i = 0; i < ANGLES; i++) {
        double angle_rad = 2.0 * M_PI * i / ANGLES, w = salient_at(s, angle_rad).airgap_w;

        if (w > best_w) {
            best_w = w;
            best_rad = angle_rad;
        }
    }
    for (int i = 0; i < NEWTON_STEPS; i++) {
        struct salient_current c = salient_at(s, best_rad);

        if (!(c.bend_w < 0))
            break;
        best_rad -= c.slope_w / c.bend_w;
    }
    return best_rad;
}

/* Newton's method in a bracket. Poles without a flux of their own are alike: the power comes back after half
 * a turn. */
double salient_angle_rad(const struct salient *s, double airgap_w, double most_rad)
{
    double turn_rad = s->inner_v > 0 ? M_PI : M_PI / 2;
    double low_rad = most_rad - turn_rad, high_rad = most_rad, angle_rad = most_rad - turn_rad / 4;

    for (int i = 0; i < BRACKET_STEPS; i++) {
        struct salient_current c = salient_at(s, angle_rad);
        double next_rad = angle_rad - (c.airgap_w - airgap_w) / c.slope_w;

        if (c.airgap_w < airgap_w)
            low_rad = angle_rad;
        else
            high_rad = angle_rad;
        if (!(next_rad > low_rad && next_rad < high_rad))
            next_rad = (low_rad + high_rad) / 2;
        if (fabs(next_rad - angle_rad) < ANGLE_TOLERANCE_RAD)
            break;
        angle_rad = next_rad;
    }
    return angle_rad;
}
