/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Both windings of a single-phase motor (procedures A2): what each loses at rated load, and what a coolant of
 * 25 degC would change of it. The rotor is not corrected, for its loss does not go with the slip alone; and
 * whether a standard of single-phase motors corrects at all was not seen [U]: the corrected efficiency is
 * information and judges nothing. */
#pragma once

struct mb_windings {
    double main_cold_ohm, auxiliary_cold_ohm, cold_c;
    double main_hot_ohm, auxiliary_hot_ohm; /* at the end of the rated-load test */
};

struct mb_winding_currents {
    double main_a, auxiliary_a; /* at rated load */
};

struct mb_windings_result {
    double main_c, auxiliary_c, main_w, auxiliary_w;
    double correction_w; /* what both lose more at 25 degC */
    double efficiency_corrected;
};

/* k_k: 235 copper, 225 aluminium. */
struct mb_windings_result mb_windings_evaluate(const struct mb_windings *windings,
                                               const struct mb_winding_currents *currents, double k_k,
                                               double coolant_c, double input_w, double output_w);
