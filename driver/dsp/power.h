/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Voltages, currents and powers of one window. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "dsp/flags.h"
#include "dsp/span.h"

/* A rectified mean times this is the rms of a sine: pi / (2 sqrt 2). */
#define MB_RECTIFIED_TO_RMS 1.11072073453959156

struct mb_channel_values {
    double rms, mean; /* mean: the DC part */
    double ac_rms;    /* without the mean */
    double rectified_mean;
    double max, min, peak; /* peak: the larger magnitude */
    double crest;          /* peak / rms, NAN of nothing */
    uint32_t flags;
};

/* What the converter can tell apart, in the channel's unit; NAN: not known. */
struct mb_converter_range {
    double min, max;
};

/* range may be NULL. Clipped: a sample at its end or beyond. Values of samples that are not finite are NAN.
 */
void mb_channel_values(const struct mb_span_weights *weights, const double x[],
                       const struct mb_converter_range *range, struct mb_channel_values *ret);

/* What is connected where. An element is a voltage and a current channel.
 * Three-wire: voltages go from the line of the element's current to the common line. 3V3A has in its third
 * element the voltage between the first two lines and the current of the common line; they count for apparent
 * power and means only. */
enum mb_wiring {
    MB_WIRING_1P2W, /* one element */
    MB_WIRING_1P3W, /* two, to the neutral */
    MB_WIRING_3P3W, /* two wattmeters */
    MB_WIRING_3V3A, /* two wattmeters, all voltages and currents */
    MB_WIRING_3P4W, /* three, to the neutral */
    MB_WIRING_COUNT
};
#define MB_ELEMENTS_MAX 3

/* Reactive power of an element. Belongs to every result, as does the next. The fundamental's is IEEE 1459's
 * Q1; total is what that standard calls nonactive power N. Budeanu's is the sum of U_h I_h sin(phi_h); what S
 * holds besides P and it is his distortion power. (Formulas from memory of the literature and of IEEE
 * 1459-2010, not checked against a copy.) */
enum mb_reactive {
    MB_REACTIVE_TOTAL,       /* sqrt(S^2 - P^2), with the sign of the fundamental's where that is known */
    MB_REACTIVE_FUNDAMENTAL, /* of the fundamental alone: Im(U1 conj I1), above 0 for a lagging current */
    MB_REACTIVE_BUDEANU,     /* of all orders that were analysed, each as the fundamental's */
    MB_REACTIVE_COUNT
};

/* Apparent power of several elements. */
enum mb_apparent {
    MB_APPARENT_ARITHMETIC, /* sum of U I; times sqrt(3)/2 of 3P3W and sqrt(3)/3 of 3V3A */
    MB_APPARENT_VECTOR,     /* sqrt(P^2 + Q^2) of the sums of P and Q */
    /* IEEE 1459's effective apparent power 3 Ue Ie of three phases (from memory of the standard, as above).
     * Four wires: Ue^2 = (3 sum of phase + sum of line voltages squared) / 18, Ie^2 = (sum of line currents
     * squared + neutral's) / 3; three wires: Ue^2 = sum of line voltages squared / 9. Of single-phase wirings
     * it is the arithmetic one. */
    MB_APPARENT_EFFECTIVE,
    MB_APPARENT_COUNT
};

/* "1P2W", "total", "arithmetic" ...; constant texts. */
const char *mb_wiring_name(enum mb_wiring wiring);
const char *mb_reactive_name(enum mb_reactive reactive);
const char *mb_apparent_name(enum mb_apparent apparent);
/* 0 or -EINVAL. */
int mb_wiring_from_name(const char *name, enum mb_wiring *ret);
int mb_reactive_from_name(const char *name, enum mb_reactive *ret);
int mb_apparent_from_name(const char *name, enum mb_apparent *ret);
/* Elements of a wiring, and how many of them add to the power. */
size_t mb_wiring_elements(enum mb_wiring wiring);
size_t mb_wiring_power_elements(enum mb_wiring wiring);

/* Means over the window: u u, i i, u i; the reactive power of the fundamental and Budeanu's, NAN: not known;
 * and, for effective apparent power only, the means of products with the next element's voltage and current
 * (that of the last is the first), NAN: not known. */
struct mb_element {
    double uu, ii, ui, q1_var;
    double budeanu_var, uu_next, ii_next;
};

struct mb_power {
    double p_w, s_va, q_var;
    double power_factor; /* NAN without apparent power */
};

struct mb_wired_power {
    enum mb_wiring wiring;
    enum mb_reactive reactive;
    enum mb_apparent apparent;
    struct mb_power element[MB_ELEMENTS_MAX];
    struct mb_power total;
    double u_mean_v, i_mean_a; /* arithmetic means of the elements' rms */
};

/* One element's means; what is not uu, ii or ui is left NAN. */
void mb_element_measure(const struct mb_span_weights *weights, const double u[], const double i[],
                        struct mb_element *ret);
void mb_wired_power(enum mb_wiring wiring, enum mb_reactive reactive, enum mb_apparent apparent,
                    const struct mb_element elements[], struct mb_wired_power *ret);
