/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Potier's triangle and the field current that a synchronous motor needs at a load: from its open-circuit and
 * short-circuit curve and one point at zero power factor (procedures A3 has the names; the formulas and where
 * they come from: docs/vectors/2-1-2B-zero-power-factor.md). Voltages are line to line. */
#pragma once

#include <stddef.h>

#include "method/finding.h"

/* Highest power factor of the point [E]; and how near it lies to rated voltage and current [E] */
#define MB_ZERO_POWER_FACTOR_MAX 0.2
#define MB_ZERO_POWER_FACTOR_NEAR 0.05

struct mb_field_point {
    double excitation_a;
    double value; /* V of open terminals, A into a short circuit */
};

struct mb_zero_power_factor_point { /* overexcited, without load */
    double u_v, i_a, p1_w, excitation_a;
    double n_rpm, f_hz, s_va, t_nm, excitation_supply_v; /* information; NAN: not given */
};

struct mb_excitation_input {
    double rated_voltage_v, rated_current_a; /* current NAN: that of the load */
    const struct mb_field_point *open, *shorted;
    size_t open_count, shorted_count;
    struct mb_zero_power_factor_point point;
    struct { /* of an overexcited motor: its current leads */
        double u_v, i_a, p1_w, r_ohm, excitation_a;
    } load;
};

struct mb_excitation_result {
    double power_factor;              /* of the point */
    double air_gap_v_per_a;           /* slope of the open-circuit curve before it bends */
    double short_circuit_a;           /* excitation of the point's current into a short circuit */
    double corner_v, corner_a;        /* of the triangle, on the open-circuit curve */
    double potier_drop_v, potier_ohm; /* the latter per phase, star */
    double reaction_a;                /* excitation that the point's current takes away */
    /* At the load: */
    double potier_voltage_v;                  /* behind winding and Potier reactance */
    double excitation_potier_a;               /* by Potier */
    double saturation_a, excitation_asa_a;    /* by the air-gap line and what saturation adds: ASA */
    double potier_difference, asa_difference; /* beside what was measured, fraction of it */
};

/* All NAN. */
void mb_excitation_clear(struct mb_excitation_result *result);

/* A point from which nothing can be constructed is among the reasons, an open-circuit curve that ends below
 * the triangle or the load's voltage among the warnings. What does not follow is NAN. */
void mb_excitation_evaluate(const struct mb_excitation_input *input, struct mb_excitation_result *result,
                            struct mb_findings *reasons, struct mb_findings *warnings);
