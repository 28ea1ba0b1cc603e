/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/harmonic_loss.h"

#include <math.h>

#include "method/fit.h"
#include "method/parts.h"

/* Constant losses over the voltage, at the rated one. */
static double constant_w(const struct mb_efficiency_input *in, const struct mb_efficiency_result *r)
{
    struct mb_curve_point curve[MB_NO_LOAD_POINTS_MAX];

    for (size_t i = 0; i < in->no_load_count; i++)
        curve[i] = (struct mb_curve_point){in->no_load[i].u_v, r->no_load.points[i].constant_w};
    return mb_curve_at(curve, in->no_load_count, in->rated_voltage_v, 0);
}

/* With the converter only the residual losses and the constant ones count; its rated reading is not a test of
 * its own. */
static void evaluate_converter(const struct mb_efficiency_input *in, struct mb_efficiency_result *r)
{
    mb_efficiency_clear(r);
    mb_gate_load_points(in, r);
    mb_gate_meter(in, r);
    mb_evaluate_no_load(in, r);
    mb_evaluate_load_points(in, r);
    mb_evaluate_regression(in, r);
}

void mb_harmonic_loss_evaluate(const struct mb_harmonic_loss_input *in, struct mb_harmonic_loss_result *out)
{
    double t_nm = in->sinusoidal.rated_load.t_nm;

    mb_efficiency_evaluate(&in->sinusoidal, &out->sinusoidal);
    evaluate_converter(&in->converter, &out->converter);
    mb_outcome_take(&out->outcome, &out->sinusoidal);
    mb_outcome_take(&out->outcome, &out->converter);
    if (in->converter.load_count == 0 || in->converter.no_load_count == 0)
        mb_finding_add(&out->outcome.reasons, "missing-data",
                       "converter.load and converter.no_load are needed");
    out->constant_sinusoidal_w = constant_w(&in->sinusoidal, &out->sinusoidal);
    out->constant_converter_w = constant_w(&in->converter, &out->converter);
    out->harmonic_constant_w = out->constant_converter_w - out->constant_sinusoidal_w;
    out->harmonic_load_w =
        (out->converter.regression.a_w_per_nm2 - out->sinusoidal.regression.a_w_per_nm2) * t_nm * t_nm;
    out->harmonic_w = out->harmonic_constant_w + out->harmonic_load_w;
    out->harmonic_ratio = out->harmonic_w / out->sinusoidal.rated.total_w;
    out->total_w = out->sinusoidal.rated.total_w + out->harmonic_w;
    /* the form of the standard: A1.6.8 */
    out->input_w = (in->sinusoidal.form == MB_FORM_IEC ? out->sinusoidal.rated.input_w
                                                       : in->sinusoidal.rated_load.p1_w) +
                   out->harmonic_w;
    out->outcome.efficiency = 1 - out->total_w / out->input_w;
    if (out->harmonic_w < 0)
        mb_finding_add(&out->outcome.reasons, "residual-negative",
                       "the converter takes %.2f W away: its losses must not be below those with sinusoidal "
                       "supply",
                       -out->harmonic_w);
}
