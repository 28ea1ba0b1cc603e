/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The items of a plan: which rows of items.csv count for this motor, in which order, and the limit of each.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "standard/mark.h"
#include "standard/plan_parts.h"

#define CIRCUMSTANCES_MAX 8

struct choice {
    const struct mb_motor *motor;
    const struct mb_standards *standards;
    const char *list;
    struct mb_plan *plan;
};

static const struct mb_supervision_row *listed(const struct choice *c, const char *item)
{
    const struct mb_items *items = c->standards->items;

    for (size_t i = 0; *c->list && i < items->supervision_count; i++)
        if (strcmp(items->supervision[i].list, c->list) == 0 && strcmp(items->supervision[i].item, item) == 0)
            return &items->supervision[i];
    return NULL;
}

static bool row_is_possible(const struct choice *c, const struct mb_item_row *row)
{
    return (row->kinds & 1u << c->motor->kind) &&
           mb_range_holds(&row->power_kw, c->motor->rated.power_w / 1000);
}

enum { RANK_LISTED = MB_BASIS_NONE, RANK_OFFERED, RANK_OUT };

/* What can be measured on any motor, even where no limit judges it. */
static bool is_offered(const struct mb_item_row *row)
{
    return strcmp(row->quantity, "efficiency") == 0 || strcmp(row->quantity, "pull-out-torque") == 0;
}

/* The stronger the basis of its standard, the better the row. What a list names counts as far as the list
 * goes. */
static int rank(const struct choice *c, const struct mb_item_row *row)
{
    const struct mb_plan_standard *s = mb_plan_find(c->plan, row->standard);

    if (s && *row->edition && strcmp(row->edition, s->edition) != 0)
        return RANK_OUT;
    if (s && (!*c->list || s->basis != MB_BASIS_TASK || listed(c, row->id)))
        return (int)s->basis;
    if (listed(c, row->id))
        return RANK_LISTED;
    return is_offered(row) ? RANK_OFFERED : RANK_OUT;
}

static const struct mb_plan_item *find(const struct mb_plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->item_count; i++)
        if (strcmp(plan->items[i].id, id) == 0)
            return &plan->items[i];
    return NULL;
}

static const struct mb_item_row *best_row(const struct choice *c, const char *id)
{
    const struct mb_items *items = c->standards->items;
    const struct mb_item_row *best = NULL;

    for (size_t i = 0; i < items->count; i++) {
        const struct mb_item_row *row = &items->rows[i];

        if (strcmp(row->id, id) == 0 && row_is_possible(c, row) && (!best || rank(c, row) < rank(c, best)))
            best = row;
    }
    return best && rank(c, best) < RANK_OUT ? best : NULL;
}

/* "a=b;c=d" into list, whose texts point into buffer. */
static void split_circumstances(const char *when, char *buffer, size_t size, struct mb_circumstance *list)
{
    char *p = buffer;
    size_t n = 0;

    (void)snprintf(buffer, size, "%s", when);
    while (*p && n < CIRCUMSTANCES_MAX) {
        char *end = p + strcspn(p, ";"), *value = memchr(p, '=', (size_t)(end - p));
        bool last = *end == '\0';

        *end = '\0';
        if (value) {
            *value = '\0';
            list[n++] = (struct mb_circumstance){p, value + 1};
        }
        p = end + !last;
    }
    list[n] = (struct mb_circumstance){NULL, NULL};
}

static const char *edition_of(const struct choice *c, const char *standard)
{
    const struct mb_plan_standard *s = *standard ? mb_plan_find(c->plan, standard) : NULL;

    return s && *s->edition ? s->edition : NULL;
}

/* The newest edition of a standard that the plan does not name. */
static const char *newest_edition(const struct mb_catalogue *catalogue, const char *id)
{
    for (size_t i = 0; i < mb_catalogue_count(catalogue); i++) {
        const struct mb_standard *s = mb_catalogue_get(catalogue, i);

        if (strcmp(s->id, id) == 0 && mb_standard_in_force(s, NULL))
            return s->edition;
    }
    return "";
}

static void take_requirement(const struct mb_requirement *r, struct mb_plan_item *item)
{
    static const char *const senses[] = {"lower", "upper", "set"};

    item->limit = r->limit;
    item->unit = r->unit;
    item->sense = senses[r->sense];
    item->limit_edition = r->edition;
    (void)snprintf(item->mark, sizeof item->mark, "%s", isnan(r->limit) ? "absent" : r->mark);
    (void)snprintf(item->source, sizeof item->source, "%s", r->cell);
}

static void fill_requirement(const struct choice *c, const struct mb_item_row *row, struct mb_plan_item *item)
{
    char buffer[128];
    struct mb_circumstance circumstances[CIRCUMSTANCES_MAX + 1];
    struct mb_requirement_query query = {.item = row->id,
                                         .quantity = row->quantity,
                                         .standard = row->limit_standard,
                                         .edition = edition_of(c, row->limit_standard),
                                         .motor = c->motor,
                                         .circumstances = circumstances,
                                         .declared = NAN};
    struct mb_requirement found = {.confirmed = ""};
    size_t position = 0;
    const char *words;

    split_circumstances(row->when, buffer, sizeof buffer, circumstances);
    if (mb_requirement_next(c->standards->requirements, &query, &position, &found) == 0) {
        take_requirement(&found, item);
        words = isnan(found.limit)            ? "the limit is not in the data"
                : mb_mark_decides(found.mark) ? mb_mark_note(found.mark)
                                              : "the mark of the limit may not decide: confirm it";
    } else {
        words = "no limit in the data for this nameplate";
    }
    (void)snprintf(item->note, sizeof item->note, "%s%s%s%s%s", row->note, *row->note ? "; " : "", words,
                   *found.confirmed ? ": " : "", found.confirmed);
}

