/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/mean.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/internal.h"
#include "dsp/rotation.h"

/* A weighted mean of what is known. */
struct average {
    double sum, weight;
};

struct channel_sums {
    double square, mean, rectified, max, min;
    double order[MB_HARMONIC_ORDERS + 1], group[MB_HARMONIC_ORDERS + 1], subgroup[MB_HARMONIC_ORDERS + 1],
        inter_group[MB_HARMONIC_ORDERS + 1], inter_subgroup[MB_HARMONIC_ORDERS + 1]; /* squares */
};

struct mb_analysis_mean {
    const struct mb_analyser *analyser;
    struct channel_sums *channels;
    struct mb_analysis_channel *values; /* of the result */
    struct mb_harmonics *harmonics;
    struct mb_element elements[MB_ELEMENTS_MAX], fundamental_elements[MB_ELEMENTS_MAX];
    double complex order_power[MB_HARMONIC_ORDERS + 1];
    double sequence_squares[2][3];
    struct average frequency, dc_w, torque_nm, speed_rpm, shaft_w, slip;
    double length, line_length, duration_s, wanted_s, lines_wanted_s;
    size_t count, line_count;
    unsigned highest;
    uint32_t flags, line_flags;
};

int mb_analysis_mean_new(const struct mb_analyser *analyser, struct mb_analysis_mean **ret)
{
    struct mb_analysis_mean *m = calloc(1, sizeof *m);
    size_t n = analyser->setting.channel_count;

    if (!m)
        return -ENOMEM;
    m->analyser = analyser;
    m->highest = MB_HARMONIC_ORDERS;
    m->channels = calloc(n, sizeof *m->channels);
    m->values = calloc(n, sizeof *m->values);
    m->harmonics = calloc(n, sizeof *m->harmonics);
    if (!m->channels || !m->values || !m->harmonics) {
        (void)mb_analysis_mean_free(m);
        return -ENOMEM;
    }
    for (size_t c = 0; c < n; c++)
        m->channels[c] = (struct channel_sums){.max = -INFINITY, .min = INFINITY};
    *ret = m;
    return 0;
}

struct mb_analysis_mean *mb_analysis_mean_free(struct mb_analysis_mean *m)
{
    if (!m)
        return NULL;
    free(m->channels);
    free(m->values);
    free(m->harmonics);
    free(m);
    return NULL;
}

size_t mb_analysis_mean_count(const struct mb_analysis_mean *mean)
{
    return mean->count;
}

size_t mb_analysis_mean_line_count(const struct mb_analysis_mean *mean)
{
    return mean->line_count;
}

static void add_known(struct average *average, double value, double weight)
{
    if (isnan(value))
        return;
    average->sum += value * weight;
    average->weight += weight;
}

static double known(const struct average *average)
{
    return average->weight > 0 ? average->sum / average->weight : NAN;
}

static double square(double complex x)
{
    return creal(x) * creal(x) + cimag(x) * cimag(x);
}

static void add_lines(struct channel_sums *s, const struct mb_harmonics *h, unsigned highest, double weight)
{
    for (unsigned k = 0; k <= highest; k++) {
        s->order[k] += square(h->order[k]) * weight;
        s->group[k] += h->group[k] * h->group[k] * weight;
        s->subgroup[k] += h->subgroup[k] * h->subgroup[k] * weight;
        s->inter_group[k] += h->inter_group[k] * h->inter_group[k] * weight;
        s->inter_subgroup[k] += h->inter_subgroup[k] * h->inter_subgroup[k] * weight;
    }
}

static void add_channel(struct channel_sums *s, const struct mb_channel_values *values, double weight)
{
    s->square += values->rms * values->rms * weight;
    s->mean += values->mean * weight;
    s->rectified += values->rectified_mean * weight;
    s->max = fmax(s->max, values->max);
    s->min = fmin(s->min, values->min);
}

static void add_element(struct mb_element *sum, const struct mb_element *e, double weight)
{
    sum->uu += e->uu * weight;
    sum->ii += e->ii * weight;
    sum->ui += e->ui * weight;
    sum->uu_next += e->uu_next * weight;
    sum->ii_next += e->ii_next * weight;
}

