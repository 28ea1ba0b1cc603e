/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Efficiency from two like machines on one shaft, one driving the other: IEC 60034-2-1 methods 2-1-1D (two
 * supplies) and 2-1-1E (one supply), GB/T 1032 and IEEE 112 method C (procedures A1.8). What both lose is
 * measured as electrical power; stator, rotor, iron and friction are separated as in 2-1-1B; the rest is the
 * additional load loss of both, shared as the squared rotor currents. Power flows once each way, and the mean
 * of both counts. */
#pragma once

#include "method/efficiency.h"
#include "method/outcome.h"

struct mb_pair_machine {
    double u_v, i_a;
    double p_w; /* taken by the motor, given back by the generator: both above 0 */
    double n_rpm, f_hz;
    double r_ohm; /* line to line, just after */
};

struct mb_pair_run {
    struct mb_pair_machine motor, generator;
    double supply_w;   /* 2-1-1E: drawn by both together; NAN elsewhere */
    double coupling_w; /* lost between the shafts: a gear, a third machine */
    double coolant_c;
};

enum { MB_PAIR_FORWARD, MB_PAIR_REVERSED, MB_PAIR_RUNS };

struct mb_pair_input {
    struct mb_efficiency_input common; /* nameplate, cold, no_load */
    bool single_supply;                /* 2-1-1E */
    bool has_run[MB_PAIR_RUNS];
    struct mb_pair_run runs[MB_PAIR_RUNS];
};

struct mb_pair_run_result {
    double loss_w;            /* of both machines */
    double additional_load_w; /* of both machines */
    double winding_c, k_theta;
    struct mb_load_result motor, generator; /* not corrected for temperature */
    double total_w, output_w, efficiency;   /* of the motor, at a coolant of 25 degC */
};

struct mb_pair_result {
    struct mb_outcome outcome;
    struct mb_efficiency_result common; /* no_load */
    double no_load_current_a;           /* at rated voltage */
    struct mb_pair_run_result runs[MB_PAIR_RUNS];
};

void mb_back_to_back_evaluate(const struct mb_pair_input *input, struct mb_pair_result *result);
