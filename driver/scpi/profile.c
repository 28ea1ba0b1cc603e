/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables a profile file is read against. */
#include "scpi/profile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/instrument.h"

#define LIST_MAX 256 /* elements of any list in a profile */
#define BIG 1e12     /* beyond any quantity of a motor test */

static const char *const maturities[] = {"unverified", "manual", "verified", NULL};
static const char *const marks[] = {"unverified", "single-source", "hardware", "manual", NULL};
static const char *const givens[] = {"always", "voltage-range", "current-range", "wiring", NULL};
static const char *const layouts[] = {"single", "comma", "letters", NULL};
static const char *const terminator_words[] = {"lf", "crlf", "cr", NULL};
/* In the order of enum mb_validity. */
static const char *const validities[] = {"valid",    "over-range", "under-range", "no-data", "stale",
                                         "settling", "garbled",    "link-fault",  NULL};

#define TEXT(type, key, member, need) {key, MB_FIELD_STRING, offsetof(type, member), .required = (need)}
#define NODE(type, key, member, need) {key, MB_FIELD_NODE, offsetof(type, member), .required = (need)}
#define NUMBER(type, key, member, low, high)                                                                           \
    {key, MB_FIELD_NUMBER, offsetof(type, member), .minimum = (low), .maximum = (high)}
#define CHOICE(type, key, member, words) {key, MB_FIELD_CHOICE, offsetof(type, member), .choices = (words)}
#define MARK(type) CHOICE(type, "mark", mark, marks)
#define MAP(key, table) {key, MB_FIELD_MAP, 0, .fields = (table)}
#define END {.key = NULL}

static const struct mb_field exchange_fields[] = {
    CHOICE(struct mb_exchange, "when", when, givens),
    CHOICE(struct mb_exchange, "unless", unless, givens),
    TEXT(struct mb_exchange, "write", write, false),
    NUMBER(struct mb_exchange, "delay_s", delay_s, 0, 30),
    TEXT(struct mb_exchange, "query", query, false),
    TEXT(struct mb_exchange, "match", match, false),
    TEXT(struct mb_exchange, "number", number, false),
    NUMBER(struct mb_exchange, "tolerance", tolerance, 0, BIG),
    TEXT(struct mb_exchange, "marker", marker, false),
    MARK(struct mb_exchange),
    END,
};

static const struct mb_field value_fields[] = {
    TEXT(struct mb_value_field, "name", name, false),
    TEXT(struct mb_value_field, "quantity", quantity_name, false),
    {"unit_factor", MB_FIELD_NUMBER, offsetof(struct mb_value_field, unit_factor), .maximum = BIG,
     .exclusive_minimum = true},
    TEXT(struct mb_value_field, "marker", marker, false),
    TEXT(struct mb_value_field, "item", item, false),
    TEXT(struct mb_value_field, "match", match, false),
    NODE(struct mb_value_field, "wirings", wirings_node, false),
    END,
};

static const struct mb_field ending_fields[] = {
    TEXT(struct mb_ending, "letter", letter, true),
    CHOICE(struct mb_ending, "validity", validity, validities),
    END,
};

static const struct mb_field group_fields[] = {
    TEXT(struct mb_group, "query", query, true),
    {"layout", MB_FIELD_CHOICE, offsetof(struct mb_group, layout), .required = true, .choices = layouts},
    TEXT(struct mb_group, "count_write", count_write, false),
    TEXT(struct mb_group, "item_write", item_write, false),
    NODE(struct mb_group, "fields", fields_node, true),
    NODE(struct mb_group, "endings", endings_node, false),
    MARK(struct mb_group),
    END,
};

static const struct mb_field bit_fields[] = {
    {"bit", MB_FIELD_INTEGER, offsetof(struct mb_condition_bit, bit), .required = true, .maximum = 31},
    {"validity", MB_FIELD_CHOICE, offsetof(struct mb_condition_bit, validity), .required = true, .choices = validities},
    NODE(struct mb_condition_bit, "channels", channels_node, true),
    MARK(struct mb_condition_bit),
    END,
};

