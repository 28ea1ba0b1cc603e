/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scpi/script.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "scpi/text.h"

#define STEPS_MAX 1024
#define TEXT_NUMBER 32

/* Values of {name} in one script; NULL pointers are "not given". */
struct texts {
    char voltage[TEXT_NUMBER], current[TEXT_NUMBER], count[TEXT_NUMBER], index[TEXT_NUMBER];
    struct mb_variable variables[9];
};

enum { VAR_VOLTAGE, VAR_CURRENT, VAR_WIRING, VAR_VALUE, VAR_COUNT, VAR_INDEX, VAR_ITEM, VAR_ITEMS };

static void texts_init(struct texts *t, const struct mb_script_context *c)
{
    static const char *const names[] = {"voltage_range_v", "current_range_a", "wiring", "value",
                                        "count",           "index",           "item",   "items"};

    memset(t, 0, sizeof *t);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        t->variables[i].name = names[i];
    (void)snprintf(t->voltage, sizeof t->voltage, "%.10g", c->voltage_range_v);
    (void)snprintf(t->current, sizeof t->current, "%.10g", c->current_range_a);
    t->variables[VAR_VOLTAGE].value = c->voltage_range_v > 0 ? t->voltage : NULL;
    t->variables[VAR_CURRENT].value = c->current_range_a > 0 ? t->current : NULL;
    t->variables[VAR_WIRING].value = c->wiring >= 0 ? c->profile->wirings[c->wiring] : NULL;
}

static bool is_given(const struct texts *t, int given)
{
    static const int variables[] = {[MB_GIVEN_VOLTAGE_RANGE] = VAR_VOLTAGE,
                                    [MB_GIVEN_CURRENT_RANGE] = VAR_CURRENT,
                                    [MB_GIVEN_WIRING] = VAR_WIRING};

    return given == MB_GIVEN_ALWAYS || t->variables[variables[given]].value;
}

static void step_done(struct mb_step *s)
{
    free(s->text);
    free(s->match);
    free(s->marker);
}

void mb_script_done(struct mb_script *s)
{
    for (size_t i = 0; i < s->count; i++)
        step_done(&s->steps[i]);
    free(s->steps);
    *s = (struct mb_script){0};
}

/* A new step at the end, or NULL. */
static struct mb_step *add_step(struct mb_script *s, enum mb_step_kind kind)
{
    struct mb_step *grown;

    if (s->count >= STEPS_MAX)
        return NULL;
    grown = reallocarray(s->steps, s->count + 1, sizeof *grown);
    if (!grown)
        return NULL;
    s->steps = grown;
    grown[s->count] = (struct mb_step){.kind = kind};
    return &grown[s->count++];
}

static int add_text(struct mb_script *s, enum mb_step_kind kind, const char *text, const struct texts *t,
                    struct mb_step **ret, struct mb_error *err)
{
    struct mb_step *step = add_step(s, kind);

    if (!step)
        return mb_error_set(err, -ENOMEM, "out of memory for a script");
    if (ret)
        *ret = step;
    return mb_text_expand(text, t->variables, &step->text, err);
}

static int add_wait(struct mb_script *s, double seconds, bool bench_time, struct mb_error *err)
{
    struct mb_step *step;

    if (seconds <= 0)
        return 0;
    step = add_step(s, MB_STEP_WAIT);
    if (!step)
        return mb_error_set(err, -ENOMEM, "out of memory for a script");
    step->seconds = seconds;
    step->bench_time = bench_time;
    return 0;
}

static int add_check(struct mb_script *s, const struct mb_exchange *x, const struct texts *t,
                     struct mb_error *err)
{
    struct mb_step *step = NULL;
    char *number = NULL;
    int r = add_text(s, MB_STEP_CHECK, x->query, t, &step, err);

