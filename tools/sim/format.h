/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as instrument displays have them. */
#pragma once

#include "sim/text.h"

/* 104.75E+00, -380.12E-03: engineering exponent and the given number of digits; INF and NAN as Yokogawa
 * writes them. */
int sim_format_engineering(struct sim_text *text, double value, int digits);
/* All the digits of a double: for comparisons without instrument errors. */
int sim_format_exact(struct sim_text *text, double value);
