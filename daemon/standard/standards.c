/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/standards.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "standard/site.h"

/* A laboratory's own file of this name, or the program's. */
static const char *choose(const char *directory, const char *site, const char *file, char path[static 4096])
{
    (void)snprintf(path, 4096, "%.4000s/%s", site ? site : directory, file);
    if (site && access(path, F_OK) < 0)
        (void)snprintf(path, 4096, "%.4000s/%s", directory, file);
    return path;
}

static int load_limits(const char *directory, const char *site, struct mb_standards *s, struct mb_error *err)
{
    char path[4096];
    int r = mb_limits_open(&(struct mb_limits_place){.directory = directory, .site = site}, &s->limits, err);

    if (r == 0)
        r = mb_requirements_load(choose(directory, site, MB_REQUIREMENTS_FILE, path), &s->requirements, err);
    if (r == 0 && site && snprintf(path, sizeof path, "%.4000s/%s", site, MB_CONFIRMATIONS_FILE) > 0)
        r = mb_requirements_confirm(s->requirements, path, err);
    if (r == 0)
        r = mb_schemes_load(choose(directory, site, MB_SCHEMES_FILE, path), &s->schemes, err);
    if (r == 0)
        r = mb_indicators_load(choose(directory, site, MB_INDICATORS_FILE, path), &s->indicators, err);
    return r < 0 ? r : mb_remedies_load(choose(directory, site, MB_REMEDIES_FILE, path), &s->remedies, err);
}

static int load_parts(const char *directory, const char *site, struct mb_standards *s, struct mb_error *err)
{
    char path[4096];
    int r = mb_catalogue_load(choose(directory, NULL, MB_CATALOGUE_FILE, path), &s->catalogue, err);

    if (r == 0)
        r = mb_editions_load(choose(directory, NULL, MB_EDITIONS_FILE, path), &s->editions, err);
    if (r == 0)
        r = load_limits(directory, site, s, err);
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
    mb_schemes_free(s->schemes);
    mb_indicators_free(s->indicators);
    mb_remedies_free(s->remedies);
    mb_bulletins_free(s->bulletins);
    free(s);
    return NULL;
}
