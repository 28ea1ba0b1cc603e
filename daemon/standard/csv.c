/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Read in place: one copy of the text, cut into fields where it stands. All tables of limits together are
 * almost a megabyte, and a command of the shell waits for them. */
#include "standard/csv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/number.h"

#define FILE_MAX (1u << 20)

struct mb_csv {
    char *name;
    const char *const *columns;
    size_t width;
    char *text; /* the copy, cut */
    const char **fields;
    unsigned *lines;
    size_t count, room; /* rows without the header */
};

struct scan {
    struct mb_csv *csv;
    struct mb_error *err;
    char *at, *end; /* *end is a zero byte of our own */
    unsigned line;
};

static int scan_error(const struct scan *s, const char *what)
{
    return mb_error_set(s->err, -EINVAL, "%s:%u: %s", s->csv->name, s->line, what);
}

/* A quoted field, without its quotes; s->at behind the closing one. */
static int read_quoted(struct scan *s, const char **ret)
{
    char *write = ++s->at;
    bool broken = false;

    *ret = write;
    for (;; s->at++) {
        if (s->at == s->end)
            return scan_error(s, "not CSV: a quoted field has no end");
        if (*s->at == '"' && *++s->at != '"')
            break;
        broken = broken || *s->at == '\n' || *s->at == '\r' || *s->at == '\0';
        *write++ = *s->at;
    }
    if (broken)
        return scan_error(s, "a field holds a line break or a zero byte, allowed: one line of text");
    if (s->at < s->end && *s->at != ',' && *s->at != '\r' && *s->at != '\n')
        return scan_error(s, "not CSV: a quote stands inside a field");
    if (write < s->at) /* the closing quote at the latest: the delimiter is not touched */
        *write = '\0';
    return 0;
}

static int read_plain(struct scan *s, const char **ret)
{
    *ret = s->at;
    s->at += strcspn(s->at, ",\n\r\"");
    if (s->at < s->end && *s->at == '"')
        return scan_error(s, "not CSV: a quote stands inside a field");
    if (s->at < s->end && *s->at == '\0')
        return scan_error(s, "a field holds a line break or a zero byte, allowed: one line of text");
    return 0;
}

/* Ends the field where it stands; *ret_more: another one follows in the row. */
static int end_field(struct scan *s, bool *ret_more)
{
    char end = *s->at;

    *s->at = '\0';
    *ret_more = end == ',';
    if (s->at == s->end)
        return 0;
    s->at++;
    if (end != '\r')
        return 0;
    if (s->at < s->end && *s->at != '\n')
        return scan_error(s, "a field holds a line break or a zero byte, allowed: one line of text");
    s->at += s->at < s->end;
    return 0;
}

static int read_row(struct scan *s, const char *fields[])
{
    size_t count = 0;
    bool more = true;
    int r = 0;

    while (r == 0 && more) {
        if (count == s->csv->width)
            return scan_error(s, "too many fields in this row");
        r = *s->at == '"' ? read_quoted(s, &fields[count]) : read_plain(s, &fields[count]);
        if (r == 0)
            r = end_field(s, &more);
        count++;
    }
    if (r == 0 && count != s->csv->width)
        r = mb_error_set(s->err, -EINVAL, "%s:%u: %zu fields, allowed: %zu", s->csv->name, s->line, count,
                         s->csv->width);
    return r;
}

/* Past empty lines and comments; false at the end of the text. */
static bool next_line(struct scan *s)
{
    while (s->at < s->end) {
        s->line++;
        if (*s->at != '#' && *s->at != '\n' && strncmp(s->at, "\r\n", 2) != 0)
            return true;
        s->at += strcspn(s->at, "\n");
        if (s->at < s->end && *s->at == '\0') /* a zero byte in a comment: the row's own reader refuses it */
            return true;
        s->at += s->at < s->end;
    }
    return false;
}

