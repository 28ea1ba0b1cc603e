/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sheet evaluated and graded: the one path for the command line, the daemon and `verify`. */
#pragma once

#include <jansson.h>

#include "document/sheet.h"
#include "standard/grade.h"
#include "standard/overall.h"
#include "standard/papers.h"

/* What a sheet's evaluation judges: the efficiency, the declared efficiency of a sample taken at random, the
 * label. */
#define MB_EVALUATION_ITEMS_MAX 3

struct mb_evaluation {
    struct mb_efficiency_result result; /* of another method: whether it is valid, and the efficiency */
    struct mb_outcome *outcome;         /* all of what another method says; NULL: 2-1-1A, 2-1-1B */
    struct mb_efficiency_result *also[MB_ALSO_MAX]; /* of sheet->also, in its order */
    struct mb_grade grade;
    struct mb_papers label; /* the energy label against nameplate and measurement */
    struct mb_declared
        declared;              /* the limit or the declared efficiency; why NULL: nothing was to be chosen */
    double declared_tolerated; /* what the efficiency was compared with; NAN */
    char declared_note[200];
    struct mb_item_result items[MB_EVALUATION_ITEMS_MAX];
    size_t item_count;
    struct mb_overall overall;
};

/* The standard whose grades judge this motor: the limits that mb_evaluation_new needs. */
const char *mb_evaluation_standard(const struct mb_motor *motor);
/* Never fails for an invalid test (result.valid is false, grade.verdict INVALID). -ENOMEM; -ENOENT no limit
 * table. */
int mb_evaluation_new(const struct mb_sheet *sheet, const struct mb_limits *limits,
                      struct mb_evaluation **ret, struct mb_error *err);
/* The same by the grades of another standard or edition. */
int mb_evaluation_new_by(const struct mb_sheet *sheet, const struct mb_limits *limits, const char *standard,
                         struct mb_evaluation **ret, struct mb_error *err);
struct mb_evaluation *mb_evaluation_free(struct mb_evaluation *evaluation);
/* The document of interfaces.md (`motorbench evaluate --json`), null where a number could not be computed. */
json_t *mb_evaluation_json(const struct mb_sheet *sheet, const struct mb_evaluation *evaluation);
/* The document of `motorbench grade --json`, also the member "grade" of an evaluation. */
json_t *mb_grade_json(const struct mb_grade *grade);
/* A list of {"id", "status": "ok"|"finding"|"unknown", "sentence", "source"}. */
json_t *mb_papers_json(const struct mb_papers *papers);
