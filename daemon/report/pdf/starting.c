/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Locked rotor, torque over speed, pull-out, cogging: the readings of the item rating, at the voltage that
 * they were taken at; and what a drive of an electric vehicle gives over its speed. */
#include <math.h>
#include <string.h>

#include "report/pdf/board.h"
#include "report/pdf/value.h"

static bool is_reading(const json_t *entry, const char *store)
{
    return type_is(entry, "reading") && strcmp(text_at(entry, "store", ""), store) == 0 &&
           !value_at(entry, "replaced_by");
}

static void locked_rotor(struct board *board, const char *key, const char *title, const char *y_label)
{
    struct xy points = {.count = 0};
    struct chart chart = {.title = title, .x_label = "U in V", .y_label = y_label, .x_from = 0, .y_from = 0};
    const json_t *entry;
    size_t i;

    json_array_foreach(json_object_get(board->report->document, "entries"), i,
                       entry) if (is_reading(entry, "rating/locked-rotor"))
        xy_add(&points, number_at(entry, "values.u_v"), number_at(value_at(entry, "values"), key));
    add_series(&chart, &points, "points of all rotor positions", MARK_DOT, &INK);
    board_place(board, &chart);
}

static void sweep(struct board *board, const json_t *points, const char *title)
{
    static const struct {
        const char *name, *label;
        enum mark mark;
        const struct colour *colour;
    } branches[] = {
        {"down", "speed falling", MARK_LINE, &BLUE},
        {"up", "speed rising", MARK_LINE, &AMBER},
        {"steady", "steady points", MARK_DOT, &INK},
    };
    enum { COUNT = sizeof branches / sizeof *branches };
    struct xy series[COUNT] = {{.count = 0}};
    struct chart chart = {.title = title,
                          .x_label = "n in min\u207b\u00b9",
                          .y_label = "T in N\u00b7m",
                          .x_from = 0,
                          .y_from = 0};
    const json_t *point;
    size_t i;

    json_array_foreach(points, i,
                       point) for (size_t k = 0; k < COUNT;
                                   k++) if (strcmp(text_at(point, "branch", ""), branches[k].name) == 0)
        xy_add(&series[k], number_at(point, "n_rpm"), number_at(point, "t_nm"));
    for (size_t k = 0; k < COUNT; k++)
        add_series(&chart, &series[k], branches[k].label, branches[k].mark, branches[k].colour);
    board_place(board, &chart);
}

/* What was carried in step; where it fell out is the last torque that was asked for. */
static void pull_out(struct board *board, const json_t *values)
{
    struct xy points = {.count = 0}, fell = {.count = 0};
    struct chart chart = {.title = "Pull-out: current over torque",
                          .x_label = "T in N\u00b7m",
                          .y_label = "I in A",
                          .x_from = 0,
                          .y_from = 0};
    const json_t *point;
    double last_a = NAN;
    size_t i;

    json_array_foreach(value_at(values, "points"), i, point)
    {
        last_a = number_at(point, "i_a");
        xy_add(&points, number_at(point, "t_nm"), last_a);
    }
    if (strcmp(text_at(values, "ended", ""), "out-of-step") == 0)
        xy_add(&fell, number_at(values, "asked_nm"), last_a);
    add_series(&chart, &points, "carried in step", MARK_DOT, &BLUE);
    add_series(&chart, &fell, "fell out of step", MARK_CROSS, &AMBER);
    board_place(board, &chart);
}

/* All turns on top of each other. */
static void cogging(struct board *board, const json_t *points)
{
    struct xy read = {.count = 0};
    struct chart chart = {.title = "Cogging torque over the angle of the shaft",
                          .x_label = "angle in \u00b0",
                          .y_label = "T in N\u00b7m",
                          .x_from = 0,
                          .y_from = NAN};
    const json_t *point;
    size_t i;

    json_array_foreach(points, i, point)
        xy_add(&read, fmod(number_at(point, "angle_deg"), 360), number_at(point, "t_nm"));
    add_series(&chart, &read, "readings", MARK_DOT, &BLUE);
    board_place(board, &chart);
}

/* Of a record its readings, of a sheet its evaluation: torque, or with it the power, over speed. */
static void drive_points(const struct board *board, const char *store, const char *list, bool power,
                         struct xy *ret)
{
    const json_t *document = board->report->document, *element;
    size_t i;

    json_array_foreach(json_object_get(document, "entries"), i, element) if (is_reading(element, store))
        xy_add(ret, number_at(element, "values.n_rpm"),
               number_at(element, "values.t_nm") *
                   (power ? number_at(element, "values.n_rpm") * M_PI / 30000 : 1));
    json_array_foreach(value_at(document, list), i, element)
        xy_add(ret, number_at(element, "n_rpm"),
               number_at(element, "t_nm") * (power ? number_at(element, "n_rpm") * M_PI / 30000 : 1));
}

/* By speed, for the line between them. */
static void sort_points(struct xy *xy)
{
    for (size_t i = 1; i < xy->count; i++)
        for (size_t k = i; k > 0 && xy->x[k] < xy->x[k - 1]; k--) {
            double x = xy->x[k], y = xy->y[k];

            xy->x[k] = xy->x[k - 1];
            xy->y[k] = xy->y[k - 1];
            xy->x[k - 1] = x;
            xy->y[k - 1] = y;
        }
}

static void drive_envelope(struct board *board, bool power)
{
    struct xy continuous = {.count = 0}, peak = {.count = 0};
    struct chart chart = {.title = power ? "Drive: power over speed" : "Drive: torque over speed",
                          .x_label = "n in min\u207b\u00b9",
                          .y_label = power ? "P in kW" : "T in N\u00b7m",
                          .x_from = 0,
                          .y_from = 0};

    drive_points(board, "drive-envelope/continuous", "evaluation.continuous.points", power, &continuous);
    drive_points(board, "drive-envelope/peak", "evaluation.peak.points", power, &peak);
    sort_points(&continuous);
    sort_points(&peak);
    add_series(&chart, &continuous, NULL, MARK_LINE, &BLUE);
    add_series(&chart, &continuous, "continuous", MARK_DOT, &BLUE);
    add_series(&chart, &peak, NULL, MARK_LINE, &RED);
    add_series(&chart, &peak, "peak", MARK_DIAMOND, &RED);
    board_place(board, &chart);
}

void plot_starting(struct board *board)
{
    static const char running_up[] = "Run up at rated voltage: torque";
    const json_t *document = board->report->document, *entry;
    size_t i;

    locked_rotor(board, "i_a", "Locked rotor: current", "IK in A");
    locked_rotor(board, "t_nm", "Locked rotor: torque", "TK in N\u00b7m");
    json_array_foreach(json_object_get(document, "entries"), i, entry)
    {
        if (is_reading(entry, "rating/sweep"))
            sweep(board, value_at(entry, "values.points"), "Torque over speed, as measured");
        if (is_reading(entry, "rating/pull-up"))
            sweep(board, value_at(entry, "values.points"), running_up);
        if (is_reading(entry, "rating/pull-out"))
            pull_out(board, value_at(entry, "values"));
        if (is_reading(entry, "rating/cogging"))
            cogging(board, value_at(entry, "values.points"));
    }
    sweep(board, value_at(document, "sheet.synchronous.pull_up"), running_up);
    cogging(board, value_at(document, "sheet.synchronous.cogging.points"));
    drive_envelope(board, false);
    drive_envelope(board, true);
}
