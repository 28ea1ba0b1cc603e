/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Harmonics of a window of whole cycles, and their groups as IEC 61000-4-7 makes them (formulas from memory
 * of the standard, not checked against a copy; the window of 10 or 12 cycles is confirmed by public
 * descriptions). Lines are as exact as dsp/lines.h says; a window that is shorter than the standard's is
 * analysed as it is, and flagged. */
#pragma once

#include <complex.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "dsp/window.h"

#define MB_HARMONIC_ORDERS 100

/* rms, by order; order 0 is DC, whose groups are those of its lines above it. N cycles in the window, C_k its
 * lines: */
struct mb_harmonics {
    unsigned highest; /* order: up to MB_HARMONIC_ORDERS, and below half the rate with its group */
    unsigned cycles;  /* N */
    double complex order[MB_HARMONIC_ORDERS + 1]; /* C_hN, phase as a cosine from the start of the window */
    double
        group[MB_HARMONIC_ORDERS + 1]; /* C_hN and all lines up to N/2 on both sides, those at N/2 by half */
    double subgroup[MB_HARMONIC_ORDERS + 1];       /* C_hN and its two neighbours */
    double inter_group[MB_HARMONIC_ORDERS + 1];    /* all lines between orders h and h + 1 */
    double inter_subgroup[MB_HARMONIC_ORDERS + 1]; /* the same without the neighbours of both orders */
    double wanted_s;                               /* with MB_WAVE_TOO_SHORT: the window of the standard */
    uint32_t flags;
};

enum mb_harmonic_content {
    MB_CONTENT_ORDERS,
    MB_CONTENT_GROUPS,
    MB_CONTENT_SUBGROUPS,
};

struct mb_harmonics_engine;

/* One for each thread. 0 or -ENOMEM. */
int mb_harmonics_engine_new(struct mb_harmonics_engine **ret);
struct mb_harmonics_engine *mb_harmonics_engine_free(struct mb_harmonics_engine *engine);

/* The window of the next calls; orders: at most MB_HARMONIC_ORDERS. Returns 0, -ENODATA for a window that was
 * cut by time, -EINVAL (no orders, or not even the first is below half the rate), -ERANGE as mb_span_weigh,
 * -ENOMEM. */
int mb_harmonics_prepare(struct mb_harmonics_engine *engine, const struct mb_window *window, unsigned orders,
                         struct mb_error *err);
/* Two channels at once cost as much as one; y and ret_y may be NULL. */
void mb_harmonics_pair(struct mb_harmonics_engine *engine, const double x[], const double y[],
                       struct mb_harmonics *ret_x, struct mb_harmonics *ret_y);

/* Root sum of squares of the orders 2 .. highest that there are. */
double mb_harmonics_distortion(const struct mb_harmonics *h, enum mb_harmonic_content content,
                               unsigned highest);
/* The two definitions of total harmonic distortion: to the fundamental (of the same content), and to the
 * total rms of the signal. NAN where that is 0. */
double mb_thd_fundamental(const struct mb_harmonics *h, enum mb_harmonic_content content, unsigned highest);
double mb_thd_total(const struct mb_harmonics *h, enum mb_harmonic_content content, unsigned highest,
                    double rms);

/* Active and reactive power of one order; order 0 is the DC power, with no reactive. */
double complex mb_harmonic_power(const struct mb_harmonics *u, const struct mb_harmonics *i, unsigned order);
