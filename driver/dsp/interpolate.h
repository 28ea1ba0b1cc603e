/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The polynomial through twelve neighbouring samples, as weights of the samples at -5 .. 6 around a place x
 * in 0 .. 1. For a sine of w radians a sample the value is off by at most 5.6e-5 w^12 of its amplitude. */
#pragma once

#define MB_STENCIL 12       /* samples */
#define MB_STENCIL_BEFORE 5 /* of them before sample 0 */
#define MB_STENCIL_AFTER 6  /* and after it */

/* Weights of the value at x. */
void mb_stencil_value(double x, double ret_weights[MB_STENCIL]);
/* Weights of the integral from 0 to x. */
void mb_stencil_integral(double x, double ret_weights[MB_STENCIL]);
/* Sum of weight[i] samples[i]. */
double mb_stencil_apply(const double weights[MB_STENCIL], const double samples[MB_STENCIL]);
