/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Load test at reduced voltage with the recommended additional load loss: method G1 of GB/T 1032, for motors
 * that no bench can load at rated voltage (procedures A1.1, A6). At the same slip current goes about as the
 * voltage and power as its square; the magnetising current, which saturation changes, is taken from the
 * no-load curve at both voltages. The formulas are from memory of the older IEC 60034-2 [U]. */
#pragma once

#include "method/efficiency.h"
#include "method/outcome.h"

#define MB_REDUCED_POINTS_MAX 32

struct mb_reduced_point {
    double load_percent; /* of the load at rated voltage that it stands for */
    double u_v, i_a, p1_w, n_rpm, f_hz;
    double r_ohm;      /* NAN: not measured */
    double t_nm, s_va; /* where the bench reads them: of no use here */
};

struct mb_reduced_input {
    struct mb_efficiency_input common; /* nameplate, cold, cooling, no_load */
    double coolant_c;
    const struct mb_reduced_point *points;
    size_t point_count;
};

/* What a point becomes at rated voltage. */
struct mb_reduced_result_point {
    double voltage_ratio; /* rated over reduced */
    double reactive_no_load_a, reactive_no_load_reduced_a;
    double i_a, p1_w;
    double slip, stator_w, iron_w, rotor_w, friction_windage_w, additional_load_w, efficiency;
};

struct mb_reduced_result {
    struct mb_outcome outcome;
    struct mb_efficiency_result common;
    struct mb_reduced_result_point points[MB_REDUCED_POINTS_MAX];
};

void mb_reduced_evaluate(const struct mb_reduced_input *input, struct mb_reduced_result *result);
