/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "motorbench/verdict_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "motorbench/client.h"

static void number_column(const json_t *item, const char *key)
{
    const json_t *value = json_object_get(item, key);

    if (json_is_number(value)) /* an efficiency with its digits, an insulation in gigaohms too */
        printf(fabs(json_number_value(value)) < 1000 ? " %10.5f" : " %10.4g", json_number_value(value));
    else
        printf(" %10s", "-");
}

/* Planned and left out on purpose: one line for all of them. */
static bool is_unwanted(const json_t *item)
{
    return strcmp(json_text_of(item, "state"), "not-run") == 0 &&
           strcmp(json_text_of(item, "reason"), "not asked for") == 0;
}

static void print_unwanted(const json_t *items)
{
    const char *before = "not asked for: ";
    json_t *item;
    size_t i;

    json_array_foreach(items, i, item) if (is_unwanted(item))
    {
        printf("%s%s", before, json_text_of(item, "id"));
        before = ", ";
    }
    if (*before == ',')
        printf("\n");
}

void print_verdict_table(const json_t *items)
{
    json_t *item;
    size_t i;

    printf("\n%-22s %-14s %10s %10s  %s\n", "item", "verdict", "value", "limit", "by");
    json_array_foreach(items, i, item)
    {
        const char *verdict = json_text_of(item, "verdict");

        if (is_unwanted(item))
            continue;
        printf("%-22s %-14s", json_text_of(item, "id"), *verdict ? verdict : json_text_of(item, "state"));
        number_column(item, "value");
        number_column(item, "limit");
        if (json_is_number(json_object_get(item, "value")) && strcmp(json_text_of(item, "unit"), "1") != 0)
            printf(" %s", json_text_of(item, "unit"));
        printf("  %s %s\n", json_text_of(item, "standard"), json_text_of(item, "clause"));
        if (*json_text_of(item, "reason"))
            printf("%-22s %s\n", "", json_text_of(item, "reason"));
    }
    print_unwanted(items);
}
