/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is to be inspected on a motor, by which standards, and why: a pure function of the motor file and the
 * standards. The plan borrows texts of the standards, which must live as long. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "standard/motor.h"
#include "standard/overall.h"
#include "standard/papers.h"
#include "standard/standards.h"

#define MB_PLAN_STANDARDS_MAX 64
#define MB_PLAN_SCHEMES_MAX 4
#define MB_PLAN_ITEMS_MAX 16
#define MB_PLAN_NEEDS_MAX 12
#define MB_PLAN_ADVICE_MAX 8
#define MB_PLAN_INDICATORS_MAX 32
#define MB_PLAN_REMEDIES_MAX 24

enum mb_basis { /* strongest first */
                MB_BASIS_MANDATORY,
                MB_BASIS_CLAIMED,
                MB_BASIS_TASK,
                MB_BASIS_CERTIFICATION,
                MB_BASIS_INDIRECT, /* the test method that a standard above needs */
                MB_BASIS_NONE,     /* considered and rejected */
};
/* "mandatory" ... "rejected" */
const char *mb_basis_name(enum mb_basis basis);

struct mb_plan_standard {
    char id[40], edition[16]; /* edition "": undated and not in the catalogue */
    enum mb_basis basis;
    char reason[240];
    char superseded[160]; /* what a bulletin says of this edition; "" */
};

struct mb_plan_scheme {
    const char *id; /* "CCC", "CEL", "ENERGY-SAVING", "GREEN-DESIGN" */
    bool applies;
    const char *binding, *mark, *source; /* of the row that answers; "" */
    char reason[320];
};

struct mb_plan_item { /* texts are borrowed from the standards but for the last ones */
    const char *id, *title, *standard, *edition, *clause, *procedure, *unit;
    const char *limit_standard, *limit_edition; /* of the limit, "" where there is none */
    const char *sense;                          /* "lower", "upper", "set": applied, not judged; "" */
    const char *needs[MB_PLAN_NEEDS_MAX];       /* roles of the bench */
    size_t need_count;
    int minutes;
    double limit; /* NAN: nothing to judge by; the note says why */
    char mark[32], note[520];
    char source[160];            /* FILE:LINE of the limit's cell */
    const char *item_class;      /* of the item list: "A", "B", "" */
    struct mb_declared declared; /* which value decides; why NULL: nothing is declared */
};

struct mb_plan_indicator {
    const struct mb_indicator *indicator; /* of the standards */
    struct mb_indicator_result result;
};

struct mb_plan_advice {
    const char *id;
    char text[400];
};

struct mb_plan {
    struct mb_plan_standard
        standards[MB_PLAN_STANDARDS_MAX]; /* applied and rejected ones, in the order of the catalogue */
    size_t standard_count;
    struct mb_plan_scheme schemes[MB_PLAN_SCHEMES_MAX];
    size_t scheme_count;
    struct mb_plan_item items[MB_PLAN_ITEMS_MAX]; /* in the order of work */
    size_t item_count;
    struct mb_plan_advice advice[MB_PLAN_ADVICE_MAX];
    size_t advice_count;
    struct mb_plan_indicator indicators[MB_PLAN_INDICATORS_MAX];
    size_t indicator_count;
    struct mb_papers papers;
    struct mb_standing standing;                            /* of the sample's unit; text "" without one */
    const struct mb_remedy *remedies[MB_PLAN_REMEDIES_MAX]; /* for the findings among the papers */
    size_t remedy_count;
    enum mb_decision_rule rule; /* simple; a caller who agreed on another sets it */
};

/* date (YYYY-MM-DD, NULL: newest editions) is the day of the test: it chooses the editions of test methods;
 * the production date, where given, chooses that of a mandatory limit. -ENOMEM; -EINVAL: more claims than a
 * plan holds. */
int mb_plan_make(const struct mb_motor *motor, const struct mb_standards *standards, const char *date,
                 struct mb_plan **ret, struct mb_error *err);
struct mb_plan *mb_plan_free(struct mb_plan *plan);
