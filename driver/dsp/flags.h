/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a quantity from a window may be worth less than it looks, or nothing. */
#pragma once

#include <stdint.h>

enum mb_wave_flag {
    MB_WAVE_TOO_SHORT = 1 << 0,  /* shorter than was asked for, or than the standard wants */
    MB_WAVE_CLIPPED = 1 << 1,    /* at or beyond the limits of the converter: no value from it is valid */
    MB_WAVE_NOT_FINITE = 1 << 2, /* NaN or infinity among the samples: no value from it is valid */
    MB_WAVE_MISSING = 1 << 3,    /* samples are missing right before the window */
    MB_WAVE_NO_SYNC = 1 << 4,    /* cut by time: the synchronisation channel had no crossings (0 Hz, DC) */
    MB_WAVE_RATE = 1 << 5,       /* the rate changed right before the window */
    MB_WAVE_ALIGNMENT = 1 << 6,  /* channels of several devices: times not known to half a sample */
};

/* What makes every value of the window invalid. */
#define MB_WAVE_INVALID ((uint32_t)(MB_WAVE_CLIPPED | MB_WAVE_NOT_FINITE))
