/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/reading.h"

#include <errno.h>
#include <string.h>

static const char *const names[MB_VALIDITY_COUNT] = {
    [MB_VALID] = "valid",     [MB_OVER_RANGE] = "over-range", [MB_UNDER_RANGE] = "under-range",
    [MB_NO_DATA] = "no-data", [MB_STALE] = "stale",           [MB_SETTLING] = "settling",
    [MB_GARBLED] = "garbled", [MB_LINK_FAULT] = "link-fault", [MB_COUNTER_RESET] = "counter-reset",
};

const char *mb_validity_name(enum mb_validity v)
{
    return names[v];
}

int mb_validity_from_name(const char *name, enum mb_validity *ret)
{
    for (int v = 0; v < MB_VALIDITY_COUNT; v++)
        if (strcmp(names[v], name) == 0) {
            *ret = (enum mb_validity)v;
            return 0;
        }
    return -EINVAL;
}
