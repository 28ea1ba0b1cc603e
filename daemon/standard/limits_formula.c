/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What limits are computed with: polynomials of efficiency, tolerances. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "standard/limits.h"

static const char *const polynomial_columns[] = {
    "standard",   "ie_class", "poles", "speed_band_rpm_for_30-2", "power_range_kw", "A", "B", "C", "D",
    "confidence", "source",   NULL};
enum {
    POLY_STANDARD,
    POLY_CLASS,
    POLY_POLES,
    POLY_SPEED,
    POLY_POWER,
    POLY_A,
    POLY_B,
    POLY_C,
    POLY_D,
    POLY_MARK
};

static int read_class(const struct mb_csv *csv, size_t row, int *ret, struct mb_error *err)
{
    const char *text = mb_csv_text(csv, row, POLY_CLASS);

    if (strncmp(text, "IE", 2) != 0 || text[2] < '1' || text[2] > '0' + MB_GRADE_MAX || text[3])
        return mb_csv_error(csv, row, err, "class '%.20s' is not known, allowed: IE1 to IE%d", text,
                            MB_GRADE_MAX);
    *ret = text[2] - '0';
    return 0;
}

/* "0.12-0.55" */
static bool read_range(const char *text, double *ret_low, double *ret_high)
{
    const char *dash = strchr(text, '-');

    return dash && mb_number_parse(text, (size_t)(dash - text), ret_low) == 0 &&
           mb_number_parse(dash + 1, strlen(dash + 1), ret_high) == 0 && *ret_low <= *ret_high;
}

static int read_polynomial(const struct mb_csv *csv, size_t row, struct limit_polynomial *p,
                           struct mb_error *err)
{
    const char *powers = mb_csv_text(csv, row, POLY_POWER), *speeds = mb_csv_text(csv, row, POLY_SPEED);
    double *const numbers[] = {&p->a, &p->b, &p->c, &p->d};
    double poles = 0;
    int r = read_class(csv, row, &p->grade, err);

    p->line = mb_csv_line(csv, row);
    p->mark = mb_csv_text(csv, row, POLY_MARK);
    if (r < 0)
        return r;
    if (strlen(p->mark) > LIMIT_MARK_MAX)
        return mb_csv_error(csv, row, err, "the mark is longer than %d characters", LIMIT_MARK_MAX);
    if (!read_range(powers, &p->power_min_kw, &p->power_max_kw))
        return mb_csv_error(csv, row, err, "'%.40s' is not a range of power, allowed: FROM-TO in kW", powers);
    if (!read_range(speeds + (*speeds == '>'), &p->speed_min_rpm, &p->speed_max_rpm))
        return mb_csv_error(csv, row, err, "'%.40s' is not a range of speed, allowed: FROM-TO", speeds);
    r = mb_csv_number(csv, row, POLY_POLES, 2, 200, &poles, err);
    p->poles = (int)poles;
    for (size_t i = 0; r == 0 && i < sizeof numbers / sizeof *numbers; i++)
        r = mb_csv_number(csv, row, POLY_A + i, -1e6, 1e6, numbers[i], err);
    return r;
}

/* Every table that names the file has its own copy: a few dozen rows. */
static int share_polynomials(struct mb_limits *limits, const struct limit_file *file,
                             const struct limit_polynomial *list, size_t count, struct mb_error *err)
{
    for (size_t i = 0; i < limits->spec_count; i++) {
        struct limit_table *t = &limits->tables[i];

        if (!t->file || strcmp(limits->specs[i].coefficients, file->name) != 0)
            continue;
        t->polynomials = calloc(count + 1, sizeof *list);
        if (!t->polynomials)
            return mb_error_set(err, -ENOMEM, "not enough memory");
        memcpy(t->polynomials, list, count * sizeof *list);
        t->polynomial_count = count;
        t->coefficients = file;
    }
    return 0;
}

int limits_read_polynomials(struct mb_limits *limits, struct limit_file *file, struct mb_error *err)
{
    struct limit_polynomial *list;
    size_t count;
    int r = mb_csv_parse(file->path, file->text, file->size, polynomial_columns, &file->csv, err);

    if (r < 0)
        return r;
    count = mb_csv_count(file->csv);
    list = calloc(count + 1, sizeof *list);
    if (!list)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    for (size_t i = 0; r == 0 && i < count; i++)
        r = read_polynomial(file->csv, i, &list[i], err);
    if (r == 0)
        r = share_polynomials(limits, file, list, count, err);
    free(list);
    return r;
}

double limits_polynomial_percent(const struct limit_polynomial *p, double power_kw)
{
    double x = log10(power_kw);

    return round((((p->a * x + p->b) * x + p->c) * x + p->d) * 10) / 10;
}

static const char *const tolerance_columns[] = {
    "rule",   "quantity", "power_above_kw", "power_to_kw", "minus_percent_of_loss", "confidence",
    "source", NULL};
enum { TOLERANCE_RULE, TOLERANCE_QUANTITY, TOLERANCE_ABOVE, TOLERANCE_TO, TOLERANCE_MINUS, TOLERANCE_MARK };

static int read_bound(const struct mb_csv *csv, size_t row, size_t column, double *ret, struct mb_error *err)
{
    *ret = NAN;
    return *mb_csv_text(csv, row, column) ? mb_csv_number(csv, row, column, 0, 1e6, ret, err) : 0;
}

static int read_tolerance(const struct mb_csv *csv, size_t row, struct limit_tolerance *t,
                          struct mb_error *err)
{
    double percent = 0;
    int r = read_bound(csv, row, TOLERANCE_ABOVE, &t->power_above_kw, err);

    t->rule = mb_csv_text(csv, row, TOLERANCE_RULE);
    t->mark = mb_csv_text(csv, row, TOLERANCE_MARK);
    t->line = mb_csv_line(csv, row);
    if (r == 0)
        r = read_bound(csv, row, TOLERANCE_TO, &t->power_to_kw, err);
    if (r == 0)
        r = mb_csv_number(csv, row, TOLERANCE_MINUS, 0, 100, &percent, err);
    t->loss_fraction = percent / 100;
    if (r == 0 && (!*t->rule || strlen(t->rule) >= sizeof((struct mb_grade *)0)->tolerance ||
                   strlen(t->mark) > LIMIT_MARK_MAX))
        r = mb_csv_error(csv, row, err, "rule is needed; it or the mark is too long");
    return r;
}

int limits_read_tolerances(struct mb_limits *limits, struct limit_file *file, struct mb_error *err)
{
    int r = mb_csv_parse(file->path, file->text, file->size, tolerance_columns, &file->csv, err);

    for (size_t i = 0; r == 0 && i < mb_csv_count(file->csv); i++) {
        if (strcmp(mb_csv_text(file->csv, i, TOLERANCE_QUANTITY), "efficiency") != 0)
            continue;
        if (limits->tolerance_count == LIMIT_TOLERANCES_MAX)
            return mb_csv_error(file->csv, i, err, "more than %d tolerances", LIMIT_TOLERANCES_MAX);
        r = read_tolerance(file->csv, i, &limits->tolerances[limits->tolerance_count], err);
        limits->tolerance_count++;
    }
    return r;
}
