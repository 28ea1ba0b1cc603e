/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/power.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static uint32_t range_flags(const struct mb_moments *m, const struct mb_converter_range *range)
{
    uint32_t flags = isfinite(m->sum_square) ? 0 : MB_WAVE_NOT_FINITE;

    if (range && (m->max >= range->max || m->min <= range->min))
        flags |= MB_WAVE_CLIPPED;
    return flags;
}

void mb_channel_values(const struct mb_span_weights *weights, const double x[],
                       const struct mb_converter_range *range, struct mb_channel_values *ret)
{
    struct mb_moments m;
    struct mb_channel_values values = {0};

    mb_span_moments(weights, x, &m);
    values.flags = range_flags(&m, range);
    if (values.flags & MB_WAVE_NOT_FINITE) {
        *ret = (struct mb_channel_values){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, values.flags};
        return;
    }
    values.mean = m.sum / weights->length;
    values.rectified_mean = m.sum_abs / weights->length;
    values.rms = sqrt(fmax(0, m.sum_square / weights->length));
    values.ac_rms = sqrt(fmax(0, m.sum_square / weights->length - values.mean * values.mean));
    values.max = m.max;
    values.min = m.min;
    values.peak = fmax(fabs(m.max), fabs(m.min));
    values.crest = values.rms > 0 ? values.peak / values.rms : NAN;
    *ret = values;
}

static const struct {
    const char *name;
    size_t elements, power_elements;
    double apparent_factor; /* to the sum of U I, so that a balanced load has the power factor of a phase */
} wirings[MB_WIRING_COUNT] = {
    [MB_WIRING_1P2W] = {"1P2W", 1, 1, 1},
    [MB_WIRING_1P3W] = {"1P3W", 2, 2, 1},
    [MB_WIRING_3P3W] = {"3P3W", 2, 2, 0.86602540378443864676},
    [MB_WIRING_3V3A] = {"3V3A", 3, 2, 0.57735026918962576451},
    [MB_WIRING_3P4W] = {"3P4W", 3, 3, 1},
};

const char *mb_wiring_name(enum mb_wiring wiring)
{
    return wirings[wiring].name;
}

size_t mb_wiring_elements(enum mb_wiring wiring)
{
    return wirings[wiring].elements;
}

size_t mb_wiring_power_elements(enum mb_wiring wiring)
{
    return wirings[wiring].power_elements;
}

int mb_wiring_from_name(const char *name, enum mb_wiring *ret)
{
    for (size_t i = 0; i < MB_WIRING_COUNT; i++)
        if (strcmp(name, wirings[i].name) == 0) {
            *ret = (enum mb_wiring)i;
            return 0;
        }
    return -EINVAL;
}

static const char *const reactive_names[MB_REACTIVE_COUNT] = {
    [MB_REACTIVE_TOTAL] = "total",
    [MB_REACTIVE_FUNDAMENTAL] = "fundamental",
    [MB_REACTIVE_BUDEANU] = "budeanu",
};
static const char *const apparent_names[MB_APPARENT_COUNT] = {
    [MB_APPARENT_ARITHMETIC] = "arithmetic",
    [MB_APPARENT_VECTOR] = "vector",
    [MB_APPARENT_EFFECTIVE] = "effective",
};

const char *mb_reactive_name(enum mb_reactive reactive)
{
    return reactive_names[reactive];
}

const char *mb_apparent_name(enum mb_apparent apparent)
{
    return apparent_names[apparent];
}

static int find_name(const char *const names[], int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return -EINVAL;
}

int mb_reactive_from_name(const char *name, enum mb_reactive *ret)
{
    int found = find_name(reactive_names, MB_REACTIVE_COUNT, name);

    if (found < 0)
        return found;
    *ret = (enum mb_reactive)found;
    return 0;
}

int mb_apparent_from_name(const char *name, enum mb_apparent *ret)
{
    int found = find_name(apparent_names, MB_APPARENT_COUNT, name);

    if (found < 0)
        return found;
    *ret = (enum mb_apparent)found;
    return 0;
}

void mb_element_measure(const struct mb_span_weights *weights, const double u[], const double i[],
                        struct mb_element *ret)
{
    struct mb_pair_sums sums;

