/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/site.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "standard/date.h"
#include "standard/limits.h"

#define AT(member) offsetof(struct confirmation, member)
static const struct mb_field confirmation_fields[] = {
    {"file", MB_FIELD_STRING, AT(file), .required = true},
    {"rows", MB_FIELD_NODE, AT(rows), .required = true},
    {"by", MB_FIELD_STRING, AT(by), .required = true},
    {"date", MB_FIELD_STRING, AT(date), .required = true},
    {"copy", MB_FIELD_STRING, AT(copy), .required = true},
    {0},
};
#undef AT

struct document {
    const struct mb_node *confirmations;
};
static const struct mb_field document_fields[] = {
    {"confirmations", MB_FIELD_NODE, offsetof(struct document, confirmations), .required = true},
    {0},
};

static int check_confirmation(const struct confirmation *c, struct mb_error *err)
{
    if (!mb_date_valid(c->date))
        return mb_node_error(c->node, err, "date '%.20s' is not a date, allowed: YYYY-MM-DD", c->date);
    if (strlen(c->by) > CONFIRMATION_BY_MAX || strlen(c->copy) > CONFIRMATION_COPY_MAX)
        return mb_node_error(c->node, err, "by has at most %d bytes, copy at most %d", CONFIRMATION_BY_MAX,
                             CONFIRMATION_COPY_MAX);
    return 0;
}

static int read_all(struct confirmations *c, struct mb_error *err)
{
    struct document document = {0};
    int r = mb_node_read(mb_document_root(c->document), document_fields, &document, err);

    if (r < 0)
        return r;
    if (document.confirmations->kind != MB_NODE_LIST)
        return mb_node_error(document.confirmations, err, "confirmations is a list");
    if (document.confirmations->count > CONFIRMATIONS_MAX)
        return mb_node_error(document.confirmations, err, "more than %d confirmations", CONFIRMATIONS_MAX);
    c->items = calloc(document.confirmations->count + 1, sizeof *c->items);
    if (!c->items)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    for (size_t i = 0; r == 0 && i < document.confirmations->count; i++) {
        c->count = i + 1;
        c->items[i].node = &document.confirmations->items[i];
        r = mb_node_read(c->items[i].node, confirmation_fields, &c->items[i], err);
        if (r == 0)
            r = check_confirmation(&c->items[i], err);
    }
    return r;
}

int confirmations_parse(const char *name, const char *text, size_t size, struct confirmations **ret,
                        struct mb_error *err)
{
    struct confirmations *c = calloc(1, sizeof *c);
    int r;

    if (!c)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    r = mb_document_parse(name, text, size, &c->document, err);
    if (r == 0)
        r = read_all(c, err);
    if (r < 0)
        confirmations_free(c);
    else
        *ret = c;
    return r;
}

struct confirmations *confirmations_free(struct confirmations *c)
{
    for (size_t i = 0; c && i < c->count; i++) {
        free(c->items[i].file);
        free(c->items[i].by);
        free(c->items[i].date);
        free(c->items[i].copy);
    }
    if (c) {
        free(c->items);
        mb_document_free(c->document);
    }
    free(c);
    return NULL;
}

/* What one map of rows selects; a key that is not there selects everything. */
struct selector {
    double poles, speed_rpm, power_kw, power_hp, efficiency_percent;
    const struct mb_node *grade;
};
#define AT(member) offsetof(struct selector, member)
static const struct mb_field selector_fields[] = {
    {"poles", MB_FIELD_NUMBER, AT(poles), .minimum = 2, .maximum = 200},
    {"speed_rpm", MB_FIELD_NUMBER, AT(speed_rpm), .minimum = 0, .maximum = 1e5},
    {"power_kw", MB_FIELD_NUMBER, AT(power_kw), .minimum = 1e-3, .maximum = 1e5},
    {"power_hp", MB_FIELD_NUMBER, AT(power_hp), .minimum = 1e-3, .maximum = 1e5},
    {"grade", MB_FIELD_NODE, AT(grade)},
    {"efficiency_percent", MB_FIELD_NUMBER, AT(efficiency_percent), .minimum = 1, .maximum = 100},
    {0},
};
#undef AT

