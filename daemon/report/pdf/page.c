/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/pdf/page.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <stdarg.h>
#include <stdio.h>

#include "report/pdf/sections.h"
#include "report/pdf/value.h"

const struct colour INK = {0.10, 0.11, 0.13}, GREY = {0.38, 0.40, 0.44}, RULE = {0.72, 0.74, 0.78},
                    SHADE = {0.945, 0.95, 0.96}, BLUE = {0.06, 0.30, 0.60}, RED = {0.72, 0.10, 0.12},
                    GREEN = {0.05, 0.45, 0.22}, AMBER = {0.70, 0.42, 0.0};

/* The second family has the Chinese characters; Pango takes what the first lacks from it. */
#define FAMILIES "DejaVu Sans, Noto Sans CJK SC, sans-serif"

static const struct {
    double size;
    PangoWeight weight;
} styles[] = {
    [STYLE_BODY] = {8.5, PANGO_WEIGHT_NORMAL},    [STYLE_BOLD] = {8.5, PANGO_WEIGHT_BOLD},
    [STYLE_SMALL] = {6.8, PANGO_WEIGHT_NORMAL},   [STYLE_CELL] = {7.4, PANGO_WEIGHT_NORMAL},
    [STYLE_CELL_BOLD] = {7.4, PANGO_WEIGHT_BOLD}, [STYLE_HEADING] = {11, PANGO_WEIGHT_BOLD},
    [STYLE_TITLE] = {19, PANGO_WEIGHT_BOLD},      [STYLE_VERDICT] = {25, PANGO_WEIGHT_BOLD},
};

void set_colour(cairo_t *cairo, const struct colour *colour)
{
    cairo_set_source_rgb(cairo, colour->red, colour->green, colour->blue);
}

static void set_font(PangoLayout *layout, enum style style, double size)
{
    PangoFontDescription *font = pango_font_description_new();

    pango_font_description_set_family_static(font, FAMILIES);
    pango_font_description_set_weight(font, styles[style].weight);
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
}

/* Numbers of 64 digits and file names are broken where they must be, but no hyphen may come into them. */
static void no_hyphens(PangoLayout *layout)
{
    PangoAttrList *attributes = pango_attr_list_new();

    pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
    pango_layout_set_attributes(layout, attributes);
    pango_attr_list_unref(attributes);
}

static PangoLayout *layout_new(const struct report *report, enum style style, const char *text)
{
    PangoLayout *layout;

    pango_cairo_update_context(report->cairo, report->context); /* a rotated text is measured as it stands */
    layout = pango_layout_new(report->context);

    set_font(layout, style, styles[style].size);
    no_hyphens(layout);
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_text(layout, text, -1);
    return layout;
}

static double layout_height(PangoLayout *layout)
{
    int height;

    pango_layout_get_size(layout, NULL, &height);
    return (double)height / PANGO_SCALE;
}

/* Columns of numbers stand right: a number too wide for its column becomes smaller, it is never broken. */
static void shrink(PangoLayout *layout, const struct text_box *box)
{
    double size = styles[box->style].size, width;
    int natural;

    pango_layout_get_size(layout, &natural, NULL);
    width = (double)natural / PANGO_SCALE;
    if (box->align == ALIGN_RIGHT && width > box->width)
        set_font(layout, box->style, fmax(size * box->width / width * 0.98, 4.5));
}

static PangoLayout *box_layout(const struct report *report, const struct text_box *box, const char *text)
{
    static const PangoAlignment alignment[] = {[ALIGN_LEFT] = PANGO_ALIGN_LEFT,
                                               [ALIGN_CENTRE] = PANGO_ALIGN_CENTER,
                                               [ALIGN_RIGHT] = PANGO_ALIGN_RIGHT};
    PangoLayout *layout = layout_new(report, box->style, text);
    double limit = box->limit > 0 ? box->limit : TEXT_HEIGHT / 3;

    shrink(layout, box);
    pango_layout_set_width(layout, (int)(box->width * PANGO_SCALE));
    pango_layout_set_alignment(layout, alignment[box->align]);
    pango_layout_set_height(layout, (int)(limit * PANGO_SCALE));
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    return layout;
}

double text_height(const struct report *report, const struct text_box *box, const char *text)
{
    PangoLayout *layout = box_layout(report, box, text);
    double height = layout_height(layout);

    g_object_unref(layout);
    return height;
}

double text_draw(const struct report *report, const struct text_box *box, const char *text)
{
    PangoLayout *layout = box_layout(report, box, text);
    double height = layout_height(layout);

    cairo_move_to(report->cairo, box->x, box->y);
    if (!is_counting(report))
        pango_cairo_show_layout(report->cairo, layout);
    g_object_unref(layout);
    return height;
}

double text_width(const struct report *report, enum style style, const char *text)
{
    PangoLayout *layout = layout_new(report, style, text);
    int width;

    pango_layout_get_size(layout, &width, NULL);
    g_object_unref(layout);
    return (double)width / PANGO_SCALE;
}

