/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cells of limit tables: from the rows of their files, and found again. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "standard/limits.h"
#include "standard/mark.h"

#define POWER_MAX 1e5
#define SPEED_MAX_RPM 1e5
#define POLES_MAX 200

static const char *text_of(const struct mb_csv *csv, size_t row, const struct limit_spec *spec,
                           enum limit_column column)
{
    int i = spec->column_of[column];

    return i < 0 ? "" : mb_csv_text(csv, row, (size_t)i);
}

static int number_of(const struct mb_csv *csv, size_t row, const struct limit_spec *spec,
                     enum limit_column column, double minimum, double maximum, double *ret,
                     struct mb_error *err)
{
    return mb_csv_number(csv, row, (size_t)spec->column_of[column], minimum, maximum, ret, err);
}

/* The double nearest to the decimal percent / 100: 91.4 gives exactly 0.914, so that a measured 0.914 equals
 * it. Exact for up to six decimals of a percent. */
static double fraction(double percent)
{
    return round(percent * 1e6) / 1e8;
}

static int read_grade(const struct mb_csv *csv, size_t row, const struct limit_spec *spec, int *ret,
                      struct mb_error *err)
{
    const char *text = text_of(csv, row, spec, COLUMN_GRADE);

    for (int i = 0; i < spec->grade_count; i++)
        if (strcmp(spec->grades[i], text) == 0) {
            *ret = i + 1;
            return 0;
        }
    return mb_csv_error(csv, row, err, "grade '%.20s' is not known, allowed: %s to %s", text, spec->grades[0],
                        spec->grades[spec->grade_count - 1]);
}

static int read_poles(const struct mb_csv *csv, size_t row, const struct limit_spec *spec,
                      struct limit_cell *cell, struct mb_error *err)
{
    int r = number_of(csv, row, spec, COLUMN_POLES, 2, POLES_MAX, &cell->key_min, err);

    if (r == 0 && fmod(cell->key_min, 2) != 0)
        r = mb_csv_error(csv, row, err, "%g poles are not possible, allowed: an even number", cell->key_min);
    cell->key_max = cell->key_min;
    return r;
}

/* An open end is empty. */
static int read_speed(const struct mb_csv *csv, size_t row, const struct limit_spec *spec,
                      struct limit_cell *cell, struct mb_error *err)
{
    int r = 0;

    cell->key_min = 0;
    cell->key_max = HUGE_VAL;
    if (*text_of(csv, row, spec, COLUMN_SPEED_MIN))
        r = number_of(csv, row, spec, COLUMN_SPEED_MIN, 0, SPEED_MAX_RPM, &cell->key_min, err);
    if (r == 0 && *text_of(csv, row, spec, COLUMN_SPEED_MAX))
        r = number_of(csv, row, spec, COLUMN_SPEED_MAX, cell->key_min, SPEED_MAX_RPM, &cell->key_max, err);
    return r;
}

static int read_power(const struct mb_csv *csv, size_t row, const struct limit_spec *spec,
                      struct limit_cell *cell, struct mb_error *err)
{
    double low, high;
    int r = number_of(csv, row, spec, COLUMN_POWER_MIN, 1e-3, POWER_MAX, &low, err);

    high = low;
    if (r == 0 && spec->column_of[COLUMN_POWER_MAX] != spec->column_of[COLUMN_POWER_MIN])
        r = number_of(csv, row, spec, COLUMN_POWER_MAX, low, POWER_MAX, &high, err);
    if (r < 0)
        return r;
    cell->power_min_kw = low * spec->unit_kw;
    cell->power_max_kw = high * spec->unit_kw;
    return 0;
}

static int check_row(const struct mb_csv *csv, size_t row, const struct limit_spec *spec,
                     struct mb_error *err)
{
    const char *mark = text_of(csv, row, spec, COLUMN_MARK);
    double frequency;

