/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Methods that have no page of their own: the members of their evaluation as tables. */
#include "report/pdf/members.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/pdf/table.h"
#include "report/pdf/value.h"

#define PAIRS_MAX 48
#define COLUMNS_MAX 10 /* a wider table cannot be read on this paper: it goes on below */
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

#define KEYS_MAX 48 /* of a row */
#define DEPTH_MAX 4 /* objects in objects */

/* The first row names the columns. Each column keeps the digits that its largest number wants. */
struct list {
    const char *keys[COLUMNS_MAX];
    double largest[COLUMNS_MAX];
    struct number titles[COLUMNS_MAX];
    struct column columns[COLUMNS_MAX];
    size_t count;
};

static void list_column(const json_t *rows, const char *key, const json_t *value, struct list *list)
{
    const json_t *row;
    size_t n = list->count++, i;

    list->keys[n] = key;
    list->largest[n] = 0;
    json_array_foreach(rows, i, row) list->largest[n] = fmax(list->largest[n], fabs(number_at(row, key)));
    list->titles[n] = symbol_of(key);
    list->columns[n] = (struct column){list->titles[n].text, *unit_of(key) ? unit_of(key) : NULL, 1,
                                       json_is_string(value) ? ALIGN_LEFT : ALIGN_RIGHT};
}

/* What tells the rows apart comes first and the result last: a record's document is sorted by letters. */
static size_t ordered_keys(const json_t *row, const char *ret[KEYS_MAX])
{
    static const char *const first[] = {"branch",        "position",       "angle_deg", "load_percent",
                                        "speed_percent", "torque_percent", "u_v",       "i_a",
                                        "n_rpm",         "t_nm",           NULL};
    static const char *const last[] = {"efficiency", NULL};
    json_t *value;
    const char *key;
    size_t n = 0;

    for (size_t i = 0; first[i]; i++)
        if (json_object_get(row, first[i]))
            ret[n++] = first[i];
    json_object_foreach((json_t *)row, key, value) if (n < KEYS_MAX - 1 && !is_listed(key, first) &&
                                                       !is_listed(key, last) && !json_is_object(value) &&
                                                       !json_is_array(value)) ret[n++] = key;
    if (json_object_get(row, last[0]))
        ret[n++] = last[0];
    return n;
}

/* One part of a list: its first column, and those from `from` on that fit; returns where the next begins. */
static size_t list_columns(const json_t *rows, const char *const *keys, size_t count, size_t from,
                           struct list *ret)
{
    const json_t *row = json_array_get(rows, 0);

    list_column(rows, keys[0], json_object_get(row, keys[0]), ret);
    for (; from < count && ret->count < COLUMNS_MAX; from++)
        list_column(rows, keys[from], json_object_get(row, keys[from]), ret);
    return from;
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

static void list_part(struct report *report, const json_t *rows, const struct list *list)
{
    struct table table;
    const json_t *row;
    size_t i;

    page_need(report, 80);
    table_begin(&table, report, list->columns, list->count);
    json_array_foreach(rows, i, row) if (i < ROWS_DRAWN) list_row(&table, list, row);
    table_end(&table);
}

static void list_draw(struct report *report, const char *title, const json_t *rows)
{
    const char *keys[KEYS_MAX];
    size_t count = ordered_keys(json_array_get(rows, 0), keys), from = 1;

    if (count == 0)
        return;
    page_need(report, 90);
    paragraph(report, STYLE_BOLD, "%s", title);
    do {
        struct list list = {.count = 0};

        from = list_columns(rows, keys, count, from, &list);
        list_part(report, rows, &list);
    } while (from < count);
    if (json_array_size(rows) > ROWS_DRAWN)
        paragraph(report, STYLE_CELL, "%zu more rows are not printed; the evaluation's document has them.",
                  json_array_size(rows) - ROWS_DRAWN);
}

/* Each object and list of objects in it, under the names on the way to it: "back to back, forward". */
static void inner_draw(struct report *report, const char *title, const json_t *object, int depth)
{
    const json_t *value;
    const char *key;
    char name[200];

    page_need(report, 40);
    paragraph(report, depth == 0 ? STYLE_BOLD : STYLE_CELL_BOLD, "%s", title);
    pairs_of(report, object, NULL);
    json_object_foreach((json_t *)object, key, value)
    {
        (void)snprintf(name, sizeof name, "%.140s, %s", title, symbol_of(key).text);
        if (json_is_object(value) && depth < DEPTH_MAX)
            inner_draw(report, name, value, depth + 1);
        else if (json_is_array(value))
            list_draw(report, name, value);
    }
    gap(report, depth == 0 ? 4 : 0);
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
            inner_draw(report, symbol_of(key).text, value, 0);
        else if (json_is_array(value))
            list_draw(report, symbol_of(key).text, value);
    }
}
