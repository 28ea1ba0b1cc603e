/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/requirement.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/number.h"
#include "standard/csv.h"
#include "standard/mark.h"
#include "standard/requirement_base.h"
#include "standard/site.h"

#define FILE_MAX (1u << 20)

static const char *const columns[] = {"id",
                                      "item",
                                      "quantity",
                                      "standard",
                                      "edition",
                                      "clause",
                                      "part",
                                      "kinds",
                                      "power_kw",
                                      "voltage_v",
                                      "shaft_height_mm",
                                      "poles",
                                      "speed_rpm",
                                      "when",
                                      "sense",
                                      "form",
                                      "base",
                                      "a",
                                      "b",
                                      "minimum",
                                      "maximum",
                                      "unit",
                                      "mark",
                                      "source",
                                      NULL};
enum {
    ID,
    ITEM,
    QUANTITY,
    STANDARD,
    EDITION,
    CLAUSE,
    PART,
    KINDS,
    POWER,
    VOLTAGE,
    HEIGHT,
    POLES,
    SPEED,
    WHEN,
    SENSE,
    FORM,
    BASE,
    A,
    B,
    MINIMUM,
    MAXIMUM,
    UNIT,
    MARK,
    SOURCE
};

static const char *const sense_names[] = {"lower", "upper", "set", NULL};
enum form { FORM_VALUE, FORM_TOLERANCE };
static const char *const form_names[] = {"value", "tolerance", NULL};

struct row {
    unsigned kinds;
    struct mb_range ranges[5]; /* POWER ... SPEED */
    int sense, form, base;
    double a, b, minimum, maximum; /* NAN: empty */
    const struct confirmation *confirmed;
};

struct mb_requirements {
    struct mb_csv *csv;
    struct row *rows;
    char *file; /* name without folders */
    struct confirmations *confirmations;
    char *text, *confirmations_text; /* as read: records freeze them */
};

static int read_name(const struct mb_csv *csv, size_t i, size_t column, const char *const names[], int *ret,
                     struct mb_error *err)
{
    const char *text = mb_csv_text(csv, i, column);

    for (int n = 0; names[n]; n++)
        if (strcmp(names[n], text) == 0) {
            *ret = n;
            return 0;
        }
    return mb_csv_error(csv, i, err, "%s '%.40s' is not known", columns[column], text);
}

static int read_number(const struct mb_csv *csv, size_t i, size_t column, double *ret, struct mb_error *err)
{
    *ret = NAN;
    return *mb_csv_text(csv, i, column) ? mb_csv_number(csv, i, column, -1e12, 1e12, ret, err) : 0;
}

static int read_ranges(const struct mb_csv *csv, size_t i, struct row *row, struct mb_error *err)
{
    for (size_t n = 0; n < 5; n++)
        if (mb_range_parse(mb_csv_text(csv, i, POWER + n), &row->ranges[n]) < 0)
            return mb_csv_error(csv, i, err,
                                "%s '%.40s', allowed: a number, or <, <=, >, >= and a number, two between ;",
                                columns[POWER + n], mb_csv_text(csv, i, POWER + n));
    return 0;
}

static int check_row(const struct mb_csv *csv, size_t i, const struct row *row, struct mb_error *err)
{
    bool declared = mb_base_needs_declared(row->base);

    for (size_t n = ID; n <= STANDARD; n++)
        if (!*mb_csv_text(csv, i, n))
            return mb_csv_error(csv, i, err, "%s is needed", columns[n]);
    if (!*mb_csv_text(csv, i, UNIT))
        return mb_csv_error(csv, i, err, "unit is needed, 1 for a ratio");
    if (row->form == FORM_TOLERANCE && !declared)
        return mb_csv_error(csv, i, err, "a tolerance has the base declared or one-minus-declared");
    if (!isnan(row->minimum) && row->maximum < row->minimum)
        return mb_csv_error(csv, i, err, "minimum is above maximum");
    for (size_t n = 0; n < i; n++)
        if (strcmp(mb_csv_text(csv, n, ID), mb_csv_text(csv, i, ID)) == 0)
            return mb_csv_error(csv, i, err, "id %.40s stands in line %u too", mb_csv_text(csv, i, ID),
                                mb_csv_line(csv, n));
    return 0;
}

