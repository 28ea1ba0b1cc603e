/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plant as waveforms: what fast converters at the terminals, at the shaft and on the frame would see
 * between two quanta. Amplitudes go from the state before to the state after in straight lines, angles run
 * on, so that rms and power of any whole number of periods are those of the plant. */
#pragma once

#include "sim/plant.h"
#include "sim/random.h"

enum sim_signal {
    SIM_SIGNAL_U1, /* V, phase to star point */
    SIM_SIGNAL_U2,
    SIM_SIGNAL_U3,
    SIM_SIGNAL_I1, /* A, into the terminal */
    SIM_SIGNAL_I2,
    SIM_SIGNAL_I3,
    SIM_SIGNAL_TORQUE,  /* N m */
    SIM_SIGNAL_PULSES,  /* V: a pulse of SIM_PULSE_V, SIM_PULSES_A_TURN of them a turn */
    SIM_SIGNAL_ACCEL_X, /* m/s^2: across the shaft, horizontal; vertical; along it */
    SIM_SIGNAL_ACCEL_Y,
    SIM_SIGNAL_ACCEL_Z,
    SIM_SIGNAL_SOUND, /* Pa at 1 m */
    SIM_SIGNAL_SPEED, /* r/min, as a tachogenerator has it */
    SIM_SIGNAL_COUNT
};
#define SIM_PULSES_A_TURN 60
#define SIM_PULSE_V 5.0

struct sim_signals {
    struct plant_config config;
    struct plant_state before, now;
    double torque_before_nm, torque_now_nm;
    /* At the start of the quantum, without the whole ones: periods, turns, impacts of a bearing. */
    double supply_turns, shaft_turns, impacts;
    double dt_s;
};

void sim_signals_start(struct sim_signals *s, const struct plant_config *config,
                       const struct plant_state *state);
/* A quantum of dt_s has passed; torque_nm: what an ideal transducer shows at its end. */
void sim_signals_advance(struct sim_signals *s, const struct plant_config *config,
                         const struct plant_state *state, double torque_nm, double dt_s);
/* A value in the quantum before, share 0 to 1 of it; random: of those signals that are noise in part. */
double sim_signal_at(const struct sim_signals *s, enum sim_signal signal, double share,
                     struct sim_random *random);