/* The limit of the least grade, as the efficiency will be judged by it. */
static int fill_grade(const struct choice *c, const struct mb_item_row *row, struct mb_plan_item *item,
                      struct mb_error *err)
{
    struct mb_grade_query query = {.efficiency = NAN};
    const char *edition = edition_of(c, row->limit_standard);
    struct mb_grade grade;
    char standard[64];
    int r;

    item->sense = "lower";
    if (!mb_plan_find(c->plan, row->limit_standard)) {
        (void)snprintf(item->note, sizeof item->note,
                       "no standard with an efficiency limit applies to this motor");
        return 0;
    }
    item->limit_edition = edition ? edition : "";
    (void)snprintf(standard, sizeof standard, "%s-%s", row->limit_standard, item->limit_edition);
    mb_grade_query_motor(c->motor, &query);
    query.standard = standard;
    r = mb_grade_evaluate(c->standards->limits, &query, &grade, err);
    if (r == -ENOENT) {
        (void)snprintf(item->note, sizeof item->note, "the limits of %s are not in the data", standard);
        return 0;
    }
    if (r < 0)
        return r;
    item->limit = grade.limit;
    if (!isnan(c->motor->rated.efficiency))
        item->declared =
            mb_declared_decides(MB_LIMIT_LOWER, c->motor->rated.efficiency, grade.limit,
                                mb_plan_find(c->plan, row->limit_standard)->basis == MB_BASIS_MANDATORY);
    if (*grade.mark)
        (void)snprintf(item->mark, sizeof item->mark, "%s", grade.mark);
    (void)snprintf(item->note, sizeof item->note, "%s", grade.note);
    (void)snprintf(item->source, sizeof item->source, "%s", grade.source);
    return 0;
}

/* What the item's row says stands before what the limit says. */
static void note_first(const char *note, struct mb_plan_item *item)
{
    char limit[sizeof item->note];

    (void)snprintf(limit, sizeof limit, "%s", item->note);
    (void)snprintf(item->note, sizeof item->note, "%.190s%s%.320s", note, *note && *limit ? "; " : "", limit);
}

static int add_item(const struct choice *c, const struct mb_item_row *row, struct mb_error *err)
{
    const struct mb_supervision_row *named = listed(c, row->id);
    struct mb_plan_item *item = &c->plan->items[c->plan->item_count];
    const char *edition = edition_of(c, row->standard);

    if (c->plan->item_count == MB_PLAN_ITEMS_MAX)
        return mb_error_set(err, -EINVAL, "the plan would have more than %d items", MB_PLAN_ITEMS_MAX);
    *item = (struct mb_plan_item){.id = row->id,
                                  .title = row->title,
                                  .standard = row->standard,
                                  .edition = edition ? edition
                                                     : newest_edition(c->standards->catalogue, row->standard),
                                  .clause = row->clause,
                                  .procedure = row->procedure,
                                  .unit = "1",
                                  .limit_standard = row->limit_standard,
                                  .limit_edition = "",
                                  .sense = "",
                                  .item_class = named ? named->item_class : "",
                                  .need_count = row->need_count,
                                  .minutes = row->minutes,
                                  .limit = NAN,
                                  .mark = "absent"};
    if (named && !mb_plan_find(c->plan, row->standard)) {
        item->standard = named->standard;
        item->edition = named->edition;
        item->clause = "";
    }
    memcpy(item->needs, row->needs, sizeof item->needs);
    c->plan->item_count++;
    if (strcmp(row->quantity, "efficiency") == 0) {
        int r = fill_grade(c, row, item, err);

        note_first(row->note, item);
        return r;
    }
    if (*row->quantity)
        fill_requirement(c, row, item);
    else
        (void)snprintf(item->note, sizeof item->note, "%s", row->note);
    return 0;
}

static int compare_rows(const void *a, const void *b)
{
    const struct mb_item_row *x = *(const struct mb_item_row *const *)a,
                             *y = *(const struct mb_item_row *const *)b;

    return x->order - y->order;
}

int mb_plan_add_items(const struct mb_motor *motor, const struct mb_standards *standards, const char *list,
                      struct mb_plan *plan, struct mb_error *err)
{
    const struct choice c = {motor, standards, list, plan};
    const struct mb_items *items = standards->items;
    const struct mb_item_row **rows = calloc(items->count, sizeof(const struct mb_item_row *));
    int r = 0;

    if (!rows)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    for (size_t i = 0; i < items->count; i++)
        rows[i] = &items->rows[i];
    qsort(rows, items->count, sizeof(const struct mb_item_row *), compare_rows);
    for (size_t i = 0; r == 0 && i < items->count; i++)
        if (!find(plan, rows[i]->id) && best_row(&c, rows[i]->id))
            r = add_item(&c, best_row(&c, rows[i]->id), err);
    free(rows);
    return r;
}
