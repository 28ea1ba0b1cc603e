/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Efficiency of d.c. motors: GB/T 1311-2008 and IEC 60034-2-1 methods 2-1-3A (output over input) and 2-1-3C
 * (sum of losses with an assigned additional load loss); procedures A3. Mean values: the input is the mean of
 * the product, not the product of means. */
#pragma once

#include <stddef.h>

#include "method/outcome.h"

#define MB_DC_POINTS_MAX 32

/* Assigned additional load loss, of the rated input, in the square of the current [M]. */
#define MB_DC_ALLOWANCE 0.01
#define MB_DC_ALLOWANCE_COMPENSATED 0.005
/* The no-load losses are those at rated speed: a point further off makes them others [E]. */
#define MB_DC_SPEED_GATE 0.01

struct mb_dc_no_load_point {
    double u_v, i_a; /* armature, at rated speed */
    double p0_w;     /* mean of the product; NAN: u_v i_a */
    double n_rpm;    /* NAN: not measured */
};

struct mb_dc_reading {
    double u_v, i_a, n_rpm;
    double p1_w;                       /* armature input; NAN: u_v i_a */
    double t_nm;                       /* NAN: not measured */
    double excitation_v, excitation_a; /* of a separate circuit; 0: none, or part of the input */
    double coolant_c, armature_ohm;    /* hot, with interpole and compensating windings; NAN: not measured */
};

/* Of the load curve; all measured. */
struct mb_dc_load_point {
    double load_percent, u_v, i_a, p1_w, t_nm, n_rpm;
    double excitation_v, excitation_a; /* NAN: as at rated load */
};

struct mb_dc_input {
    bool by_losses; /* 2-1-3C */
    double rated_power_w, rated_voltage_v;
    double rated_current_a, rated_speed_rpm; /* NAN: not on the nameplate */
    double k_conductor_k;
    double brush_drop_v, allowance; /* as brushes and windings are, or the laboratory's own */
    double cold_ohm, cold_c;        /* NAN */
    struct mb_dc_reading load;
    struct mb_dc_no_load_point *no_load; /* highest voltage first */
    size_t no_load_count;
    struct mb_dc_load_point *points; /* direct: efficiency against load; may be none */
    size_t point_count;
};

struct mb_dc_result {
    struct mb_outcome outcome;
    double armature_c, armature_reference_ohm; /* at the end of the load test; at a coolant of 25 degC */
    double inner_voltage_v, constant_w;        /* iron, friction and windage at that voltage */
    double friction_windage_w;                 /* of it, at no voltage: information */
    double armature_w, brush_w, additional_load_w, excitation_w, total_w, input_w, output_w;
    double efficiency_direct, efficiency_losses;
    double no_load_constant_w[MB_DC_POINTS_MAX];
    struct {
        double output_w, efficiency;
    } points[MB_DC_POINTS_MAX];
};

void mb_dc_evaluate(const struct mb_dc_input *input, struct mb_dc_result *result);
