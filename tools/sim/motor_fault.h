/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be wrong with the simulated motor or its bench, on demand: one row a fault, with its name in the
 * plant file (`plant: {faults: {NAME: VALUE}}`) and on the control port (`motor NAME VALUE`), and what it
 * changes. The physics that follows from it is in the plant and in the signals. */
#pragma once

#include "sim/plant.h"

struct motor_fault {
    const char *name;
    double minimum, maximum; /* of its value, in `unit`; 0 is none */
    double usual;            /* what `on` stands for: clearly beyond what a healthy motor may have */
    const char *unit;
    void (*apply)(struct plant_config *c, double value);
};

extern const struct motor_fault motor_faults[PLANT_FAULT_COUNT];

/* The fault of this name, or PLANT_FAULT_COUNT. */
enum plant_fault motor_fault_find(const char *name);
/* The healthy bench with the faults that its `faults` hold. */
void motor_faults_apply(const struct plant_config *healthy, struct plant_config *ret);
