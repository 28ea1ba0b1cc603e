/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sheet of paper: A4, header and footer on every page, one cursor that goes down and turns pages. Lengths
 * are points (1/72 inch), as in cairo and PDF. */
#pragma once

#include <cairo.h>
#include <jansson.h>
#include <pango/pango.h>
#include <stdbool.h>

#define PAGE_WIDTH 595.28
#define PAGE_HEIGHT 841.89
#define MARGIN 51.0 /* 18 mm */
#define TEXT_WIDTH (PAGE_WIDTH - 2 * MARGIN)
#define TEXT_TOP 72.0
#define TEXT_BOTTOM (PAGE_HEIGHT - 62.0)
#define TEXT_HEIGHT (TEXT_BOTTOM - TEXT_TOP)

struct report {
    const json_t *document; /* docs/decisions/0001-shape.md */
    struct mb_store *store; /* where its photographs are; NULL: not at hand */
    cairo_t *cairo;
    PangoContext *context; /* one for all texts: making it costs more than a text */
    double y;              /* the cursor: top of what comes next */
    unsigned page;         /* 1-based */
    unsigned pages;        /* how many there are; 0 while they are being counted */
};

/* The pages are being counted: only heights matter, what is drawn is thrown away. */
static inline bool is_counting(const struct report *report)
{
    return report->pages == 0;
}

enum style {
    STYLE_BODY,
    STYLE_BOLD,
    STYLE_SMALL,
    STYLE_CELL,
    STYLE_CELL_BOLD,
    STYLE_HEADING,
    STYLE_TITLE,
    STYLE_VERDICT
};
enum align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT };

struct colour {
    double red, green, blue;
};
extern const struct colour INK, GREY, RULE, SHADE, BLUE, RED, GREEN, AMBER;
void set_colour(cairo_t *cairo, const struct colour *colour);

/* Text in a box of this width, wrapped; higher than limit it ends in an ellipsis. Both return the height. */
struct text_box {
    double x, y, width, limit; /* limit 0: a third of a page */
    enum style style;
    enum align align;
};
double text_height(const struct report *report, const struct text_box *box, const char *text);
double text_draw(const struct report *report, const struct text_box *box, const char *text);
/* The width the text wants on one line. */
double text_width(const struct report *report, enum style style, const char *text);

void page_begin(struct report *report); /* the first page */
void page_turn(struct report *report);
void page_end(struct report *report); /* the last one */
/* Turns the page unless this height is free. */
void page_need(struct report *report, double height);

/* At the cursor, full width. A heading stays with what follows it. */
void heading(struct report *report, const char *text);
void paragraph(struct report *report, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void gap(struct report *report, double height);
