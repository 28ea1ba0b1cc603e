/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rounding of numerical values by GB/T 8170-2008 (as ISO 80000-1 annex B, rule A): to the nearest multiple of
 * the interval, a value half-way between two multiples to the even one. */
#pragma once

#include <stddef.h>

/* interval = step * 10^exponent; step 1, 2 or 5 (clauses 3.1 and 3.4). A value is taken as the decimal number
 * that its first 15 significant digits show, so that 2.675 is half-way although no double is. In one go:
 * never round a rounded value again (clause 3.3). -EINVAL: another step, or a value that is not finite;
 * -ERANGE: more than 15 digits would remain. */
int mb_round_decimal(double value, int step, int exponent, double *ret);

/* The decimal places that text shows: 2 for "0.90", 0 for "91" or "9e1"; where a limit is compared with
 * rounded values, the limit's own digits set the interval (clause 4.3.3). */
int mb_decimal_places(const char *text);
