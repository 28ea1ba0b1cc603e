/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/number.h"
#include "standard/diff_parts.h"

/* A row without an edition is of every edition. */
static bool is_of(const struct mb_requirement_row *row, const struct mb_edition_name *name)
{
    return (!*row->edition || strcmp(row->edition, name->edition) == 0) &&
           mb_standard_same(row->standard, name->id);
}

/* The same question: whom it is for and under which circumstances, not what the answer is. */
static bool same_question(const struct mb_requirement_row *a, const struct mb_requirement_row *b)
{
    const char *const pairs[][2] = {
        {a->item, b->item},   {a->quantity, b->quantity},   {a->part, b->part},
        {a->kinds, b->kinds}, {a->power_kw, b->power_kw},   {a->voltage_v, b->voltage_v},
        {a->poles, b->poles}, {a->speed_rpm, b->speed_rpm}, {a->when, b->when},
        {a->sense, b->sense}, {a->unit, b->unit},           {a->shaft_height_mm, b->shaft_height_mm}};

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (strcmp(pairs[i][0], pairs[i][1]) != 0)
            return false;
    return true;
}

/* "0.50" is 0.5; two empty fields are alike. */
static bool same_value(const char *a, const char *b)
{
    double x, y;

    if (mb_number_parse(a, strlen(a), &x) == 0 && mb_number_parse(b, strlen(b), &y) == 0)
        return x == y;
    return strcmp(a, b) == 0;
}

static bool same_answer(const struct mb_requirement_row *a, const struct mb_requirement_row *b)
{
    return strcmp(a->form, b->form) == 0 && strcmp(a->base, b->base) == 0 && same_value(a->a, b->a) &&
           same_value(a->b, b->b) && same_value(a->minimum, b->minimum) && same_value(a->maximum, b->maximum);
}

static bool has_number(const struct mb_requirement_row *row)
{
    return *row->a || *row->b;
}

static void describe(const struct mb_requirement_row *row, char *buffer, size_t size)
{
    const struct {
        const char *label, *text;
    } parts[] = {{"", row->part},
                 {"", strcmp(row->kinds, "*") == 0 ? "" : row->kinds},
                 {"kW ", row->power_kw},
                 {"V ", row->voltage_v},
                 {"shaft height mm ", row->shaft_height_mm},
                 {"poles ", row->poles},
                 {"r/min ", row->speed_rpm},
                 {"", row->when}};
    size_t used = (size_t)snprintf(buffer, size, "%s of %s", row->quantity, row->item);

    for (size_t i = 0; i < sizeof parts / sizeof *parts && used < size; i++)
        if (*parts[i].text)
            used += (size_t)snprintf(buffer + used, size - used, ", %s%s", parts[i].label, parts[i].text);
}

/* What is more than one number, in the words of the file. */
static void describe_rule(const struct mb_requirement_row *row, char *buffer, size_t size)
{
    bool sum = *row->a && *row->b;
    size_t used;

    buffer[0] = '\0';
    if (!has_number(row) || strcmp(row->base, "none") == 0)
        return;
    used = (size_t)snprintf(buffer, size, "%s%s%s%s%s%s",
                            strcmp(row->form, "tolerance") == 0 ? "declared + " : "", row->a,
                            sum ? " + " : "", row->b, *row->b ? " * " : "", *row->b ? row->base : "");
    if (*row->minimum && used < size)
        used += (size_t)snprintf(buffer + used, size - used, ", at least %s", row->minimum);
    if (*row->maximum && used < size)
        (void)snprintf(buffer + used, size - used, ", at most %s", row->maximum);
}

static void fill(const struct mb_requirement_row *row, struct mb_diff_side *side)
{
    side->there = row != NULL;
    if (!row)
        return;
    side->mark = row->mark;
    describe_rule(row, side->rule, sizeof side->rule);
    if (!*side->rule && mb_number_parse(row->a, strlen(row->a), &side->limit) < 0)
        side->limit = NAN;
    (void)snprintf(side->source, sizeof side->source, "%s:%u", row->file, row->line);
}

static enum mb_diff_status compare(const struct mb_requirement_row *a, const struct mb_requirement_row *b)
{
    bool in_a = a && has_number(a), in_b = b && has_number(b);

    if (in_a && in_b)
        return same_answer(a, b) ? MB_DIFF_EQUAL : MB_DIFF_CHANGED;
    if (!in_a && !in_b)
        return MB_DIFF_MISSING_BOTH;
    return in_a ? MB_DIFF_MISSING_B : MB_DIFF_MISSING_A;
}

static int report(const struct diff *d, const struct mb_requirement_row *a,
                  const struct mb_requirement_row *b)
{
    char what[300];
    struct mb_diff_row row = {.kind = "requirement",
                              .what = what,
                              .unit = a ? a->unit : b->unit,
                              .a = DIFF_NO_SIDE,
                              .b = DIFF_NO_SIDE};

    describe(a ? a : b, what, sizeof what);
    fill(a, &row.a);
    fill(b, &row.b);
    row.status = compare(a, b);
    return d->report->row(&row, d->report->userdata);
}

static bool find(const struct mb_requirements *all, const struct mb_edition_name *name,
                 const struct mb_requirement_row *like, struct mb_requirement_row *ret)
{
    for (size_t i = 0; i < mb_requirements_count(all); i++) {
        *ret = mb_requirements_row(all, i);
        if (is_of(ret, name) && same_question(ret, like))
            return true;
    }
    return false;
}

int diff_requirements(const struct diff *d)
{
    const struct mb_requirements *all = d->standards->requirements;
    int r = 0;

    for (size_t i = 0; r >= 0 && i < mb_requirements_count(all); i++) {
        struct mb_requirement_row row = mb_requirements_row(all, i), other;

        if (is_of(&row, d->a))
            r = report(d, &row, find(all, d->b, &row, &other) ? &other : NULL);
    }
    for (size_t i = 0; r >= 0 && i < mb_requirements_count(all); i++) {
        struct mb_requirement_row row = mb_requirements_row(all, i), other;

        if (is_of(&row, d->b) && !find(all, d->a, &row, &other))
            r = report(d, NULL, &row);
    }
    return r < 0 ? r : 0;
}
