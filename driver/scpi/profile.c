/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A profile file into a struct, and out of memory again. */
#include "scpi/profile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/instrument.h"
#include "scpi/profile_fields.h"
#include "scpi/profile_parts.h"
#include "scpi/safety_profile.h"

static void exchange_done(void *element)
{
    struct mb_exchange *x = element;

    free(x->write);
    free(x->query);
    free(x->match);
    free(x->number);
    free(x->marker);
}

void mb_exchange_list_done(struct mb_exchange_list *list)
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
    free(f->label);
    free(f->match);
    for (size_t i = 0; i < f->unit_count; i++)
        free(f->units[i].text);
    free(f->units);
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
    free(g->count_query);
    free(g->labels_query);
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
    free(b->text);
}

static void invalid_done(void *element)
{
    free(((struct mb_invalid *)element)->token);
}

static void set_point_done(void *element)
{
    struct mb_set_point *s = element;

    free(s->quantity_name);
    mb_exchange_list_done(&s->steps);
}

int mb_profile_read_exchanges(const struct mb_node *list, struct mb_exchange_list *ret, struct mb_error *err)
{
    if (!list)
        return 0;
    return mb_node_read_list(list, mb_profile_exchange_fields, sizeof(struct mb_exchange),
                             MB_PROFILE_LIST_MAX, exchange_done, (void **)&ret->rows, &ret->count, err);
}

