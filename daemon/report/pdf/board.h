/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Diagrams side by side, and the points of their series. */
#pragma once

#include "report/pdf/chart.h"

#define BOARD_WIDTH (TEXT_WIDTH / 2 - 4)
#define BOARD_HEIGHT 205.0
#define XY_MAX 1024 /* a thermal run of 12 h, once a minute, and all tables of the methods */

struct xy {
    double x[XY_MAX], y[XY_MAX];
    size_t count;
};

/* Nothing for what is not finite, or when it is full. */
void xy_add(struct xy *xy, double x, double y);
/* The highest x, at least 0. */
double xy_highest(const struct xy *xy);
/* A series that has points; xy lives until the chart is placed. */
void add_series(struct chart *chart, const struct xy *xy, const char *label, enum mark mark,
                const struct colour *colour);

/* Two diagrams side by side; the third begins a new row. */
struct board {
    struct report *report;
    unsigned drawn;
};

/* A chart without series is left out. */
void board_place(struct board *board, const struct chart *chart);
/* Puts the cursor below what was drawn. */
void board_end(struct board *board);

/* Each draws what the document has of it, one file each. */
void plot_curves(struct board *board);   /* one quantity over another */
void plot_starting(struct board *board); /* locked rotor, torque over speed */
void plot_triangle(struct board *board); /* excitation of a synchronous machine */
void plot_maps(struct board *board);     /* over speed and torque */
