/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "dsp/flags.h"

#define MB_BLOCK_CHANNELS_MAX 64

/* Samples of all channels of one source over one stretch of time. Live sources and files hand on the same;
 * the analysis cannot tell them apart. Borrowed: valid until the source is asked for the next one. */
struct mb_block {
    uint64_t first; /* number of the first sample since the start; counts on over what is missing */
    int64_t t_ns;   /* its time: bench clock when live, since the start of the recording in a file */
    double rate_hz;
    size_t count, channel_count;
    const double *const *channels; /* count samples each, in the unit of the channel's quantity */
    uint32_t flags;                /* of mb_wave_flag; clipped and not finite hold for every sample of it */
};
