/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Efficiency map of an electric-vehicle drive, GB/T 18488 (procedures A5): motor, controller and both,
 * driving and braking. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "method/outcome.h"

#define MB_MAP_POINTS_MAX 4096
#define MB_MAP_THRESHOLD 0.80 /* 2015 text, system [M]; of 2024 not known: a parameter of the sheet */
#define MB_MAP_SPEEDS_MIN 10  /* 2015 [M] */
#define MB_MAP_TORQUES_MIN 10 /* at each speed, driving and braking apart; 2015 [M] */

struct mb_map_point {
    double n_rpm, t_nm;  /* torque against the rotation is braking: their signs differ */
    double udc_v, idc_a; /* at the controller; NAN: not measured, then the motor's map alone */
    double pdc_w;        /* mean of the product; NAN: udc_v idc_a */
    double pac_w;        /* at the motor's terminals; NAN: not measured */
    /* As the bench names what it reads. p1_w is pac_w; the others are of no use here. */
    double p1_w, u_v, i_a, f_hz, s_va, speed_percent, torque_percent;
};

struct mb_map_result_point {
    double shaft_w, motor, controller, system; /* efficiencies; NAN: not measured or no power */
    double speed_rpm;                          /* of the row of the grid that it belongs to */
    bool braking;
};

struct mb_drive_map_input {
    const struct mb_map_point *points;
    size_t count;
    double threshold;
    bool complete_grid; /* the edition asks for a least grid */
};

/* One efficiency over the map. */
struct mb_map_summary {
    double best, best_n_rpm, best_t_nm;
    double share; /* of all points, those at or above the threshold */
    size_t counted;
};

struct mb_drive_map_result {
    struct mb_outcome outcome; /* efficiency: NAN, a map has none */
    struct mb_map_result_point points[MB_MAP_POINTS_MAX];
    struct mb_map_summary motor, controller, system;
    size_t speeds, torques_least;  /* of the grid; torques at the speed that has fewest */
    double udc_mean_v, udc_spread; /* (max - min) / mean */
};

void mb_drive_map_evaluate(const struct mb_drive_map_input *input, struct mb_drive_map_result *result);
