/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan as the document of interfaces.md. */
#include <errno.h>
#include <math.h>
#include <time.h>

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
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:s, s:s}",
                      "id", p->id, "title", p->title, "standard", p->standard, "edition", p->edition,
                      "clause", p->clause, "procedure", p->procedure, "limit", mb_json_number(p->limit),
                      "sense", p->sense, "limit_standard", p->limit_standard, "limit_edition",
                      p->limit_edition, "unit", p->unit, "mark", p->mark, "needs", needs, "minutes",
                      p->minutes, "source", p->source, "note", p->note));
    }
    return list;
}

json_t *mb_plan_json(const struct mb_plan *plan)
{
    json_t *schemes = json_array(), *advice = json_array();

    for (size_t i = 0; i < plan->scheme_count; i++)
        (void)json_array_append_new(schemes,
                                    json_pack("{s:s, s:b, s:s}", "id", plan->schemes[i].id, "applies",
                                              plan->schemes[i].applies, "reason", plan->schemes[i].reason));
    for (size_t i = 0; i < plan->advice_count; i++)
        (void)json_array_append_new(
            advice, json_pack("{s:s, s:s}", "id", plan->advice[i].id, "text", plan->advice[i].text));
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "standards", standards_json(plan, false), "rejected",
                     standards_json(plan, true), "schemes", schemes, "items", items_json(plan), "advice",
                     advice);
}
