/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes into structs by a table of fields. */
#include "data/data.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"

#define CHOICES_TEXT 400 /* all kinds of motors */

const struct mb_node *mb_node_get(const struct mb_node *node, const char *key)
{
    if (!node || node->kind != MB_NODE_MAP)
        return NULL;
    for (size_t i = 0; i < node->count; i++)
        if (strcmp(node->keys[i].text, key) == 0)
            return &node->items[i];
    return NULL;
}

static const char *kind_word(const struct mb_node *node)
{
    static const char *const words[] = {[MB_NODE_NULL] = "nothing",
                                        [MB_NODE_SCALAR] = "a value",
                                        [MB_NODE_LIST] = "a list",
                                        [MB_NODE_MAP] = "a map"};

    return words[node->kind];
}

/* "power_w" and "power_kw" share the quantity: the most frequent slip is the unit. */
static bool same_quantity(const char *a, const char *b)
{
    const char *end_a = strrchr(a, '_'), *end_b = strrchr(b, '_');
    size_t n = end_a ? (size_t)(end_a - a) : strlen(a);

    return n == (end_b ? (size_t)(end_b - b) : strlen(b)) && strncmp(a, b, n) == 0;
}

static int unknown_key(const struct mb_node *key, const struct mb_field *fields, struct mb_error *err)
{
    char known[CHOICES_TEXT] = "";
    size_t used = 0;

    for (const struct mb_field *f = fields; f->key; f++) {
        if (same_quantity(f->key, key->text))
            return mb_node_error(key, err, "unknown key '%s'; the unit is part of the name: '%s'", key->text,
                                 f->key);
        if (used < sizeof known)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", f->key);
    }
    if (isdigit((unsigned char)key->text[0])) /* "t_nm: 3,50" between braces is two members */
        return mb_node_error(key, err, "unknown key '%s'; in a number the decimal mark is a point, no comma",
                             key->text);
    return mb_node_error(key, err, "unknown key '%s', allowed: %s", key->text, known);
}

static int check_keys(const struct mb_node *map, const struct mb_field *fields, struct mb_error *err)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct mb_field *f = fields;

        while (f->key && strcmp(f->key, map->keys[i].text) != 0)
            f++;
        if (!f->key)
            return unknown_key(&map->keys[i], fields, err);
    }
    return 0;
}

static int expect_scalar(const struct mb_node *node, const char *what, struct mb_error *err)
{
    if (node->kind == MB_NODE_SCALAR)
        return 0;
    return mb_node_error(node, err, "%s is expected here, not %s", what, kind_word(node));
}

static int parse_plain_number(const struct mb_node *node, double *ret, struct mb_error *err)
{
    int r = expect_scalar(node, "a number", err);

    if (r < 0)
        return r;
    r = node->quoted ? -EINVAL : mb_number_parse(node->text, strlen(node->text), ret);
    if (r == -ERANGE)
        return mb_node_error(node, err, "'%.40s' is too large for a number", node->text);
    if (r < 0)
        return mb_node_error(
            node, err,
            "'%.40s' is not a number; allowed: plain decimal or exponent notation, decimal point, no unit",
            node->text);
    return 0;
}

static int range_error(const struct mb_node *node, double minimum, double maximum, bool exclusive,
                       struct mb_error *err)
{
    return mb_node_error(node, err, "%s is out of range, allowed: %s %g to %g", node->text,
                         exclusive ? "above" : "from", minimum, maximum);
}

int mb_node_number(const struct mb_node *node, double minimum, double maximum, double *ret,
                   struct mb_error *err)
{
    double value;
    int r = parse_plain_number(node, &value, err);

    if (r < 0)
        return r;
    if (value < minimum || value > maximum)
        return range_error(node, minimum, maximum, false, err);
    *ret = value;
    return 0;
}

int mb_node_string(const struct mb_node *node, const char **ret, struct mb_error *err)
{
    int r = expect_scalar(node, "a text", err);

    if (r < 0)
        return r;
    if (!*node->text)
        return mb_node_error(node, err, "an empty text is not allowed here");
    *ret = node->text;
    return 0;
}

static int read_number(const struct mb_node *node, const struct mb_field *f, void *member,
                       struct mb_error *err)
{
    double value;
    int r = parse_plain_number(node, &value, err);

    if (r < 0)
        return r;
    if (value < f->minimum || value > f->maximum || (f->exclusive_minimum && value == f->minimum))
        return range_error(node, f->minimum, f->maximum, f->exclusive_minimum, err);
    *(double *)member = value;
    return 0;
}

static int read_integer(const struct mb_node *node, const struct mb_field *f, void *member,
                        struct mb_error *err)
{
    int64_t value;
    int r = expect_scalar(node, "a whole number", err);

