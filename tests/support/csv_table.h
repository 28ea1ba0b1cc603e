/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small CSV file with a header row and no quotes, read whole: for measured data that tests compare with. */
#pragma once

#include <stddef.h>

struct csv_table;

/* DATA/folder/name of test_data_folder(), or NULL when it is not there. A malformed file fails the test. */
struct csv_table *csv_table_load(const char *folder, const char *name);
struct csv_table *csv_table_free(struct csv_table *table);
size_t csv_table_rows(const struct csv_table *table);
/* The cell as it stands, "" when empty. An unknown column fails the test. */
const char *csv_table_text(const struct csv_table *table, size_t row, const char *column);
/* The cell as a number; an empty one fails the test. */
double csv_table_number(const struct csv_table *table, size_t row, const char *column);
/* "value" of the row whose "quantity" is this (and whose "index", if there is such a column, is index). */
double csv_table_quantity(const struct csv_table *table, const char *quantity, size_t index);
