/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands about standards that need no daemon: grade, plan, standards. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/paths.h"
#include "document/evaluation.h"
#include "motorbench/arguments.h"
#include "motorbench/command.h"
#include "standard/grade.h"
#include "standard/plan.h"

struct grade_words { /* options as given, NULL when absent */
    const char *standard, *kind, *power, *poles, *efficiency, *frequency;
};

static int read_grade_query(const struct grade_words *w, struct mb_grade_query *ret)
{
    struct mb_grade_query q = {.standard = w->standard, .kind = w->kind, .frequency_hz = 50};
    double poles = 0;
    int status;

    if (!w->standard || !w->kind)
        return fail(EXIT_BAD_INPUT, "grade: %s is missing", w->standard ? "--kind" : "--standard");
    status = parse_number("grade", "--power-w", w->power, 1e-3, 1e9, &q.power_w);
    if (status == EXIT_DONE)
        status = parse_number("grade", "--poles", w->poles, 2, 200, &poles);
    if (status == EXIT_DONE && fmod(poles, 2) != 0)
        status = fail(EXIT_BAD_INPUT, "grade: --poles: %s poles are not possible, allowed: an even number",
                      w->poles);
    if (status == EXIT_DONE)
        status = parse_number("grade", "--efficiency", w->efficiency, -1e9, 1e9, &q.efficiency);
    if (status == EXIT_DONE && w->frequency)
        status = parse_number("grade", "--frequency-hz", w->frequency, 1e-3, 1e4, &q.frequency_hz);
    q.poles = (int)poles;
    *ret = q;
    return status;
}

static void print_grade(const struct mb_grade *g, double efficiency)
{
    printf("%s%s%s: %s\n", g->standard, *g->table ? " " : "", g->table, mb_verdict_name(g->verdict));
    if (g->grade)
        printf("  grade reached  %s%d\n", g->prefix, g->grade);
    if (!isnan(g->limit))
        printf("  efficiency     %.6g\n  limit          %.6g (%s, %s)\n  margin         %+.6g\n", efficiency,
               g->limit, g->mark, g->source, g->margin);
    for (int i = 0; i < g->grade_count; i++)
        if (!isnan(g->limits[i]))
            printf("  %s%-*d %.6g\n", *g->prefix ? g->prefix : "grade ", *g->prefix ? 12 : 8, i + 1,
                   g->limits[i]);
    if (*g->note)
        printf("  note           %s\n", g->note);
}

static int run_grade(int argc, char **argv, const struct options *options)
{
    struct grade_words w = {NULL};
    const struct argument table[] = {
        {.name = "--standard", .value = &w.standard},
        {.name = "--kind", .value = &w.kind},
        {.name = "--power-w", .value = &w.power},
        {.name = "--poles", .value = &w.poles},
        {.name = "--efficiency", .value = &w.efficiency},
        {.name = "--frequency-hz", .value = &w.frequency},
        {.name = NULL},
    };
    struct mb_grade_query query;
    struct mb_limits *limits = NULL;
    struct mb_error err = {""};
    struct mb_grade grade;
    struct words words;
    int status, r;

    status = parse_arguments(argc, argv, table, 0, 0, &words);
    if (status == EXIT_DONE)
        status = read_grade_query(&w, &query);
    if (status == EXIT_DONE)
        status = load_limits(NULL, &limits);
    if (status != EXIT_DONE)
        return status;
    r = mb_grade_evaluate(limits, &query, &grade, &err);
    mb_limits_free(limits);
    if (r < 0)
        return fail(EXIT_BAD_INPUT, "grade: %s", err.text);
    status = verdict_status(grade.verdict);
    if (options->json)
        return worse_status(print_json(mb_grade_json(&grade)), (enum exit_status)status);
    print_grade(&grade, query.efficiency);
    return status;
}

