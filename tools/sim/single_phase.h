/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What single-phase motors share, whichever way their rotor turns with the field. */
#pragma once

#include <complex.h>

#include "sim/circuit.h"

static inline double squared(double complex z)
{
    return creal(z * conj(z));
}

/* Of a cage at a slip, in the field that turns with it or against it (2 - slip), seen from the main winding.
 */
double complex single_phase_field_ohm(const struct circuit_input *input, double slip);
/* In the auxiliary circuit now; 0: it is open. */
double single_phase_capacitor_f(const struct plant_motor *motor, double slip);
