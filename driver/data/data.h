/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one loader of YAML data files: parse with libyaml, keep line and column, check against a table of
 * fields, fill a struct. Every problem is one line: "FILE:LINE: what is wrong, what is allowed".
 *
 * Refused as such: anchors and aliases (no billion laughs), tags, several documents in one file, a key twice
 * in one map, files over 4 MiB, nesting deeper than 32, bytes that are not UTF-8. Numbers go through
 * core/number.h: `7500 W`, `1,5`, `1e400`, `0x1p3`, `.inf` and `.nan` are errors. A quoted number is a
 * string, not a number. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

enum mb_node_kind { MB_NODE_NULL, MB_NODE_SCALAR, MB_NODE_LIST, MB_NODE_MAP };

struct mb_node {
    enum mb_node_kind kind;
    const char *file;      /* name used in messages; owned by the document */
    unsigned line;         /* 1-based */
    unsigned column;       /* 1-based */
    bool quoted;           /* scalar: was quoted in the file */
    char *text;            /* scalar: the text, NUL-terminated, without inner NULs */
    size_t count;          /* list: elements; map: pairs */
    struct mb_node *items; /* list elements, or map values */
    struct mb_node *keys;  /* map: scalar keys, parallel to items; else NULL */
};

struct mb_document; /* owns all nodes and texts */

/* The text of a file as a document. 0; -errno of the file; -EINVAL with err for everything wrong in it. */
int mb_document_load(const char *path, struct mb_document **ret, struct mb_error *err);
/* As above from memory; name stands for the file in messages. */
int mb_document_parse(const char *name, const char *text, size_t size, struct mb_document **ret,
                      struct mb_error *err);
const struct mb_node *mb_document_root(const struct mb_document *document);
/* Always NULL, so that a caller can write d = mb_document_free(d); NULL is allowed. */
struct mb_document *mb_document_free(struct mb_document *document);

/* Sets err to "FILE:LINE: " and the message; returns -EINVAL. */
int mb_node_error(const struct mb_node *node, struct mb_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The value of key in a map, or NULL (also when node is not a map). */
const struct mb_node *mb_node_get(const struct mb_node *node, const char *key);

enum mb_field_kind {
    MB_FIELD_NUMBER,  /* double; minimum <= value <= maximum */
    MB_FIELD_INTEGER, /* int; minimum <= value <= maximum */
    MB_FIELD_BOOL,    /* bool; true or false */
    MB_FIELD_STRING,  /* char *, allocated with strdup: the struct's owner frees it; not empty */
    MB_FIELD_CHOICE,  /* int: index into choices */
    MB_FIELD_MAP,     /* nested struct at offset, read with fields */
    MB_FIELD_NODE,    /* const struct mb_node *: the node itself, for the caller to walk; valid while the
                         document lives */
};

struct mb_field {
    const char *key; /* NULL ends the table; a unit suffix (power_w) belongs to the name */
    enum mb_field_kind kind;
    size_t offset;                 /* of the member in the struct */
    bool required;                 /* an absent optional key leaves the member as the caller set it */
    double minimum, maximum;       /* NUMBER, INTEGER: inclusive */
    bool exclusive_minimum;        /* NUMBER: value must be above the minimum */
    const char *const *choices;    /* CHOICE: NULL-terminated */
    const struct mb_field *fields; /* MAP */
    size_t present_offset;         /* 0: none; else offset of a bool set to true when the key is present */
};

/* Reads a map into the struct at target. Unknown keys are errors that name the nearest known key. -EINVAL
 * with err; members read before the error stay filled (the owner frees its struct as a whole). */
int mb_node_read(const struct mb_node *map, const struct mb_field *fields, void *target,
                 struct mb_error *err);

/* Single scalars, for lists: */
int mb_node_number(const struct mb_node *node, double minimum, double maximum, double *ret,
                   struct mb_error *err);
int mb_node_string(const struct mb_node *node, const char **ret, struct mb_error *err); /* borrowed */
/* A list of maps, each read into element i of a calloc'ed array of element_size; at most max elements.
 * *ret_items is untouched on failure, but strings inside are freed only with free_element (may be NULL). */
int mb_node_read_list(const struct mb_node *list, const struct mb_field *fields, size_t element_size,
                      size_t max, void (*free_element)(void *), void **ret_items, size_t *ret_count,
                      struct mb_error *err);
