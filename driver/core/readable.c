/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/readable.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static const struct {
    const char *unit;
    double from, below; /* of the magnitude */
    struct mb_readable shown;
} rows[] = {
    {"m/s", 0, INFINITY, {1e3, "mm/s"}},
    {"m", 0, 1e-3, {1e6, "um"}},
    {"m", 1e-3, 1, {1e3, "mm"}},
    {"A", 1e-12, 1e-4, {1e6, "uA"}},
    {"A", 1e-4, 0.1, {1e3, "mA"}},
    {"ohm", 1e5, 1e10, {1e-6, "Mohm"}},
    {"ohm", 1e10, INFINITY, {1e-9, "Gohm"}},
};

struct mb_readable mb_readable_unit(const char *unit, double value)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].unit, unit) == 0 && fabs(value) >= rows[i].from && fabs(value) < rows[i].below)
            return rows[i].shown;
    return (struct mb_readable){1, unit};
}

struct mb_readable mb_readable_pair(const char *unit, double value, double limit)
{
    return mb_readable_unit(unit, isfinite(limit) ? limit : value);
}
