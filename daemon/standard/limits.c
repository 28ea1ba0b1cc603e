/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limit tables: which there are, and their files. */
#include "standard/limits.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/number.h"
#include "standard/csv.h"

#define FILE_MAX (4u << 20)
#define POWER_MAX_KW 1e5

#define KIND(name) (1u << MB_KIND_##name)
#define SINGLE_PHASE_KINDS                                                                                   \
    (KIND(SINGLE_PHASE_CAPACITOR_START) | KIND(SINGLE_PHASE_CAPACITOR_RUN) | KIND(SINGLE_PHASE_TWO_VALUE))
/* IEC 60034-30-1: any line-operated motor, whatever its principle. */
#define LINE_OPERATED_KINDS                                                                                  \
    (KIND(THREE_PHASE_INDUCTION) | SINGLE_PHASE_KINDS | KIND(THREE_PHASE_PM_LINE_START) |                    \
     KIND(THREE_PHASE_SYNCHRONOUS) | KIND(SINGLE_PHASE_SYNCHRONOUS))

#define GB_18613(number, name, kind, from, to)                                                               \
    {                                                                                                        \
        .standard = "GB 18613-2020", .id = "GB 18613", .edition = "2020", .table = "Table " #number,         \
        .file = "gb18613-2020_table" #number "_" name ".csv", .kinds = KIND(kind), .frequency_hz = 50,       \
        .power_min_kw = (from), .power_max_kw = (to), .prefix = "", .grade_count = 3, .least = 3,            \
        .rule = LIMIT_RULE_LINEAR, .rule_mark = "uncertain"                                                  \
    }
#define IEC_60034_30_1(hertz, has_ranges, the_rule, the_mark, the_coefficients)                              \
    {                                                                                                        \
        .standard = "IEC 60034-30-1:2014", .id = "IEC 60034-30-1", .edition = "2014",                        \
        .table = #hertz " Hz nominal limits", .file = "iec60034-30-1_" #hertz "hz.csv",                      \
        .kinds = LINE_OPERATED_KINDS, .frequency_hz = hertz, .power_min_kw = 0.12, .power_max_kw = 1000,     \
        .ranges = has_ranges, .prefix = "IE", .grade_count = 4, .least = 1, .rule = the_rule,                \
        .rule_mark = the_mark, .coefficients = the_coefficients                                              \
    }

/* Scopes and marks: standards_rules of the limits' collection (public descriptions of the standards; the
 * priced texts were not seen). The numbers of tables 2 to 6 are not public: a laboratory that owns the
 * standard adds the file. */
const struct limit_source mb_limit_sources[] = {
    GB_18613(1, "three_phase", THREE_PHASE_INDUCTION, 0.12, 1000),
    GB_18613(2, "capacitor_start", SINGLE_PHASE_CAPACITOR_START, 0.12, 3.7),
    GB_18613(3, "capacitor_run", SINGLE_PHASE_CAPACITOR_RUN, 0.12, 2.2),
    GB_18613(4, "two_value_capacitor", SINGLE_PHASE_TWO_VALUE, 0.25, 3.7),
    GB_18613(6, "brushless_dc_fan", BLDC_FAN, 0.01, 1.1),
    IEC_60034_30_1(50, false, LIMIT_RULE_POLYNOMIAL, "formula-derived",
                   "iec60034-30-1_interpolation_coefficients.csv"),
    IEC_60034_30_1(60, true, LIMIT_RULE_MIDPOINT, "verified", NULL),
    {.standard = NULL},
};
_Static_assert(sizeof mb_limit_sources / sizeof *mb_limit_sources == LIMIT_SOURCE_COUNT + 1,
               "a table for each source");

#define FIRST_COLUMNS "standard", "edition", "table", "motor_kind", "frequency_hz", "poles"
#define LAST_COLUMNS "grade", "efficiency_percent", "confidence"
static const char *const point_columns[] = {FIRST_COLUMNS, "rated_power_kw", LAST_COLUMNS, NULL};
static const char *const range_columns[] = {
    FIRST_COLUMNS, "rated_power_min_kw", "rated_power_max_kw", LAST_COLUMNS, "note", NULL};
