/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/item.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "document/item_judges.h"
#include "document/number_json.h"

static const struct {
    const char *item;
    mb_item_judge_function judge;
} judges[] = {
    {"marking", mb_judge_questions},       {"junction-box", mb_judge_questions},
    {"rotation", mb_judge_rotation},       {"rating", mb_judge_rating},
    {"thermal", mb_judge_thermal},         {"mechanical-strength", mb_judge_mechanical},
    {"vibration", mb_judge_vibration},     {"noise", mb_judge_noise},
    {"grounding", mb_judge_safety},        {"insulation-resistance", mb_judge_safety},
    {"contact-current", mb_judge_contact}, {"dielectric", mb_judge_safety},
    {"drive-envelope", mb_judge_drive},
};

#define JUDGE_COUNT (sizeof judges / sizeof judges[0])

int mb_item_judge(const struct mb_item_context *context, const json_t *readings, json_t **ret,
                  struct mb_error *err)
{
    const char *reason = "";
    json_t *findings;
    size_t i = 0;
    int r;

    while (i < JUDGE_COUNT && strcmp(judges[i].item, context->item) != 0)
        i++;
    if (i == JUDGE_COUNT)
        return mb_error_set(err, -ENOENT, "this program does not judge the item '%s'", context->item);
    findings = json_array();
    r = judges[i].judge(context, readings, findings, err);
    if (r == 0) {
        enum mb_verdict verdict = mb_findings_verdict(findings, &reason);

        *ret = json_pack("{s:s, s:s, s:s, s:O}", "item", context->item, "verdict", mb_verdict_name(verdict),
                         "reason", reason, "findings", findings);
        r = *ret ? 0 : mb_error_set(err, -ENOMEM, "not enough memory");
    }
    json_decref(findings);
    return r;
}

/* ------------------------------------------------------------------ findings */

enum mb_verdict mb_findings_verdict(const json_t *findings, const char **ret_reason)
{
    /* Worst first. */
    static const enum mb_verdict order[] = {MB_VERDICT_FAIL, MB_VERDICT_INVALID, MB_VERDICT_INCONCLUSIVE,
                                            MB_VERDICT_PASS};

    if (ret_reason)
        *ret_reason = "";
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++) {
        json_t *finding;
        size_t i;

        json_array_foreach(findings, i, finding)
        {
            const char *verdict = json_string_value(json_object_get(finding, "verdict"));

            if (!verdict || strcmp(verdict, mb_verdict_name(order[k])) != 0)
                continue;
            if (ret_reason && order[k] != MB_VERDICT_PASS)
                *ret_reason = mb_json_text(finding, "statement");
            return order[k];
        }
    }
    if (ret_reason)
        *ret_reason = "nothing was judged";
    return MB_VERDICT_NOT_APPLICABLE;
}

const json_t *mb_findings_deciding(const json_t *findings, const char *verdict)
{
    const json_t *found = NULL;
    json_t *finding;
    size_t i;

    json_array_foreach(findings, i, finding)
    {
        const char *text = json_string_value(json_object_get(finding, "verdict"));

        if (!text || strcmp(text, verdict) != 0)
            continue;
        if (json_is_number(json_object_get(finding, "limit")))
            return finding;
        found = found ? found : finding;
    }
    return found;
}

static enum mb_verdict worse(enum mb_verdict a, enum mb_verdict b)
{
    static const int rank[] = {[MB_VERDICT_FAIL] = 4,
                               [MB_VERDICT_INVALID] = 3,
                               [MB_VERDICT_INCONCLUSIVE] = 2,
                               [MB_VERDICT_PASS] = 1,
                               [MB_VERDICT_NOT_APPLICABLE] = 0};

    return rank[a] > rank[b] ? a : b;
}

void mb_finding_plain(json_t *findings, const char *quantity, double value, const char *unit,
                      enum mb_verdict verdict, const char *format, ...)
{
    char statement[256];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(statement, sizeof statement, format, ap);
    va_end(ap);
    (void)json_array_append_new(findings, json_pack("{s:s, s:o, s:s, s:s, s:s}", "quantity", quantity,
                                                    "value", mb_json_number(value), "unit", unit, "verdict",
                                                    mb_verdict_name(verdict), "statement", statement));
}

static void query_fill(const struct mb_item_context *c, const char *quantity,
                       const struct mb_circumstance *circumstances, double declared,
                       struct mb_requirement_query *ret)
{
    *ret = (struct mb_requirement_query){.item = c->item,
                                         .quantity = quantity,
                                         .standard = c->standard,
                                         .edition = c->edition,
                                         .motor = c->motor,
                                         .circumstances = circumstances,
                                         .declared = declared};
}

