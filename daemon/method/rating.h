/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a rating test makes of its readings: locked rotor, breakdown and pull-up torque at rated voltage
 * (procedures.md A7), slip and power factor of a load reading. Pure: no I/O, no clock, no globals. NAN:
 * cannot be computed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "method/finding.h"

/* Limits with their marks of procedures.md A7. */
#define MB_LOCKED_FULL_VOLTAGE                                                                               \
    0.9                        /* of rated: from here on a point is scaled, below it is extrapolated [M] */
#define MB_LOCKED_POINTS_MIN 3 /* of a line in logarithms [E]; 5 to 7 are usual [M] */
#define MB_LOCKED_CURRENT_EXPONENT 1.0 /* without saturation; with it more [M] */
#define MB_LOCKED_TORQUE_EXPONENT 2.0  /* the same */
#define MB_LOCKED_EXPONENT_SLACK 0.1   /* relative, below these a meter or the lock is wrong [E] */
#define MB_SWEEP_BREAKDOWN_SPEED 0.4   /* of synchronous: a peak below it is no breakdown torque [E] */
#define MB_SWEEP_STANDSTILL_SPEED                                                                            \
    0.1 /* of synchronous: a curve that ends above it shows no pull-up torque [E] */
/* A centrifugal switch: below this share of synchronous speed the torque rises by this share from one point
 * to the next, and so many times as steeply as before it, where the curve of one connection bends down [E].
 */
#define MB_SWEEP_SWITCH_SPEED 0.9
#define MB_SWEEP_SWITCH_RISE 0.25
#define MB_SWEEP_SWITCH_STEEPER 2.0
#define MB_SWEEP_SPIKE 0.05 /* relative: by so much a spike sticks out [E] */
#define MB_SWEEP_POINTS_MAX 1024
#define MB_LOCKED_POINTS_MAX 64

struct mb_locked_point {
    int position; /* of the rotor: each is evaluated by itself */
    double u_v, i_a, t_nm;
};

struct mb_locked_result {
    bool valid; /* false as soon as there is one reason: "points", "exponent" */
    struct mb_findings reasons;
    bool extrapolated; /* a line in logarithms, not the scaled highest point */
    double current_a,
        torque_nm; /* at rated voltage: the highest current, the lowest torque of all positions */
    double current_exponent, torque_exponent; /* of the position that gave the torque; NAN when scaled */
};

void mb_locked_evaluate(const struct mb_locked_point *points, size_t n, double rated_voltage_v,
                        struct mb_locked_result *ret);

enum mb_sweep_branch {
    MB_SWEEP_STEADY, /* points that stood */
    MB_SWEEP_DOWN,   /* speed falling */
    MB_SWEEP_UP,
    MB_SWEEP_BRANCHES
};

struct mb_sweep_point {
    enum mb_sweep_branch branch;
    double u_v, t_nm, n_rpm;
};

struct mb_sweep_result {
    bool valid; /* about the breakdown torque; reasons: "points", "branches", "voltage", "peak" */
    struct mb_findings reasons;
    double breakdown_nm, breakdown_rpm; /* at rated voltage */
    double pull_up_nm,
        pull_up_rpm; /* lowest between standstill and the breakdown speed; NAN: not swept so far */
};

/* Both branches of a sweep, averaged at equal speeds so that the torque of inertia cancels, or steady points.
 * Single points that stick out of their neighbours are dropped. */
void mb_sweep_evaluate(const struct mb_sweep_point *points, size_t n, double rated_voltage_v,
                       double synchronous_rpm, struct mb_sweep_result *ret);

#define MB_PULL_UP_VOLTAGE 0.02 /* of the rated one: as far a point is scaled, farther it is left out [E] */
#define MB_PULL_UP_POINTS_MIN 8 /* speeds of the curve: fewer miss the least [E]; a bench takes 20 */
#define MB_PULL_UP_REACH 0.6    /* of synchronous: as far up at least the curve has to go [E] */

struct mb_pull_up_result {
    bool valid; /* reasons: "points", "branches", "voltage", "standstill", "reach" */
    struct mb_findings reasons;
    double torque_nm, n_rpm; /* the least below the highest torque of the curve, where it was */
};

/* The same of a motor that runs up at rated voltage against a load machine that holds its speed. Magnets
 * brake it without regard to the voltage, so a curve at reduced voltage cannot be scaled to the rated one;
 * within 2 % the error of scaling by the square is a small part of their torque. The curve need not reach the
 * breakdown. */
void mb_pull_up_evaluate(const struct mb_sweep_point *points, size_t n, double rated_voltage_v,
                         double synchronous_rpm, struct mb_pull_up_result *ret);

/* 1 - p n / f */
double mb_rating_slip(double n_rpm, double f_hz, int poles);
/* Power of all phases, one line's voltage and current; phases: 1, else three. */
double mb_rating_power_factor(int phases, double p_w, double u_v, double i_a);
