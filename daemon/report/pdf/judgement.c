/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "report/pdf/sections.h"
#include "report/pdf/value.h"

const json_t *last_entry(const struct report *report, const char *type)
{
    const json_t *entries = json_object_get(report->document, "entries");

    for (size_t i = json_array_size(entries); i > 0; i--)
        if (type_is(json_array_get(entries, i - 1), type))
            return json_array_get(entries, i - 1);
    return NULL;
}

bool is_induction(const json_t *evaluation)
{
    return value_at(evaluation, "winding") != NULL;
}

bool is_sheet_only(const struct report *report)
{
    return strcmp(text_at(report->document, "format", ""), FORMAT_SHEET) == 0;
}

static struct judgement of_item(const json_t *item, const json_t *grade)
{
    bool efficiency = strcmp(text_at(item, "id", ""), "efficiency") == 0;

    return (struct judgement){
        .title = text_at(item, "title", text_at(item, "id", "item")),
        .verdict = text_at(item, "verdict", text_at(item, "state", NONE)),
        .standard = text_at(item, "standard", NONE),
        .edition = text_at(item, "edition", NONE),
        .clause = text_at(item, "clause", efficiency ? text_at(grade, "table", NONE) : NONE),
        .mark = text_at(item, "mark", ""),
        .source = text_at(item, "source", efficiency ? text_at(grade, "source", "") : ""),
        .note = text_at(item, "note", efficiency ? text_at(grade, "note", "") : ""),
        .reason = text_at(item, "reason", ""),
        .unit = text_at(item, "unit", ""),
        .value = number_at(item, "value"),
        .limit = number_at(item, "limit"),
    };
}

/* Of "GB 18613-2020" what follows the last hyphen, of "IEC TS 60034-30-2:2016" what follows the colon. */
static const char *edition_of(const char *standard)
{
    const char *colon = strrchr(standard, ':'), *mark = colon ? colon : strrchr(standard, '-');

    return mark ? mark + 1 : NONE;
}

static struct judgement of_evaluation(const json_t *evaluation)
{
    const json_t *grade = value_at(evaluation, "grade");
    const char *standard = text_at(grade, "standard", NONE);

    return (struct judgement){
        .title = "Efficiency",
        .verdict = text_at(grade, "verdict", NONE),
        .standard = standard,
        .edition = edition_of(standard),
        .clause = text_at(grade, "table", NONE),
        .mark = text_at(grade, "mark", ""),
        .source = text_at(grade, "source", ""),
        .note = text_at(grade, "note", ""),
        .reason = "",
        .unit = "1",
        .value = number_at(evaluation, "efficiency"),
        .limit = number_at(grade, "limit"),
    };
}

/* What the same evaluation judges beside the efficiency: declared efficiency, label. */
static struct judgement of_other(const json_t *item, const json_t *evaluation)
{
    bool declared = strcmp(text_at(item, "id", ""), "declared-efficiency") == 0;

    return (struct judgement){
        .title = declared ? "Declared efficiency" : "Energy label",
        .verdict = text_at(item, "verdict", NONE),
        .standard = NONE,
        .edition = NONE,
        .clause = NONE,
        .mark = "",
        .source = declared ? "nameplate" : "label",
        .note = declared ? text_at(evaluation, "declared.note", "")
                         : "grade and efficiency against the measured ones",
        .reason = "",
        .unit = "1",
        .value = declared ? number_at(evaluation, "efficiency") : NAN,
        .limit = declared ? number_at(evaluation, "declared.tolerated") : NAN,
    };
}

/* Items that are judged by findings, or that were asked for and not run; one with a sheet stands in the
 * evaluation. */
static bool is_of_its_own(const json_t *item, const json_t *evaluation)
{
    return !(json_is_true(json_object_get(item, "sheet")) && evaluation) &&
           strcmp(text_at(item, "reason", ""), "not asked for") != 0;
}

size_t judgements(const struct report *report, struct judgement *ret, size_t max)
{
    const json_t *evaluation = value_at(report->document, "evaluation"), *item;
    const json_t *items = value_at(last_entry(report, "verdict"), "items");
    size_t n = 0, i;

    json_array_foreach(items, i, item) if (n < max && json_is_object(item)) ret[n++] =
        of_item(item, value_at(evaluation, "grade"));
    if (n > 0 || max == 0)
        return n;
    if (evaluation)
        ret[n++] = of_evaluation(evaluation);
    json_array_foreach(value_at(evaluation, "overall.items"), i, item) if (i > 0 && n < max) ret[n++] =
        of_other(item, evaluation);
    json_array_foreach(value_at(report->document, "items"), i,
                       item) if (n < max && is_of_its_own(item, evaluation)) ret[n++] = of_item(item, NULL);
    return n;
}

const struct colour *verdict_colour(const char *verdict)
{
    return strcmp(verdict, "PASS") == 0 ? &GREEN : strcmp(verdict, "FAIL") == 0 ? &RED : &AMBER;
}