/* ---------------------------------------------------------- every page */

static void rule(const struct report *report, double y)
{
    set_colour(report->cairo, &RULE);
    cairo_set_line_width(report->cairo, 0.6);
    cairo_move_to(report->cairo, MARGIN, y);
    cairo_line_to(report->cairo, PAGE_WIDTH - MARGIN, y);
    cairo_stroke(report->cairo);
}

/* Simulated data is marked wherever it goes (design.md, rule 5). */
static void simulated_band(const struct report *report)
{
    double factor = number_at(report->document, "time_factor");
    char text[160];

    set_colour(report->cairo, &AMBER);
    cairo_rectangle(report->cairo, MARGIN, 44, TEXT_WIDTH, 16);
    cairo_fill(report->cairo);
    cairo_set_source_rgb(report->cairo, 1, 1, 1);
    if (factor != 1 && factor == factor)
        (void)snprintf(
            text, sizeof text,
            "SIMULATED: these readings come from a simulated bench at %g times real time, not from a motor",
            factor);
    else
        (void)snprintf(text, sizeof text,
                       "SIMULATED: these readings come from a simulated bench, not from a motor");
    (void)text_draw(report,
                    &(struct text_box){.x = MARGIN,
                                       .y = 46.5,
                                       .width = TEXT_WIDTH,
                                       .style = STYLE_BOLD,
                                       .align = ALIGN_CENTRE,
                                       .limit = 12},
                    text);
}

static void header(const struct report *report)
{
    struct text_box box = {
        .x = MARGIN, .y = 28, .width = TEXT_WIDTH / 2 - 10, .limit = 12, .style = STYLE_CELL};

    set_colour(report->cairo, &GREY);
    (void)text_draw(
        report, &box,
        is_sheet_only(report) ? "" : text_at(report->document, "laboratory.name", "Laboratory not named"));
    box.x = MARGIN + TEXT_WIDTH / 2 + 10;
    box.align = ALIGN_RIGHT;
    (void)text_draw(report, &box, text_at(report->document, "motor.id", "Motor not named"));
    rule(report, 40);
    if (json_is_true(json_object_get(report->document, "simulated")))
        simulated_band(report);
}

static const char *chain_head(const struct report *report)
{
    const json_t *entries = json_object_get(report->document, "entries");
    size_t n = json_array_size(entries);

    return n > 0 ? text_at(json_array_get(entries, n - 1), "hash", NONE) : NONE;
}

static void footer(const struct report *report)
{
    struct text_box box = {
        .x = MARGIN, .y = PAGE_HEIGHT - 48, .width = TEXT_WIDTH - 80, .limit = 22, .style = STYLE_SMALL};
    char text[256];

    rule(report, PAGE_HEIGHT - 52);
    set_colour(report->cairo, &GREY);
    if (is_sheet_only(report))
        (void)snprintf(text, sizeof text, "Evaluation of the sheet %.200s",
                       text_at(report->document, "name", NONE));
    else
        (void)snprintf(text, sizeof text, "Record %s\nChain head (SHA-256) %s",
                       text_at(report->document, "uuid", NONE), chain_head(report));
    (void)text_draw(report, &box, text);
    (void)snprintf(text, sizeof text, "Page %u of %u", report->page, report->pages);
    (void)text_draw(report,
                    &(struct text_box){.x = PAGE_WIDTH - MARGIN - 80,
                                       .y = PAGE_HEIGHT - 48,
                                       .width = 80,
                                       .limit = 12,
                                       .style = STYLE_CELL,
                                       .align = ALIGN_RIGHT},
                    text);
}

void page_begin(struct report *report)
{
    report->page++;
    header(report);
    footer(report);
    set_colour(report->cairo, &INK);
    report->y = TEXT_TOP;
}

void page_end(struct report *report)
{
    cairo_show_page(report->cairo);
}

void page_turn(struct report *report)
{
    page_end(report);
    page_begin(report);
}

void page_need(struct report *report, double height)
{
    if (report->y + height > TEXT_BOTTOM && report->y > TEXT_TOP)
        page_turn(report);
}

/* ------------------------------------------------------------ running text */

void gap(struct report *report, double height)
{
    report->y += height;
}

void heading(struct report *report, const char *text)
{
    if (report->y > TEXT_TOP)
        gap(report, 12);
    page_need(report, 80); /* a heading alone at the foot of a page is worse than white there */
    set_colour(report->cairo, &BLUE);
    report->y += text_draw(
        report, &(struct text_box){.x = MARGIN, .y = report->y, .width = TEXT_WIDTH, .style = STYLE_HEADING},
        text);
    set_colour(report->cairo, &INK);
    gap(report, 4);
}

void paragraph(struct report *report, enum style style, const char *format, ...)
{
    struct text_box box = {.x = MARGIN, .width = TEXT_WIDTH, .style = style};
    char text[4096];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    text_whole(text);
    page_need(report, text_height(report, &box, text));
    box.y = report->y;
    report->y += text_draw(report, &box, text) + 3;
}
