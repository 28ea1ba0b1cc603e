/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench instrument check: reads profiles as the driver would, and says what is wrong in them. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "instrument/commands.h"
#include "instrument/profiles.h"
#include "modbus/profile.h"
#include "motorbench/arguments.h"

#define SUFFIX ".yaml"

/* "DIR/ID.yaml": the folders to look in, its own first, and the id. */
static int split(const char *file, char *folders, size_t size, char *id, size_t id_size)
{
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    size_t n = strlen(name), suffix = strlen(SUFFIX);
    char shared[PATH_MAX];
    int length;

    if (n <= suffix || strcmp(name + n - suffix, SUFFIX) != 0 || n >= id_size)
        return fail(EXIT_BAD_INPUT, "%s: a profile is a file ID.yaml, named after its id", file);
    (void)snprintf(id, id_size, "%.*s", (int)(n - suffix), name);
    if (profiles_folder(shared, sizeof shared) != EXIT_DONE)
        return EXIT_BAD_INPUT;
    length = snprintf(folders, size, "%.*s:%s", slash ? (int)(slash - file) : 1, slash ? file : ".", shared);
    return length < 0 || (size_t)length >= size ? fail(EXIT_BAD_INPUT, "%s: the path is too long", file)
                                                : EXIT_DONE;
}

/* Takes the models over. */
static json_t *describe(const char *file, const char *id, const char *maker, int maturity, json_t *models)
{
    return json_pack("{s:s, s:b, s:s, s:s, s:s, s:o}", "file", file, "ok", 1, "id", id, "maker", maker,
                     "maturity", mb_maturity_words[maturity], "models", models);
}

static json_t *read_scpi(const char *folders, const char *id, const char *file, struct mb_error *err)
{
    struct mb_profile *p = NULL;
    json_t *models, *described;

    if (mb_profile_load(folders, id, &p, err) < 0)
        return NULL;
    models = json_array();
    for (size_t i = 0; i < p->model_count; i++)
        (void)json_array_append_new(models, json_string(p->models[i]));
    described = describe(file, p->id, p->maker, p->maturity, models);
    (void)mb_profile_free(p);
    return described;
}

static json_t *read_modbus(const char *folders, const char *id, const char *file, struct mb_error *err)
{
    struct mb_modbus_profile *p = NULL;
    json_t *models, *described;

    if (mb_modbus_profile_load(folders, id, &p, err) < 0)
        return NULL;
    models = json_array();
    for (size_t i = 0; i < p->models_node->count; i++)
        (void)json_array_append_new(models, json_string(p->models_node->items[i].text));
    described = describe(file, p->id, p->maker, p->maturity, models);
    (void)mb_modbus_profile_unref(p);
    return described;
}

/* What is in a good profile of any family; NULL: err says what is wrong. */
static json_t *read_profile(const char *folders, const char *id, const char *file, struct mb_error *err)
{
    struct mb_document *document = NULL;
    bool modbus;

    if (mb_profile_document(folders, id, &document, err) < 0)
        return NULL;
    modbus = mb_modbus_is(document);
    (void)mb_document_free(document);
    return modbus ? read_modbus(folders, id, file, err) : read_scpi(folders, id, file, err);
}

/* Two files with one id: which of them a bench file means would be chance. */
static int check_twice(const struct words *words, size_t i, const char *id)
{
    char other[NAME_MAX + 1], folders[2 * PATH_MAX + 2];

    for (size_t j = 0; j < i; j++)
        if (split(words->word[j], folders, sizeof folders, other, sizeof other) == EXIT_DONE &&
            strcmp(other, id) == 0)
            return fail(EXIT_BAD_INPUT, "%s: the id '%s' is that of %s too", words->word[i], id,
                        words->word[j]);
    return EXIT_DONE;
}

static int check_file(const struct words *words, size_t i, const struct options *options, json_t *all)
{
    char folders[2 * PATH_MAX + 2], id[NAME_MAX + 1];
    json_t *good = NULL;
    struct mb_error err = {""};
    int status = split(words->word[i], folders, sizeof folders, id, sizeof id);

    if (status == EXIT_DONE)
        status = check_twice(words, i, id);
    if (status == EXIT_DONE && !(good = read_profile(folders, id, words->word[i], &err)))
        status = fail(EXIT_BAD_INPUT, "%s", err.text);
    if (options->json)
        (void)json_array_append_new(
            all, good ? json_incref(good)
                      : json_pack("{s:s, s:b, s:s}", "file", words->word[i], "ok", 0, "error", err.text));
    else if (good && !options->quiet)
        printf("%s: %s, good\n", words->word[i], id);
    json_decref(good);
    return status;
}

int check_command(int argc, char **argv, const struct options *options)
{
    const struct argument table[] = {{.name = NULL}};
    struct words words;
    json_t *all;
    int status = parse_arguments(argc, argv, table, 1, 64, &words);

    if (status != EXIT_DONE)
        return status;
    all = json_array();
    for (size_t i = 0; i < words.count; i++)
        status =
            worse_status((enum exit_status)check_file(&words, i, options, all), (enum exit_status)status);
    if (options->json)
        return worse_status((enum exit_status)print_json(json_pack("{s:o}", "profiles", all)),
                            (enum exit_status)status);
    json_decref(all);
    return status;
}
