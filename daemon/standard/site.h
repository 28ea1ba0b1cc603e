/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of standard/: what a laboratory has confirmed of the limits, confirmations.yaml of its folder:
 *
 *     confirmations:
 *       - file: gb18613-2020_table1_three_phase.csv
 *         rows: all                 # or interpolation, or a list of {poles, speed_rpm, power_kw, grade}
 *         by: "A. Name"
 *         date: 2026-11-20
 *         copy: "GB 18613-2020, paper copy 12"
 *
 * A file that no table of limits.h has is somebody else's, and passed over here. */
#pragma once

#include <stddef.h>

#include "core/error.h"
#include "data/data.h"

#define MB_CONFIRMATIONS_FILE "confirmations.yaml"
#define CONFIRMATIONS_MAX 500

struct confirmation {
    char *file, *by, *date, *copy;
    const struct mb_node *node, *rows;
};

struct confirmations {
    struct mb_document *document;
    struct confirmation *items;
    size_t count;
};

/* Who, when, which copy. */
#define CONFIRMATION_BY_MAX 60
#define CONFIRMATION_COPY_MAX 120

int confirmations_parse(const char *name, const char *text, size_t size, struct confirmations **ret,
                        struct mb_error *err);
struct confirmations *confirmations_free(struct confirmations *confirmations);

struct mb_limits;
/* Marks the cells and rules that the confirmations name. A selector without a cell, or a value that the table
 * does not have, is an error with its line. */
int limits_confirm(struct mb_limits *limits, struct mb_error *err);
