/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>

#include "core/paths.h"
#include "motorbench/command.h"

int find_limits(const char *site, struct mb_limits_place *ret, char path[PATH_MAX])
{
    if (mb_data_path("limits", path, PATH_MAX) < 0)
        return fail(EXIT_BAD_INPUT, "the folder of the limit tables was not found");
    *ret = (struct mb_limits_place){.directory = path, .site = site ? site : MB_LIMITS_SITE};
    return EXIT_DONE;
}

int load_limits(const char *standard, const char *site, struct mb_limits **ret)
{
    struct mb_limits_place place;
    struct mb_error err = {""};
    char path[PATH_MAX];
    int status = find_limits(site, &place, path);

    if (status != EXIT_DONE)
        return status;
    place.standard = standard;
    return mb_limits_open(&place, ret, &err) < 0 ? fail(EXIT_BAD_INPUT, "%s", err.text) : EXIT_DONE;
}
