/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/pdf/table.h"

#include <stdbool.h>
#include <stdio.h>

#define PAD 2.6   /* between text and cell border, above and below */
#define PAD_X 3.2 /* left and right */

static double column_width(const struct table *table, size_t i)
{
    double sum = 0;

    for (size_t k = 0; k < table->count; k++)
        sum += table->columns[k].weight;
    return TEXT_WIDTH * table->columns[i].weight / sum;
}

static double cells_height(const struct table *table, const char *const *cells, enum style style)
{
    double height = 0;

    for (size_t i = 0; i < table->count; i++) {
        struct text_box box = {
            .width = column_width(table, i) - 2 * PAD_X, .style = style, .align = table->columns[i].align};
        double h = text_height(table->report, &box, cells[i] ? cells[i] : "");

        height = h > height ? h : height;
    }
    return height + 2 * PAD;
}

static void cells_draw(const struct table *table, const char *const *cells, enum style style)
{
    double x = MARGIN;

    for (size_t i = 0; i < table->count; i++) {
        double width = column_width(table, i);
        struct text_box box = {.x = x + PAD_X,
                               .y = table->report->y + PAD,
                               .width = width - 2 * PAD_X,
                               .style = style,
                               .align = table->columns[i].align};

        if (cells[i])
            (void)text_draw(table->report, &box, cells[i]);
        x += width;
    }
}

static void shade(struct report *report, double height, const struct colour *colour)
{
    set_colour(report->cairo, colour);
    cairo_rectangle(report->cairo, MARGIN, report->y, TEXT_WIDTH, height);
    cairo_fill(report->cairo);
    set_colour(report->cairo, &INK);
}

static void line(struct report *report, double width)
{
    set_colour(report->cairo, &GREY);
    cairo_set_line_width(report->cairo, width);
    cairo_move_to(report->cairo, MARGIN, report->y);
    cairo_line_to(report->cairo, PAGE_WIDTH - MARGIN, report->y);
    cairo_stroke(report->cairo);
    set_colour(report->cairo, &INK);
}

static void header_draw(struct table *table, bool measure_only, double *ret_height)
{
    char texts[TABLE_COLUMNS_MAX][96];
    const char *cells[TABLE_COLUMNS_MAX];

    for (size_t i = 0; i < table->count; i++) {
        const struct column *c = &table->columns[i];

        (void)snprintf(texts[i], sizeof texts[i], "%s%s%s", c->title, c->unit ? "\n" : "",
                       c->unit ? c->unit : "");
        cells[i] = texts[i];
    }
    *ret_height = cells_height(table, cells, STYLE_CELL_BOLD);
    if (measure_only)
        return;
    line(table->report, 0.9);
    cells_draw(table, cells, STYLE_CELL_BOLD);
    table->report->y += *ret_height;
    line(table->report, 0.5);
}

void table_begin(struct table *table, struct report *report, const struct column *columns, size_t count)
{
    double height;

    *table = (struct table){.report = report, .columns = columns, .count = count, .style = STYLE_CELL};
    header_draw(table, true, &height);
    page_need(report, height + 30); /* room for a row or two under it */
    header_draw(table, false, &height);
}

void table_row(struct table *table, const char *const *cells)
{
    struct report *report = table->report;
    double height = cells_height(table, cells, table->style), header_height;

    if (report->y + height > TEXT_BOTTOM) {
        line(report, 0.9);
        page_turn(report);
        header_draw(table, false, &header_height);
    }
    if (table->rows++ % 2 == 1)
        shade(report, height, &SHADE);
    cells_draw(table, cells, table->style);
    report->y += height;
}

void table_end(struct table *table)
{
    line(table->report, 0.9);
    gap(table->report, 6);
}

/* ------------------------------------------------------------------ pairs */

#define NAME_PART 0.40 /* of a column's width */
#define GUTTER 16.0

static double pair_draw(struct report *report, const struct pair *pair, double x, bool draw)
{
    double width = (TEXT_WIDTH - GUTTER) / 2;
    struct text_box name = {
        .x = x, .y = report->y + 1.5, .width = width * NAME_PART - 4, .style = STYLE_CELL};
    struct text_box value = {.x = x + width * NAME_PART,
                             .y = report->y + 1,
                             .width = width * (1 - NAME_PART),
                             .style = STYLE_BODY};
    double a = text_height(report, &name, pair->name), b = text_height(report, &value, pair->value);

    if (draw) {
        set_colour(report->cairo, &GREY);
        (void)text_draw(report, &name, pair->name);
        set_colour(report->cairo, &INK);
        (void)text_draw(report, &value, pair->value);
    }
    return (a > b ? a : b) + 3;
}

void pairs_draw(struct report *report, const struct pair *pairs, size_t count)
{
    const struct pair *row[2];
    size_t filled = 0;

    for (size_t i = 0; i < count; i++) {
        double height = 0;
        bool last = i + 1 == count;

        if (pairs[i].value)
            row[filled++] = &pairs[i];
        if (filled == 0 || (filled == 1 && !last))
            continue;
        for (int draw = 0; draw < 2; draw++) {
            if (draw)
                page_need(report, height);
            for (size_t k = 0; k < filled; k++) {
                double h = pair_draw(report, row[k], MARGIN + (k ? (TEXT_WIDTH + GUTTER) / 2 : 0), draw == 1);

                height = h > height ? h : height;
            }
        }
        report->y += height;
        filled = 0;
    }
}
