/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scpi/text.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Length of "{name}" at text, or 0. */
static size_t placeholder_length(const char *text)
{
    size_t n = *text == '{' ? strspn(text + 1, "abcdefghijklmnopqrstuvwxyz_") : 0;

    return n > 0 && text[n + 1] == '}' ? n + 2 : 0;
}

static int find_variable(const char *name, size_t n, const struct mb_variable *variables, const char **ret,
                         struct mb_error *err)
{
    for (const struct mb_variable *v = variables; v->name; v++) {
        if (strlen(v->name) != n || strncmp(v->name, name, n) != 0)
            continue;
        if (!v->value)
            return mb_error_set(err, -EINVAL, "{%s} is not given on this bench", v->name);
        *ret = v->value;
        return 0;
    }
    return mb_error_set(err, -EINVAL, "{%.*s} is not known here", (int)n, name);
}

int mb_text_expand(const char *text, const struct mb_variable *variables, char **ret, struct mb_error *err)
{
    const char *value = "";
    char *result = NULL;
    size_t size = 0, length;
    FILE *out = open_memstream(&result, &size);
    int r = 0;

    if (!out)
        return -ENOMEM;
    while (r == 0 && *text) {
        length = placeholder_length(text);
        if (length == 0) {
            if (fputc(*text++, out) == EOF)
                r = -ENOMEM;
            continue;
        }
        r = find_variable(text + 1, length - 2, variables, &value, err);
        if (r == 0 && fputs(value, out) == EOF)
            r = -ENOMEM;
        text += length;
    }
    if (fclose(out) == EOF && r == 0)
        r = -ENOMEM;
    if (r < 0) {
        free(result);
        return r;
    }
    *ret = result;
    return 0;
}

bool mb_regex_match(const char *expression, const char *text)
{
    regex_t regex;
    bool fits;

    if (regcomp(&regex, expression, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    fits = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return fits;
}

bool mb_regex_valid(const char *expression)
{
    regex_t regex;

    if (regcomp(&regex, expression, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    regfree(&regex);
    return true;
}