/* What is made of lines. */
static void add_harmonics(struct mb_analysis_mean *m, const struct mb_analysis *a)
{
    const struct analysis_circuit *c = &m->analyser->circuit;
    const struct mb_analysis_sequences *sequences[] = {&a->voltage, &a->current};

    m->line_count++;
    m->line_length += a->length;
    m->lines_wanted_s = fmax(m->lines_wanted_s, a->lines_wanted_s);
    if (a->highest < m->highest)
        m->highest = a->highest;
    for (size_t i = 0; i < a->channel_count; i++)
        add_lines(&m->channels[i], &a->harmonics[i], a->highest, a->length);
    for (size_t i = 0; i < 2; i++) {
        m->sequence_squares[i][0] += sequences[i]->positive * sequences[i]->positive * a->length;
        m->sequence_squares[i][1] += sequences[i]->negative * sequences[i]->negative * a->length;
        m->sequence_squares[i][2] += sequences[i]->zero * sequences[i]->zero * a->length;
    }
    for (size_t k = 0; a->wired && k < mb_wiring_elements(c->wiring); k++) {
        m->elements[k].q1_var += a->elements[k].q1_var * a->length;
        m->elements[k].budeanu_var += a->elements[k].budeanu_var * a->length;
        add_element(&m->fundamental_elements[k], &a->fundamental_elements[k], a->length);
        m->fundamental_elements[k].q1_var += a->fundamental_elements[k].q1_var * a->length;
        m->fundamental_elements[k].budeanu_var += a->fundamental_elements[k].budeanu_var * a->length;
        for (unsigned h = 0; k < mb_wiring_power_elements(c->wiring) && h <= a->highest; h++)
            m->order_power[h] +=
                mb_harmonic_power(&a->harmonics[c->u[k]], &a->harmonics[c->i[k]], h) * a->length;
    }
}

void mb_analysis_mean_add(struct mb_analysis_mean *m, const struct mb_analysis *a)
{
    m->flags |= a->flags;
    m->line_flags |= a->line_flags;
    if (a->flags & MB_WAVE_TOO_SHORT)
        m->wanted_s = fmax(m->wanted_s, a->wanted_s);
    if (!(a->length > 0))
        return;
    m->count++;
    m->length += a->length;
    m->duration_s += a->duration_s;
    add_known(&m->frequency, a->frequency_hz, a->length);
    for (size_t c = 0; c < a->channel_count; c++)
        add_channel(&m->channels[c], &a->channels[c].values, a->length);
    for (size_t k = 0; a->wired && k < MB_ELEMENTS_MAX; k++)
        add_element(&m->elements[k], &a->elements[k], a->length);
    add_known(&m->dc_w, a->dc_w, a->length);
    add_known(&m->torque_nm, a->machine.torque_nm, a->length);
    add_known(&m->speed_rpm, a->machine.speed_rpm, a->length);
    add_known(&m->shaft_w, a->machine.shaft_w, a->length);
    add_known(&m->slip, a->machine.slip, a->length);
    if (a->highest > 0)
        add_harmonics(m, a);
}

static struct mb_channel_values channel_values(const struct channel_sums *s, double length)
{
    struct mb_channel_values v = {.rms = sqrt(s->square / length),
                                  .mean = s->mean / length,
                                  .rectified_mean = s->rectified / length,
                                  .max = s->max,
                                  .min = s->min,
                                  .peak = fmax(fabs(s->max), fabs(s->min))};

    v.ac_rms = sqrt(fmax(0, v.rms * v.rms - v.mean * v.mean));
    v.crest = v.rms > 0 ? v.peak / v.rms : NAN;
    return v;
}

static void mean_lines(const struct mb_analysis_mean *m, const struct channel_sums *s,
                       struct mb_harmonics *ret)
{
    double n = m->line_length;

    *ret =
        (struct mb_harmonics){.highest = m->highest, .flags = m->line_flags, .wanted_s = m->lines_wanted_s};
    for (unsigned k = 0; k <= MB_HARMONIC_ORDERS; k++) {
        ret->order[k] = k <= m->highest ? sqrt(s->order[k] / n) : NAN;
        ret->group[k] = k <= m->highest ? sqrt(s->group[k] / n) : NAN;
        ret->subgroup[k] = k <= m->highest ? sqrt(s->subgroup[k] / n) : NAN;
        ret->inter_group[k] = k <= m->highest ? sqrt(s->inter_group[k] / n) : NAN;
        ret->inter_subgroup[k] = k <= m->highest ? sqrt(s->inter_subgroup[k] / n) : NAN;
    }
}

