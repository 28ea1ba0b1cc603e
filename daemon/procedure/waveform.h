/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the step kind `waveform`: what its plan says and where it stands. */
#pragma once

#include "bench/capture.h"
#include "method/vibration.h"
#include "procedure/step.h"

#define WAVEFORM_PLACES_MAX 64
#define WAVEFORM_FAILURES_MAX 3
#define WAVEFORM_PLACE "place" /* ids of the questions */
#define WAVEFORM_NUMBER "reading"

struct waveform_params {
    int quantity; /* enum mb_capture_quantity */
    char *store;
    const struct mb_node *places, *setup; /* only while the plan is read */
    char *place[WAVEFORM_PLACES_MAX];
    size_t count;
    json_t *setup_values; /* what the judge has to know of the arrangement: reading ITEM/setup */
    int first;            /* index of the first reading */
    double seconds, seconds_max, window_s;
    bool with_motor_off; /* background */
};

enum waveform_phase {
    WAVEFORM_NEXT,
    WAVEFORM_PLACING, /* asked to put the sensor */
    WAVEFORM_PLACED,
    WAVEFORM_CAPTURING,
    WAVEFORM_ASKED, /* for the number that a person reads */
    WAVEFORM_DONE,
};

struct waveform_state {
    enum waveform_phase phase;
    size_t place;
    int direction;     /* vibration: of the place, 0 to 2 */
    bool displacement; /* asked after the velocity */
    unsigned failures;
    double velocity_mps, speed_rpm, frequency_hz;
    struct mb_capture capture;
};
