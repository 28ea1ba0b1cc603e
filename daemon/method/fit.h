/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Least squares and interpolation. What cannot be determined is NAN. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct mb_line {
    double slope, intercept;
    double r; /* signed correlation */
};

struct mb_parabola { /* y = c0 + c1 x + c2 x^2 with x = given x - center */
    double c[3];
    double center;
};

/* n >= 2 different x. */
struct mb_line mb_fit_line(const double *x, const double *y, size_t n);
/* n >= 3 different x. */
struct mb_parabola mb_fit_parabola(const double *x, const double *y, size_t n);
double mb_parabola_at(const struct mb_parabola *p, double x);

struct mb_curve_point {
    double x, y;
};
/* y at x through the (up to) four points around it, two on each side where there are two. The points are
 * sorted in place by x, and those within merge of each other become their mean; NAN outside the outermost
 * points. */
double mb_curve_at(struct mb_curve_point *points, size_t n, double x, double merge);
