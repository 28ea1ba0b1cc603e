/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The items of an inspection in a record: how each ended, and judging one again from its own readings. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "document/item.h"
#include "document/number_json.h"
#include "record/internal.h"

static bool is_item(const json_t *entry, const char *item, const char *state)
{
    return mb_json_text_is(entry, "type", "item") && mb_json_text_is(entry, "item", item) &&
           (!state || mb_json_text_is(entry, "state", state));
}

/* Entries from the item's last beginning to the one that judged it: [*ret_begun, *ret_end). */
static bool span(const json_t *entries, const char *item, size_t *ret_begun, size_t *ret_end)
{
    bool found = false;
    json_t *entry;
    size_t i;

    *ret_end = json_array_size(entries);
    json_array_foreach(entries, i, entry)
    {
        if (is_item(entry, item, "begun")) {
            *ret_begun = i;
            *ret_end = json_array_size(entries);
            found = true;
        } else if (found && is_item(entry, item, "judged")) {
            *ret_end = i;
        }
    }
    return found;
}

/* As the record was when the item was judged: what came later replaced nothing yet. */
static json_t *entries_until(const json_t *entries, size_t end)
{
    json_t *copy = json_array();

    for (size_t i = 0; i < end; i++) {
        json_t *entry = json_copy(json_array_get(entries, i));

        (void)json_object_del(entry, "replaced_by");
        (void)json_array_append_new(copy, entry);
    }
    mb_mark_replaced(copy);
    return copy;
}

static json_t *readings_from(const json_t *entries, size_t begun)
{
    json_t *readings = json_array();

    for (size_t i = begun; i < json_array_size(entries); i++) {
        const json_t *entry = json_array_get(entries, i);

        if (mb_json_text_is(entry, "type", "reading") && !json_object_get(entry, "replaced_by"))
            (void)json_array_append(readings, (json_t *)entry);
    }
    return readings;
}

/* The motor file's part of the record, read again. */
static int read_motor(const json_t *document, struct mb_motor *motor, struct mb_error *err)
{
    json_t *file = json_pack("{s:O, s:O*}", "motor", json_object_get(document, "motor"), "sample",
                             json_object_get(document, "sample"));
    char *text = file ? mb_payload_text(file) : NULL;
    int r = text ? mb_motor_parse("record", text, strlen(text), motor, err)
                 : mb_error_set(err, -ENODATA, "the record has no motor");

    free(text);
    json_decref(file);
    return r;
}

static enum mb_decision_rule rule_of(const json_t *document)
{
    const json_t *inspection = json_object_get(document, "inspection");
    const char *name = json_string_value(json_object_get(inspection, "rule"));
    int rule = name ? mb_decision_rule_from_name(name) : -EINVAL;

    return rule < 0 ? MB_RULE_SIMPLE : (enum mb_decision_rule)rule;
}

int mb_record_judge(const json_t *document, const char *item, const struct mb_requirements *requirements,
                    json_t **ret, struct mb_error *err)
{
    const json_t *entries = json_object_get(document, "entries");
    json_t *part, *readings, *until, *sheet = NULL;
    struct mb_motor motor;
    struct mb_item_context context = {
        .item = item, .motor = &motor, .requirements = requirements, .rule = rule_of(document)};
    size_t begun = 0, end = 0;
    int r;

    if (!span(entries, item, &begun, &end))
        return mb_error_set(err, -ENODATA, "the item %s was never begun", item);
    mb_motor_init(&motor);
    r = read_motor(document, &motor, err);
    if (r == 0) {
        until = entries_until(entries, end);
        readings = readings_from(until, begun);
        part = json_pack("{s:O}", "entries", until);
        if (mb_record_sheet(part, &sheet, NULL) == 0)
            context.sheet = sheet;
        mb_item_limits(json_object_get(document, "inspection"), item, &context.standard, &context.edition);
        r = mb_item_judge(&context, readings, ret, err);
        json_decref(sheet);
        json_decref(part);
        json_decref(readings);
        json_decref(until);
    }
    mb_motor_clear(&motor);
    return r;
}

/* ------------------------------------------------------------------ the list */

static json_t *planned(const json_t *document, const char *item)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(json_object_get(document, "inspection"), "items"), i, row)
    {
        const char *id = json_string_value(json_object_get(row, "id"));

        if (id && strcmp(id, item) == 0)
            return row;
    }
    return NULL;
}

