/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/synchronous.h"

#include <math.h>

#include "method/fit.h"
#include "method/rules.h"

#define POINTS_MIN 3

/* Friction and windage from the low points, iron loss over the voltage. */
static void evaluate_open(const struct mb_synchronous_input *in, struct mb_synchronous_result *out)
{
    double u2[MB_SYNCHRONOUS_POINTS_MAX], p_w[MB_SYNCHRONOUS_POINTS_MAX];
    size_t n = 0;
    struct mb_line line;

    for (size_t i = 0; i < in->open_count; i++)
        if (in->open[i].u_v <= (MB_FRICTION_BAND_TO + MB_BAND_TOLERANCE) * in->rated_voltage_v) {
            u2[n] = in->open[i].u_v * in->open[i].u_v;
            p_w[n++] = in->open[i].p_w;
        }
    if (n < POINTS_MIN) {
        mb_finding_add(
            &out->outcome.reasons, "no-load-points",
            "%zu open-circuit points at or below 60 %% of the rated voltage, at least %d are needed", n,
            POINTS_MIN);
        return;
    }
    line = mb_fit_line(u2, p_w, n);
    out->friction_windage_w = line.intercept;
    out->iron_w_per_v2 = line.slope;
    out->open_r = line.r;
    for (size_t i = 0; i < in->open_count; i++)
        out->open_iron_w[i] = in->open[i].p_w - line.intercept;
    if (!(line.intercept > 0))
        mb_finding_add(&out->outcome.reasons, "no-load-points",
                       "friction and windage loss of %.3f W, it must be above 0", line.intercept);
}

static double iron_at_w(const struct mb_synchronous_input *in, const struct mb_synchronous_result *out,
                        double u_v)
{
    struct mb_curve_point curve[MB_SYNCHRONOUS_POINTS_MAX];

    for (size_t i = 0; i < in->open_count; i++)
        curve[i] = (struct mb_curve_point){in->open[i].u_v, out->open_iron_w[i]};
    return mb_curve_at(curve, in->open_count, u_v, 0);
}

/* What remains of the short-circuit loss, by a power of the current. */
static void evaluate_short(const struct mb_synchronous_input *in, struct mb_synchronous_result *out)
{
    double x[MB_SYNCHRONOUS_POINTS_MAX], y[MB_SYNCHRONOUS_POINTS_MAX];
    size_t n = 0;
    struct mb_line line;

    for (size_t i = 0; i < in->shorted_count; i++) {
        const struct mb_short_circuit_point *p = &in->shorted[i];
        double r_ohm = isnan(p->r_ohm) ? in->short_circuit_r_ohm : p->r_ohm;

        out->short_additional_w[i] = p->p_w - out->friction_windage_w - 1.5 * p->i_a * p->i_a * r_ohm;
        if (!(out->short_additional_w[i] > 0) || !(p->i_a > 0))
            continue;
        x[n] = log(p->i_a);
        y[n++] = log(out->short_additional_w[i]);
    }
    if (n < POINTS_MIN) {
        mb_finding_add(&out->outcome.reasons, "load-points",
                       "%zu short-circuit points with a loss beyond friction and winding, at least %d are "
                       "needed",
                       n, POINTS_MIN);
        return;
    }
    line = mb_fit_line(x, y, n);
    out->additional_exponent = line.slope;
    out->additional_load_w = exp(line.intercept + line.slope * log(in->load.i_a));
    if (!(line.slope > 0))
        mb_finding_add(&out->outcome.reasons, "regression-slope",
                       "the additional loss goes with the current to the power of %.3f, it must grow with it",
                       line.slope);
}

/* How the machine was driven, where it was read: friction and iron loss are those of synchronous speed. */
static void gate_speed(const struct mb_synchronous_input *in, const char *where, double n_rpm, double f_hz,
                       struct mb_outcome *outcome)
{
    double slip = 1 - in->poles / 2.0 * n_rpm / 60 / (isnan(f_hz) ? in->rated_frequency_hz : f_hz);

    if (in->poles > 0 && fabs(slip) > MB_SLIP_SYNCHRONOUS)
        mb_finding_add(&outcome->reasons, "slip",
                       "%s: %.1f r/min is a slip of %.4f of a machine of %d poles, allowed +- %g", where,
                       n_rpm, slip, in->poles, MB_SLIP_SYNCHRONOUS);
}

