/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "main/configuration.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/data.h"

#define STATE_DIRECTORY "/var/lib/motorbench"

#define AT(member) offsetof(struct mb_configuration, member)
static const struct mb_field laboratory_fields[] = {
    {"name", MB_FIELD_STRING, AT(laboratory.name) - AT(laboratory)},
    {"address", MB_FIELD_STRING, AT(laboratory.address) - AT(laboratory)},
    {"accreditation", MB_FIELD_STRING, AT(laboratory.accreditation) - AT(laboratory)},
    {0},
};
static const struct mb_field fields[] = {
    {"state_directory", MB_FIELD_STRING, AT(state_directory)},
    {"bench_directory", MB_FIELD_STRING, AT(bench_directory)},
    {"limits", MB_FIELD_STRING, AT(limits_directory)},
    {"profiles", MB_FIELD_STRING, AT(profile_directory)},
    {"laboratory", MB_FIELD_MAP, AT(laboratory), .fields = laboratory_fields},
    {0},
};
#undef AT

static int is_bench_file(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);

    return n > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + n - 5, ".yaml") == 0;
}

static int check_names(const struct mb_configuration *c, const char *path, struct mb_error *err)
{
    for (size_t i = 0; i + 1 < c->bench_count; i++)
        if (strcmp(c->benches[i]->name, c->benches[c->bench_count - 1]->name) == 0)
            return mb_error_set(err, -EINVAL, "%s: bench '%s' stands in two files", path,
                                c->benches[i]->name);
    return 0;
}

static int load_bench(struct mb_configuration *c, const char *name, struct mb_error *err)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", c->bench_directory, name), r;

    if (n < 0 || (size_t)n >= sizeof path)
        return -ENAMETOOLONG;
    if (c->bench_count == MB_BENCHES_MAX)
        return mb_error_set(err, -E2BIG, "%s: more than %d benches", c->bench_directory, MB_BENCHES_MAX);
    r = mb_bench_setting_load(path, &c->benches[c->bench_count], err);
    if (r < 0)
        return r;
    c->bench_count++;
    return check_names(c, path, err);
}

static int load_benches(struct mb_configuration *c, struct mb_error *err)
{
    struct dirent **entries = NULL;
    int n = scandir(c->bench_directory, &entries, is_bench_file, alphasort), r = 0;

    if (n < 0)
        return errno == ENOENT ? 0 : mb_error_set(err, -errno, "%s: %s", c->bench_directory, strerror(errno));
    for (int i = 0; i < n; i++) {
        if (r == 0)
            r = load_bench(c, entries[i]->d_name, err);
        free(entries[i]);
    }
    free(entries);
    return r;
}

/* A folder beside the configuration file. */
static char *default_directory(const char *path, const char *leaf)
{
    const char *slash = strrchr(path, '/');
    char text[PATH_MAX];
    int n = snprintf(text, sizeof text, "%.*s%s", slash ? (int)(slash - path + 1) : 0, path, leaf);

    return n < 0 || (size_t)n >= sizeof text ? NULL : strdup(text);
}

/* A folder that is named must be there: what a laboratory confirmed or added would silently not be in force.
 */
static int find_own(const char *path, const char *key, char **directory, struct mb_error *err)
{
    if (*directory)
        return access(*directory, R_OK | X_OK) < 0
                   ? mb_error_set(err, -errno, "%s: %s: %s: %s", path, key, *directory, strerror(errno))
                   : 0;
    *directory = default_directory(path, key);
    return *directory ? 0 : -ENOMEM;
}

int mb_configuration_load(const char *path, bool required, struct mb_configuration *ret, struct mb_error *err)
{
    struct mb_configuration c = {0};
    struct mb_document *document = NULL;
    int r = mb_document_load(path, &document, err);

    if (r == 0)
        r = mb_node_read(mb_document_root(document), fields, &c, err);
    else if (r == -ENOENT && !required)
        r = 0;
    mb_document_free(document);
    if (r == 0 && !c.state_directory && !(c.state_directory = strdup(STATE_DIRECTORY)))
        r = -ENOMEM;
    if (r == 0 && !c.bench_directory && !(c.bench_directory = default_directory(path, "benches")))
        r = -ENOMEM;
    if (r == 0)
        r = find_own(path, "limits", &c.limits_directory, err);
    if (r == 0)
        r = find_own(path, "profiles", &c.profile_directory, err);
    if (r == 0)
        r = load_benches(&c, err);
    if (r < 0)
        mb_configuration_clear(&c);
    else
        *ret = c;
    return r;
}

void mb_configuration_clear(struct mb_configuration *c)
{
    free(c->state_directory);
    free(c->bench_directory);
    free(c->limits_directory);
    free(c->profile_directory);
    free(c->laboratory.name);
    free(c->laboratory.address);
    free(c->laboratory.accreditation);
    for (size_t i = 0; i < c->bench_count; i++)
        mb_bench_setting_free(c->benches[i]);
    *c = (struct mb_configuration){0};
}

char *mb_configuration_laboratory_json(const struct mb_configuration *c)
{
    json_t *json = json_pack("{s:s?, s:s?, s:s?}", "name", c->laboratory.name, "address",
                             c->laboratory.address, "accreditation", c->laboratory.accreditation);
    char *text = json && (c->laboratory.name || c->laboratory.address || c->laboratory.accreditation)
                     ? json_dumps(json, JSON_COMPACT)
                     : NULL;

    json_decref(json);
    return text;
}
