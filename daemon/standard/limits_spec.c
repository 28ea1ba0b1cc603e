/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tables.csv: which limit tables there are and what their files look like. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "standard/limits.h"

static const char *const spec_columns[] = {"file",
                                           "standard",
                                           "id",
                                           "edition",
                                           "table",
                                           "rows",
                                           "row_kind",
                                           "columns",
                                           "kinds",
                                           "use",
                                           "frequency_hz",
                                           "voltage_v",
                                           "power_min_kw",
                                           "power_max_kw",
                                           "cooling",
                                           "grades",
                                           "least",
                                           "interpolation",
                                           "interpolation_mark",
                                           "coefficients",
                                           "may_fall_kw",
                                           "source",
                                           NULL};
enum {
    SPEC_FILE,
    SPEC_STANDARD,
    SPEC_ID,
    SPEC_EDITION,
    SPEC_TABLE,
    SPEC_ROWS,
    SPEC_ROW_KIND,
    SPEC_COLUMNS,
    SPEC_KINDS,
    SPEC_USE,
    SPEC_FREQUENCY,
    SPEC_VOLTAGE,
    SPEC_POWER_MIN,
    SPEC_POWER_MAX,
    SPEC_COOLING,
    SPEC_GRADES,
    SPEC_LEAST,
    SPEC_RULE,
    SPEC_RULE_MARK,
    SPEC_COEFFICIENTS,
    SPEC_MAY_FALL,
    SPEC_SOURCE
};

static const char *const rule_names[] = {"linear", "midpoint", "polynomial", "converter"};

/* 1 hp = 550 ft lbf/s. Nameplates round it to whole watts: 746 W is listed as 1 hp. */
#define HORSEPOWER_KW 0.74569987158227
#define HORSEPOWER_TOLERANCE 1e-3
#define KILOWATT_TOLERANCE 1e-9 /* nameplate powers are decimal */

/* Headings that mean the same have one line each. A single power column is both ends of the range. */
static const struct {
    const char *heading;
    enum limit_column column;
    double unit_kw; /* of a power */
} headings[] = {
    {"standard", COLUMN_STANDARD, 0},
    {"edition", COLUMN_EDITION, 0},
    {"table", COLUMN_TABLE, 0},
    {"motor_kind", COLUMN_MOTOR_KIND, 0},
    {"frequency_hz", COLUMN_FREQUENCY, 0},
    {"voltage_v", COLUMN_VOLTAGE, 0},
    {"cooling_codes", COLUMN_COOLING, 0},
    {"poles", COLUMN_POLES, 0},
    {"speed_min_exclusive_rpm", COLUMN_SPEED_MIN, 0},
    {"speed_min_rpm", COLUMN_SPEED_MIN, 0},
    {"speed_max_inclusive_rpm", COLUMN_SPEED_MAX, 0},
    {"speed_max_rpm", COLUMN_SPEED_MAX, 0},
    {"rated_power_kw", COLUMN_POWER_MIN, 1},
    {"rated_power_hp", COLUMN_POWER_MIN, HORSEPOWER_KW},
    {"rated_power_min_kw", COLUMN_POWER_MIN, 1},
    {"rated_power_max_kw", COLUMN_POWER_MAX, 1},
    {"grade", COLUMN_GRADE, 0},
    {"ie_class", COLUMN_GRADE, 0},
    {"efficiency_percent", COLUMN_EFFICIENCY, 0},
    {"confidence", COLUMN_MARK, 0},
};

static const enum limit_column needed[] = {COLUMN_STANDARD,   COLUMN_EDITION,   COLUMN_TABLE,
                                           COLUMN_MOTOR_KIND, COLUMN_POWER_MIN, COLUMN_GRADE,
                                           COLUMN_EFFICIENCY, COLUMN_MARK};

bool limits_list_has(const char *list, const char *word)
{
    size_t n = strlen(word);

    for (;; list++) {
        size_t m = strcspn(list, ";");

        if (m == n && strncmp(list, word, n) == 0)
            return true;
        list += m;
        if (!*list)
            return false;
    }
}

bool limits_list_has_volts(const char *list, double volts)
{
    double listed;

    for (;; list++) {
        size_t m = strcspn(list, ";");

        if (mb_number_parse(list, m, &listed) == 0 && fabs(listed - volts) <= 1e-9 * listed)
            return true;
        list += m;
        if (!*list)
            return false;
    }
}

/* Cuts a list in place; the number of its words, at most max + 1. */
static size_t cut_list(char *list, const char *words[], size_t max)
{
    size_t n = 0;

    for (char *word; (word = strsep(&list, ";")) && n <= max; n++)
        if (n < max)
            words[n] = word;
    return n;
}

static int read_columns(const struct mb_csv *csv, size_t row, char *list, struct limit_spec *spec,
                        struct mb_error *err)
{
    size_t count = cut_list(list, spec->columns, LIMIT_COLUMNS_MAX);

