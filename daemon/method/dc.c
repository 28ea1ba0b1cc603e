/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/dc.h"

#include <math.h>

#include "method/fit.h"
#include "method/rules.h"

/* The no-load points give friction and windage up to this share of the rated voltage, as for induction
 * motors. */
#define MB_DC_POINTS_MIN 3

static double product(double p_w, double u_v, double i_a)
{
    return isnan(p_w) ? u_v * i_a : p_w;
}

static void gate(const struct mb_dc_input *in, struct mb_dc_result *out)
{
    double off = in->load.u_v / in->rated_voltage_v - 1;

    if (fabs(off) > MB_VOLTAGE_GATE + MB_ROUNDING)
        mb_finding_add(&out->outcome.reasons, "supply-voltage",
                       "load reading: %.2f V is %.3f %% off the rated %g V, allowed %.1f %%", in->load.u_v,
                       100 * off, in->rated_voltage_v, 100 * MB_VOLTAGE_GATE);
    if (!isnan(in->load.t_nm) && !(out->efficiency_direct > 0 && out->efficiency_direct < 1))
        mb_finding_add(&out->outcome.reasons, "torque-sign",
                       "output %.2f W of an input of %.2f W: check the sign of the torque", out->output_w,
                       out->input_w);
    if (!in->by_losses && isnan(in->load.t_nm))
        mb_finding_add(&out->outcome.reasons, "missing-data", "2-1-3A needs rated_load.t_nm");
}

/* What 2-1-3C needs besides the load reading. */
static void gate_losses(const struct mb_dc_input *in, struct mb_dc_result *out)
{
    if (isnan(in->cold_ohm) || isnan(in->load.armature_ohm) || isnan(in->load.coolant_c))
        mb_finding_add(&out->outcome.reasons, "missing-data",
                       "2-1-3C needs cold, rated_load.armature_ohm and rated_load.coolant_c");
    for (size_t i = 1; i < in->no_load_count; i++)
        if (in->no_load[i].u_v >= in->no_load[i - 1].u_v)
            mb_finding_add(&out->outcome.reasons, "no-load-points",
                           "no-load point %zu (%.5g V): voltages must fall from point to point", i + 1,
                           in->no_load[i].u_v);
    for (size_t i = 0; i < in->no_load_count; i++)
        if (fabs(in->no_load[i].n_rpm / in->rated_speed_rpm - 1) > MB_DC_SPEED_GATE)
            mb_finding_add(&out->outcome.reasons, "no-load-speed",
                           "no-load point %zu (%.5g V) at %.5g r/min, the rated speed is %.5g r/min", i + 1,
                           in->no_load[i].u_v, in->no_load[i].n_rpm, in->rated_speed_rpm);
    if (in->no_load_count < MB_DC_POINTS_MIN)
        mb_finding_add(&out->outcome.reasons, "no-load-points", "%zu no-load points, at least %d are needed",
                       in->no_load_count, MB_DC_POINTS_MIN);
    if (isnan(out->constant_w) && in->no_load_count >= MB_DC_POINTS_MIN)
        mb_finding_add(&out->outcome.reasons, "no-load-points",
                       "the inner voltage of %.2f V lies outside the no-load points", out->inner_voltage_v);
}

static void evaluate_armature(const struct mb_dc_input *in, struct mb_dc_result *out)
{
    double k = in->k_conductor_k;

    out->armature_c = in->load.armature_ohm / in->cold_ohm * (k + in->cold_c) - k;
    out->armature_reference_ohm = in->load.armature_ohm *
                                  (k + out->armature_c + MB_REFERENCE_COOLANT_C - in->load.coolant_c) /
                                  (k + out->armature_c);
}

/* Iron, friction and windage over the inner voltage, at constant speed. */
static void evaluate_no_load(const struct mb_dc_input *in, struct mb_dc_result *out)
{
    struct mb_curve_point curve[MB_DC_POINTS_MAX];
    double u2[MB_DC_POINTS_MAX], constant[MB_DC_POINTS_MAX];
    size_t n = 0;

    for (size_t i = 0; i < in->no_load_count; i++) {
        const struct mb_dc_no_load_point *p = &in->no_load[i];
        double inner = p->u_v - p->i_a * in->load.armature_ohm - in->brush_drop_v;

        out->no_load_constant_w[i] = product(p->p0_w, p->u_v, p->i_a) -
                                     p->i_a * p->i_a * in->load.armature_ohm - p->i_a * in->brush_drop_v;
        curve[i] = (struct mb_curve_point){inner, out->no_load_constant_w[i]};
        if (p->u_v <= (MB_FRICTION_BAND_TO + MB_BAND_TOLERANCE) * in->rated_voltage_v) {
            u2[n] = p->u_v * p->u_v;
            constant[n++] = out->no_load_constant_w[i];
        }
    }
    out->friction_windage_w = n >= 2 ? mb_fit_line(u2, constant, n).intercept : NAN;
    out->constant_w = mb_curve_at(curve, in->no_load_count, out->inner_voltage_v, 0);
}

static void evaluate_losses(const struct mb_dc_input *in, struct mb_dc_result *out)
{
    const struct mb_dc_reading *r = &in->load;
    double armature_input_w = product(r->p1_w, r->u_v, r->i_a);
    double rated_a = isnan(in->rated_current_a) ? r->i_a : in->rated_current_a;
    double share = r->i_a / rated_a;

    out->armature_w = r->i_a * r->i_a * out->armature_reference_ohm;
    out->brush_w = r->i_a * in->brush_drop_v;
    out->additional_load_w = in->allowance * in->rated_voltage_v * rated_a * share * share;
    out->total_w =
        out->constant_w + out->armature_w + out->brush_w + out->additional_load_w + out->excitation_w;
    out->input_w = armature_input_w + out->excitation_w;
    out->efficiency_losses = 1 - out->total_w / out->input_w;
}

/* Output over input at each load, with its own excitation or that of the rated-load reading. */
static void evaluate_points(const struct mb_dc_input *in, struct mb_dc_result *out)
{
    for (size_t i = 0; i < in->point_count; i++) {
        const struct mb_dc_load_point *p = &in->points[i];
        double own_w = p->excitation_v * p->excitation_a;

        out->points[i].output_w = 2 * M_PI * p->n_rpm / 60 * p->t_nm;
        out->points[i].efficiency = out->points[i].output_w / (product(p->p1_w, p->u_v, p->i_a) +
                                                               (isnan(own_w) ? out->excitation_w : own_w));
    }
}

void mb_dc_evaluate(const struct mb_dc_input *in, struct mb_dc_result *out)
{
    const struct mb_dc_reading *r = &in->load;

    for (size_t i = 0; i < MB_DC_POINTS_MAX; i++)
        out->no_load_constant_w[i] = NAN;
    out->excitation_w = r->excitation_v * r->excitation_a;
    out->input_w = product(r->p1_w, r->u_v, r->i_a) + out->excitation_w;
    out->output_w = 2 * M_PI * r->n_rpm / 60 * r->t_nm;
    out->efficiency_direct = out->output_w / out->input_w;
    evaluate_armature(in, out);
    out->inner_voltage_v = r->u_v - r->i_a * r->armature_ohm - in->brush_drop_v;
    evaluate_no_load(in, out);
    evaluate_losses(in, out);
    evaluate_points(in, out);
    gate(in, out);
    if (in->by_losses)
        gate_losses(in, out);
    out->outcome.efficiency = in->by_losses ? out->efficiency_losses : out->efficiency_direct;
}
