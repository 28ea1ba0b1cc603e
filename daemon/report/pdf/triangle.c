/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open-circuit, short-circuit and zero-power-factor curve of a synchronous machine over its excitation, with
 * Potier's triangle. */
#include <math.h>

#include "report/pdf/board.h"
#include "report/pdf/value.h"

/* Percent of rated value over excitation. */
static void curve(struct xy *ret, const json_t *points, const char *key, double rated)
{
    const json_t *point;
    size_t i;

    json_array_foreach(points, i, point)
        xy_add(ret, number_at(point, "excitation_a"), 100 * number_at(point, key) / rated);
}

/* From the point to the left by the short circuit's excitation, up to the corner, down to the height of the
 * point and back to it. */
static void corners(struct xy *ret, const json_t *found, const json_t *point, double rated_v)
{
    double from_a = number_at(point, "excitation_a"), from = 100 * number_at(point, "u_v") / rated_v;
    double corner_a = number_at(found, "corner_a"), corner = 100 * number_at(found, "corner_v") / rated_v;

    if (!isfinite(corner))
        return;
    xy_add(ret, from_a, from);
    xy_add(ret, from_a - number_at(found, "short_circuit_a"), from);
    xy_add(ret, corner_a, corner);
    xy_add(ret, corner_a, from);
    xy_add(ret, corner_a, corner);
    xy_add(ret, from_a, from);
}

static const json_t *nearest(const json_t *points, double rated_v)
{
    const json_t *point, *best = json_array_get(points, 0);
    size_t i;

    json_array_foreach(points, i, point) if (fabs(number_at(point, "u_v") - rated_v) <
                                             fabs(number_at(best, "u_v") - rated_v)) best = point;
    return best;
}

void plot_triangle(struct board *board)
{
    const json_t *document = board->report->document;
    const json_t *found = value_at(document, "evaluation.zero_power_factor");
    const json_t *points = value_at(document, "sheet.zero_power_factor.points");
    double rated_v = number_at(document, "motor.rated.voltage_v");
    const json_t *point = nearest(points, rated_v);
    double rated_a = number_at(document, "motor.rated.current_a"),
           slope = number_at(found, "air_gap_v_per_a");
    struct xy open = {.count = 0}, gap = {.count = 0}, shorted = {.count = 0}, zero = {.count = 0},
              triangle = {.count = 0};
    struct chart chart = {.title = "Excitation and Potier's triangle",
                          .x_label = "If in A",
                          .y_label = "U, I in % of rated",
                          .x_from = 0,
                          .y_from = 0};

    if (!found || !point)
        return;
    curve(&open, value_at(document, "sheet.open_circuit.points"), "u_v", rated_v);
    curve(&shorted, value_at(document, "sheet.short_circuit.points"), "i_a",
          isfinite(rated_a) ? rated_a : number_at(point, "i_a"));
    curve(&zero, points, "u_v", rated_v);
    xy_add(&gap, 0, 0);
    xy_add(&gap, rated_v / slope, 100);
    corners(&triangle, found, point, rated_v);
    add_series(&chart, &open, "open circuit", MARK_LINE, &BLUE);
    add_series(&chart, &gap, "air gap", MARK_DASHED, &GREY);
    add_series(&chart, &shorted, "short circuit", MARK_LINE, &GREEN);
    add_series(&chart, &zero, "zero power factor", MARK_DOT, &INK);
    add_series(&chart, &triangle, "Potier's triangle", MARK_LINE, &RED);
    board_place(board, &chart);
}
