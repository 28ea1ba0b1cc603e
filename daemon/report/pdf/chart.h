/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A diagram in a rectangle of the page: two linear axes with round ticks, a grid, series of points or lines
 * (docs/decisions/0005-report.md says why this is here). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "report/pdf/page.h"

#define CHART_SERIES_MAX 6

enum mark { MARK_LINE, MARK_DASHED, MARK_DOT, MARK_RING, MARK_CROSS, MARK_DIAMOND, MARK_SPECK };

struct series {
    const char *label; /* for the legend; NULL: none */
    enum mark mark;
    const struct colour *colour;
    const double *x, *y; /* pairs with a NAN are skipped */
    size_t count;
};

/* Ticks of an axis that covers low..high: about `wanted` steps of 1, 2 or 5 times a power of ten. */
struct ticks {
    double first, step;
    unsigned count;
    int decimals; /* for the labels */
};
struct ticks ticks_of(double low, double high, unsigned wanted);

struct frame { /* of the plot itself, and how values fall into it */
    const struct report *report;
    double x, y, width, height;
    struct ticks across, up;
};
double frame_x(const struct frame *frame, double value);
double frame_y(const struct frame *frame, double value);

struct chart {
    const char *title, *x_label, *y_label;
    double x_from; /* lowest x that must be on the axis; NAN: as the data want */
    double y_from;
    void (*under)(const struct frame *frame, const void *what); /* drawn first of all; NULL: nothing */
    const void *what;
    double right; /* room that it wants beside the plot */
    struct series series[CHART_SERIES_MAX];
    size_t count;
};

/* Adds a series; silently full beyond CHART_SERIES_MAX. The arrays live until chart_draw. */
void chart_add(struct chart *chart, const struct series *series);
void chart_draw(const struct report *report, const struct chart *chart, double x, double y, double width,
                double height);