/* "above the limit: fail" says more than "fail" alone once it stands in a list of items. */
static json_t *compared(const struct mb_item_context *c, const struct mb_requirement *r, const char *quantity,
                        double value, double uncertainty, enum mb_verdict *ret)
{
    static const char *const senses[] = {"lower", "upper", "set"};
    struct mb_decision d = mb_requirement_judge(r, c->rule, value, uncertainty);
    char statement[256];

    if (!isfinite(value))
        (void)snprintf(statement, sizeof statement, "%s: no valid reading", quantity);
    else if (d.verdict == MB_VERDICT_FAIL)
        (void)snprintf(statement, sizeof statement, "%s %.6g %s is %s the limit %.6g %s: %s", quantity, value,
                       r->unit, r->sense == MB_REQUIREMENT_LOWER ? "below" : "above", r->limit, r->unit,
                       d.statement);
    else if (d.verdict == MB_VERDICT_INCONCLUSIVE)
        (void)snprintf(statement, sizeof statement, "%s: %s", quantity, d.statement);
    else
        (void)snprintf(statement, sizeof statement, "%s", d.statement);
    *ret = d.verdict;
    return json_pack("{s:s, s:o, s:s, s:o, s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "quantity",
                     quantity, "value", mb_json_number(value), "unit", r->unit, "limit",
                     mb_json_number(r->limit), "sense", senses[r->sense], "uncertainty",
                     mb_json_number(uncertainty), "verdict", mb_verdict_name(d.verdict), "statement",
                     statement, "standard", r->standard, "edition", r->edition, "clause", r->clause, "mark",
                     r->mark, "cell", r->cell);
}

enum mb_verdict mb_finding_requirement(const struct mb_item_context *context, json_t *findings,
                                       const char *quantity, const struct mb_circumstance *circumstances,
                                       double declared, double value, double uncertainty)
{
    enum mb_verdict verdict, worst = MB_VERDICT_NOT_APPLICABLE;
    struct mb_requirement_query query;
    struct mb_requirement found;
    size_t position = 0, n = 0;

    query_fill(context, quantity, circumstances, declared, &query);
    for (; mb_requirement_next(context->requirements, &query, &position, &found) == 0; n++) {
        (void)json_array_append_new(findings,
                                    compared(context, &found, quantity, value, uncertainty, &verdict));
        worst = worse(worst, verdict);
    }
    if (n > 0)
        return worst;
    mb_finding_plain(findings, quantity, value, "",
                     isfinite(value) ? MB_VERDICT_INCONCLUSIVE : MB_VERDICT_INVALID, "%s: %s", quantity,
                     isfinite(value) ? "no limit in the data for this nameplate" : "no valid reading");
    return isfinite(value) ? MB_VERDICT_INCONCLUSIVE : MB_VERDICT_INVALID;
}

int mb_item_requirement(const struct mb_item_context *context, const char *quantity,
                        const struct mb_circumstance *circumstances, double declared,
                        struct mb_requirement *ret)
{
    struct mb_requirement_query query;
    size_t position = 0;

    query_fill(context, quantity, circumstances, declared, &query);
    if (mb_requirement_next(context->requirements, &query, &position, ret) == 0)
        return 0;
    /* An item that repeats a part of another one (the withstand test after the overspeed) finds it there. */
    query.item = NULL;
    position = 0;
    return mb_requirement_next(context->requirements, &query, &position, ret);
}

/* ------------------------------------------------------------------ readings */

const json_t *mb_item_reading(const json_t *readings, const char *store, int index)
{
    const json_t *found = NULL;
    json_t *reading;
    size_t i;

    json_array_foreach(readings, i, reading)
    {
        const char *text = json_string_value(json_object_get(reading, "store"));

        if (text && strcmp(text, store) == 0 &&
            (index < 0 || json_integer_value(json_object_get(reading, "index")) == index))
            found = reading;
    }
    return found;
}

double mb_item_value(const json_t *reading, const char *name)
{
    return mb_json_value(json_object_get(reading, "values"), name);
}

double mb_item_uncertainty(const json_t *reading, const char *name)
{
    return mb_json_value(json_object_get(reading, "uncertainty"), name);
}

void mb_item_circumstances(const json_t *object, struct mb_circumstance ret[MB_ITEM_CIRCUMSTANCES_MAX + 1])
{
    const char *name;
    json_t *value;
    size_t n = 0;

    json_object_foreach((json_t *)object, name, value)
    {
        if (n < MB_ITEM_CIRCUMSTANCES_MAX && json_is_string(value))
            ret[n++] = (struct mb_circumstance){name, json_string_value(value)};
    }
    ret[n] = (struct mb_circumstance){NULL, NULL};
}

static const json_t *with_id(const json_t *list, const char *id)
{
    json_t *element;
    size_t i;

    json_array_foreach(list, i, element)
    {
        const char *text = json_string_value(json_object_get(element, "id"));

        if (text && strcmp(text, id) == 0)
            return element;
    }
    return NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text && *text ? text : NULL;
}

void mb_item_limits(const json_t *inspection, const char *item, const char **ret_standard,
                    const char **ret_edition)
{
    const json_t *row = with_id(json_object_get(inspection, "items"), item);
    const char *standard = text_of(row, "limit_standard"), *edition = text_of(row, "limit_edition");

    /* An item whose row names no standard of the limits is judged by its own. */
    if (!standard) {
        standard = text_of(row, "standard");
        edition = text_of(row, "edition");
    }
    if (standard && !edition)
        edition = text_of(with_id(json_object_get(inspection, "standards"), standard), "edition");
    *ret_standard = standard;
    *ret_edition = edition;
}
