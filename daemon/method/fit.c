/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/fit.h"

#include <gsl/gsl_fit.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

static bool all_equal(const double *x, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (x[i] != x[0])
            return false;
    return true;
}

struct mb_line mb_fit_line(const double *x, const double *y, size_t n)
{
    struct mb_line line = {NAN, NAN, NAN};
    double cov00, cov01, cov11, sum_of_squares;

    if (n < 2 || all_equal(x, n))
        return line;
    (void)gsl_fit_linear(x, 1, y, 1, n, &line.intercept, &line.slope, &cov00, &cov01, &cov11,
                         &sum_of_squares);
    if (!all_equal(y, n))
        line.r = gsl_stats_correlation(x, 1, y, 1, n);
    return line;
}

/* Projection on the orthogonal polynomials 1, x, x^2 - alpha x - beta of the centred x: no normal matrix to
 * invert. */
struct mb_parabola mb_fit_parabola(const double *x, const double *y, size_t n)
{
    struct mb_parabola p = {.c = {NAN, NAN, NAN}, .center = NAN};
    double mean, s2 = 0, s3 = 0, y0 = 0, y1 = 0, y2 = 0, q2 = 0;

    if (n < 3)
        return p;
    mean = gsl_stats_mean(x, 1, n);
    for (size_t i = 0; i < n; i++) {
        double d = x[i] - mean;

        s2 += d * d;
        s3 += d * d * d;
        y0 += y[i];
        y1 += d * y[i];
    }
    for (size_t i = 0; i < n; i++) {
        double d = x[i] - mean, q = d * d - s3 / s2 * d - s2 / (double)n;

        q2 += q * q;
        y2 += q * y[i];
    }
    p.center = mean;
    if (!(q2 > 1e-12 * s2 * s2)) /* fewer than three different x */
        return p;
    p.c[2] = y2 / q2;
    p.c[1] = y1 / s2 - p.c[2] * s3 / s2;
    p.c[0] = y0 / (double)n - p.c[2] * s2 / (double)n;
    return p;
}

double mb_parabola_at(const struct mb_parabola *p, double x)
{
    double d = x - p->center;

    return p->c[0] + d * (p->c[1] + d * p->c[2]);
}

static int by_x(const void *a, const void *b)
{
    const struct mb_curve_point *p = a, *q = b;

    return p->x != q->x ? (p->x > q->x) - (p->x < q->x) : (p->y > q->y) - (p->y < q->y);
}

/* Readings repeated at one load would bend a polynomial through each of them. */
static size_t merge_close(struct mb_curve_point *points, size_t n, double merge)
{
    size_t kept = 0;

    for (size_t i = 0; i < n;) {
        double x = 0, y = 0;
        size_t first = i;

        while (i < n && points[i].x - points[first].x <= merge) {
            x += points[i].x;
            y += points[i].y;
            i++;
        }
        points[kept].x = x / (double)(i - first);
        points[kept++].y = y / (double)(i - first);
    }
    return kept;
}

static double lagrange(const struct mb_curve_point *p, size_t n, double x)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        double weight = 1;

        for (size_t k = 0; k < n; k++)
            if (k != i)
                weight *= (x - p[k].x) / (p[i].x - p[k].x);
        sum += weight * p[i].y;
    }
    return sum;
}

double mb_curve_at(struct mb_curve_point *points, size_t n, double x, double merge)
{
    size_t above = 0, first, used;

    qsort(points, n, sizeof *points, by_x);
    n = merge_close(points, n, merge);
    if (n < 2 || !(x >= points[0].x && x <= points[n - 1].x))
        return NAN;
    while (points[above].x < x)
        above++;
    used = n < 4 ? n : 4;
    first = above < 2 ? 0 : above - 2;
    if (first + used > n)
        first = n - used;
    return lagrange(points + first, used, x);
}