static int read_texts(const struct mb_node *list, char ***ret, size_t *ret_count, struct mb_error *err)
{
    char **texts;
    const char *text;
    int r;

    if (list->kind != MB_NODE_LIST || list->count == 0 || list->count > MB_PROFILE_LIST_MAX)
        return mb_node_error(list, err, "a list of 1 to %d texts is expected here", MB_PROFILE_LIST_MAX);
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
    if (list->kind != MB_NODE_LIST || list->count == 0 || list->count > MB_PROFILE_LIST_MAX)
        return mb_node_error(list, err, "a list of 1 to %d numbers is expected here", MB_PROFILE_LIST_MAX);
    numbers = calloc(list->count, sizeof *numbers);
    if (!numbers)
        return -ENOMEM;
    for (size_t i = 0; r == 0 && i < list->count; i++)
        r = mb_node_number(&list->items[i], 1e-9, MB_PROFILE_BIG, &numbers[i], err);
    if (r < 0) {
        free(numbers);
        return r;
    }
    *ret = numbers;
    *ret_count = list->count;
    return 0;
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

/* {kV: 1000, V: 1} */
static int read_units(struct mb_value_field *f, struct mb_error *err)
{
    const struct mb_node *map = f->units_node;
    int r = 0;

    if (!map)
        return 0;
    if (map->kind != MB_NODE_MAP || map->count == 0)
        return mb_node_error(map, err, "a map from the instrument's units to factors is expected here");
    f->units = calloc(map->count, sizeof *f->units);
    if (!f->units)
        return -ENOMEM;
    for (size_t i = 0; r == 0 && i < map->count; i++) {
        r = mb_node_number(&map->items[i], 1e-12, MB_PROFILE_BIG, &f->units[i].factor, err);
        if (r == 0 && !(f->units[i].text = strdup(map->keys[i].text)))
            r = -ENOMEM;
        f->unit_count = i + 1;
    }
    return r;
}

static int finish_field(const struct mb_node *map, struct mb_value_field *f, struct mb_error *err)
{
    if (!f->name != !f->quantity_name)
        return mb_node_error(map, err, "'name' and 'quantity' belong together");
    if (f->unit_factor == 0)
        f->unit_factor = 1;
    if (f->quantity_name && mb_profile_quantity(map, f->quantity_name, &f->quantity, err) < 0)
        return -EINVAL;
    if (read_units(f, err) < 0)
        return -EINVAL;
    return read_field_wirings(f, err);
}

static int finish_group(struct mb_group *g, struct mb_error *err)
{
    int r = mb_node_read_list(g->fields_node, mb_profile_value_fields, sizeof *g->fields, MB_PROFILE_LIST_MAX,
                              value_field_done, (void **)&g->fields, &g->field_count, err);

    if (r == 0 && g->endings_node)
        r = mb_node_read_list(g->endings_node, mb_profile_ending_fields, sizeof *g->endings,
                              MB_PROFILE_LIST_MAX, ending_done, (void **)&g->endings, &g->ending_count, err);
    for (size_t i = 0; r == 0 && i < g->field_count; i++)
        r = finish_field(&g->fields_node->items[i], &g->fields[i], err);
    return r;
}

static int read_groups(struct mb_profile *p, struct mb_error *err)
{
    int r;

    if (!p->nodes.read)
        return 0;
    r = mb_node_read_list(p->nodes.read, mb_profile_group_fields, sizeof *p->groups, MB_PROFILE_LIST_MAX,
                          group_done, (void **)&p->groups, &p->group_count, err);
    for (size_t i = 0; r == 0 && i < p->group_count; i++)
        r = finish_group(&p->groups[i], err);
    return r;
}

static int read_condition(struct mb_profile *p, struct mb_error *err)
{
    int r;

    if (!p->condition.query)
        return 0;
    r = mb_node_read_list(p->condition.bits_node, mb_profile_bit_fields, sizeof *p->condition.bits,
                          MB_PROFILE_LIST_MAX, bit_done, (void **)&p->condition.bits, &p->condition.bit_count,
                          err);
    for (size_t i = 0; r == 0 && i < p->condition.bit_count; i++)
        if (p->condition.bits[i].channels_node)
            r = read_texts(p->condition.bits[i].channels_node, &p->condition.bits[i].channels,
                           &p->condition.bits[i].channel_count, err);
    return r;
}

static int read_invalid(struct mb_profile *p, struct mb_error *err)
{
    if (!p->nodes.invalid)
        return 0;
    return mb_node_read_list(p->nodes.invalid, mb_profile_invalid_fields, sizeof *p->invalid,
                             MB_PROFILE_LIST_MAX, invalid_done, (void **)&p->invalid, &p->invalid_count, err);
}

static int read_accuracy(struct mb_profile *p, struct mb_error *err)
{
    return mb_accuracy_read(p->nodes.accuracy, &p->accuracy, &p->accuracy_count, err);
}

static int read_set_points(struct mb_profile *p, struct mb_error *err)
{
    struct mb_set_point *s;
    int r;

    if (!p->nodes.set)
        return 0;
    r = mb_node_read_list(p->nodes.set, mb_profile_set_fields, sizeof *p->set_points, MB_PROFILE_LIST_MAX,
                          set_point_done, (void **)&p->set_points, &p->set_point_count, err);
    for (size_t i = 0; r == 0 && i < p->set_point_count; i++) {
        s = &p->set_points[i];
        if (s->three_phase_factor == 0)
            s->three_phase_factor = 1;
        r = mb_profile_quantity(&p->nodes.set->items[i], s->quantity_name, &s->quantity, err);
        if (r == 0)
            r = mb_profile_read_exchanges(s->steps_node, &s->steps, err);
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
        read_groups,     read_condition, read_invalid,        read_accuracy,
        read_set_points, read_wirings,   mb_profile_read_link};
    int r = read_texts(p->nodes.models, &p->models, &p->model_count, err);

    for (size_t i = 0; r == 0 && i < sizeof parts / sizeof *parts; i++)
        r = parts[i](p, err);
    if (r == 0)
        r = mb_profile_read_exchanges(p->nodes.setup, &p->setup, err);
    if (r == 0)
        r = mb_profile_read_exchanges(p->output.on_node, &p->output.on, err);
    if (r == 0)
        r = mb_profile_read_exchanges(p->output.off_node, &p->output.off, err);
    if (r == 0)
        r = mb_profile_read_exchanges(p->safe.steps_node, &p->safe.steps, err);
    if (r == 0)
        r = read_numbers(p->ranges.voltage_node, &p->ranges.voltage, &p->ranges.voltage_count, err);
    if (r == 0)
        r = read_numbers(p->ranges.current_node, &p->ranges.current, &p->ranges.current_count, err);
    if (r == 0 && p->nodes.safety_test)
        r = mb_safety_block_read(p->nodes.safety_test, &p->safety, err);
    return r;
}

/* Takes the document and what it is like (may be NULL) over in every case. */
static int read_document(struct mb_document *document, struct mb_like *like, struct mb_profile **ret,
                         struct mb_error *err)
{
    const struct mb_node *root = like ? mb_like_root(like) : mb_document_root(document);
    struct mb_profile *p = calloc(1, sizeof *p);
    int r;

    if (!p) {
        (void)mb_document_free(document);
        (void)mb_like_free(like);
        return mb_error_set(err, -ENOMEM, "out of memory for a profile");
    }
    p->document = document;
    p->like = like;
    p->link.timeout_s = 3;
    p->settle.attempts = 10;
    r = mb_node_read(root, mb_profile_root_fields, p, err);
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

int mb_profile_parse(const char *name, const char *text, size_t size, struct mb_profile **ret,
                     struct mb_error *err)
{
    struct mb_document *document = NULL;
    int r = mb_document_parse(name, text, size, &document, err);

    if (r == 0 && mb_node_get(mb_document_root(document), "like")) {
        r = mb_node_error(mb_document_root(document), err, "'like' needs the folder of the other profile");
        (void)mb_document_free(document);
    }
    return r < 0 ? r : read_document(document, NULL, ret, err);
}

/* *ret stays NULL for a profile that stands for itself. */
static int load_like(const char *folders, const struct mb_document *own, struct mb_like **ret,
                     struct mb_error *err)
{
    const struct mb_node *root = mb_document_root(own), *node = mb_node_get(root, "like");
    struct mb_document *base = NULL;
    const char *id;
    int r;

    if (!node)
        return 0;
    r = mb_node_string(node, &id, err);
    if (r == 0)
        r = mb_profile_document(folders, id, &base, err);
    if (r == -ENOENT)
        r = mb_node_error(node, err, "there is no profile '%s'", id);
    if (r < 0)
        return r;
    return mb_like_new(root, mb_document_root(base), base, ret, err);
}

int mb_profile_load(const char *folders, const char *id, struct mb_profile **ret, struct mb_error *err)
{
    struct mb_document *document = NULL;
    struct mb_profile *p = NULL;
    struct mb_like *like = NULL;
    int r = mb_profile_document(folders, id, &document, err);

    if (r < 0)
        return r;
    r = load_like(folders, document, &like, err);
    if (r < 0) {
        (void)mb_document_free(document);
        return r;
    }
    r = read_document(document, like, &p, err);
    if (r == 0 && strcmp(p->id, id) != 0) {
        r = mb_node_error(mb_document_root(p->document), err,
                          "the id is '%s', it must be the name of the file", p->id);
        p = mb_profile_free(p);
    }
    if (r == 0)
        *ret = p;
    return r;
}

static void lists_done(struct mb_profile *p)
{
    mb_exchange_list_done(&p->setup);
    mb_exchange_list_done(&p->output.on);
    mb_exchange_list_done(&p->output.off);
    mb_exchange_list_done(&p->safe.steps);
    for (size_t i = 0; i < p->group_count; i++)
        group_done(&p->groups[i]);
    for (size_t i = 0; i < p->condition.bit_count; i++)
        bit_done(&p->condition.bits[i]);
    for (size_t i = 0; i < p->invalid_count; i++)
        invalid_done(&p->invalid[i]);
    for (size_t i = 0; i < p->set_point_count; i++)
        set_point_done(&p->set_points[i]);
    for (size_t i = 0; i < MB_WIRING_COUNT; i++)
        free(p->wirings[i]);
    texts_done(p->models, p->model_count);
    free(p->groups);
    free(p->condition.bits);
    free(p->invalid);
    mb_accuracy_free(p->accuracy, p->accuracy_count);
    free(p->set_points);
    (void)mb_safety_block_free(p->safety);
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
    mb_profile_link_done(p);
    free(p->like_id);
    free(p->dialect);
    free(p->errors.query);
    free(p->errors.ok);
    free(p->condition.query);
    (void)mb_document_free(p->document);
    (void)mb_like_free(p->like);
    free(p);
    return NULL;
}
