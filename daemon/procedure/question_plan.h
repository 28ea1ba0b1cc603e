/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions as a plan file has them. */
#pragma once

#include "data/data.h"
#include "procedure/question.h"

#define MB_QUESTIONS_MAX 32
#define MB_ANSWER_MAX 128

struct mb_plan_question {
    char *id, *title, *text;
    int kind;                /* enum mb_question_kind */
    char *unit;              /* of a number */
    double minimum, maximum; /* of a number */
    double factor;           /* number in the unit of the question to that of the requirement; 0: the same */
    char *choices;           /* "a;b" */
    char *expect;            /* the answer that passes */
    char *requirement;       /* quantity that judges a number */
    char *apply;             /* quantities between semicolons: what is to be applied, shown with the text */
    char *timer;             /* quantity: how long something is done before the answer */
    char *start;             /* what is done then */
    char *only_if;           /* question that was answered with yes */
    char *circumstance, *from; /* the answer to the question `from` is this circumstance of requirements */
    int photo;                 /* enum mb_question_photo */
    bool four_eyes;            /* a second person approves */
    char *source, *mark;       /* of the question */
};

struct mb_plan_questions {
    char *store; /* of the answers: the item's name */
    const struct mb_node *questions;
    struct mb_plan_question *items;
    size_t count;
};

extern const struct mb_field mb_plan_question_fields[];
int mb_plan_questions_check(const struct mb_node *with, void *params, struct mb_error *err);
void mb_plan_questions_free(void *params);