static void copy_keys(json_t *to, const json_t *from, const char *const keys[], size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (json_object_get(from, keys[k]))
            (void)json_object_set(to, keys[k], json_object_get(from, keys[k]));
}

static json_t *item_new(const json_t *document, const char *item)
{
    static const char *const from_plan[] = {"title", "standard", "edition", "clause"};
    json_t *object = json_pack("{s:s}", "id", item);

    copy_keys(object, planned(document, item), from_plan, sizeof from_plan / sizeof from_plan[0]);
    return object;
}

/* What the last entry of the item says; what an earlier attempt said counts no longer. */
static void follow(json_t *object, const json_t *entry)
{
    static const char *const from_entry[] = {"attempt", "verdict", "reason", "findings", "void", "sheet"};
    static const struct {
        const char *entry, *shown;
    } states[] = {{"begun", "running"}, {"judged", "done"}, {"not-run", "not-run"}};
    const char *state = mb_json_text(entry, "state");
    bool sheet = json_is_true(json_object_get(object, "sheet"));

    for (size_t k = 0; k < sizeof from_entry / sizeof from_entry[0]; k++)
        (void)json_object_del(object, from_entry[k]);
    copy_keys(object, entry, from_entry, sizeof from_entry / sizeof from_entry[0]);
    if (sheet)
        (void)json_object_set_new(object, "sheet", json_true());
    for (size_t k = 0; k < sizeof states / sizeof states[0]; k++)
        if (strcmp(state, states[k].entry) == 0)
            (void)json_object_set_new(object, "state", json_string(states[k].shown));
}

static void set_graded(json_t *object, const json_t *evaluation)
{
    static const char *const from_grade[] = {"limit", "standard", "mark"};
    const json_t *grade = json_object_get(evaluation, "grade");

    copy_keys(object, evaluation, (const char *const[]){"efficiency"}, 1);
    (void)json_object_set(object, "value", json_object_get(object, "efficiency"));
    (void)json_object_del(object, "efficiency");
    copy_keys(object, grade, from_grade, sizeof from_grade / sizeof from_grade[0]);
    if (json_object_get(grade, "table"))
        (void)json_object_set(object, "clause", json_object_get(grade, "table"));
    (void)json_object_set_new(object, "unit", json_string("1"));
}

/* The numbers that a table shows: of the finding that decides, or of the grade. */
static void set_compared(json_t *object, const json_t *document)
{
    static const char *const from_finding[] = {"value",   "limit",  "unit", "standard",
                                               "edition", "clause", "mark"};
    const json_t *evaluation = json_object_get(document, "evaluation");
    const char *verdict = json_string_value(json_object_get(object, "verdict"));
    const json_t *finding =
        verdict ? mb_findings_deciding(json_object_get(object, "findings"), verdict) : NULL;

    if (finding)
        copy_keys(object, finding, from_finding, sizeof from_finding / sizeof from_finding[0]);
    else if (json_is_true(json_object_get(object, "sheet")) && json_is_object(evaluation) && verdict &&
             !json_is_true(json_object_get(object, "void")))
        set_graded(object, evaluation);
}

/* A record of a program that knew of no items has the efficiency as its only one. */
static void add_only(json_t *list, const json_t *document)
{
    json_t *only = json_pack("{s:s, s:s, s:b}", "id", "efficiency", "state", "done", "sheet", 1);

    copy_keys(only, document, (const char *const[]){"verdict", "reason"}, 2);
    (void)json_array_append_new(list, only);
}

json_t *mb_record_items(const json_t *document)
{
    json_t *list = json_array(), *known = json_object(), *entry, *object;
    size_t i;

    json_array_foreach(json_object_get(document, "entries"), i, entry)
    {
        const char *item = json_string_value(json_object_get(entry, "item"));

        if (!item || !is_item(entry, item, NULL))
            continue;
        object = json_object_get(known, item);
        if (!object) {
            object = item_new(document, item);
            (void)json_array_append(list, object);
            (void)json_object_set_new(known, item, object);
        }
        follow(object, entry);
    }
    json_decref(known);
    if (json_array_size(list) == 0 && json_is_object(json_object_get(document, "evaluation")))
        add_only(list, document);
    json_array_foreach(list, i, object) set_compared(object, document);
    return list;
}
