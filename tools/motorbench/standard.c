/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench grade, and the table of the commands about standards. */
#include <math.h>
#include <stdio.h>

#include "document/evaluation.h"
#include "motorbench/arguments.h"
#include "motorbench/command.h"
#include "motorbench/standard.h"
#include "standard/grade.h"

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

const struct command standard_commands[] = {
    {"grade", "grade --standard S --kind K --power-w P --poles N --efficiency E [--frequency-hz F]",
     "Grades an efficiency by the limits of a standard.", run_grade},
    {"plan", "plan MOTOR.yaml", "Says which standards apply and why, with items and limits.", run_plan},
    {"standards", "standards list | show ID", "Shows the catalogue of standards: level, edition, scope.",
     run_standards},
    {NULL, NULL, NULL, NULL},
};