static const struct mb_field invalid_fields[] = {
    TEXT(struct mb_invalid, "token", token, false),
    {"above", MB_FIELD_NUMBER, offsetof(struct mb_invalid, above), .minimum = -1e300, .maximum = 1e300,
     .present_offset = offsetof(struct mb_invalid, has_above)},
    {"below", MB_FIELD_NUMBER, offsetof(struct mb_invalid, below), .minimum = -1e300, .maximum = 1e300,
     .present_offset = offsetof(struct mb_invalid, has_below)},
    {"equals", MB_FIELD_NUMBER, offsetof(struct mb_invalid, equals), .minimum = -1e300, .maximum = 1e300,
     .present_offset = offsetof(struct mb_invalid, has_equals)},
    {"validity", MB_FIELD_CHOICE, offsetof(struct mb_invalid, validity), .required = true, .choices = validities},
    MARK(struct mb_invalid),
    END,
};

static const struct mb_field accuracy_fields[] = {
    TEXT(struct mb_accuracy, "quantity", quantity_name, true),
    NUMBER(struct mb_accuracy, "reading_percent", reading_percent, 0, 100),
    NUMBER(struct mb_accuracy, "range_percent", range_percent, 0, 100),
    NUMBER(struct mb_accuracy, "absolute", absolute, 0, BIG),
    MARK(struct mb_accuracy),
    END,
};

static const struct mb_field set_fields[] = {
    TEXT(struct mb_set_point, "quantity", quantity_name, true),
    {"minimum", MB_FIELD_NUMBER, offsetof(struct mb_set_point, minimum), .required = true, .minimum = -BIG,
     .maximum = BIG},
    {"maximum", MB_FIELD_NUMBER, offsetof(struct mb_set_point, maximum), .required = true, .minimum = -BIG,
     .maximum = BIG},
    {"digits", MB_FIELD_INTEGER, offsetof(struct mb_set_point, digits), .required = true, .maximum = 9},
    NUMBER(struct mb_set_point, "three_phase_factor", three_phase_factor, 0.1, 10),
    NODE(struct mb_set_point, "steps", steps_node, true),
    MARK(struct mb_set_point),
    END,
};

static const struct mb_field profile_fields[] = {
    TEXT(struct mb_profile, "id", id, true),
    TEXT(struct mb_profile, "maker", maker, true),
    TEXT(struct mb_profile, "kind", kind, true),
    NODE(struct mb_profile, "models", nodes.models, true),
    {"maturity", MB_FIELD_CHOICE, offsetof(struct mb_profile, maturity), .required = true, .choices = maturities},
    TEXT(struct mb_profile, "source", source, true),
    END,
};

static const struct mb_field link_fields[] = {
    CHOICE(struct mb_profile, "write_terminator", link.write_terminator, terminator_words),
    CHOICE(struct mb_profile, "read_terminator", link.read_terminator, terminator_words),
    NUMBER(struct mb_profile, "gap_s", link.gap_s, 0, 10),
    NUMBER(struct mb_profile, "timeout_s", link.timeout_s, 0.05, 120),
    END,
};

static const struct mb_field identify_fields[] = {
    TEXT(struct mb_profile, "query", identify.query, true),
    TEXT(struct mb_profile, "match", identify.match, true),
    TEXT(struct mb_profile, "name", identify.name, false),
    CHOICE(struct mb_profile, "mark", identify.mark, marks),
    END,
};

static const struct mb_field error_fields[] = {
    TEXT(struct mb_profile, "query", errors.query, true),
    TEXT(struct mb_profile, "ok", errors.ok, true),
    CHOICE(struct mb_profile, "mark", errors.mark, marks),
    END,
};

static const struct mb_field condition_fields[] = {
    TEXT(struct mb_profile, "query", condition.query, true),
    NODE(struct mb_profile, "bits", condition.bits_node, true),
    END,
};

static const struct mb_field settle_fields[] = {
    NUMBER(struct mb_profile, "settle_s", settle.settle_s, 0, 3600),
    NUMBER(struct mb_profile, "equal_percent", settle.equal_percent, 0, 100),
    {"attempts", MB_FIELD_INTEGER, offsetof(struct mb_profile, settle.attempts), .minimum = 1, .maximum = 1000},
    END,
};

