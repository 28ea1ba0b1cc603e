/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of standard/: one limit, by a cell or by the standard's rule between cells. */
#pragma once

#include "standard/limits.h"

struct grade_limit {
    double limit; /* NAN: the data have none */
    char mark[LIMIT_MARK_MAX + 1];
    char source[160]; /* FILE:LINE, the file without folders */
    const char *rule; /* what was done, NULL for a listed motor */
    bool other_speed; /* the motor's own is not listed */
    const struct confirmation *confirmed;
};

void grade_find_limit(const struct limit_spec *spec, const struct limit_table *table,
                      const struct limit_key *key, int grade, struct grade_limit *ret);
/* Whether the table has this number of poles, or a speed like this one. */
bool grade_key_listed(const struct limit_spec *spec, const struct limit_table *table,
                      const struct limit_key *key);
