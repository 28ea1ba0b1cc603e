/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The motor's T equivalent circuit, one phase of the star equivalent, positive sequence, in the steady state
 * of the moment:
 *
 *   source - Rs - | terminals | - R1 - jX1 - + - jX2 - R2/s -
 *                                            |
 *                                       Rfe || jXm(E)
 *
 * The magnetising reactance falls with the inner voltage E, so the network is solved for E by Newton's
 * method. */
#pragma once

#include "sim/plant.h"

struct circuit_input {
    const struct plant_motor *motor;
    double source_v;     /* line to line, behind source_ohm */
    double source_ohm;   /* per phase; 0: source_v is at the terminals */
    double frequency_hz; /* > 0 */
    double slip;
    double winding_c, rotor_c, frame_c;
    bool rotor_removed; /* of an induction motor: the bore is empty */
    double field_a;     /* of a separate field winding */
    bool shorted;       /* driven, the terminals are short-circuited instead of open */
    double rotor_share; /* what an asymmetric cage adds to its resistance at this moment, relative */
};

/* A rotor that turns with the field: not at all, on its way there, in step, or having lost it. */
enum machine_lock { MACHINE_FREE, MACHINE_DRAWN_IN, MACHINE_IN_STEP, MACHINE_FALLEN_OUT };

struct circuit {
    double inner_v;    /* phase; also the first guess of the next solution, 0: none */
    double terminal_v; /* line to line */
    double current_a;
    double input_w; /* at the terminals */
    double stator_w, iron_w, rotor_w, airgap_w;
    double torque_nm;                        /* of the air gap */
    double main_a, auxiliary_a, capacitor_v; /* of a single-phase motor */
    double pull_out_nm;                      /* of a synchronous motor in step */
    double saturation; /* of one with a field supply; also the next first guess, 0: none */
    double slip;
    enum machine_lock lock;           /* likewise: kept from moment to moment, with the slip */
    double torque_slope_nm_per_rad_s; /* by the shaft's angular speed; negative between synchronism and
                                         breakdown */
};

void circuit_solve(const struct circuit_input *input, struct circuit *circuit);
/* Stator resistance of one phase at a winding temperature. */
double circuit_stator_ohm(const struct plant_motor *motor, double winding_c);
/* Rotor resistance of one phase, with the skin effect at this share of the rated frequency. */
double circuit_rotor_ohm(const struct plant_motor *motor, double rotor_c, double rotor_frequency_ratio);
/* Conductance of the iron branch of one phase. */
double circuit_iron_s(const struct plant_motor *motor, double frequency_hz);
double circuit_synchronous_rad_s(const struct plant_motor *motor, double frequency_hz);