    if (r < 0)
        return r;
    if (node->quoted || mb_integer_parse(node->text, strlen(node->text), &value) < 0)
        return mb_node_error(node, err, "'%.40s' is not a whole number", node->text);
    if ((double)value < f->minimum || (double)value > f->maximum || value < INT_MIN || value > INT_MAX)
        return range_error(node, f->minimum, f->maximum, false, err);
    *(int *)member = (int)value;
    return 0;
}

static int read_bool(const struct mb_node *node, const struct mb_field *f, void *member, struct mb_error *err)
{
    int r = expect_scalar(node, "true or false", err);

    (void)f;
    if (r < 0)
        return r;
    if (node->quoted || (strcmp(node->text, "true") != 0 && strcmp(node->text, "false") != 0))
        return mb_node_error(node, err, "'%.40s' is not allowed here, only true or false", node->text);
    *(bool *)member = node->text[0] == 't';
    return 0;
}

static int read_string(const struct mb_node *node, const struct mb_field *f, void *member,
                       struct mb_error *err)
{
    const char *text = NULL;
    char *copy;
    int r = mb_node_string(node, &text, err);

    (void)f;
    if (r < 0)
        return r;
    copy = strdup(text);
    if (!copy)
        return -ENOMEM;
    free(*(char **)member);
    *(char **)member = copy;
    return 0;
}

static int read_choice(const struct mb_node *node, const struct mb_field *f, void *member,
                       struct mb_error *err)
{
    char allowed[CHOICES_TEXT] = "";
    size_t used = 0;
    int r = expect_scalar(node, "one of a list of words", err);

    if (r < 0)
        return r;
    for (int i = 0; f->choices[i]; i++) {
        if (strcmp(f->choices[i], node->text) == 0) {
            *(int *)member = i;
            return 0;
        }
        if (used < sizeof allowed)
            used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s", used ? ", " : "",
                                     f->choices[i]);
    }
    return mb_node_error(node, err, "'%.60s' is not known, allowed: %s", node->text, allowed);
}

static int read_map(const struct mb_node *node, const struct mb_field *f, void *member, struct mb_error *err)
{
    return mb_node_read(node, f->fields, member, err);
}

static int read_node(const struct mb_node *node, const struct mb_field *f, void *member, struct mb_error *err)
{
    (void)f;
    (void)err;
    *(const struct mb_node **)member = node;
    return 0;
}

static int (*const readers[])(const struct mb_node *, const struct mb_field *, void *, struct mb_error *) = {
    [MB_FIELD_NUMBER] = read_number, [MB_FIELD_INTEGER] = read_integer, [MB_FIELD_BOOL] = read_bool,
    [MB_FIELD_STRING] = read_string, [MB_FIELD_CHOICE] = read_choice,   [MB_FIELD_MAP] = read_map,
    [MB_FIELD_NODE] = read_node,
};

static int read_field(const struct mb_node *map, const struct mb_field *f, void *target, struct mb_error *err)
{
    const struct mb_node *node = mb_node_get(map, f->key);
    int r;

    if (!node) {
        if (f->required)
            return mb_node_error(map, err, "'%s' is missing here", f->key);
        return 0;
    }
    if (node->kind == MB_NODE_NULL)
        return mb_node_error(node, err, "'%s' has no value", f->key);
    r = readers[f->kind](node, f, (char *)target + f->offset, err);
    if (r == 0 && f->present_offset)
        *(bool *)((char *)target + f->present_offset) = true;
    return r;
}

int mb_node_read(const struct mb_node *map, const struct mb_field *fields, void *target, struct mb_error *err)
{
    int r;

    if (map->kind != MB_NODE_MAP)
        return mb_node_error(map, err, "a map of 'key: value' is expected here, not %s", kind_word(map));
    r = check_keys(map, fields, err);
    for (const struct mb_field *f = fields; r == 0 && f->key; f++)
        r = read_field(map, f, target, err);
    return r;
}

int mb_node_read_list(const struct mb_node *list, const struct mb_field *fields, size_t element_size,
                      size_t max, void (*free_element)(void *), void **ret_items, size_t *ret_count,
                      struct mb_error *err)
{
    char *items;
    size_t done = 0;
    int r = 0;

    if (list->kind != MB_NODE_LIST)
        return mb_node_error(list, err, "a list is expected here, not %s", kind_word(list));
    if (list->count > max)
        return mb_node_error(list, err, "the list has %zu elements, allowed: at most %zu", list->count, max);
    items = calloc(list->count ? list->count : 1, element_size);
    if (!items)
        return -ENOMEM;
    while (r == 0 && done < list->count) {
        r = mb_node_read(&list->items[done], fields, items + done * element_size, err);
        done++;
    }
    if (r < 0) {
        for (size_t i = 0; free_element && i < done; i++)
            free_element(items + i * element_size);
        free(items);
        return r;
    }
    *ret_items = items;
    *ret_count = list->count;
    return 0;
}
