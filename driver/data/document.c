/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libyaml events to nodes. Everything that could make a file mean more than it shows (aliases, tags, several
 * documents, a key twice) is refused here, so that no reader of data files has to think of it. */
#include "data/data.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "core/file.h"

#define FILE_SIZE_MAX (4u << 20)
#define DEPTH_MAX 32
#define KEYS_MAX 1000 /* in one map; looking for doubles is quadratic */

struct mb_document {
    char *name;
    struct mb_node root;
};

struct parse {
    yaml_parser_t parser;
    const char *name;
    struct mb_error *err;
};

static int parse_node(struct parse *p, const yaml_event_t *event, unsigned depth, struct mb_node *ret);

static void node_clear(struct mb_node *node)
{
    for (size_t i = 0; i < node->count; i++) {
        node_clear(&node->items[i]);
        if (node->keys)
            node_clear(&node->keys[i]);
    }
    free(node->items);
    free(node->keys);
    free(node->text);
    *node = (struct mb_node){0};
}

int mb_node_error(const struct mb_node *node, struct mb_error *err, const char *format, ...)
{
    char text[MB_ERROR_MAX];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    return mb_error_set(err, -EINVAL, "%s:%u: %s", node->file, node->line, text);
}

/* Bytes that are no text at all are found before any mark is set: their place is an offset. */
static unsigned long error_line(const yaml_parser_t *y)
{
    const unsigned char *text = y->input.string.start, *end = y->input.string.end;
    unsigned long line = 1;

    if (y->error != YAML_READER_ERROR)
        return (y->problem_mark.line ? y->problem_mark.line : y->context_mark.line) + 1;
    for (size_t i = 0; i < y->problem_offset && text + i < end; i++)
        line += text[i] == '\n';
    return line;
}

static int parser_error(struct parse *p)
{
    const yaml_parser_t *y = &p->parser;

    if (y->error == YAML_MEMORY_ERROR)
        return mb_error_set(p->err, -ENOMEM, "%s: out of memory", p->name);
    return mb_error_set(p->err, -EINVAL, "%s:%lu: not well-formed YAML: %s", p->name, error_line(y),
                        y->problem ? y->problem : "unreadable");
}

/* The next event; the caller deletes it. */
static int next_event(struct parse *p, yaml_event_t *ret)
{
    return yaml_parser_parse(&p->parser, ret) ? 0 : parser_error(p);
}

static bool is_null_text(const char *text)
{
    return *text == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0;
}

static int parse_scalar(struct parse *p, const yaml_event_t *event, struct mb_node *node)
{
    const char *value = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;

    if (memchr(value, '\0', length))
        return mb_node_error(node, p->err, "a NUL byte in a text is not allowed");
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->kind = !node->quoted && is_null_text(value) ? MB_NODE_NULL : MB_NODE_SCALAR;
    node->text = strndup(value, length);
    return node->text ? 0 : -ENOMEM;
}

/* Room for one more element in items (and keys); grows in powers of two. */
static int node_grow(struct mb_node *node)
{
    size_t room = node->count < 8 ? 8 : node->count * 2;
    struct mb_node *items, *keys;

    if (node->count != 0 && (node->count < 8 || (node->count & (node->count - 1)) != 0))
        return 0;
    items = realloc(node->items, room * sizeof *items);
    if (!items)
        return -ENOMEM;
    node->items = items;
    if (node->kind == MB_NODE_MAP) {
        keys = realloc(node->keys, room * sizeof *keys);
        if (!keys)
            return -ENOMEM;
        node->keys = keys;
    }
    return 0;
}

static int check_key(struct parse *p, const struct mb_node *map, const struct mb_node *key)
{
    if (key->kind != MB_NODE_SCALAR)
        return mb_node_error(key, p->err, "a key must be a plain word");
    if (map->count >= KEYS_MAX)
        return mb_node_error(key, p->err, "more than %d keys in one map", KEYS_MAX);
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->keys[i].text, key->text) == 0)
            return mb_node_error(key, p->err, "key '%s' stands twice, first in line %u", key->text,
                                 map->keys[i].line);
    return 0;
}

static int parse_element(struct parse *p, yaml_event_t *event, unsigned depth, struct mb_node *node)
{
    struct mb_node key = {0}, item = {0};
    yaml_event_t value;
    int r;

    r = node_grow(node);
    if (r < 0)
        return r;
    if (node->kind == MB_NODE_LIST) {
        r = parse_node(p, event, depth, &item);
    } else {
        r = parse_node(p, event, depth, &key);
        if (r == 0)
            r = check_key(p, node, &key);
        if (r == 0)
            r = next_event(p, &value);
        if (r == 0) {
            r = parse_node(p, &value, depth, &item);
            yaml_event_delete(&value);
        }
    }
    if (r < 0) {
        node_clear(&key);
        node_clear(&item);
        return r;
    }
    if (node->kind == MB_NODE_MAP)
        node->keys[node->count] = key;
    node->items[node->count++] = item;
    return 0;
}

