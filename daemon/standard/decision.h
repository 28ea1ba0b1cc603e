/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a measured value conforms to a limit, by the decision rule agreed before the test (ISO/IEC
 * 17025:2017 clauses 7.1.3 and 7.8.6, ILAC-G8:09/2019, JCGM 106:2012). */
#pragma once

#include <stdbool.h>

#include "core/error.h"
#include "standard/verdict.h"

enum mb_decision_rule {
    MB_RULE_SIMPLE,             /* the limit itself decides; what national supervision rules state */
    MB_RULE_GUARDED_ACCEPTANCE, /* passes only beyond a guard band of the expanded uncertainty; else fails */
    MB_RULE_GUARDED_REJECTION,  /* fails only beyond the guard band; else not proven nonconforming */
    MB_RULE_NON_BINARY,         /* pass, conditional pass, conditional fail, fail */
    MB_RULE_COUNT
};
/* "simple", "guarded-acceptance", "guarded-rejection", "non-binary", NULL */
extern const char *const mb_decision_rule_names[];
int mb_decision_rule_from_name(const char *name); /* enum mb_decision_rule; -EINVAL */
/* As above; -EINVAL with err that says which there are. */
int mb_decision_rule_read(const char *name, enum mb_decision_rule *ret, struct mb_error *err);

enum mb_limit_sense { MB_LIMIT_LOWER, MB_LIMIT_UPPER }; /* the value must not be below, above it */

/* The expanded uncertainty is U = k u with this k, for about 95 % (G8 clause 4). */
#define MB_COVERAGE_FACTOR 2.0

struct mb_decision {
    enum mb_verdict verdict;
    const char
        *statement; /* "pass", "conditional pass", "not proven nonconforming" ...: what the report prints */
    double guard;   /* width of the guard band, unit of the value; 0 with the simple rule */
    double conformity_probability; /* that the true value conforms, normal distribution; NAN without
                                      uncertainty */
};

/* value, uncertainty (standard, k = 1) and limit in one unit. A value exactly on the limit conforms. A rule
 * with a guard band and no uncertainty (NAN or negative) is INCONCLUSIVE; a value that is not finite INVALID.
 * The two conditional statements are INCONCLUSIVE: neither side is shown. */
struct mb_decision mb_decide(enum mb_decision_rule rule, enum mb_limit_sense sense, double value,
                             double uncertainty, double limit);