static int read_header(struct scan *s, const char *fields[])
{
    const struct mb_csv *csv = s->csv;
    int r;

    if (!next_line(s)) {
        s->line += s->line == 0; /* an empty file has its fault in line 1 */
        return scan_error(s, "no rows, allowed: the header and rows under it");
    }
    r = read_row(s, fields);
    for (size_t i = 0; r == 0 && i < csv->width; i++)
        if (strcmp(fields[i], csv->columns[i]) != 0)
            r = mb_error_set(s->err, -EINVAL, "%s:%u: column %zu is '%.40s', allowed: '%s'", csv->name,
                             s->line, i + 1, fields[i], csv->columns[i]);
    return r;
}

static int make_room(struct mb_csv *csv, struct mb_error *err)
{
    size_t room = csv->room ? 2 * csv->room : 64;
    const char **fields;
    unsigned *lines;

    if (csv->count < csv->room)
        return 0;
    fields = reallocarray(csv->fields, room * csv->width, sizeof *fields);
    if (fields)
        csv->fields = fields;
    lines = reallocarray(csv->lines, room, sizeof *lines);
    if (lines)
        csv->lines = lines;
    if (!fields || !lines)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    csv->room = room;
    return 0;
}

static int parse_text(struct mb_csv *csv, size_t size, struct mb_error *err)
{
    struct scan s = {.csv = csv, .err = err, .at = csv->text, .end = csv->text + size};
    int r = make_room(csv, err);

    if (r == 0)
        r = read_header(&s, csv->fields);
    while (r == 0 && next_line(&s)) {
        r = make_room(csv, err);
        if (r == 0)
            r = read_row(&s, csv->fields + csv->count * csv->width);
        if (r == 0)
            csv->lines[csv->count++] = s.line;
    }
    return r;
}

int mb_csv_parse(const char *name, const char *text, size_t size, const char *const columns[],
                 struct mb_csv **ret, struct mb_error *err)
{
    struct mb_csv *csv = calloc(1, sizeof *csv);
    int r;

    if (!csv || !(csv->name = strdup(name)) || !(csv->text = malloc(size + 1))) {
        mb_csv_free(csv);
        return mb_error_set(err, -ENOMEM, "not enough memory");
    }
    memcpy(csv->text, text, size);
    csv->text[size] = '\0';
    csv->columns = columns;
    while (columns[csv->width])
        csv->width++;
    r = parse_text(csv, size, err);
    if (r < 0)
        mb_csv_free(csv);
    else
        *ret = csv;
    return r;
}

int mb_csv_load(const char *path, const char *const columns[], struct mb_csv **ret, struct mb_error *err)
{
    char *text;
    size_t size;
    int r = mb_file_read(path, FILE_MAX, &text, &size, err);

    if (r < 0)
        return r;
    r = mb_csv_parse(path, text, size, columns, ret, err);
    free(text);
    return r;
}

struct mb_csv *mb_csv_free(struct mb_csv *csv)
{
    if (!csv)
        return NULL;
    free(csv->fields);
    free(csv->lines);
    free(csv->text);
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
    return csv->lines[row];
}

const char *mb_csv_text(const struct mb_csv *csv, size_t row, size_t column)
{
    return csv->fields[row * csv->width + column];
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

int mb_csv_rows(const struct mb_csv *csv, size_t element_size,
                int (*read)(const struct mb_csv *csv, size_t row, void *element, struct mb_error *err),
                void **ret, size_t *ret_count, struct mb_error *err)
{
    char *elements = calloc(csv->count + 1, element_size); /* one more: a table may have no rows */
    int r = elements ? 0 : mb_error_set(err, -ENOMEM, "not enough memory");

    for (size_t i = 0; r == 0 && i < csv->count; i++)
        r = read(csv, i, elements + i * element_size, err);
    if (r < 0) {
        free(elements);
        return r;
    }
    *ret = elements;
    *ret_count = csv->count;
    return 0;
}
