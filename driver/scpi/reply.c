/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scpi/reply.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "scpi/text.h"

#define FIELDS_MAX 256
#define TOKEN_MAX 128

struct token {
    const char *text;
    size_t length;
};

static struct token trim(const char *text, size_t length)
{
    while (length > 0 && isblank((unsigned char)*text))
        text++, length--;
    while (length > 0 && isblank((unsigned char)text[length - 1]))
        length--;
    return (struct token){text, length};
}

static int shape_error(const char *text, const char *what, struct mb_error *err)
{
    return mb_error_set(err, -EPROTO, "the reply '%.80s' %s", text, what);
}

static bool invalid_token(const struct mb_invalid *v, struct token token)
{
    return v->token && strlen(v->token) == token.length &&
           strncasecmp(v->token, token.text, token.length) == 0;
}

static bool invalid_number(const struct mb_invalid *v, double number)
{
    return (v->has_above && number > v->above) || (v->has_below && number < v->below) ||
           (v->has_equals && number == v->equals);
}

/* 0, or -EPROTO when the token is neither a number nor one of the profile's marks. */
static int read_value(const struct mb_profile *p, const struct mb_value_field *f, struct token token,
                      struct mb_reply_value *ret)
{
    double number = 0;
    int r = mb_number_parse(token.text, token.length, &number);

    for (size_t i = 0; i < p->invalid_count; i++)
        if (invalid_token(&p->invalid[i], token) || (r == 0 && invalid_number(&p->invalid[i], number))) {
            *ret = (struct mb_reply_value){0, (enum mb_validity)p->invalid[i].validity};
            return 0;
        }
    if (r < 0 || !isfinite(number * f->unit_factor))
        return -EPROTO;
    *ret = (struct mb_reply_value){number * f->unit_factor, MB_VALID};
    return 0;
}

static int read_field(const struct mb_profile *p, const struct mb_value_field *f, struct token token,
                      struct mb_reply_value *ret)
{
    char copy[TOKEN_MAX];

    if (f->name)
        return read_value(p, f, token, ret);
    *ret = (struct mb_reply_value){0, MB_NO_DATA};
    if (!f->match)
        return 0;
    if (token.length >= sizeof copy)
        return -EPROTO;
    memcpy(copy, token.text, token.length);
    copy[token.length] = '\0';
    return mb_regex_match(f->match, copy) ? 0 : -EPROTO;
}

/* Comma layout and, with one field, the single layout. */
static int read_list(const struct mb_profile *p, const struct mb_value_field *const *fields, size_t n,
                     const char *text, struct mb_reply_value *values, struct mb_error *err)
{
    const char *at = text;
    size_t length;

    for (size_t i = 0; i < n; i++) {
        length = strcspn(at, ",");
        if ((at[length] == ',') != (i + 1 < n))
            return shape_error(text, "does not have the agreed number of fields", err);
        if (read_field(p, fields[i], trim(at, length), &values[i]) < 0)
            return shape_error(text, "has a field that is no number", err);
        at += length + 1;
    }
    return 0;
}

/* Length of the number at text, with an exponent only where digits follow: a letter behind it may be the next
 * marker. */
static size_t number_length(const char *text)
{
    size_t n = strspn(text, "+-.0123456789"), exponent = 0;

    if (n > 0 && (text[n] == 'e' || text[n] == 'E')) {
        exponent = 1 + strspn(text + n + 1, "+-");
        exponent = isdigit((unsigned char)text[n + exponent])
                       ? exponent + strspn(text + n + exponent, "0123456789")
                       : 0;
    }
    return n + exponent;
}

/* The number behind a marker letter; *at moves behind it. */
static int marked_number(const char **at, const char *marker, struct token *ret)
{
    const char *text = *at;
    size_t length = strlen(marker);

    while (isblank((unsigned char)*text))
        text++;
    if (strncmp(text, marker, length) != 0)
        return -EPROTO;
    text += length;
    while (isblank((unsigned char)*text))
        text++;
    length = number_length(text);
    *ret = (struct token){text, length};
    *at = text + length;
    return length > 0 ? 0 : -EPROTO;
}

static int read_ending(const struct mb_group *group, const char *at, enum mb_validity *ret)
{
    struct token rest = trim(at, strlen(at));

    if (group->ending_count == 0)
        return rest.length == 0 ? 0 : -EPROTO;
    for (size_t i = 0; i < group->ending_count; i++)
        if (strlen(group->endings[i].letter) == rest.length &&
            strncmp(group->endings[i].letter, rest.text, rest.length) == 0) {
            *ret = (enum mb_validity)group->endings[i].validity;
            return 0;
        }
    return -EPROTO;
}

/* "S 1500T10.5R": by letters, because the columns of such replies move. */
static int read_letters(const struct mb_profile *p, const struct mb_group *group,
                        const struct mb_value_field *const *fields, size_t n, const char *text,
                        struct mb_reply_value *values, struct mb_error *err)
{
    enum mb_validity ending = MB_VALID;
    struct token token;
    const char *at = text;

    for (size_t i = 0; i < n; i++)
        if (!fields[i]->marker || marked_number(&at, fields[i]->marker, &token) < 0 ||
            read_field(p, fields[i], token, &values[i]) < 0)
            return shape_error(text, "does not have the agreed letters and numbers", err);
    if (read_ending(group, at, &ending) < 0)
        return shape_error(text, "does not end as agreed", err);
    for (size_t i = 0; i < n; i++)
        if (values[i].validity == MB_VALID && ending != MB_VALID)
            values[i] = (struct mb_reply_value){0, ending};
    return 0;
}

int mb_reply_values(const struct mb_profile *p, const struct mb_group *group,
                    const struct mb_value_field *const *fields, size_t n, const char *text,
                    struct mb_reply_value *ret, struct mb_error *err)
{
    struct mb_reply_value values[FIELDS_MAX];
    int r;

    if (n == 0 || n > FIELDS_MAX)
        return mb_error_set(err, -EPROTO, "no fields are agreed for this reply");
    if (group->layout == MB_LAYOUT_LETTERS)
        r = read_letters(p, group, fields, n, text, values, err);
    else
        r = read_list(p, fields, n, text, values, err);
    if (r == 0)
        memcpy(ret, values, n * sizeof *values);
    return r;
}

int mb_reply_number(const char *text, const char *marker, double *ret, struct mb_error *err)
{
    const char *at = marker ? strstr(text, marker) : text;
    struct token token;

    if (marker && (!at || marked_number(&at, marker, &token) < 0))
        return shape_error(text, "does not hold the expected letter and number", err);
    if (!marker)
        token = trim(text, strlen(text));
    if (mb_number_parse(token.text, token.length, ret) < 0)
        return shape_error(text, "is not a number", err);
    return 0;
}

int mb_reply_condition(const char *text, uint32_t *ret, struct mb_error *err)
{
    struct token token = trim(text, strlen(text));
    int64_t value;

    if (mb_integer_parse(token.text, token.length, &value) < 0 || value < 0 || value > UINT32_MAX)
        return shape_error(text, "is not a condition register", err);
    *ret = (uint32_t)value;
    return 0;
}
