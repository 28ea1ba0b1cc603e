/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/items.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "standard/csv.h"
#include "standard/date.h"

#define ORDER_MAX 1000
#define MINUTES_MAX 100000

static const char *const item_columns[] = {"item",      "order",          "title",    "standard", "clause",
                                           "procedure", "limit_standard", "quantity", "when",     "needs",
                                           "minutes",   "kinds",          "power_kw", "note",     NULL};
enum {
    I_ITEM,
    I_ORDER,
    I_TITLE,
    I_STANDARD,
    I_CLAUSE,
    I_PROCEDURE,
    I_LIMIT,
    I_QUANTITY,
    I_WHEN,
    I_NEEDS,
    I_MINUTES,
    I_KINDS,
    I_POWER,
    I_NOTE
};

static const char *const list_columns[] = {"list",     "title",  "in_force", "until",   "kinds",
                                           "power_kw", "item",   "standard", "edition", "class",
                                           "mark",     "source", NULL};
enum {
    L_LIST,
    L_TITLE,
    L_IN_FORCE,
    L_UNTIL,
    L_KINDS,
    L_POWER,
    L_ITEM,
    L_STANDARD,
    L_EDITION,
    L_CLASS,
    L_MARK,
    L_SOURCE
};

/* The cell's words, between semicolons, each ended in place: the text belongs to the CSV reader, which keeps
 * it. */
static int split_needs(const struct mb_csv *csv, size_t i, struct mb_item_row *row, struct mb_error *err)
{
    char *p = (char *)mb_csv_text(csv, i, I_NEEDS);

    while (*p) {
        size_t n = strcspn(p, ";");
        bool last = p[n] == '\0';

        if (row->need_count == MB_ITEM_NEEDS_MAX)
            return mb_csv_error(csv, i, err, "more than %d needs", MB_ITEM_NEEDS_MAX);
        p[n] = '\0';
        row->needs[row->need_count++] = p;
        p += n + !last;
    }
    return 0;
}

/* "GB/T 18488-2015": of this edition only. Ended in place, as the needs are. */
static void split_edition(struct mb_item_row *row)
{
    char *dash = (char *)strrchr(row->standard, '-');

    row->edition = "";
    if (dash && strlen(dash) == 5 && strspn(dash + 1, "0123456789") == 4) {
        *dash = '\0';
        row->edition = dash + 1;
    }
}

static int read_scope(const struct mb_csv *csv, size_t i, size_t kinds, size_t power, unsigned *ret_kinds,
                      struct mb_range *ret_power, struct mb_error *err)
{
    if (mb_motor_kinds_parse(mb_csv_text(csv, i, kinds), ret_kinds) < 0)
        return mb_csv_error(csv, i, err, "kinds '%.60s', allowed: kinds of motor between semicolons, or *",
                            mb_csv_text(csv, i, kinds));
    if (mb_range_parse(mb_csv_text(csv, i, power), ret_power) < 0)
        return mb_csv_error(csv, i, err,
                            "power_kw '%.40s', allowed: <, <=, >, >= and a number, two between ;",
                            mb_csv_text(csv, i, power));
    return 0;
}

static int read_item(const struct mb_csv *csv, size_t i, void *element, struct mb_error *err)
{
    struct mb_item_row *row = element;
    const struct {
        const char **text;
        size_t column;
    } texts[] = {
        {&row->id, I_ITEM},           {&row->title, I_TITLE},         {&row->standard, I_STANDARD},
        {&row->clause, I_CLAUSE},     {&row->procedure, I_PROCEDURE}, {&row->limit_standard, I_LIMIT},
        {&row->quantity, I_QUANTITY}, {&row->when, I_WHEN},           {&row->note, I_NOTE}};
    double order = 0, minutes = 0;
    int r;

    for (size_t n = 0; n < sizeof texts / sizeof *texts; n++)
        *texts[n].text = mb_csv_text(csv, i, texts[n].column);
    if (!*row->id || !*row->title || !*row->standard || !*row->procedure)
        return mb_csv_error(csv, i, err, "item, title, standard and procedure are needed");
    split_edition(row);
    r = mb_csv_number(csv, i, I_ORDER, 0, ORDER_MAX, &order, err);
    if (r == 0)
        r = mb_csv_number(csv, i, I_MINUTES, 0, MINUTES_MAX, &minutes, err);
    if (r == 0)
        r = read_scope(csv, i, I_KINDS, I_POWER, &row->kinds, &row->power_kw, err);
    row->order = (int)order;
    row->minutes = (int)minutes;
    return r < 0 ? r : split_needs(csv, i, row, err);
}

