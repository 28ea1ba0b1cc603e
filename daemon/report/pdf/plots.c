/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The diagrams: of method 2-1-1B and its kin residual loss, no-load loss, cooling, efficiency over load, and
 * the thermal run. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/pdf/board.h"
#include "report/pdf/sections.h"
#include "report/pdf/value.h"

#define CURVE 60 /* points of a drawn curve */

static void regression(struct board *board, const json_t *evaluation)
{
    const json_t *point;
    double a = number_at(evaluation, "regression.a"), b = number_at(evaluation, "regression.b");
    double deleted = number_at(evaluation, "deleted_point");
    struct xy used = {.count = 0}, left_out = {.count = 0}, line = {.count = 0};
    struct chart chart = {.title = "Residual loss and regression",
                          .x_label = "T\u00b2 in (N\u00b7m)\u00b2",
                          .y_label = "PLr in W",
                          .x_from = 0,
                          .y_from = 0};
    size_t i;

    json_array_foreach(value_at(evaluation, "points"), i, point)
    {
        double t = number_at(point, "t_nm");

        xy_add(deleted == (double)i ? &left_out : &used, t * t, number_at(point, "residual_w"));
    }
    if (value_at(evaluation, "additional")) /* it comes from elsewhere: nothing was fitted */
        return;
    xy_add(&line, 0, b);
    xy_add(&line, fmax(xy_highest(&used), xy_highest(&left_out)),
           b + a * fmax(xy_highest(&used), xy_highest(&left_out)));
    if (used.count > 0)
        add_series(&chart, &line, "A\u00b7T\u00b2 + B", MARK_LINE, &BLUE);
    add_series(&chart, &used, "load points", MARK_DOT, &INK);
    add_series(&chart, &left_out, "deleted point", MARK_CROSS, &RED);
    board_place(board, &chart);
}

static void no_load(struct board *board, const json_t *evaluation)
{
    const json_t *point;
    double friction = number_at(evaluation, "no_load.friction_windage_w");
    double slope = number_at(evaluation, "plots.no_load.friction_slope_w_per_v2");
    double rated = number_at(board->report->document, "motor.rated.voltage_v");
    struct xy points = {.count = 0}, line = {.count = 0}, intercept = {.count = 0};
    struct chart chart = {.title = "No-load test",
                          .x_label = "U0\u00b2 in 1000 V\u00b2",
                          .y_label = "constant losses P0 \u2212 Ps0 in W",
                          .x_from = 0,
                          .y_from = 0};
    size_t i;

    json_array_foreach(value_at(evaluation, "no_load.points"), i, point)
    {
        double u = number_at(point, "u_v");

        xy_add(&points, u * u / 1000, number_at(point, "constant_w"));
    }
    xy_add(&line, 0, friction);
    /* The line was fitted to the points up to 60 % of the rated voltage: procedures A1.6.2. */
    xy_add(&line, 0.36 * rated * rated / 1000, friction + 0.36 * rated * rated * slope);
    if (line.count == 2)
        add_series(&chart, &line, "line up to 60 % UN", MARK_LINE, &BLUE);
    add_series(&chart, &points, "no-load points", MARK_DOT, &INK);
    if (points.count > 0)
        xy_add(&intercept, 0, friction);
    add_series(&chart, &intercept, "Pfw at U0 = 0", MARK_DIAMOND, &AMBER);
    board_place(board, &chart);
}

static double winding_k(const struct report *report)
{
    return strcmp(text_at(report->document, "motor.conductor", "copper"), "aluminium") == 0 ? 225 : 235;
}

static void cooling(struct board *board, const json_t *evaluation)
{
    const json_t *sheet = value_at(board->report->document, "sheet"), *reading;
    double k = winding_k(board->report), r1 = number_at(sheet, "cold.resistance_ohm");
    double theta1 = number_at(sheet, "cold.temperature_c"),
           coolant = number_at(sheet, "rated_load.coolant_c");
    double slope = number_at(evaluation, "plots.cooling.slope_per_s");
    double intercept = number_at(evaluation, "plots.cooling.intercept_ln_k");
    struct xy readings = {.count = 0}, curve = {.count = 0}, hot = {.count = 0};
    struct chart chart = {.title = "Cooling curve",
                          .x_label = "t after switching off in s",
                          .y_label = "line-to-line resistance in \u03a9",
                          .x_from = 0,
                          .y_from = NAN};
    size_t i;

    json_array_foreach(value_at(sheet, "cooling"), i, reading)
        xy_add(&readings, number_at(reading, "t_s"), number_at(reading, "r_ohm"));
    if (readings.count == 0)
        return;
    for (i = 0; i <= CURVE; i++) {
        double t = xy_highest(&readings) * (double)i / CURVE;

        xy_add(&curve, t, r1 * (k + coolant + exp(intercept + slope * t)) / (k + theta1));
    }
    xy_add(&hot, 0, number_at(evaluation, "winding.resistance_hot_ohm"));
    add_series(&chart, &curve, "fit of ln(\u03b8 \u2212 \u03b8c)", MARK_LINE, &BLUE);
    add_series(&chart, &readings, "readings", MARK_DOT, &INK);
    add_series(&chart, &hot, "RN at t = 0", MARK_DIAMOND, &AMBER);
    board_place(board, &chart);
}

