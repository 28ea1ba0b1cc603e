/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "motorbench/members.h"

#include <stdio.h>
#include <string.h>

#define KEY_WIDTH 30
#define COLUMN_WIDTH 12
#define COLUMNS_MAX 10  /* a wider table is for --json */
#define ROWS_PRINTED 24 /* a longer one as well */

static void print_value(int width, const json_t *value)
{
    if (json_is_number(value))
        printf(" %*.6g", width, json_number_value(value));
    else
        printf(" %*s", width, json_is_string(value) ? json_string_value(value) : "-");
}

static void print_row(const json_t *row, const json_t *columns)
{
    const char *key;
    json_t *value;
    int n = 0;

    json_object_foreach((json_t *)columns, key, value)
    {
        if (n++ == COLUMNS_MAX)
            break;
        print_value((int)strlen(key) > COLUMN_WIDTH ? (int)strlen(key) : COLUMN_WIDTH,
                    json_object_get(row, key));
    }
    printf("\n");
}

static void print_table(const char *title, const json_t *list)
{
    const json_t *first = json_array_get(list, 0);
    size_t count = json_array_size(list);
    const char *key;
    json_t *value;
    int n = 0;

    if (!json_is_object(first))
        return;
    printf("\n%s\n", title);
    json_object_foreach((json_t *)first, key, value) if (n++ < COLUMNS_MAX) printf(" %*s", COLUMN_WIDTH, key);
    printf("\n");
    for (size_t i = 0; i < count && i < ROWS_PRINTED; i++)
        print_row(json_array_get(list, i), first);
    if (count > ROWS_PRINTED)
        printf("  ... %zu more\n", count - ROWS_PRINTED);
}

static void print_scalars(const json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        if (json_is_object(value) || json_is_array(value))
            continue;
        printf("  %-*s", KEY_WIDTH, key);
        print_value(COLUMN_WIDTH, value);
        printf("\n");
    }
}

void print_members(const json_t *object)
{
    const char *key;
    json_t *value;

    print_scalars(object);
    json_object_foreach((json_t *)object, key, value)
    {
        if (json_is_object(value)) {
            printf("\n%s\n", key);
            print_scalars(value);
        } else if (json_is_array(value))
            print_table(key, value);
    }
}
