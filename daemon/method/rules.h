/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The numbers of the evaluation that all editions share here, with the marks of procedures.md. What editions
 * choose differently stands in method/edition.c. */
#pragma once

#include <math.h>

/* Room for rounding where a reading may stand exactly on a bound. */
#define MB_ROUNDING 1e-9

/* 0.4: |U - UN| / UN at readings at rated voltage [E] */
#define MB_VOLTAGE_GATE 0.005
/* apparent power of the meter against sqrt3 U I [E] */
#define MB_METER_GATE 0.01
/* sin phi of a power factor; 0 where the meter's errors brought it beyond one, NAN beyond those errors */
static inline double mb_sine_of(double cosine)
{
    return cosine > 1 && cosine <= 1 + MB_METER_GATE ? 0 : sqrt(1 - cosine * cosine);
}
/* slip at any load up to 150 %: above it the poles or the speed are wrong [E]; 2-1-1A may sweep beyond, to
 * the breakdown */
#define MB_SLIP_MAX 0.25
#define MB_SLIP_MAX_DIRECT 1.0
/* what meters of speed and frequency may make of no slip at all [E] */
#define MB_RATED_OUTPUT_MISFIT 2.0 /* of the reading at rated load to the nameplate, either way [E] */
#define MB_SLIP_SYNCHRONOUS 0.01

/* A1.3 */
#define MB_COOLING_RMS_MAX_K 0.2    /* rms residual of the fit [E] */
#define MB_COOLING_COUNT_MIN 3      /* two readings leave no residual to judge */
#define MB_COOLING_COUNT_WANTED 10  /* [E]: fewer is a warning */
#define MB_COOLING_LATE_FACTOR 2.0  /* first reading not after twice the table delay, B3 [M+] */
#define MB_REFERENCE_COOLANT_C 25.0 /* [M+] */

/* A1.4 */
#define MB_LOAD_COUNT_MIN 6           /* [M+] */
#define MB_LOAD_BELOW_MIN 4           /* from 25 % up to and including 100 % [M+] */
#define MB_LOAD_ABOVE_MIN 2           /* above 100 %, up to 150 % [M+] */
#define MB_LOAD_TARGET_PERCENT 2.0    /* set points within, percentage points [E] */
#define MB_LOAD_SPACING_RATIO 1.5     /* widest step up to 100 % over the mean one: "about equal" [E] */
#define MB_LOAD_LOWEST_PERCENT 25.0   /* [M+] */
#define MB_LOAD_HIGHEST_PERCENT 150.0 /* [M+] */

/* A1.5, A1.6.2, A1.6.3: bands of the no-load curve, fractions of UN */
#define MB_NO_LOAD_BAND_MIN 4          /* points in each band [M+] */
#define MB_FRICTION_BAND_TO 0.60       /* [M+] */
#define MB_IRON_BAND_FROM 0.90         /* [M+] */
#define MB_IRON_BAND_TO 1.10           /* [M+] */
#define MB_BAND_TOLERANCE 0.005        /* [E] */
#define MB_IRON_EXTRAPOLATION 0.01     /* of UN beyond the outermost points of the band [E] */
#define MB_FRICTION_CORRELATION 0.99   /* [E] */
#define MB_FRICTION_SPEED_EXPONENT 2.5 /* [M+] */

/* A1.7 */
#define MB_CORRELATION_WANTED 0.98       /* on a sound bench [M]: below it a warning */
#define MB_RESIDUAL_FROM_PERCENT 50.0    /* a negative residual from this load on is an error [E] */
#define MB_INTERCEPT_SHARE 0.5           /* |B| of PLL at rated torque [M+] */
#define MB_PLL_SHARE 0.05                /* PLL of P1 [E] */
#define MB_DIRECT_SHARE 0.3              /* |direct - B| of 1 - efficiency [E] */
#define MB_RATED_OUTPUT_DIFFERENCE 0.001 /* A1.6.9 [E] */
/* readings closer in output than this share of PN are one point of the curve [E] */
#define MB_CURVE_MERGE 0.05
