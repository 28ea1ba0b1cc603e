/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "motorbench/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"

#define NUMBER_CHARACTERS "+-.0123456789eE"

/* Writes the real in text[0..n) at target with 15, 16 or 17 digits; returns the length, never more than n:
 * jansson has written all 17. */
static size_t shorten(const char *text, size_t n, char *target)
{
    char buffer[40];
    double value, again;

    if (mb_number_parse(text, n, &value) == 0)
        for (int digits = 15; digits < 17; digits++) {
            int length = snprintf(buffer, sizeof buffer, "%.*g", digits, value);

            if (length > 0 &&
                strcspn(buffer, ".e") == (size_t)length) /* keep a real a real: 11 would be an integer */
                length = snprintf(buffer, sizeof buffer, "%.*g.0", digits, value);
            if (length <= 0 || (size_t)length > n || mb_number_parse(buffer, (size_t)length, &again) < 0 ||
                again != value)
                continue;
            memcpy(target, buffer, (size_t)length);
            return (size_t)length;
        }
    memmove(target, text, n);
    return n;
}

/* Copies the string that starts at text (its opening quote) and returns its length. */
static size_t copy_string(const char *text, char *target)
{
    size_t n = 1;

    while (text[n] && text[n] != '"')
        n += text[n] == '\\' && text[n + 1] ? 2 : 1;
    if (text[n] == '"')
        n++;
    memmove(target, text, n);
    return n;
}

char *json_text(const json_t *document)
{
    char *text = json_dumps(document, JSON_INDENT(2)), *out = text;

    for (const char *p = text; p && *p;) {
        size_t n = strspn(p, NUMBER_CHARACTERS);

        if (*p == '"') {
            n = copy_string(p, out);
            out += n;
        } else if (n > 0 && *p != 'e' && *p != 'E') {
            out += memchr(p, '.', n) || memchr(p, 'e', n) ? shorten(p, n, out) : (memmove(out, p, n), n);
        } else {
            n = 1;
            *out++ = *p;
        }
        p += n;
    }
    if (out)
        *out = '\0';
    return text;
}
