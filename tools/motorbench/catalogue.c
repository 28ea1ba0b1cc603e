/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench standards list | show: the catalogue. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/paths.h"
#include "document/evaluation.h"
#include "motorbench/arguments.h"
#include "motorbench/command.h"
#include "motorbench/standard.h"
#include "standard/catalogue.h"

static int load_catalogue(struct mb_catalogue **ret)
{
    char path[PATH_MAX];
    struct mb_error err = {""};

    if (mb_data_path("limits/" MB_CATALOGUE_FILE, path, sizeof path) < 0)
        return fail(EXIT_BAD_INPUT, "the folder of the catalogue of standards was not found");
    return mb_catalogue_load(path, ret, &err) < 0 ? fail(EXIT_BAD_INPUT, "%s", err.text) : EXIT_DONE;
}

static json_t *standard_json(const struct mb_standard *s)
{
    json_t *kinds = json_array();

    for (unsigned k = 0; k < MB_KIND_COUNT; k++)
        if (s->kinds & 1u << k)
            (void)json_array_append_new(kinds, json_string(mb_motor_kind_names[k]));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:s}",
                     "id", s->id, "edition", s->edition, "title", s->title, "level", mb_level_names[s->level],
                     "role", mb_standard_role_names[s->role], "in_force", s->in_force, "until", s->until,
                     "kinds", kinds, "duty", s->duty, "frequency_hz", json_number(s->frequency_hz),
                     "power_min_w", json_number(s->power_min_w), "power_max_w", json_number(s->power_max_w),
                     "voltage_v", s->voltage, "poles", s->poles, "excluded_cooling", s->excluded_cooling,
                     "mark", s->mark, "source", s->source);
}

static void print_standard(const struct mb_standard *s, bool details)
{
    char name[60];

    (void)snprintf(name, sizeof name, "%s%s%s", s->id, *s->edition ? "-" : "", s->edition);
    printf("%-20s %-14s %-17s %-10s %s\n", name, mb_level_names[s->level], mb_standard_role_names[s->role],
           *s->in_force ? s->in_force : "-", s->title);
    if (!details)
        return;
    for (unsigned k = 0; k < MB_KIND_COUNT; k++)
        if (s->kinds & 1u << k)
            printf("  kind       %s\n", mb_motor_kind_names[k]);
    if (*s->until)
        printf("  until      %s\n", s->until);
    if (!isnan(s->frequency_hz))
        printf("  frequency  %g Hz\n", s->frequency_hz);
    if (!isnan(s->power_min_w) || !isnan(s->power_max_w))
        printf("  power      %g to %g W\n", isnan(s->power_min_w) ? 0 : s->power_min_w, s->power_max_w);
    if (*s->voltage)
        printf("  voltage    %s V\n", s->voltage);
    if (*s->poles)
        printf("  poles      %s\n", s->poles);
    printf("  mark       %s (%s)\n", s->mark, s->source);
}

static bool same_row_above(const struct mb_catalogue *catalogue, size_t i)
{
    const struct mb_standard *a = mb_catalogue_get(catalogue, i - 1), *b = mb_catalogue_get(catalogue, i);

    return strcmp(a->id, b->id) == 0 && strcmp(a->edition, b->edition) == 0;
}

/* All rows of the catalogue, or those of one standard: with its edition or of all editions. */
static int print_standards(const struct mb_catalogue *catalogue, const char *name,
                           const struct options *options)
{
    char id[40] = "", edition[16] = "", row_id[40], row_edition[16];
    json_t *list = json_array();
    size_t found = 0;

    if (name && !mb_standard_reference(name, id, edition)) {
        json_decref(list);
        return fail(EXIT_BAD_INPUT, "standards: '%.60s' is not the name of a standard", name);
    }
    for (size_t i = 0; i < mb_catalogue_count(catalogue); i++) {
        const struct mb_standard *s = mb_catalogue_get(catalogue, i);

        if (name && (!mb_standard_reference(s->id, row_id, row_edition) || strcmp(row_id, id) != 0 ||
                     (*edition && strcmp(s->edition, edition) != 0)))
            continue;
        /* A standard with several scopes is one line of the list. */
        if (!name && !options->json && i > 0 && same_row_above(catalogue, i))
            continue;
        found++;
        if (options->json)
            (void)json_array_append_new(list, standard_json(s));
        else
            print_standard(s, name != NULL);
    }
    if (options->json && found > 0)
        return print_json(json_pack("{s:o}", "standards", list));
    json_decref(list);
    return found > 0
               ? EXIT_DONE
               : fail(EXIT_BAD_INPUT,
                      "standards: '%.60s' is not in the catalogue, see 'motorbench standards list'", name);
}

int run_standards(int argc, char **argv, const struct options *options)
{
    struct mb_catalogue *catalogue = NULL;
    struct words words;
    bool show;
    int status;

    if (argc > 1 && strcmp(argv[1], "check") == 0)
        return run_standards_check(argc - 1, argv + 1, options);
    status = parse_arguments(argc, argv, NULL, 1, 2, &words);
    if (status != EXIT_DONE)
        return status;
    show = strcmp(words.word[0], "show") == 0;
    if (!show && strcmp(words.word[0], "list") != 0)
        return fail(EXIT_BAD_INPUT, "standards: '%.60s' is not known, allowed: list, show ID, check",
                    words.word[0]);
    if (words.count != (show ? 2u : 1u))
        return fail(EXIT_BAD_INPUT, "standards: %s",
                    show ? "show needs one ID, as in \"GB 18613\"" : "list takes no argument");
    status = load_catalogue(&catalogue);
    if (status == EXIT_DONE)
        status = print_standards(catalogue, show ? words.word[1] : NULL, options);
    mb_catalogue_free(catalogue);
    return status;
}
