/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waveform/windows.h"

#include <math.h>

#define LONGEST_S 3.0   /* 10 cycles down to 3.3 Hz; without crossings a window is cut there */
#define HYSTERESIS 0.05 /* of the largest magnitude in the first block */

static size_t sync_channel(const struct report_setting *setting)
{
    size_t channels[MB_BLOCK_CHANNELS_MAX];

    if (report_channels(setting, MB_WAVE_VOLTAGE, channels) > 0 ||
        report_channels(setting, MB_WAVE_CURRENT, channels) > 0)
        return channels[0];
    return 0;
}

int report_windows_new(const struct report_setting *setting, const struct mb_block *first,
                       struct mb_windows **ret, struct mb_error *err)
{
    struct mb_window_setting windows = {.kind = MB_WINDOW_MAINS,
                                        .rate_hz = first->rate_hz,
                                        .channel_count = first->channel_count,
                                        .sync = sync_channel(setting),
                                        .longest_s = LONGEST_S,
                                        .filter_hz = setting->filter_hz};
    double largest = 0;

    for (size_t i = 0; i < first->count; i++)
        if (isfinite(first->channels[windows.sync][i]))
            largest = fmax(largest, fabs(first->channels[windows.sync][i]));
    windows.hysteresis = HYSTERESIS * largest;
    return mb_windows_new(&windows, ret, err);
}

static int take_windows(struct mb_windows *windows, window_function function, void *report,
                        struct mb_error *err)
{
    struct mb_window window;
    int r = 0;

    while (r == 0 && mb_windows_next(windows, &window))
        r = function(report, &window, err);
    return r;
}

int report_windows_push(struct mb_windows *windows, const struct mb_block *block, window_function function,
                        void *report, struct mb_error *err)
{
    const double *channels[MB_BLOCK_CHANNELS_MAX];
    size_t done = 0;
    int r = 0;

    if (!block) {
        mb_windows_flush(windows);
        return take_windows(windows, function, report, err);
    }
    while (done < block->count && r == 0) {
        for (size_t c = 0; c < block->channel_count; c++)
            channels[c] = block->channels[c] + done;
        done += mb_windows_push(windows, channels, block->count - done, block->first + done,
                                done == 0 ? block->flags
                                          : block->flags & ~(uint32_t)(MB_WAVE_MISSING | MB_WAVE_RATE));
        r = take_windows(windows, function, report, err);
    }
    return r;
}