static int read_row(const struct mb_csv *csv, size_t i, struct row *row, struct mb_error *err)
{
    const size_t numbers[] = {A, B, MINIMUM, MAXIMUM};
    double *const values[] = {&row->a, &row->b, &row->minimum, &row->maximum};
    int r = mb_motor_kinds_parse(mb_csv_text(csv, i, KINDS), &row->kinds);

    if (r < 0)
        return mb_csv_error(csv, i, err, "kinds '%.60s', allowed: kinds of motor between semicolons, or *",
                            mb_csv_text(csv, i, KINDS));
    r = read_ranges(csv, i, row, err);
    if (r == 0)
        r = read_name(csv, i, SENSE, sense_names, &row->sense, err);
    if (r == 0)
        r = read_name(csv, i, FORM, form_names, &row->form, err);
    if (r == 0)
        r = read_name(csv, i, BASE, mb_base_names, &row->base, err);
    for (size_t n = 0; r == 0 && n < sizeof numbers / sizeof *numbers; n++)
        r = read_number(csv, i, numbers[n], values[n], err);
    return r < 0 ? r : check_row(csv, i, row, err);
}

int mb_requirements_parse(const char *name, const char *text, size_t size, struct mb_requirements **ret,
                          struct mb_error *err)
{
    const char *slash = strrchr(name, '/');
    struct mb_requirements *s = calloc(1, sizeof *s);
    int r = s ? mb_csv_parse(name, text, size, columns, &s->csv, err) : -ENOMEM;

    if (r == 0) {
        s->rows = calloc(mb_csv_count(s->csv), sizeof *s->rows);
        s->file = strdup(slash ? slash + 1 : name);
        s->text = strndup(text, size);
        r = s->rows && s->file && s->text ? 0 : -ENOMEM;
    }
    for (size_t i = 0; r == 0 && i < mb_csv_count(s->csv); i++)
        r = read_row(s->csv, i, &s->rows[i], err);
    if (r < 0) {
        mb_requirements_free(s);
        return r;
    }
    *ret = s;
    return 0;
}

int mb_requirements_load(const char *path, struct mb_requirements **ret, struct mb_error *err)
{
    char *text;
    size_t size;
    int r = mb_file_read(path, FILE_MAX, &text, &size, err);

    if (r < 0)
        return r;
    r = mb_requirements_parse(path, text, size, ret, err);
    free(text);
    return r;
}

struct mb_requirements *mb_requirements_free(struct mb_requirements *s)
{
    if (!s)
        return NULL;
    mb_csv_free(s->csv);
    free(s->rows);
    free(s->file);
    free(s->text);
    free(s->confirmations_text);
    confirmations_free(s->confirmations);
    free(s);
    return NULL;
}

/* Rows with this id; NULL: all. The number of them. */
static size_t confirm_rows(struct mb_requirements *s, const struct confirmation *c, const char *id)
{
    size_t count = 0;

    for (size_t i = 0; i < mb_csv_count(s->csv); i++)
        if (!id || strcmp(mb_csv_text(s->csv, i, ID), id) == 0) {
            s->rows[i].confirmed = c;
            count++;
        }
    return count;
}

static int confirm_list(struct mb_requirements *s, const struct confirmation *c, struct mb_error *err)
{
    const char *id;
    int r = 0;

    if (c->rows->kind == MB_NODE_SCALAR && strcmp(c->rows->text, "all") == 0) {
        confirm_rows(s, c, NULL);
        return 0;
    }
    if (c->rows->kind != MB_NODE_LIST || c->rows->count == 0)
        return mb_node_error(c->rows, err, "rows of %s are 'all' or a list of ids", s->file);
    for (size_t i = 0; r == 0 && i < c->rows->count; i++) {
        r = mb_node_string(&c->rows->items[i], &id, err);
        if (r == 0 && confirm_rows(s, c, id) == 0)
            r = mb_node_error(&c->rows->items[i], err, "%s has no row '%.60s'", s->file, id);
    }
    return r;
}

int mb_requirements_confirm(struct mb_requirements *s, const char *path, struct mb_error *err)
{
    char *text;
    size_t size;
    int r = mb_file_read(path, FILE_MAX, &text, &size, err);

    if (r == -ENOENT)
        return 0;
    if (r < 0)
        return r;
    r = mb_requirements_confirm_text(s, path, text, size, err);
    free(text);
    return r;
}

int mb_requirements_confirm_text(struct mb_requirements *s, const char *name, const char *text, size_t size,
                                 struct mb_error *err)
{
    int r;