    if (r == 0 && x->match)
        r = mb_text_expand(x->match, t->variables, &step->match, err);
    if (r == 0 && x->marker && !(step->marker = strdup(x->marker)))
        r = -ENOMEM;
    if (r < 0 || !x->number)
        return r;
    step->has_number = true;
    step->tolerance = x->tolerance;
    r = mb_text_expand(x->number, t->variables, &number, err);
    if (r == 0 && mb_number_parse(number, strlen(number), &step->number) < 0)
        r = mb_error_set(err, -EINVAL, "'number' is %s, which is not a number", number);
    free(number);
    return r;
}

static int add_exchanges(struct mb_script *s, const struct mb_exchange_list *list, const struct texts *t,
                         struct mb_error *err)
{
    const struct mb_exchange *x;
    int r = 0;

    for (size_t i = 0; r == 0 && i < list->count; i++) {
        x = &list->rows[i];
        if (!is_given(t, x->when) || (x->unless != MB_GIVEN_ALWAYS && is_given(t, x->unless)))
            continue;
        if (x->write)
            r = add_text(s, MB_STEP_WRITE, x->write, t, NULL, err);
        if (r == 0)
            r = add_wait(s, x->delay_s, false, err);
        if (r == 0 && x->query)
            r = add_check(s, x, t, err);
    }
    return r;
}

static int add_clean(struct mb_script *s, const struct mb_script_context *c, const struct texts *t,
                     struct mb_error *err)
{
    if (!c->profile->errors.query)
        return 0;
    return add_text(s, MB_STEP_CLEAN, c->profile->errors.query, t, NULL, err);
}

static unsigned count_fields(const struct mb_script_context *c, size_t group)
{
    unsigned count = 0;

    for (size_t i = 0; i < c->field_count; i++)
        count += c->fields[i].group == group;
    return count;
}

/* Without {index} an instrument has its own order; several fields of one item are told once. */
static bool item_told(const struct mb_script_context *c, size_t group, size_t before)
{
    const struct mb_group *g = &c->profile->groups[group];
    const char *item = g->item_write ? c->fields[before].field->item : NULL;

    if (!item || strstr(g->item_write, "{index}"))
        return !item;
    for (size_t i = 0; i < before; i++)
        if (c->fields[i].group == group && c->fields[i].field->item &&
            strcmp(c->fields[i].field->item, item) == 0)
            return true;
    return false;
}

static const char *item_of(const struct mb_value_field *f)
{
    return f->item ? f->item : "";
}

static const char *label_of(const struct mb_value_field *f)
{
    return f->label;
}

/* One text of every field of a group, with commas; NULL: out of memory. */
static char *join_fields(const struct mb_script_context *c, size_t group,
                         const char *(*text_of)(const struct mb_value_field *))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int r = 0;

    if (!out)
        return NULL;
    for (size_t i = 0, n = 0; r >= 0 && i < c->field_count; i++)
        if (c->fields[i].group == group)
            r = fprintf(out, "%s%s", n++ ? "," : "", text_of(c->fields[i].field));
    if (fclose(out) == EOF || r < 0) { /* text may be NULL all the same: out of memory */
        free(text);
        return NULL;
    }
    return text;
}

/* Before the columns are trusted: how many they are, and what the instrument calls them. */
static int add_column_checks(struct mb_script *s, const struct mb_script_context *c, size_t group,
                             const struct texts *t, struct mb_error *err)
{
    const struct mb_group *g = &c->profile->groups[group];
    struct mb_step *step = NULL;
    int r = 0;

    if (g->count_query) {
        r = add_text(s, MB_STEP_CHECK, g->count_query, t, &step, err);
        if (r < 0)
            return r;
        step->has_number = true;
        step->number = count_fields(c, group);
    }
    if (!g->labels_query)
        return 0;
    r = add_text(s, MB_STEP_LABELS, g->labels_query, t, &step, err);
    if (r == 0 && !(step->match = join_fields(c, group, label_of)))
        r = -ENOMEM;
    return r;
}

/* The query of a group, which may hold {items}. */
static int add_values(struct mb_script *s, const struct mb_script_context *c, size_t group, struct texts *t,
                      struct mb_error *err)
{
    struct mb_step *step = NULL;
    char *items = join_fields(c, group, item_of);
    int r;