static const struct mb_field output_fields[] = {
    NODE(struct mb_profile, "on", output.on_node, true),
    NODE(struct mb_profile, "off", output.off_node, true),
    END,
};

static const struct mb_field safe_fields[] = {
    {"time_to_safe_s", MB_FIELD_NUMBER, offsetof(struct mb_profile, safe.time_to_safe_s), .required = true,
     .minimum = 0.1, .maximum = 60},
    NODE(struct mb_profile, "steps", safe.steps_node, true),
    END,
};

static const struct mb_field range_fields[] = {
    NODE(struct mb_profile, "voltage_v", ranges.voltage_node, false),
    NODE(struct mb_profile, "current_a", ranges.current_node, false),
    END,
};

static const struct mb_field root_fields[] = {
    {"profile", MB_FIELD_MAP, 0, .required = true, .fields = profile_fields},
    MAP("link", link_fields),
    {"identify", MB_FIELD_MAP, 0, .required = true, .fields = identify_fields},
    MAP("errors", error_fields),
    NODE(struct mb_profile, "setup", nodes.setup, false),
    NODE(struct mb_profile, "read", nodes.read, false),
    {"update_interval_s", MB_FIELD_NUMBER, offsetof(struct mb_profile, update_interval_s), .required = true,
     .minimum = 0.001, .maximum = 3600},
    MAP("condition", condition_fields),
    NODE(struct mb_profile, "invalid", nodes.invalid, false),
    NODE(struct mb_profile, "accuracy", nodes.accuracy, false),
    MAP("ranges", range_fields),
    NODE(struct mb_profile, "wirings", nodes.wirings, false),
    NODE(struct mb_profile, "set", nodes.set, false),
    MAP("output", output_fields),
    MAP("safe", safe_fields),
    MAP("settle", settle_fields),
    END,
};

static void exchange_done(void *element)
{
    struct mb_exchange *x = element;

    free(x->write);
    free(x->query);
    free(x->match);
    free(x->number);
    free(x->marker);
}

static void exchange_list_done(struct mb_exchange_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        exchange_done(&list->rows[i]);
    free(list->rows);
}

static void value_field_done(void *element)
{
    struct mb_value_field *f = element;

    free(f->name);
    free(f->quantity_name);
    free(f->marker);
    free(f->item);
    free(f->match);
}

static void ending_done(void *element)
{
    free(((struct mb_ending *)element)->letter);
}

static void group_done(void *element)
{
    struct mb_group *g = element;

    for (size_t i = 0; i < g->field_count; i++)
        value_field_done(&g->fields[i]);
    for (size_t i = 0; i < g->ending_count; i++)
        ending_done(&g->endings[i]);
    free(g->fields);
    free(g->endings);
    free(g->query);
    free(g->count_write);
    free(g->item_write);
}

static void texts_done(char **texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(texts[i]);
    free(texts);
}

static void bit_done(void *element)
{
    struct mb_condition_bit *b = element;

    texts_done(b->channels, b->channel_count);
}

static void invalid_done(void *element)
{
    free(((struct mb_invalid *)element)->token);
}

static void accuracy_done(void *element)
{
    free(((struct mb_accuracy *)element)->quantity_name);
}

static void set_point_done(void *element)
{
    struct mb_set_point *s = element;

    free(s->quantity_name);
    exchange_list_done(&s->steps);
}

static int read_exchanges(const struct mb_node *list, struct mb_exchange_list *ret, struct mb_error *err)
{
    if (!list)
        return 0;
    return mb_node_read_list(list, exchange_fields, sizeof(struct mb_exchange), LIST_MAX, exchange_done,
                             (void **)&ret->rows, &ret->count, err);
}

