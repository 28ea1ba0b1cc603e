/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench evaluate: a sheet, or the one that a run made, to its efficiency and grade. */
#include "motorbench/evaluate.h"

#include <stdio.h>

#include "document/also.h"
#include "document/evaluation.h"
#include "motorbench/arguments.h"
#include "motorbench/evaluate_report.h"
#include "motorbench/evaluate_source.h"
#include "motorbench/evaluate_table.h"
#include "motorbench/standard.h"

static enum exit_status answer(const struct mb_sheet *sheet, const struct mb_evaluation *evaluation,
                               const struct options *options)
{
    enum exit_status status = verdict_status(evaluation->overall.verdict);

    if (!evaluation->result.valid)
        status = worse_status(status, EXIT_INVALID);
    if (options->json)
        return worse_status(status, (enum exit_status)print_json(mb_evaluation_json(sheet, evaluation)));
    print_evaluation(sheet, evaluation);
    return status;
}

/* Only what the further methods say; to *ret where there is one. */
static int answer_also(const struct mb_sheet *sheet, const struct mb_evaluation *evaluation, json_t **ret)
{
    json_t *whole;

    if (!ret) {
        print_also(sheet, evaluation);
        return EXIT_DONE;
    }
    whole = mb_evaluation_json(sheet, evaluation);
    *ret = json_incref(json_object_get(whole, "also"));
    json_decref(whole);
    return EXIT_DONE;
}

struct request {
    const char *name, *site, *report;
    json_t *readings; /* only for a report */
    bool also_only;
    json_t **ret_also;
};

static int evaluate_sheet(const struct mb_sheet *sheet, const struct request *request,
                          const struct options *options)
{
    struct mb_evaluation *evaluation = NULL;
    struct mb_limits *limits = NULL;
    struct mb_error err = {""};
    int status = load_limits(mb_evaluation_standard(&sheet->motor), request->site, &limits);

    if (status != EXIT_DONE)
        return status;
    if (mb_evaluation_new(sheet, limits, &evaluation, &err) < 0)
        status = fail(EXIT_BAD_INPUT, "%s", err.text);
    else if (request->also_only)
        status = answer_also(sheet, evaluation, request->ret_also);
    else
        status = (int)answer(sheet, evaluation, options);
    if (evaluation && request->report)
        status = (int)worse_status((enum exit_status)status,
                                   (enum exit_status)write_evaluation_report(
                                       request->name, request->readings, sheet, evaluation, request->report));
    evaluation = mb_evaluation_free(evaluation);
    limits = mb_limits_free(limits);
    return status;
}

static int add_also(struct mb_sheet *sheet, const char *methods)
{
    struct mb_error err = {""};

    return mb_also_add(sheet, methods, &err) < 0 ? fail(EXIT_BAD_INPUT, "--also: %s", err.text) : EXIT_DONE;
}

int evaluate_also(const char *run, const char *methods, const struct options *options, json_t **ret)
{
    const struct request request = {.name = run, .also_only = true, .ret_also = options->json ? ret : NULL};
    struct mb_sheet *sheet = NULL;
    int status = load_readings(run, options, NULL, &sheet);

    if (status == EXIT_DONE)
        status = add_also(sheet, methods);
    if (status == EXIT_DONE)
        status = evaluate_sheet(sheet, &request, options);
    sheet = mb_sheet_free(sheet);
    return status;
}

static int evaluate(int argc, char **argv, const struct options *options)
{
    struct request request = {.readings = NULL};
    const char *rule = NULL, *also = NULL;
    const struct argument table[] = {{.name = "--site", .value = &request.site},
                                     {.name = "--rule", .value = &rule},
                                     {.name = "--also", .value = &also},
                                     {.name = "--report", .value = &request.report},
                                     {.name = NULL}};
    struct mb_sheet *sheet = NULL;
    struct words words;
    int status = parse_arguments(argc, argv, table, 1, 1, &words);

    if (status != EXIT_DONE)
        return status;
    request.name = words.word[0];
    status = load_readings(request.name, options, request.report ? &request.readings : NULL, &sheet);
    if (status != EXIT_DONE)
        return status;
    status = rule ? parse_rule("evaluate", rule, &sheet->rule) : EXIT_DONE;
    if (status == EXIT_DONE && also)
        status = add_also(sheet, also);
    if (status == EXIT_DONE)
        status = evaluate_sheet(sheet, &request, options);
    json_decref(request.readings);
    sheet = mb_sheet_free(sheet);
    return status;
}

const struct command evaluate_commands[] = {
    {"evaluate",
     "evaluate SHEET.yaml|RUN|BUNDLE [--also METHODS] [--rule NAME] [--site DIR] [--report FILE.pdf]",
     "Computes efficiency and grade from the readings of a test sheet or of a run.", evaluate},
    {.name = NULL},
};
