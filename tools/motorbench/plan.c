/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench plan: which standards apply to a motor and why, the items, their limits. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/readable.h"
#include "document/standards_json.h"
#include "motorbench/arguments.h"
#include "motorbench/command.h"
#include "motorbench/hanging.h"
#include "motorbench/standard.h"
#include "standard/plan.h"

#define INDENT 25 /* where the text behind a name begins */

static void print_plan_standards(const struct mb_plan *plan, bool rejected)
{
    for (size_t i = 0; i < plan->standard_count; i++) {
        const struct mb_plan_standard *s = &plan->standards[i];
        char name[60];

        if ((s->basis == MB_BASIS_NONE) != rejected)
            continue;
        (void)snprintf(name, sizeof name, "%s%s%s", s->id, *s->edition ? "-" : "", s->edition);
        if (rejected)
            print_hanging(INDENT, "  %-22s %s", name, s->reason);
        else
            print_hanging(INDENT + 14, "  %-22s %-13s %s", name, mb_basis_name(s->basis), s->reason);
        if (*s->superseded && !rejected)
            print_hanging(INDENT + 14, "  %-22s %-13s %s", "", "!", s->superseded);
    }
}

static void print_indicators(const struct mb_plan *plan)
{
    for (size_t i = 0; i < plan->indicator_count; i++) {
        const struct mb_plan_indicator *p = &plan->indicators[i];

        char value[60] = "";

        if (!isnan(p->result.value))
            (void)snprintf(value, sizeof value, ", %.6g %.30s", p->result.value, p->indicator->unit);
        if (i == 0)
            printf("\nIndicators:\n");
        print_hanging(INDENT + 21, "  %-22s %-20s %s%s%s%s", p->indicator->standard, p->indicator->id,
                      mb_verdict_name(p->result.verdict), value, *p->result.note ? "; " : "", p->result.note);
    }
}

static void print_papers(const struct mb_plan *plan)
{
    const struct mb_papers *papers = &plan->papers;

    if (papers->count > 0)
        printf("\nPapers:\n");
    for (size_t i = 0; i < papers->count; i++)
        print_hanging(INDENT + 9, "  %-22s %-8s %s", papers->findings[i].id,
                      mb_paper_status_names[papers->findings[i].status], papers->findings[i].sentence);
    if (*plan->standing.text)
        printf("\nSample: %s\n", plan->standing.text);
    if (plan->remedy_count > 0)
        printf("\nWhat may help (not part of any verdict):\n");
    for (size_t i = 0; i < plan->remedy_count; i++)
        print_hanging(INDENT, "  %-22s %s", plan->remedies[i]->about, plan->remedies[i]->advice);
}

static void print_item(const struct mb_plan_item *p)
{
    struct mb_readable shown = mb_readable_unit(p->unit, p->limit);
    char limit[120] = "no limit";

    if (!isnan(p->limit))
        (void)snprintf(limit, sizeof limit, "%s %.6g%s%s (mark %s)",
                       strcmp(p->sense, "set") == 0 ? "apply" : "limit", shown.factor * p->limit,
                       strcmp(p->unit, "1") == 0 ? "" : " ", strcmp(p->unit, "1") == 0 ? "" : shown.unit,
                       p->mark);
    print_hanging(INDENT, "  %-22s %s%s%s%s%s, about %d min, %s%s%s", p->id, p->standard,
                  *p->edition ? "-" : "", p->edition, *p->clause ? " " : "", p->clause, p->minutes, limit,
                  *p->note ? "; " : "", p->note);
}

static void print_plan(const struct mb_motor *motor, const struct mb_plan *plan)
{
    printf("Motor %s, %s, %.10g W, %g V, %g Hz, %d poles\n\nStandards:\n", motor->id,
           mb_motor_kind_names[motor->kind], motor->rated.power_w, motor->rated.voltage_v,
           motor->rated.frequency_hz, motor->rated.poles);
    print_plan_standards(plan, false);
    printf("\nConsidered, do not apply:\n");
    print_plan_standards(plan, true);
    printf("\nSchemes:\n");
    for (size_t i = 0; i < plan->scheme_count; i++)
        print_hanging(INDENT + 16, "  %-22s %-15s %s", plan->schemes[i].id,
                      plan->schemes[i].applies ? "applies" : "does not apply", plan->schemes[i].reason);
    printf("\nItems, in order:\n");
    for (size_t i = 0; i < plan->item_count; i++)
        print_item(&plan->items[i]);
    print_indicators(plan);
    print_papers(plan);
    printf("\nDecision rule: %s\n", mb_decision_rule_names[plan->rule]);
    if (plan->advice_count > 0)
        printf("\nAdvice:\n");
    for (size_t i = 0; i < plan->advice_count; i++)
        print_hanging(INDENT, "  %-22s %s", plan->advice[i].id, plan->advice[i].text);
}

/* The day of the test chooses editions. */
static int make_plan(const struct mb_motor *motor, const struct mb_standards *standards, struct mb_plan **ret)
{
    struct mb_error err = {""};
    char day[MB_DAY_SIZE];

    if (mb_plan_make(motor, standards, mb_today(day) == 0 ? day : NULL, ret, &err) < 0)
        return fail(EXIT_BAD_INPUT, "%s", err.text);
    return EXIT_DONE;
}

int load_standards(const char *site, struct mb_standards **ret)
{
    struct mb_limits_place place;
    struct mb_error err = {""};
    char path[PATH_MAX];
    int status = find_limits(site, &place, path);

    if (status != EXIT_DONE)
        return status;
    return mb_standards_load(place.directory, place.site, ret, &err) < 0
               ? fail(EXIT_BAD_INPUT, "%s", err.text)
               : EXIT_DONE;
}

int run_plan(int argc, char **argv, const struct options *options)
{
    struct mb_standards *standards = NULL;
    struct mb_error err = {""};
    struct mb_plan *plan = NULL;
    struct mb_motor motor;
    const char *site = NULL, *rule = NULL;
    const struct argument table[] = {
        {.name = "--site", .value = &site}, {.name = "--rule", .value = &rule}, {.name = NULL}};
    enum mb_decision_rule agreed = MB_RULE_SIMPLE;
    struct words words;
    int status = parse_arguments(argc, argv, table, 1, 1, &words);

    if (status == EXIT_DONE && rule)
        status = parse_rule("plan", rule, &agreed);
    if (status != EXIT_DONE)
        return status;
    mb_motor_init(&motor);
    if (mb_motor_load(words.word[0], &motor, &err) < 0)
        return fail(EXIT_BAD_INPUT, "%s", err.text);
    status = load_standards(site, &standards);
    if (status == EXIT_DONE)
        status = make_plan(&motor, standards, &plan);
    if (status == EXIT_DONE)
        plan->rule = agreed;
    if (status == EXIT_DONE && options->json)
        status = print_json(mb_plan_json(plan));
    else if (status == EXIT_DONE)
        print_plan(&motor, plan);
    mb_plan_free(plan);
    mb_standards_free(standards);
    mb_motor_clear(&motor);
    return status;
}
