/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/seven_point.h"

#include <errno.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>

#include "method/rules.h"

/* Speed and torque in percent, hottest first [M+]. */
static const struct mb_plane_query points_of_standard[MB_SEVEN_POINTS] = {
    {90, 100}, {50, 100}, {25, 100}, {90, 50}, {50, 50}, {50, 25}, {25, 25},
};
#define SET_POINT_PERCENT 2.0 /* [E], as for loads on the mains */
#define REFERENCE 0           /* of IEC TS 60034-30-2: 90 % speed, 100 % torque */

static void terms(double n, double t, double ret[MB_PLANE_COEFFICIENTS])
{
    ret[0] = 1;
    ret[1] = n;
    ret[2] = n * n;
    ret[3] = n * t * t;
    ret[4] = n * n * t * t;
    ret[5] = t;
    ret[6] = t * t;
}

double mb_plane_at(const double c[MB_PLANE_COEFFICIENTS], double n, double t)
{
    double x[MB_PLANE_COEFFICIENTS], sum = 0;

    terms(n, t, x);
    for (size_t i = 0; i < MB_PLANE_COEFFICIENTS; i++)
        sum += c[i] * x[i];
    return sum;
}

int mb_plane_fit(const double n[MB_SEVEN_POINTS], const double t[MB_SEVEN_POINTS],
                 const double loss_w[MB_SEVEN_POINTS], double ret[MB_PLANE_COEFFICIENTS])
{
    double matrix[MB_SEVEN_POINTS * MB_PLANE_COEFFICIENTS], x[MB_PLANE_COEFFICIENTS];
    gsl_matrix_view a = gsl_matrix_view_array(matrix, MB_SEVEN_POINTS, MB_PLANE_COEFFICIENTS);
    gsl_vector_const_view b = gsl_vector_const_view_array(loss_w, MB_SEVEN_POINTS);
    gsl_vector_view solution = gsl_vector_view_array(x, MB_PLANE_COEFFICIENTS);
    size_t order[MB_SEVEN_POINTS];
    gsl_permutation p = {MB_SEVEN_POINTS, order};
    int sign;

    for (size_t i = 0; i < MB_SEVEN_POINTS; i++)
        terms(n[i], t[i], matrix + i * MB_PLANE_COEFFICIENTS);
    if (gsl_linalg_LU_decomp(&a.matrix, &p, &sign) != GSL_SUCCESS ||
        !(fabs(gsl_linalg_LU_det(&a.matrix, sign)) > 1e-12) ||
        gsl_linalg_LU_solve(&a.matrix, &p, &b.vector, &solution.vector) != GSL_SUCCESS)
        return -EINVAL;
    for (size_t i = 0; i < MB_PLANE_COEFFICIENTS; i++)
        ret[i] = x[i];
    return 0;
}

static double rated_torque_nm(const struct mb_seven_point_input *in)
{
    return in->rated_power_w * 60 / (2 * M_PI * in->rated_speed_rpm);
}

static struct mb_drive_result at(const struct mb_seven_point_input *in, const double c[], double n, double t)
{
    struct mb_drive_result r = {.output_w = n * t * in->rated_power_w, .loss_w = mb_plane_at(c, n, t)};

    r.efficiency = r.output_w / (r.output_w + r.loss_w);
    return r;
}

static void check_point(const struct mb_seven_point_input *in, size_t i, struct mb_seven_point_result *out)
{
    const struct mb_drive_point *p = &in->points[i];
    const struct mb_plane_query *q = &points_of_standard[i];
    double n = 100 * p->n_rpm / in->rated_speed_rpm, t = 100 * p->t_nm / rated_torque_nm(in);

    if (p->speed_percent != q->speed_percent || p->torque_percent != q->torque_percent)
        mb_finding_add(&out->outcome.reasons, "load-points",
                       "point %zu is (%g %%, %g %%) of speed and torque, it must be (%g %%, %g %%): from the "
                       "hottest to the coolest",
                       i + 1, p->speed_percent, p->torque_percent, q->speed_percent, q->torque_percent);
    else if (fabs(n - q->speed_percent) > SET_POINT_PERCENT ||
             fabs(t - q->torque_percent) > SET_POINT_PERCENT)
        mb_finding_add(
            &out->outcome.reasons, "load-points",
            "point %zu was measured at %.2f %% speed and %.2f %% torque, allowed are %g points off", i + 1, n,
            t, SET_POINT_PERCENT);
    if (!(out->points[i].efficiency > 0 && out->points[i].efficiency < 1))
        mb_finding_add(&out->outcome.reasons, "torque-sign",
                       "point %zu: an efficiency of %.4f follows, it must be above 0 and below 1", i + 1,
                       out->points[i].efficiency);
}

static void interpolate(const struct mb_seven_point_input *in, struct mb_seven_point_result *out)
{
    double n[MB_SEVEN_POINTS], t[MB_SEVEN_POINTS], loss_w[MB_SEVEN_POINTS];

    for (size_t i = 0; i < MB_SEVEN_POINTS; i++) {
        n[i] = in->points[i].n_rpm / in->rated_speed_rpm;
        t[i] = in->points[i].t_nm / rated_torque_nm(in);
        loss_w[i] = out->points[i].loss_w;
    }
    if (mb_plane_fit(n, t, loss_w, out->c) < 0) {
        mb_finding_add(&out->outcome.reasons, "load-points", "the points do not determine the losses");
        return;
    }
    for (size_t i = 0; i < in->query_count; i++)
        out->at[i] = at(in, out->c, in->queries[i].speed_percent / 100, in->queries[i].torque_percent / 100);
    out->rated = at(in, out->c, 1, 1);
}

static void clear(struct mb_seven_point_result *out)
{
    static const struct mb_drive_result nothing = {NAN, NAN, NAN};

    for (size_t i = 0; i < MB_SEVEN_POINTS; i++)
        out->points[i] = nothing;
    for (size_t i = 0; i < MB_PLANE_QUERIES_MAX; i++)
        out->at[i] = nothing;
    for (size_t i = 0; i < MB_PLANE_COEFFICIENTS; i++)
        out->c[i] = NAN;
    out->rated = nothing;
    out->outcome.efficiency = NAN;
}

void mb_seven_point_evaluate(const struct mb_seven_point_input *in, struct mb_seven_point_result *out)
{
    clear(out);
    if (isnan(in->rated_speed_rpm)) {
        mb_finding_add(&out->outcome.reasons, "missing-data",
                       "motor.rated.speed_rpm, the base speed, is needed");
        return;
    }
    for (size_t i = 0; i < in->point_count && i < MB_SEVEN_POINTS; i++) {
        const struct mb_drive_point *p = &in->points[i];
        double output_w = 2 * M_PI * p->n_rpm / 60 * p->t_nm;

        out->points[i] = (struct mb_drive_result){output_w, p->p1_w - output_w, output_w / p->p1_w};
        check_point(in, i, out);
    }
    if (in->point_count != MB_SEVEN_POINTS) {
        mb_finding_add(&out->outcome.reasons, "load-points",
                       "%zu points, there must be the %d of the standard", in->point_count, MB_SEVEN_POINTS);
        return;
    }
    interpolate(in, out);
    out->outcome.efficiency = out->points[REFERENCE].efficiency;
}
