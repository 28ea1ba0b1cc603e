/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the papers of a motor say, checked against each other, the nameplate, the measurement and the
 * calendar: certificate or declaration (CCC), energy label, serial number and days. Pure functions. */
#pragma once

#include <stddef.h>

#include "standard/grade.h"
#include "standard/motor.h"
#include "standard/scheme.h"

enum mb_paper_status { MB_FINDING_OK, MB_FINDING_FAULT, MB_FINDING_UNKNOWN };
extern const char *const mb_paper_status_names[]; /* "ok", "finding", "unknown", NULL */

struct mb_paper_finding {
    const char *id;
    enum mb_paper_status status;
    char sentence[240];
    const char *source; /* where the rule comes from */
};

#define MB_PAPER_FINDINGS_MAX 20
struct mb_papers {
    struct mb_paper_finding findings[MB_PAPER_FINDINGS_MAX];
    size_t count;
};

/* What a certificate is valid for is decided by the day of production, where that is not given by day (of the
 * inspection). applies: what the scheme says of this motor. Each appends to the papers. */
void mb_papers_ccc(const struct mb_schemes *schemes, bool applies, const struct mb_motor *motor,
                   const char *day, struct mb_papers *papers);
void mb_papers_days(const struct mb_motor *motor, const char *day, struct mb_papers *papers);
/* Words of sold_for that are none of the uses: a misspelt one would leave the motor with another table. */
void mb_papers_uses(const struct mb_motor *motor, const char *const *uses, size_t count,
                    struct mb_papers *papers);
/* Label against nameplate, and against the measurement: grade holds the limits of the grades (NULL: not
 * known), efficiency the measured one (NAN: not measured yet). required: the motor must carry a label. */
void mb_papers_label(const struct mb_motor *motor, bool required, const struct mb_grade *grade,
                     double efficiency, struct mb_papers *papers);

/* Of the item "label": FAIL where the label shows a better grade than the motor reached; NOT-APPLICABLE
 * without a grade on a label; INCONCLUSIVE where the efficiency was not judged. */
enum mb_verdict mb_papers_label_verdict(const struct mb_motor *motor, const struct mb_grade *grade);