static int load_catalogue(struct mb_catalogue **ret)
{
    char path[PATH_MAX];
    struct mb_error err = {""};

    if (mb_data_path("limits/" MB_CATALOGUE_FILE, path, sizeof path) < 0)
        return fail(EXIT_BAD_INPUT, "the folder of the catalogue of standards was not found");
    return mb_catalogue_load(path, ret, &err) < 0 ? fail(EXIT_BAD_INPUT, "%s", err.text) : EXIT_DONE;
}

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
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:o, s:i, s:s}", "id", p->id, "title",
                      p->title, "standard", p->standard, "edition", p->edition, "clause", p->clause,
                      "procedure", p->procedure, "limit", json_number(p->limit), "unit", p->unit, "mark",
                      p->mark, "needs", needs, "minutes", p->minutes, "note", p->note));
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

        printf("  %-22s %s-%s %s, about %d min, ", p->id, p->standard, p->edition, p->clause, p->minutes);
        if (isnan(p->limit))
            printf("no limit");
        else
            printf("limit %.6g (%s)", p->limit, p->mark);
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

static int make_plan(const struct mb_motor *motor, struct mb_plan **ret)
{
    struct mb_catalogue *catalogue = NULL;
    struct mb_limits *limits = NULL;
    struct mb_error err = {""};
    char date[16];
    int status = load_catalogue(&catalogue);

    if (status == EXIT_DONE)
        status = load_limits(NULL, &limits);
    if (status == EXIT_DONE &&
        mb_plan_make(motor, catalogue, limits, today(date) ? date : NULL, ret, &err) < 0)
        status = fail(EXIT_BAD_INPUT, "%s", err.text);
    mb_limits_free(limits);
    mb_catalogue_free(catalogue);
    return status;
}

static int run_plan(int argc, char **argv, const struct options *options)
{
    struct mb_error err = {""};
    struct mb_plan *plan = NULL;
    struct mb_motor motor;
    struct words words;
    int status = parse_arguments(argc, argv, NULL, 1, 1, &words);

    if (status != EXIT_DONE)
        return status;
    mb_motor_init(&motor);
    if (mb_motor_load(words.word[0], &motor, &err) < 0)
        return fail(EXIT_BAD_INPUT, "%s", err.text);
    status = make_plan(&motor, &plan);
    if (status == EXIT_DONE && options->json)
        status = print_json(plan_json(plan));
    else if (status == EXIT_DONE)
        print_plan(&motor, plan);
    mb_plan_free(plan);
    mb_motor_clear(&motor);
    return status;
}

static json_t *standard_json(const struct mb_standard *s)
{
    json_t *kinds = json_array();

    for (unsigned k = 0; k < MB_KIND_COUNT; k++)
        if (s->kinds & 1u << k)
            (void)json_array_append_new(kinds, json_string(mb_motor_kind_names[k]));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:s}",
                     "id", s->id, "edition", s->edition, "title", s->title, "level", mb_level_names[s->level],
                     "role", mb_standard_role_names[s->role], "in_force", s->in_force, "until", s->until,
                     "kinds", kinds, "duty", s->duty, "frequency_hz", json_number(s->frequency_hz),
                     "power_min_w", json_number(s->power_min_w), "power_max_w", json_number(s->power_max_w),
                     "voltage_v", s->voltage, "poles", s->poles, "excluded_cooling", s->excluded_cooling,
                     "mark", s->mark, "source", s->source);
}

