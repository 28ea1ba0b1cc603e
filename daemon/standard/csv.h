/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A CSV data file with a fixed header, read strictly: the same columns in the same order, the same number of
 * fields in every row, no blanks around fields, no line breaks in them, UTF-8 or ASCII. Empty lines and lines
 * that begin with # are comments. Errors are "FILE:LINE: ...". */
#pragma once

#include <stddef.h>

#include "core/error.h"

struct mb_csv;

/* columns: names of the header row, NULL at the end; they live as long as the table. The header alone is a
 * table without rows. -EINVAL, -ENOMEM. */
int mb_csv_parse(const char *name, const char *text, size_t size, const char *const columns[],
                 struct mb_csv **ret, struct mb_error *err);
/* A whole file of at most 1 MiB. */
int mb_csv_load(const char *path, const char *const columns[], struct mb_csv **ret, struct mb_error *err);
struct mb_csv *mb_csv_free(struct mb_csv *csv);

size_t mb_csv_count(const struct mb_csv *csv);                                /* rows without the header */
unsigned mb_csv_line(const struct mb_csv *csv, size_t row);                   /* of the file, 1-based */
const char *mb_csv_text(const struct mb_csv *csv, size_t row, size_t column); /* borrowed, "" when empty */
/* minimum <= number <= maximum; the column's name goes into the error. */
int mb_csv_number(const struct mb_csv *csv, size_t row, size_t column, double minimum, double maximum,
                  double *ret, struct mb_error *err);
/* All rows as an array of elements of this size, each zeroed and then read; the caller frees it. The first
 * error ends it, and nothing is returned. */
int mb_csv_rows(const struct mb_csv *csv, size_t element_size,
                int (*read)(const struct mb_csv *csv, size_t row, void *element, struct mb_error *err),
                void **ret, size_t *ret_count, struct mb_error *err);
/* Sets err to "FILE:LINE: " and the message; returns -EINVAL. */
int mb_csv_error(const struct mb_csv *csv, size_t row, struct mb_error *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
