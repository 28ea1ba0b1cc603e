/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limit tables from their folders, or from the bytes that a record froze. */
#include "standard/limits.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "standard/check.h"

#define FILE_MAX (4u << 20)

/* Where the files come from. Exactly one of place and files is there. */
struct origin {
    const struct mb_limits_place *place;
    const struct mb_limits_file *files;
    size_t count;
};

static const char *leaf(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash ? slash + 1 : name;
}

/* Takes text. */
static int add_file(struct mb_limits *limits, const char *path, char *text, size_t size, bool site,
                    struct limit_file **ret, struct mb_error *err)
{
    struct limit_file *f = &limits->files[limits->file_count];

    if (limits->file_count == LIMIT_FILES_MAX) {
        free(text);
        return mb_error_set(err, -E2BIG, "%s: more than %d files of limits", path, LIMIT_FILES_MAX);
    }
    limits->file_count++;
    *f = (struct limit_file){
        .name = strdup(leaf(path)), .path = strdup(path), .text = text, .size = size, .site = site};
    *ret = f;
    return f->name && f->path ? 0 : mb_error_set(err, -ENOMEM, "not enough memory");
}

static int read_from(struct mb_limits *limits, const char *folder, const char *name, bool site,
                     struct limit_file **ret, struct mb_error *err)
{
    char path[PATH_MAX], *text = NULL;
    size_t size = 0;
    int n = snprintf(path, sizeof path, "%s/%s", folder, name), r;

    if (n < 0 || (size_t)n >= sizeof path)
        return mb_error_set(err, -ENAMETOOLONG, "%s: the path is too long", folder);
    r = mb_file_read(path, FILE_MAX, &text, &size, err);
    return r < 0 ? r : add_file(limits, path, text, size, site, ret, err);
}

static int copy_frozen(struct mb_limits *limits, const struct origin *origin, const char *name,
                       struct limit_file **ret, struct mb_error *err)
{
    for (size_t i = 0; i < origin->count; i++) {
        const struct mb_limits_file *f = &origin->files[i];
        char *copy;

        if (strcmp(leaf(f->name), name) != 0)
            continue;
        copy = malloc(f->size + 1);
        if (!copy)
            return mb_error_set(err, -ENOMEM, "not enough memory");
        memcpy(copy, f->text, f->size);
        copy[f->size] = '\0';
        return add_file(limits, f->name, copy, f->size, f->site, ret, err);
    }
    return -ENOENT;
}

/* -ENOENT: not there, which is for the caller to judge. */
static int read_file(struct mb_limits *limits, const struct origin *origin, const char *name,
                     struct limit_file **ret, struct mb_error *err)
{
    const char *site = origin->place ? origin->place->site : NULL;
    int r = -ENOENT;

    if (!origin->place)
        return copy_frozen(limits, origin, name, ret, err);
    /* What tables there are is the program's to say; what is in them may be the laboratory's. */
    if (site && strcmp(name, MB_LIMITS_TABLES) != 0)
        r = read_from(limits, site, name, true, ret, err);
    if (r == -ENOENT && strcmp(name, MB_CONFIRMATIONS_FILE) != 0)
        r = read_from(limits, origin->place->directory, name, false, ret, err);
    return r;
}

/* IEC editions are written :2014 there and -2014 in China. */
static bool same_standard(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (*a != *b && !((*a == ':' && *b == '-') || (*a == '-' && *b == ':')))
            return false;
    return *a == *b;
}

bool limits_is_standard(const struct limit_spec *spec, const char *standard)
{
    return same_standard(spec->standard, standard);
}

static const struct limit_file *file_named(const struct mb_limits *limits, const char *name)
{
    for (size_t i = 0; i < limits->file_count; i++)
        if (limits->files[i].name && strcmp(limits->files[i].name, name) == 0)
            return &limits->files[i];
    return NULL;
}

/* The file of one row of tables.csv, unless another row has brought it already. */
static int load_table(struct mb_limits *limits, const struct origin *origin, size_t i, struct mb_error *err)
{
    struct limit_file *file = NULL;
    int r;

    if (file_named(limits, limits->specs[i].file))
        return 0;
    r = read_file(limits, origin, limits->specs[i].file, &file, err);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    for (size_t k = 0; k < limits->spec_count; k++)
        if (strcmp(limits->specs[k].file, file->name) == 0)
            limits->tables[k].file = file;
    return limits_read_cells(limits, file, err);
}

static int load_coefficients(struct mb_limits *limits, const struct origin *origin, size_t i,
                             struct mb_error *err)
{
    struct limit_file *file = NULL;
    int r;

    if (!*limits->specs[i].coefficients || !limits->tables[i].file || limits->tables[i].coefficients)
        return 0;
    r = read_file(limits, origin, limits->specs[i].coefficients, &file, err);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    return limits_read_polynomials(limits, file, err);
}