    if (count > LIMIT_COLUMNS_MAX)
        return mb_csv_error(csv, row, err, "more than %d columns", LIMIT_COLUMNS_MAX);
    for (int i = 0; i < COLUMN_COUNT; i++)
        spec->column_of[i] = -1;
    for (size_t i = 0; i < count; i++)
        for (size_t h = 0; h < sizeof headings / sizeof *headings; h++)
            if (strcmp(headings[h].heading, spec->columns[i]) == 0) {
                spec->column_of[headings[h].column] = (int)i;
                if (headings[h].unit_kw > 0)
                    spec->unit_kw = headings[h].unit_kw;
            }
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (spec->column_of[needed[i]] < 0)
            return mb_csv_error(csv, row, err, "columns has no %s", headings[needed[i]].heading);
    if (spec->column_of[COLUMN_POWER_MAX] < 0)
        spec->column_of[COLUMN_POWER_MAX] = spec->column_of[COLUMN_POWER_MIN];
    spec->by_speed = spec->column_of[COLUMN_SPEED_MIN] >= 0 && spec->column_of[COLUMN_SPEED_MAX] >= 0;
    if (spec->by_speed == (spec->column_of[COLUMN_POLES] >= 0))
        return mb_csv_error(csv, row, err, "columns needs either poles or both ends of a range of speed");
    spec->power_tolerance = spec->unit_kw == 1 ? KILOWATT_TOLERANCE : HORSEPOWER_TOLERANCE;
    return 0;
}

/* "IE1", "IE2" have the prefix IE; "premium" has none. */
static void find_prefix(struct limit_spec *spec)
{
    const char *first = spec->grades[0];
    size_t n = strcspn(first, "123456789");

    if (first[n] && !first[n + 1] && n < sizeof spec->prefix)
        memcpy(spec->prefix, first, n);
}

static int read_grades(const struct mb_csv *csv, size_t row, char *list, struct limit_spec *spec,
                       struct mb_error *err)
{
    size_t count = cut_list(list, spec->grades, MB_GRADE_MAX);

    if (count > MB_GRADE_MAX)
        return mb_csv_error(csv, row, err, "more than %d grades", MB_GRADE_MAX);
    spec->grade_count = (int)count;
    for (int i = 0; i < spec->grade_count; i++) {
        if (!*spec->grades[i] || strlen(spec->grades[i]) >= MB_GRADE_NAME_SIZE)
            return mb_csv_error(csv, row, err, "the name of a grade is empty or longer than %d characters",
                                MB_GRADE_NAME_SIZE - 1);
        if (strcmp(spec->grades[i], mb_csv_text(csv, row, SPEC_LEAST)) == 0)
            spec->least = i + 1;
    }
    if (spec->least != 1 && spec->least != spec->grade_count)
        return mb_csv_error(csv, row, err, "least '%.20s', allowed: the first or the last of the grades",
                            mb_csv_text(csv, row, SPEC_LEAST));
    find_prefix(spec);
    return 0;
}

/* columns and grades are cut in a copy of their own. */
static int read_lists(const struct mb_csv *csv, size_t row, struct limit_spec *spec, struct mb_error *err)
{
    const char *columns = mb_csv_text(csv, row, SPEC_COLUMNS), *grades = mb_csv_text(csv, row, SPEC_GRADES);
    size_t n = strlen(columns) + 1, m = strlen(grades) + 1;
    int r;

    spec->lists = malloc(n + m);
    if (!spec->lists)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    memcpy(spec->lists, columns, n);
    memcpy(spec->lists + n, grades, m);
    r = read_columns(csv, row, spec->lists, spec, err);
    return r < 0 ? r : read_grades(csv, row, spec->lists + n, spec, err);
}

static int read_optional(const struct mb_csv *csv, size_t row, size_t column, double *ret,
                         struct mb_error *err)
{
    *ret = NAN;
    return *mb_csv_text(csv, row, column) ? mb_csv_number(csv, row, column, 1e-3, 1e6, ret, err) : 0;
}

static int read_rule(const struct mb_csv *csv, size_t row, struct limit_spec *spec, struct mb_error *err)
{
    const char *text = mb_csv_text(csv, row, SPEC_RULE);

    for (size_t i = 0; i < sizeof rule_names / sizeof *rule_names; i++)
        if (strcmp(rule_names[i], text) == 0) {
            spec->rule = (enum limit_rule)i;
            return 0;
        }
    return mb_csv_error(
        csv, row, err, "interpolation '%.20s' is not known, allowed: linear, midpoint, polynomial, converter",
        text);
}

