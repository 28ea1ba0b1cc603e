/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Temperature rise of a winding whose test current was not the rated one (procedures.md B1). Pure. */
#pragma once

/* Relative deviation of the current up to which the square of the currents alone corrects the rise, and up to
 * which anything does [M]. */
#define MB_RISE_CURRENT_NEAR 0.05
#define MB_RISE_CURRENT_FAR 0.10

/* Rise at rated current. k: 235 K copper, 225 K aluminium. NAN: too far from rated, the test is repeated. */
double mb_rise_at_rated_current(double rise_k, double current_a, double rated_current_a, double k,
                                double coolant_c);
