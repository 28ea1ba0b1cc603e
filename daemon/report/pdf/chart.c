/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/pdf/chart.h"

#include <math.h>
#include <stdio.h>

#include "report/pdf/value.h"

#define LABEL_SIZE 6.5

void chart_add(struct chart *chart, const struct series *series)
{
    if (chart->count < CHART_SERIES_MAX)
        chart->series[chart->count++] = *series;
}

static double axis_span(const struct ticks *t)
{
    return t->step * (t->count - 1);
}

double frame_x(const struct frame *f, double value)
{
    return f->x + f->width * (value - f->across.first) / axis_span(&f->across);
}

double frame_y(const struct frame *f, double value)
{
    return f->y + f->height * (1 - (value - f->up.first) / axis_span(&f->up));
}

static struct ticks axis_ticks(const struct chart *chart, bool across, double from, unsigned wanted)
{
    double low = isfinite(from) ? from : INFINITY, high = -INFINITY;

    for (size_t s = 0; s < chart->count; s++)
        for (size_t i = 0; i < chart->series[s].count; i++) {
            double x = chart->series[s].x[i], y = chart->series[s].y[i], v = across ? x : y;

            if (isfinite(x) && isfinite(y)) {
                low = fmin(low, v);
                high = fmax(high, v);
            }
        }
    if (high < low) /* from alone, or nothing */
        high = low;
    return ticks_of(low, high, wanted);
}

static void stroke_line(cairo_t *cairo, double x1, double y1, double x2, double y2)
{
    cairo_move_to(cairo, x1, y1);
    cairo_line_to(cairo, x2, y2);
    cairo_stroke(cairo);
}

static void grid_draw(const struct frame *f)
{
    cairo_t *cairo = f->report->cairo;
    double position;

    set_colour(cairo, &RULE);
    cairo_set_line_width(cairo, 0.35);
    for (unsigned i = 0; i < f->across.count; i++) {
        position = frame_x(f, f->across.first + i * f->across.step);
        stroke_line(cairo, position, f->y, position, f->y + f->height);
    }
    for (unsigned i = 0; i < f->up.count; i++) {
        position = frame_y(f, f->up.first + i * f->up.step);
        stroke_line(cairo, f->x, position, f->x + f->width, position);
    }
    set_colour(cairo, &INK);
    cairo_set_line_width(cairo, 0.7);
    cairo_rectangle(cairo, f->x, f->y, f->width, f->height);
    cairo_stroke(cairo);
}

static void tick_labels(const struct frame *f)
{
    set_colour(f->report->cairo, &INK);
    for (unsigned i = 0; i < f->across.count; i++) {
        double value = f->across.first + i * f->across.step;

        (void)text_draw(f->report,
                        &(struct text_box){.x = frame_x(f, value) - 25,
                                           .y = f->y + f->height + 2,
                                           .width = 50,
                                           .style = STYLE_SMALL,
                                           .align = ALIGN_CENTRE},
                        number_text(value, f->across.decimals, NULL).text);
    }
    for (unsigned i = 0; i < f->up.count; i++) {
        double value = f->up.first + i * f->up.step;

        (void)text_draw(f->report,
                        &(struct text_box){.x = f->x - 44,
                                           .y = frame_y(f, value) - LABEL_SIZE * 0.6,
                                           .width = 41,
                                           .style = STYLE_SMALL,
                                           .align = ALIGN_RIGHT},
                        number_text(value, f->up.decimals, NULL).text);
    }
}

static void mark_path(cairo_t *cairo, enum mark mark, double x, double y)
{
    const double r = 2.4;

    cairo_new_path(cairo);
    if (mark == MARK_CROSS) {
        cairo_move_to(cairo, x - r, y - r);
        cairo_line_to(cairo, x + r, y + r);
        cairo_move_to(cairo, x - r, y + r);
        cairo_line_to(cairo, x + r, y - r);
    } else if (mark == MARK_DIAMOND) {
        cairo_move_to(cairo, x, y - 1.4 * r);
        cairo_line_to(cairo, x + 1.4 * r, y);
        cairo_line_to(cairo, x, y + 1.4 * r);
        cairo_line_to(cairo, x - 1.4 * r, y);
        cairo_close_path(cairo);
    } else if (mark == MARK_SPECK)
        cairo_rectangle(cairo, x - 0.2 * r, y - 0.2 * r, 0.4 * r, 0.4 * r); /* by the thousand: no curve */
    else
        cairo_arc(cairo, x, y, mark == MARK_RING ? 1.6 * r : 0.8 * r, 0, 2 * M_PI);
}