/* "90-110" */
static int read_may_fall(const struct mb_csv *csv, size_t row, struct limit_spec *spec, struct mb_error *err)
{
    const char *text = mb_csv_text(csv, row, SPEC_MAY_FALL), *dash = strchr(text, '-');

    spec->fall_from_kw = spec->fall_to_kw = NAN;
    if (!*text)
        return 0;
    if (!dash || mb_number_parse(text, (size_t)(dash - text), &spec->fall_from_kw) < 0 ||
        mb_number_parse(dash + 1, strlen(dash + 1), &spec->fall_to_kw) < 0)
        return mb_csv_error(csv, row, err, "may_fall_kw '%.20s', allowed: FROM-TO", text);
    return 0;
}

/* "<1000", or the listed voltages between semicolons. */
static int read_voltage(const struct mb_csv *csv, size_t row, struct limit_spec *spec, struct mb_error *err)
{
    const char *text = mb_csv_text(csv, row, SPEC_VOLTAGE);
    bool list = *text >= '0' && *text <= '9';

    spec->voltages = list ? text : "";
    if (mb_range_parse(list ? "" : text, &spec->voltage) < 0)
        return mb_csv_error(csv, row, err, "voltage_v '%.40s', allowed: <, <=, >, >= and volts, or volts",
                            text);
    return 0;
}

static void read_texts(const struct mb_csv *csv, size_t row, struct limit_spec *spec)
{
    const struct {
        const char **text;
        size_t column;
    } texts[] = {{&spec->file, SPEC_FILE},
                 {&spec->standard, SPEC_STANDARD},
                 {&spec->id, SPEC_ID},
                 {&spec->edition, SPEC_EDITION},
                 {&spec->table, SPEC_TABLE},
                 {&spec->rows, SPEC_ROWS},
                 {&spec->row_kind, SPEC_ROW_KIND},
                 {&spec->use, SPEC_USE},
                 {&spec->cooling, SPEC_COOLING},
                 {&spec->rule_mark, SPEC_RULE_MARK},
                 {&spec->source, SPEC_SOURCE},
                 {&spec->coefficients, SPEC_COEFFICIENTS}};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i].text = mb_csv_text(csv, row, texts[i].column);
    spec->line = mb_csv_line(csv, row);
}

static int check_texts(const struct mb_csv *csv, size_t row, const struct limit_spec *spec,
                       struct mb_error *err)
{
    if (!*spec->file || strchr(spec->file, '/') || strlen(spec->file) > MB_LIMITS_NAME_MAX)
        return mb_csv_error(csv, row, err, "file is the name of a file, at most %d characters",
                            MB_LIMITS_NAME_MAX);
    if (!*spec->standard || strlen(spec->standard) >= sizeof((struct mb_grade *)0)->standard ||
        strlen(spec->table) >= sizeof((struct mb_grade *)0)->table)
        return mb_csv_error(csv, row, err, "standard is needed; it or table is too long");
    if (mb_motor_kinds_parse(mb_csv_text(csv, row, SPEC_KINDS), &(unsigned){0}) < 0)
        return mb_csv_error(csv, row, err, "kinds, allowed: kinds of motor between semicolons, or *");
    if (spec->rule >= LIMIT_RULE_POLYNOMIAL && !*spec->coefficients)
        return mb_csv_error(csv, row, err, "%s needs the file of its coefficients", rule_names[spec->rule]);
    return 0;
}

static int read_spec(const struct mb_csv *csv, size_t row, struct limit_spec *spec, struct mb_error *err)
{
    int r;

    read_texts(csv, row, spec);
    r = read_rule(csv, row, spec, err);
    if (r == 0)
        r = check_texts(csv, row, spec, err);
    if (r == 0)
        r = read_lists(csv, row, spec, err);
    if (r == 0)
        r = read_optional(csv, row, SPEC_FREQUENCY, &spec->frequency_hz, err);
    if (r == 0)
        r = read_optional(csv, row, SPEC_POWER_MIN, &spec->power_min_kw, err);
    if (r == 0)
        r = read_optional(csv, row, SPEC_POWER_MAX, &spec->power_max_kw, err);
    if (r == 0)
        r = read_voltage(csv, row, spec, err);
    if (r == 0)
        r = read_may_fall(csv, row, spec, err);
    (void)mb_motor_kinds_parse(mb_csv_text(csv, row, SPEC_KINDS), &spec->kinds);
    return r;
}

int limits_read_specs(struct mb_limits *limits, struct limit_file *file, struct mb_error *err)
{
    int r = mb_csv_parse(file->name, file->text, file->size, spec_columns, &file->csv, err);

    if (r < 0)
        return r;
    limits->specs = calloc(mb_csv_count(file->csv) + 1, sizeof *limits->specs);
    limits->tables = calloc(mb_csv_count(file->csv) + 1, sizeof *limits->tables);
    if (!limits->specs || !limits->tables)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    for (size_t i = 0; r == 0 && i < mb_csv_count(file->csv); i++) {
        limits->spec_count = i + 1;
        r = read_spec(file->csv, i, &limits->specs[i], err);
    }
    return r;
}
