/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curves of the methods that show one quantity over another, straight from the readings or the evaluation. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/pdf/board.h"
#include "report/pdf/value.h"

static const struct curve {
    const char *list; /* in the document */
    const char *x, *y;
    const char *title, *x_label, *y_label;
} curves[] = {
    {"evaluation.open_circuit", "u_v", "iron_w", "Open circuit: iron loss", "U0 in V", "Pfe in W"},
    {"sheet.open_circuit.points", "u_v", "p_w", "Open circuit: power taken", "U0 in V", "P0 in W"},
    {"evaluation.short_circuit", "i_a", "additional_load_w", "Short circuit: additional load loss", "IK in A",
     "PLL in W"},
    {"sheet.short_circuit.points", "i_a", "p_w", "Short circuit: power taken", "IK in A", "PK in W"},
    {"evaluation.no_load_points", "u_v", "constant_w", "No load: constant losses", "U0 in V", "Pc in W"},
    {"evaluation.load_points", "output_w", "efficiency", "Efficiency against output", "P2 in W",
     "efficiency"},
    {"evaluation.points", "torque_nm", "efficiency", "Efficiency against torque", "T in N\u00b7m",
     "efficiency"},
    {"sheet.no_load.points", "u_v", "i_a", "No-load curve: current", "U0 in V", "I0 in A"},
    {"sheet.no_load.points", "u_v", "p0_w", "No-load curve: power", "U0 in V", "P0 in W"},
    {"evaluation.additional.removed_rotor", "i_a", "loss_w", "Rotor removed: part of the stator", "I in A",
     "PLL,s in W"},
    {"evaluation.additional.reverse_rotation", "i_a", "loss_w", "Reverse rotation: part of the rotor",
     "I in A", "PLL,r in W"},
};

static void curve_plot(struct board *board, const struct curve *curve)
{
    struct xy points = {.count = 0};
    struct chart chart = {.title = curve->title,
                          .x_label = curve->x_label,
                          .y_label = curve->y_label,
                          .x_from = 0,
                          .y_from = strcmp(curve->y, "efficiency") == 0 ? NAN : 0};
    const json_t *point;
    size_t i;

    json_array_foreach(value_at(board->report->document, curve->list), i, point)
        xy_add(&points, number_at(point, curve->x), number_at(point, curve->y));
    if (points.count < 2)
        return;
    add_series(&chart, &points, NULL, MARK_LINE, &BLUE);
    add_series(&chart, &points, "points", MARK_DOT, &INK);
    board_place(board, &chart);
}

void plot_curves(struct board *board)
{
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
        curve_plot(board, &curves[i]);
}
