/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waveform/csv_rows.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/number.h"
#include "core/text.h"

static char *strip(char *text)
{
    size_t n;

    text += strspn(text, " \t");
    n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        n--;
    if (n >= 2 && text[0] == '"' && text[n - 1] == '"') {
        text++;
        n -= 2;
    }
    text[n] = '\0';
    return text;
}

/* The end of a field: separators between quotes do not count. */
static char *field_end(char *p, char separator)
{
    bool quoted = false;

    for (; *p && (quoted || *p != separator); p++)
        if (*p == '"')
            quoted = !quoted;
    return p;
}

static int split(struct mb_csv_rows *rows, char *text, struct mb_error *err)
{
    char *p = text, *end;

    if (!rows->separator)
        rows->separator = strchr(text, '\t') ? '\t' : strchr(text, ';') ? ';' : ',';
    rows->count = 0;
    for (;; p = end + 1) {
        bool last;

        if (rows->count == MB_CSV_FIELDS_MAX)
            return mb_error_set(err, -EINVAL, "%s:%lu: more than %d fields", rows->label, rows->line,
                                MB_CSV_FIELDS_MAX);
        end = field_end(p, rows->separator);
        last = !*end;
        *end = '\0';
        rows->field[rows->count++] = strip(p);
        if (last)
            return 1;
    }
}

int mb_csv_row(struct mb_csv_rows *rows, struct mb_error *err)
{
    static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8, at the start of the file */
    char *text;
    size_t n;

    for (;;) {
        if (!fgets(rows->text, sizeof rows->text, rows->file))
            return ferror(rows->file) ? mb_error_set(err, -EIO, "%s: cannot be read", rows->label) : 0;
        rows->line++;
        n = strlen(rows->text);
        if (n + 1 == sizeof rows->text)
            return mb_error_set(err, -EINVAL, "%s:%lu: a line of %d characters or more", rows->label,
                                rows->line, MB_CSV_LINE_MAX - 1);
        if (n == 0 || (rows->text[n - 1] != '\n' && !feof(rows->file)))
            return mb_error_set(err, -EINVAL, "%s:%lu: a zero byte: this is no text", rows->label,
                                rows->line);
        rows->text[strcspn(rows->text, "\r\n")] = '\0';
        text = rows->text;
        if (rows->line == 1 && strncmp(text, mark, sizeof mark - 1) == 0)
            text += sizeof mark - 1;
        if (text[strspn(text, " \t")] && *text != '#')
            return split(rows, text, err);
    }
}

static bool not_finite(const char *text, double *ret)
{
    bool negative = *text == '-';

    if (*text == '-' || *text == '+')
        text++;
    if (strcasecmp(text, "nan") == 0)
        *ret = NAN;
    else if (strcasecmp(text, "inf") == 0 || strcasecmp(text, "infinity") == 0)
        *ret = negative ? -INFINITY : INFINITY;
    else
        return false;
    return true;
}

static bool is_decimal_comma(const char *text)
{
    const char *comma = strchr(text, ',');

    return comma && comma[strspn(comma, ",0123456789")] == '\0' &&
           strspn(text, "+-0123456789,") == strlen(text);
}

int mb_csv_rows_number(const struct mb_csv_rows *rows, size_t i, double *ret, struct mb_error *err)
{
    const char *text = rows->field[i];
    char shown[48];

    if (mb_number_parse(text, strlen(text), ret) == 0 || not_finite(text, ret))
        return 0;
    (void)snprintf(shown, sizeof shown, "%s", text);
    mb_text_clean(shown);
    return mb_error_set(err, -EINVAL, "%s:%lu: field %zu: '%s' is not a number%s", rows->label, rows->line,
                        i + 1, shown,
                        is_decimal_comma(text) ? ": a decimal comma, allowed is a point"
                                               : ", allowed: digits with a decimal point");
}

/* Digits of a fraction of a second behind the point; what is finer than a nanosecond is dropped. */
static int parse_fraction(const char *p, long *ret_ns)
{
    long ns = 0, unit = 100000000;

    if (*p != '.')
        return *p == '\0' || strcmp(p, "Z") == 0 ? 0 : -EINVAL;
    for (p++; isdigit((unsigned char)*p); p++, unit /= 10)
        ns += (*p - '0') * unit;
    if (*p != '\0' && strcmp(p, "Z") != 0)
        return -EINVAL;
    *ret_ns = ns;
    return 0;
}

static int parse_date(const char *text, long long *ret)
{
    struct tm tm = {.tm_year = 0};
    const char *p = strptime(text, "%Y-%m-%d", &tm);
    long ns = 0;
    time_t seconds;

    if (!p || (*p != ' ' && *p != 'T'))
        return -EINVAL;
    p = strptime(p + 1, "%H:%M:%S", &tm);
    if (!p || parse_fraction(p, &ns) < 0 || tm.tm_year < 0 || tm.tm_year > 200)
        return -EINVAL;
    seconds = timegm(&tm);
    *ret = (long long)seconds * 1000000000 + ns;
    return 0;
}

int mb_csv_time(const char *text, double unit_ns, long long *ret)
{
    double value;

    if (mb_number_parse(text, strlen(text), &value) < 0)
        return parse_date(text, ret);
    if (fabs(value * unit_ns) >= 0x1p62)
        return -EINVAL;
    *ret = llround(value * unit_ns);
    return 0;
}
