/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limit tables looked over: what a typing slip leaves behind. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "standard/grade.h"

struct mb_check_finding {
    const char *path; /* of the file as it was read */
    unsigned line;
    bool site;
    const char *text;
};
/* 0, or negative to end the check with. */
typedef int (*mb_check_report)(const struct mb_check_finding *finding, void *userdata);

/* Of every table, or of the site's own only: the limit does not fall with rising power (where the standard
 * itself lets it, tables.csv says so, and a cell that may not decide is not held to it), a better grade does
 * not have the lower limit, every grade of a motor is there, no power is left out that the table has for
 * other motors. What report returned, when that was negative. */
int mb_limits_check(const struct mb_limits *limits, bool site_only, mb_check_report report, void *userdata);

/* What a table is, for a list of them. */
struct mb_limits_table {
    const char *file, *standard, *table;
    bool present, site;
    size_t cells, deciding, confirmed; /* deciding: by its mark or a confirmation */
};
/* Row i of tables.csv. -ENOENT at the end. */
int mb_limits_table(const struct mb_limits *limits, size_t i, struct mb_limits_table *ret);

struct mb_limits_confirmation {
    const char *file, *by, *date, *copy;
    unsigned line;
    bool used; /* false: its file is not among the tables of limits here */
};
/* Entry i of confirmations.yaml. -ENOENT at the end. */
int mb_limits_confirmation(const struct mb_limits *limits, size_t i, struct mb_limits_confirmation *ret);
