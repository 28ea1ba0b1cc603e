/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "motorbench/verdict_table.h"

#include <stdio.h>

#include "motorbench/client.h"

static void number_column(const json_t *item, const char *key)
{
    const json_t *value = json_object_get(item, key);

    if (json_is_number(value))
        printf(" %10.5f", json_number_value(value));
    else
        printf(" %10s", "-");
}

void print_verdict_table(const json_t *items)
{
    json_t *item;
    size_t i;

    printf("\n%-14s %-14s %10s %10s  %s\n", "item", "verdict", "value", "limit", "by");
    json_array_foreach(items, i, item)
    {
        printf("%-14s %-14s", json_text_of(item, "id"), json_text_of(item, "verdict"));
        number_column(item, "value");
        number_column(item, "limit");
        printf("  %s %s\n", json_text_of(item, "standard"), json_text_of(item, "clause"));
        if (*json_text_of(item, "reason"))
            printf("%-14s %s\n", "", json_text_of(item, "reason"));
    }
}
