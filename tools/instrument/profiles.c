/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instrument/profiles.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/paths.h"
#include "modbus/profile.h"
#include "scpi/text.h"

#define SUFFIX ".yaml"

int profiles_folder(char *buffer, size_t size)
{
    return mb_data_path("profiles", buffer, size) < 0
               ? fail(EXIT_BAD_INPUT, "the folder of the profiles was not found")
               : EXIT_DONE;
}

int profiles_load_one(const char *id, struct mb_profile **ret)
{
    char folder[PATH_MAX];
    struct mb_error err = {""};
    int status = profiles_folder(folder, sizeof folder);

    if (status == EXIT_DONE && mb_profile_load(folder, id, ret, &err) < 0)
        status = fail(EXIT_BAD_INPUT, "%s", err.text);
    return status;
}

static int is_profile(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name), suffix = strlen(SUFFIX);

    return entry->d_name[0] != '.' && n > suffix && strcmp(entry->d_name + n - suffix, SUFFIX) == 0;
}

static bool is_modbus(const char *folder, const char *id)
{
    struct mb_document *document = NULL;
    bool modbus = mb_profile_document(folder, id, &document, NULL) == 0 && mb_modbus_is(document);

    (void)mb_document_free(document);
    return modbus;
}

static void load_entry(const char *folder, const struct dirent *entry, struct profiles *p)
{
    char id[NAME_MAX + 1];
    struct mb_error err = {""};

    (void)snprintf(id, sizeof id, "%.*s", (int)(strlen(entry->d_name) - strlen(SUFFIX)), entry->d_name);
    if (is_modbus(folder, id)) /* has no identity that could be asked for in words */
        return;
    if (mb_profile_load(folder, id, &p->item[p->count], &err) < 0)
        (void)fail(EXIT_BAD_INPUT, "%s", err.text);
    else
        p->count++;
}

int profiles_load(const char *folder, struct profiles *ret)
{
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, is_profile, alphasort);

    if (n < 0)
        return fail(EXIT_BAD_INPUT, "%s: %s", folder, strerror(errno));
    *ret = (struct profiles){.item = calloc((size_t)n + 1, sizeof *ret->item)};
    for (int i = 0; i < n; i++) {
        if (ret->item)
            load_entry(folder, entries[i], ret);
        free(entries[i]);
    }
    free(entries);
    return ret->item ? EXIT_DONE : fail(EXIT_BENCH_FAULT, "out of memory");
}

void profiles_done(struct profiles *p)
{
    for (size_t i = 0; i < p->count; i++)
        (void)mb_profile_free(p->item[i]);
    free(p->item);
    *p = (struct profiles){0};
}

bool profile_fits(const struct mb_profile *p, const char *query, const char *reply)
{
    if (strcmp(p->identify.query, query) == 0 && mb_regex_match(p->identify.match, reply))
        return true;
    for (size_t i = 0; i < p->alternative_count; i++)
        if (strcmp(p->alternatives[i].query, query) == 0 && mb_regex_match(p->alternatives[i].match, reply))
            return true;
    return false;
}
