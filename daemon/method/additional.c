/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the additional load loss comes from (procedures A1.6.6, A1.8). */
#include <math.h>

#include "method/fit.h"
#include "method/parts.h"
#include "method/remark.h"
#include "method/stray_test.h"

/* Allowance of 2-1-1C, share of the input at rated load: 2.5 % up to 1 kW, 0.5 % from 10 MW on [V:24],
 * between them falling with the logarithm of the rated output [M+]. */
#define ALLOWANCE_SMALL 0.025
#define ALLOWANCE_LARGE 0.005
#define ALLOWANCE_SLOPE 0.005
#define ALLOWANCE_FROM_W 1e3
#define ALLOWANCE_TO_W 10e6
/* 2-1-1F: farther from 2 is worth a warning [E] */
#define EXPONENT_ROOM 0.5

bool mb_sums_losses(const struct mb_efficiency_input *input)
{
    return input->method != MB_METHOD_2_1_1A;
}

bool mb_has_residual(const struct mb_efficiency_input *input)
{
    return input->method == MB_METHOD_2_1_1A || input->method == MB_METHOD_2_1_1B;
}

double mb_allowance(double rated_power_w)
{
    if (rated_power_w <= ALLOWANCE_FROM_W)
        return ALLOWANCE_SMALL;
    if (rated_power_w >= ALLOWANCE_TO_W)
        return ALLOWANCE_LARGE;
    return ALLOWANCE_SMALL - ALLOWANCE_SLOPE * log10(rated_power_w / ALLOWANCE_FROM_W);
}

double mb_no_load_current_a(const struct mb_efficiency_input *input)
{
    struct mb_curve_point curve[MB_NO_LOAD_POINTS_MAX];

    for (size_t i = 0; i < input->no_load_count; i++)
        curve[i] = (struct mb_curve_point){input->no_load[i].u_v, input->no_load[i].i_a};
    return mb_curve_at(curve, input->no_load_count, input->rated_voltage_v, 0);
}

/* Squared rotor current, as A1.8 takes it. */
static double rotor_a2(const struct mb_efficiency_result *result, double i_a)
{
    double i0_a = result->additional.no_load_current_a;

    return i_a * i_a - i0_a * i0_a;
}

static void assign(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    result->additional.fraction = mb_allowance(input->rated_power_w);
    result->additional.coefficient_w_per_a2 =
        result->additional.fraction * input->rated_load.p1_w / rotor_a2(result, input->rated_load.i_a);
}

/* The coefficient is for those who compare methods: at a load each part goes by its own exponent. */
static void take_measured(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    double a2 = rotor_a2(result, input->rated_load.i_a), i_a = sqrt(a2);
    struct mb_stray_law *stator = &result->additional.stator, *rotor = &result->additional.rotor;

    if (!input->stray)
        return;
    *stator = mb_stray_stator(input->stray, result->no_load.slope_w_per_v2);
    *rotor = mb_stray_rotor(input->stray, stator, result->no_load.slope_w_per_v2);
    result->additional.stator_w = mb_stray_w(stator, i_a);
    result->additional.rotor_w = mb_stray_w(rotor, i_a);
    result->additional.coefficient_w_per_a2 = (result->additional.stator_w + result->additional.rotor_w) / a2;
    if (isnan(stator->exponent) || isnan(rotor->exponent))
        mb_remark_reason(result, MB_REASON_MISSING_DATA,
                         "removed_rotor and reverse_rotation need three points each with a loss above 0");
    else if (fabs(stator->exponent - 2) > EXPONENT_ROOM || fabs(rotor->exponent - 2) > EXPONENT_ROOM)
        mb_remark_warning(result, MB_REASON_ADDITIONAL_LOAD_LOSS,
                          "the losses grow with the power %.2f (stator) and %.2f (rotor) of the current, "
                          "expected is about 2",
                          stator->exponent, rotor->exponent);
}

void mb_evaluate_additional(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    if (mb_has_residual(input))
        return;
    result->additional.no_load_current_a = mb_no_load_current_a(input);
    if (!input->has_rated_load || input->no_load_count == 0)
        return; /* named by its gate */
    if (!(rotor_a2(result, input->rated_load.i_a) > 0)) {
        mb_remark_reason(result, MB_REASON_NO_LOAD_POINTS,
                         "the no-load current of %.4g A at rated voltage is not below the %.4g A of rated "
                         "load",
                         result->additional.no_load_current_a, input->rated_load.i_a);
        return;
    }
    if (input->method == MB_METHOD_2_1_1C)
        assign(input, result);
    else
        take_measured(input, result);
}

double mb_additional_load_w(const struct mb_efficiency_input *input,
                            const struct mb_efficiency_result *result, double t_nm, double i_a)
{
    /* B is dropped: it is measurement offset (A1.6.6). */
    if (mb_has_residual(input))
        return result->regression.a_w_per_nm2 * t_nm * t_nm;
    if (input->method == MB_METHOD_2_1_1F)
        return mb_stray_w(&result->additional.stator, sqrt(rotor_a2(result, i_a))) +
               mb_stray_w(&result->additional.rotor, sqrt(rotor_a2(result, i_a)));
    return result->additional.coefficient_w_per_a2 * rotor_a2(result, i_a);
}