    if (!items)
        return mb_error_set(err, -ENOMEM, "out of memory for a script");
    t->variables[VAR_ITEMS].value = items;
    r = add_text(s, MB_STEP_VALUES, c->profile->groups[group].query, t, &step, err);
    if (r == 0)
        step->group = group;
    t->variables[VAR_ITEMS].value = NULL;
    free(items);
    return r;
}

/* Tells the instrument which values to put into the group's reply. */
static int add_items(struct mb_script *s, const struct mb_script_context *c, size_t group, struct texts *t,
                     struct mb_error *err)
{
    const struct mb_group *g = &c->profile->groups[group];
    unsigned count = count_fields(c, group), index = 0;
    int r = 0;

    if (count == 0)
        return 0;
    (void)snprintf(t->count, sizeof t->count, "%u", count);
    t->variables[VAR_COUNT].value = t->count;
    if (g->count_write)
        r = add_text(s, MB_STEP_WRITE, g->count_write, t, NULL, err);
    for (size_t i = 0; r == 0 && i < c->field_count; i++) {
        if (c->fields[i].group != group)
            continue;
        (void)snprintf(t->index, sizeof t->index, "%u", ++index);
        t->variables[VAR_INDEX].value = t->index;
        t->variables[VAR_ITEM].value = c->fields[i].field->item;
        if (!item_told(c, group, i))
            r = add_text(s, MB_STEP_WRITE, g->item_write, t, NULL, err);
    }
    return r == 0 ? add_column_checks(s, c, group, t, err) : r;
}

const struct mb_identify *mb_script_identify(const struct mb_script_context *c)
{
    return c->identity_choice > 0 ? &c->profile->alternatives[c->identity_choice - 1] : &c->profile->identify;
}

static int finish(struct mb_script *s, int r, struct mb_script *ret)
{
    if (r < 0) {
        mb_script_done(s);
        return r;
    }
    *ret = *s;
    return 0;
}

int mb_script_open(const struct mb_script_context *c, struct mb_script *ret, struct mb_error *err)
{
    const struct mb_profile *p = c->profile;
    struct mb_script s = {0};
    struct texts t;
    int r;

    texts_init(&t, c);
    r = add_text(&s, MB_STEP_IDENTIFY, mb_script_identify(c)->query, &t, NULL, err);
    if (r == 0 && p->errors.query)
        r = add_text(&s, MB_STEP_DRAIN, p->errors.query, &t, NULL, err);
    if (r == 0 && p->safety) /* whatever a tester was doing when the link came: it stops */
        r = add_exchanges(&s, &p->safe.steps, &t, err);
    if (r == 0)
        r = add_exchanges(&s, &p->setup, &t, err);
    for (size_t i = 0; r == 0 && i < p->group_count; i++)
        r = add_items(&s, c, i, &t, err);
    if (r == 0)
        r = add_clean(&s, c, &t, err);
    return finish(&s, r, ret);
}

int mb_script_verify(const struct mb_script_context *c, struct mb_script *ret, struct mb_error *err)
{
    const struct mb_profile *p = c->profile;
    struct mb_script s = {0};
    struct texts t;
    int r;

    texts_init(&t, c);
    r = add_text(&s, MB_STEP_IDENTIFY, mb_script_identify(c)->query, &t, NULL, err);
    if (r == 0 && p->errors.query)
        r = add_text(&s, MB_STEP_DRAIN, p->errors.query, &t, NULL, err);
    return finish(&s, r, ret);
}

/* Values, then the condition register, then the error queue: three shapes, so that an instrument which
 * answers the query before the last one is found out within the same read. */
