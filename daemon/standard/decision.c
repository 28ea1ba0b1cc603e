/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/decision.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

const char *const mb_decision_rule_names[] = {"simple", "guarded-acceptance", "guarded-rejection",
                                              "non-binary", NULL};

int mb_decision_rule_from_name(const char *name)
{
    for (int i = 0; mb_decision_rule_names[i]; i++)
        if (strcmp(mb_decision_rule_names[i], name) == 0)
            return i;
    return -EINVAL;
}

int mb_decision_rule_read(const char *name, enum mb_decision_rule *ret, struct mb_error *err)
{
    int rule = mb_decision_rule_from_name(name);
    char allowed[120] = "";
    size_t used = 0;

    if (rule >= 0) {
        *ret = (enum mb_decision_rule)rule;
        return 0;
    }
    for (size_t i = 0; mb_decision_rule_names[i] && used < sizeof allowed; i++)
        used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s", used ? ", " : "",
                                 mb_decision_rule_names[i]);
    return mb_error_set(err, -EINVAL, "rule '%.40s' is not known, allowed: %s", name, allowed);
}

struct outcome {
    const char *statement;
    enum mb_verdict verdict;
};

/* By rule: a value inside by more than the guard band, inside by less, outside by less, outside by more. */
static const struct outcome outcomes[MB_RULE_COUNT][4] = {
    [MB_RULE_SIMPLE] = {{"pass", MB_VERDICT_PASS},
                        {"pass", MB_VERDICT_PASS},
                        {"fail", MB_VERDICT_FAIL},
                        {"fail", MB_VERDICT_FAIL}},
    [MB_RULE_GUARDED_ACCEPTANCE] = {{"pass", MB_VERDICT_PASS},
                                    {"fail, conformity not shown", MB_VERDICT_FAIL},
                                    {"fail", MB_VERDICT_FAIL},
                                    {"fail", MB_VERDICT_FAIL}},
    [MB_RULE_GUARDED_REJECTION] = {{"pass", MB_VERDICT_PASS},
                                   {"pass", MB_VERDICT_PASS},
                                   {"pass, nonconformity not shown", MB_VERDICT_PASS},
                                   {"fail", MB_VERDICT_FAIL}},
    [MB_RULE_NON_BINARY] = {{"pass", MB_VERDICT_PASS},
                            {"conditional pass", MB_VERDICT_INCONCLUSIVE},
                            {"conditional fail", MB_VERDICT_INCONCLUSIVE},
                            {"fail", MB_VERDICT_FAIL}},
};

static int zone_of(double inside, double guard)
{
    if (inside >= guard)
        return 0;
    if (inside >= 0)
        return 1;
    return inside >= -guard ? 2 : 3;
}

/* Normal distribution of the true value around the measured one (JCGM 106:2012 clause 7.3). */
static double probability(double inside, double uncertainty)
{
    if (!isfinite(uncertainty) || uncertainty <= 0)
        return NAN;
    return 0.5 * erfc(-inside / (uncertainty * sqrt(2)));
}

struct mb_decision mb_decide(enum mb_decision_rule rule, enum mb_limit_sense sense, double value,
                             double uncertainty, double limit)
{
    double inside = sense == MB_LIMIT_LOWER ? value - limit : limit - value;
    bool known = isfinite(uncertainty) && uncertainty >= 0;
    struct mb_decision d = {.verdict = MB_VERDICT_INVALID,
                            .statement = "no value",
                            .conformity_probability = probability(inside, uncertainty)};
    const struct outcome *outcome;

    if (!isfinite(inside))
        return d;
    if (rule != MB_RULE_SIMPLE && !known) {
        d.verdict = MB_VERDICT_INCONCLUSIVE;
        d.statement = "the decision rule needs the uncertainty, which is not known";
        return d;
    }
    d.guard = rule == MB_RULE_SIMPLE ? 0 : MB_COVERAGE_FACTOR * uncertainty;
    outcome = &outcomes[rule][zone_of(inside, d.guard)];
    d.verdict = outcome->verdict;
    d.statement = outcome->statement;
    return d;
}
