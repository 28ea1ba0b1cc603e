/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands about standards that need no daemon: grade. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "motorbench/arguments.h"
#include "motorbench/command.h"
#include "standard/grade.h"
#include "standard/motor.h"

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
        status = fail(EXIT_BAD_INPUT, "grade: --poles: %s poles are not possible, allowed: an even number", w->poles);
    if (status == EXIT_DONE)
        status = parse_number("grade", "--efficiency", w->efficiency, -1e9, 1e9, &q.efficiency);
    if (status == EXIT_DONE && w->frequency)
        status = parse_number("grade", "--frequency-hz", w->frequency, 1e-3, 1e4, &q.frequency_hz);
    q.poles = (int)poles;
    *ret = q;
    return status;
}

static json_t *grade_json(const struct mb_grade *g)
{
    json_t *limits = json_object();

    for (int i = 0; i < g->grade_count; i++) {
        char name[] = {(char)('1' + i), '\0'};

        (void)json_object_set_new(limits, name, json_number(g->limits[i]));
    }
    return json_pack("{s:s, s:s?, s:o, s:o, s:o, s:o, s:s, s:s?, s:s?, s:s}", "standard", g->standard, "table",
                     *g->table ? g->table : NULL, "grade", g->grade ? json_integer(g->grade) : json_null(), "limit",
                     json_number(g->limit), "limits", limits, "margin", json_number(g->margin), "verdict",
                     mb_verdict_name(g->verdict), "mark", *g->mark ? g->mark : NULL, "source",
                     *g->source ? g->source : NULL, "note", g->note);
}

static void print_grade(const struct mb_grade *g, double efficiency)
{
    printf("%s %s: %s\n", g->standard, g->table, mb_verdict_name(g->verdict));
    if (g->grade)
        printf("  grade reached   %s%d\n", g->prefix, g->grade);
    if (!isnan(g->limit))
        printf("  efficiency      %.6g\n  least grade     %.6g (%s, %s)\n  margin          %+.6g\n", efficiency, g->limit,
               g->mark, g->source, g->margin);
    for (int i = 0; i < g->grade_count; i++)
        if (!isnan(g->limits[i]))
            printf("  grade %s%-8d  %.6g\n", g->prefix, i + 1, g->limits[i]);
    if (*g->note)
        printf("  note            %s\n", g->note);
}

static int run_grade(int argc, char **argv, const struct options *options)
{
    struct grade_words w = {NULL};
    const struct argument table[] = {
        {.name = "--standard", .value = &w.standard},     {.name = "--kind", .value = &w.kind},
        {.name = "--power-w", .value = &w.power},         {.name = "--poles", .value = &w.poles},
        {.name = "--efficiency", .value = &w.efficiency}, {.name = "--frequency-hz", .value = &w.frequency},
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
        status = load_limits(&limits);
    if (status != EXIT_DONE)
        return status;
    r = mb_grade_evaluate(limits, &query, &grade, &err);
    mb_limits_free(limits);
    if (r < 0)
        return fail(EXIT_BAD_INPUT, "grade: %s", err.text);
    status = verdict_status(grade.verdict);
    if (options->json)
        return worse_status(print_json(grade_json(&grade)), (enum exit_status)status);
    print_grade(&grade, query.efficiency);
    return status;
}

const struct command standard_commands[] = {
    {"grade", "grade --standard S --kind K --power-w P --poles N --efficiency E [--frequency-hz F]",
     "grade and verdict of an efficiency by a standard's limits", run_grade},
    {NULL, NULL, NULL, NULL},
};