int mb_script_read(const struct mb_script_context *c, struct mb_script *ret, struct mb_error *err)
{
    const struct mb_profile *p = c->profile;
    struct mb_script s = {0};
    struct texts t;
    int r;

    texts_init(&t, c);
    r = add_wait(&s, p->settle.settle_s, true, err);
    if (r == 0 && p->new_data.query)
        r = add_text(&s, MB_STEP_FRESH, p->new_data.query, &t, NULL, err);
    for (size_t i = 0; r == 0 && i < p->group_count; i++) {
        if (count_fields(c, i) == 0)
            continue; /* nothing of it exists with this wiring */
        r = add_values(&s, c, i, &t, err);
    }
    if (r == 0 && p->condition.query)
        r = add_text(&s, MB_STEP_CONDITION, p->condition.query, &t, NULL, err);
    if (r == 0)
        r = add_clean(&s, c, &t, err);
    return finish(&s, r, ret);
}

static const struct mb_set_point *find_set_point(const struct mb_profile *p, enum mb_quantity quantity)
{
    for (size_t i = 0; i < p->set_point_count; i++)
        if (p->set_points[i].quantity == quantity)
            return &p->set_points[i];
    return NULL;
}

/* 1P2W and 1P3W feed one phase; every other wiring, also one that is not given, feeds three. */
static bool three_phase(int wiring)
{
    return wiring < 0 || (strcmp(mb_wirings[wiring], "1P2W") != 0 && strcmp(mb_wirings[wiring], "1P3W") != 0);
}

int mb_script_set(const struct mb_script_context *c, enum mb_quantity quantity, double value,
                  struct mb_script *ret, struct mb_error *err)
{
    const struct mb_set_point *point = find_set_point(c->profile, quantity);
    struct mb_script s = {0};
    struct texts t;
    char number[64];
    int r;

    if (!point)
        return mb_error_set(err, -ENOTSUP, "%s cannot be set on a %s", mb_quantity_name(quantity),
                            c->profile->id);
    if (three_phase(c->wiring))
        value *= point->three_phase_factor;
    if (!isfinite(value) || value < point->minimum || value > point->maximum)
        return mb_error_set(err, -ERANGE, "%s %g %s is out of range, allowed: %g to %g",
                            mb_quantity_name(quantity), value, mb_quantity_unit(quantity), point->minimum,
                            point->maximum);
    texts_init(&t, c);
    (void)snprintf(number, sizeof number, "%.*f", point->digits, value);
    t.variables[VAR_VALUE].value = number;
    r = add_exchanges(&s, &point->steps, &t, err);
    if (r == 0)
        r = add_clean(&s, c, &t, err);
    return finish(&s, r, ret);
}

int mb_script_output(const struct mb_script_context *c, bool on, struct mb_script *ret, struct mb_error *err)
{
    const struct mb_profile *p = c->profile;
    struct mb_script s = {0};
    struct texts t;
    int r;

    if (!p->output.on_node)
        return mb_error_set(err, -ENOTSUP, "a %s has no output to switch", p->id);
    texts_init(&t, c);
    r = add_exchanges(&s, on ? &p->output.on : &p->output.off, &t, err);
    if (r == 0)
        r = add_clean(&s, c, &t, err);
    return finish(&s, r, ret);
}

int mb_script_safe(const struct mb_script_context *c, struct mb_script *ret, struct mb_error *err)
{
    struct mb_script s = {0};
    struct texts t;

    if (!c->profile->safe.steps_node)
        return mb_error_set(err, -ENOTSUP, "a %s has nothing to make safe", c->profile->id);
    texts_init(&t, c);
    return finish(&s, add_exchanges(&s, &c->profile->safe.steps, &t, err), ret);
}

struct mb_step *mb_script_add(struct mb_script *s, enum mb_step_kind kind, const char *text)
{
    struct mb_step *step = add_step(s, kind);

    if (step && text && !(step->text = strdup(text)))
        return NULL;
    return step;
}

int mb_script_add_rows(struct mb_script *s, const struct mb_script_context *c,
                       const struct mb_exchange_list *rows, struct mb_error *err)
{
    struct texts t;

    texts_init(&t, c);
    return add_exchanges(s, rows, &t, err);
}
