/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/excitation.h"

#include <complex.h>
#include <math.h>
#include <stdbool.h>

#include "method/fit.h"
#include "method/rules.h"

#define WORD "zero-power-factor"
#define POINTS_MAX 32
#define POINTS_MIN 3
#define HALVINGS 60

/* Slope of the line through no field and no value that fits the points up to a value best. */
static double straight(const struct mb_field_point *points, size_t count, double up_to, size_t *ret_used)
{
    double product = 0, square = 0;

    *ret_used = 0;
    for (size_t i = 0; i < count; i++)
        if (points[i].value <= up_to) {
            product += points[i].value * points[i].excitation_a;
            square += points[i].excitation_a * points[i].excitation_a;
            ++*ret_used;
        }
    return product / square;
}

/* Excitation of a voltage of the open terminals; NAN beyond the curve's ends. */
static double open_a(const struct mb_excitation_input *in, double u_v)
{
    struct mb_curve_point curve[POINTS_MAX];

    for (size_t i = 0; i < in->open_count; i++)
        curve[i] = (struct mb_curve_point){in->open[i].value, in->open[i].excitation_a};
    return mb_curve_at(curve, in->open_count, u_v, 0);
}

/* By how much the iron asks for more than the air gap. */
static double bend_a(const struct mb_excitation_input *in, const struct mb_excitation_result *out, double u_v)
{
    return open_a(in, u_v) - u_v / out->air_gap_v_per_a;
}

static double highest_v(const struct mb_excitation_input *in)
{
    double u_v = 0;

    for (size_t i = 0; i < in->open_count; i++)
        u_v = fmax(u_v, in->open[i].value);
    return u_v;
}

static void gate(const struct mb_excitation_input *in, const struct mb_excitation_result *out,
                 struct mb_findings *reasons)
{
    const struct mb_zero_power_factor_point *p = &in->point;
    double rated_a = isnan(in->rated_current_a) ? in->load.i_a : in->rated_current_a;
    const struct {
        const char *what, *unit;
        double value, rated;
    } near[] = {{"voltage", "V", p->u_v, in->rated_voltage_v}, {"current", "A", p->i_a, rated_a}};

    for (size_t i = 0; i < sizeof near / sizeof *near; i++)
        if (fabs(near[i].value / near[i].rated - 1) > MB_ZERO_POWER_FACTOR_NEAR + MB_ROUNDING)
            mb_finding_add(reasons, WORD,
                           "zero power factor: %s of %.4g %s, it must be within %.0f %% of %.4g %s",
                           near[i].what, near[i].value, near[i].unit, 100 * MB_ZERO_POWER_FACTOR_NEAR,
                           near[i].rated, near[i].unit);
    if (!(fabs(out->power_factor) <= MB_ZERO_POWER_FACTOR_MAX))
        mb_finding_add(reasons, WORD, "zero power factor: a power factor of %.3f, at most %.1f is allowed",
                       out->power_factor, MB_ZERO_POWER_FACTOR_MAX);
}

static bool curves(const struct mb_excitation_input *in, struct mb_excitation_result *out,
                   struct mb_findings *reasons)
{
    double a_per_a;
    size_t open, shorted;

    out->air_gap_v_per_a = straight(in->open, in->open_count,
                                    (MB_FRICTION_BAND_TO + MB_BAND_TOLERANCE) * in->rated_voltage_v, &open);
    a_per_a = straight(in->shorted, in->shorted_count, INFINITY, &shorted);
    out->short_circuit_a = in->point.i_a / a_per_a;
    if (open >= POINTS_MIN && shorted >= 1 && out->air_gap_v_per_a > 0 && out->short_circuit_a > 0)
        return true;
    out->air_gap_v_per_a = out->short_circuit_a = NAN;
    mb_finding_add(
        reasons, WORD,
        "zero power factor: excitation_a is needed at every point of both curves, with %d open-circuit "
        "points at or below 60 %% of the rated voltage",
        POINTS_MIN);
    return false;
}

/* From the point as far to the left as the short circuit's excitation, then parallel to the air-gap line up
 * to the open-circuit curve. There its bend is what is left of the point's excitation. */