static int load_all(struct mb_limits *limits, const struct origin *origin, struct mb_error *err)
{
    const char *standard = origin->place ? origin->place->standard : NULL;
    struct limit_file *file = NULL;
    int r = read_file(limits, origin, MB_LIMITS_TABLES, &file, err);

    if (r == 0)
        r = limits_read_specs(limits, file, err);
    for (size_t i = 0; r == 0 && i < limits->spec_count; i++)
        if (!standard || same_standard(limits->specs[i].standard, standard))
            r = load_table(limits, origin, i, err);
    for (size_t i = 0; r == 0 && i < limits->spec_count; i++)
        r = load_coefficients(limits, origin, i, err);
    if (r < 0)
        return r;
    r = read_file(limits, origin, LIMITS_TOLERANCES, &file, err);
    if (r == 0)
        r = limits_read_tolerances(limits, file, err);
    if (r == 0 || r == -ENOENT)
        r = read_file(limits, origin, MB_CONFIRMATIONS_FILE, &file, err);
    if (r == 0)
        r = confirmations_parse(file->path, file->text, file->size, &limits->confirmations, err);
    if (r == 0)
        r = limits_confirm(limits, err);
    return r == -ENOENT ? 0 : r;
}

/* The first thing that mb_limits_check finds in a table of the site. */
static int refuse_finding(const struct mb_check_finding *finding, void *userdata)
{
    struct mb_error *err = userdata;

    return finding->site
               ? mb_error_set(err, -EINVAL, "%s:%u: %s", finding->path, finding->line, finding->text)
               : 0;
}

static bool wanted_table_missing(const struct mb_limits *limits, const char *standard)
{
    bool known = false;

    for (size_t i = 0; i < limits->spec_count; i++) {
        if (standard && !same_standard(limits->specs[i].standard, standard))
            continue;
        known = true;
        if (limits->tables[i].file)
            return false;
    }
    return known;
}

int mb_limits_open(const struct mb_limits_place *place, struct mb_limits **ret, struct mb_error *err)
{
    struct mb_limits *limits = calloc(1, sizeof *limits);
    const struct origin origin = {.place = place};
    int r = limits ? load_all(limits, &origin, err) : mb_error_set(err, -ENOMEM, "not enough memory");

    if (r == 0 && wanted_table_missing(limits, place->standard))
        r = mb_error_set(err, -ENOENT, "%s: no limit tables here, e.g. %s", place->directory,
                         limits->specs[0].file);
    if (r == 0 && !place->unchecked)
        r = mb_limits_check(limits, true, refuse_finding, err);
    if (r < 0)
        mb_limits_free(limits);
    else
        *ret = limits;
    return r;
}

int mb_limits_load(const char *directory, struct mb_limits **ret, struct mb_error *err)
{
    return mb_limits_open(&(struct mb_limits_place){.directory = directory}, ret, err);
}

int mb_limits_load_standard(const char *directory, const char *standard, struct mb_limits **ret,
                            struct mb_error *err)
{
    return mb_limits_open(&(struct mb_limits_place){.directory = directory, .standard = standard}, ret, err);
}

int mb_limits_parse(const struct mb_limits_file files[], size_t count, struct mb_limits **ret,
                    struct mb_error *err)
{
    struct mb_limits *limits = calloc(1, sizeof *limits);
    const struct origin origin = {.files = files, .count = count};
    int r = limits ? load_all(limits, &origin, err) : mb_error_set(err, -ENOMEM, "not enough memory");

    if (r == 0 && !limits->specs)
        r = mb_error_set(err, -EINVAL, MB_LIMITS_TABLES ": missing, it says what the other files are");
    if (r < 0)
        mb_limits_free(limits);
    else
        *ret = limits;
    return r;
}

struct mb_limits *mb_limits_free(struct mb_limits *limits)
{
    if (!limits)
        return NULL;
    for (size_t i = 0; i < limits->spec_count; i++) {
        free(limits->specs[i].lists);
        free(limits->tables[i].cells);
        free(limits->tables[i].polynomials);
    }
    for (size_t i = 0; i < limits->file_count; i++) {
        free(limits->files[i].name);
        free(limits->files[i].path);
        free(limits->files[i].text);
        mb_csv_free(limits->files[i].csv);
    }
    confirmations_free(limits->confirmations);
    free(limits->specs);
    free(limits->tables);
    free(limits);
    return NULL;
}

/* Whether a file belongs to what decides for a standard. */
static bool serves(const struct mb_limits *limits, const struct limit_file *file, const char *standard)
{
    bool table = false;

    for (size_t i = 0; i < limits->spec_count; i++) {
        const struct limit_table *t = &limits->tables[i];

        table = table || t->file == file || strcmp(limits->specs[i].coefficients, file->name) == 0;
        if (same_standard(limits->specs[i].standard, standard) &&
            ((t->file == file && t->cell_count > 0) || (t->file && t->coefficients == file)))
            return true;
    }
    return !table; /* tables.csv, tolerances, confirmations */
}

int mb_limits_file(const struct mb_limits *limits, const char *standard, size_t i, struct mb_limits_file *ret)
{
    bool known = false;

    for (size_t k = 0; k < limits->spec_count; k++)
        known =
            known || (limits->tables[k].cell_count > 0 && same_standard(limits->specs[k].standard, standard));
    for (size_t k = 0; known && k < limits->file_count; k++) {
        const struct limit_file *f = &limits->files[k];

        if (!serves(limits, f, standard) || i-- > 0)
            continue;
        *ret = (struct mb_limits_file){.name = f->name, .text = f->text, .size = f->size, .site = f->site};
        return 0;
    }
    return -ENOENT;
}