static int read_listed(const struct mb_csv *csv, size_t i, void *element, struct mb_error *err)
{
    struct mb_supervision_row *row = element;
    const struct {
        const char **text;
        size_t column;
    } texts[] = {{&row->list, L_LIST},       {&row->title, L_TITLE},      {&row->in_force, L_IN_FORCE},
                 {&row->until, L_UNTIL},     {&row->item, L_ITEM},        {&row->standard, L_STANDARD},
                 {&row->edition, L_EDITION}, {&row->item_class, L_CLASS}, {&row->mark, L_MARK},
                 {&row->source, L_SOURCE}};

    for (size_t n = 0; n < sizeof texts / sizeof *texts; n++)
        *texts[n].text = mb_csv_text(csv, i, texts[n].column);
    if (!*row->list || !*row->item || !*row->standard)
        return mb_csv_error(csv, i, err, "list, item and standard are needed");
    if (!mb_date_valid(row->in_force) || (*row->until && !mb_date_valid(row->until)))
        return mb_csv_error(csv, i, err,
                            "in_force and until are dates, allowed: YYYY-MM-DD, until may be empty");
    if (*row->item_class && strcmp(row->item_class, "A") != 0 && strcmp(row->item_class, "B") != 0)
        return mb_csv_error(csv, i, err, "class '%.20s', allowed: A, B or empty", row->item_class);
    return read_scope(csv, i, L_KINDS, L_POWER, &row->kinds, &row->power_kw, err);
}

static int load_csv(const char *directory, const char *file, const char *const columns[], struct mb_csv **ret,
                    struct mb_error *err)
{
    char path[4096];

    if (snprintf(path, sizeof path, "%s/%s", directory, file) >= (int)sizeof path)
        return mb_error_set(err, -ENAMETOOLONG, "%s: the path is too long", file);
    return mb_csv_load(path, columns, ret, err);
}

static int read_all(struct mb_items *s, struct mb_error *err)
{
    int r = mb_csv_rows(s->items_csv, sizeof *s->rows, read_item, (void **)&s->rows, &s->count, err);

    return r < 0 ? r
                 : mb_csv_rows(s->supervision_csv, sizeof *s->supervision, read_listed,
                               (void **)&s->supervision, &s->supervision_count, err);
}

int mb_items_load(const char *directory, struct mb_items **ret, struct mb_error *err)
{
    struct mb_items *s = calloc(1, sizeof *s);
    int r = s ? load_csv(directory, MB_ITEMS_FILE, item_columns, &s->items_csv, err) : -ENOMEM;

    if (r == 0)
        r = load_csv(directory, MB_SUPERVISION_FILE, list_columns, &s->supervision_csv, err);
    if (r == 0)
        r = read_all(s, err);
    if (r < 0) {
        mb_items_free(s);
        return r;
    }
    *ret = s;
    return 0;
}

struct mb_items *mb_items_free(struct mb_items *s)
{
    if (!s)
        return NULL;
    mb_csv_free(s->items_csv);
    mb_csv_free(s->supervision_csv);
    free(s->rows);
    free(s->supervision);
    free(s);
    return NULL;
}

const char *mb_supervision_list(const struct mb_items *s, const struct mb_motor *motor, const char *name,
                                const char *date)
{
    const struct mb_supervision_row *best = NULL;

    for (size_t i = 0; i < s->supervision_count; i++) {
        const struct mb_supervision_row *row = &s->supervision[i];

        if (!(row->kinds & 1u << motor->kind) || !mb_range_holds(&row->power_kw, motor->rated.power_w / 1000))
            continue;
        if (name
                ? strcmp(name, row->list) != 0
                : date && (strcmp(date, row->in_force) < 0 || (*row->until && strcmp(date, row->until) >= 0)))
            continue;
        if (!best || strcmp(row->in_force, best->in_force) > 0)
            best = row;
    }
    return best ? best->list : "";
}
