/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench evaluate: a sheet to its efficiency and grade, without a daemon. */
#include <stdio.h>

#include "core/paths.h"
#include "document/evaluation.h"
#include "motorbench/arguments.h"
#include "motorbench/command.h"
#include "motorbench/evaluate_table.h"

#define PATH_SIZE 4096

static int load(const char *path, struct mb_sheet **ret_sheet, struct mb_limits **ret_limits, struct mb_error *err)
{
    char directory[PATH_SIZE];
    int r = mb_sheet_load(path, ret_sheet, err);

    if (r < 0)
        return r;
    r = mb_data_path("limits", directory, sizeof directory);
    if (r < 0)
        return mb_error_set(err, r, "the folder of the limit tables has too long a name");
    return mb_limits_load(directory, ret_limits, err);
}

static enum exit_status answer(const struct mb_sheet *sheet, const struct mb_evaluation *evaluation,
                               const struct options *options)
{
    enum exit_status status = verdict_status(evaluation->grade.verdict);

    if (!evaluation->result.valid)
        status = worse_status(status, EXIT_INVALID);
    if (options->json)
        return worse_status(status, (enum exit_status)print_json(mb_evaluation_json(sheet, evaluation)));
    print_evaluation(sheet, evaluation);
    return status;
}

static int evaluate(int argc, char **argv, const struct options *options)
{
    static const struct argument none[] = {{.name = NULL}};
    struct mb_evaluation *evaluation = NULL;
    struct mb_limits *limits = NULL;
    struct mb_sheet *sheet = NULL;
    struct mb_error err = {""};
    struct words words;
    int r = parse_arguments(argc, argv, none, 1, 1, &words);

    if (r != EXIT_DONE)
        return r;
    r = load(words.word[0], &sheet, &limits, &err);
    if (r >= 0)
        r = mb_evaluation_new(sheet, limits, &evaluation, &err);
    r = r < 0 ? fail(EXIT_BAD_INPUT, "%s", err.text) : (int)answer(sheet, evaluation, options);
    evaluation = mb_evaluation_free(evaluation);
    limits = mb_limits_free(limits);
    sheet = mb_sheet_free(sheet);
    return r;
}

const struct command evaluate_commands[] = {
    {"evaluate", "evaluate SHEET.yaml", "Computes efficiency and grade from the readings of a test sheet.", evaluate},
    {.name = NULL},
};
