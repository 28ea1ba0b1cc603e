/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the evaluation of every method has in common; first member of each method's result. */
#pragma once

#include "method/finding.h"

struct mb_outcome {
    struct mb_findings reasons;  /* why the test is invalid; none: it is valid. Words: docs/decisions/0012 */
    struct mb_findings warnings; /* what a reader must know */
    double efficiency;           /* fraction; NAN: this method gives none, or the test is invalid */
};

static inline bool mb_outcome_valid(const struct mb_outcome *outcome)
{
    return outcome->reasons.count == 0;
}
