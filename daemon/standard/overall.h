/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the verdicts of items to the verdict of a sample, and which of two values decides (procedures F1). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "standard/decision.h"
#include "standard/motor.h"

/* Older supervision rules grade their items; a failed one of class A is serious, either fails the sample. */
enum mb_item_class { MB_CLASS_NONE, MB_CLASS_A, MB_CLASS_B };

struct mb_item_result {
    const char *id;
    bool run; /* false: planned and not done; the verdict is not looked at */
    enum mb_verdict verdict;
    enum mb_item_class item_class;
};

struct mb_overall {
    enum mb_verdict verdict;
    bool serious;
    size_t tested, failed; /* tested: with PASS or FAIL */
    char sentence[320];    /* for the report */
};

/* One failed item fails the sample; what is INVALID, INCONCLUSIVE or was not run never counts as a pass; what
 * is NOT-APPLICABLE does not count. Independent of the order of the items but for the order of their names in
 * the sentence. */
struct mb_overall mb_overall(const struct mb_item_result items[], size_t count);

/* The value that decides where the maker declares one beside the limit of a standard. */
struct mb_declared {
    double value;  /* NAN: neither is known */
    bool declared; /* it is the maker's */
    const char *why;
};
/* A declared value stricter than the standard decides; laxer than a mandatory standard, the standard does;
 * laxer than a recommended one, the declared value does. NAN: not declared, not limited. */
struct mb_declared mb_declared_decides(enum mb_limit_sense sense, double declared, double limit,
                                       bool mandatory);

/* Days from its receipt in which a result may be objected to (procedures F1, mark M). */
#define MB_OBJECTION_DAYS 15

/* How far the result of a sample's unit is the last word. Two units per batch: one is tested, the spare is
 * tested again after an objection, and that result is final. */
struct mb_standing {
    bool final;     /* no objection can change it any more */
    bool in_time;   /* the objection, where there is one, came within the days */
    char text[240]; /* "" where the papers say too little of the sample */
};
/* day: of today, YYYY-MM-DD. */
struct mb_standing mb_sample_standing(const struct mb_sample *sample, const char *day);
