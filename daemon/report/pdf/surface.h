/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A quantity over speed and torque as coloured bands between levels, with its scale beside the plot. */
#pragma once

#include "report/pdf/chart.h"

#define SURFACE_LEVELS_MAX 24
#define SURFACE_RIGHT 46.0 /* room of the scale: `right` of the chart */

struct spot {
    double row; /* of the grid: neighbours in row are joined, but none below zero with one above */
    double x, y, z;
};

struct surface {
    const struct spot *spots; /* in order of row, then y: surface_sort */
    size_t count;
    double levels[SURFACE_LEVELS_MAX]; /* ascending; z outside them is not painted */
    size_t level_count;
    int decimals;
    double line; /* drawn as a line; NAN: none */
};

void surface_sort(struct spot *spots, size_t count);
/* A chart's `under`; what is a struct surface. */
void surface_draw(const struct frame *frame, const void *what);
