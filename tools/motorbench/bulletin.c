/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench standards import: a bulletin of newly approved standards looked at, and kept in the laboratory's
 * folder. */
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/paths.h"
#include "document/bulletin_json.h"
#include "motorbench/arguments.h"
#include "motorbench/client.h"
#include "motorbench/standard.h"

static void print_effect(const json_t *effect)
{
    int rows = (int)json_integer_value(json_object_get(effect, "rows"));

    printf("    %-12s %s:%d  %s", json_text_of(effect, "kind"), json_text_of(effect, "file"),
           (int)json_integer_value(json_object_get(effect, "line")), json_text_of(effect, "what"));
    if (rows != 1)
        printf(", %d rows", rows);
    if (*json_text_of(effect, "remark"))
        printf(" (%s)", json_text_of(effect, "remark"));
    printf("\n");
}

static void print_bulletin(const json_t *document)
{
    json_t *row, *effect;
    size_t i, k;

    json_array_foreach(json_object_get(document, "standards"), i, row)
    {
        printf("%s-%s, %s: %s\n  issued %s, in force from %s", json_text_of(row, "id"),
               json_text_of(row, "edition"), json_text_of(row, "level"), json_text_of(row, "title"),
               json_text_of(row, "issued"), json_text_of(row, "in_force"));
        printf("%s%s\n", *json_text_of(row, "replaces") ? ", replaces " : "", json_text_of(row, "replaces"));
        json_array_foreach(json_object_get(row, "touches"), k, effect) print_effect(effect);
        if (json_array_size(json_object_get(row, "touches")) == 0)
            printf("    touches nothing of the data here\n");
    }
    if (*json_text_of(document, "stored"))
        printf("%s%s\n", json_is_true(json_object_get(document, "new")) ? "kept as " : "known already in ",
               json_text_of(document, "stored"));
}

/* The folder must be there: a slip in its name would hide the bulletin. */
static int keep(const char *path, const char *site, json_t *document)
{
    struct mb_error err = {""};
    char name[NAME_MAX + 1] = "", place[PATH_MAX];
    struct stat st;
    int r;

    if (stat(site, &st) < 0 || !S_ISDIR(st.st_mode))
        return fail(EXIT_BAD_INPUT, "standards import: %s: there is no such folder", site);
    r = mb_bulletin_keep(path, site, name, sizeof name, &err);
    if (r < 0)
        return fail(EXIT_BAD_INPUT, "%s", err.text);
    (void)snprintf(place, sizeof place, "%.3800s%s%s", site, *name ? "/" : "", name);
    (void)json_object_set_new(document, "stored", json_string(place));
    (void)json_object_set_new(document, "new", json_boolean(r > 0));
    return EXIT_DONE;
}

static int look_at(const char *path, const char *site, json_t **ret)
{
    char shipped[PATH_MAX], own[PATH_MAX];
    const char *folders[] = {shipped, own, NULL};
    struct mb_standards *standards = NULL;
    struct mb_error err = {""};
    int status = load_standards(site, &standards);

    if (status != EXIT_DONE)
        return status;
    (void)snprintf(own, sizeof own, "%.4000s/plans", site ? site : MB_LIMITS_SITE);
    if (mb_data_path("plans", shipped, sizeof shipped) < 0)
        folders[0] = own;
    if (mb_bulletin_json(path, standards, folders, ret, &err) < 0)
        status = fail(EXIT_BAD_INPUT, "%s", err.text);
    mb_standards_free(standards);
    return status;
}

int run_standards_import(int argc, char **argv, const struct options *options)
{
    const char *site = NULL;
    const struct argument table[] = {{.name = "--site", .value = &site}, {.name = NULL}};
    json_t *document = NULL;
    struct words words;
    int status = parse_arguments(argc, argv, table, 1, 1, &words);

    if (status == EXIT_DONE)
        status = look_at(words.word[0], site, &document);
    if (status == EXIT_DONE && site)
        status = keep(words.word[0], site, document);
    if (status == EXIT_DONE && options->json)
        return print_json(document);
    if (status == EXIT_DONE)
        print_bulletin(document);
    json_decref(document);
    return status;
}
