/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Corrections of readings before a method sees them: what the instruments themselves take (procedures 0.6,
 * M+) and what a dynamometer does not show (0.7). */
#pragma once

#include <stdbool.h>

#include "method/finding.h"

/* Where the voltage circuits are connected decides what is wrong. */
enum mb_tap { MB_TAP_MOTOR_SIDE, MB_TAP_SOURCE_SIDE };

struct mb_meter_load {
    enum mb_tap tap;
    double voltage_circuit_ohm; /* of one phase, all in parallel: motor side */
    double current_path_ohm;    /* of one phase, shunt and leads: source side */
};

struct mb_electrical {
    double u_v, i_a, p_w; /* line to line, line, all phases; of one phase where phases is 1 */
};

struct mb_electrical mb_correct_instrument(const struct mb_meter_load *instrument, int phases,
                                           struct mb_electrical reading);

/* At rated voltage and frequency, of a three-phase motor. */
struct mb_idle_reading {
    double p_w, i_a, r_ohm, slip;
    double n_rpm, t_nm; /* coupled only: with the load machine at its minimum */
};

/* What is to be added to the indicated torque of a motor (0.7, M+: form of IEEE 112). */
double mb_dynamometer_nm(const struct mb_idle_reading *coupled, const struct mb_idle_reading *uncoupled,
                         double iron_w);

/* What a sheet says of its torque transducer; 0: not given. */
struct mb_torque_chain {
    double range_nm, zero_before_nm, zero_after_nm;
    double correction_nm; /* already in the readings */
};

/* Whether the lowest torque that it read, and what its zero did, is what it can tell: "torque-range",
 * "torque-zero". lowest_nm: NAN where no torque is used. */
void mb_torque_chain_check(const struct mb_torque_chain *chain, double lowest_nm,
                           struct mb_findings *reasons);