/* A file with ranges has one column more from CELL_POWER on. */
enum {
    CELL_STANDARD,
    CELL_EDITION,
    CELL_TABLE,
    CELL_KIND,
    CELL_FREQUENCY,
    CELL_POLES,
    CELL_POWER,
    CELL_GRADE,
    CELL_EFFICIENCY,
    CELL_MARK
};

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

/* The double nearest to the decimal percent / 100: 91.4 gives exactly 0.914, so that a measured 0.914 equals
 * it. Exact for up to six decimals of a percent. */
static double fraction(double percent)
{
    return round(percent * 1e6) / 1e8;
}

static int read_even(const struct mb_csv *csv, size_t row, size_t column, int *ret, struct mb_error *err)
{
    double value;
    int r = mb_csv_number(csv, row, column, 2, 200, &value, err);

    if (r < 0)
        return r;
    if (fmod(value, 2) != 0)
        return mb_csv_error(csv, row, err, "%g poles are not possible, allowed: an even number", value);
    *ret = (int)value;
    return 0;
}

/* "1" or "IE1": the prefix and one digit. 0 for another text. */
static int grade_number(const char *text, const char *prefix)
{
    size_t n = strlen(prefix);

    if (strncmp(text, prefix, n) != 0 || text[n] < '1' || text[n] > '0' + MB_GRADE_MAX || text[n + 1])
        return 0;
    return text[n] - '0';
}

static int copy_mark(const struct mb_csv *csv, size_t row, size_t column, char mark[32], struct mb_error *err)
{
    int n = snprintf(mark, 32, "%s", mb_csv_text(csv, row, column));

    return n < 0 || n >= 32 ? mb_csv_error(csv, row, err, "the mark is longer than 31 characters") : 0;
}

static int read_grade(const struct mb_csv *csv, size_t row, size_t column, const struct limit_source *source,
                      int *ret, struct mb_error *err)
{
    int grade = grade_number(mb_csv_text(csv, row, column), source->prefix);

    if (grade < 1 || grade > source->grade_count)
        return mb_csv_error(csv, row, err, "grade '%.20s' is not known, allowed: %s1 to %s%d",
                            mb_csv_text(csv, row, column), source->prefix, source->prefix,
                            source->grade_count);
    *ret = grade;
    return 0;
}

static int read_power(const struct mb_csv *csv, size_t row, size_t extra, struct limit_cell *cell,
                      struct mb_error *err)
{
    int r = mb_csv_number(csv, row, CELL_POWER, 1e-3, POWER_MAX_KW, &cell->power_min_kw, err);

    return r < 0 ? r
                 : mb_csv_number(csv, row, CELL_POWER + extra, cell->power_min_kw, POWER_MAX_KW,
                                 &cell->power_max_kw, err);
}

static int read_cell(const struct mb_csv *csv, size_t row, const struct limit_source *source,
                     struct limit_cell *cell, struct mb_error *err)
{
    size_t extra = source->ranges ? 1 : 0;
    double frequency, percent;
    int r;

    if (strcmp(mb_csv_text(csv, row, CELL_STANDARD), source->id) != 0 ||
        strcmp(mb_csv_text(csv, row, CELL_EDITION), source->edition) != 0 ||
        strcmp(mb_csv_text(csv, row, CELL_TABLE), source->table) != 0)
        return mb_csv_error(csv, row, err, "this row is of another table, allowed: %s,%s,%s", source->id,
                            source->edition, source->table);
    cell->line = mb_csv_line(csv, row);
    r = read_grade(csv, row, CELL_GRADE + extra, source, &cell->grade, err);
    if (r == 0)
        r = mb_csv_number(csv, row, CELL_FREQUENCY, source->frequency_hz, source->frequency_hz, &frequency,
                          err);
    if (r == 0)
        r = read_even(csv, row, CELL_POLES, &cell->poles, err);
    if (r == 0)
        r = read_power(csv, row, extra, cell, err);
    if (r == 0)
        r = mb_csv_number(csv, row, CELL_EFFICIENCY + extra, 1, 99.99, &percent, err);
    if (r < 0)
        return r;
    cell->limit = fraction(percent);
    return copy_mark(csv, row, CELL_MARK + extra, cell->mark, err);
}

static int read_cells(const struct mb_csv *csv, const struct limit_source *source, struct limit_table *table,
                      struct mb_error *err)
{
    const struct limit_cell *twin;
    int r = 0;

