/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples of acceleration or sound from the bench's own role, made into figures while they come: no sample is
 * kept. */
#pragma once

#include "bench/bench.h"
#include "dsp/sound.h"
#include "dsp/vibration.h"

#define MB_CAPTURE_CHANNELS_MAX 8

enum mb_capture_quantity { MB_CAPTURE_VIBRATION, MB_CAPTURE_SOUND };

struct mb_capture {
    enum mb_capture_quantity quantity;
    double seconds;  /* of the record, without what filters need to settle */
    double low_hz;   /* vibration: its band goes from here to MB_VIBRATION_HIGH_HZ */
    double window_s; /* vibration: the record is also looked at in windows of this length */
};

struct mb_capture_result {
    size_t channel_count;
    struct {
        char name[64];
        struct mb_vibration_result vibration;
        struct mb_sound_result sound; /* A-weighted */
    } channels[MB_CAPTURE_CHANNELS_MAX];
};

/* error 0: the record is complete; result is borrowed. Called from the loop. */
typedef void (*mb_capture_done)(int error, const char *text, const struct mb_capture_result *result,
                                void *userdata);

/* -ENOTSUP: no such role, it is a person, or the instrument has no samples; -EBUSY: a capture is under way.
 * What runs when the outputs go off is of no use and ends with -ECANCELED. */
int mb_bench_capture(struct mb_bench *bench, const struct mb_capture *capture, mb_capture_done done,
                     void *userdata, struct mb_error *err);
/* Nobody waits any more: done is not called. */
void mb_bench_capture_forget(struct mb_bench *bench);
