/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/text.h"

int mb_error_set(struct mb_error *err, int code, const char *format, ...)
{
    va_list ap;

    if (!err)
        return code;
    va_start(ap, format);
    (void)vsnprintf(err->text, sizeof err->text, format, ap);
    va_end(ap);
    mb_text_clean(err->text); /* files and instruments may bring anything along, also cut characters */
    return code;
}
