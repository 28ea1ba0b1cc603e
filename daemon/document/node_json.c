/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/node_json.h"

#include <string.h>

#include "core/number.h"

static json_t *scalar_json(const struct mb_node *node)
{
    size_t n = strlen(node->text);
    int64_t whole;
    double number;

    if (!node->quoted) {
        if (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0)
            return json_boolean(node->text[0] == 't');
        if (mb_integer_parse(node->text, n, &whole) == 0)
            return json_integer(whole);
        if (mb_number_parse(node->text, n, &number) == 0)
            return json_real(number);
    }
    return json_string(node->text);
}

static json_t *list_json(const struct mb_node *node)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < node->count; i++)
        (void)json_array_append_new(list, mb_node_json(&node->items[i]));
    return list;
}

static json_t *map_json(const struct mb_node *node)
{
    json_t *map = json_object();

    for (size_t i = 0; map && i < node->count; i++)
        (void)json_object_set_new(map, node->keys[i].text, mb_node_json(&node->items[i]));
    return map;
}

json_t *mb_node_json(const struct mb_node *node)
{
    switch (node->kind) {
    case MB_NODE_SCALAR:
        return scalar_json(node);
    case MB_NODE_LIST:
        return list_json(node);
    case MB_NODE_MAP:
        return map_json(node);
    case MB_NODE_NULL:
        break;
    }
    return json_null();
}
