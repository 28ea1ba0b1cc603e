/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A rotor in step with the field, in the two axes of its poles: one phase behind the resistance of source and
 * winding, the reactances of both axes and what the rotor induces; the iron loss beside the latter two. */
#pragma once

struct salient {
    double source_v, resistance_ohm, xd_ohm, xq_ohm, iron_s;
    double inner_v;  /* of magnets or a field winding; 0: a reluctance rotor */
    double windings; /* that share the power: 3, or 1 for a field of two windings seen from one of them */
};

struct salient_current { /* d axis real, and the power by the angle */
    double d_a, q_a, airgap_w, slope_w, bend_w;
};

/* At a load angle of the source's voltage, which is j source_v e^(j angle) there. */
struct salient_current salient_at(const struct salient *s, double angle_rad);
/* Of the most power. */
double salient_most_rad(const struct salient *s);
/* Of a power, on the stable branch below the angle of the most. */
double salient_angle_rad(const struct salient *s, double airgap_w, double most_rad);