static void gate_temperature(const struct mb_synchronous_input *in, const char *where, double r_ohm,
                             struct mb_outcome *outcome)
{
    double winding_c = r_ohm / in->cold_ohm * (in->k_conductor_k + in->cold_c) - in->k_conductor_k;

    if (winding_c < in->cold_c - MB_SYNCHRONOUS_COLDER_K)
        mb_finding_add(&outcome->reasons, "winding-temperature",
                       "%s: %.5g ohm is a winding of %.1f degC, the cold one had %.1f degC", where, r_ohm,
                       winding_c, in->cold_c);
}

static void gate_curves(const struct mb_synchronous_input *in, struct mb_synchronous_result *out)
{
    struct mb_outcome *outcome = &out->outcome;
    double highest_a = 0;

    for (size_t i = 0; i < in->open_count; i++)
        gate_speed(in, "open circuit", in->open[i].n_rpm, NAN, outcome);
    for (size_t i = 0; i < in->shorted_count; i++) {
        const struct mb_short_circuit_point *p = &in->shorted[i];
        bool noise = p->i_a < MB_SHORT_CIRCUIT_NOISE * in->load.i_a;

        gate_speed(in, "short circuit", p->n_rpm, NAN, outcome);
        gate_temperature(in, "short circuit", p->r_ohm, outcome);
        if (out->short_additional_w[i] < 0)
            mb_finding_add(noise ? &outcome->warnings : &outcome->reasons, "residual-negative",
                           "short circuit at %.4g A: %.3f W are left beside friction and winding%s", p->i_a,
                           out->short_additional_w[i], noise ? ", the point is not used" : "");
        highest_a = fmax(highest_a, p->i_a);
    }
    for (size_t i = 0; i < in->zero_count; i++)
        gate_speed(in, "zero power factor", in->zero[i].n_rpm, in->zero[i].f_hz, outcome);
    gate_temperature(in, "short circuit", in->short_circuit_r_ohm, outcome);
    if (in->shorted_count > 0 && highest_a < (1 - MB_SHORT_CIRCUIT_REACH) * in->load.i_a)
        mb_finding_add(&outcome->reasons, "load-points",
                       "the short circuit ends at %.4g A, below the %.4g A of rated load", highest_a,
                       in->load.i_a);
}

static void evaluate_load(const struct mb_synchronous_input *in, struct mb_synchronous_result *out)
{
    const struct mb_synchronous_reading *r = &in->load;
    double cosine = r->p1_w / (sqrt(3) * r->u_v * r->i_a), drop = sqrt(3) / 2 * r->i_a * r->r_ohm;
    double k = in->k_conductor_k, at_winding_v = r->excitation_v + in->brush_drop_v;
    double field_v = isnan(r->excitation_supply_v) ? at_winding_v : r->excitation_supply_v;

    out->winding_c = r->r_ohm / in->cold_ohm * (k + in->cold_c) - k;
    out->k_theta = (k + out->winding_c + MB_REFERENCE_COOLANT_C - r->coolant_c) / (k + out->winding_c);
    out->inner_voltage_v = hypot(r->u_v - drop * cosine, drop * mb_sine_of(cosine));
    out->iron_w = iron_at_w(in, out, in->iron_at_inner_voltage ? out->inner_voltage_v : r->u_v);
    out->stator_w = 1.5 * r->i_a * r->i_a * r->r_ohm * out->k_theta;
    out->excitation_w = field_v * r->excitation_a + r->exciter_w;
    out->total_w =
        out->iron_w + out->friction_windage_w + out->stator_w + out->additional_load_w + out->excitation_w;
    out->input_w = r->p1_w + out->excitation_w;
    out->efficiency_direct = 2 * M_PI * r->n_rpm / 60 * r->t_nm / out->input_w;
    out->outcome.efficiency = 1 - out->total_w / out->input_w;
}

