/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/fft.h"

#include <limits.h>
#include <pthread.h>

/* The only state of this folder that outlives a call: FFTW has one planner a process. */
static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

fftw_plan mb_fft_plan_complex(size_t n, double complex *in, double complex *out, int sign)
{
    fftw_plan plan = NULL;

    if (n == 0 || n > INT_MAX)
        return NULL;
    (void)pthread_mutex_lock(&planner);
    plan = fftw_plan_dft_1d((int)n, in, out, sign, FFTW_ESTIMATE);
    (void)pthread_mutex_unlock(&planner);
    return plan;
}

fftw_plan mb_fft_plan_real(size_t n, double *in, double complex *out)
{
    fftw_plan plan = NULL;

    if (n == 0 || n > INT_MAX)
        return NULL;
    (void)pthread_mutex_lock(&planner);
    plan = fftw_plan_dft_r2c_1d((int)n, in, out, FFTW_ESTIMATE);
    (void)pthread_mutex_unlock(&planner);
    return plan;
}

fftw_plan mb_fft_plan_free(fftw_plan plan)
{
    if (!plan)
        return NULL;
    (void)pthread_mutex_lock(&planner);
    fftw_destroy_plan(plan);
    (void)pthread_mutex_unlock(&planner);
    return NULL;
}

size_t mb_fft_length(size_t n)
{
    size_t base = 4;

    while (base * 2 <= n)
        base *= 2;
    for (size_t quarter = 4; quarter < 8; quarter++)
        if (base / 4 * quarter >= n)
            return base / 4 * quarter;
    return base * 2;
}
