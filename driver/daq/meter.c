/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daq/meter.h"

#include <complex.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/analyser.h"

struct mb_meter {
    struct mb_wave_channel channels[MB_BLOCK_CHANNELS_MAX];
    /* Figures come every update_s, lines by windows of 10 or 12 cycles. */
    struct mb_analyser *figures, *lines;
    struct mb_meter_reading reading;
    double harmonic_v[MB_METER_HARMONIC_HIGHEST + 1];
    double fundamental_v[3], fundamental_a[3]; /* of the lines */
    enum mb_validity harmonics;
    uint64_t unaligned_until; /* samples before this: times of several devices not known well */
    bool ended;               /* a window of figures, in this push */
};

static const struct {
    const char *name;
    enum mb_quantity quantity;
} values[MB_METER_H2] = {
    [MB_METER_U1] = {"voltage-1", MB_VOLTAGE},
    [MB_METER_U2] = {"voltage-2", MB_VOLTAGE},
    [MB_METER_U3] = {"voltage-3", MB_VOLTAGE},
    [MB_METER_I1] = {"current-1", MB_CURRENT},
    [MB_METER_I2] = {"current-2", MB_CURRENT},
    [MB_METER_I3] = {"current-3", MB_CURRENT},
    [MB_METER_P] = {"active-power", MB_ACTIVE_POWER},
    [MB_METER_S] = {"apparent-power", MB_APPARENT_POWER},
    [MB_METER_PF] = {"power-factor", MB_POWER_FACTOR},
    [MB_METER_F] = {"frequency", MB_FREQUENCY},
    [MB_METER_T] = {"torque", MB_TORQUE},
    [MB_METER_N] = {"speed", MB_SPEED},
    [MB_METER_U1_FUNDAMENTAL] = {"voltage-fundamental-1", MB_VOLTAGE},
    [MB_METER_U2_FUNDAMENTAL] = {"voltage-fundamental-2", MB_VOLTAGE},
    [MB_METER_U3_FUNDAMENTAL] = {"voltage-fundamental-3", MB_VOLTAGE},
    [MB_METER_I1_FUNDAMENTAL] = {"current-fundamental-1", MB_CURRENT},
    [MB_METER_I2_FUNDAMENTAL] = {"current-fundamental-2", MB_CURRENT},
    [MB_METER_I3_FUNDAMENTAL] = {"current-fundamental-3", MB_CURRENT},
};

void mb_meter_value_name(enum mb_meter_value value, char *ret, size_t size)
{
    if (value < MB_METER_H2)
        (void)snprintf(ret, size, "%s", values[value].name);
    else
        (void)snprintf(ret, size, "voltage-harmonic-%d", (int)value - MB_METER_H2 + 2);
}

enum mb_quantity mb_meter_value_quantity(enum mb_meter_value value)
{
    return value < MB_METER_H2 ? values[value].quantity : MB_VOLTAGE;
}

/* ------------------------------------------------------------------ what there is */

static bool has(const struct mb_wave_channel channels[], size_t count, enum mb_wave_quantity a,
                enum mb_wave_quantity b)
{
    size_t found[MB_BLOCK_CHANNELS_MAX];

    return mb_channels_of(channels, count, a, found) + mb_channels_of(channels, count, b, found) > 0;
}

/* Lines whose voltages and currents are known. */
static size_t line_count(enum mb_wiring wiring)
{
    return wiring == MB_WIRING_1P2W || wiring == MB_WIRING_1P3W ? mb_wiring_elements(wiring) : 3;
}

static int new_analyser(const struct mb_wave_channel channels[], size_t count, double rate_hz, int wiring,
                        struct mb_analyser_setting part, struct mb_analyser **ret, struct mb_error *err)
{
    part.channels = channels;
    part.channel_count = count;
    part.rate_hz = rate_hz;
    part.sync = -1;
    part.wiring = wiring;
    part.apparent = MB_APPARENT_EFFECTIVE; /* its products make line voltages of phase voltages, too */
    return mb_analyser_new(&part, ret, err);
}

int mb_meter_values(const struct mb_wave_channel channels[], size_t count, int wiring,
                    enum mb_meter_value ret[MB_METER_COUNT], size_t *ret_count, struct mb_error *err)
{
    size_t u[MB_ELEMENTS_MAX], i[MB_ELEMENTS_MAX], n = 0;
    struct mb_analyser *analyser = NULL;
    enum mb_wiring found;
    int r =
        new_analyser(channels, count, 1000, wiring, /* any rate: it only says what is connected where */
                     (struct mb_analyser_setting){.window = MB_WINDOW_MAINS, .orders = 1}, &analyser, err);

