/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "motorbench/verdict_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/readable.h"
#include "motorbench/client.h"
#include "motorbench/hanging.h"

static double number_of(const json_t *item, const char *key)
{
    const json_t *value = json_object_get(item, key);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

static void number_column(double value)
{
    if (isfinite(value)) /* an efficiency with its digits */
        printf(fabs(value) < 1000 ? " %10.5f" : " %10.4g", value);
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
        const char *verdict = json_text_of(item, "verdict"), *unit = json_text_of(item, "unit");
        double value = number_of(item, "value"), limit = number_of(item, "limit");
        struct mb_readable shown = mb_readable_pair(unit, value, limit);

        if (is_unwanted(item))
            continue;
        printf("%-22s %-14s", json_text_of(item, "id"), *verdict ? verdict : json_text_of(item, "state"));
        number_column(shown.factor * value);
        number_column(shown.factor * limit);
        if (isfinite(value) && strcmp(unit, "1") != 0)
            printf(" %s", shown.unit);
        printf("  %s %s\n", json_text_of(item, "standard"), json_text_of(item, "clause"));
        if (*json_text_of(item, "reason"))
            print_hanging(23, "%-22s %s", "", json_text_of(item, "reason"));
    }
    print_unwanted(items);
}