    for (size_t i = 0; i < mb_csv_count(s->csv); i++)
        s->rows[i].confirmed = NULL;
    s->confirmations = confirmations_free(s->confirmations);
    free(s->confirmations_text);
    s->confirmations_text = strndup(text, size);
    r = s->confirmations_text ? confirmations_parse(name, text, size, &s->confirmations, err) : -ENOMEM;
    for (size_t i = 0; r == 0 && i < s->confirmations->count; i++)
        if (strcmp(s->confirmations->items[i].file, s->file) == 0)
            r = confirm_list(s, &s->confirmations->items[i], err);
    return r;
}

const char *mb_requirements_text(const struct mb_requirements *s, const char **ret_confirmations)
{
    *ret_confirmations = s->confirmations_text;
    return s->text;
}

size_t mb_requirements_count(const struct mb_requirements *s)
{
    return mb_csv_count(s->csv);
}

struct mb_requirement_row mb_requirements_row(const struct mb_requirements *s, size_t i)
{
    struct mb_requirement_row row = {.line = mb_csv_line(s->csv, i), .file = s->file};
    const char **const texts[] = {&row.id,
                                  &row.item,
                                  &row.quantity,
                                  &row.standard,
                                  &row.edition,
                                  &row.clause,
                                  &row.part,
                                  &row.kinds,
                                  &row.power_kw,
                                  &row.voltage_v,
                                  &row.shaft_height_mm,
                                  &row.poles,
                                  &row.speed_rpm,
                                  &row.when,
                                  &row.sense,
                                  &row.form,
                                  &row.base,
                                  &row.a,
                                  &row.b,
                                  &row.minimum,
                                  &row.maximum,
                                  &row.unit,
                                  &row.mark,
                                  &row.source};

    for (size_t n = 0; n < sizeof texts / sizeof *texts; n++)
        *texts[n] = mb_csv_text(s->csv, i, n);
    return row;
}

static bool same_or_any(const char *wanted, const char *text)
{
    return !wanted || strcmp(wanted, text) == 0;
}

/* A row without an edition has a source that does not name one, and stands for all. */
static bool edition_fits(const char *wanted, const char *text)
{
    return !*text || same_or_any(wanted, text);
}

static const char *thermal_class(const struct mb_motor *motor)
{
    return motor->rated.thermal_class;
}

static const char *cooling(const struct mb_motor *motor)
{
    return motor->frame.cooling;
}

/* IC40 and IC410 (IEC 60034-6): free convection. */
static const char *enclosure(const struct mb_motor *motor)
{
    const char *code = motor->frame.cooling;

    if (!code)
        return NULL;
    return strcmp(code, "IC40") == 0 || strcmp(code, "IC410") == 0 ? "no-fan" : "fan";
}

/* What the nameplate says where the caller does not. */
static const struct {
    const char *name;
    const char *(*of)(const struct mb_motor *motor);
} from_nameplate[] = {{"thermal-class", thermal_class}, {"cooling", cooling}, {"enclosure", enclosure}};

static const char *circumstance(const struct mb_requirement_query *q, const char *name, size_t n)
{
    for (const struct mb_circumstance *c = q->circumstances; c && c->name; c++)
        if (strlen(c->name) == n && strncmp(c->name, name, n) == 0)
            return c->value;
    for (size_t i = 0; i < sizeof from_nameplate / sizeof *from_nameplate; i++)
        if (strlen(from_nameplate[i].name) == n && strncmp(from_nameplate[i].name, name, n) == 0)
            return from_nameplate[i].of(q->motor);
    return NULL;
}

/* `when`: name=value|value;name=value, all of them. */
static bool circumstances_fit(const struct mb_requirement_query *q, const char *when)
{
    while (*when) {
        size_t n = strcspn(when, "="), m = strcspn(when, ";");
        const char *value = circumstance(q, when, n), *choice = when + n + 1;
        bool found = false;

        while (value && choice < when + m) {
            size_t k = strcspn(choice, "|;");

            found = found || (strlen(value) == k && strncmp(choice, value, k) == 0);
            choice += k + 1;
        }
        if (!found)
            return false;
        when += m + (when[m] == ';');
    }
    return true;
}

/* What strains the insulation of a drive is the highest direct voltage of its supply. */
static double voltage_v(const struct mb_motor *m)
{
    return isnan(m->drive.voltage_max_v) ? m->rated.voltage_v : m->drive.voltage_max_v;
}

