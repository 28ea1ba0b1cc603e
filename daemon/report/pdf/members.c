/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Methods that have no page of their own: the members of their evaluation as tables. */
#include "report/pdf/members.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/pdf/table.h"
#include "report/pdf/value.h"

#define PAIRS_MAX 48
#define COLUMNS_MAX 11 /* a wider table cannot be read on this paper */
#define ROWS_DRAWN 32  /* half a page of them; the document has the others */

static bool is_listed(const char *key, const char *const *list)
{
    for (; list && *list; list++)
        if (strcmp(*list, key) == 0)
            return true;
    return false;
}

/* What has no unit is a ratio, an efficiency mostly, or a count. */
static int digits(const char *key, const json_t *sample, double largest)
{
    return json_is_integer(sample) ? 0
           : *unit_of(key)         ? decimals_of(key, largest)
                                   : decimals_for(largest, 4, 6);
}

static const char *yes_or_no(const json_t *value)
{
    return json_is_true(value) ? "yes" : "no";
}

/* What fits into one line: a text, a number with its unit, a list of numbers. NULL: nothing of these. */
static const char *line_text(const char *key, const json_t *value, char *buffer, size_t size)
{
    const char *unit = unit_of(key);
    size_t used = 0, i;
    const json_t *item;

    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_boolean(value))
        return yes_or_no(value);
    if (json_is_number(value)) {
        (void)snprintf(
            buffer, size, "%s",
            number_text(json_number_value(value), digits(key, value, json_number_value(value)), unit).text);
        return buffer;
    }
    json_array_foreach(value, i, item)
    {
        if (!json_is_number(item) || used >= size)
            return NULL;
        used +=
            (size_t)snprintf(buffer + used, size - used, "%s%.6g", used ? ", " : "", json_number_value(item));
    }
    if (used > 0 && used < size)
        (void)snprintf(buffer + used, size - used, "%s%s", *unit ? " " : "", unit);
    return used ? buffer : NULL;
}

static void pairs_of(struct report *report, const json_t *object, const char *const *without)
{
    struct number names[PAIRS_MAX];
    char texts[PAIRS_MAX][160];
    struct pair pairs[PAIRS_MAX];
    size_t n = 0;
    json_t *value;
    const char *key;

    json_object_foreach((json_t *)object, key, value)
    {
        const char *text =
            n < PAIRS_MAX && !is_listed(key, without) ? line_text(key, value, texts[n], sizeof *texts) : NULL;

        if (!text)
            continue;
        names[n] = symbol_of(key);
        pairs[n] = (struct pair){names[n].text, text};
        n++;
    }
    pairs_draw(report, pairs, n);
}

/* The first row names the columns. Each column keeps the digits that its largest number wants. */
struct list {
    const char *keys[COLUMNS_MAX];
    double largest[COLUMNS_MAX];
    struct number titles[COLUMNS_MAX];
    struct column columns[COLUMNS_MAX];
    size_t count;
};

static void list_columns(const json_t *rows, struct list *ret)
{
    const json_t *row;
    json_t *value;
    const char *key;
    size_t i;

    json_object_foreach(json_array_get(rows, 0), key, value)
    {
        size_t n = ret->count;

        if (n == COLUMNS_MAX || json_is_object(value) || json_is_array(value))
            continue;
        ret->keys[n] = key;
        ret->largest[n] = 0;
        json_array_foreach(rows, i, row) ret->largest[n] = fmax(ret->largest[n], fabs(number_at(row, key)));
        ret->titles[n] = symbol_of(key);
        ret->columns[n] = (struct column){ret->titles[n].text, *unit_of(key) ? unit_of(key) : NULL, 1,
                                          json_is_string(value) ? ALIGN_LEFT : ALIGN_RIGHT};
        ret->count++;
    }
}

static void list_row(struct table *table, const struct list *list, const json_t *row)
{
    struct number numbers[COLUMNS_MAX];
    const char *cells[COLUMNS_MAX];

    for (size_t i = 0; i < list->count; i++) {
        const json_t *value = json_object_get(row, list->keys[i]);

        numbers[i] =
            number_text(number_at(row, list->keys[i]), digits(list->keys[i], value, list->largest[i]), NULL);
        cells[i] = json_is_boolean(value) ? yes_or_no(value) : text_at(row, list->keys[i], numbers[i].text);
    }
    table_row(table, cells);
}

static void list_draw(struct report *report, const char *key, const json_t *rows)
{
    struct list list = {.count = 0};
    struct table table;
    const json_t *row;
    size_t i;

    list_columns(rows, &list);
    if (list.count == 0)
        return;
    page_need(report, 80);
    paragraph(report, STYLE_BOLD, "%s", symbol_of(key).text);
    table_begin(&table, report, list.columns, list.count);
    json_array_foreach(rows, i, row) if (i < ROWS_DRAWN) list_row(&table, &list, row);
    table_end(&table);
    if (json_array_size(rows) > ROWS_DRAWN)
        paragraph(report, STYLE_CELL, "%zu more rows are not printed; the evaluation's document has them.",
                  json_array_size(rows) - ROWS_DRAWN);
}

/* Deeper objects than this are not a table of measured values. */
static void inner_draw(struct report *report, const char *key, const json_t *object)
{
    const json_t *value;
    const char *inner;

    page_need(report, 40);
    paragraph(report, STYLE_BOLD, "%s", symbol_of(key).text);
    pairs_of(report, object, NULL);
    json_object_foreach((json_t *)object, inner, value)
    {
        if (json_is_object(value)) {
            paragraph(report, STYLE_CELL_BOLD, "%s, %s", symbol_of(key).text, symbol_of(inner).text);
            pairs_of(report, value, NULL);
        } else if (json_is_array(value))
            list_draw(report, inner, value);
    }
    gap(report, 4);
}

void members_draw(struct report *report, const json_t *object, const char *const *without)
{
    const json_t *value;
    const char *key;

    pairs_of(report, object, without);
    json_object_foreach((json_t *)object, key, value)
    {
        if (is_listed(key, without))
            continue;
        if (json_is_object(value))
            inner_draw(report, key, value);
        else if (json_is_array(value))
            list_draw(report, key, value);
    }
}
