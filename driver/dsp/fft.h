/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans of FFTW. Estimated, never measured: a measured plan depends on what the machine was doing, and so
 * would the last bits of every result. */
#pragma once

#include <complex.h>
#include <stddef.h>

#include <fftw3.h>

/* The planner of FFTW may be used by one thread at a time; these may be used by any. NULL: no memory. */
fftw_plan mb_fft_plan_complex(size_t n, double complex *in, double complex *out, int sign);
fftw_plan mb_fft_plan_real(size_t n, double *in, double complex *out);
fftw_plan mb_fft_plan_free(fftw_plan plan);

/* The smallest 4, 5, 6 or 7 times a power of two that is at least n: FFTW is quick there, and windows of
 * nearly the same length share one. */
size_t mb_fft_length(size_t n);
