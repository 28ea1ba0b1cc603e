/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench standards diff: two editions limit by limit, or both on one record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "document/diff_json.h"
#include "motorbench/arguments.h"
#include "motorbench/client.h"
#include "motorbench/record.h"
#include "motorbench/standard.h"

#define RECORD_MAX (64u << 20)

/* A number as the shell shows it, "-" where there is none. */
static const char *number_text(const json_t *value, char *buffer, size_t size)
{
    (void)snprintf(buffer, size, json_is_number(value) ? "%.6g" : "-", json_number_value(value));
    return buffer;
}

static const char *side_text(const json_t *row, const char *key, char *buffer, size_t size)
{
    const json_t *side = json_object_get(row, key);
    const char *rule = json_text_of(side, "rule");
    char number[40];

    if (!json_is_object(side))
        (void)snprintf(buffer, size, "-");
    else
        (void)snprintf(buffer, size, "%s [%s]",
                       *rule ? rule : number_text(json_object_get(side, "limit"), number, sizeof number),
                       *json_text_of(side, "mark") ? json_text_of(side, "mark") : "no mark");
    return buffer;
}

static void print_tables(const json_t *document)
{
    json_t *table;
    size_t i;

    json_array_foreach(json_object_get(document, "tables"), i, table)
    {
        int cells = (int)json_integer_value(json_object_get(table, "cells"));

        if (cells > 0)
            printf("%s, %s: %d cells\n", json_text_of(table, "standard"), json_text_of(table, "table"),
                   cells);
        else
            printf("%s, %s: not in the data, to be entered in %s\n", json_text_of(table, "standard"),
                   json_text_of(table, "table"), json_text_of(table, "file"));
    }
}

/* What is equal is counted only. */
static void print_limits(const json_t *document)
{
    char a[220], b[220];
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(document, "limits"), i, row)
    {
        if (strcmp(json_text_of(row, "status"), "equal") == 0)
            continue;
        printf("%-12s  %s (%s)\n                a: %s\n                b: %s\n", json_text_of(row, "status"),
               json_text_of(row, "what"), json_text_of(row, "unit"), side_text(row, "a", a, sizeof a),
               side_text(row, "b", b, sizeof b));
    }
}

static void print_diff(const json_t *document)
{
    const json_t *counts = json_object_get(document, "counts");
    const char *key;
    json_t *count;
    bool first = true;

    printf("a: %s\nb: %s\n", json_text_of(json_object_get(document, "a"), "name"),
           json_text_of(json_object_get(document, "b"), "name"));
    print_tables(document);
    print_limits(document);
    json_object_foreach((json_t *)counts, key, count)
    {
        printf("%s%s %d", first ? "" : ", ", key, (int)json_integer_value(count));
        first = false;
    }
    printf("\n");
}

static void print_both(const json_t *a, const json_t *b, const char *label, const char *key)
{
    char text_a[80], text_b[80];
    const json_t *value_a = json_object_get(a, key), *value_b = json_object_get(b, key);

    printf("%-12s %-34s %s\n", label,
           json_is_string(value_a) ? json_string_value(value_a) : number_text(value_a, text_a, sizeof text_a),
           json_is_string(value_b) ? json_string_value(value_b)
                                   : number_text(value_b, text_b, sizeof text_b));
}

static void print_record_diff(const json_t *document)
{
    static const char *const keys[] = {"standard", "table", "grade_name", "limit",
                                       "margin",   "mark",  "source"};
    const json_t *a = json_object_get(document, "a"), *b = json_object_get(document, "b");
    const json_t *grade_a = json_object_get(a, "grade"), *grade_b = json_object_get(b, "grade");

    printf("record %s, recorded verdict %s\n", json_text_of(document, "uuid"),
           json_text_of(json_object_get(document, "recorded"), "verdict"));
    print_both(a, b, "", "name");
    print_both(a, b, "as", "as");
    print_both(a, b, "efficiency", "efficiency");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        print_both(grade_a, grade_b, keys[i], keys[i]);
    print_both(a, b, "verdict", "verdict");
    printf("a: %s\nb: %s\n", json_text_of(grade_a, "note"), json_text_of(grade_b, "note"));
}

static int read_record(const char *path, json_t **ret)
{
    struct mb_error err = {""};
    json_error_t where;
    char *text;
    size_t size;

    if (mb_file_read(path, RECORD_MAX, &text, &size, &err) < 0)
        return fail(EXIT_BAD_INPUT, "%s", err.text);
    *ret = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
    free(text);
    return *ret ? EXIT_DONE
                : fail(EXIT_BAD_INPUT, "%s:%d: not a record as 'motorbench export' writes it: %s", path,
                       where.line, where.text);
}

static int diff_record(const struct mb_standards *standards, const struct words *words, const char *record,
                       const struct options *options, json_t **ret)
{
    struct mb_error err = {""};
    json_t *document = NULL;
    int status =
        access(record, F_OK) == 0 ? read_record(record, &document) : load_record(record, options, &document);

    if (status == EXIT_DONE &&
        mb_record_diff_json(standards, words->word[0], words->word[1], document, ret, &err) < 0)
        status = fail(EXIT_BAD_INPUT, "standards diff: %s", err.text);
    json_decref(document);
    return status;
}

static int diff_editions(const struct mb_standards *standards, const struct words *words, json_t **ret)
{
    struct mb_error err = {""};

    return mb_standards_diff_json(standards, words->word[0], words->word[1], ret, &err) < 0
               ? fail(EXIT_BAD_INPUT, "standards diff: %s", err.text)
               : EXIT_DONE;
}

int run_standards_diff(int argc, char **argv, const struct options *options)
{
    const char *site = NULL, *record = NULL;
    const struct argument table[] = {
        {.name = "--site", .value = &site}, {.name = "--record", .value = &record}, {.name = NULL}};
    struct mb_standards *standards = NULL;
    json_t *document = NULL;
    struct words words;
    int status = parse_arguments(argc, argv, table, 2, 2, &words);

    if (status == EXIT_DONE)
        status = load_standards(site, &standards);
    if (status == EXIT_DONE)
        status = record ? diff_record(standards, &words, record, options, &document)
                        : diff_editions(standards, &words, &document);
    if (status == EXIT_DONE && options->json)
        status = print_json(json_incref(document));
    else if (status == EXIT_DONE && record)
        print_record_diff(document);
    else if (status == EXIT_DONE)
        print_diff(document);
    json_decref(document);
    mb_standards_free(standards);
    return status;
}