    if (strlen(mark) > LIMIT_MARK_MAX)
        return mb_csv_error(csv, row, err, "the mark is longer than %d characters", LIMIT_MARK_MAX);
    if (strcmp(mark, MB_MARK_CONFIRMED) == 0)
        return mb_csv_error(csv, row, err,
                            "the mark '" MB_MARK_CONFIRMED "' is given by " MB_CONFIRMATIONS_FILE);
    if (spec->column_of[COLUMN_FREQUENCY] < 0 || isnan(spec->frequency_hz))
        return 0;
    return number_of(csv, row, spec, COLUMN_FREQUENCY, spec->frequency_hz, spec->frequency_hz, &frequency,
                     err);
}

static int read_cell(const struct mb_csv *csv, size_t row, const struct limit_spec *spec,
                     struct limit_cell *cell, struct mb_error *err)
{
    double percent;
    int r = check_row(csv, row, spec, err);

    cell->line = mb_csv_line(csv, row);
    cell->mark = text_of(csv, row, spec, COLUMN_MARK);
    cell->voltages = text_of(csv, row, spec, COLUMN_VOLTAGE);
    cell->cooling = text_of(csv, row, spec, COLUMN_COOLING);
    if (r == 0)
        r = read_grade(csv, row, spec, &cell->grade, err);
    if (r == 0)
        r = spec->by_speed ? read_speed(csv, row, spec, cell, err) : read_poles(csv, row, spec, cell, err);
    if (r == 0)
        r = read_power(csv, row, spec, cell, err);
    if (r == 0)
        r = number_of(csv, row, spec, COLUMN_EFFICIENCY, 1, 99.99, &percent, err);
    if (r < 0)
        return r;
    cell->limit = fraction(percent);
    return 0;
}

static int add_cell(struct limit_table *table, struct limit_cell **ret, struct mb_error *err)
{
    size_t room = table->cell_room ? 2 * table->cell_room : 256;
    struct limit_cell *cells = table->cells;

    if (table->cell_count == table->cell_room) {
        cells = reallocarray(cells, room, sizeof *cells);
        if (!cells)
            return mb_error_set(err, -ENOMEM, "not enough memory");
        table->cells = cells;
        table->cell_room = room;
    }
    *ret = &cells[table->cell_count++];
    **ret = (struct limit_cell){0};
    return 0;
}

/* The table of this file that the row belongs to. */
static int find_table(const struct mb_limits *limits, const struct limit_file *file, size_t row, size_t *ret,
                      struct mb_error *err)
{
    const struct limit_spec *last = NULL;

    for (size_t i = 0; i < limits->spec_count; i++) {
        const struct limit_spec *s = &limits->specs[i];

        if (limits->tables[i].file != file)
            continue;
        last = s;
        if (strcmp(text_of(file->csv, row, s, COLUMN_STANDARD), s->id) != 0 ||
            strcmp(text_of(file->csv, row, s, COLUMN_EDITION), s->edition) != 0 ||
            (*s->rows && !limits_list_has(s->rows, text_of(file->csv, row, s, COLUMN_TABLE))) ||
            (*s->row_kind && strcmp(text_of(file->csv, row, s, COLUMN_MOTOR_KIND), s->row_kind) != 0))
            continue;
        *ret = i;
        return 0;
    }
    return mb_csv_error(file->csv, row, err, "this row is of another table, allowed: %s,%s,%s",
                        last ? last->id : "", last ? last->edition : "",
                        last && *last->rows ? last->rows : "any");
}

