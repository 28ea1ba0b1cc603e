/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The catalogue of standards as documents: an edition has a row of editions.csv, scopes in standards.csv, and
 * what the other files of the data say by it. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "document/number_json.h"
#include "document/standards_json.h"
#include "standard/check.h"
#include "standard/csv.h"

/* A first day that is not known is long past, a last one never comes. */
static const char *status_on(const struct mb_standard *s, const char *day)
{
    if (*s->until && strcmp(day, s->until) >= 0)
        return "withdrawn";
    return *s->in_force && strcmp(day, s->in_force) < 0 ? "not yet in force" : "in force";
}

static bool same_edition(const struct mb_standard *a, const struct mb_standard *b)
{
    return strcmp(a->id, b->id) == 0 && strcmp(a->edition, b->edition) == 0;
}

static bool is_first_scope(const struct mb_catalogue *catalogue, size_t i)
{
    for (size_t n = 0; n < i; n++)
        if (same_edition(mb_catalogue_get(catalogue, n), mb_catalogue_get(catalogue, i)))
            return false;
    return true;
}

static void put_edition(json_t *object, const struct mb_editions *editions, const struct mb_standard *s)
{
    const struct mb_standard_edition *e = mb_editions_find(editions, s->id, s->edition);
    const struct mb_standard_edition *next = e ? mb_edition_successor(editions, e) : NULL;
    char successor[60] = "";
    json_t *more;

    if (!e)
        return;
    if (next)
        (void)snprintf(successor, sizeof successor, "%s%s%s", next->id, *next->edition ? "-" : "",
                       next->edition);
    more = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "issued", e->issued,
                     "replaced_by", next ? successor : e->replaced_by, "amendment", e->amendment,
                     "transition", e->transition, "adopted_from", e->adopted_from, "adoption", e->adoption,
                     "supervision_type", e->supervision_type, "subject", e->subject, "executed_by",
                     e->executed_by, "mark", e->mark, "source", e->source);
    (void)json_object_update(object, more);
    json_decref(more);
}

static json_t *edition_json(const struct mb_standards *standards, const struct mb_standard *s,
                            const char *day)
{
    char flag[160];
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:s}", "id", s->id, "edition",
                               s->edition, "title", s->title, "level", mb_level_names[s->level], "binding",
                               s->level == MB_LEVEL_MANDATORY, "role", mb_standard_role_names[s->role],
                               "status", status_on(s, day), "in_force", s->in_force, "until", s->until);

    put_edition(object, standards->editions, s);
    if (mb_bulletins_flag(standards->bulletins, s->id, s->edition, flag, sizeof flag))
        (void)json_object_set_new(object, "superseded", json_string(flag));
    return object;
}

json_t *mb_standards_list_json(const struct mb_standards *standards, const char *day, bool all)
{
    json_t *list = json_array();

    for (size_t i = 0; i < mb_catalogue_count(standards->catalogue); i++) {
        const struct mb_standard *s = mb_catalogue_get(standards->catalogue, i);

        if (is_first_scope(standards->catalogue, i) && (all || strcmp(status_on(s, day), "in force") == 0))
            (void)json_array_append_new(list, edition_json(standards, s, day));
    }
    return json_pack("{s:s, s:o}", "day", day, "standards", list);
}

/* ---- One standard. ---- */

static json_t *scope_json(const struct mb_standard *s)
{
    json_t *kinds = json_array();

    for (unsigned k = 0; k < MB_KIND_COUNT; k++)
        if (s->kinds & 1u << k)
            (void)json_array_append_new(kinds, json_string(mb_motor_kind_names[k]));
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:i}", "kinds", kinds, "duty",
                     s->duty, "frequency_hz", mb_json_number(s->frequency_hz), "power_min_w",
                     mb_json_number(s->power_min_w), "power_max_w", mb_json_number(s->power_max_w),
                     "voltage_v", s->voltage, "poles", s->poles, "excluded_cooling", s->excluded_cooling,
                     "mark", s->mark, "source", s->source, "line", (int)s->line);
}

static json_t *scopes_json(const struct mb_catalogue *catalogue, const struct mb_standard *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < mb_catalogue_count(catalogue); i++)
        if (same_edition(mb_catalogue_get(catalogue, i), s))
            (void)json_array_append_new(list, scope_json(mb_catalogue_get(catalogue, i)));
    return list;
}

static json_t *items_json(const struct mb_items *items, const struct mb_standard *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < items->count; i++) {
        const struct mb_item_row *row = &items->rows[i];

        if (strcmp(row->standard, s->id) == 0 || strcmp(row->limit_standard, s->id) == 0)
            (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i}", "item",
                                                        row->id, "title", row->title, "standard",
                                                        row->standard, "clause", row->clause, "procedure",
                                                        row->procedure, "limit_standard", row->limit_standard,
                                                        "line", (int)mb_csv_line(items->items_csv, i)));
    }
    return list;
}

