/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of an evaluation (procedures A1.6, A1.7). */
#include "method/efficiency.h"

#include <math.h>
#include <string.h>

#include "method/fit.h"
#include "method/parts.h"
#include "method/remark.h"
#include "method/rules.h"

static const struct mb_load_result nothing_computed = {NAN, NAN, NAN, NAN, NAN, NAN,
                                                       NAN, NAN, NAN, NAN, NAN, NAN};

const struct mb_edition *mb_input_edition(const struct mb_efficiency_input *input)
{
    return input->edition ? input->edition : mb_edition_newest(input->form);
}

void mb_efficiency_clear(struct mb_efficiency_result *result)
{
    memset(result, 0, sizeof *result);
    result->valid = true;
    result->deleted_point = -1;
    result->winding = (typeof(result->winding)){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    result->no_load.friction_windage_w = result->no_load.slope_w_per_v2 = result->no_load.r = NAN;
    result->no_load.iron_center_v = NAN;
    for (size_t i = 0; i < 3; i++)
        result->no_load.iron_coefficient[i] = NAN;
    for (size_t i = 0; i < MB_NO_LOAD_POINTS_MAX; i++)
        result->no_load.points[i] = (struct mb_no_load_result){NAN, NAN, NAN};
    for (size_t i = 0; i < MB_LOAD_POINTS_MAX; i++)
        result->points[i] = nothing_computed;
    result->regression = (typeof(result->regression)){NAN, NAN, NAN, NAN};
    result->excitation.rated_w = NAN;
    result->additional =
        (typeof(result->additional)){NAN, NAN, NAN, NAN, NAN, {NAN, NAN, {0}}, {NAN, NAN, {0}}};
    result->windings = (struct mb_windings_result){NAN, NAN, NAN, NAN, NAN, NAN};
    result->rated = (typeof(result->rated)){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    result->efficiency = result->efficiency_input_form = result->efficiency_iec_form = NAN;
    result->efficiency_direct = result->efficiency_at_rated_output = NAN;
}

static double form_of(const struct mb_efficiency_input *input, const struct mb_corrected *c)
{
    return input->form == MB_FORM_IEC ? c->efficiency_iec_form : c->efficiency_input_form;
}

/* Efficiency of each load point, and its output for the curve over the output; *ret_count points with both.
 */
static void evaluate_curve(const struct mb_efficiency_input *input, struct mb_efficiency_result *result,
                           struct mb_curve_point *curve, size_t *ret_count)
{
    bool b = mb_sums_losses(input);
    size_t n = 0;

    for (size_t i = 0; i < input->load_count; i++) {
        struct mb_load_result *p = &result->points[i];
        double p1 = input->load[i].p1_w, output_w = p->output_w;
        struct mb_corrected c;

        p->additional_load_w = mb_additional_load_w(input, result, input->load[i].t_nm, input->load[i].i_a);
        c = mb_correct(p, p1, result->winding.k_theta, p->additional_load_w);
        result->excitation.points_w[i] = mb_excitation_w(input, &input->load[i]);
        p->efficiency = b ? form_of(input, &c) : p->output_w / (p1 + result->excitation.points_w[i]);
        if (b)
            output_w = (input->form == MB_FORM_IEC ? c.input_w : p1) - c.total_w;
        if (isfinite(p->efficiency) && isfinite(output_w))
            curve[n++] = (struct mb_curve_point){output_w, p->efficiency};
    }
    *ret_count = n;
}

static void store_rated(const struct mb_corrected *c, struct mb_efficiency_result *result)
{
    result->rated.slip = c->slip;
    result->rated.stator_w = c->stator_w;
    result->rated.rotor_w = c->rotor_w;
    result->rated.iron_w = c->iron_w;
    result->rated.friction_windage_w = c->friction_windage_w;
    result->rated.additional_load_w = c->additional_load_w;
    result->rated.total_w = c->total_w;
    result->rated.input_w = c->input_w;
    result->efficiency_input_form = c->efficiency_input_form;
    result->efficiency_iec_form = c->efficiency_iec_form;
}

static void evaluate_rated(const struct mb_efficiency_input *input, struct mb_efficiency_result *result,
                           struct mb_load_result *rated)
{
    struct mb_load_point reading = mb_rated_point(input);
    struct mb_corrected c;

    if (!input->has_rated_load)
        return;
    mb_separate(input, result, &reading, result->winding.resistance_hot_ohm, rated);
    rated->additional_load_w = mb_additional_load_w(input, result, reading.t_nm, reading.i_a);
    c = mb_correct(rated, reading.p1_w, result->winding.k_theta, rated->additional_load_w);
    result->excitation.rated_w = mb_excitation_w(input, &reading);
    result->efficiency_direct = rated->output_w / (reading.p1_w + result->excitation.rated_w);
    rated->efficiency = mb_sums_losses(input) ? form_of(input, &c) : result->efficiency_direct;
    store_rated(&c, result);
}

static void evaluate_windings(const struct mb_efficiency_input *input, double output_w,
                              struct mb_efficiency_result *result)
{
    const struct mb_rated_reading *r = &input->rated_load;
    const struct mb_winding_currents currents = {r->main_a, r->auxiliary_a};

    if (input->has_windings && input->has_rated_load)
        result->windings = mb_windings_evaluate(&input->windings, &currents, input->k_conductor_k,
                                                r->coolant_c, r->p1_w, output_w);
}

static void warn_rated(const struct mb_efficiency_input *input, double efficiency,
                       struct mb_efficiency_result *result)
{
    double pll = result->rated.additional_load_w, p1 = input->rated_load.p1_w,
           direct = result->efficiency_direct;
    double at_output = result->efficiency_at_rated_output;

    if (pll > MB_PLL_SHARE * p1)
        mb_remark_warning(
            result, MB_REASON_ADDITIONAL_LOAD_LOSS,
            "additional load loss %.2f W is %.2f %% of the input, more than %g %%: check torque and power "
            "calibration",
            pll, 100 * pll / p1, 100 * MB_PLL_SHARE);
    if (fabs(direct - efficiency) > MB_DIRECT_SHARE * (1 - efficiency))
        mb_remark_warning(
            result, MB_REASON_DIRECT_DIFFERS,
            "direct efficiency %.5f and %.5f by losses differ by more than %g of 1 - efficiency", direct,
            efficiency, MB_DIRECT_SHARE);
    if (fabs(at_output - efficiency) > MB_RATED_OUTPUT_DIFFERENCE)
        mb_remark_warning(
            result, MB_REASON_RATED_OUTPUT,
            "%.5f interpolated to the rated output and %.5f of the rated-load reading differ by more than %g",
            at_output, efficiency, MB_RATED_OUTPUT_DIFFERENCE);
}

static void finish_b(const struct mb_efficiency_input *input, const struct mb_load_result *rated,
                     struct mb_efficiency_result *result)
{
    warn_rated(input, rated->efficiency, result);
    if (result->valid && !isfinite(rated->efficiency))
        mb_remark_reason(result, MB_REASON_MISSING_DATA,
                         "no efficiency could be computed from these readings");
    result->efficiency = result->valid ? rated->efficiency : NAN;
}

/* The rated-load reading, else the curve where it covers the rated output, else none: not an invalid test. */
static void finish_a(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    if (!input->has_rated_load)
        result->efficiency_direct = result->efficiency_at_rated_output;
    result->efficiency = result->valid ? result->efficiency_direct : NAN;
}

void mb_efficiency_evaluate(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    struct mb_load_result rated = nothing_computed;
    struct mb_curve_point curve[MB_LOAD_POINTS_MAX];
    size_t curve_count;

    mb_efficiency_clear(result);
    mb_gate_sections(input, result);
    mb_gate_supply(input, result);
    mb_gate_meter(input, result);
    mb_gate_load_points(input, result);
    mb_gate_torque(input, result);
    mb_evaluate_cooling(input, result);
    mb_gate_winding(input, result);
    mb_evaluate_no_load(input, result);
    mb_evaluate_load_points(input, result);
    mb_evaluate_additional(input, result);
    if (mb_has_residual(input))
        mb_evaluate_regression(input, result);
    evaluate_rated(input, result, &rated);
    evaluate_windings(input, rated.output_w, result);
    evaluate_curve(input, result, curve, &curve_count);
    result->efficiency_at_rated_output =
        mb_curve_at(curve, curve_count, input->rated_power_w, MB_CURVE_MERGE * input->rated_power_w);
    mb_gate_shaft(input, &rated, result);
    if (mb_sums_losses(input))
        finish_b(input, &rated, result);
    else
        finish_a(input, result);
}
