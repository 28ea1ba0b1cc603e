/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/parts.h"

#include <math.h>

#include "method/fit.h"
#include "method/remark.h"
#include "method/rules.h"

enum band { BAND_FRICTION, BAND_IRON };

static bool in_band(const struct mb_efficiency_input *input, const struct mb_no_load_point *p, enum band band)
{
    double u = p->u_v / input->rated_voltage_v, room = MB_BAND_TOLERANCE + MB_ROUNDING;

    if (band == BAND_FRICTION)
        return u > 0 && u <= MB_FRICTION_BAND_TO + room;
    return u >= MB_IRON_BAND_FROM - room && u <= MB_IRON_BAND_TO + room;
}

static size_t count_band(const struct mb_efficiency_input *input, enum band band)
{
    size_t n = 0;

    for (size_t i = 0; i < input->no_load_count; i++)
        n += in_band(input, &input->no_load[i], band);
    return n;
}

static bool has_rated_voltage(const struct mb_efficiency_input *input)
{
    for (size_t i = 0; i < input->no_load_count; i++)
        if (fabs(input->no_load[i].u_v / input->rated_voltage_v - 1) <= MB_BAND_TOLERANCE + MB_ROUNDING)
            return true;
    return false;
}

static bool voltages_fall(const struct mb_efficiency_input *input)
{
    for (size_t i = 1; i < input->no_load_count; i++)
        if (!(input->no_load[i].u_v < input->no_load[i - 1].u_v))
            return false;
    return true;
}

/* A1.5: which voltages there must be. */
static void judge_points(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    size_t low = count_band(input, BAND_FRICTION), high = count_band(input, BAND_IRON);

    if (low < MB_NO_LOAD_BAND_MIN)
        mb_remark_defect(input, result, MB_REASON_NO_LOAD_POINTS,
                         "%zu no-load points at or below 60 %% of the rated voltage, at least %d are needed",
                         low, MB_NO_LOAD_BAND_MIN);
    if (high < MB_NO_LOAD_BAND_MIN)
        mb_remark_defect(input, result, MB_REASON_NO_LOAD_POINTS,
                         "%zu no-load points from 90 to 110 %% of the rated voltage, at least %d are needed",
                         high, MB_NO_LOAD_BAND_MIN);
    if (!has_rated_voltage(input))
        mb_remark_defect(input, result, MB_REASON_NO_LOAD_POINTS, "no no-load point at the rated %g V",
                         input->rated_voltage_v);
    if (!voltages_fall(input))
        mb_remark_defect(input, result, MB_REASON_NO_LOAD_POINTS,
                         "the no-load points are not in falling order of voltage, the highest first");
    for (size_t i = 1; i < input->no_load_count; i++)
        if (input->no_load[i].i_a > input->no_load[i - 1].i_a &&
            in_band(input, &input->no_load[i], BAND_FRICTION)) {
            mb_remark_warning(result, MB_REASON_NO_LOAD_POINTS,
                              "the current rises again at %g V: the curve should have ended above it",
                              input->no_load[i].u_v);
            return;
        }
}

/* A1.5: linear in the input power, not in time. */
static double resistance_ohm(const struct mb_efficiency_input *input, size_t i)
{
    const struct mb_no_load_point *p = input->no_load;
    double last = p[input->no_load_count - 1].p0_w, span = p[0].p0_w - last;

    if (!isnan(p[i].r_ohm))
        return p[i].r_ohm;
    if (span == 0)
        return input->no_load_r_before_ohm;
    return input->no_load_r_after_ohm +
           (input->no_load_r_before_ohm - input->no_load_r_after_ohm) * (p[i].p0_w - last) / span;
}

static void separate_constant_losses(const struct mb_efficiency_input *input,
                                     struct mb_efficiency_result *result)
{
    for (size_t i = 0; i < input->no_load_count; i++) {
        const struct mb_no_load_point *p = &input->no_load[i];
        struct mb_no_load_result *out = &result->no_load.points[i];

        out->r_ohm = resistance_ohm(input, i);
        out->stator_w = 1.5 * p->i_a * p->i_a * out->r_ohm;
        out->constant_w = p->p0_w - out->stator_w;
    }
}

