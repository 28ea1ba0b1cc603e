/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows of 10 or 12 cycles for the electrical reports. */
#pragma once

#include "dsp/window.h"
#include "waveform/report.h"

typedef int (*window_function)(void *report, const struct mb_window *window, struct mb_error *err);

/* Synchronised to the first voltage, else the first current, else the first channel. */
int report_windows_new(const struct report_setting *setting, const struct mb_block *first,
                       struct mb_windows **ret, struct mb_error *err);
/* Calls function for each window that the block completes; a block of NULL is the end. */
int report_windows_push(struct mb_windows *windows, const struct mb_block *block, window_function function,
                        void *report, struct mb_error *err);
