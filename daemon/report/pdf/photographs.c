/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The photographs of the record, two side by side, each with what was asked, who took it, when, and the hash
 * that binds it to the chain. One that cannot be shown says why; the report is made all the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/hash.h"
#include "record/record.h"
#include "report/pdf/picture.h"
#include "report/pdf/sections.h"
#include "report/pdf/value.h"

#define FROZEN_PHOTO "photo/" /* in front of the names */
#define CELL_WIDTH (TEXT_WIDTH / 2 - 4)
#define PICTURE_HEIGHT 175.0
#define CAPTION_GAP 3.0
#define ROW_GAP 10.0

struct photograph {
    const json_t *frozen; /* name, sha256 */
    cairo_surface_t *picture;
    char caption[700];
};

/* ---- What is said of it. ---- */

static const json_t *find_entry(const json_t *document, const char *type, const char *path, const char *name)
{
    json_t *entry;
    size_t i;

    json_array_foreach(value_at(document, "entries"), i,
                       entry) if (type_is(entry, type) &&
                                  strcmp(text_at(entry, path, ""), name) == 0) return entry;
    return NULL;
}

static void write_caption(const struct report *report, struct photograph *p, const char *why)
{
    const char *name = text_at(p->frozen, "name", NONE);
    const json_t *taken = find_entry(report->document, "photo", "photo", name),
                 *answered = find_entry(report->document, "reading", "values.photo", name);
    const char *asked = text_at(answered, "values.title", text_at(taken, "ask", name));
    struct number moment = date_text(text_at(taken, "time", NONE));

    (void)snprintf(p->caption, sizeof p->caption, "%.80s: %.160s\n%.80s, %s%s%s\nSHA-256 %.64s",
                   text_at(taken, "item", NONE), asked, text_at(taken, "who", NONE), moment.text,
                   !*why        ? ""
                   : p->picture ? "\nShown in part: "
                                : "\nNot shown: ",
                   why, text_at(p->frozen, "sha256", NONE));
    text_whole(p->caption);
}

/* ---- The picture. ---- */

static bool is_as_recorded(const struct photograph *p, const char *bytes, size_t size)
{
    const struct mb_hash_part part = {bytes, size};
    char hash[MB_HASH_SIZE];

    return mb_hash(&part, 1, hash) == 0 && strcmp(hash, text_at(p->frozen, "sha256", "")) == 0;
}

static const char *load(const struct report *report, struct photograph *p)
{
    const char *why = "the file of the records was not at hand";
    struct mb_error err;
    char *bytes = NULL;
    size_t size;

    if (!report->store || mb_store_frozen(report->store, text_at(report->document, "uuid", ""),
                                          text_at(p->frozen, "name", ""), &bytes, &size, &err) < 0)
        return why;
    if (is_as_recorded(p, bytes, size))
        p->picture = picture_load(bytes, size, &why);
    else
        why = "its bytes are not those of the record";
    free(bytes);
    return why;
}

static void draw_picture(const struct report *report, const struct photograph *p, double x, double y)
{
    double width = cairo_image_surface_get_width(p->picture),
           height = cairo_image_surface_get_height(p->picture);
    double scale =
        CELL_WIDTH / width < PICTURE_HEIGHT / height ? CELL_WIDTH / width : PICTURE_HEIGHT / height;

    cairo_save(report->cairo);
    cairo_translate(report->cairo, x + (CELL_WIDTH - scale * width) / 2,
                    y + (PICTURE_HEIGHT - scale * height));
    cairo_scale(report->cairo, scale, scale);
    cairo_set_source_surface(report->cairo, p->picture, 0, 0);
    cairo_paint(report->cairo);
    cairo_restore(report->cairo);
}

static void draw_frame(const struct report *report, double x, double y)
{
    set_colour(report->cairo, &RULE);
    cairo_set_line_width(report->cairo, 0.5);
    cairo_rectangle(report->cairo, x, y, CELL_WIDTH, PICTURE_HEIGHT);
    cairo_stroke(report->cairo);
    set_colour(report->cairo, &INK);
}

/* ---- Rows of two. ---- */

static void draw_row(struct report *report, struct photograph *row, size_t count)
{
    struct text_box box = {.width = CELL_WIDTH, .style = STYLE_SMALL, .align = ALIGN_LEFT};
    double caption = 0;

    for (size_t i = 0; i < count; i++) {
        double height;

        write_caption(report, &row[i], load(report, &row[i]));
        height = text_height(report, &box, row[i].caption);
        caption = height > caption ? height : caption;
    }
    page_need(report, PICTURE_HEIGHT + CAPTION_GAP + caption + ROW_GAP);
    for (size_t i = 0; i < count; i++) {
        box.x = MARGIN + (double)i * (TEXT_WIDTH - CELL_WIDTH);
        box.y = report->y + PICTURE_HEIGHT + CAPTION_GAP;
        if (is_counting(report))
            continue;
        if (row[i].picture)
            draw_picture(report, &row[i], box.x, report->y);
        else
            draw_frame(report, box.x, report->y);
        (void)text_draw(report, &box, row[i].caption);
    }
    report->y += PICTURE_HEIGHT + CAPTION_GAP + caption + ROW_GAP;
    for (size_t i = 0; i < count; i++)
        cairo_surface_destroy(row[i].picture);
}

void section_photographs(struct report *report)
{
    struct photograph row[2];
    const json_t *frozen;
    size_t i, n = 0;
    bool any = false;

    json_array_foreach(value_at(report->document, "frozen"), i, frozen)
    {
        if (strncmp(text_at(frozen, "name", ""), FROZEN_PHOTO, strlen(FROZEN_PHOTO)) != 0)
            continue;
        if (!any)
            heading(report, "Photographs");
        any = true;
        row[n++] = (struct photograph){.frozen = frozen};
        if (n < sizeof row / sizeof row[0])
            continue;
        draw_row(report, row, n);
        n = 0;
    }
    if (n > 0)
        draw_row(report, row, n);
}