/* The point next to rated voltage, and the excitation that follows from it. */
static void evaluate_excitation(const struct mb_synchronous_input *in, struct mb_synchronous_result *out)
{
    struct mb_field_point open[MB_SYNCHRONOUS_POINTS_MAX], shorted[MB_SYNCHRONOUS_POINTS_MAX];
    struct mb_excitation_input e = {
        .rated_voltage_v = in->rated_voltage_v,
        .rated_current_a = in->rated_current_a,
        .open = open,
        .shorted = shorted,
        .open_count = in->open_count,
        .shorted_count = in->shorted_count,
        .load = {in->load.u_v, in->load.i_a, in->load.p1_w, in->load.r_ohm, in->load.excitation_a},
    };

    if (!in->zero_power_factor)
        return;
    mb_excitation_clear(&out->excitation);
    if (in->zero_count == 0) {
        mb_finding_add(&out->outcome.reasons, "zero-power-factor", "zero power factor: no point is given");
        return;
    }
    e.point = in->zero[0];
    for (size_t i = 1; i < in->zero_count; i++)
        if (fabs(in->zero[i].u_v - in->rated_voltage_v) < fabs(e.point.u_v - in->rated_voltage_v))
            e.point = in->zero[i];
    for (size_t i = 0; i < in->open_count; i++)
        open[i] = (struct mb_field_point){in->open[i].excitation_a, in->open[i].u_v};
    for (size_t i = 0; i < in->shorted_count; i++)
        shorted[i] = (struct mb_field_point){in->shorted[i].excitation_a, in->shorted[i].i_a};
    mb_excitation_evaluate(&e, &out->excitation, &out->outcome.reasons, &out->outcome.warnings);
}

static void gate(const struct mb_synchronous_input *in, struct mb_synchronous_result *out)
{
    const struct mb_synchronous_reading *r = &in->load;
    double off = r->u_v / in->rated_voltage_v - 1, cosine = r->p1_w / (sqrt(3) * r->u_v * r->i_a);

    if (fabs(off) > MB_VOLTAGE_GATE + MB_ROUNDING)
        mb_finding_add(&out->outcome.reasons, "supply-voltage",
                       "rated load: %.2f V is %.3f %% off the rated %g V, allowed %.1f %%", r->u_v, 100 * off,
                       in->rated_voltage_v, 100 * MB_VOLTAGE_GATE);
    if (!(cosine > 0 && cosine <= 1 + MB_METER_GATE))
        mb_finding_add(&out->outcome.reasons, "power-factor",
                       "rated load: a power factor of %.4f follows from power, voltage and current", cosine);
    gate_speed(in, "rated load", r->n_rpm, r->f_hz, &out->outcome);
    gate_temperature(in, "rated load", r->r_ohm, &out->outcome);
    if (out->winding_c < r->coolant_c)
        mb_finding_add(&out->outcome.reasons, "winding-temperature",
                       "rated load: a winding of %.1f degC is colder than its coolant of %.1f degC",
                       out->winding_c, r->coolant_c);
    if (out->efficiency_direct <= 0 || out->efficiency_direct >= 1)
        mb_finding_add(
            &out->outcome.reasons, "torque-sign",
            "rated load: torque and speed give an efficiency of %.4f, it must be above 0 and below 1",
            out->efficiency_direct);
    if (isnan(r->excitation_v) && isnan(r->excitation_supply_v))
        mb_finding_add(&out->outcome.reasons, "missing-data",
                       "2-1-2B needs rated_load.excitation_v or rated_load.excitation_supply_v");
    if (isnan(out->iron_w) && out->outcome.reasons.count == 0)
        mb_finding_add(&out->outcome.reasons, "no-load-points",
                       "the open-circuit points do not reach the voltage of %.2f V at load",
                       in->iron_at_inner_voltage ? out->inner_voltage_v : r->u_v);
}

static void clear(struct mb_synchronous_result *out)
{
    double *const values[] = {&out->winding_c,
                              &out->k_theta,
                              &out->friction_windage_w,
                              &out->iron_w_per_v2,
                              &out->open_r,
                              &out->additional_exponent,
                              &out->inner_voltage_v,
                              &out->iron_w,
                              &out->stator_w,
                              &out->additional_load_w,
                              &out->excitation_w,
                              &out->total_w,
                              &out->input_w,
                              &out->efficiency_direct,
                              &out->outcome.efficiency};

    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        *values[i] = NAN;
    for (size_t i = 0; i < MB_SYNCHRONOUS_POINTS_MAX; i++)
        out->open_iron_w[i] = out->short_additional_w[i] = NAN;
}

void mb_synchronous_evaluate(const struct mb_synchronous_input *in, struct mb_synchronous_result *out)
{
    clear(out);
    evaluate_open(in, out);
    evaluate_short(in, out);
    evaluate_load(in, out);
    gate_curves(in, out);
    evaluate_excitation(in, out);
    gate(in, out);
}
