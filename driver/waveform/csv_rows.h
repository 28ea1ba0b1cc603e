/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of a text file, one after the other. Fields are separated by tabs, semicolons or commas, whichever of
 * them comes first in this order in the first row; the decimal sign is always a point. */
#pragma once

#include <stdio.h>

#include "core/error.h"

#define MB_CSV_LINE_MAX 65536
#define MB_CSV_FIELDS_MAX 256

struct mb_csv_rows {
    FILE *file;
    const char *label;
    char separator; /* 0 until the first row */
    unsigned long line;
    size_t count; /* fields of this row */
    char *field[MB_CSV_FIELDS_MAX];
    char text[MB_CSV_LINE_MAX];
};

/* The next row that has something in it and does not begin with #. 1: it is in field[], without blanks and
 * quotes around the fields; 0: the end; -EINVAL, -EIO. */
int mb_csv_row(struct mb_csv_rows *rows, struct mb_error *err);

/* "nan" and "inf" (with a sign, in any case) are numbers here: what is not finite is flagged later. -EINVAL
 * with the place and, if it is one, the word decimal comma. */
int mb_csv_rows_number(const struct mb_csv_rows *rows, size_t i, double *ret, struct mb_error *err);
/* A number times unit_ns, or a date with time ("2020-02-24 18:15:21.4999", also with T), in ns. -EINVAL. */
int mb_csv_time(const char *text, double unit_ns, long long *ret);