static int read_texts(const struct mb_node *list, char ***ret, size_t *ret_count, struct mb_error *err)
{
    char **texts;
    const char *text;
    int r;

    if (list->kind != MB_NODE_LIST || list->count == 0 || list->count > LIST_MAX)
        return mb_node_error(list, err, "a list of 1 to %d texts is expected here", LIST_MAX);
    texts = calloc(list->count, sizeof *texts);
    if (!texts)
        return -ENOMEM;
    for (size_t i = 0; i < list->count; i++) {
        r = mb_node_string(&list->items[i], &text, err);
        if (r == 0 && !(texts[i] = strdup(text)))
            r = -ENOMEM;
        if (r < 0) {
            texts_done(texts, i);
            return r;
        }
    }
    *ret = texts;
    *ret_count = list->count;
    return 0;
}

static int read_numbers(const struct mb_node *list, double **ret, size_t *ret_count, struct mb_error *err)
{
    double *numbers;
    int r = 0;

    if (!list)
        return 0;
    if (list->kind != MB_NODE_LIST || list->count == 0 || list->count > LIST_MAX)
        return mb_node_error(list, err, "a list of 1 to %d numbers is expected here", LIST_MAX);
    numbers = calloc(list->count, sizeof *numbers);
    if (!numbers)
        return -ENOMEM;
    for (size_t i = 0; r == 0 && i < list->count; i++)
        r = mb_node_number(&list->items[i], 1e-9, BIG, &numbers[i], err);
    if (r < 0) {
        free(numbers);
        return r;
    }
    *ret = numbers;
    *ret_count = list->count;
    return 0;
}

static int resolve_quantity(const struct mb_node *map, const char *name, enum mb_quantity *ret, struct mb_error *err)
{
    if (mb_quantity_from_name(name, ret) == 0)
        return 0;
    return mb_node_error(mb_node_get(map, "quantity"), err, "'%s' is not a quantity, e.g. voltage, active-power, torque",
                         name);
}

static int wiring_index(const struct mb_node *node, const char *text, struct mb_error *err)
{
    for (int i = 0; i < MB_WIRING_COUNT; i++)
        if (strcmp(mb_wirings[i], text) == 0)
            return i;
    return mb_node_error(node, err, "'%s' is not a wiring, allowed: 1P2W, 1P3W, 3P3W, 3P4W, 3V3A", text);
}

static int read_field_wirings(struct mb_value_field *f, struct mb_error *err)
{
    char **texts;
    size_t n;
    int r;

    f->wirings = f->wirings_node ? 0 : ~0u;
    if (!f->wirings_node)
        return 0;
    r = read_texts(f->wirings_node, &texts, &n, err);
    if (r < 0)
        return r;
    for (size_t i = 0; r >= 0 && i < n; i++) {
        r = wiring_index(&f->wirings_node->items[i], texts[i], err);
        if (r >= 0)
            f->wirings |= 1u << r;
    }
    texts_done(texts, n);
    return r < 0 ? r : 0;
}

static int finish_field(const struct mb_node *map, struct mb_value_field *f, struct mb_error *err)
{
    if (!f->name != !f->quantity_name)
        return mb_node_error(map, err, "'name' and 'quantity' belong together");
    if (f->unit_factor == 0)
        f->unit_factor = 1;
    if (f->quantity_name && resolve_quantity(map, f->quantity_name, &f->quantity, err) < 0)
        return -EINVAL;
    return read_field_wirings(f, err);
}

static int finish_group(struct mb_group *g, struct mb_error *err)
{
    int r = mb_node_read_list(g->fields_node, value_fields, sizeof *g->fields, LIST_MAX, value_field_done,
                              (void **)&g->fields, &g->field_count, err);

    if (r == 0 && g->endings_node)
        r = mb_node_read_list(g->endings_node, ending_fields, sizeof *g->endings, LIST_MAX, ending_done,
                              (void **)&g->endings, &g->ending_count, err);
    for (size_t i = 0; r == 0 && i < g->field_count; i++)
        r = finish_field(&g->fields_node->items[i], &g->fields[i], err);
    return r;
}

