/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts of a profile: {name} filled in, regular expressions matched. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

struct mb_variable {
    const char *name;
    const char *value; /* NULL: known, but not given on this bench */
};

/* Replaces each {name}, where name is of lower-case letters and _, by its value; other braces stay (a regular
 * expression may hold {2}). variables end with a NULL name. -EINVAL: unknown or not given; -ENOMEM. */
int mb_text_expand(const char *text, const struct mb_variable *variables, char **ret, struct mb_error *err);

/* Whether text fits the Perl-compatible regular expression (at most 256 bytes, 8 parentheses deep); false
 * also for one that does not compile, or that needs more than 100,000 steps on this text. */
bool mb_regex_match(const char *expression, const char *text);
bool mb_regex_valid(const char *expression);