    table->cells = calloc(mb_csv_count(csv), sizeof *table->cells);
    if (!table->cells)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    for (size_t i = 0; r == 0 && i < mb_csv_count(csv); i++) {
        struct limit_cell *cell = &table->cells[i];

        r = read_cell(csv, i, source, cell, err);
        twin = r == 0 ? mb_limit_cell(table, cell->poles, cell->power_min_kw, cell->grade) : NULL;
        if (twin)
            r = mb_csv_error(csv, i, err, "this motor and grade already stand in line %u", twin->line);
        table->cell_count = i + 1;
    }
    return r;
}

static int read_polynomial(const struct mb_csv *csv, size_t row, struct limit_polynomial *p,
                           struct mb_error *err)
{
    const char *range = mb_csv_text(csv, row, POLY_POWER), *dash = strchr(range, '-');
    double *const numbers[] = {&p->a, &p->b, &p->c, &p->d};
    int r;

    p->line = mb_csv_line(csv, row);
    p->grade = grade_number(mb_csv_text(csv, row, POLY_CLASS), "IE");
    if (p->grade == 0)
        return mb_csv_error(csv, row, err, "class '%.20s' is not known, allowed: IE1 to IE5",
                            mb_csv_text(csv, row, POLY_CLASS));
    if (!dash || mb_number_parse(range, (size_t)(dash - range), &p->power_min_kw) < 0 ||
        mb_number_parse(dash + 1, strlen(dash + 1), &p->power_max_kw) < 0 ||
        p->power_min_kw > p->power_max_kw)
        return mb_csv_error(csv, row, err, "'%.40s' is not a range of power, allowed: FROM-TO in kW", range);
    r = read_even(csv, row, POLY_POLES, &p->poles, err);
    for (size_t i = 0; r == 0 && i < sizeof numbers / sizeof *numbers; i++)
        r = mb_csv_number(csv, row, POLY_A + i, -1e6, 1e6, numbers[i], err);
    return r < 0 ? r : copy_mark(csv, row, POLY_MARK, p->mark, err);
}

static int parse_polynomials(const char *name, const char *text, size_t size, struct limit_table *table,
                             struct mb_error *err)
{
    struct mb_csv *csv = NULL;
    int r = mb_csv_parse(name, text, size, polynomial_columns, &csv, err);

    if (r < 0)
        return r;
    table->polynomials = calloc(mb_csv_count(csv), sizeof *table->polynomials);
    if (!table->polynomials)
        r = mb_error_set(err, -ENOMEM, "not enough memory");
    for (size_t i = 0; r == 0 && i < mb_csv_count(csv); i++) {
        r = read_polynomial(csv, i, &table->polynomials[i], err);
        table->polynomial_count = i + 1;
    }
    mb_csv_free(csv);
    return r;
}

/* Takes text. */
static int parse_table(const char *name, char *text, size_t size, const struct limit_source *source,
                       struct limit_table *table, struct mb_error *err)
{
    struct mb_csv *csv = NULL;
    int r;

    table->text = text;
    table->size = size;
    r = mb_csv_parse(name, text, size, source->ranges ? range_columns : point_columns, &csv, err);
    if (r == 0)
        r = read_cells(csv, source, table, err);
    mb_csv_free(csv);
    return r;
}

/* -ENOENT: the file is not there, which is no error of its own. */
static int read_limit_file(const char *directory, const char *file, char path[PATH_MAX], char **ret,
                           size_t *ret_size, struct mb_error *err)
{
    int n = snprintf(path, PATH_MAX, "%s/%s", directory, file);

    if (n < 0 || n >= PATH_MAX)
        return mb_error_set(err, -ENAMETOOLONG, "%s: the path is too long", directory);
    return mb_file_read(path, FILE_MAX, ret, ret_size, err);
}

static int load_table(const char *directory, const struct limit_source *source, struct limit_table *table,
                      struct mb_error *err)
{
    char path[PATH_MAX], *text = NULL;
    size_t size = 0;
    int r;

    r = read_limit_file(directory, source->file, path, &text, &size, err);
    if (r < 0)
        return r;
    r = parse_table(path, text, size, source, table, err);
    if (r < 0 || !source->coefficients)
        return r;
    r = read_limit_file(directory, source->coefficients, path, &text, &size, err);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    r = parse_polynomials(path, text, size, table, err);
    free(text);
    return r;
}

