/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bus/errors.h"

#include <errno.h>
#include <string.h>

static const struct {
    int code;
    const char *name;
} table[] = {
    {-ENOENT, MB_BUS_ERROR_NOT_FOUND},
    {-ENOTUNIQ, MB_BUS_ERROR_NOT_FOUND},
    {-EINVAL, MB_BUS_ERROR_INVALID_ARGUMENT},
    {-ERANGE, MB_BUS_ERROR_INVALID_ARGUMENT},
    {-EBUSY, MB_BUS_ERROR_BUSY},
    {-ESTALE, MB_BUS_ERROR_WRONG_STATE},
    {-EAGAIN, MB_BUS_ERROR_BENCH_FAULT},
    {-ENOTSUP, MB_BUS_ERROR_NOT_SUPPORTED},
    {-ENODATA, MB_BUS_ERROR_WRONG_STATE},
};

int mb_bus_error(sd_bus_error *ret, int code, const struct mb_error *err)
{
    const char *name = MB_BUS_ERROR_FAILED, *text = err && err->text[0] ? err->text : strerror(-code);

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].code == code)
            name = table[i].name;
    return sd_bus_error_set(ret, name, text);
}
