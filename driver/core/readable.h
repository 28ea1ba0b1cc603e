/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Documents are in SI units without prefixes; a person reads 2.8 mm/s, 3.5 mA, 500 Mohm. */
#pragma once

struct mb_readable {
    double factor; /* shown = factor * value */
    const char *unit;
};

/* How to show numbers of this unit; value: the limit, or what is shown alone. The unit as it is where nothing
 * is easier to read. */
struct mb_readable mb_readable_unit(const char *unit, double value);
/* The same of a value beside its limit, either may be NAN: both in the unit that suits the limit. */
struct mb_readable mb_readable_pair(const char *unit, double value, double limit);
