/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scpi/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
    EXPRESSION_MAX = 256, /* bytes of a regular expression */
    NESTING_MAX = 8,      /* parentheses in parentheses */
    MATCH_STEPS_MAX = 100000,
    MATCH_HEAP_KIB = 1024,
};

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
    /* Without memory for the last of it fclose succeeds, and there is no text. */
    if ((fclose(out) == EOF || !result) && r == 0)
        r = -ENOMEM;
    if (r < 0) {
        free(result);
        return r;
    }
    *ret = result;
    return 0;
}

static pcre2_code *compile(const char *expression)
{
    pcre2_compile_context *limits;
    pcre2_code *code = NULL;
    PCRE2_SIZE offset;
    int error;

    limits = pcre2_compile_context_create(NULL);
    if (!limits)
        return NULL;
    /* Repetitions of repetitions multiply: the length alone does not bound the work. */
    pcre2_set_max_pattern_length(limits, EXPRESSION_MAX);
    pcre2_set_parens_nest_limit(limits, NESTING_MAX);
    code = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED,
                         PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C, &error, &offset, limits);
    pcre2_compile_context_free(limits);
    return code;
}

bool mb_regex_match(const char *expression, const char *text)
{
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    pcre2_code *code = compile(expression);
    pcre2_match_data *match = code ? pcre2_match_data_create(1, NULL) : NULL;
    bool fits = false;

    if (limits && match) {
        pcre2_set_match_limit(limits, MATCH_STEPS_MAX);
        pcre2_set_heap_limit(limits, MATCH_HEAP_KIB);
        fits = pcre2_match(code, (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0, 0, match, limits) >= 0;
    }
    pcre2_match_data_free(match);
    pcre2_code_free(code);
    pcre2_match_context_free(limits);
    return fits;
}

bool mb_regex_valid(const char *expression)
{
    pcre2_code *code = compile(expression);

    pcre2_code_free(code);
    return code != NULL;
}