static void triangle(const struct mb_excitation_input *in, struct mb_excitation_result *out,
                     struct mb_findings *reasons, struct mb_findings *warnings)
{
    const struct mb_zero_power_factor_point *p = &in->point;
    double low_v = p->u_v, high_v = highest_v(in);
    double bend = p->excitation_a - out->short_circuit_a - p->u_v / out->air_gap_v_per_a;

    if (!(bend > bend_a(in, out, low_v))) {
        mb_finding_add(
            reasons, WORD,
            "zero power factor: no triangle, %.4g A of excitation are too few for %.2f V and %.4g A "
            "beside the open-circuit curve",
            p->excitation_a, p->u_v, p->i_a);
        return;
    }
    if (!(bend <= bend_a(in, out, high_v))) {
        mb_finding_add(
            warnings, WORD,
            "zero power factor: the open-circuit curve ends at %.1f V, below the corner of the triangle",
            high_v);
        return;
    }
    for (int i = 0; i < HALVINGS; i++) {
        double middle_v = (low_v + high_v) / 2;

        if (bend_a(in, out, middle_v) < bend)
            low_v = middle_v;
        else
            high_v = middle_v;
    }
    out->corner_v = high_v;
    out->corner_a = open_a(in, high_v);
    out->potier_drop_v = high_v - p->u_v;
    out->potier_ohm = out->potier_drop_v / (sqrt(3) * p->i_a);
    out->reaction_a = p->excitation_a - out->corner_a;
}

/* The voltage real; the current of an overexcited motor leads. */
static void at_load(const struct mb_excitation_input *in, struct mb_excitation_result *out,
                    struct mb_findings *warnings)
{
    double u_v = in->load.u_v, cosine = in->load.p1_w / (sqrt(3) * u_v * in->load.i_a);
    double complex current = cosine + I * mb_sine_of(cosine), behind_winding, behind_potier, direction;
    double share = in->load.i_a / in->point.i_a;

    behind_winding = u_v - sqrt(3) / 2 * in->load.i_a * in->load.r_ohm * current;
    behind_potier = behind_winding - I * out->potier_drop_v * share * current;
    direction = behind_potier / cabs(behind_potier);
    out->potier_voltage_v = cabs(behind_potier);
    out->excitation_potier_a =
        cabs(open_a(in, out->potier_voltage_v) * direction - I * out->reaction_a * share * current);
    out->saturation_a = bend_a(in, out, out->potier_voltage_v);
    out->excitation_asa_a =
        cabs(behind_winding / out->air_gap_v_per_a - I * out->short_circuit_a * share * current) +
        out->saturation_a;
    out->potier_difference = out->excitation_potier_a / in->load.excitation_a - 1;
    out->asa_difference = out->excitation_asa_a / in->load.excitation_a - 1;
    if (isfinite(out->potier_voltage_v) && isnan(out->saturation_a))
        mb_finding_add(
            warnings, WORD,
            "zero power factor: the open-circuit curve does not reach the %.2f V behind the Potier "
            "reactance at load",
            out->potier_voltage_v);
}

void mb_excitation_clear(struct mb_excitation_result *out)
{
    *out = (struct mb_excitation_result){
        .power_factor = NAN,
        .air_gap_v_per_a = NAN,
        .short_circuit_a = NAN,
        .corner_v = NAN,
        .corner_a = NAN,
        .potier_drop_v = NAN,
        .potier_ohm = NAN,
        .reaction_a = NAN,
        .potier_voltage_v = NAN,
        .excitation_potier_a = NAN,
        .saturation_a = NAN,
        .excitation_asa_a = NAN,
        .potier_difference = NAN,
        .asa_difference = NAN,
    };
}

void mb_excitation_evaluate(const struct mb_excitation_input *in, struct mb_excitation_result *out,
                            struct mb_findings *reasons, struct mb_findings *warnings)
{
    mb_excitation_clear(out);
    out->power_factor = in->point.p1_w / (sqrt(3) * in->point.u_v * in->point.i_a);
    gate(in, out, reasons);
    if (!curves(in, out, reasons))
        return;
    triangle(in, out, reasons, warnings);
    at_load(in, out, warnings);
}
