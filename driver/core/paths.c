/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int program_folder(char *buffer, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", buffer, size - 1);
    char *slash;

    if (n < 0)
        return -errno;
    buffer[n] = '\0';
    slash = strrchr(buffer, '/');
    if (slash)
        *slash = '\0';
    return 0;
}

int mb_data_path(const char *leaf, char *buffer, size_t size)
{
    const char *directory = secure_getenv("MOTORBENCH_DATADIR");
    char folder[PATH_MAX];
    int r, n;

    if (directory) {
        n = snprintf(buffer, size, "%s/%s", directory, leaf);
    } else {
        r = program_folder(folder, sizeof folder);
        if (r < 0)
            return r;
        n = snprintf(buffer, size, "%s/../share/motorbench/%s", folder, leaf);
    }
    return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

int mb_program_path(const char *name, char *buffer, size_t size)
{
    char folder[PATH_MAX];
    int r = program_folder(folder, sizeof folder), n;

    if (r < 0)
        return r;
    n = snprintf(buffer, size, "%s/%s", folder, name);
    return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}
