/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The items of a run, and the question it asks, as D-Bus values. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bus/internal.h"
#include "document/item.h"
#include "document/number_json.h"

/* A text that is there, a number that is known. */
static int append_text(sd_bus_message *m, const char *key, const char *text)
{
    return text && *text ? bus_append_string(m, key, text) : 0;
}

static int append_number(sd_bus_message *m, const char *key, double number)
{
    return isfinite(number) ? bus_append_double(m, key, number) : 0;
}

/* What an item was compared with, in the keys of all of them. */
struct compared {
    double value, limit;
    const char *unit, *standard, *clause, *mark, *rule, *statement;
};

static int append_compared(sd_bus_message *m, const struct compared *c)
{
    int r = append_number(m, "value", c->value);

    if (r >= 0)
        r = append_number(m, "limit", c->limit);
    if (r >= 0)
        r = append_text(m, "unit", c->unit);
    if (r >= 0)
        r = append_text(m, "standard", c->standard);
    if (r >= 0)
        r = append_text(m, "clause", c->clause);
    if (r >= 0)
        r = append_text(m, "mark", c->mark);
    if (r >= 0)
        r = append_text(m, "rule", c->rule);
    return r < 0 ? r : append_text(m, "statement", c->statement);
}

static int append_findings(sd_bus_message *m, const struct mb_run_item *item)
{
    const json_t *f = mb_findings_deciding(item->findings, mb_verdict_name(item->verdict));
    char *text = json_dumps(item->findings, JSON_COMPACT);
    int r = text ? bus_append_string(m, "findings", text) : -ENOMEM;

    free(text);
    if (r < 0 || !f)
        return r;
    return append_compared(m, &(struct compared){
                                  .value = mb_json_value(f, "value"),
                                  .limit = mb_json_value(f, "limit"),
                                  .unit = json_string_value(json_object_get(f, "unit")),
                                  .standard = json_string_value(json_object_get(f, "standard")),
                                  .clause = json_string_value(json_object_get(f, "clause")),
                                  .mark = json_string_value(json_object_get(f, "mark")),
                                  .statement = json_string_value(json_object_get(f, "statement")),
                              });
}

static int append_grade(sd_bus_message *m, const struct mb_run *run, const struct mb_grade *grade)
{
    return append_compared(m, &(struct compared){.value = mb_run_efficiency(run),
                                                 .limit = grade->limit,
                                                 .unit = "1",
                                                 .standard = grade->standard,
                                                 .clause = grade->table,
                                                 .mark = grade->mark,
                                                 .rule = mb_decision_rule_names[grade->rule],
                                                 .statement = grade->decision.statement});
}

static int append_item(sd_bus_message *m, const struct mb_run *run, const struct mb_run_item *item)
{
    bool done = item->state == MB_ITEM_DONE;
    const struct mb_grade *grade =
        done && item->procedure->method && !item->is_void ? mb_run_grade(run) : NULL;
    enum mb_verdict verdict = grade ? grade->verdict : item->verdict;
    int r = sd_bus_message_open_container(m, 'a', "{sv}");

    if (r >= 0)
        r = bus_append_string(m, "id", item->id);
    if (r >= 0)
        r = bus_append_string(m, "title", item->title);
    if (r >= 0)
        r = bus_append_string(m, "state", mb_item_state_name(item->state));
    if (r >= 0)
        r = bus_append_bool(m, "wanted", item->wanted);
    if (r >= 0)
        r = bus_append_string(m, "verdict", done ? mb_verdict_name(verdict) : "");
    if (r >= 0)
        r = bus_append_string(m, "reason", grade ? grade->note : item->reason);
    if (r >= 0 && grade)
        r = append_grade(m, run, grade);
    if (r >= 0 && done && item->findings)
        r = append_findings(m, item);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

/* What the evaluation of a sheet judged beside its item: declared efficiency, label. */
static int append_others(sd_bus_message *m, const struct mb_run *run, const struct mb_run_item *item)
{
    size_t count;
    const struct mb_item_result *results = mb_run_items(run, &count);
    int r = 0;

    if (item->state != MB_ITEM_DONE || !item->procedure->method)
        return 0;
    for (size_t i = 1; r >= 0 && i < count; i++) {
        r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0)
            r = bus_append_string(m, "id", results[i].id);
        if (r >= 0)
            r = bus_append_string(m, "state", mb_item_state_name(item->state));
        if (r >= 0)
            r = bus_append_bool(m, "wanted", true);
        if (r >= 0)
            r = bus_append_string(m, "verdict", mb_verdict_name(results[i].verdict));
        if (r >= 0)
            r = sd_bus_message_close_container(m);
    }
    return r;
}

int bus_append_items(sd_bus_message *m, const struct mb_run *run)
{
    int r = sd_bus_message_open_container(m, 'a', "a{sv}");

    for (size_t i = 0; r >= 0 && i < mb_run_item_count(run); i++) {
        r = append_item(m, run, mb_run_item(run, i));
        if (r >= 0)
            r = append_others(m, run, mb_run_item(run, i));
    }
    return r < 0 ? r : sd_bus_message_close_container(m);
}

int bus_append_question(sd_bus_message *m, const struct mb_run *run)
{
    const struct mb_question *q = mb_run_question(run);
    int r = sd_bus_message_open_container(m, 'a', "{sv}");

    if (r >= 0 && *q->id)
        r = bus_append_string(m, "id", q->id);
    if (r >= 0 && *q->id)
        r = bus_append_string(m, "text", q->text);
    if (r >= 0 && *q->id)
        r = bus_append_string(m, "kind", mb_question_kind_names[q->kind]);
    if (r >= 0 && *q->id)
        r = bus_append_string(m, "photo", mb_question_photo_names[q->photo]);
    if (r >= 0 && *q->id)
        r = append_text(m, "unit", q->unit);
    if (r >= 0 && *q->id)
        r = append_text(m, "choices", q->choices);
    if (r >= 0 && q->kind == MB_QUESTION_NUMBER && *q->id)
        r = append_number(m, "minimum", q->minimum);
    if (r >= 0 && q->kind == MB_QUESTION_NUMBER && *q->id)
        r = append_number(m, "maximum", q->maximum);
    return r < 0 ? r : sd_bus_message_close_container(m);
}
