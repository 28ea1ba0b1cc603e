/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>

#include "core/paths.h"
#include "motorbench/command.h"

int load_limits(const char *standard, struct mb_limits **ret)
{
    char path[PATH_MAX];
    struct mb_error err = {""};

    if (mb_data_path("limits", path, sizeof path) < 0)
        return fail(EXIT_BAD_INPUT, "the folder of the limit tables was not found");
    return mb_limits_load_standard(path, standard, ret, &err) < 0 ? fail(EXIT_BAD_INPUT, "%s", err.text)
                                                                  : EXIT_DONE;
}