    mb_span_pair_sums(weights, u, i, &sums);
    *ret = (struct mb_element){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (!isfinite(sums.xx) || !isfinite(sums.yy))
        return;
    ret->uu = fmax(0, sums.xx / weights->length);
    ret->ii = fmax(0, sums.yy / weights->length);
    ret->ui = sums.xy / weights->length;
}

/* Of S and P; rounding may leave a little less than nothing. */
static double reactive_of(double s_va, double p_w, double q1_var)
{
    double q_var = sqrt(fmax(0, (s_va - p_w) * (s_va + p_w)));

    if (isnan(s_va) || isnan(p_w))
        return NAN;
    return q1_var < 0 ? -q_var : q_var;
}

static void finish(struct mb_power *power)
{
    power->power_factor = power->s_va > 0 ? power->p_w / power->s_va : NAN;
}

/* 3 Ue Ie, from what is measured: differences of phase voltages, the sum of the currents. */
static double effective_of(enum mb_wiring wiring, const struct mb_element e[], double arithmetic_va)
{
    double uu = 0, ii = 0, uu_next = 0, ii_next = 0;
    size_t count = wirings[wiring].elements, pairs = count == 2 ? 1 : count;

    for (size_t k = 0; k < count; k++) {
        uu += e[k].uu;
        ii += e[k].ii;
        uu_next += k < pairs ? e[k].uu_next : 0;
        ii_next += k < pairs ? e[k].ii_next : 0;
    }
    switch (wiring) {
    case MB_WIRING_3P3W: /* the third voltage is the difference, the third current the sum */
        return 3 * sqrt(fmax(0, (2 * uu - 2 * uu_next) / 9) * fmax(0, (2 * ii + 2 * ii_next) / 3));
    case MB_WIRING_3V3A:
        return 3 * sqrt(uu / 9 * ii / 3);
    case MB_WIRING_3P4W:
        return 3 * sqrt(fmax(0, (5 * uu - 2 * uu_next) / 18) * fmax(0, (2 * ii + 2 * ii_next) / 3));
    case MB_WIRING_1P2W:
    case MB_WIRING_1P3W:
    case MB_WIRING_COUNT:
        break;
    }
    return arithmetic_va;
}

static double apparent_of(const struct mb_wired_power *all, const struct mb_element elements[], double sum_va,
                          double q_var)
{
    double arithmetic_va = sum_va * wirings[all->wiring].apparent_factor;

    switch (all->apparent) {
    case MB_APPARENT_VECTOR:
        return hypot(all->total.p_w, q_var);
    case MB_APPARENT_EFFECTIVE:
        return effective_of(all->wiring, elements, arithmetic_va);
    case MB_APPARENT_ARITHMETIC:
    case MB_APPARENT_COUNT:
        break;
    }
    return arithmetic_va;
}

static double element_reactive(enum mb_reactive reactive, const struct mb_element *e,
                               const struct mb_power *power)
{
    switch (reactive) {
    case MB_REACTIVE_FUNDAMENTAL:
        return e->q1_var;
    case MB_REACTIVE_BUDEANU:
        return e->budeanu_var;
    case MB_REACTIVE_TOTAL:
    case MB_REACTIVE_COUNT:
        break;
    }
    return reactive_of(power->s_va, power->p_w, e->q1_var);
}

void mb_wired_power(enum mb_wiring wiring, enum mb_reactive reactive, enum mb_apparent apparent,
                    const struct mb_element elements[], struct mb_wired_power *ret)
{
    struct mb_wired_power all = {.wiring = wiring, .reactive = reactive, .apparent = apparent};
    size_t count = wirings[wiring].elements;
    double apparent_sum = 0, q1_sum = 0, q_sum = 0;

    for (size_t k = 0; k < count; k++) {
        const struct mb_element *e = &elements[k];
        struct mb_power *power = &all.element[k];
        double u_v = sqrt(e->uu), i_a = sqrt(e->ii);

        power->p_w = e->ui;
        power->s_va = u_v * i_a;
        power->q_var = element_reactive(reactive, e, power);
        finish(power);
        all.u_mean_v += u_v / (double)count;
        all.i_mean_a += i_a / (double)count;
        apparent_sum += power->s_va;
        if (k >= wirings[wiring].power_elements)
            continue;
        all.total.p_w += power->p_w;
        q_sum += power->q_var;
        q1_sum += e->q1_var;
    }
    all.total.s_va = apparent_of(&all, elements, apparent_sum, q_sum);
    if (reactive == MB_REACTIVE_TOTAL && apparent != MB_APPARENT_VECTOR)
        all.total.q_var = reactive_of(all.total.s_va, all.total.p_w, q1_sum);
    else
        all.total.q_var = q_sum;
    finish(&all.total);
    *ret = all;
}
