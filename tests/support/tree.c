/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/tree.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

const char *test_data_folder(void)
{
    const char *folder = getenv("MOTORBENCH_DATA");

    return folder ? folder : "../shared/data";
}

const char *test_build_folder(void)
{
    const char *folder = getenv("BUILD");

    return folder ? folder : "build";
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *place)
{
    (void)st;
    (void)kind;
    (void)place;
    return remove(path);
}

void tree_remove(const char *folder)
{
    (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