static void mark_draw(cairo_t *cairo, const struct series *s, double x, double y)
{
    set_colour(cairo, s->colour);
    cairo_set_line_width(cairo, 1);
    mark_path(cairo, s->mark, x, y);
    if (s->mark == MARK_DOT || s->mark == MARK_DIAMOND || s->mark == MARK_SPECK)
        cairo_fill(cairo);
    else
        cairo_stroke(cairo);
}

static bool is_line(const struct series *s)
{
    return s->mark == MARK_LINE || s->mark == MARK_DASHED;
}

static void line_style(cairo_t *cairo, const struct series *s)
{
    const double dashes[] = {4, 2.5};

    set_colour(cairo, s->colour);
    cairo_set_line_width(cairo, 1.1);
    cairo_set_dash(cairo, dashes, s->mark == MARK_DASHED ? 2 : 0, 0);
}

static void series_draw(const struct frame *f, const struct series *s)
{
    cairo_t *cairo = f->report->cairo;

    cairo_new_path(cairo);
    if (is_line(s))
        line_style(cairo, s);
    for (size_t i = 0; i < s->count; i++) {
        double x = frame_x(f, s->x[i]), y = frame_y(f, s->y[i]);

        if (!isfinite(x) || !isfinite(y))
            continue;
        if (is_line(s))
            cairo_line_to(cairo, x, y);
        else
            mark_draw(cairo, s, x, y);
    }
    if (is_line(s))
        cairo_stroke(cairo);
    cairo_set_dash(cairo, NULL, 0, 0);
}

/* Below the axis label, from left to right, wrapping when the line is full. */
static void legend_draw(const struct frame *f, const struct chart *chart, double y)
{
    cairo_t *cairo = f->report->cairo;
    double x = f->x;

    for (size_t i = 0; i < chart->count; i++) {
        const struct series *s = &chart->series[i];
        double width;

        if (!s->label || s->count == 0)
            continue;
        width = 20 + text_width(f->report, STYLE_SMALL, s->label);
        if (x > f->x && x + width > f->x + f->width) {
            x = f->x;
            y += 10;
        }
        if (is_line(s)) {
            line_style(cairo, s);
            stroke_line(cairo, x, y + 4.5, x + 12, y + 4.5);
            cairo_set_dash(cairo, NULL, 0, 0);
        } else
            mark_draw(cairo, s, x + 6, y + 4.5);
        set_colour(cairo, &INK);
        (void)text_draw(
            f->report,
            &(struct text_box){.x = x + 16, .y = y, .width = width - 14, .style = STYLE_SMALL, .limit = 9},
            s->label);
        x += width + 6;
    }
}

static void y_label_draw(const struct frame *f, const char *label)
{
    cairo_t *cairo = f->report->cairo;

    cairo_save(cairo);
    cairo_translate(cairo, f->x - 50, f->y + f->height);
    cairo_rotate(cairo, -M_PI / 2);
    (void)text_draw(
        f->report,
        &(struct text_box){.width = f->height, .style = STYLE_SMALL, .align = ALIGN_CENTRE, .limit = 9},
        label);
    cairo_restore(cairo);
}

void chart_draw(const struct report *report, const struct chart *chart, double x, double y, double width,
                double height)
{
    struct frame f = {.report = report,
                      .x = x + 52,
                      .y = y + 16,
                      .width = width - 60 - chart->right,
                      .height = height - 62,
                      .across = axis_ticks(chart, true, chart->x_from, 6),
                      .up = axis_ticks(chart, false, chart->y_from, 6)};
    struct text_box box = {.x = f.x, .y = y, .width = f.width, .style = STYLE_CELL_BOLD, .limit = 10};

    if (is_counting(report))
        return;
    set_colour(report->cairo, &INK);
    (void)text_draw(report, &box, chart->title);
    if (chart->under)
        chart->under(&f, chart->what);
    grid_draw(&f);
    tick_labels(&f);
    for (size_t i = 0; i < chart->count; i++)
        series_draw(&f, &chart->series[i]);
    set_colour(report->cairo, &INK);
    y_label_draw(&f, chart->y_label);
    box.y = f.y + f.height + 12;
    box.style = STYLE_SMALL;
    box.align = ALIGN_CENTRE;
    (void)text_draw(report, &box, chart->x_label);
    legend_draw(&f, chart, f.y + f.height + 23);
}
