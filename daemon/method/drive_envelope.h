/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Continuous, peak and stall torque of an electric-vehicle drive over its speed, GB/T 18488 (procedures A5).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "method/outcome.h"

#define MB_ENVELOPE_POINTS_MAX 200
#define MB_STALL_POSITIONS_MIN 5 /* of the rotor [M] */
#define MB_ENVELOPE_RISE_K 1.0   /* of the winding in half an hour: stable, as GB/T 755 [V:19] */
#define MB_ENVELOPE_REPEAT                                                                                   \
    0.02 /* (max - min) / mean of what is held again at one speed [laboratory choice] */
#define MB_ENVELOPE_HELD_SHORT_S 0.5 /* a hold ends with the reading at or after its time */

enum mb_envelope_kind { MB_ENVELOPE_CONTINUOUS, MB_ENVELOPE_PEAK, MB_ENVELOPE_CURVES };

struct mb_envelope_point {
    double n_rpm, t_nm;
    double held_s;    /* under this torque; NAN: not known */
    double change_k;  /* of the winding above its coolant in the last half hour; continuous only */
    double winding_c; /* at the end; NAN: no sensor */
    /* As the bench names what it reads beside; of no use here. */
    double p1_w, u_v, i_a, f_hz, s_va, coolant_c;
};

struct mb_stall_point {
    double position, t_nm;
    double u_v, i_a, p_w; /* of no use here */
};

struct mb_envelope_curve {
    const struct mb_envelope_point *points;
    size_t count;
};

struct mb_envelope_input {
    struct mb_envelope_curve curves[MB_ENVELOPE_CURVES];
    const struct mb_stall_point *stall;
    size_t stall_count;
    double top_n_rpm, top_held_s;                       /* run at maximum speed; NAN: not done */
    double winding_limit_c, peak_time_s, speed_max_rpm; /* declared; NAN: not */
    double rise_k, repeat;
};

struct mb_envelope_result_point {
    double torque_nm, power_w; /* of its speed: the least that lasted there, and its power */
    double spread;             /* of all that lasted at its speed */
    bool counts;               /* stable or held, within the declared limit, repeated alike */
};

struct mb_envelope_curve_result {
    struct mb_envelope_result_point points[MB_ENVELOPE_POINTS_MAX];
    double torque_nm, torque_n_rpm, power_w, power_n_rpm; /* the highest of those that count; NAN: none */
    double held_s, spread;                                /* shortest, largest */
    size_t counted;
};

struct mb_envelope_result {
    struct mb_outcome outcome; /* efficiency: NAN, an envelope has none */
    struct mb_envelope_curve_result curves[MB_ENVELOPE_CURVES];
    size_t positions;
    double stall_nm, stall_spread; /* least torque of all positions; NAN: none */
};

void mb_drive_envelope_evaluate(const struct mb_envelope_input *input, struct mb_envelope_result *result);