static int read_groups(struct mb_profile *p, struct mb_error *err)
{
    int r;

    if (!p->nodes.read)
        return 0;
    r = mb_node_read_list(p->nodes.read, group_fields, sizeof *p->groups, LIST_MAX, group_done, (void **)&p->groups,
                          &p->group_count, err);
    for (size_t i = 0; r == 0 && i < p->group_count; i++)
        r = finish_group(&p->groups[i], err);
    return r;
}

static int read_condition(struct mb_profile *p, struct mb_error *err)
{
    int r;

    if (!p->condition.query)
        return 0;
    r = mb_node_read_list(p->condition.bits_node, bit_fields, sizeof *p->condition.bits, LIST_MAX, bit_done,
                          (void **)&p->condition.bits, &p->condition.bit_count, err);
    for (size_t i = 0; r == 0 && i < p->condition.bit_count; i++)
        r = read_texts(p->condition.bits[i].channels_node, &p->condition.bits[i].channels,
                       &p->condition.bits[i].channel_count, err);
    return r;
}

static int read_invalid(struct mb_profile *p, struct mb_error *err)
{
    if (!p->nodes.invalid)
        return 0;
    return mb_node_read_list(p->nodes.invalid, invalid_fields, sizeof *p->invalid, LIST_MAX, invalid_done,
                             (void **)&p->invalid, &p->invalid_count, err);
}

static int read_accuracy(struct mb_profile *p, struct mb_error *err)
{
    int r;

    if (!p->nodes.accuracy)
        return 0;
    r = mb_node_read_list(p->nodes.accuracy, accuracy_fields, sizeof *p->accuracy, LIST_MAX, accuracy_done,
                          (void **)&p->accuracy, &p->accuracy_count, err);
    for (size_t i = 0; r == 0 && i < p->accuracy_count; i++)
        r = resolve_quantity(&p->nodes.accuracy->items[i], p->accuracy[i].quantity_name, &p->accuracy[i].quantity, err);
    return r;
}

static int read_set_points(struct mb_profile *p, struct mb_error *err)
{
    struct mb_set_point *s;
    int r;

    if (!p->nodes.set)
        return 0;
    r = mb_node_read_list(p->nodes.set, set_fields, sizeof *p->set_points, LIST_MAX, set_point_done,
                          (void **)&p->set_points, &p->set_point_count, err);
    for (size_t i = 0; r == 0 && i < p->set_point_count; i++) {
        s = &p->set_points[i];
        if (s->three_phase_factor == 0)
            s->three_phase_factor = 1;
        r = resolve_quantity(&p->nodes.set->items[i], s->quantity_name, &s->quantity, err);
        if (r == 0)
            r = read_exchanges(s->steps_node, &s->steps, err);
    }
    return r;
}

static int read_wirings(struct mb_profile *p, struct mb_error *err)
{
    const struct mb_node *map = p->nodes.wirings;
    const char *text;
    int r;

    if (!map)
        return 0;
    if (map->kind != MB_NODE_MAP)
        return mb_node_error(map, err, "a map from wirings to the instrument's own words is expected here");
    for (size_t i = 0; i < map->count; i++) {
        r = mb_node_string(&map->items[i], &text, err);
        if (r < 0)
            return r;
        r = wiring_index(&map->keys[i], map->keys[i].text, err);
        if (r < 0)
            return r;
        p->wirings[r] = strdup(text);
        if (!p->wirings[r])
            return -ENOMEM;
    }
    return 0;
}

static int read_lists(struct mb_profile *p, struct mb_error *err)
{
    static int (*const parts[])(struct mb_profile *, struct mb_error *) = {
        read_groups, read_condition, read_invalid, read_accuracy, read_set_points, read_wirings};
    int r = read_texts(p->nodes.models, &p->models, &p->model_count, err);

    for (size_t i = 0; r == 0 && i < sizeof parts / sizeof *parts; i++)
        r = parts[i](p, err);
    if (r == 0)
        r = read_exchanges(p->nodes.setup, &p->setup, err);
    if (r == 0)
        r = read_exchanges(p->output.on_node, &p->output.on, err);
    if (r == 0)
        r = read_exchanges(p->output.off_node, &p->output.off, err);
    if (r == 0)
        r = read_exchanges(p->safe.steps_node, &p->safe.steps, err);
    if (r == 0)
        r = read_numbers(p->ranges.voltage_node, &p->ranges.voltage, &p->ranges.voltage_count, err);
    if (r == 0)
        r = read_numbers(p->ranges.current_node, &p->ranges.current, &p->ranges.current_count, err);
    return r;
}

