/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Averages snapshots over a window. A window with one bad sample is bad (design.md, rule 1). Pure. */
#pragma once

#include "bench/signal.h"

struct mb_window_signal {
    size_t count;
    double mean, m2, minimum, maximum; /* m2: sum of squared deviations (Welford) */
    double uncertainty_sum;            /* of the samples' own standard uncertainties */
    enum mb_validity worst;            /* MB_VALID while every sample was */
    unsigned flags;
};

struct mb_window {
    size_t samples;
    uint64_t first_ns, last_ns;
    size_t monitored_count;
    struct mb_window_signal signal[MB_SIGNAL_COUNT];
};

void mb_window_clear(struct mb_window *window);
void mb_window_add(struct mb_window *window, const struct mb_snapshot *snapshot);
double mb_window_length_s(const struct mb_window *window);
/* It has this length, and more than one sample, whatever the length. */
bool mb_window_lasts(const struct mb_window *window, double length_s);
/* Mean; standard uncertainty = instrument's (correlated over the window) and scatter of the mean in
 * quadrature, NAN when the instrument's is not known. MB_NO_DATA when the signal was never read. */
struct mb_reading mb_window_reading(const struct mb_window *window, enum mb_signal signal);
/* (max - min) / |mean|, fraction; 0 for fewer than two samples. */
double mb_window_fluctuation(const struct mb_window *window, enum mb_signal signal);