static void print_standard(const struct mb_standard *s, bool details)
{
    char name[60];

    (void)snprintf(name, sizeof name, "%s%s%s", s->id, *s->edition ? "-" : "", s->edition);
    printf("%-20s %-14s %-17s %-10s %s\n", name, mb_level_names[s->level], mb_standard_role_names[s->role],
           *s->in_force ? s->in_force : "-", s->title);
    if (!details)
        return;
    for (unsigned k = 0; k < MB_KIND_COUNT; k++)
        if (s->kinds & 1u << k)
            printf("  kind       %s\n", mb_motor_kind_names[k]);
    if (*s->until)
        printf("  until      %s\n", s->until);
    if (!isnan(s->frequency_hz))
        printf("  frequency  %g Hz\n", s->frequency_hz);
    if (!isnan(s->power_min_w) || !isnan(s->power_max_w))
        printf("  power      %g to %g W\n", isnan(s->power_min_w) ? 0 : s->power_min_w, s->power_max_w);
    if (*s->voltage)
        printf("  voltage    %s V\n", s->voltage);
    if (*s->poles)
        printf("  poles      %s\n", s->poles);
    printf("  mark       %s (%s)\n", s->mark, s->source);
}

static bool same_row_above(const struct mb_catalogue *catalogue, size_t i)
{
    const struct mb_standard *a = mb_catalogue_get(catalogue, i - 1), *b = mb_catalogue_get(catalogue, i);

    return strcmp(a->id, b->id) == 0 && strcmp(a->edition, b->edition) == 0;
}

/* All rows of the catalogue, or those of one standard: with its edition or of all editions. */
static int print_standards(const struct mb_catalogue *catalogue, const char *name,
                           const struct options *options)
{
    char id[40] = "", edition[16] = "", row_id[40], row_edition[16];
    json_t *list = json_array();
    size_t found = 0;

    if (name && !mb_standard_reference(name, id, edition)) {
        json_decref(list);
        return fail(EXIT_BAD_INPUT, "standards: '%.60s' is not the name of a standard", name);
    }
    for (size_t i = 0; i < mb_catalogue_count(catalogue); i++) {
        const struct mb_standard *s = mb_catalogue_get(catalogue, i);

        if (name && (!mb_standard_reference(s->id, row_id, row_edition) || strcmp(row_id, id) != 0 ||
                     (*edition && strcmp(s->edition, edition) != 0)))
            continue;
        /* A standard with several scopes is one line of the list. */
        if (!name && !options->json && i > 0 && same_row_above(catalogue, i))
            continue;
        found++;
        if (options->json)
            (void)json_array_append_new(list, standard_json(s));
        else
            print_standard(s, name != NULL);
    }
    if (options->json && found > 0)
        return print_json(json_pack("{s:o}", "standards", list));
    json_decref(list);
    return found > 0
               ? EXIT_DONE
               : fail(EXIT_BAD_INPUT,
                      "standards: '%.60s' is not in the catalogue, see 'motorbench standards list'", name);
}

static int run_standards(int argc, char **argv, const struct options *options)
{
    struct mb_catalogue *catalogue = NULL;
    struct words words;
    bool show;
    int status = parse_arguments(argc, argv, NULL, 1, 2, &words);

    if (status != EXIT_DONE)
        return status;
    show = strcmp(words.word[0], "show") == 0;
    if (!show && strcmp(words.word[0], "list") != 0)
        return fail(EXIT_BAD_INPUT, "standards: '%.60s' is not known, allowed: list, show ID", words.word[0]);
    if (words.count != (show ? 2u : 1u))
        return fail(EXIT_BAD_INPUT, "standards: %s",
                    show ? "show needs one ID, as in \"GB 18613\"" : "list takes no argument");
    status = load_catalogue(&catalogue);
    if (status == EXIT_DONE)
        status = print_standards(catalogue, show ? words.word[1] : NULL, options);
    mb_catalogue_free(catalogue);
    return status;
}

const struct command standard_commands[] = {
    {"grade", "grade --standard S --kind K --power-w P --poles N --efficiency E [--frequency-hz F]",
     "Grades an efficiency by the limits of a standard.", run_grade},
    {"plan", "plan MOTOR.yaml", "Says which standards apply and why, with items and limits.", run_plan},
    {"standards", "standards list | show ID", "Shows the catalogue of standards: level, edition, scope.",
     run_standards},
    {NULL, NULL, NULL, NULL},
};
