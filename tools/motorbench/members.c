/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "motorbench/members.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "motorbench/hanging.h"

#define KEY_WIDTH 30
#define COLUMN_WIDTH 12
#define ROWS_PRINTED 24 /* a longer table is for --json */
#define TITLE_SIZE 160

/* A table that is wider than the line goes on in a second block below, with its first column again. */
static int width_of(const char *key)
{
    int length = (int)strlen(key);

    return length > COLUMN_WIDTH ? length : COLUMN_WIDTH;
}

static void print_value(int width, const json_t *value)
{
    double number = json_number_value(value);

    if (json_is_number(value) && fabs(number) >= 1e6 && fabs(number) < 1e12)
        printf(" %*.0f", width, number); /* watts of a large motor, in plain digits */
    else if (json_is_number(value))
        printf(" %*.6g", width, number);
    else if (json_is_boolean(value))
        printf(" %*s", width, json_is_true(value) ? "yes" : "no");
    else
        printf(" %*s", width, json_is_string(value) ? json_string_value(value) : "-");
}

/* One block: the first column, then those from `from` on, up to `to`; row NULL: the header. */
static void print_row(const json_t *columns, const json_t *row, size_t from, size_t to)
{
    const char *key;
    json_t *value;
    size_t n = 0;

    json_object_foreach((json_t *)columns, key, value)
    {
        bool shown = n == 0 || (n >= from && n < to);

        n++;
        if (shown && row)
            print_value(width_of(key), json_object_get(row, key));
        else if (shown)
            printf(" %*s", width_of(key), key);
    }
    printf("\n");
}

/* How far the columns from `from` on fit into a line beside the first one; one at least. */
static size_t block_end(const json_t *columns, size_t from, int width)
{
    const char *key;
    json_t *value;
    size_t n = 0;
    int used = 0;

    json_object_foreach((json_t *)columns, key, value)
    {
        if (n == 0 || n >= from)
            used += 1 + width_of(key);
        if (n > from && used > width)
            break;
        n++;
    }
    return n;
}

static void print_table(const char *title, const json_t *list)
{
    const json_t *first = json_array_get(list, 0);
    size_t count = json_array_size(list), columns = json_object_size(first), from = 1, to;

    if (!json_is_object(first))
        return;
    printf("\n%s\n", title);
    do {
        to = block_end(first, from, line_width());
        print_row(first, NULL, from, to);
        for (size_t i = 0; i < count && i < ROWS_PRINTED; i++)
            print_row(first, json_array_get(list, i), from, to);
        from = to;
    } while (from < columns);
    if (count > ROWS_PRINTED)
        printf("  ... %zu more, see --json\n", count - ROWS_PRINTED);
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

static void print_inner(const char *title, const json_t *object)
{
    char inner[TITLE_SIZE];
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        (void)snprintf(inner, sizeof inner, "%.*s%s%s", TITLE_SIZE - 40, title, *title ? ", " : "", key);
        if (json_is_object(value)) {
            printf("\n%s\n", inner);
            print_scalars(value);
            print_inner(inner, value);
        } else if (json_is_array(value))
            print_table(inner, value);
    }
}

void print_members(const json_t *object)
{
    print_scalars(object);
    print_inner("", object);
}
