/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench plan: which standards apply to a motor and why, the items, their limits. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/paths.h"
#include "document/evaluation.h"
#include "motorbench/arguments.h"
#include "motorbench/command.h"
#include "motorbench/standard.h"
#include "standard/plan.h"

static json_t *plan_standards_json(const struct mb_plan *plan, bool rejected)
{
    json_t *list = json_array();

    for (size_t i = 0; i < plan->standard_count; i++) {
        const struct mb_plan_standard *s = &plan->standards[i];

        if ((s->basis == MB_BASIS_NONE) != rejected)
            continue;
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s*, s:s}", "id", s->id, "edition", s->edition, "basis",
                            rejected ? NULL : mb_basis_name(s->basis), "reason", s->reason));
    }
    return list;
}

static json_t *plan_items_json(const struct mb_plan *plan)
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
                      "clause", p->clause, "procedure", p->procedure, "limit", json_number(p->limit), "sense",
                      p->sense, "limit_standard", p->limit_standard, "limit_edition", p->limit_edition,
                      "unit", p->unit, "mark", p->mark, "needs", needs, "minutes", p->minutes, "source",
                      p->source, "note", p->note));
    }
    return list;
}

static json_t *plan_json(const struct mb_plan *plan)
{
    json_t *schemes = json_array(), *advice = json_array();

    for (size_t i = 0; i < plan->scheme_count; i++)
        (void)json_array_append_new(schemes,
                                    json_pack("{s:s, s:b, s:s}", "id", plan->schemes[i].id, "applies",
                                              plan->schemes[i].applies, "reason", plan->schemes[i].reason));
    for (size_t i = 0; i < plan->advice_count; i++)
        (void)json_array_append_new(
            advice, json_pack("{s:s, s:s}", "id", plan->advice[i].id, "text", plan->advice[i].text));
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "standards", plan_standards_json(plan, false), "rejected",
                     plan_standards_json(plan, true), "schemes", schemes, "items", plan_items_json(plan),
                     "advice", advice);
}

static void print_plan_standards(const struct mb_plan *plan, bool rejected)
{
    for (size_t i = 0; i < plan->standard_count; i++) {
        const struct mb_plan_standard *s = &plan->standards[i];
        char name[60];

        if ((s->basis == MB_BASIS_NONE) != rejected)
            continue;
        (void)snprintf(name, sizeof name, "%s%s%s", s->id, *s->edition ? "-" : "", s->edition);
        if (rejected)
            printf("  %-22s %s\n", name, s->reason);
        else
            printf("  %-22s %-13s %s\n", name, mb_basis_name(s->basis), s->reason);
    }
}

static void print_plan(const struct mb_motor *motor, const struct mb_plan *plan)
{
    printf("Motor %s, %s, %g W, %g V, %g Hz, %d poles\n\nStandards:\n", motor->id,
           mb_motor_kind_names[motor->kind], motor->rated.power_w, motor->rated.voltage_v,
           motor->rated.frequency_hz, motor->rated.poles);
    print_plan_standards(plan, false);
    printf("\nConsidered, do not apply:\n");
    print_plan_standards(plan, true);
    printf("\nSchemes:\n");
    for (size_t i = 0; i < plan->scheme_count; i++)
        printf("  %-22s %-15s %s\n", plan->schemes[i].id,
               plan->schemes[i].applies ? "applies" : "does not apply", plan->schemes[i].reason);
    printf("\nItems, in order:\n");
    for (size_t i = 0; i < plan->item_count; i++) {
        const struct mb_plan_item *p = &plan->items[i];

        printf("  %-22s %s%s%s %s, about %d min, ", p->id, p->standard, *p->edition ? "-" : "", p->edition,
               p->clause, p->minutes);
        if (isnan(p->limit))
            printf("no limit");
        else
            printf("%s %.6g %s (%s)", strcmp(p->sense, "set") == 0 ? "apply" : "limit", p->limit,
                   strcmp(p->unit, "1") == 0 ? "" : p->unit, p->mark);
        printf("%s%s\n", *p->note ? "; " : "", p->note);
    }
    for (size_t i = 0; i < plan->advice_count; i++)
        printf("%s  %-22s %s\n", i == 0 ? "\nAdvice:\n" : "", plan->advice[i].id, plan->advice[i].text);
}

/* The day of the test chooses editions; local time, as the operator's calendar shows it. */
static bool today(char date[16])
{
    time_t now = time(NULL);
    struct tm tm;

    return localtime_r(&now, &tm) && strftime(date, 16, "%Y-%m-%d", &tm) > 0;
}

static int make_plan(const struct mb_motor *motor, const struct mb_standards *standards, struct mb_plan **ret)
{
    struct mb_error err = {""};
    char date[16];

    if (mb_plan_make(motor, standards, today(date) ? date : NULL, ret, &err) < 0)
        return fail(EXIT_BAD_INPUT, "%s", err.text);
    return EXIT_DONE;
}

static int load_standards(const char *site, struct mb_standards **ret)
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
    const char *site = NULL;
    const struct argument table[] = {{.name = "--site", .value = &site}, {.name = NULL}};
    struct words words;
    int status = parse_arguments(argc, argv, table, 1, 1, &words);

    if (status != EXIT_DONE)
        return status;
    mb_motor_init(&motor);
    if (mb_motor_load(words.word[0], &motor, &err) < 0)
        return fail(EXIT_BAD_INPUT, "%s", err.text);
    status = load_standards(site, &standards);
    if (status == EXIT_DONE)
        status = make_plan(&motor, standards, &plan);
    if (status == EXIT_DONE && options->json)
        status = print_json(plan_json(plan));
    else if (status == EXIT_DONE)
        print_plan(&motor, plan);
    mb_plan_free(plan);
    mb_standards_free(standards);
    mb_motor_clear(&motor);
    return status;
}