    if (r < 0)
        return r;
    if (!mb_analyser_wiring(analyser, &found, u, i))
        r = mb_error_set(err, -EINVAL, "a power analyser needs as many voltages as currents, one to three");
    (void)mb_analyser_free(analyser);
    if (r < 0)
        return r;
    for (size_t k = 0; k < line_count(found); k++)
        ret[n++] = (enum mb_meter_value)(MB_METER_U1 + (int)k);
    for (size_t k = 0; k < line_count(found); k++)
        ret[n++] = (enum mb_meter_value)(MB_METER_I1 + (int)k);
    for (int v = MB_METER_P; v <= MB_METER_F; v++)
        ret[n++] = (enum mb_meter_value)v;
    if (has(channels, count, MB_WAVE_TORQUE, MB_WAVE_TORQUE_PULSES))
        ret[n++] = MB_METER_T;
    if (has(channels, count, MB_WAVE_SPEED, MB_WAVE_SPEED_PULSES))
        ret[n++] = MB_METER_N;
    for (size_t k = 0; k < line_count(found); k++) {
        ret[n++] = (enum mb_meter_value)(MB_METER_U1_FUNDAMENTAL + (int)k);
        ret[n++] = (enum mb_meter_value)(MB_METER_I1_FUNDAMENTAL + (int)k);
    }
    for (int v = MB_METER_H2; v < MB_METER_COUNT; v++)
        ret[n++] = (enum mb_meter_value)v;
    *ret_count = n;
    return 0;
}

int mb_meter_new(const struct mb_stream_info *info, int wiring, double update_s, struct mb_meter **ret,
                 struct mb_error *err)
{
    enum mb_meter_value known[MB_METER_COUNT];
    struct mb_meter *m;
    size_t n;
    int r = mb_meter_values(info->channels, info->channel_count, wiring, known, &n, err);

    if (r < 0)
        return r;
    m = calloc(1, sizeof *m);
    if (!m)
        return mb_error_set(err, -ENOMEM, "no memory for a power analyser");
    m->harmonics = MB_NO_DATA;
    for (size_t c = 0; c < info->channel_count; c++) {
        m->channels[c] = info->channels[c];
        /* What is sampled later is early in its samples. */
        if (info->delay_s)
            m->channels[c].delay_s -= info->delay_s[c];
    }
    r = new_analyser(
        m->channels, info->channel_count, info->rate_hz, wiring,
        (struct mb_analyser_setting){.window = MB_WINDOW_UPDATE, .length_s = update_s, .orders = 1},
        &m->figures, err);
    if (r == 0)
        r = new_analyser(
            m->channels, info->channel_count, info->rate_hz, wiring,
            (struct mb_analyser_setting){.window = MB_WINDOW_MAINS, .orders = MB_METER_HARMONIC_HIGHEST},
            &m->lines, err);
    if (r < 0)
        (void)mb_meter_free(m);
    else
        *ret = m;
    return r;
}

struct mb_meter *mb_meter_free(struct mb_meter *m)
{
    if (!m)
        return NULL;
    (void)mb_analyser_free(m->figures);
    (void)mb_analyser_free(m->lines);
    free(m);
    return NULL;
}

/* ------------------------------------------------------------------ a window */

