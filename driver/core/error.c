/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>

int mb_error_set(struct mb_error *err, int code, const char *format, ...)
{
    va_list ap;

    if (!err)
        return code;
    va_start(ap, format);
    (void)vsnprintf(err->text, sizeof err->text, format, ap);
    va_end(ap);
    /* One line is the contract: text from files or instruments may bring line breaks along. */
    for (char *p = err->text; *p; p++)
        if ((unsigned char)*p < 0x20)
            *p = ' ';
    return code;
}