/* Takes the document over in every case. */
static int read_document(struct mb_document *document, struct mb_profile **ret, struct mb_error *err)
{
    struct mb_profile *p = calloc(1, sizeof *p);
    int r;

    if (!p) {
        (void)mb_document_free(document);
        return mb_error_set(err, -ENOMEM, "out of memory for a profile");
    }
    p->document = document;
    p->link.timeout_s = 3;
    p->settle.attempts = 10;
    r = mb_node_read(mb_document_root(document), root_fields, p, err);
    if (r == 0)
        r = read_lists(p, err);
    if (r == 0)
        r = mb_profile_check(p, err);
    if (r < 0) {
        (void)mb_profile_free(p);
        return r;
    }
    *ret = p;
    return 0;
}

int mb_profile_parse(const char *name, const char *text, size_t size, struct mb_profile **ret, struct mb_error *err)
{
    struct mb_document *document = NULL;
    int r = mb_document_parse(name, text, size, &document, err);

    return r < 0 ? r : read_document(document, ret, err);
}

int mb_profile_load(const char *directory, const char *id, struct mb_profile **ret, struct mb_error *err)
{
    struct mb_document *document = NULL;
    struct mb_profile *p = NULL;
    char path[4096];
    int r;

    /* The id comes from a bench file: it must not lead out of the folder. */
    if (!*id || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(id))
        return mb_error_set(err, -EINVAL, "profile '%s': allowed are lower-case letters, digits and '-'", id);
    r = snprintf(path, sizeof path, "%s/%s.yaml", directory, id);
    if (r < 0 || (size_t)r >= sizeof path)
        return mb_error_set(err, -ENAMETOOLONG, "profile %s: the path is too long", id);
    r = mb_document_load(path, &document, err);
    if (r == 0)
        r = read_document(document, &p, err);
    if (r == 0 && strcmp(p->id, id) != 0) {
        r = mb_error_set(err, -EINVAL, "%s: the id is '%s', it must be the name of the file", path, p->id);
        p = mb_profile_free(p);
    }
    if (r == 0)
        *ret = p;
    return r;
}

static void lists_done(struct mb_profile *p)
{
    exchange_list_done(&p->setup);
    exchange_list_done(&p->output.on);
    exchange_list_done(&p->output.off);
    exchange_list_done(&p->safe.steps);
    for (size_t i = 0; i < p->group_count; i++)
        group_done(&p->groups[i]);
    for (size_t i = 0; i < p->condition.bit_count; i++)
        bit_done(&p->condition.bits[i]);
    for (size_t i = 0; i < p->invalid_count; i++)
        invalid_done(&p->invalid[i]);
    for (size_t i = 0; i < p->accuracy_count; i++)
        accuracy_done(&p->accuracy[i]);
    for (size_t i = 0; i < p->set_point_count; i++)
        set_point_done(&p->set_points[i]);
    for (size_t i = 0; i < MB_WIRING_COUNT; i++)
        free(p->wirings[i]);
    texts_done(p->models, p->model_count);
    free(p->groups);
    free(p->condition.bits);
    free(p->invalid);
    free(p->accuracy);
    free(p->set_points);
    free(p->ranges.voltage);
    free(p->ranges.current);
}

struct mb_profile *mb_profile_free(struct mb_profile *p)
{
    if (!p)
        return NULL;
    lists_done(p);
    free(p->id);
    free(p->maker);
    free(p->kind);
    free(p->source);
    free(p->identify.query);
    free(p->identify.match);
    free(p->identify.name);
    free(p->errors.query);
    free(p->errors.ok);
    free(p->condition.query);
    (void)mb_document_free(p->document);
    free(p);
    return NULL;
}
