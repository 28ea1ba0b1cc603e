/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Converter-fed motors, output over input at the seven points of IEC 60034-2-3 (2-3-A there, 2-3-C of GB/T
 * 22670-2018), and the losses anywhere in the plane of speed and torque below base speed (procedures A4). */
#pragma once

#include <stddef.h>

#include "method/outcome.h"

#define MB_SEVEN_POINTS 7
#define MB_PLANE_COEFFICIENTS 7
#define MB_PLANE_QUERIES_MAX 64

struct mb_drive_point {
    double speed_percent, torque_percent; /* nominal */
    double p1_w, t_nm, n_rpm;    /* at the motor's terminals, total power with all harmonics; at the shaft */
    double u_v, i_a, f_hz, s_va; /* of the sheet, for the record only; NAN: not given */
};

struct mb_plane_query {
    double speed_percent, torque_percent;
};

struct mb_seven_point_input {
    double rated_power_w, rated_speed_rpm; /* speed: base speed */
    struct mb_drive_point *points;
    size_t point_count;
    struct mb_plane_query *queries; /* where else the losses are wanted */
    size_t query_count;
};

struct mb_drive_result {
    double output_w, loss_w, efficiency;
};

struct mb_seven_point_result {
    struct mb_outcome outcome; /* efficiency: at 90 % speed and 100 % torque, where IEC TS 60034-30-2 looks */
    struct mb_drive_result points[MB_SEVEN_POINTS];
    double c[MB_PLANE_COEFFICIENTS]; /* W; of speed and torque per unit */
    struct mb_drive_result at[MB_PLANE_QUERIES_MAX];
    struct mb_drive_result rated; /* 100 % speed, 100 % torque: beyond the points */
};

void mb_seven_point_evaluate(const struct mb_seven_point_input *input, struct mb_seven_point_result *result);

/* PL(n, T) = c1 + c2 n + c3 n^2 + c4 n T^2 + c5 n^2 T^2 + c6 T + c7 T^2 through seven losses [M]. -EINVAL:
 * the points do not determine it. */
int mb_plane_fit(const double n[MB_SEVEN_POINTS], const double t[MB_SEVEN_POINTS],
                 const double loss_w[MB_SEVEN_POINTS], double ret[MB_PLANE_COEFFICIENTS]);
double mb_plane_at(const double c[MB_PLANE_COEFFICIENTS], double n, double t);
