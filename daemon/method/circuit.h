/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Efficiency from the equivalent circuit, without a load machine: IEC 60034-2-1 method 2-1-1H, GB/T 1032 and
 * IEEE 112 methods F and F1 (procedures A1.8). The circuit comes from the no-load curve and one reading with
 * the rotor locked at reduced frequency; it is solved for the rated output. Quantities of the circuit are
 * those of one phase of the equivalent star. */
#pragma once

#include "method/efficiency.h"
#include "method/outcome.h"

struct mb_locked_reading {
    double u_v, i_a, p_w, f_hz; /* line to line, line, all phases */
    double r_ohm;               /* line to line, just after */
};

struct mb_circuit_input {
    struct mb_efficiency_input common; /* nameplate, cold, no_load */
    struct mb_locked_reading locked;
    double x1_over_x2; /* by design letter: 1.0 of A and N, 0.67 of B and C [M+] */
    double winding_c;  /* at which it is solved: measured, or that assumed for the thermal class */
    double rotor_k_k;  /* 225 of an aluminium cage */
};

/* The circuit at one slip. */
struct mb_circuit_point {
    double slip, i_a, power_factor, torque_nm;
    double input_w, output_w, stator_w, rotor_w, iron_w, friction_windage_w, additional_load_w, total_w;
    double efficiency;
};

#define MB_CIRCUIT_LOADS 6 /* 125, 115, 100, 75, 50 and 25 % of rated output */

struct mb_circuit_load {
    double load_percent;
};

extern const struct mb_circuit_load mb_circuit_loads[MB_CIRCUIT_LOADS];

struct mb_circuit_result {
    struct mb_outcome outcome;
    struct mb_efficiency_result common;      /* no_load */
    double x1_ohm, x2_ohm, xm_ohm, iron_ohm; /* at rated frequency */
    double r1_ohm, r2_ohm;                   /* at winding_c */
    double locked_r2_ohm;                    /* as measured */
    unsigned iterations;
    struct mb_circuit_point rated;
    struct mb_circuit_point loads[MB_CIRCUIT_LOADS]; /* NAN beyond the breakdown */
};

void mb_circuit_evaluate(const struct mb_circuit_input *input, struct mb_circuit_result *result);
/* Of a thermal class where nothing was measured (procedures A1.3); NAN: class not known. */
double mb_assumed_winding_c(const char *thermal_class);