static int parse_collection(struct parse *p, unsigned depth, yaml_event_type_t end, struct mb_node *node)
{
    yaml_event_t event;
    bool done;
    int r;

    if (depth >= DEPTH_MAX)
        return mb_node_error(node, p->err, "nested deeper than %d levels", DEPTH_MAX);
    do {
        r = next_event(p, &event);
        if (r < 0)
            return r;
        done = event.type == end;
        if (!done)
            r = parse_element(p, &event, depth + 1, node);
        yaml_event_delete(&event);
    } while (r == 0 && !done);
    return r;
}

static bool has_anchor_or_tag(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor || event->data.scalar.tag;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor || event->data.sequence_start.tag;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor || event->data.mapping_start.tag;
    default:
        return true; /* an alias */
    }
}

static int parse_node(struct parse *p, const yaml_event_t *event, unsigned depth, struct mb_node *ret)
{
    struct mb_node node = {
        .file = p->name,
        .line = (unsigned)event->start_mark.line + 1,
        .column = (unsigned)event->start_mark.column + 1,
    };
    int r;

    if (has_anchor_or_tag(event))
        return mb_node_error(&node, p->err, "anchors, aliases and tags are not allowed");
    if (event->type == YAML_SCALAR_EVENT) {
        r = parse_scalar(p, event, &node);
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        node.kind = MB_NODE_LIST;
        r = parse_collection(p, depth, YAML_SEQUENCE_END_EVENT, &node);
    } else {
        node.kind = MB_NODE_MAP;
        r = parse_collection(p, depth, YAML_MAPPING_END_EVENT, &node);
    }
    if (r < 0)
        node_clear(&node);
    else
        *ret = node;
    return r;
}

/* One event that must be of this type. */
static int expect_event(struct parse *p, yaml_event_type_t type, const char *what)
{
    yaml_event_t event;
    unsigned long line;
    bool ok;
    int r = next_event(p, &event);

    if (r < 0)
        return r;
    ok = event.type == type;
    line = event.start_mark.line + 1;
    yaml_event_delete(&event);
    return ok ? 0 : mb_error_set(p->err, -EINVAL, "%s:%lu: %s", p->name, line, what);
}

static int parse_stream(struct parse *p, struct mb_node *ret)
{
    yaml_event_t event;
    int r = expect_event(p, YAML_STREAM_START_EVENT, "not a YAML file");

    if (r == 0)
        r = expect_event(p, YAML_DOCUMENT_START_EVENT, "the file is empty");
    if (r == 0)
        r = next_event(p, &event);
    if (r < 0)
        return r;
    r = parse_node(p, &event, 0, ret);
    yaml_event_delete(&event);
    if (r == 0)
        r = expect_event(p, YAML_DOCUMENT_END_EVENT, "more than one value in the file");
    if (r == 0)
        r = expect_event(p, YAML_STREAM_END_EVENT, "more than one document in the file");
    return r;
}

int mb_document_parse(const char *name, const char *text, size_t size, struct mb_document **ret,
                      struct mb_error *err)
{
    struct mb_document *document = calloc(1, sizeof *document);
    struct parse p = {.err = err};
    int r = -ENOMEM;

    if (!document || !(document->name = strdup(name)))
        goto out;
    p.name = document->name;
    if (size > FILE_SIZE_MAX) {
        r = mb_error_set(err, -EFBIG, "%s:1: larger than %u MiB", name, FILE_SIZE_MAX >> 20);
        goto out;
    }
    if (!yaml_parser_initialize(&p.parser))
        goto out;
    yaml_parser_set_input_string(&p.parser, (const unsigned char *)text, size);
    r = parse_stream(&p, &document->root);
    yaml_parser_delete(&p.parser);
out:
    if (r == -ENOMEM)
        mb_error_set(err, r, "%s: out of memory", name);
    if (r < 0)
        mb_document_free(document);
    else
        *ret = document;
    return r;
}

int mb_document_load(const char *path, struct mb_document **ret, struct mb_error *err)
{
    char *text = NULL;
    size_t size = 0;
    int r = mb_file_read(path, FILE_SIZE_MAX, &text, &size, err);

    if (r < 0)
        return r;
    r = mb_document_parse(path, text, size, ret, err);
    free(text);
    return r;
}

const struct mb_node *mb_document_root(const struct mb_document *document)
{
    return &document->root;
}

struct mb_document *mb_document_free(struct mb_document *document)
{
    if (!document)
        return NULL;
    node_clear(&document->root);
    free(document->name);
    free(document);
    return NULL;
}
