/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/member_json.h"

#include "document/number_json.h"

int mb_members_put(json_t *object, const struct mb_member *members, const void *from)
{
    int r = object ? 0 : -1;

    for (const struct mb_member *m = members; m && m->key && r == 0; m++)
        r = json_object_set_new(object, m->key,
                                mb_json_number(*(const double *)((const char *)from + m->offset)));
    return r;
}

json_t *mb_members_object(const struct mb_member *members, const void *from)
{
    json_t *object = json_object();

    if (mb_members_put(object, members, from) < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *mb_members_numbers(const double *values, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(list, mb_json_number(values[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

json_t *mb_members_list(const struct mb_member_rows *rows)
{
    json_t *list = json_array();

    for (size_t i = 0; i < rows->count; i++) {
        json_t *row =
            mb_members_object(rows->reading_members, (const char *)rows->readings + i * rows->reading_size);

        if (mb_members_put(row, rows->result_members, (const char *)rows->results + i * rows->result_size) <
            0) {
            json_decref(row);
            row = NULL;
        }
        if (json_array_append_new(list, row) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}
