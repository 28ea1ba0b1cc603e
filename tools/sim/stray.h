/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Additional load loss of an induction motor whose rotor is out, or is driven against the field. Under load
 * it goes with the torque (shaft.h), which there is none of here: the plant takes half of it to arise in the
 * stator and half in the rotor, each with the square of the current, and as large at the load component
 * sqrt(I^2 - I0^2) of rated load as it is there. */
#pragma once

#include "sim/circuit.h"

struct stray {
    double stator_w; /* added to the input at the terminals */
    double rotor_w;  /* taken from the shaft; 0 without a rotor */
};

/* circuit: as solved for this input. Nothing of motors of other kinds, or where the rotor turns with the
 * field. */
void stray_solve(const struct circuit_input *input, const struct circuit *circuit, struct stray *ret);
