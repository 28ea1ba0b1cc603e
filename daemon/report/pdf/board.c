/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/pdf/board.h"

#include <math.h>

void xy_add(struct xy *xy, double x, double y)
{
    if (xy->count < XY_MAX && isfinite(x) && isfinite(y)) {
        xy->x[xy->count] = x;
        xy->y[xy->count++] = y;
    }
}

void add_series(struct chart *chart, const struct xy *xy, const char *label, enum mark mark,
                const struct colour *colour)
{
    if (xy->count > 0)
        chart_add(chart, &(struct series){label, mark, colour, xy->x, xy->y, xy->count});
}

double xy_highest(const struct xy *xy)
{
    double high = 0;

    for (size_t i = 0; i < xy->count; i++)
        high = fmax(high, xy->x[i]);
    return high;
}

void board_place(struct board *board, const struct chart *chart)
{
    struct report *report = board->report;
    bool right = board->drawn % 2 == 1;

    if (chart->count == 0)
        return;
    if (!right)
        page_need(report, BOARD_HEIGHT);
    chart_draw(report, chart, right ? MARGIN + TEXT_WIDTH - BOARD_WIDTH : MARGIN, report->y, BOARD_WIDTH,
               BOARD_HEIGHT);
    board->drawn++;
    if (right)
        report->y += BOARD_HEIGHT + 6;
}

void board_end(struct board *board)
{
    if (board->drawn % 2 == 1)
        board->report->y += BOARD_HEIGHT + 6;
    board->drawn = 0;
}