/* Load of a point in percent of the rated output; where the torque was not used, the nominal one. */
static double load_of(const struct report *report, const json_t *point)
{
    double output_w = number_at(point, "output_w");

    return isfinite(output_w) ? 100 * output_w / number_at(report->document, "motor.rated.power_w")
                              : number_at(point, "load_percent");
}

static void efficiency(struct board *board, const json_t *evaluation)
{
    const json_t *point;
    double limit = number_at(evaluation, "grade.limit"), value = number_at(evaluation, "efficiency"),
           top = 100;
    struct xy points = {.count = 0}, line = {.count = 0}, result = {.count = 0};
    char label[64];
    struct chart chart = {.title = "Efficiency over load",
                          .x_label = "output in % of rated output",
                          .y_label = "efficiency",
                          .x_from = 0,
                          .y_from = NAN};
    size_t i;

    json_array_foreach(value_at(evaluation, "points"), i, point)
        xy_add(&points, load_of(board->report, point), number_at(point, "efficiency"));
    top = fmax(top, xy_highest(&points));
    xy_add(&line, 0, limit);
    xy_add(&line, top, limit);
    xy_add(&result, 100, value);
    if (points.count == 0 && result.count == 0)
        return;
    (void)snprintf(label, sizeof label, "limit %.4f", limit);
    add_series(&chart, &line, label, MARK_DASHED, &RED);
    if (points.count <= 32) /* a sweep of many points is a cloud: a line would say nothing */
        add_series(&chart, &points, NULL, MARK_LINE, &BLUE);
    add_series(&chart, &points, "load points", MARK_DOT, &INK);
    add_series(&chart, &result, "result at rated load", MARK_DIAMOND, &AMBER);
    board_place(board, &chart);
}

/* Every temperature that was watched gets a trace, by the name it has in the readings. */
struct traces {
    struct xy xy[CHART_SERIES_MAX];
    const char *keys[CHART_SERIES_MAX];
    struct number labels[CHART_SERIES_MAX];
    size_t count;
};

static struct xy *trace_of(struct traces *traces, const char *key)
{
    const char *suffix = strrchr(key, '_');
    size_t i = 0;

    if (!suffix || strcmp(suffix, "_c") != 0)
        return NULL;
    while (i < traces->count && strcmp(traces->keys[i], key) != 0)
        i++;
    if (i == CHART_SERIES_MAX)
        return NULL;
    if (i == traces->count) {
        traces->keys[i] = key;
        traces->labels[i] = symbol_of(key);
        if (strcmp(key, "coolant_c") == 0)
            (void)snprintf(traces->labels[i].text, sizeof traces->labels[i].text, "coolant");
        traces->count++;
    }
    return &traces->xy[i];
}

static void thermal(struct board *board)
{
    static const struct colour *const colours[CHART_SERIES_MAX] = {&RED, &BLUE, &GREEN, &AMBER, &INK, &GREY};
    struct chart chart = {.title = "Thermal run",
                          .x_label = "time in min",
                          .y_label = "temperature in \u00b0C",
                          .x_from = 0,
                          .y_from = NAN};
    struct traces *traces = calloc(1, sizeof *traces);
    json_t *entry, *value;
    const char *key;
    size_t i;

    json_array_foreach(json_object_get(board->report->document, "entries"), i, entry)
    {
        if (!traces || !type_is(entry, "reading") || strcmp(text_at(entry, "store", ""), "monitor") != 0 ||
            value_at(entry, "replaced_by"))
            continue;
        json_object_foreach(json_object_get(entry, "values"), key, value)
        {
            struct xy *xy = trace_of(traces, key);

            if (xy && json_is_number(value))
                xy_add(xy, number_at(entry, "values.elapsed_s") / 60, json_number_value(value));
        }
    }
    for (i = 0; traces && i < traces->count; i++)
        add_series(&chart, &traces->xy[i], traces->labels[i].text, MARK_LINE, colours[i]);
    board_place(board, &chart);
    free(traces);
}

void section_plots(struct report *report)
{
    const json_t *evaluation = value_at(report->document, "evaluation");
    struct board board = {.report = report};

    gap(report, 8);
    if (is_induction(evaluation)) {
        regression(&board, evaluation);
        no_load(&board, evaluation);
        cooling(&board, evaluation);
        efficiency(&board, evaluation);
    }
    plot_curves(&board);
    plot_triangle(&board);
    plot_maps(&board);
    plot_starting(&board);
    thermal(&board);
    board_end(&board);
}
