/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/pdf/surface.h"

#include <math.h>
#include <stdlib.h>

#include "report/pdf/value.h"

#define CORNERS_MAX 8 /* of a triangle clipped at two levels, with room */

static int compare(const void *a, const void *b)
{
    const struct spot *p = a, *q = b;
    double x = p->row == q->row ? p->y : p->row, y = p->row == q->row ? q->y : q->row;

    return (x > y) - (x < y);
}

void surface_sort(struct spot *spots, size_t count)
{
    qsort(spots, count, sizeof *spots, compare);
}

static size_t row_end(const struct surface *s, size_t from)
{
    size_t end = from;

    while (end < s->count && s->spots[end].row == s->spots[from].row)
        end++;
    return end;
}

typedef void take_triangle(const struct frame *f, const struct spot corner[3], double low, double high);

/* Triangles between two rows: whichever row has the lower next point goes on. Rows may have different numbers
 * of points, at different heights. */
static void strip(const struct frame *f, const struct spot *a, size_t a_count, const struct spot *b,
                  size_t b_count, take_triangle *take, double low, double high)
{
    size_t i = 0, k = 0;

    while (i + 1 < a_count || k + 1 < b_count) {
        bool of_a = k + 1 >= b_count || (i + 1 < a_count && a[i + 1].y <= b[k + 1].y);

        take(f, (const struct spot[]){a[i], b[k], of_a ? a[i + 1] : b[k + 1]}, low, high);
        if (of_a)
            i++;
        else
            k++;
    }
}

static void triangles(const struct frame *f, const struct surface *s, take_triangle *take, double low,
                      double high)
{
    size_t begin = 0, middle = s->count ? row_end(s, 0) : 0;

    while (middle < s->count) {
        size_t end = row_end(s, middle);

        if ((s->spots[begin].row < 0) == (s->spots[middle].row < 0))
            strip(f, s->spots + begin, middle - begin, s->spots + middle, end - middle, take, low, high);
        begin = middle;
        middle = end;
    }
}

static struct spot between(const struct spot *a, const struct spot *b, double level)
{
    double share = (level - a->z) / (b->z - a->z);

    return (struct spot){.x = a->x + share * (b->x - a->x), .y = a->y + share * (b->y - a->y), .z = level};
}

/* The part of a polygon on one side of a level; sign 1: above. */
static size_t clip(const struct spot *in, size_t n, double level, int sign, struct spot *out)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        const struct spot *a = &in[i], *b = &in[(i + 1) % n];
        bool a_in = sign * (a->z - level) >= 0, b_in = sign * (b->z - level) >= 0;

        if (a_in && kept < CORNERS_MAX)
            out[kept++] = *a;
        if (a_in != b_in && kept < CORNERS_MAX)
            out[kept++] = between(a, b, level);
    }
    return kept;
}

static void add_band(const struct frame *f, const struct spot corner[3], double low, double high)
{
    cairo_t *cairo = f->report->cairo;
    struct spot above[CORNERS_MAX], part[CORNERS_MAX];
    size_t n = clip(corner, 3, low, 1, above);

    n = clip(above, n, high, -1, part);
    if (n < 3)
        return;
    cairo_move_to(cairo, frame_x(f, part[0].x), frame_y(f, part[0].y));
    for (size_t i = 1; i < n; i++)
        cairo_line_to(cairo, frame_x(f, part[i].x), frame_y(f, part[i].y));
    cairo_close_path(cairo);
}

static void add_line(const struct frame *f, const struct spot corner[3], double low, double high)
{
    cairo_t *cairo = f->report->cairo;
    bool begun = false;

    (void)high;
    for (size_t i = 0; i < 3; i++) {
        const struct spot *a = &corner[i], *b = &corner[(i + 1) % 3];
        struct spot cut;

        if ((a->z >= low) == (b->z >= low))
            continue;
        cut = between(a, b, low);
        if (begun)
            cairo_line_to(cairo, frame_x(f, cut.x), frame_y(f, cut.y));
        else
            cairo_move_to(cairo, frame_x(f, cut.x), frame_y(f, cut.y));
        begun = true;
    }
}

/* Dark to light in even steps of lightness, so that a grey copy can be read as well. */
static struct colour band_colour(size_t i, size_t count)
{
    static const struct colour ramp[] = {
        {0.267, 0.005, 0.329}, {0.231, 0.322, 0.545}, {0.129, 0.569, 0.549},
        {0.369, 0.788, 0.384}, {0.993, 0.906, 0.144},
    };
    const size_t last = sizeof ramp / sizeof *ramp - 1;
    double at = count > 1 ? (double)last * (double)i / (double)(count - 1) : 0;
    size_t k = (size_t)at < last ? (size_t)at : last - 1;
    double share = at - (double)k;

    return (struct colour){ramp[k].red + share * (ramp[k + 1].red - ramp[k].red),
                           ramp[k].green + share * (ramp[k + 1].green - ramp[k].green),
                           ramp[k].blue + share * (ramp[k + 1].blue - ramp[k].blue)};
}

static void scale_draw(const struct frame *f, const struct surface *s)
{
    size_t bands = s->level_count - 1;
    double height = f->height / (double)bands, x = f->x + f->width + 8;

    for (size_t i = 0; i < s->level_count; i++) {
        double y = f->y + f->height - (double)i * height;
        struct text_box box = {.x = x + 12, .y = y - 4, .width = SURFACE_RIGHT - 14, .style = STYLE_SMALL};

        if (i < bands) {
            struct colour colour = band_colour(i, bands);

            set_colour(f->report->cairo, &colour);
            cairo_rectangle(f->report->cairo, x, y - height, 10, height);
            cairo_fill(f->report->cairo);
        }
        set_colour(f->report->cairo, &INK);
        (void)text_draw(f->report, &box, number_text(s->levels[i], s->decimals, NULL).text);
    }
}

void surface_draw(const struct frame *f, const void *what)
{
    const struct surface *s = what;
    cairo_t *cairo = f->report->cairo;

    if (s->level_count < 2)
        return;
    for (size_t i = 0; i + 1 < s->level_count; i++) {
        struct colour colour = band_colour(i, s->level_count - 1);

        cairo_new_path(cairo);
        set_colour(cairo, &colour);
        triangles(f, s, add_band, s->levels[i], s->levels[i + 1]);
        cairo_fill(cairo);
    }
    if (isfinite(s->line)) {
        cairo_new_path(cairo);
        set_colour(cairo, &INK);
        cairo_set_line_width(cairo, 1);
        triangles(f, s, add_line, s->line, s->line);
        cairo_stroke(cairo);
    }
    scale_draw(f, s);
}
