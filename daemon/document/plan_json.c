/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan as the document of interfaces.md. */
#include <errno.h>
#include <math.h>
#include <time.h>

#include "document/evaluation.h"
#include "document/number_json.h"
#include "document/standards_json.h"

int mb_today(char ret[static MB_DAY_SIZE])
{
    time_t now = time(NULL);
    struct tm tm;

    return localtime_r(&now, &tm) && strftime(ret, MB_DAY_SIZE, "%Y-%m-%d", &tm) > 0 ? 0 : -ERANGE;
}

static json_t *standards_json(const struct mb_plan *plan, bool rejected)
{
    json_t *list = json_array();

    for (size_t i = 0; i < plan->standard_count; i++) {
        const struct mb_plan_standard *s = &plan->standards[i];

        if ((s->basis == MB_BASIS_NONE) != rejected)
            continue;
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s*, s:s, s:s*}", "id", s->id, "edition", s->edition, "basis",
                            rejected ? NULL : mb_basis_name(s->basis), "reason", s->reason, "superseded",
                            *s->superseded ? s->superseded : NULL));
    }
    return list;
}

/* Which of limit and declared value decides; null where nothing is declared. */
static json_t *declared_json(const struct mb_declared *d)
{
    return d->why ? json_pack("{s:o, s:b, s:s}", "value", mb_json_number(d->value), "declared", d->declared,
                              "why", d->why)
                  : json_null();
}

static json_t *items_json(const struct mb_plan *plan)
{
    json_t *list = json_array();

    for (size_t i = 0; i < plan->item_count; i++) {
        const struct mb_plan_item *p = &plan->items[i];
        json_t *needs = json_array();

        for (size_t n = 0; n < p->need_count; n++)
            (void)json_array_append_new(needs, json_string(p->needs[n]));
        (void)json_array_append_new(
            list,
            json_pack(
                "{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:s, s:s, s:s, s:o}",
                "id", p->id, "title", p->title, "standard", p->standard, "edition", p->edition, "clause",
                p->clause, "procedure", p->procedure, "limit", mb_json_number(p->limit), "sense", p->sense,
                "limit_standard", p->limit_standard, "limit_edition", p->limit_edition, "unit", p->unit,
                "mark", p->mark, "needs", needs, "minutes", p->minutes, "source", p->source, "note", p->note,
                "class", p->item_class, "declared", declared_json(&p->declared)));
    }
    return list;
}

static json_t *schemes_json(const struct mb_plan *plan)
{
    json_t *list = json_array();

    for (size_t i = 0; i < plan->scheme_count; i++) {
        const struct mb_plan_scheme *s = &plan->schemes[i];

        (void)json_array_append_new(list, json_pack("{s:s, s:b, s:s, s:s, s:s, s:s}", "id", s->id, "applies",
                                                    s->applies, "reason", s->reason, "binding", s->binding,
                                                    "mark", s->mark, "source", s->source));
    }
    return list;
}

static json_t *indicators_json(const struct mb_plan *plan)
{
    json_t *list = json_array();

    for (size_t i = 0; i < plan->indicator_count; i++) {
        const struct mb_indicator *row = plan->indicators[i].indicator;
        const struct mb_indicator_result *result = &plan->indicators[i].result;

        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:b, s:s}", "standard",
                            row->standard, "id", row->id, "title", row->title, "kind",
                            mb_indicator_kind_names[row->kind], "limit", row->limit, "unit", row->unit,
                            "mark", row->mark, "evidence", row->evidence, "source", row->source, "value",
                            mb_json_number(result->value), "verdict", mb_verdict_name(result->verdict),
                            "missing_document", result->missing_document, "note", result->note));
    }
    return list;
}

static json_t *remedies_json(const struct mb_plan *plan)
{
    json_t *list = json_array();

    for (size_t i = 0; i < plan->remedy_count; i++)
        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:s, s:s, s:s}", "about", plan->remedies[i]->about,
                                              "advice", plan->remedies[i]->advice, "mark",
                                              plan->remedies[i]->mark, "source", plan->remedies[i]->source));
    return list;
}

static json_t *advice_json(const struct mb_plan *plan)
{
    json_t *list = json_array();

    for (size_t i = 0; i < plan->advice_count; i++)
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s}", "id", plan->advice[i].id, "text", plan->advice[i].text));
    return list;
}

json_t *mb_plan_json(const struct mb_plan *plan)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s}", "standards",
                     standards_json(plan, false), "rejected", standards_json(plan, true), "schemes",
                     schemes_json(plan), "items", items_json(plan), "advice", advice_json(plan), "indicators",
                     indicators_json(plan), "papers", mb_papers_json(&plan->papers), "remedies",
                     remedies_json(plan), "sample", plan->standing.text, "rule",
                     mb_decision_rule_names[plan->rule]);
}
