/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Converter-fed induction motors by losses: what the converter adds is the difference of two tests at equal
 * fundamental voltage and frequency, with sinusoidal supply and with the converter (procedures A4, mark M;
 * 2-3-B of IEC 60034-2-3, 2-3-A with a test converter and 2-3-B with the specific one of GB/T 22670-2018). */
#pragma once

#include "method/efficiency.h"
#include "method/outcome.h"

struct mb_harmonic_loss_input {
    struct mb_efficiency_input sinusoidal; /* a whole test by 2-1-1B */
    struct mb_efficiency_input converter;  /* load and no_load again; the rest as above */
};

struct mb_harmonic_loss_result {
    struct mb_outcome outcome;
    struct mb_efficiency_result sinusoidal, converter;
    double constant_sinusoidal_w, constant_converter_w; /* at rated voltage */
    double harmonic_constant_w, harmonic_load_w, harmonic_w;
    double harmonic_ratio; /* of the losses with sinusoidal supply */
    double total_w, input_w;
};

void mb_harmonic_loss_evaluate(const struct mb_harmonic_loss_input *input,
                               struct mb_harmonic_loss_result *result);
