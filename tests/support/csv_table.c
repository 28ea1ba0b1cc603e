/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/csv_table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/test.h"
#include "support/tree.h"

#define COLUMNS_MAX 40
#define ROWS_MAX 16384

struct csv_table {
    size_t columns, rows;
    char *text; /* cells point into it */
    char *header[COLUMNS_MAX];
    char *cells[ROWS_MAX][COLUMNS_MAX];
};

static size_t split(char *line, char **cells)
{
    size_t n = 0;

    line[strcspn(line, "\r")] = '\0';
    for (char *cell; (cell = strsep(&line, ","));) {
        assert_true(n < COLUMNS_MAX);
        cells[n++] = cell;
    }
    return n;
}

static void parse(struct csv_table *table)
{
    char *rest = table->text, *line = strsep(&rest, "\n");

    table->columns = split(line, table->header);
    while ((line = strsep(&rest, "\n"))) {
        if (!*line)
            continue;
        assert_true(table->rows < ROWS_MAX);
        assert_int_equal(split(line, table->cells[table->rows++]), table->columns);
    }
}

struct csv_table *csv_table_load(const char *folder, const char *name)
{
    struct csv_table *table;
    char path[512];
    size_t size = 0;
    FILE *f;

    assert_true(snprintf(path, sizeof path, "%s/%s/%s", test_data_folder(), folder, name) < (int)sizeof path);
    f = fopen(path, "re");
    if (!f)
        return NULL;
    table = calloc(1, sizeof *table);
    assert_non_null(table);
    assert_true(getdelim(&table->text, &size, '\0', f) > 0);
    (void)fclose(f);
    parse(table);
    return table;
}

struct csv_table *csv_table_free(struct csv_table *table)
{
    if (table)
        free(table->text);
    free(table);
    return NULL;
}

size_t csv_table_rows(const struct csv_table *table)
{
    return table->rows;
}

const char *csv_table_text(const struct csv_table *table, size_t row, const char *column)
{
    assert_true(row < table->rows);
    for (size_t i = 0; i < table->columns; i++)
        if (strcmp(table->header[i], column) == 0)
            return table->cells[row][i];
    fail_msg("no column %s", column);
    return "";
}

double csv_table_number(const struct csv_table *table, size_t row, const char *column)
{
    const char *text = csv_table_text(table, row, column);
    char *end;
    double value = strtod(text, &end);

    if (!*text || *end)
        fail_msg("row %zu, %s: \"%s\" is no number", row + 1, column, text);
    return value;
}

static bool has_column(const struct csv_table *table, const char *column)
{
    for (size_t i = 0; i < table->columns; i++)
        if (strcmp(table->header[i], column) == 0)
            return true;
    return false;
}

double csv_table_quantity(const struct csv_table *table, const char *quantity, size_t index)
{
    bool indexed = has_column(table, "index");

    for (size_t row = 0; row < table->rows; row++)
        if (strcmp(csv_table_text(table, row, "quantity"), quantity) == 0 &&
            (!indexed || strtoul(csv_table_text(table, row, "index"), NULL, 10) == index))
            return csv_table_number(table, row, "value");
    fail_msg("no quantity %s, index %zu", quantity, index);
    return 0;
}
