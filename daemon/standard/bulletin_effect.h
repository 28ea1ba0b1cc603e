/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a newly approved standard touches of the data: where somebody has to look. */
#pragma once

#include "standard/bulletin.h"
#include "standard/standards.h"

enum mb_effect_kind {
    MB_EFFECT_CATALOGUE,
    MB_EFFECT_ITEM,        /* items.csv */
    MB_EFFECT_SUPERVISION, /* an item list of supervision.csv */
    MB_EFFECT_TABLE,       /* a table of limits */
    MB_EFFECT_REQUIREMENT, /* requirements.csv */
    MB_EFFECT_TOLERANCE,   /* tolerances.csv */
    MB_EFFECT_INDICATOR,   /* indicators.csv */
    MB_EFFECT_PLAN,        /* a plan file */
    MB_EFFECT_COUNT
};
extern const char *const mb_effect_kind_names[]; /* "catalogue" ... */

struct mb_effect { /* texts are borrowed for the call */
    enum mb_effect_kind kind;
    const char *file;
    unsigned line;      /* of the first row */
    const char *what;   /* "GB 18613-2020", "efficiency", "supervision-2023: efficiency", "Table 1" ... */
    size_t rows;        /* how many rows of this file are meant */
    const char *remark; /* where the data differ from the bulletin; "" */
};
/* 0, or negative to end with. */
typedef int (*mb_effect_report)(const struct mb_effect *effect, void *userdata);

/* plan_folders: ended by NULL; one that is not there has no plans. What report returned, when that was
 * negative; -EINVAL: a plan file that cannot be read. */
int mb_bulletin_effects(const struct mb_bulletin_row *row, const struct mb_standards *standards,
                        const char *const plan_folders[], mb_effect_report report, void *userdata,
                        struct mb_error *err);
