/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples from an instrument that can stream (op `stream` of core/instrument.h): blocks, handed on by the
 * event loop as they come. A stream does not survive a loss of the instrument: `ended` is its last call, and
 * who wants more asks again once the instrument is READY. */
#pragma once

#include <stddef.h>

#include "waveform/block.h"
#include "waveform/channel.h"

struct mb_stream_setting {
    double rate_hz;     /* 0: what the bench file says, else what the instrument runs at */
    double interval_s;  /* a block holds at most so long, and at most 1 MiB of raw samples; 0: 50 real ms */
    const char *record; /* path of a raw recording (waveform/recording.h) of the same samples; NULL: none */
};

/* What the blocks of this stream are, before the first of them. */
struct mb_stream_info {
    size_t channel_count;
    const struct mb_wave_channel
        *channels;         /* in the order of the block; gain and offset are applied already */
    const double *delay_s; /* one a channel: its samples were taken so much later than t_ns says, less than a
                              period; other than 0 only where several devices stream */
    double rate_hz;        /* as read back; a block may say another one, then with a flag */
};

struct mb_stream_callbacks {
    void (*started)(const struct mb_stream_info *info, void *userdata); /* may be NULL; info is borrowed */
    /* Values in the unit of each channel's quantity: V, A, N m, r/min, m/s^2, Pa. Borrowed during the call.
     */
    void (*block)(const struct mb_block *block, void *userdata);
    /* The last call. error 0: stopped as asked; -errno: why not, in one line. */
    void (*ended)(int error, const char *text, void *userdata);
    void *userdata;
};
