/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench grade, and the table of the commands about standards. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "document/evaluation.h"
#include "motorbench/arguments.h"
#include "motorbench/command.h"
#include "motorbench/standard.h"
#include "standard/grade.h"

struct grade_words { /* options as given, NULL when absent */
    const char *standard, *kind, *power, *poles, *efficiency, *frequency, *speed, *voltage, *cooling, *use,
        *tolerance, *site, *rule, *uncertainty;
};

static int read_poles(const char *text, int *ret)
{
    double poles = 0;
    int status = parse_number("grade", "--poles", text, 2, 200, &poles);

    if (status == EXIT_DONE && fmod(poles, 2) != 0)
        return fail(EXIT_BAD_INPUT, "grade: --poles: %s poles are not possible, allowed: an even number",
                    text);
    *ret = (int)poles;
    return status;
}

static int read_optional(const char *option, const char *text, double minimum, double maximum, double *ret)
{
    return text ? parse_number("grade", option, text, minimum, maximum, ret) : EXIT_DONE;
}

static int read_grade_query(const struct grade_words *w, struct mb_grade_query *ret)
{
    struct mb_grade_query q = {.standard = w->standard,
                               .kind = w->kind,
                               .frequency_hz = 50,
                               .cooling = w->cooling,
                               .use = w->use,
                               .tolerance = w->tolerance};
    int status;

    if (!w->standard || !w->kind)
        return fail(EXIT_BAD_INPUT, "grade: %s is missing", w->standard ? "--kind" : "--standard");
    status = parse_number("grade", "--power-w", w->power, 1e-3, 1e9, &q.power_w);
    if (status == EXIT_DONE && (w->poles || !w->speed)) /* a table by speed does not ask for poles */
        status = read_poles(w->poles, &q.poles);
    if (status == EXIT_DONE)
        status = parse_number("grade", "--efficiency", w->efficiency, -1e9, 1e9, &q.efficiency);
    if (status == EXIT_DONE)
        status = read_optional("--frequency-hz", w->frequency, 1e-3, 1e4, &q.frequency_hz);
    if (status == EXIT_DONE)
        status = read_optional("--speed-rpm", w->speed, 1e-3, 1e6, &q.speed_rpm);
    if (status == EXIT_DONE)
        status = read_optional("--voltage-v", w->voltage, 1e-3, 1e6, &q.voltage_v);
    if (status == EXIT_DONE)
        status = read_optional("--uncertainty", w->uncertainty, 1e-9, 0.5, &q.uncertainty);
    if (status == EXIT_DONE && w->rule)
        status = parse_rule("grade", w->rule, &q.rule);
    *ret = q;
    return status;
}

static void print_limit(const struct mb_grade *g, double efficiency)
{
    printf("  %-18s %.6g\n  %-18s %.6g (%s, %s)\n", "efficiency", efficiency, "limit", g->limit, g->mark,
           g->source);
    if (*g->tolerance)
        printf("  %-18s %.6g (%s)\n", "with tolerance", g->tolerated, g->tolerance);
    printf("  %-18s %+.6g\n", "margin", g->margin);
}

static void print_grade(const struct mb_grade *g, double efficiency)
{
    bool digits = g->grade_count > 0 && strlen(g->names[0]) == 1; /* "1" alone does not say what it is */
    char name[40];

    printf("%s%s%s: %s\n", g->standard, *g->table ? " " : "", g->table, mb_verdict_name(g->verdict));
    if (g->grade)
        printf("  %-18s %s\n", "grade reached", g->names[g->grade - 1]);
    if (!isnan(g->limit))
        print_limit(g, efficiency);
    for (int i = 0; i < g->grade_count; i++) {
        if (isnan(g->limits[i]))
            continue;
        (void)snprintf(name, sizeof name, "%s%s", digits ? "grade " : "", g->names[i]);
        printf("  %-18s %.6g\n", name, g->limits[i]);
    }
    if (*g->note)
        printf("  %-18s %s\n", "note", g->note);
    print_decision(g);
}

static int answer(const struct mb_limits *limits, const struct mb_grade_query *query,
                  const struct options *options)
{
    struct mb_error err = {""};
    struct mb_grade grade;
    enum exit_status status;

    if (mb_grade_evaluate(limits, query, &grade, &err) < 0)
        return fail(EXIT_BAD_INPUT, "grade: %s", err.text);
    status = verdict_status(grade.verdict);
    if (options->json)
        return worse_status((enum exit_status)print_json(mb_grade_json(&grade)), status);
    print_grade(&grade, query->efficiency);
    return status;
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
        {.name = "--speed-rpm", .value = &w.speed},
        {.name = "--voltage-v", .value = &w.voltage},
        {.name = "--cooling", .value = &w.cooling},
        {.name = "--use", .value = &w.use},
        {.name = "--tolerance", .value = &w.tolerance},
        {.name = "--rule", .value = &w.rule},
        {.name = "--uncertainty", .value = &w.uncertainty},
        {.name = "--site", .value = &w.site},
        {.name = NULL},
    };
    struct mb_grade_query query;
    struct mb_limits *limits = NULL;
    struct words words;
    int status = parse_arguments(argc, argv, table, 0, 0, &words);

    if (status == EXIT_DONE)
        status = read_grade_query(&w, &query);
    if (status == EXIT_DONE)
        status = load_limits(w.standard, w.site, &limits);
    if (status != EXIT_DONE)
        return status;
    status = answer(limits, &query, options);
    mb_limits_free(limits);
    return status;
}

const struct command standard_commands[] = {
    {"grade",
     "grade --standard S --kind K --power-w P --poles N --efficiency E [--frequency-hz F] [--speed-rpm N] "
     "[--voltage-v U] [--cooling IC] [--use U] [--tolerance RULE] [--rule NAME] [--uncertainty U] "
     "[--site DIR]",
     "Grades an efficiency by the limits of a standard.", run_grade},
    {"methods", "methods [--standard S] [--kind K]",
     "Says which standard has which test method by which letter, for which motors.", run_methods},
    {"plan", "plan MOTOR.yaml [--rule NAME] [--site DIR]",
     "Says which standards apply and why, with items and limits.", run_plan},
    {"standards",
     "standards list [--all] | show ID | diff A B [--record FILE|RUN] | import FILE.csv | check [--site DIR]",
     "Shows the catalogue of standards, compares editions, takes in bulletins, checks the limit tables.",
     run_standards},
    {NULL, NULL, NULL, NULL},
};
