/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/standards.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int load_parts(const char *directory, const char *site, struct mb_standards *s, struct mb_error *err)
{
    char path[4096];
    int r;

    (void)snprintf(path, sizeof path, "%.4000s/%s", directory, MB_CATALOGUE_FILE);
    r = mb_catalogue_load(path, &s->catalogue, err);
    (void)snprintf(path, sizeof path, "%.4000s/%s", directory, MB_EDITIONS_FILE);
    if (r == 0)
        r = mb_editions_load(path, &s->editions, err);
    if (r == 0)
        r = mb_limits_open(&(struct mb_limits_place){.directory = directory, .site = site}, &s->limits, err);
    (void)snprintf(path, sizeof path, "%.4000s/%s", site ? site : directory, MB_REQUIREMENTS_FILE);
    if (site && access(path, F_OK) < 0)
        (void)snprintf(path, sizeof path, "%.4000s/%s", directory, MB_REQUIREMENTS_FILE);
    if (r == 0)
        r = mb_requirements_load(path, &s->requirements, err);
    if (r == 0)
        r = mb_items_load(directory, &s->items, err);
    return r < 0 ? r : mb_bulletins_load(site, &s->bulletins, err);
}

int mb_standards_load(const char *directory, const char *site, struct mb_standards **ret,
                      struct mb_error *err)
{
    struct mb_standards *s = calloc(1, sizeof *s);
    int r = s ? load_parts(directory, site, s, err) : mb_error_set(err, -ENOMEM, "not enough memory");

    if (r < 0) {
        mb_standards_free(s);
        return r;
    }
    *ret = s;
    return 0;
}

struct mb_standards *mb_standards_free(struct mb_standards *s)
{
    if (!s)
        return NULL;
    mb_catalogue_free(s->catalogue);
    mb_editions_free(s->editions);
    mb_limits_free(s->limits);
    mb_requirements_free(s->requirements);
    mb_items_free(s->items);
    mb_bulletins_free(s->bulletins);
    free(s);
    return NULL;
}
