/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A kind of motor: how its windings and its air gap answer to voltage, frequency and speed at one moment. The
 * mechanics, the heat and the instruments are the same for all. Adding a kind = one file and one line in
 * machine.c. */
#pragma once

#include "sim/circuit.h"

struct machine_ops {
    const char *kind; /* in a motor file */
    /* As circuit_solve; keeps what it must remember (the guess, the lock to the field) in *circuit. */
    void (*solve)(const struct circuit_input *input, struct circuit *circuit);
    /* Turned by the load machine with its source off, at the frequency of its speed: what its field gives to
     * open or short-circuited terminals. NULL: nothing. */
    void (*driven)(const struct circuit_input *input, struct circuit *circuit);
    /* Where the slip of a settled load is looked for: from slip_min in steps of slip_scan up to slip_max. */
    double slip_min, slip_scan, slip_max;
    int phases;
    bool direct; /* current: its voltage has no frequency */
};

const struct machine_ops *machine_of(const struct plant_motor *motor);

/* What apparent power is times voltage and line current. */
double machine_va_per_va(const struct plant_motor *motor);

/* What the flux is of that at rated excitation: 1 with magnets and where the exciter is part of the motor. */
double machine_field_share(const struct circuit_input *input);
/* Voltage of a separate field winding, with the drop of its slip rings. */
double machine_field_v(const struct plant_motor *motor, double field_a, double rotor_c, double frame_c);

/* single_phase.c */
void single_phase_solve(const struct circuit_input *input, struct circuit *circuit);
/* reluctance.c: a single-phase motor that comes into step. */
void reluctance_solve(const struct circuit_input *input, struct circuit *circuit);
/* direct.c */
void direct_solve(const struct circuit_input *input, struct circuit *circuit);
/* synchronous.c: magnets or a field winding on the rotor. */
void synchronous_solve(const struct circuit_input *input, struct circuit *circuit);
void synchronous_driven(const struct circuit_input *input, struct circuit *circuit);
/* Whether the rotor is in step now, by what it was a moment ago. */
enum machine_lock synchronous_lock(const struct circuit_input *input, const struct circuit *before);
/* The slip at the pull-out torque: none worth the name, but the shaft's equation stays the same for all
 * kinds. */
#define SYNCHRONOUS_SLIP 1e-6
