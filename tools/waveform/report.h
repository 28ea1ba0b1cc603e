/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A report: what is made of the blocks of one source. It sees blocks only, so where they come from makes no
 * difference to any byte of it. */
#pragma once

#include <jansson.h>

#include "core/error.h"
#include "waveform/block.h"
#include "waveform/channel.h"

struct report_setting {
    const struct mb_wave_channel *channels;
    size_t channel_count;
    /* Of the electrical reports; words as they are given, NULL and 0: not given. */
    const char *wiring, *window, *sync, *reactive, *apparent, *convert;
    double filter_hz; /* before crossings are looked for */
    double rated_v, pole_pairs;
};

/* What comes out: JSON objects of tables (arrays of flat objects) and single values; and why it may be worth
 * less. */
struct report_result {
    json_t *values;
    uint32_t flags;  /* of mb_wave_flag, of everything that was looked at */
    double wanted_s; /* with MB_WAVE_TOO_SHORT: how long the recording should be, 0: not known */
};

struct report_ops {
    const char *name;
    enum mb_wave_quantity quantity; /* that at least one channel must have */
    const char *example;            /* of a channel, for the message that there is none */
    uint32_t invalid;               /* flags that leave no valid report; the others are told */
    /* The first block is given to look at and comes again in push. -EINVAL, -ENOMEM. */
    int (*new)(const struct report_setting *setting, const struct mb_block *first, void **ret,
               struct mb_error *err);
    int (*push)(void *report, const struct mb_block *block, struct mb_error *err);
    /* -ENOMEM; the values are the caller's. */
    int (*finish)(void *report, struct report_result *ret, struct mb_error *err);
    void (*free)(void *report);
};

extern const struct report_ops power_report, harmonics_report, vibration_report, third_octave_report,
    sound_report;
