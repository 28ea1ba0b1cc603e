/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/diff.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "standard/diff_parts.h"

const char *const mb_diff_status_names[] = {"equal",     "changed",      "missing-a",
                                            "missing-b", "missing-both", NULL};

/* ---- Which edition is meant. ---- */

struct finding {
    const char *id, *edition; /* wanted; edition "": any */
    struct mb_edition_name name;
    bool found, several;
};

/* A row without an edition is of every edition: it names one only where nothing else does. */
static void meet(struct finding *f, const char *id, const char *edition)
{
    if (!mb_standard_same(f->id, id) || (*f->edition && strcmp(f->edition, edition) != 0))
        return;
    if (f->found && *f->name.edition) {
        f->several = f->several || (*edition && strcmp(f->name.edition, edition) != 0);
        return;
    }
    f->found = true;
    (void)snprintf(f->name.id, sizeof f->name.id, "%s", id);
    (void)snprintf(f->name.edition, sizeof f->name.edition, "%s", edition);
}

int mb_edition_name_find(const struct mb_standards *standards, const char *name, struct mb_edition_name *ret,
                         struct mb_error *err)
{
    char id[40], edition[16];
    struct finding f = {.id = id, .edition = edition};

    if (!mb_standard_reference(name, id, edition))
        return mb_error_set(err, -EINVAL, "'%.60s' is not the name of a standard", name);
    for (size_t i = 0; i < mb_catalogue_count(standards->catalogue); i++) {
        const struct mb_standard *s = mb_catalogue_get(standards->catalogue, i);

        meet(&f, s->id, s->edition);
    }
    for (size_t i = 0; i < standards->limits->spec_count; i++)
        meet(&f, standards->limits->specs[i].id, standards->limits->specs[i].edition);
    for (size_t i = 0; i < mb_requirements_count(standards->requirements); i++) {
        struct mb_requirement_row row = mb_requirements_row(standards->requirements, i);

        meet(&f, row.standard, row.edition);
    }
    if (!f.found)
        return mb_error_set(err, -ENOENT, "'%.60s' is not in the data, see 'motorbench standards list --all'",
                            name);
    if (f.several)
        return mb_error_set(err, -EINVAL, "'%.60s' has several editions here: name one, as in \"%s-%s\"",
                            name, f.name.id, f.name.edition);
    *ret = f.name;
    return 0;
}

/* ---- Cells of tables. ---- */

static bool is_of(const struct limit_spec *spec, const struct mb_edition_name *name)
{
    return strcmp(spec->edition, name->edition) == 0 && mb_standard_same(spec->id, name->id);
}

static bool same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* Whether two tables can speak of the same motors. */
static bool comparable(const struct limit_spec *a, const struct limit_spec *b)
{
    return (a->kinds & b->kinds) && same_number(a->frequency_hz, b->frequency_hz) &&
           strcmp(a->use, b->use) == 0 && a->by_speed == b->by_speed;
}

static const char *own_or(const char *own, const char *other)
{
    return *own ? own : other;
}

static bool same_motor(const struct limit_spec *a, const struct limit_cell *x, const struct limit_spec *b,
                       const struct limit_cell *y)
{
    double tolerance = fmax(a->power_tolerance, b->power_tolerance);

    return x->key_min == y->key_min && x->key_max == y->key_max &&
           fabs(x->power_min_kw - y->power_min_kw) <= tolerance * x->power_min_kw &&
           fabs(x->power_max_kw - y->power_max_kw) <= tolerance * x->power_max_kw &&
           strcmp(a->grades[x->grade - 1], b->grades[y->grade - 1]) == 0 &&
           strcmp(own_or(x->voltages, a->voltages), own_or(y->voltages, b->voltages)) == 0 &&
           strcmp(own_or(x->cooling, a->cooling), own_or(y->cooling, b->cooling)) == 0;
}

/* The cell of another edition for the same motor and grade; *ret_spec is its table. */
static const struct limit_cell *find_cell(const struct mb_limits *limits, const struct mb_edition_name *name,
                                          const struct limit_spec *spec, const struct limit_cell *cell,
                                          const struct limit_spec **ret_spec)
{
    for (size_t i = 0; i < limits->spec_count; i++) {
        const struct limit_table *table = &limits->tables[i];

        if (!is_of(&limits->specs[i], name) || !comparable(spec, &limits->specs[i]))
            continue;
        for (size_t k = 0; k < table->cell_count; k++)
            if (same_motor(spec, cell, &limits->specs[i], &table->cells[k])) {
                *ret_spec = &limits->specs[i];
                return &table->cells[k];
            }
    }
    return NULL;
}