static json_t *supervision_json(const struct mb_items *items, const struct mb_standard *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < items->supervision_count; i++) {
        const struct mb_supervision_row *row = &items->supervision[i];

        if (strcmp(row->standard, s->id) == 0 && (!*row->edition || strcmp(row->edition, s->edition) == 0))
            (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:i}", "list", row->list, "item",
                                                        row->item, "edition", row->edition, "line",
                                                        (int)mb_csv_line(items->supervision_csv, i)));
    }
    return list;
}

static json_t *tables_json(const struct mb_limits *limits, const struct mb_standard *s)
{
    char name[60];
    json_t *list = json_array();
    struct mb_limits_table t;

    (void)snprintf(name, sizeof name, "%s-%s", s->id, s->edition);
    for (size_t i = 0; mb_limits_table(limits, i, &t) == 0; i++)
        if (mb_standard_same(t.standard, name))
            (void)json_array_append_new(
                list, json_pack("{s:s, s:s, s:b, s:I, s:I, s:I}", "table", t.table, "file", t.file, "site",
                                t.site, "cells", (json_int_t)t.cells, "deciding", (json_int_t)t.deciding,
                                "confirmed", (json_int_t)t.confirmed));
    return list;
}

static json_t *find_quantity(const json_t *list, const struct mb_requirement_row *row)
{
    json_t *entry;
    size_t i;

    json_array_foreach(list, i, entry)
    {
        const char *item = json_string_value(json_object_get(entry, "item"));
        const char *quantity = json_string_value(json_object_get(entry, "quantity"));

        if (item && quantity && strcmp(item, row->item) == 0 && strcmp(quantity, row->quantity) == 0)
            return entry;
    }
    return NULL;
}

static void count_up(json_t *entry, const char *key, bool more)
{
    json_t *number = json_object_get(entry, key);

    (void)json_integer_set(number, json_integer_value(number) + more);
}

/* One entry a quantity; a row without a number is a limit that the laboratory has to enter. */
static json_t *requirements_json(const struct mb_requirements *requirements, const struct mb_standard *s)
{
    json_t *list = json_array(), *entry;

    for (size_t i = 0; i < mb_requirements_count(requirements); i++) {
        struct mb_requirement_row row = mb_requirements_row(requirements, i);

        if (strcmp(row.standard, s->id) != 0 || (*row.edition && strcmp(row.edition, s->edition) != 0))
            continue;
        entry = find_quantity(list, &row);
        if (!entry) {
            (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:i}", "item",
                                                        row.item, "quantity", row.quantity, "unit", row.unit,
                                                        "clause", row.clause, "line", (int)row.line, "rows",
                                                        0, "with_number", 0));
            entry = json_array_get(list, json_array_size(list) - 1);
        }
        count_up(entry, "rows", true);
        count_up(entry, "with_number", *row.a || *row.b);
    }
    return list;
}

static json_t *indicators_json(const struct mb_indicators *indicators, const struct mb_standard *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < mb_indicators_count(indicators); i++) {
        const struct mb_indicator *row = mb_indicators_get(indicators, i);
        char id[40], edition[16];

        if (!mb_standard_reference(row->standard, id, edition) || !mb_standard_same(id, s->id) ||
            (*edition && strcmp(edition, s->edition) != 0))
            continue;
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i}", "indicator", row->id, "title", row->title,
                            "kind", mb_indicator_kind_names[row->kind], "limit", row->limit, "unit",
                            row->unit, "mark", row->mark, "line", (int)row->line));
    }
    return list;
}

static json_t *details_json(const struct mb_standards *standards, const struct mb_standard *s,
                            const char *day)
{
    json_t *object = edition_json(standards, s, day);

    (void)json_object_set_new(object, "scopes", scopes_json(standards->catalogue, s));
    (void)json_object_set_new(object, "items", items_json(standards->items, s));
    (void)json_object_set_new(object, "item_lists", supervision_json(standards->items, s));
    (void)json_object_set_new(object, "tables", tables_json(standards->limits, s));
    (void)json_object_set_new(object, "requirements", requirements_json(standards->requirements, s));
    (void)json_object_set_new(object, "indicators", indicators_json(standards->indicators, s));
    return object;
}

int mb_standards_show_json(const struct mb_standards *standards, const char *name, const char *day,
                           json_t **ret, struct mb_error *err)
{
    char id[40], edition[16];
    json_t *list;

    if (!mb_standard_reference(name, id, edition))
        return mb_error_set(err, -EINVAL, "'%.60s' is not the name of a standard", name);
    list = json_array();
    for (size_t i = 0; i < mb_catalogue_count(standards->catalogue); i++) {
        const struct mb_standard *s = mb_catalogue_get(standards->catalogue, i);

        if (is_first_scope(standards->catalogue, i) && mb_standard_same(s->id, id) &&
            (!*edition || strcmp(s->edition, edition) == 0))
            (void)json_array_append_new(list, details_json(standards, s, day));
    }
    if (json_array_size(list) == 0) {
        json_decref(list);
        return mb_error_set(err, -ENOENT, "'%.60s' is not in the catalogue, see 'motorbench standards list'",
                            name);
    }
    *ret = json_pack("{s:s, s:o}", "day", day, "standards", list);
    return *ret ? 0 : mb_error_set(err, -ENOMEM, "not enough memory");
}
