/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Locked rotor, and torque over speed: the readings of the item rating, at the voltage that they were taken
 * at. */
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

static void sweep(struct board *board, const json_t *points)
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
    struct chart chart = {.title = "Torque over speed, as measured",
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

void plot_starting(struct board *board)
{
    const json_t *entry;
    size_t i;

    locked_rotor(board, "i_a", "Locked rotor: current", "IK in A");
    locked_rotor(board, "t_nm", "Locked rotor: torque", "TK in N\u00b7m");
    json_array_foreach(json_object_get(board->report->document, "entries"), i,
                       entry) if (is_reading(entry, "rating/sweep"))
        sweep(board, value_at(entry, "values.points"));
}
