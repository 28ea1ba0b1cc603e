/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The decision rule on the command line: read, and printed with what it decided. */
#include <math.h>
#include <stdio.h>

#include "motorbench/standard.h"

int parse_rule(const char *command, const char *text, enum mb_decision_rule *ret)
{
    struct mb_error err = {""};

    return mb_decision_rule_read(text, ret, &err) < 0
               ? fail(EXIT_BAD_INPUT, "%s: --rule: %s", command, err.text)
               : EXIT_DONE;
}

void print_decision(const struct mb_grade *g)
{
    const struct mb_decision *d = &g->decision;

    if (g->rule == MB_RULE_SIMPLE && isnan(g->uncertainty))
        return;
    printf("  %-18s %s", "decision rule", mb_decision_rule_names[g->rule]);
    if (!isnan(g->uncertainty))
        printf(", standard uncertainty %.3g", g->uncertainty);
    if (d->statement && d->guard > 0)
        printf(", guard band %.3g (k = %g)", d->guard, MB_COVERAGE_FACTOR);
    if (d->statement && isfinite(d->conformity_probability))
        printf(", conformity probability %.3f", d->conformity_probability);
    printf("%s%s\n", d->statement ? ": " : "", d->statement ? d->statement : "");
}
