/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/reduced_voltage.h"

#include <math.h>

#include "method/fit.h"
#include "method/parts.h"

#define OUTPUT_ROOM 0.05 /* of rated output, farther off is worth a warning [E] */

/* Reactive current of the no-load curve at a voltage. */
static double reactive_a(const struct mb_efficiency_input *c, double u_v)
{
    struct mb_curve_point curve[MB_NO_LOAD_POINTS_MAX];

    for (size_t i = 0; i < c->no_load_count; i++) {
        const struct mb_no_load_point *p = &c->no_load[i];
        double active = p->p0_w / (sqrt(3) * p->u_v);

        curve[i] = (struct mb_curve_point){p->u_v, sqrt(p->i_a * p->i_a - active * active)};
    }
    return mb_curve_at(curve, c->no_load_count, u_v, 0);
}

static void scale(const struct mb_efficiency_input *c, const struct mb_reduced_point *p,
                  struct mb_reduced_result_point *out)
{
    double un = c->rated_voltage_v, k = un / p->u_v, active = p->p1_w / (sqrt(3) * p->u_v);

    out->voltage_ratio = k;
    out->reactive_no_load_a = reactive_a(c, un);
    out->reactive_no_load_reduced_a = reactive_a(c, p->u_v);
    out->p1_w = k * k * p->p1_w;
    out->i_a = hypot(k * active, k * sqrt(p->i_a * p->i_a - active * active) + out->reactive_no_load_a -
                                     k * out->reactive_no_load_reduced_a);
}

static void judge_point(const struct mb_efficiency_input *c, const struct mb_reduced_point *p, size_t i,
                        const struct mb_reduced_result_point *out, struct mb_findings *reasons)
{
    if (!(p->p1_w > 0 && p->p1_w < sqrt(3) * p->u_v * p->i_a))
        mb_finding_add(reasons, "power-factor", "load point %zu: power and apparent power do not fit", i + 1);
    if (p->u_v > c->rated_voltage_v)
        mb_finding_add(reasons, "supply-voltage", "load point %zu: %.5g V is no reduced voltage of %.5g V",
                       i + 1, p->u_v, c->rated_voltage_v);
    else if (isnan(out->reactive_no_load_reduced_a))
        mb_finding_add(reasons, "no-load-points", "load point %zu: the no-load curve does not reach %.5g V",
                       i + 1, p->u_v);
}

static struct mb_load_point at_rated_voltage(const struct mb_efficiency_input *c,
                                             const struct mb_reduced_point *p,
                                             const struct mb_reduced_result_point *scaled)
{
    return (struct mb_load_point){.load_percent = p->load_percent,
                                  .u_v = c->rated_voltage_v,
                                  .i_a = scaled->i_a,
                                  .p1_w = scaled->p1_w,
                                  .t_nm = NAN,
                                  .n_rpm = p->n_rpm,
                                  .f_hz = p->f_hz,
                                  .s_va = NAN,
                                  .r_ohm = p->r_ohm};
}

/* As 2-1-1C, whose allowance the recommended loss is. */
static void evaluate_scaled(const struct mb_reduced_input *in, struct mb_reduced_result *out)
{
    struct mb_load_point load[MB_REDUCED_POINTS_MAX];
    struct mb_efficiency_input scaled = in->common;
    size_t reference;

    for (size_t i = 0; i < in->point_count; i++)
        load[i] = at_rated_voltage(&in->common, &in->points[i], &out->points[i]);
    scaled.method = MB_METHOD_2_1_1C;
    scaled.load = load;
    scaled.load_count = in->point_count;
    reference = mb_load_reference(&scaled);
    if (reference == in->point_count) {
        mb_finding_add(&out->outcome.reasons, "load-points", "there is no load point at 100 %%");
        return;
    }
    scaled.has_rated_load = true;
    scaled.rated_load = (struct mb_rated_reading){.u_v = load[reference].u_v,
                                                  .i_a = load[reference].i_a,
                                                  .p1_w = load[reference].p1_w,
                                                  .t_nm = NAN,
                                                  .n_rpm = load[reference].n_rpm,
                                                  .f_hz = load[reference].f_hz,
                                                  .coolant_c = in->coolant_c,
                                                  .s_va = NAN};
    mb_efficiency_evaluate(&scaled, &out->common);
    mb_outcome_take(&out->outcome, &out->common);
}

static void take_points(const struct mb_reduced_input *in, struct mb_reduced_result *out)
{
    for (size_t i = 0; i < in->point_count; i++) {
        const struct mb_load_result *from = &out->common.points[i];
        struct mb_reduced_result_point *to = &out->points[i];

        to->slip = from->slip;
        to->stator_w = from->stator_w;
        to->iron_w = from->iron_w;
        to->rotor_w = from->rotor_w;
        to->friction_windage_w = from->friction_windage_w;
        to->additional_load_w = from->additional_load_w;
        to->efficiency = from->efficiency;
    }
}

void mb_reduced_evaluate(const struct mb_reduced_input *in, struct mb_reduced_result *out)
{
    double output_w;

    mb_efficiency_clear(&out->common);
    out->outcome.efficiency = NAN;
    if (in->point_count == 0 || in->common.no_load_count == 0)
        mb_finding_add(&out->outcome.reasons, "missing-data", "G1 needs reduced_voltage.points and no_load");
    for (size_t i = 0; i < in->point_count; i++) {
        scale(&in->common, &in->points[i], &out->points[i]);
        judge_point(&in->common, &in->points[i], i, &out->points[i], &out->outcome.reasons);
    }
    if (mb_outcome_valid(&out->outcome))
        evaluate_scaled(in, out);
    take_points(in, out);
    if (!mb_outcome_valid(&out->outcome))
        return;
    out->outcome.efficiency = out->common.efficiency;
    output_w = out->common.rated.total_w * out->common.efficiency / (1 - out->common.efficiency);
    if (fabs(output_w / in->common.rated_power_w - 1) > OUTPUT_ROOM)
        mb_finding_add(&out->outcome.warnings, "rated-output",
                       "the 100 %% point stands for an output of %.0f W, rated are %.0f W", output_w,
                       in->common.rated_power_w);
}