static bool row_fits(const struct mb_requirements *s, size_t i, const struct mb_requirement_query *q)
{
    const struct mb_motor *m = q->motor;
    const double values[] = {m->rated.power_w / 1000, voltage_v(m), m->frame.shaft_height_mm, m->rated.poles,
                             m->rated.speed_rpm};
    const struct row *row = &s->rows[i];

    if (!same_or_any(q->item, mb_csv_text(s->csv, i, ITEM)) ||
        !same_or_any(q->quantity, mb_csv_text(s->csv, i, QUANTITY)) ||
        !same_or_any(q->standard, mb_csv_text(s->csv, i, STANDARD)) ||
        !edition_fits(q->edition, mb_csv_text(s->csv, i, EDITION)) || !(row->kinds & 1u << m->kind))
        return false;
    for (size_t n = 0; n < 5; n++)
        if (!mb_range_holds(&row->ranges[n], values[n]))
            return false;
    return circumstances_fit(q, mb_csv_text(s->csv, i, WHEN));
}

static double clipped(double value, const struct row *row)
{
    if (value < row->minimum)
        return row->minimum;
    return value > row->maximum ? row->maximum : value;
}

static double limit_of(const struct row *row, const struct mb_requirement_query *q)
{
    double base = mb_base_value(row->base, q->motor, q->declared);

    if (row->form == FORM_TOLERANCE)
        return q->declared + copysign(clipped(fabs(row->b * base), row), row->b);
    if (row->base == 0)
        return row->a;
    return clipped((isnan(row->a) ? 0 : row->a) + row->b * base, row);
}

int mb_requirement_next(const struct mb_requirements *s, const struct mb_requirement_query *q,
                        size_t *position, struct mb_requirement *ret)
{
    size_t i = *position;

    if (!q->motor)
        return -EINVAL;
    while (i < mb_csv_count(s->csv) && !row_fits(s, i, q))
        i++;
    if (i >= mb_csv_count(s->csv))
        return -ENOENT;
    *ret = (struct mb_requirement){
        .id = mb_csv_text(s->csv, i, ID),
        .item = mb_csv_text(s->csv, i, ITEM),
        .quantity = mb_csv_text(s->csv, i, QUANTITY),
        .standard = mb_csv_text(s->csv, i, STANDARD),
        .edition = mb_csv_text(s->csv, i, EDITION),
        .clause = mb_csv_text(s->csv, i, CLAUSE),
        .part = mb_csv_text(s->csv, i, PART),
        .unit = mb_csv_text(s->csv, i, UNIT),
        .mark = mb_csv_text(s->csv, i, MARK),
        .source = mb_csv_text(s->csv, i, SOURCE),
        .sense = (enum mb_requirement_sense)s->rows[i].sense,
        .limit = limit_of(&s->rows[i], q),
    };
    if (isnan(ret->limit) && isnan(mb_base_value(s->rows[i].base, q->motor, q->declared)))
        ret->lacks = mb_base_key(s->rows[i].base);
    if (s->rows[i].confirmed) {
        const struct confirmation *c = s->rows[i].confirmed;

        ret->mark = MB_MARK_CONFIRMED;
        (void)snprintf(ret->confirmed, sizeof ret->confirmed, "%s, %s, %s", c->by, c->date, c->copy);
    }
    (void)snprintf(ret->cell, sizeof ret->cell, "%s:%u", s->file, mb_csv_line(s->csv, i));
    *position = i + 1;
    return 0;
}

struct mb_decision mb_requirement_judge(const struct mb_requirement *requirement, enum mb_decision_rule rule,
                                        double value, double uncertainty)
{
    enum mb_limit_sense sense = requirement->sense == MB_REQUIREMENT_LOWER ? MB_LIMIT_LOWER : MB_LIMIT_UPPER;
    struct mb_decision d = mb_decide(rule, sense, value, uncertainty, requirement->limit);

    if (requirement->sense == MB_REQUIREMENT_SET) {
        d.verdict = MB_VERDICT_NOT_APPLICABLE;
        d.statement = "applied, not judged";
    } else if (isfinite(value) && isnan(requirement->limit)) {
        d.verdict = MB_VERDICT_INCONCLUSIVE;
        d.statement = requirement->lacks ? "the nameplate lacks what the limit is made of"
                                         : "the limit is not in the data";
    } else if (isfinite(value) && !mb_mark_decides(requirement->mark)) {
        d.verdict = MB_VERDICT_INCONCLUSIVE;
        d.statement = "the mark of the limit may not decide";
    }
    return d;
}
