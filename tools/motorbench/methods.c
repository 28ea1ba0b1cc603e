/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench methods: what each method is called where, for which motors, and which procedure does it. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/paths.h"
#include "data/data.h"
#include "document/method.h"
#include "document/number_json.h"
#include "document/standards_json.h"
#include "motorbench/arguments.h"
#include "motorbench/hanging.h"
#include "motorbench/standard.h"

#define KINDS_ALL ((1u << MB_KIND_COUNT) - 1)

static const char *text_of(const struct mb_node *procedure, const char *key)
{
    const struct mb_node *node = mb_node_get(procedure, key);

    return node && node->kind == MB_NODE_SCALAR ? node->text : "";
}

/* Adds the procedure of a plan file to the method that it does, in a list "procedures" of it. */
static void add_procedure(json_t *methods, const struct mb_node *procedure)
{
    const char *label = NULL, *standard = text_of(procedure, "standard");
    const char *id = *standard ? mb_method_resolve(text_of(procedure, "method"), standard, &label) : NULL;
    json_t *method;
    size_t i;

    json_array_foreach(methods, i, method) if (id && mb_json_text_is(method, "id", id))(void)
        json_array_append_new(json_object_get(method, "procedures"), json_string(text_of(procedure, "id")));
}

static int is_plan(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot && strcmp(dot, ".yaml") == 0;
}

/* A plan file that cannot be read is the matter of whoever runs it. */
static void add_procedures(json_t *methods, const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_plan, alphasort);

    for (int i = 0; i < count; i++) {
        struct mb_document *document = NULL;
        char path[PATH_MAX];

        (void)snprintf(path, sizeof path, "%.3800s/%s", folder, entries[i]->d_name);
        if (mb_document_load(path, &document, NULL) == 0)
            add_procedure(methods, mb_node_get(mb_document_root(document), "procedure"));
        document = mb_document_free(document);
        free(entries[i]);
    }
    free(entries);
}

static void list_text(const json_t *list, char *buffer, size_t size)
{
    const json_t *one;
    size_t used = 0, i;

    buffer[0] = '\0';
    json_array_foreach(list, i, one) if (used < size) used +=
        (size_t)snprintf(buffer + used, size - used, "%s%s", i > 0 ? ", " : "", json_string_value(one));
}

static void print_rule(const json_t *rule)
{
    double from_w = json_number_value(json_object_get(rule, "power_from_w"));
    const json_t *to = json_object_get(rule, "power_to_w");
    const char *label = mb_json_text(rule, "label"), *note = mb_json_text(rule, "note");
    char kinds[400], power[60] = "";

    list_text(json_object_get(rule, "kinds"), kinds, sizeof kinds);
    if (json_array_size(json_object_get(rule, "kinds")) == MB_KIND_COUNT)
        (void)snprintf(kinds, sizeof kinds, "any motor");
    if (from_w > 0)
        (void)snprintf(power, sizeof power, ", above %g kW", from_w / 1000);
    else if (json_is_number(to))
        (void)snprintf(power, sizeof power, ", up to %g kW", json_number_value(to) / 1000);
    print_hanging(46, "  %-19s %-7s %-10s %-5s%s%s%s%s", mb_json_text(rule, "standard"), *label ? label : "-",
                  mb_json_text(rule, "status"), mb_json_text(rule, "mark"), kinds, power, *note ? ": " : "",
                  note);
}

static void print_methods(const json_t *methods)
{
    const json_t *method, *rule;
    size_t i, k;

    json_array_foreach(methods, i, method)
    {
        char names[400];

        if (i > 0)
            printf("\n");
        print_hanging(2, "%s  %s", mb_json_text(method, "id"), mb_json_text(method, "title"));
        list_text(json_object_get(method, "procedures"), names, sizeof names);
        if (*names)
            print_hanging(18, "  on the bench by %s", names);
        json_array_foreach(json_object_get(method, "rules"), k, rule) print_rule(rule);
    }
}

static int answer(const char *standard, unsigned kinds, const struct options *options)
{
    json_t *document = mb_methods_json(standard, kinds), *methods = json_object_get(document, "methods");
    char folder[PATH_MAX];
    json_t *method;
    size_t i;

    if (json_array_size(methods) == 0) {
        json_decref(document);
        return fail(EXIT_BAD_INPUT, "methods: none is known%s%.60s%s, 'motorbench methods' lists all",
                    standard ? " by " : "", standard ? standard : "",
                    kinds != KINDS_ALL ? " for this kind of motor" : "");
    }
    json_array_foreach(methods, i, method)(void) json_object_set_new(method, "procedures", json_array());
    if (mb_data_path("plans", folder, sizeof folder) == 0)
        add_procedures(methods, folder);
    if (options->json)
        return print_json(document);
    print_methods(methods);
    json_decref(document);
    return EXIT_DONE;
}

int run_methods(int argc, char **argv, const struct options *options)
{
    const char *standard = NULL, *kind = NULL;
    const struct argument table[] = {
        {.name = "--standard", .value = &standard}, {.name = "--kind", .value = &kind}, {.name = NULL}};
    unsigned kinds = KINDS_ALL;
    struct words words;
    int status = parse_arguments(argc, argv, table, 0, 0, &words);

    if (status != EXIT_DONE)
        return status;
    if (kind && mb_motor_kinds_parse(kind, &kinds) < 0)
        return fail(EXIT_BAD_INPUT, "methods: --kind: '%.60s' is no kind of motor, see motorbench-motor(5)",
                    kind);
    return answer(standard, kinds & KINDS_ALL, options);
}
