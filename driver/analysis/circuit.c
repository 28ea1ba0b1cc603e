/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which channels belong together, and what the fundamental of all of them says. */
#include "analysis/internal.h"

#include <errno.h>
#include <math.h>

#include "dsp/three_phase.h"

size_t mb_channels_of(const struct mb_wave_channel channels[], size_t count, enum mb_wave_quantity quantity,
                      size_t ret[MB_BLOCK_CHANNELS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (channels[i].quantity == quantity)
            ret[n++] = i;
    return n;
}

const char *mb_conversion_name(enum mb_conversion conversion)
{
    static const char *const names[MB_CONVERT_COUNT] = {
        [MB_CONVERT_NONE] = "none",
        [MB_CONVERT_STAR] = "star",
        [MB_CONVERT_DELTA] = "delta",
        [MB_CONVERT_LINES] = "lines",
    };

    return names[conversion];
}

static int only_channel(const struct mb_analyser_setting *s, enum mb_wave_quantity quantity)
{
    size_t found[MB_BLOCK_CHANNELS_MAX];

    return mb_channels_of(s->channels, s->channel_count, quantity, found) > 0 ? (int)found[0] : -1;
}

static int check_conversions(const struct mb_analyser_setting *s, size_t voltages, size_t currents,
                             struct mb_error *err)
{
    if (s->voltages != MB_CONVERT_NONE && (voltages != 3 || s->voltages == MB_CONVERT_LINES))
        return mb_error_set(err, -EINVAL, "star or delta are made of three voltages, there are %zu",
                            voltages);
    if (s->currents != MB_CONVERT_NONE && (currents != 3 || s->currents != MB_CONVERT_LINES))
        return mb_error_set(err, -EINVAL, "currents of lines are made of three, there are %zu", currents);
    return 0;
}

int analysis_circuit_choose(const struct mb_analyser_setting *s, struct analysis_circuit *ret,
                            struct mb_error *err)
{
    static const enum mb_wiring usual[] = {MB_WIRING_1P2W, MB_WIRING_3P3W, MB_WIRING_3P4W};
    size_t u[MB_BLOCK_CHANNELS_MAX], i[MB_BLOCK_CHANNELS_MAX];
    size_t n = mb_channels_of(s->channels, s->channel_count, MB_WAVE_VOLTAGE, u);
    size_t currents = mb_channels_of(s->channels, s->channel_count, MB_WAVE_CURRENT, i);
    struct analysis_circuit c = {.wired = n > 0 && n == currents && n <= MB_ELEMENTS_MAX};
    int r = check_conversions(s, n, currents, err);

    if (r < 0)
        return r;
    if (s->wiring >= 0) {
        c.wiring = (enum mb_wiring)s->wiring;
        if (!c.wired || mb_wiring_elements(c.wiring) != n)
            return mb_error_set(err, -EINVAL,
                                "wiring %s needs %zu voltages and as many currents, there are %zu and %zu",
                                mb_wiring_name(c.wiring), mb_wiring_elements(c.wiring), n, currents);
    } else if (c.wired) {
        c.wiring = usual[n - 1];
    }
    for (size_t k = 0; c.wired && k < n; k++) {
        c.u[k] = u[k];
        c.i[k] = i[k];
    }
    c.torque = only_channel(s, MB_WAVE_TORQUE);
    c.speed = only_channel(s, MB_WAVE_SPEED);
    c.torque_pulses = only_channel(s, MB_WAVE_TORQUE_PULSES);
    c.speed_pulses = only_channel(s, MB_WAVE_SPEED_PULSES);
    *ret = c;
    return 0;
}

static struct mb_analysis_sequences no_sequences(void)
{
    return (struct mb_analysis_sequences){NAN, NAN, NAN, NAN, NAN};
}

static struct mb_analysis_sequences sequences_of(const double complex phasors[3])
{
    struct mb_sequences s;

    mb_sequences_of(phasors, &s);
    return (struct mb_analysis_sequences){cabs(s.positive), cabs(s.negative), cabs(s.zero),
                                          mb_unbalance_negative(&s), mb_unbalance_zero(&s)};
}

/* Three voltages of a wiring whose lines are 1, 2 and the common 3: u13, u23 make u12, u23, u31. */
static void voltage_phasors(enum mb_wiring wiring, const double complex u[3], double complex ret[3])
{
    bool star = wiring == MB_WIRING_3P4W;

    ret[0] = star ? u[0] : u[0] - u[1];
    ret[1] = u[1];
    ret[2] = star ? u[2] : -u[0];
}

static void set_sequences(const struct analysis_circuit *c, struct mb_analysis *a)
{
    double complex u[3] = {0}, i[3] = {0}, phasors[3];

    a->voltage = a->current = no_sequences();
    if (a->highest == 0 || !c->wired || c->wiring == MB_WIRING_1P2W || c->wiring == MB_WIRING_1P3W)
        return;
    for (size_t k = 0; k < mb_wiring_elements(c->wiring); k++) {
        u[k] = a->harmonics[c->u[k]].order[1];
        i[k] = a->harmonics[c->i[k]].order[1];
    }
    if (c->wiring != MB_WIRING_3P4W)
        i[2] = -(i[0] + i[1]);
    voltage_phasors(c->wiring, u, phasors);
    a->voltage = sequences_of(phasors);
    a->current = sequences_of(i);
}

/* The fundamental alone, as an element; and what the orders together say. */
static void element_of_lines(const struct mb_harmonics *u, const struct mb_harmonics *i,
                             struct mb_element *measured, struct mb_element *ret)
{
    double complex u1 = u->order[1], i1 = i->order[1], s1 = u1 * conj(i1);
    unsigned highest = u->highest < i->highest ? u->highest : i->highest;

    measured->q1_var = cimag(s1);
    measured->budeanu_var = 0;
    for (unsigned h = 1; h <= highest; h++)
        measured->budeanu_var += cimag(mb_harmonic_power(u, i, h));
    *ret = (struct mb_element){
        creal(u1 * conj(u1)), creal(i1 * conj(i1)), creal(s1), cimag(s1), cimag(s1), NAN, NAN};
}

static double real_product(double complex a, double complex b)
{
    return creal(a * conj(b));
}

void analysis_electrical(const struct mb_analyser *analyser, struct mb_analysis *a)
{
    const struct analysis_circuit *c = &analyser->circuit;
    const struct mb_analyser_setting *s = &analyser->setting;
    size_t count = c->wired ? mb_wiring_elements(c->wiring) : 0;
    const struct mb_harmonics *h = a->harmonics;

    a->dc_w = c->wired ? 0 : NAN;
    for (size_t k = 0; k < count; k++) {
        size_t next = (k + 1) % count;

        a->fundamental_elements[k] = (struct mb_element){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
        if (k < mb_wiring_power_elements(c->wiring))
            a->dc_w += a->channels[c->u[k]].values.mean * a->channels[c->i[k]].values.mean;
        if (a->highest == 0)
            continue;
        element_of_lines(&h[c->u[k]], &h[c->i[k]], &a->elements[k], &a->fundamental_elements[k]);
        a->fundamental_elements[k].uu_next = real_product(h[c->u[k]].order[1], h[c->u[next]].order[1]);
        a->fundamental_elements[k].ii_next = real_product(h[c->i[k]].order[1], h[c->i[next]].order[1]);
    }
    if (c->wired) {
        mb_wired_power(c->wiring, s->reactive, s->apparent, a->elements, &a->power);
        mb_wired_power(c->wiring, s->reactive, s->apparent, a->fundamental_elements, &a->fundamental);
    }
    set_sequences(c, a);
}
