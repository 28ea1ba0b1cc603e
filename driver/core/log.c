/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/log.h"

#include <stdarg.h>
#include <stdio.h>

static mb_log_function sink;

void mb_log_set(mb_log_function function)
{
    sink = function;
}

void mb_log(int priority, const char *format, ...)
{
    char text[1024];
    va_list ap;

    if (!sink)
        return;
    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    sink(priority, text);
}
