/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/replace.h"

char *replaced(const char *text, const char *from, const char *to)
{
    size_t size = 0;
    char *out = NULL;
    FILE *stream = open_memstream(&out, &size);

    assert_non_null(stream);
    for (const char *at; (at = strstr(text, from)); text = at + strlen(from))
        (void)fprintf(stream, "%.*s%s", (int)(at - text), text, to);
    (void)fputs(text, stream);
    assert_int_equal(fclose(stream), 0);
    return out;
}
