/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench standards list | show: the catalogue, and which command of the family is meant. */
#include <stdio.h>
#include <string.h>

#include "document/standards_json.h"
#include "motorbench/arguments.h"
#include "motorbench/client.h"
#include "motorbench/standard.h"

static const char *name_of(const json_t *edition, char *buffer, size_t size)
{
    const char *year = json_text_of(edition, "edition");

    (void)snprintf(buffer, size, "%s%s%s", json_text_of(edition, "id"), *year ? "-" : "", year);
    return buffer;
}

static void print_row(const json_t *edition)
{
    const char *in_force = json_text_of(edition, "in_force"), *status = json_text_of(edition, "status");
    char name[60];

    printf("%-23s %-13s %-16s %-10s %s%s%s%s\n", name_of(edition, name, sizeof name),
           json_text_of(edition, "level"), json_text_of(edition, "role"), *in_force ? in_force : "-",
           json_text_of(edition, "title"), strcmp(status, "in force") != 0 ? " (" : "",
           strcmp(status, "in force") != 0 ? status : "", strcmp(status, "in force") != 0 ? ")" : "");
    if (*json_text_of(edition, "superseded"))
        printf("%-23s ! %s\n", "", json_text_of(edition, "superseded"));
}

/* Texts of an edition: key and label, in the order of their lines. */
static void print_texts(const json_t *edition)
{
    static const struct {
        const char *key, *label;
    } lines[] = {{"status", "status"},
                 {"issued", "issued"},
                 {"in_force", "in force"},
                 {"until", "until"},
                 {"replaced_by", "replaced by"},
                 {"amendment", "amendment"},
                 {"transition", "transition"},
                 {"adopted_from", "adopted from"},
                 {"adoption", "adoption"},
                 {"supervision_type", "supervision"},
                 {"subject", "subject"},
                 {"executed_by", "executed by"},
                 {"mark", "mark"},
                 {"source", "source"}};

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (*json_text_of(edition, lines[i].key))
            printf("  %-13s %s\n", lines[i].label, json_text_of(edition, lines[i].key));
}

static void print_scope(const json_t *scope)
{
    const json_t *low = json_object_get(scope, "power_min_w"), *high = json_object_get(scope, "power_max_w");
    const json_t *hertz = json_object_get(scope, "frequency_hz");
    json_t *kind;
    size_t i;

    printf("  %-13s ", "covers");
    json_array_foreach(json_object_get(scope, "kinds"), i, kind)
        printf("%s%s", i > 0 ? ", " : "", json_string_value(kind));
    if (json_is_number(low))
        printf(", from %g W", json_number_value(low));
    if (json_is_number(high))
        printf(", to %g W", json_number_value(high));
    if (json_is_number(hertz))
        printf(", %g Hz", json_number_value(hertz));
    if (*json_text_of(scope, "voltage_v"))
        printf(", %s V", json_text_of(scope, "voltage_v"));
    if (*json_text_of(scope, "poles"))
        printf(", poles %s", json_text_of(scope, "poles"));
    if (*json_text_of(scope, "excluded_cooling"))
        printf(", not %s", json_text_of(scope, "excluded_cooling"));
    printf(" (%s)\n", json_text_of(scope, "mark"));
}

static int integer_of(const json_t *object, const char *key)
{
    return (int)json_integer_value(json_object_get(object, key));
}

static void print_contents(const json_t *edition)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(edition, "scopes"), i, row) print_scope(row);
    json_array_foreach(json_object_get(edition, "items"), i, row)
        printf("  %-13s %s (%s), %s %s\n", "item", json_text_of(row, "item"), json_text_of(row, "title"),
               json_text_of(row, "standard"), json_text_of(row, "clause"));
    json_array_foreach(json_object_get(edition, "item_lists"), i, row)
        printf("  %-13s %s: %s\n", "item list", json_text_of(row, "list"), json_text_of(row, "item"));
    json_array_foreach(json_object_get(edition, "tables"), i, row) printf(
        "  %-13s %s, %s: %d cells, %d may decide, %d confirmed%s\n", "limits", json_text_of(row, "table"),
        json_text_of(row, "file"), integer_of(row, "cells"), integer_of(row, "deciding"),
        integer_of(row, "confirmed"), integer_of(row, "cells") == 0 ? " (to be filled)" : "");
    json_array_foreach(json_object_get(edition, "requirements"), i, row)
        printf("  %-13s %s of %s%s%s: %d of %d rows have a number\n", "limits", json_text_of(row, "quantity"),
               json_text_of(row, "item"), *json_text_of(row, "clause") ? ", clause " : "",
               json_text_of(row, "clause"), integer_of(row, "with_number"), integer_of(row, "rows"));
    json_array_foreach(json_object_get(edition, "indicators"), i, row)
    {
        printf("  %-13s %s, %s", "indicator", json_text_of(row, "title"), json_text_of(row, "kind"));
        if (*json_text_of(row, "limit"))
            printf(", %s %s", json_text_of(row, "limit"), json_text_of(row, "unit"));
        printf("\n");
    }
}

static int answer(json_t *document, bool details, const struct options *options)
{
    json_t *edition;
    size_t i;

    if (options->json)
        return print_json(document);
    json_array_foreach(json_object_get(document, "standards"), i, edition)
    {
        print_row(edition);
        if (details) {
            print_texts(edition);
            print_contents(edition);
        }
    }
    json_decref(document);
    return EXIT_DONE;
}

static int list_or_show(const struct mb_standards *standards, const char *name, bool all,
                        const struct options *options)
{
    struct mb_error err = {""};
    char day[MB_DAY_SIZE];
    json_t *document = NULL;

    if (mb_today(day) < 0)
        return fail(EXIT_BAD_INPUT, "standards: this computer has no calendar day");
    if (!name)
        return answer(mb_standards_list_json(standards, day, all), false, options);
    if (mb_standards_show_json(standards, name, day, &document, &err) < 0)
        return fail(EXIT_BAD_INPUT, "standards: %s", err.text);
    return answer(document, true, options);
}

static int run_list(int argc, char **argv, const struct options *options)
{
    bool show = strcmp(argv[0], "show") == 0, all = false;
    const char *site = NULL;
    const struct argument table[] = {
        {.name = "--site", .value = &site}, {.name = show ? NULL : "--all", .flag = &all}, {.name = NULL}};
    struct mb_standards *standards = NULL;
    struct words words;
    int status = parse_arguments(argc, argv, table, show, show, &words);

    if (status == EXIT_DONE)
        status = load_standards(site, &standards);
    if (status == EXIT_DONE)
        status = list_or_show(standards, show ? words.word[0] : NULL, all, options);
    mb_standards_free(standards);
    return status;
}

int run_standards(int argc, char **argv, const struct options *options)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv, const struct options *options);
    } commands[] = {{"list", run_list},
                    {"show", run_list},
                    {"check", run_standards_check},
                    {"diff", run_standards_diff},
                    {"import", run_standards_import}};

    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1, options);
    return fail(EXIT_BAD_INPUT,
                "standards: '%.60s' is not known, allowed: list, show ID, diff A B, check, import FILE",
                argc > 1 ? argv[1] : "");
}
