/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plant's truth by name: the columns of the truth file and the members of `status`. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/plant.h"

struct sim_column {
    const char *name; /* with its unit; NULL ends the table */
    size_t offset;    /* in struct plant_state */
    bool is_bool;     /* else double */
};

extern const struct sim_column sim_columns[];
double sim_column_value(const struct sim_column *column, const struct plant_state *state);
