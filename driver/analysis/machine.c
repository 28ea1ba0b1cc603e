/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Torque and speed of the same window as the electrical side. */
#include <math.h>

#include "analysis/internal.h"
#include "dsp/rotation.h"

/* NAN: too few edges in this window. */
static double pulse_hz(const struct mb_wave_channel *channel, const struct mb_window *window, size_t c)
{
    double level = channel->level > 0 ? channel->level : MB_PULSE_LEVEL, hz;
    struct mb_pulse_train train = {.level = level, .hysteresis = level / 2};

    if (mb_pulse_frequency(&train, window->channels[c], window->count, &window->span, window->rate_hz, &hz,
                           NULL) < 0)
        return NAN;
    return hz;
}

static double torque_of(const struct mb_analyser *analyser, const struct mb_window *window,
                        const struct mb_analysis *a)
{
    const struct analysis_circuit *c = &analyser->circuit;

    if (c->torque >= 0)
        return a->channels[c->torque].values.mean;
    if (c->torque_pulses >= 0) {
        const struct mb_wave_channel *channel = &analyser->channel[c->torque_pulses];

        return (pulse_hz(channel, window, (size_t)c->torque_pulses) - channel->zero_hz) * channel->per_hz;
    }
    return NAN;
}

static double speed_of(const struct mb_analyser *analyser, const struct mb_window *window,
                       const struct mb_analysis *a)
{
    const struct analysis_circuit *c = &analyser->circuit;

    if (c->speed_pulses >= 0) {
        const struct mb_wave_channel *channel = &analyser->channel[c->speed_pulses];

        return mb_speed_rpm(pulse_hz(channel, window, (size_t)c->speed_pulses), channel->per_turn);
    }
    return c->speed >= 0 ? a->channels[c->speed].values.mean : NAN;
}

void analysis_machine(const struct mb_analyser *analyser, const struct mb_window *window,
                      const struct mb_span_weights *weights, struct mb_analysis *a)
{
    const struct analysis_circuit *c = &analyser->circuit;
    struct mb_analysis_machine m = {.torque_nm = torque_of(analyser, window, a),
                                    .speed_rpm = speed_of(analyser, window, a),
                                    .efficiency = NAN,
                                    .slip = NAN};

    m.shaft_w = mb_shaft_power_w(m.torque_nm, m.speed_rpm);
    /* Where both are samples, their product: a torque and a speed that swing together do work. */
    if (c->torque >= 0 && c->speed >= 0 && c->speed_pulses < 0) {
        struct mb_pair_sums sums;

        mb_span_pair_sums(weights, window->channels[c->torque], window->channels[c->speed], &sums);
        m.shaft_w = mb_shaft_power_w(1, sums.xy / weights->length);
    }
    if (a->wired)
        m.efficiency = mb_machine_efficiency(a->power.total.p_w, m.shaft_w);
    if (analyser->setting.pole_pairs > 0 && !isnan(m.speed_rpm))
        m.slip = mb_slip(a->frequency_hz, m.speed_rpm, analyser->setting.pole_pairs);
    a->machine = m;
}
