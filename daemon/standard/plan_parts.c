/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/plan_parts.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "standard/limits.h"

static bool is_mandatory(const char *standard, const void *userdata)
{
    const struct mb_plan_standard *s = mb_plan_find(userdata, standard);

    return s && s->basis == MB_BASIS_MANDATORY;
}

static bool asked(const struct mb_plan *plan, const char *scheme)
{
    for (size_t i = 0; i < plan->scheme_count; i++)
        if (strcmp(plan->schemes[i].id, scheme) == 0)
            return true;
    return plan->scheme_count == MB_PLAN_SCHEMES_MAX;
}

/* Every scheme of the table, in its order. */
void mb_plan_add_schemes(const struct mb_motor *motor, const struct mb_standards *standards,
                         struct mb_plan *plan)
{
    for (size_t i = 0; i < mb_schemes_count(standards->schemes); i++) {
        const struct mb_scheme_row *row = mb_schemes_get(standards->schemes, i);
        struct mb_plan_scheme *scheme = &plan->schemes[plan->scheme_count];
        struct mb_scheme_answer answer;

        if (asked(plan, row->scheme) ||
            mb_scheme_ask(standards->schemes, row->scheme, motor, is_mandatory, plan, &answer) < 0)
            continue;
        *scheme = (struct mb_plan_scheme){.id = row->scheme,
                                          .applies = answer.applies,
                                          .binding = answer.row ? answer.row->binding : "",
                                          .mark = answer.row ? answer.row->mark : "",
                                          .source = answer.row ? answer.row->source : ""};
        (void)snprintf(scheme->reason, sizeof scheme->reason, "%s", answer.reason);
        plan->scheme_count++;
    }
}

static bool scheme_applies(const struct mb_plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->scheme_count; i++)
        if (strcmp(plan->schemes[i].id, id) == 0)
            return plan->schemes[i].applies;
    return false;
}

/* Of the standards that the task or a claim names, whether they bind or are only assessed. */
void mb_plan_add_indicators(const struct mb_motor *motor, const struct mb_standards *standards,
                            struct mb_plan *plan)
{
    for (size_t i = 0; i < mb_indicators_count(standards->indicators); i++) {
        const struct mb_indicator *row = mb_indicators_get(standards->indicators, i);

        if (plan->indicator_count < MB_PLAN_INDICATORS_MAX && mb_motor_names(motor, row->standard))
            plan->indicators[plan->indicator_count++] =
                (struct mb_plan_indicator){row, mb_indicator_assess(row, motor)};
    }
}

static void add_remedies(const struct mb_remedies *remedies, const char *about, struct mb_plan *plan)
{
    const struct mb_remedy *remedy;
    size_t position = 0;

    for (size_t i = 0; i < plan->remedy_count; i++)
        if (strcmp(plan->remedies[i]->about, about) == 0)
            return;
    while (plan->remedy_count < MB_PLAN_REMEDIES_MAX && (remedy = mb_remedy_next(remedies, about, &position)))
        plan->remedies[plan->remedy_count++] = remedy;
}

/* The limits of the grades, without a measurement. */
static bool label_limits(const struct mb_motor *motor, const struct mb_standards *standards,
                         const struct mb_plan *plan, struct mb_grade *ret)
{
    const struct mb_plan_standard *s = mb_plan_find(plan, "GB 18613");
    struct mb_grade_query query = {.efficiency = NAN};
    char name[64];

    if (!s)
        return false;
    (void)snprintf(name, sizeof name, "%s-%s", s->id, s->edition);
    mb_grade_query_motor(motor, &query);
    query.standard = name;
    return mb_grade_evaluate(standards->limits, &query, ret, NULL) == 0;
}

#define USES_MAX 24

/* The words of sold_for that choose something: a table of limits or the scope of a scheme, each once. */
static size_t uses_of(const struct mb_standards *standards, const char *ret[USES_MAX])
{
    size_t specs = standards->limits->spec_count, count = specs + mb_schemes_count(standards->schemes), n = 0;

    for (size_t i = 0; i < count && n < USES_MAX; i++) {
        const char *use = i < specs ? standards->limits->specs[i].use
                                    : mb_schemes_get(standards->schemes, i - specs)->sold_for;
        size_t k = 0;

        while (k < n && strcmp(ret[k], use) != 0)
            k++;
        if (*use && k == n)
            ret[n++] = use;
    }
    return n;
}

void mb_plan_add_papers(const struct mb_motor *motor, const struct mb_standards *standards, const char *day,
                        struct mb_plan *plan)
{
    struct mb_papers *papers = &plan->papers;
    const char *uses[USES_MAX];
    struct mb_grade grade;
    bool limits = label_limits(motor, standards, plan, &grade);

    mb_papers_ccc(standards->schemes, scheme_applies(plan, "CCC"), motor, day, papers);
    mb_papers_label(motor, scheme_applies(plan, "CEL"), limits ? &grade : NULL, NAN, papers);
    mb_papers_days(motor, day, papers);
    mb_papers_uses(motor, uses, uses_of(standards, uses), papers);
    plan->standing = mb_sample_standing(&motor->sample, day);
    for (size_t i = 0; i < papers->count; i++)
        if (papers->findings[i].status == MB_FINDING_FAULT)
            add_remedies(standards->remedies, papers->findings[i].id, plan);
}

static void advise(struct mb_plan *plan, const char *id, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void advise(struct mb_plan *plan, const char *id, const char *format, ...)
{
    struct mb_plan_advice *a = &plan->advice[plan->advice_count++];
    va_list ap;

    a->id = id;
    va_start(ap, format);
    (void)vsnprintf(a->text, sizeof a->text, format, ap);
    va_end(ap);
}

static const struct mb_plan_item *find_item(const struct mb_plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->item_count; i++)
        if (strcmp(plan->items[i].id, id) == 0)
            return &plan->items[i];
    return NULL;
}

void mb_plan_add_advice(const struct mb_motor *motor, struct mb_plan *plan)
{
    const struct mb_plan_item *efficiency = find_item(plan, "efficiency");

    if (!efficiency)
        return;
    if (motor->sealing_ring == MB_SEAL_FITTED)
        advise(plan, "sealing-ring",
               "The shaft sealing ring can change the efficiency by more than one percent (points or "
               "relative is not known). The "
               "protection level is not inspected in this plan, so removing the ring from the sampled motor "
               "before the "
               "efficiency test is recommended; then state 'sealing_ring: removed'. Where the protection "
               "level is inspected "
               "too, the ring stays for that item.");
    if (motor->sealing_ring == MB_SEAL_NOT_STATED)
        advise(plan, "sealing-ring",
               "The motor file does not say whether a shaft sealing ring is fitted: state sealing_ring: "
               "fitted, removed or "
               "none. An efficiency run without it is refused.");
    if (motor->rated.efficiency < efficiency->limit || motor->rated.efficiency > efficiency->limit)
        advise(plan, "declared-efficiency", "The declared efficiency is %g, the limit %g: %s.",
               motor->rated.efficiency, efficiency->limit, efficiency->declared.why);
}
