/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An IIO device in the place of a file. */
#pragma once

#include "waveform/reader.h"

struct live_setting {
    const char *address;                    /* "iio:URI[,DEVICE...]" */
    const struct mb_wave_channel *channels; /* names: those of IIO channels, of several devices
                                             * DEVICE/CHANNEL; count 0: all */
    size_t channel_count;
    double rate_hz, seconds;
    const char *record, *trigger; /* NULL: none */
};

bool live_is(const char *address);
/* A reader that waits for samples and ends after so many seconds of them. Its columns are what the channels
 * came to, in their order. */
int live_reader_open(const struct live_setting *setting, struct mb_wave_reader **ret, struct mb_error *err);