static int compare_double(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_motors(const struct limit_cell *a, const struct limit_cell *b)
{
    int r = compare_double(a->key_min, b->key_min);

    r = r ? r : compare_double(a->key_max, b->key_max);
    r = r ? r : strcmp(a->voltages, b->voltages);
    r = r ? r : strcmp(a->cooling, b->cooling);
    return r ? r : a->grade - b->grade;
}

static int compare_cells(const void *x, const void *y)
{
    const struct limit_cell *a = x, *b = y;
    int r = compare_motors(a, b);

    r = r ? r : compare_double(a->power_min_kw, b->power_min_kw);
    return r ? r : (a->line > b->line) - (a->line < b->line);
}

bool limit_cells_related(const struct limit_cell *a, const struct limit_cell *b)
{
    return compare_motors(a, b) == 0;
}

/* Sorted, twins are neighbours. */
static int refuse_twins(const struct limit_table *table, struct mb_error *err)
{
    for (size_t i = 1; i < table->cell_count; i++) {
        const struct limit_cell *a = &table->cells[i - 1], *b = &table->cells[i];
        bool swapped = a->line > b->line;

        if (limit_cells_related(a, b) && b->power_min_kw <= a->power_max_kw)
            return mb_error_set(err, -EINVAL, "%s:%u: this motor and grade already stand in line %u",
                                table->file->path, swapped ? a->line : b->line, swapped ? b->line : a->line);
    }
    return 0;
}

int limits_read_cells(struct mb_limits *limits, struct limit_file *file, struct mb_error *err)
{
    const struct limit_spec *first = NULL;
    int r = 0;

    for (size_t i = limits->spec_count; i-- > 0;)
        if (limits->tables[i].file == file)
            first = &limits->specs[i];
    if (!first)
        return 0;
    r = mb_csv_parse(file->path, file->text, file->size, first->columns, &file->csv, err);
    for (size_t row = 0; r == 0 && row < mb_csv_count(file->csv); row++) {
        struct limit_cell *cell = NULL;
        size_t i = 0;

        r = find_table(limits, file, row, &i, err);
        if (r == 0)
            r = add_cell(&limits->tables[i], &cell, err);
        if (r == 0)
            r = read_cell(file->csv, row, &limits->specs[i], cell, err);
    }
    for (size_t i = 0; r == 0 && i < limits->spec_count; i++) {
        struct limit_table *t = &limits->tables[i];

        if (t->file != file || t->cell_count == 0)
            continue;
        qsort(t->cells, t->cell_count, sizeof *t->cells, compare_cells);
        r = refuse_twins(t, err);
    }
    return r;
}

const char *limit_cell_mark(const struct limit_cell *cell)
{
    return cell->confirmed ? MB_MARK_CONFIRMED : cell->mark;
}

bool limit_cell_is_for(const struct limit_cell *cell, const struct limit_key *key)
{
    if (cell->key_min == cell->key_max ? key->key != cell->key_min
                                       : !(key->key > cell->key_min && key->key <= cell->key_max))
        return false;
    if (*cell->voltages && !limits_list_has_volts(cell->voltages, key->voltage_v))
        return false;
    return !*cell->cooling || limits_list_has(cell->cooling, key->cooling);
}

const struct limit_cell *limit_cell_find(const struct limit_spec *spec, const struct limit_table *table,
                                         const struct limit_key *key, int grade)
{
    double low = key->power_kw * (1 + spec->power_tolerance),
           high = key->power_kw * (1 - spec->power_tolerance);

    for (size_t i = 0; i < table->cell_count; i++) {
        const struct limit_cell *c = &table->cells[i];

        if (c->grade == grade && low >= c->power_min_kw && high <= c->power_max_kw &&
            limit_cell_is_for(c, key))
            return c;
    }
    return NULL;
}

void limit_cell_neighbours(const struct limit_table *table, const struct limit_key *key, int grade,
                           const struct limit_cell **ret_below, const struct limit_cell **ret_above)
{
    *ret_below = *ret_above = NULL;
    for (size_t i = 0; i < table->cell_count; i++) {
        const struct limit_cell *c = &table->cells[i];

        if (c->grade != grade || !limit_cell_is_for(c, key))
            continue;
        if (c->power_max_kw < key->power_kw && (!*ret_below || c->power_max_kw > (*ret_below)->power_max_kw))
            *ret_below = c;
        if (c->power_min_kw > key->power_kw && (!*ret_above || c->power_min_kw < (*ret_above)->power_min_kw))
            *ret_above = c;
    }
}
