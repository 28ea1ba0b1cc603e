/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables that never leave the page: columns share the width by weight, cells wrap, rows are not torn, and the
 * header comes again on each page. */
#pragma once

#include "report/pdf/page.h"

#define TABLE_COLUMNS_MAX 16

struct column {
    const char *title, *unit; /* unit NULL: none */
    double weight;
    enum align align;
};

struct table {
    struct report *report;
    const struct column *columns;
    size_t count;
    unsigned rows;    /* drawn so far: every second one is shaded */
    enum style style; /* of the next row's text: STYLE_CELL or STYLE_CELL_BOLD */
};

/* Draws the header. The columns live as long as the table. */
void table_begin(struct table *table, struct report *report, const struct column *columns, size_t count);
/* One row: count texts (NULL: empty). */
void table_row(struct table *table, const char *const *cells);
void table_end(struct table *table);

/* Pairs of name and value in two columns side by side; a value NULL is left out. */
struct pair {
    const char *name, *value;
};
void pairs_draw(struct report *report, const struct pair *pairs, size_t count);