/* Why nothing of a window can be used; MB_VALID: it can. */
static enum mb_validity judge(uint32_t flags, const char **ret_reason)
{
    static const struct {
        uint32_t flag;
        enum mb_validity validity;
        const char *reason;
    } table[] = {
        {MB_WAVE_NOT_FINITE, MB_GARBLED, "samples that are no numbers"},
        {MB_WAVE_CLIPPED, MB_OVER_RANGE, "a converter is at its end (clipped)"},
        {MB_WAVE_MISSING, MB_NO_DATA, "samples are missing right before this window"},
        {MB_WAVE_RATE, MB_NO_DATA, "the sampling rate has changed"},
        {MB_WAVE_TOO_SHORT, MB_NO_DATA, "the window is too short: the supply has gone in the middle of it"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (flags & table[i].flag) {
            *ret_reason = table[i].reason;
            return table[i].validity;
        }
    return MB_VALID;
}

/* From means of squares and products of elements (dsp/power.h) to the lines. */
static void set_lines(const struct mb_analysis *a, double value[])
{
    const struct mb_element *e = a->elements;
    const enum mb_wiring wiring = a->power.wiring;

    for (size_t k = 0; k < line_count(wiring); k++) {
        value[MB_METER_U1 + k] = sqrt(e[k].uu);
        value[MB_METER_I1 + k] = sqrt(e[k].ii);
    }
    if (wiring == MB_WIRING_3P4W)
        for (size_t k = 0; k < 3; k++)
            value[MB_METER_U1 + k] = sqrt(fmax(0, e[k].uu + e[(k + 1) % 3].uu - 2 * e[k].uu_next));
    if (wiring != MB_WIRING_3P3W && wiring != MB_WIRING_3V3A)
        return;
    value[MB_METER_U1] =
        wiring == MB_WIRING_3V3A ? sqrt(e[2].uu) : sqrt(fmax(0, e[0].uu + e[1].uu - 2 * e[0].uu_next));
    value[MB_METER_U3] = sqrt(e[0].uu);
    if (wiring == MB_WIRING_3P3W)
        value[MB_METER_I3] = sqrt(fmax(0, e[0].ii + e[1].ii + 2 * e[0].ii_next));
}

static int take_figures(const struct mb_analysis *a, void *userdata, struct mb_error *err)
{
    struct mb_meter *m = userdata;
    struct mb_meter_reading *r = &m->reading;
    const char *reason = "";
    const enum mb_validity whole = judge(a->flags, &reason);

    (void)err;
    m->ended = true;
    *r = (struct mb_meter_reading){.t_ns = a->t_ns};
    (void)snprintf(r->reason, sizeof r->reason, "%s", reason);
    set_lines(a, r->value);
    r->value[MB_METER_P] = a->power.total.p_w;
    r->value[MB_METER_S] = a->power.total.s_va;
    r->value[MB_METER_PF] = a->power.total.power_factor;
    r->value[MB_METER_F] = a->frequency_hz; /* NAN without crossings */
    r->value[MB_METER_T] = a->machine.torque_nm;
    r->value[MB_METER_N] = a->machine.speed_rpm;
    for (int order = 2; order <= MB_METER_HARMONIC_HIGHEST; order++)
        r->value[MB_METER_H2 + order - 2] = m->harmonic_v[order];
    for (int k = 0; k < 3; k++) {
        r->value[MB_METER_U1_FUNDAMENTAL + k] = m->fundamental_v[k];
        r->value[MB_METER_I1_FUNDAMENTAL + k] = m->fundamental_a[k];
    }
    for (int v = 0; v < MB_METER_COUNT; v++) {
        r->validity[v] = whole != MB_VALID ? whole : isfinite(r->value[v]) ? MB_VALID : MB_NO_DATA;
        if (v >= MB_METER_U1_FUNDAMENTAL && whole == MB_VALID)
            r->validity[v] = a->flags & MB_WAVE_NO_SYNC ? MB_NO_DATA : m->harmonics;
    }
    if (whole == MB_VALID && a->first < m->unaligned_until) {
        r->validity[MB_METER_P] = r->validity[MB_METER_PF] = MB_SETTLING;
        (void)snprintf(r->reason, sizeof r->reason, "the times of several devices are not known well yet");
    }
    return 0;
}

/* Of the lines, as set_lines has their rms values. */
static void take_fundamentals(struct mb_meter *m, const struct mb_analysis *a, enum mb_wiring wiring,
                              const size_t *u, const size_t *i)
{
    double complex v[3] = {0}, c[3] = {0};

    for (size_t k = 0; k < mb_wiring_elements(wiring); k++) {
        v[k] = a->harmonics[u[k]].order[1];
        c[k] = a->harmonics[i[k]].order[1];
    }
    for (size_t k = 0; k < 3; k++) {
        m->fundamental_v[k] = cabs(wiring == MB_WIRING_3P4W ? v[k] - v[(k + 1) % 3] : v[k]);
        m->fundamental_a[k] = cabs(c[k]);
    }
    if (wiring != MB_WIRING_3P3W && wiring != MB_WIRING_3V3A)
        return;
    m->fundamental_v[0] = cabs(wiring == MB_WIRING_3V3A ? v[2] : v[0] - v[1]);
    m->fundamental_v[2] = cabs(v[0]);
    if (wiring == MB_WIRING_3P3W)
        m->fundamental_a[2] = cabs(c[0] + c[1]);
}

/* Of the lines' voltages; of sensors to the neutral their differences, in which order 3 is not. */
static int take_lines(const struct mb_analysis *a, void *userdata, struct mb_error *err)
{
    struct mb_meter *m = userdata;
    size_t u[MB_ELEMENTS_MAX] = {0}, i[MB_ELEMENTS_MAX];
    const char *reason;
    enum mb_wiring wiring;

    (void)err;
    m->harmonics = judge(a->flags | a->line_flags, &reason);
    if (a->highest < MB_METER_HARMONIC_HIGHEST || !mb_analyser_wiring(m->lines, &wiring, u, i))
        m->harmonics = MB_NO_DATA;
    if (m->harmonics == MB_VALID)
        take_fundamentals(m, a, wiring, u, i);
    for (unsigned order = 2; order <= MB_METER_HARMONIC_HIGHEST && m->harmonics == MB_VALID; order++) {
        const size_t n = mb_wiring_elements(wiring);

        m->harmonic_v[order] = 0;
        for (size_t k = 0; k < n; k++) {
            double complex v = a->harmonics[u[k]].order[order];

            if (wiring == MB_WIRING_3P4W || (wiring == MB_WIRING_3P3W && k == 1))
                m->harmonic_v[order] =
                    fmax(m->harmonic_v[order], cabs(v - a->harmonics[u[(k + 1) % n]].order[order]));
            if (wiring != MB_WIRING_3P4W)
                m->harmonic_v[order] = fmax(m->harmonic_v[order], cabs(v));
        }
    }
    return 0;
}

int mb_meter_push(struct mb_meter *m, const struct mb_block *block, struct mb_meter_reading *ret,
                  struct mb_error *err)
{
    int r;

    m->ended = false;
    if (block->flags & MB_WAVE_ALIGNMENT)
        m->unaligned_until = block->first + block->count;
    r = mb_analyser_push(m->lines, block, take_lines, m, err);
    if (r == 0)
        r = mb_analyser_push(m->figures, block, take_figures, m, err);
    if (r == 0 && m->ended)
        *ret = m->reading;
    return r < 0 ? r : m->ended;
}
