/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of standard/: the two halves of a comparison. */
#pragma once

#include "standard/diff.h"
#include "standard/limits.h"

struct diff {
    const struct mb_standards *standards;
    const struct mb_edition_name *a, *b;
    const struct mb_diff_report *report;
};

#define DIFF_NO_SIDE                                                                                         \
    {                                                                                                        \
        .limit = NAN, .mark = ""                                                                             \
    }

/* diff_requirements.c */
int diff_requirements(const struct diff *d);