/* "three-phase-induction, 50 Hz, 4 poles, 11 kW, grade 3" */
static void describe_cell(const struct limit_spec *spec, const struct limit_cell *cell, char *buffer,
                          size_t size)
{
    char frequency[32] = "", key[48], power[48];
    unsigned kind = 0;

    while (kind + 1 < MB_KIND_COUNT && !(spec->kinds & 1u << kind))
        kind++;
    if (!isnan(spec->frequency_hz))
        (void)snprintf(frequency, sizeof frequency, "%g Hz, ", spec->frequency_hz);
    if (cell->key_min == cell->key_max)
        (void)snprintf(key, sizeof key, "%g %s", cell->key_min, spec->by_speed ? "r/min" : "poles");
    else
        (void)snprintf(key, sizeof key, "above %g to %g r/min", cell->key_min, cell->key_max);
    if (cell->power_min_kw == cell->power_max_kw)
        (void)snprintf(power, sizeof power, "%.6g kW", cell->power_min_kw);
    else
        (void)snprintf(power, sizeof power, "%.6g to %.6g kW", cell->power_min_kw, cell->power_max_kw);
    (void)snprintf(buffer, size, "%s%s%s%s, %s%s, %s%s%s%s%s, grade %s", *spec->use ? spec->use : "",
                   *spec->use ? ", " : "", mb_motor_kind_names[kind],
                   spec->kinds & ~(1u << kind) ? " and others" : "", frequency, key, power,
                   *cell->voltages ? ", V " : "", cell->voltages, *cell->cooling ? ", " : "", cell->cooling,
                   spec->grades[cell->grade - 1]);
}

static void fill_cell(const struct limit_spec *spec, const struct limit_cell *cell, struct mb_diff_side *side)
{
    side->there = cell != NULL;
    if (!cell)
        return;
    side->limit = cell->limit;
    side->mark = limit_cell_mark(cell);
    (void)snprintf(side->source, sizeof side->source, "%s:%u", spec->file, cell->line);
}

/* Of one table and its counterpart: found is NULL where the other edition has no such cell. swapped: the
 * table is of b. */
static int report_cell(const struct diff *d, const struct limit_spec *spec, const struct limit_cell *cell,
                       const struct limit_spec *other, const struct limit_cell *found, bool swapped)
{
    char what[300];
    struct mb_diff_row row = {
        .kind = "efficiency", .what = what, .unit = "1", .a = DIFF_NO_SIDE, .b = DIFF_NO_SIDE};

    describe_cell(spec, cell, what, sizeof what);
    fill_cell(spec, cell, swapped ? &row.b : &row.a);
    fill_cell(other, found, swapped ? &row.a : &row.b);
    if (found)
        row.status = cell->limit == found->limit ? MB_DIFF_EQUAL : MB_DIFF_CHANGED;
    else
        row.status = swapped ? MB_DIFF_MISSING_A : MB_DIFF_MISSING_B;
    return d->report->row(&row, d->report->userdata);
}

/* From a to b all cells; from b to a those only that a has not. */
static int diff_table(const struct diff *d, size_t i, bool of_b)
{
    const struct mb_limits *limits = d->standards->limits;
    const struct limit_spec *spec = &limits->specs[i], *other = NULL;
    int r = 0;

    for (size_t k = 0; r >= 0 && k < limits->tables[i].cell_count; k++) {
        const struct limit_cell *cell = &limits->tables[i].cells[k];
        const struct limit_cell *found = find_cell(limits, of_b ? d->a : d->b, spec, cell, &other);

        if (!of_b || !found)
            r = report_cell(d, spec, cell, other, found, of_b);
    }
    return r;
}

static int list_tables(const struct diff *d)
{
    const struct mb_limits *limits = d->standards->limits;
    int r = 0;

    for (int of_b = 0; r >= 0 && of_b < 2; of_b++)
        for (size_t i = 0; r >= 0 && i < limits->spec_count; i++) {
            const struct limit_spec *spec = &limits->specs[i];

            if (is_of(spec, of_b ? d->b : d->a))
                r = d->report->table(&(struct mb_diff_table){of_b, spec->standard, spec->table, spec->file,
                                                             limits->tables[i].cell_count},
                                     d->report->userdata);
        }
    return r;
}

int mb_standards_diff(const struct mb_standards *standards, const struct mb_edition_name *a,
                      const struct mb_edition_name *b, const struct mb_diff_report *report)
{
    const struct diff d = {standards, a, b, report};
    const struct mb_limits *limits = standards->limits;
    int r = list_tables(&d);

    for (int of_b = 0; r >= 0 && of_b < 2; of_b++)
        for (size_t i = 0; r >= 0 && i < limits->spec_count; i++)
            if (is_of(&limits->specs[i], of_b ? b : a))
                r = diff_table(&d, i, of_b);
    return r < 0 ? r : diff_requirements(&d);
}