int mb_limits_load_standard(const char *directory, const char *standard, struct mb_limits **ret,
                            struct mb_error *err)
{
    struct mb_limits *limits = calloc(1, sizeof *limits);
    size_t known = 0, found = 0;
    int r = limits ? 0 : mb_error_set(err, -ENOMEM, "not enough memory");

    for (size_t i = 0; r == 0 && i < LIMIT_SOURCE_COUNT; i++) {
        if (standard && strcmp(mb_limit_sources[i].standard, standard) != 0)
            continue;
        known++;
        r = load_table(directory, &mb_limit_sources[i], &limits->tables[i], err);
        if (r == -ENOENT)
            r = 0;
        else
            found++;
    }
    if (r == 0 && known > 0 && found == 0)
        r = mb_error_set(err, -ENOENT, "%s: no limit tables here, e.g. %s", directory,
                         mb_limit_sources[0].file);
    if (r < 0)
        mb_limits_free(limits);
    else
        *ret = limits;
    return r;
}

int mb_limits_load(const char *directory, struct mb_limits **ret, struct mb_error *err)
{
    return mb_limits_load_standard(directory, NULL, ret, err);
}

static int parse_named(struct mb_limits *limits, const char *name, const char *text, size_t size,
                       struct mb_error *err)
{
    const char *slash = strrchr(name, '/'), *file = slash ? slash + 1 : name;
    char *copy;

    for (size_t i = 0; i < LIMIT_SOURCE_COUNT; i++) {
        if (strcmp(mb_limit_sources[i].file, file) != 0)
            continue;
        copy = malloc(size + 1);
        if (!copy)
            return mb_error_set(err, -ENOMEM, "not enough memory");
        memcpy(copy, text, size);
        copy[size] = '\0';
        return parse_table(name, copy, size, &mb_limit_sources[i], &limits->tables[i], err);
    }
    return mb_error_set(err, -EINVAL, "%s: not the name of a known limit table", name);
}

int mb_limits_parse(const char *name, const char *text, size_t size, struct mb_limits **ret,
                    struct mb_error *err)
{
    struct mb_limits *limits = calloc(1, sizeof *limits);
    int r;

    if (!limits)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    r = parse_named(limits, name, text, size, err);
    if (r < 0)
        mb_limits_free(limits);
    else
        *ret = limits;
    return r;
}

struct mb_limits *mb_limits_free(struct mb_limits *limits)
{
    for (size_t i = 0; limits && i < LIMIT_SOURCE_COUNT; i++) {
        free(limits->tables[i].text);
        free(limits->tables[i].cells);
        free(limits->tables[i].polynomials);
    }
    free(limits);
    return NULL;
}

int mb_limits_file(const struct mb_limits *limits, const char *standard, const char **ret_name,
                   const char **ret_text, size_t *ret_size)
{
    for (size_t i = 0; i < LIMIT_SOURCE_COUNT; i++) {
        if (!limits->tables[i].text || strcmp(mb_limit_sources[i].standard, standard) != 0)
            continue;
        *ret_name = mb_limit_sources[i].file;
        *ret_text = limits->tables[i].text;
        *ret_size = limits->tables[i].size;
        return 0;
    }
    return -ENOENT;
}

const struct limit_cell *mb_limit_cell(const struct limit_table *table, int poles, double power_kw, int grade)
{
    for (size_t i = 0; i < table->cell_count; i++) {
        const struct limit_cell *c = &table->cells[i];

        if (c->poles == poles && c->grade == grade && power_kw >= c->power_min_kw * (1 - 1e-9) &&
            power_kw <= c->power_max_kw * (1 + 1e-9))
            return c;
    }
    return NULL;
}

void mb_limit_neighbours(const struct limit_table *table, int poles, double power_kw, int grade,
                         const struct limit_cell **ret_below, const struct limit_cell **ret_above)
{
    *ret_below = *ret_above = NULL;
    for (size_t i = 0; i < table->cell_count; i++) {
        const struct limit_cell *c = &table->cells[i];

        if (c->poles != poles || c->grade != grade)
            continue;
        if (c->power_max_kw < power_kw && (!*ret_below || c->power_max_kw > (*ret_below)->power_max_kw))
            *ret_below = c;
        if (c->power_min_kw > power_kw && (!*ret_above || c->power_min_kw < (*ret_above)->power_min_kw))
            *ret_above = c;
    }
}
