/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bulletins of a laboratory's folder: all of them read, one more kept. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "standard/bulletin.h"

#define FILE_MAX (1u << 20)
#define NAMES_MAX 200 /* of one day of issue */
#define NAME_START "bulletin-"
#define NAME_END ".csv"

bool mb_bulletin_is_name(const char *leaf)
{
    size_t n = strlen(leaf), start = strlen(NAME_START), end = strlen(NAME_END);

    return n > start + end && strncmp(leaf, NAME_START, start) == 0 && strcmp(leaf + n - end, NAME_END) == 0;
}

static int is_bulletin(const struct dirent *entry)
{
    return mb_bulletin_is_name(entry->d_name);
}

static int add_folder(struct mb_bulletins *b, const char *folder, struct mb_error *err)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_bulletin, alphasort), r = 0;
    char path[PATH_MAX];

    if (count < 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? 0
                   : mb_error_set(err, -errno, "%s: cannot be read: %s", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        int n = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);

        if (r >= 0)
            r = n < 0 || (size_t)n >= sizeof path ? -ENAMETOOLONG : mb_bulletins_add_file(b, path, err);
        free(entries[i]);
    }
    free(entries);
    return r < 0 ? r : 0;
}

int mb_bulletins_load(const char *folder, struct mb_bulletins **ret, struct mb_error *err)
{
    struct mb_bulletins *b = NULL;
    int r = mb_bulletins_new(&b);

    if (r == 0 && folder)
        r = add_folder(b, folder, err);
    if (r < 0)
        mb_bulletins_free(b);
    else
        *ret = b;
    return r;
}

/* The first name that is free: bulletin-DATE.csv, bulletin-DATE-2.csv ... */
static int choose_name(const struct mb_bulletins *own, const char *folder, char *ret_name, size_t size,
                       struct mb_error *err)
{
    const char *newest = "";
    char path[PATH_MAX];

    for (size_t i = 0; i < mb_bulletins_count(own); i++)
        if (strcmp(mb_bulletins_get(own, i)->issued, newest) > 0)
            newest = mb_bulletins_get(own, i)->issued;
    for (int n = 1; n <= NAMES_MAX; n++) {
        (void)snprintf(ret_name, size, n == 1 ? NAME_START "%s" NAME_END : NAME_START "%s-%d" NAME_END,
                       newest, n);
        (void)snprintf(path, sizeof path, "%.4000s/%s", folder, ret_name);
        if (access(path, F_OK) < 0 && errno == ENOENT)
            return 0;
    }
    return mb_error_set(err, -E2BIG, "%s: too many bulletins of %s", folder, newest);
}

/* The same bytes are looked at and written. */
static int keep_text(const char *path, const char *text, size_t length, const char *folder, char *ret_name,
                     size_t size, struct mb_error *err)
{
    struct mb_bulletins *own = NULL, *there = NULL;
    char target[PATH_MAX];
    int r = mb_bulletins_new(&own);

    if (r == 0)
        r = mb_bulletins_add(own, path, text, length, err);
    if (r >= 0)
        r = mb_bulletins_load(folder, &there, err);
    if (r >= 0)
        r = mb_bulletins_add(there, path, text, length, err);
    if (r > 0) {
        r = choose_name(own, folder, ret_name, size, err);
        (void)snprintf(target, sizeof target, "%.4000s/%s", folder, ret_name);
        if (r == 0)
            r = mb_file_write(target, text, length, err);
        r = r < 0 ? r : 1;
    }
    mb_bulletins_free(own);
    mb_bulletins_free(there);
    return r;
}

int mb_bulletin_keep(const char *path, const char *folder, char *ret_name, size_t size, struct mb_error *err)
{
    char *text;
    size_t length;
    int r = mb_file_read(path, FILE_MAX, &text, &length, err);

    if (r < 0)
        return r;
    r = keep_text(path, text, length, folder, ret_name, size, err);
    free(text);
    return r;
}