static bool selects(const struct selector *s, const struct limit_spec *spec, const struct limit_cell *cell)
{
    double kw = isnan(s->power_hp) ? s->power_kw : s->power_hp * spec->unit_kw;
    bool hp = spec->unit_kw != 1;

    if (s->grade && strcmp(s->grade->text, spec->grades[cell->grade - 1]) != 0)
        return false;
    if (!isnan(s->poles) && (spec->by_speed || s->poles != cell->key_min))
        return false;
    if (!isnan(s->speed_rpm) &&
        (!spec->by_speed || !limit_cell_is_for(&(struct limit_cell){.key_min = cell->key_min,
                                                                    .key_max = cell->key_max,
                                                                    .voltages = "",
                                                                    .cooling = ""},
                                               &(struct limit_key){.key = s->speed_rpm})))
        return false;
    if (!isnan(s->power_hp) && !hp)
        return false;
    return isnan(kw) || (kw * (1 + spec->power_tolerance) >= cell->power_min_kw &&
                         kw * (1 - spec->power_tolerance) <= cell->power_max_kw);
}

/* Of one table; the number of cells. -EINVAL: the copy has another value. */
static int confirm_cells(const struct confirmation *c, const struct mb_node *node, const struct selector *s,
                         const struct limit_spec *spec, struct limit_table *table, struct mb_error *err)
{
    int count = 0;

    for (size_t i = 0; i < table->cell_count; i++) {
        struct limit_cell *cell = &table->cells[i];

        if (!selects(s, spec, cell))
            continue;
        if (!isnan(s->efficiency_percent) && fabs(s->efficiency_percent / 100 - cell->limit) > 1e-9)
            return mb_node_error(node, err, "the copy has %g %%, but %s:%u has %g %%", s->efficiency_percent,
                                 table->file->name, cell->line, cell->limit * 100);
        cell->confirmed = c;
        count++;
    }
    return count;
}

static int confirm_selected(struct mb_limits *limits, const struct confirmation *c,
                            const struct mb_node *node, const struct selector *s, struct mb_error *err)
{
    int r = 0, count = 0;
    bool rows = false;

    for (size_t i = 0; r >= 0 && i < limits->spec_count; i++) {
        if (strcmp(limits->specs[i].file, c->file) != 0 || !limits->tables[i].file)
            continue;
        rows = true;
        r = confirm_cells(c, node, s, &limits->specs[i], &limits->tables[i], err);
        count += r > 0 ? r : 0;
    }
    if (r < 0)
        return r;
    return rows && count == 0 ? mb_node_error(node, err, "no cell of %s is selected", c->file) : 0;
}

static int confirm_map(struct mb_limits *limits, const struct confirmation *c, const struct mb_node *node,
                       struct mb_error *err)
{
    struct selector s = {NAN, NAN, NAN, NAN, NAN, NULL};
    int r = mb_node_read(node, selector_fields, &s, err);

    if (r == 0 && s.grade && s.grade->kind != MB_NODE_SCALAR)
        r = mb_node_error(s.grade, err, "grade is one name, as the table has it");
    return r < 0 ? r : confirm_selected(limits, c, node, &s, err);
}

static int confirm_one(struct mb_limits *limits, const struct confirmation *c, struct mb_error *err)
{
    static const struct selector all = {NAN, NAN, NAN, NAN, NAN, NULL};
    int r = 0;

    if (c->rows->kind == MB_NODE_SCALAR && strcmp(c->rows->text, "all") == 0)
        return confirm_selected(limits, c, c->rows, &all, err);
    if (c->rows->kind == MB_NODE_SCALAR && strcmp(c->rows->text, "interpolation") == 0) {
        for (size_t i = 0; i < limits->spec_count; i++)
            if (strcmp(limits->specs[i].file, c->file) == 0)
                limits->tables[i].rule_confirmed = c;
        return 0;
    }
    if (c->rows->kind != MB_NODE_LIST || c->rows->count == 0)
        return mb_node_error(c->rows, err, "rows, allowed: all, interpolation, or a list of selectors");
    for (size_t i = 0; r == 0 && i < c->rows->count; i++)
        r = confirm_map(limits, c, &c->rows->items[i], err);
    return r;
}

static bool is_ours(const struct mb_limits *limits, const char *file)
{
    for (size_t i = 0; i < limits->spec_count; i++)
        if (strcmp(limits->specs[i].file, file) == 0)
            return true;
    return false;
}

int limits_confirm(struct mb_limits *limits, struct mb_error *err)
{
    const struct confirmations *all = limits->confirmations;
    int r = 0;

    for (size_t i = 0; all && r == 0 && i < all->count; i++)
        if (is_ours(limits, all->items[i].file))
            r = confirm_one(limits, &all->items[i], err);
    return r;
}