static struct mb_element mean_element(const struct mb_element *sum, double length, double line_length)
{
    return (struct mb_element){sum->uu / length,
                               sum->ii / length,
                               sum->ui / length,
                               sum->q1_var / line_length,
                               sum->budeanu_var / line_length,
                               sum->uu_next / length,
                               sum->ii_next / length};
}

static struct mb_analysis_sequences mean_sequences(const double squares[3], double length)
{
    struct mb_analysis_sequences s = {sqrt(squares[0] / length), sqrt(squares[1] / length),
                                      sqrt(squares[2] / length), NAN, NAN};

    if (s.positive > 0) {
        s.unbalance = s.negative / s.positive;
        s.unbalance_zero = s.zero / s.positive;
    }
    return s;
}

static void mean_powers(const struct mb_analysis_mean *m, struct mb_analysis *a)
{
    const struct mb_analyser_setting *s = &m->analyser->setting;
    enum mb_wiring wiring = m->analyser->circuit.wiring;

    for (size_t k = 0; k < mb_wiring_elements(wiring); k++) {
        /* Windows without lines have no reactive power of the fundamental, and so the whole has none. */
        double lines = m->line_count == m->count ? m->line_length : NAN;

        a->elements[k] = mean_element(&m->elements[k], m->length, lines);
        a->fundamental_elements[k] =
            mean_element(&m->fundamental_elements[k], m->line_length, m->line_length);
    }
    mb_wired_power(wiring, s->reactive, s->apparent, a->elements, &a->power);
    mb_wired_power(wiring, s->reactive, s->apparent, a->fundamental_elements, &a->fundamental);
}

static void mean_machine(const struct mb_analysis_mean *m, struct mb_analysis *a)
{
    a->machine = (struct mb_analysis_machine){.torque_nm = known(&m->torque_nm),
                                              .speed_rpm = known(&m->speed_rpm),
                                              .shaft_w = known(&m->shaft_w),
                                              .efficiency = NAN,
                                              .slip = known(&m->slip)};
    if (a->wired)
        a->machine.efficiency = mb_machine_efficiency(a->power.total.p_w, a->machine.shaft_w);
}

void mb_analysis_mean_result(struct mb_analysis_mean *m, struct mb_analysis *ret)
{
    size_t n = m->analyser->setting.channel_count;
    struct mb_analysis a = {.duration_s = m->duration_s,
                            .length = m->length,
                            .frequency_hz = known(&m->frequency),
                            .flags = m->flags | (m->count == 0 ? MB_WAVE_TOO_SHORT : 0),
                            .line_flags = m->line_flags,
                            .wanted_s = m->wanted_s,
                            .lines_wanted_s = m->lines_wanted_s,
                            .channel_count = n,
                            .channels = m->values,
                            .highest = m->line_count > 0 ? m->highest : 0,
                            .harmonics = m->harmonics,
                            .wired = m->analyser->circuit.wired,
                            .dc_w = known(&m->dc_w),
                            .hvf = NAN};

    for (size_t c = 0; c < n; c++) {
        mean_lines(m, &m->channels[c], &m->harmonics[c]);
        m->values[c].values = channel_values(&m->channels[c], m->length);
        analysis_distortion(m->analyser, c, a.highest > 0 ? &m->harmonics[c] : NULL, &m->values[c]);
        a.hvf = fmax(a.hvf, m->values[c].hvf);
    }
    a.voltage = mean_sequences(m->sequence_squares[0], m->line_length);
    a.current = mean_sequences(m->sequence_squares[1], m->line_length);
    if (a.wired)
        mean_powers(m, &a);
    mean_machine(m, &a);
    *ret = a;
}

double complex mb_analysis_mean_order_power(const struct mb_analysis_mean *m, unsigned order)
{
    if (!m->analyser->circuit.wired || m->line_count == 0 || order > m->highest)
        return NAN;
    return m->order_power[order] / m->line_length;
}
