/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/csv.h"

#include <csv.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"

struct row {
    unsigned line;
    char **fields;
};

struct mb_csv {
    char *name;
    const char *const *columns;
    size_t width;
    struct row *rows; /* without the header */
    size_t count;
};

/* State between libcsv's callbacks; the first thing that is wrong stays in r. */
struct parse {
    struct mb_csv *csv;
    struct mb_error *err;
    unsigned line;
    bool header_done;
    char **fields;
    size_t field_count;
    int r;
};

static int parse_error(struct parse *p, const char *what)
{
    return p->r = mb_error_set(p->err, -EINVAL, "%s:%u: %s", p->csv->name, p->line, what);
}

static char **free_fields(char **fields, size_t count)
{
    for (size_t i = 0; fields && i < count; i++)
        free(fields[i]);
    free(fields);
    return NULL;
}

static void on_field(void *text, size_t n, void *userdata)
{
    struct parse *p = userdata;

    if (p->r < 0)
        return;
    if (p->field_count == p->csv->width)
        (void)parse_error(p, "too many fields in this row");
    else if (memchr(text, '\0', n) || memchr(text, '\n', n) || memchr(text, '\r', n))
        (void)parse_error(p, "a field holds a line break or a zero byte, allowed: one line of text");
    else if (!(p->fields[p->field_count] = strndup(text, n)))
        p->r = mb_error_set(p->err, -ENOMEM, "not enough memory");
    else
        p->field_count++;
}

static int check_header(struct parse *p)
{
    for (size_t i = 0; i < p->csv->width; i++)
        if (strcmp(p->fields[i], p->csv->columns[i]) != 0)
            return p->r = mb_error_set(p->err, -EINVAL, "%s:%u: column %zu is '%.40s', allowed: '%s'",
                                       p->csv->name, p->line, i + 1, p->fields[i], p->csv->columns[i]);
    return 0;
}

static int keep_row(struct parse *p)
{
    struct mb_csv *csv = p->csv;
    struct row *rows = csv->rows;

    if ((csv->count & (csv->count - 1)) == 0) /* a power of two or none: full */
        rows = realloc(rows, (csv->count ? 2 * csv->count : 1) * sizeof *rows);
    if (!rows)
        return p->r = mb_error_set(p->err, -ENOMEM, "not enough memory");
    csv->rows = rows;
    rows[csv->count++] = (struct row){.line = p->line, .fields = p->fields};
    p->fields = NULL;
    return 0;
}

static void on_row(int terminator, void *userdata)
{
    struct parse *p = userdata;

    (void)terminator;
    if (p->r < 0)
        return;
    if (p->field_count != p->csv->width) {
        p->r = mb_error_set(p->err, -EINVAL, "%s:%u: %zu fields, allowed: %zu", p->csv->name, p->line,
                            p->field_count, p->csv->width);
        return;
    }
    if (p->header_done ? keep_row(p) < 0 : check_header(p) < 0)
        return;
    p->header_done = true;
    p->fields = free_fields(p->fields, p->field_count);
    p->field_count = 0;
    p->fields = calloc(p->csv->width, sizeof *p->fields);
    if (!p->fields)
        p->r = mb_error_set(p->err, -ENOMEM, "not enough memory");
}

static int no_space(unsigned char c)
{
    (void)c;
    return 0; /* blanks around a field are part of it, and so an error where a number is expected */
}

/* Line by line, so that a row knows its line. */
static int feed(struct csv_parser *parser, struct parse *p, const char *text, size_t size)
{
    while (size > 0 && p->r == 0) {
        const char *end = memchr(text, '\n', size);
        size_t n = end ? (size_t)(end - text) + 1 : size;

        p->line++;
        if (csv_parse(parser, text, n, on_field, on_row, p) != n && p->r == 0)
            (void)parse_error(p, "not CSV: a quote stands inside a field");
        text += n;
        size -= n;
    }
    if (p->r == 0 && csv_fini(parser, on_field, on_row, p) != 0 && p->r == 0)
        (void)parse_error(p, "not CSV: a quoted field has no end");
    return p->r;
}

static int parse_text(struct mb_csv *csv, const char *text, size_t size, struct mb_error *err)
{
    struct parse p = {.csv = csv, .err = err};
    struct csv_parser parser;

    p.fields = calloc(csv->width, sizeof *p.fields);
    if (!p.fields || csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        free(p.fields);
        return mb_error_set(err, -ENOMEM, "not enough memory");
    }
    csv_set_space_func(&parser, no_space);
    (void)feed(&parser, &p, text, size);
    csv_free(&parser);
    free_fields(p.fields, p.field_count);
    p.line += p.line == 0; /* an empty file has its fault in line 1 */
    if (p.r == 0 && csv->count == 0)
        return parse_error(&p, "no rows, allowed: the header and at least one row");
    return p.r;
}

int mb_csv_parse(const char *name, const char *text, size_t size, const char *const columns[],
                 struct mb_csv **ret, struct mb_error *err)
{
    struct mb_csv *csv = calloc(1, sizeof *csv);
    int r;

    if (!csv || !(csv->name = strdup(name))) {
        mb_csv_free(csv);
        return mb_error_set(err, -ENOMEM, "not enough memory");
    }
    csv->columns = columns;
    while (columns[csv->width])
        csv->width++;
    r = parse_text(csv, text, size, err);
    if (r < 0)
        mb_csv_free(csv);
    else
        *ret = csv;
    return r;
}

struct mb_csv *mb_csv_free(struct mb_csv *csv)
{
    if (!csv)
        return NULL;
    for (size_t i = 0; i < csv->count; i++)
        free_fields(csv->rows[i].fields, csv->width);
    free(csv->rows);
    free(csv->name);
    free(csv);
    return NULL;
}

size_t mb_csv_count(const struct mb_csv *csv)
{
    return csv->count;
}

unsigned mb_csv_line(const struct mb_csv *csv, size_t row)
{
    return csv->rows[row].line;
}

const char *mb_csv_text(const struct mb_csv *csv, size_t row, size_t column)
{
    return csv->rows[row].fields[column];
}

int mb_csv_number(const struct mb_csv *csv, size_t row, size_t column, double minimum, double maximum,
                  double *ret, struct mb_error *err)
{
    const char *text = mb_csv_text(csv, row, column);
    double value;

    if (mb_number_parse(text, strlen(text), &value) < 0)
        return mb_csv_error(csv, row, err, "%s '%.40s' is not a number", csv->columns[column], text);
    if (value < minimum || value > maximum)
        return mb_csv_error(csv, row, err, "%s %.40s is out of range, allowed: %g to %g",
                            csv->columns[column], text, minimum, maximum);
    *ret = value;
    return 0;
}

int mb_csv_error(const struct mb_csv *csv, size_t row, struct mb_error *err, const char *format, ...)
{
    char text[MB_ERROR_MAX];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    return mb_error_set(err, -EINVAL, "%s:%u: %s", csv->name, mb_csv_line(csv, row), text);
}
