/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Structs of doubles as JSON, by tables of their members. What is not finite becomes null. New references;
 * NULL: out of memory. */
#pragma once

#include <jansson.h>
#include <stddef.h>

struct mb_member {
    const char *key; /* NULL ends the table */
    size_t offset;   /* of a double */
};

#define MB_MEMBER(s, key, member)                                                                            \
    {                                                                                                        \
        key, offsetof(struct s, member)                                                                      \
    }
#define MB_MEMBERS_END                                                                                       \
    {                                                                                                        \
        NULL, 0                                                                                              \
    }

/* Readings beside their results, element by element; a half that is not there has members NULL. */
struct mb_member_rows {
    const void *readings, *results;
    size_t reading_size, result_size, count;
    const struct mb_member *reading_members, *result_members;
};

/* 0 or -1; object may be NULL: -1. */
int mb_members_put(json_t *object, const struct mb_member *members, const void *from);
json_t *mb_members_object(const struct mb_member *members, const void *from);
json_t *mb_members_list(const struct mb_member_rows *rows);
json_t *mb_members_numbers(const double *values, size_t n);
