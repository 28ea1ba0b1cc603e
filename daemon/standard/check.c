/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/check.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "standard/limits.h"
#include "standard/mark.h"

struct check {
    const struct limit_spec *spec;
    const struct limit_table *table;
    mb_check_report report;
    void *userdata;
};

static int find(const struct check *c, const struct limit_cell *cell, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int find(const struct check *c, const struct limit_cell *cell, const char *format, ...)
{
    struct mb_check_finding finding = {
        .path = c->table->file->path, .line = cell->line, .site = c->table->file->site};
    char text[240];
    va_list ap;
    int r;

    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    finding.text = text;
    r = c->report(&finding, c->userdata);
    return r < 0 ? r : 0;
}

static bool decides(const struct limit_cell *cell)
{
    return mb_mark_decides(limit_cell_mark(cell));
}

/* Of two cells of one motor and grade, a with the lower power. */
static int check_falling(const struct check *c, const struct limit_cell *a, const struct limit_cell *b)
{
    double unit = c->spec->unit_kw;
    bool may_fall = a->power_max_kw <= c->spec->fall_from_kw && b->power_min_kw >= c->spec->fall_to_kw;

    if (b->limit >= a->limit || may_fall || !decides(a) || !decides(b))
        return 0;
    return find(c, b, "%g %% at %g is below the %g %% at %g of line %u", b->limit * 100,
                b->power_min_kw / unit, a->limit * 100, a->power_max_kw / unit, a->line);
}

static bool same_power(const struct limit_cell *a, const struct limit_cell *b)
{
    return fabs(a->power_min_kw - b->power_min_kw) <= 1e-9 * a->power_min_kw;
}

static bool same_motor(const struct limit_cell *a, const struct limit_cell *b)
{
    struct limit_cell other = *b;

    other.grade = a->grade;
    return same_power(a, b) && limit_cells_related(a, &other);
}

/* The cell of the same motor in another grade. */
static const struct limit_cell *other_grade(const struct check *c, const struct limit_cell *cell, int grade)
{
    for (size_t i = 0; i < c->table->cell_count; i++) {
        const struct limit_cell *o = &c->table->cells[i];

        if (o->grade == grade && same_motor(cell, o))
            return o;
    }
    return NULL;
}

static bool grade_is_used(const struct check *c, int grade)
{
    for (size_t i = 0; i < c->table->cell_count; i++)
        if (c->table->cells[i].grade == grade)
            return true;
    return false;
}

/* Against the next grade that the table has: in GB 1 is the best, in IEC the last. A class that a table does
 * not have at all (IE1 at 60 Hz) is not a gap. */
static int check_grades(const struct check *c, const struct limit_cell *cell)
{
    int step = c->spec->least == 1 ? 1 : -1, grade = cell->grade + step;
    const struct limit_cell *better;

    while (grade >= 1 && grade <= c->spec->grade_count && !grade_is_used(c, grade))
        grade += step;
    better = grade >= 1 && grade <= c->spec->grade_count ? other_grade(c, cell, grade) : cell;
    if (!better)
        return find(c, cell, "this motor has no limit of grade %s", c->spec->grades[grade - 1]);
    if (better->limit < cell->limit)
        return find(c, better, "grade %s with %g %% is below grade %s with %g %% of line %u",
                    c->spec->grades[grade - 1], better->limit * 100, c->spec->grades[cell->grade - 1],
                    cell->limit * 100, cell->line);
    if (cell->grade != c->spec->least && grade_is_used(c, c->spec->least) &&
        !other_grade(c, cell, c->spec->least))
        return find(c, cell, "this motor has no limit of the least grade %s",
                    c->spec->grades[c->spec->least - 1]);
    return 0;
}

/* The lowest power between two neighbours that the table lists for another motor. */
static const struct limit_cell *between(const struct check *c, const struct limit_cell *a,
                                        const struct limit_cell *b)
{
    const struct limit_cell *found = NULL;

    for (size_t i = 0; i < c->table->cell_count; i++) {
        const struct limit_cell *o = &c->table->cells[i];

        if (o->power_min_kw > a->power_max_kw * (1 + 1e-9) &&
            o->power_max_kw < b->power_min_kw * (1 - 1e-9) &&
            (!found || o->power_min_kw < found->power_min_kw))
            found = o;
    }
    return found;
}

static int check_cell(const struct check *c, size_t i)
{
    const struct limit_cell *cell = &c->table->cells[i], *next = cell + 1, *missing;
    int r = check_grades(c, cell);

    if (r < 0 || i + 1 == c->table->cell_count || !limit_cells_related(cell, next))
        return r;
    r = check_falling(c, cell, next);
    missing = r == 0 ? between(c, cell, next) : NULL;
    return missing ? find(c, next, "a gap before this row: %g, listed in line %u for others, is missing here",
                          missing->power_min_kw / c->spec->unit_kw, missing->line)
                   : r;
}

int mb_limits_check(const struct mb_limits *limits, bool site_only, mb_check_report report, void *userdata)
{
    int r = 0;

    for (size_t i = 0; i < limits->spec_count; i++) {
        const struct check c = {&limits->specs[i], &limits->tables[i], report, userdata};

        for (size_t k = 0; r == 0 && k < c.table->cell_count && (c.table->file->site || !site_only); k++)
            r = check_cell(&c, k);
    }
    return r;
}

int mb_limits_table(const struct mb_limits *limits, size_t i, struct mb_limits_table *ret)
{
    const struct limit_table *t;

    if (i >= limits->spec_count)
        return -ENOENT;
    t = &limits->tables[i];
    *ret = (struct mb_limits_table){.file = limits->specs[i].file,
                                    .standard = limits->specs[i].standard,
                                    .table = limits->specs[i].table,
                                    .present = t->file != NULL,
                                    .site = t->file && t->file->site,
                                    .cells = t->cell_count};
    for (size_t k = 0; k < t->cell_count; k++) {
        ret->deciding += decides(&t->cells[k]);
        ret->confirmed += t->cells[k].confirmed != NULL;
    }
    return 0;
}

int mb_limits_confirmation(const struct mb_limits *limits, size_t i, struct mb_limits_confirmation *ret)
{
    const struct confirmation *c;

    if (!limits->confirmations || i >= limits->confirmations->count)
        return -ENOENT;
    c = &limits->confirmations->items[i];
    *ret = (struct mb_limits_confirmation){
        .file = c->file, .by = c->by, .date = c->date, .copy = c->copy, .line = c->node->line};
    for (size_t k = 0; k < limits->spec_count; k++)
        ret->used = ret->used || (limits->tables[k].file && strcmp(limits->specs[k].file, c->file) == 0);
    return 0;
}
