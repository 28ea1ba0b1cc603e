/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of standard/: what a requirement's number is a multiple of, and the ranges of a row. */
#pragma once

#include <stdbool.h>

#include "standard/motor.h"

extern const char *const mb_base_names[]; /* "none" first; NULL at the end */

/* Of the nameplate, in SI units; NAN where it is not given. declared: the maker's value of the quantity
 * itself. */
double mb_base_value(int base, const struct mb_motor *motor, double declared);
/* Of the motor file, what the base is made of: "drive.voltage_max_v". NULL: nothing of it. */
const char *mb_base_key(int base);
bool mb_base_needs_declared(int base);

struct mb_range {
    double low, high; /* NAN: open */
    bool low_open, high_open;
};

/* "", "4", "<=50", ">50;<=200". -EINVAL. */
int mb_range_parse(const char *text, struct mb_range *ret);
/* An empty range holds everything, any other nothing that is not known. */
bool mb_range_holds(const struct mb_range *range, double value);
