/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two editions (or two standards) limit by limit: cells of efficiency tables and rows of requirements.csv. */
#pragma once

#include "core/error.h"
#include "standard/standards.h"

/* An edition by its name: "GB 18613-2020". */
struct mb_edition_name {
    char id[40], edition[16];
};
/* The edition may be left out where the data have only one. -EINVAL: not a name, or several editions;
 * -ENOENT: neither the catalogue nor a table nor a requirement has it. */
int mb_edition_name_find(const struct mb_standards *standards, const char *name, struct mb_edition_name *ret,
                         struct mb_error *err);

enum mb_diff_status {
    MB_DIFF_EQUAL,
    MB_DIFF_CHANGED,
    MB_DIFF_MISSING_A, /* a has no such limit, or no number for it */
    MB_DIFF_MISSING_B,
    MB_DIFF_MISSING_BOTH, /* both ask for it, neither number is in the data */
    MB_DIFF_COUNT
};
extern const char *const mb_diff_status_names[]; /* "equal", "changed", "missing-a" ... */

struct mb_diff_side {
    bool there;       /* the edition asks for it */
    double limit;     /* a fraction, or in the unit of the requirement; NAN: no plain number */
    char rule[120];   /* of a requirement that is more than a number: "0.1 + 2 * rated-voltage"; "" */
    const char *mark; /* borrowed */
    char source[160]; /* FILE:LINE */
};

struct mb_diff_row {
    const char *kind; /* "efficiency", "requirement" */
    const char *what; /* for people: the motor and grade, or the quantity and its conditions */
    const char *unit;
    enum mb_diff_status status;
    struct mb_diff_side a, b;
};

struct mb_diff_table { /* a table of either side; without cells its numbers are not in the data */
    bool of_b;
    const char *standard, *table, *file;
    size_t cells;
};

/* Each function: 0, or negative to end with. */
struct mb_diff_report {
    int (*table)(const struct mb_diff_table *table, void *userdata);
    int (*row)(const struct mb_diff_row *row, void *userdata);
    void *userdata;
};

/* What a report function returned, when that was negative; -ENOMEM. */
int mb_standards_diff(const struct mb_standards *standards, const struct mb_edition_name *a,
                      const struct mb_edition_name *b, const struct mb_diff_report *report);
