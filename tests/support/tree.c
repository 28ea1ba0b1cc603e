/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/tree.h"

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
