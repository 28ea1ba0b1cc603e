/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waveform/text.h"

#include <stdio.h>
#include <string.h>

#define CELL 64

static void cell_text(const json_t *value, char buffer[CELL])
{
    if (json_is_string(value))
        (void)snprintf(buffer, CELL, "%.60s", json_string_value(value));
    else if (json_is_integer(value))
        (void)snprintf(buffer, CELL, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        (void)snprintf(buffer, CELL, "%.7g", json_real_value(value));
    else
        (void)snprintf(buffer, CELL, "-");
}

/* The keys of all rows are those of the first. */
static int column_width(const json_t *rows, const char *key)
{
    size_t width = strlen(key);
    char text[CELL];

    for (size_t i = 0; i < json_array_size(rows); i++) {
        cell_text(json_object_get(json_array_get(rows, i), key), text);
        if (strlen(text) > width)
            width = strlen(text);
    }
    return (int)width;
}

static void print_table(const char *title, json_t *rows)
{
    const char *key;
    json_t *value;
    char text[CELL];

    printf("\n%s\n", title);
    json_object_foreach(json_array_get(rows, 0), key, value) printf("  %*s", column_width(rows, key), key);
    printf("\n");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_object_foreach(json_array_get(rows, i), key, value)
        {
            cell_text(value, text);
            printf("  %*s", column_width(rows, key), text);
        }
        printf("\n");
    }
}

void print_values(const json_t *values)
{
    const char *key;
    json_t *value;
    char text[CELL];

    json_object_foreach((json_t *)values, key, value) if (!json_is_array(value))
    {
        cell_text(value, text);
        printf("%s: %s\n", key, text);
    }
    json_object_foreach((json_t *)values, key, value) if (json_array_size(value) > 0) print_table(key, value);
}
