/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/stretch.h"

#include <math.h>

#define BREAKS ((uint32_t)(MB_WAVE_MISSING | MB_WAVE_RATE))

void mb_stretch_take(struct mb_stretch *stretch, const double *in, double *out, size_t n, uint32_t flags)
{
    if (stretch->taken == 0)
        flags &= ~BREAKS;
    for (size_t i = 0; i < n; i++) {
        bool finite = isfinite(in[i]);

        out[i] = finite ? in[i] : 0;
        if (!finite)
            flags |= MB_WAVE_NOT_FINITE;
    }
    stretch->flags |= flags;
    stretch->taken += n;
}

bool mb_stretch_spoiled(const struct mb_stretch *stretch)
{
    return stretch->flags & (MB_WAVE_INVALID | BREAKS);
}
