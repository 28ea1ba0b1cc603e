/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many windows as one: rms values as the root of the mean square, powers as means, each window by its length,
 * as one long window would have them. */
#pragma once

#include <complex.h>

#include "analysis/analyser.h"

struct mb_analysis_mean;

/* For the windows of one analyser, which outlives it. -ENOMEM. */
int mb_analysis_mean_new(const struct mb_analyser *analyser, struct mb_analysis_mean **ret);
struct mb_analysis_mean *mb_analysis_mean_free(struct mb_analysis_mean *mean);
void mb_analysis_mean_add(struct mb_analysis_mean *mean, const struct mb_analysis *window);
size_t mb_analysis_mean_count(const struct mb_analysis_mean *mean);      /* windows */
size_t mb_analysis_mean_line_count(const struct mb_analysis_mean *mean); /* of them with harmonics */
/* Borrowed from the mean. Orders are rms without a phase. frequency_hz, harmonics and what is made of them
 * are those of the windows that have them; flags of all. */
void mb_analysis_mean_result(struct mb_analysis_mean *mean, struct mb_analysis *ret);
/* Mean active and reactive power of one order, sum of the elements; NAN: not wired, or no such order. */
double complex mb_analysis_mean_order_power(const struct mb_analysis_mean *mean, unsigned order);