static size_t collect(const struct mb_efficiency_input *input, const struct mb_efficiency_result *result,
                      enum band band, double *u, double *loss_w)
{
    size_t n = 0;

    for (size_t i = 0; i < input->no_load_count; i++)
        if (in_band(input, &input->no_load[i], band)) {
            u[n] = input->no_load[i].u_v;
            loss_w[n++] = result->no_load.points[i].constant_w;
        }
    return n;
}

static void fit_friction(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    double u[MB_NO_LOAD_POINTS_MAX], loss_w[MB_NO_LOAD_POINTS_MAX];
    size_t n = collect(input, result, BAND_FRICTION, u, loss_w);
    struct mb_line line;

    for (size_t i = 0; i < n; i++)
        u[i] *= u[i];
    line = mb_fit_line(u, loss_w, n);
    result->no_load.friction_windage_w = line.intercept;
    result->no_load.slope_w_per_v2 = line.slope;
    result->no_load.r = line.r;
    /* The flux of magnets does not go with the voltage (A3): the split is conventional, the sum is not. */
    if (isnan(line.intercept) || input->synchronous)
        return;
    if (!(line.r >= MB_FRICTION_CORRELATION))
        mb_remark_defect(input, result, MB_REASON_NO_LOAD_POINTS,
                         "constant losses against U0 squared: r = %.4f, at least %.2f is needed", line.r,
                         MB_FRICTION_CORRELATION);
    if (!(line.intercept > 0))
        mb_remark_defect(input, result, MB_REASON_NO_LOAD_POINTS,
                         "friction and windage loss of %.3f W, it must be above 0", line.intercept);
}

static void fit_iron(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    double u[MB_NO_LOAD_POINTS_MAX], loss_w[MB_NO_LOAD_POINTS_MAX];
    size_t n = collect(input, result, BAND_IRON, u, loss_w);
    struct mb_parabola parabola;

    for (size_t i = 0; i < n; i++)
        loss_w[i] -= result->no_load.friction_windage_w;
    parabola = mb_fit_parabola(u, loss_w, n);
    for (size_t i = 0; i < 3; i++)
        result->no_load.iron_coefficient[i] = parabola.c[i];
    result->no_load.iron_center_v = parabola.center;
}

void mb_evaluate_no_load(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    if (input->no_load_count == 0) {
        result->no_load.friction_windage_w = input->constant_friction_windage_w;
        return;
    }
    judge_points(input, result);
    separate_constant_losses(input, result);
    fit_friction(input, result);
    fit_iron(input, result);
}

static bool covered(const struct mb_efficiency_input *input, double inner_voltage_v)
{
    double low = INFINITY, high = -INFINITY, room = MB_IRON_EXTRAPOLATION * input->rated_voltage_v;

    for (size_t i = 0; i < input->no_load_count; i++)
        if (in_band(input, &input->no_load[i], BAND_IRON)) {
            low = fmin(low, input->no_load[i].u_v);
            high = fmax(high, input->no_load[i].u_v);
        }
    return inner_voltage_v >= low - room && inner_voltage_v <= high + room;
}

double mb_iron_w(const struct mb_efficiency_input *input, const struct mb_efficiency_result *result,
                 double inner_voltage_v)
{
    struct mb_parabola p = {.center = result->no_load.iron_center_v};

    if (input->no_load_count == 0)
        return input->constant_iron_w;
    if (!covered(input, inner_voltage_v))
        return NAN;
    for (size_t i = 0; i < 3; i++)
        p.c[i] = result->no_load.iron_coefficient[i];
    return mb_parabola_at(&p, inner_voltage_v);
}

double mb_friction_windage_w(const struct mb_efficiency_input *input,
                             const struct mb_efficiency_result *result, double slip)
{
    /* A given constant belongs to the reading itself; the intercept of the no-load curve to synchronous
     * speed. */
    if (input->no_load_count == 0)
        return input->constant_friction_windage_w;
    if (!(slip < 1))
        return NAN;
    return result->no_load.friction_windage_w * pow(1 - slip, MB_FRICTION_SPEED_EXPONENT);
}
