/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of driver/analysis only. */
#pragma once

#include "analysis/align.h"
#include "analysis/analyser.h"

#define MB_PULSE_LEVEL 0.5 /* of a channel of pulses that says nothing else */

/* What the elements and the machine are made of; chosen once. */
struct analysis_circuit {
    bool wired;
    enum mb_wiring wiring;
    size_t u[MB_ELEMENTS_MAX], i[MB_ELEMENTS_MAX];  /* channels */
    int torque, speed, torque_pulses, speed_pulses; /* channels, -1: none */
};

/* -EINVAL with what does not fit. */
int analysis_circuit_choose(const struct mb_analyser_setting *setting, struct analysis_circuit *ret,
                            struct mb_error *err);

struct mb_analyser {
    struct mb_analyser_setting setting;
    struct mb_wave_channel channel[MB_BLOCK_CHANNELS_MAX];
    struct analysis_circuit circuit;
    struct mb_aligner *aligner; /* NULL: nothing to correct */
    struct mb_windows *windows;
    struct mb_harmonics_engine *engine;
    struct mb_harmonics *harmonics;
    struct mb_analysis_channel *values;
    double *converted; /* 3 channels of voltages, 3 of currents; grown */
    size_t converted_room;
    uint64_t clock_first; /* a sample whose time is known */
    int64_t clock_ns;
    /* Of the push that is under way. */
    mb_analysis_function function;
    void *userdata;
};

/* The window's result; borrowed from the analyser. -ENOMEM. */
int analysis_of_window(struct mb_analyser *analyser, const struct mb_window *window, struct mb_analysis *ret,
                       struct mb_error *err);
/* Distortion and HVF of channel c from its harmonics, NAN without (NULL); the channel's rms is there. */
void analysis_distortion(const struct mb_analyser *analyser, size_t c, const struct mb_harmonics *harmonics,
                         struct mb_analysis_channel *channel);
/* Electrical part from the measured elements. */
void analysis_electrical(const struct mb_analyser *analyser, struct mb_analysis *a);
/* Torque, speed and what follows from them; after the electrical part. */
void analysis_machine(const struct mb_analyser *analyser, const struct mb_window *window,
                      const struct mb_span_weights *weights, struct mb_analysis *a);
