/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every item of the inspection with what was found, and what was not run and why. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/readable.h"
#include "report/pdf/sections.h"
#include "report/pdf/table.h"
#include "report/pdf/value.h"

static const struct column columns[] = {
    {"Quantity", NULL, 2.2, ALIGN_LEFT}, {"Value", NULL, 1.3, ALIGN_RIGHT},
    {"Limit", NULL, 1.3, ALIGN_RIGHT},   {"By", NULL, 2.4, ALIGN_LEFT},
    {"Verdict", NULL, 1.5, ALIGN_LEFT},  {"Found", NULL, 4, ALIGN_LEFT},
};

static void finding_row(struct table *table, const json_t *finding)
{
    double value = number_at(finding, "value"), limit = number_at(finding, "limit");
    const char *named = text_at(finding, "unit", ""), *unit = strcmp(named, "1") == 0 ? "" : named;
    struct mb_readable way = mb_readable_pair(unit, value, limit);
    struct number shown = number_text(way.factor * value, decimals_for(way.factor * value, 4, 6), way.unit);
    struct number bound = number_text(way.factor * limit, decimals_for(way.factor * limit, 4, 6), way.unit);
    char by[160];

    (void)snprintf(by, sizeof by, "%s%s%s %s", text_at(finding, "standard", ""),
                   *text_at(finding, "edition", "") ? "-" : "", text_at(finding, "edition", ""),
                   text_at(finding, "clause", ""));
    table_row(table,
              (const char *const[]){text_at(finding, "quantity", NONE), shown.text, bound.text, by,
                                    text_at(finding, "verdict", NONE), text_at(finding, "statement", "")});
}

static void findings(struct report *report, const json_t *item)
{
    struct table table;
    json_t *finding;
    size_t i;

    paragraph(report, STYLE_BOLD, "%s: %s%s%s", text_at(item, "title", text_at(item, "id", NONE)),
              text_at(item, "verdict", NONE), *text_at(item, "reason", "") ? ", " : "",
              text_at(item, "reason", ""));
    table_begin(&table, report, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(json_object_get(item, "findings"), i, finding) finding_row(&table, finding);
    table_end(&table);
}

static bool was_run(const json_t *item)
{
    return strcmp(text_at(item, "state", ""), "not-run") != 0;
}

/* Records of one item say all of this in their result. */
static bool has_several(const json_t *items)
{
    return json_array_size(items) > 1;
}

void section_items(struct report *report)
{
    const json_t *items = value_at(report->document, "items"), *item;
    size_t i;

    if (!has_several(items))
        return;
    heading(report, "Items of the inspection");
    json_array_foreach(items, i, item) if (json_array_size(json_object_get(item, "findings")) > 0)
        findings(report, item);
    json_array_foreach(items, i, item) if (!was_run(item))
        paragraph(report, STYLE_CELL, "Not run: %s, %s.", text_at(item, "title", text_at(item, "id", NONE)),
                  text_at(item, "reason", NONE));
}
