/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/windings.h"

#include "method/rules.h"

static double temperature_c(double hot_ohm, double cold_ohm, double cold_c, double k_k)
{
    return hot_ohm / cold_ohm * (k_k + cold_c) - k_k;
}

/* k_theta - 1 */
static double change(double winding_c, double coolant_c, double k_k)
{
    return (MB_REFERENCE_COOLANT_C - coolant_c) / (k_k + winding_c);
}

struct mb_windings_result mb_windings_evaluate(const struct mb_windings *windings,
                                               const struct mb_winding_currents *currents, double k_k,
                                               double coolant_c, double input_w, double output_w)
{
    struct mb_windings_result r = {
        .main_c = temperature_c(windings->main_hot_ohm, windings->main_cold_ohm, windings->cold_c, k_k),
        .auxiliary_c =
            temperature_c(windings->auxiliary_hot_ohm, windings->auxiliary_cold_ohm, windings->cold_c, k_k),
        .main_w = currents->main_a * currents->main_a * windings->main_hot_ohm,
        .auxiliary_w = currents->auxiliary_a * currents->auxiliary_a * windings->auxiliary_hot_ohm,
    };

    r.correction_w =
        change(r.main_c, coolant_c, k_k) * r.main_w + change(r.auxiliary_c, coolant_c, k_k) * r.auxiliary_w;
    r.efficiency_corrected = output_w / (input_w + r.correction_w);
    return r;
}
