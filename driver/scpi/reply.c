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

/* Takes one of the field's units off the end. 0 where it has none; the digit in front keeps "kV" from being
 * read as "V". */
static double strip_unit(const struct mb_value_field *f, struct token *token)
{
    for (size_t i = 0; i < f->unit_count; i++) {
        size_t length = strlen(f->units[i].text);
        struct token rest;

        if (length >= token->length ||
            strncmp(token->text + token->length - length, f->units[i].text, length) != 0)
            continue;
        rest = trim(token->text, token->length - length);
        if (rest.length == 0 || !strchr("0123456789.", rest.text[rest.length - 1]))
            continue;
        *token = rest;
        return f->units[i].factor;
    }
    return f->unit_count == 0;
}

/* 0, or -EPROTO when the token is neither a number nor one of the profile's marks. */
static int read_value(const struct mb_profile *p, const struct mb_value_field *f, struct token token,
                      struct mb_reply_value *ret)
{
    struct token digits = token;
    double number = 0, factor = strip_unit(f, &digits) * f->unit_factor;
    int r = mb_number_parse(digits.text, digits.length, &number);

    for (size_t i = 0; i < p->invalid_count; i++)
        if (invalid_token(&p->invalid[i], token) || (r == 0 && invalid_number(&p->invalid[i], number))) {
            *ret = (struct mb_reply_value){0, (enum mb_validity)p->invalid[i].validity};
            return 0;
        }
    if (r < 0 || factor == 0 || !isfinite(number * factor))
        return -EPROTO;
    *ret = (struct mb_reply_value){number * factor, MB_VALID};
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

static const char *separator_of(const struct mb_group *group)
{
    static const char *const separators[] = {",", ";"};

    return separators[group->separator];
}

/* The text up to the separator; *at moves behind it, or becomes NULL at the end. */
static struct token next_token(const char **at, const char *separator)
{
    const char *text = *at;
    size_t length = strcspn(text, separator);

    *at = text[length] ? text + length + 1 : NULL;
    return trim(text, length);
}

/* The comma layout and, with one field, the single layout. */
static int read_list(const struct mb_profile *p, const struct mb_group *group,
                     const struct mb_value_field *const *fields, size_t n, const char *text,
                     struct mb_reply_value *values, struct mb_error *err)
{
    const char *at = text;

    for (size_t i = 0; i < n; i++) {
        values[i] = (struct mb_reply_value){0, MB_NO_DATA};
        if (!at && fields[i]->optional)
            continue;
        if (!at)
            break;
        if (read_field(p, fields[i], next_token(&at, separator_of(group)), &values[i]) < 0)
            return shape_error(text, "has a field that is no number", err);
        if (!at && i + 1 < n && !fields[i + 1]->optional)
            return shape_error(text, "does not have the agreed number of fields", err);
    }
    return at ? shape_error(text, "does not have the agreed number of fields", err) : 0;
}

/* Which of the fields this label is, or n. Labels are compared without regard to case. */
static size_t find_label(const struct mb_value_field *const *fields, size_t n, struct token label)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(fields[i]->marker) == label.length &&
            strncasecmp(fields[i]->marker, label.text, label.length) == 0)
            return i;
    return n;
}

static int check_all_seen(const struct mb_value_field *const *fields, size_t n, const bool *seen,
                          const char *text, struct mb_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!seen[i] && !fields[i]->optional)
            return shape_error(text, "lacks an agreed value", err);
    return 0;
}

static int read_labelled_field(const struct mb_profile *p, const struct mb_value_field *const *fields,
                               size_t n, struct token label, struct token value,
                               struct mb_reply_value *values, bool *seen)
{
    size_t i = find_label(fields, n, label);

    if (i == n)
        return 0;
    if (seen[i])
        return -EPROTO;
    seen[i] = true;
    return read_field(p, fields[i], value, &values[i]);
}

/* "U1 +231.50E+0;I1 +5.0E+0" or "U1=231.5,I1=5": what is not wanted is skipped, what is wanted comes once. */
static int read_labelled(const struct mb_profile *p, const struct mb_group *group,
                         const struct mb_value_field *const *fields, size_t n, const char *text,
                         struct mb_reply_value *values, struct mb_error *err)
{
    bool seen[FIELDS_MAX] = {false};
    const char *at = text;

    while (at) {
        struct token part = next_token(&at, separator_of(group)), value;
        size_t length = 0;

        while (length < part.length && !strchr("= \t", part.text[length]))
            length++;
        if (length == part.length)
            return shape_error(text, "has a value without a label", err);
        value = trim(part.text + length + 1, part.length - length - 1);
        if (read_labelled_field(p, fields, n, trim(part.text, length), value, values, seen) < 0)
            return shape_error(text, "has a value that is no number, or twice", err);
    }
    return check_all_seen(fields, n, seen, text, err);
}

/* "+2.31E+01,101,+2.40E+01,102": each value with its channel behind it. A channel that nobody asked for is
 * another scan list. */
static int read_channels(const struct mb_profile *p, const struct mb_group *group,
                         const struct mb_value_field *const *fields, size_t n, const char *text,
                         struct mb_reply_value *values, struct mb_error *err)
{
    bool seen[FIELDS_MAX] = {false};
    const char *at = text;

    while (at) {
        struct token value = next_token(&at, separator_of(group)), channel;

        if (!at)
            return shape_error(text, "has a value without a channel", err);
        channel = next_token(&at, separator_of(group));
        if (find_label(fields, n, channel) == n ||
            read_labelled_field(p, fields, n, channel, value, values, seen) < 0)
            return shape_error(text, "has a channel that was not asked for or no number", err);
    }
    return check_all_seen(fields, n, seen, text, err);
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
    static int (*const readers[])(const struct mb_profile *, const struct mb_group *,
                                  const struct mb_value_field *const *, size_t, const char *,
                                  struct mb_reply_value *, struct mb_error *) = {
        [MB_LAYOUT_SINGLE] = read_list,       [MB_LAYOUT_COMMA] = read_list,
        [MB_LAYOUT_LETTERS] = read_letters,   [MB_LAYOUT_LABELLED] = read_labelled,
        [MB_LAYOUT_CHANNELS] = read_channels,
    };
    struct mb_reply_value values[FIELDS_MAX];
    int r;

    if (n == 0 || n > FIELDS_MAX)
        return mb_error_set(err, -EPROTO, "no fields are agreed for this reply");
    for (size_t i = 0; i < n; i++)
        values[i] = (struct mb_reply_value){0, MB_NO_DATA};
    r = readers[group->layout](p, group, fields, n, text, values, err);
    if (r == 0)
        memcpy(ret, values, n * sizeof *values);
    return r;
}

/* One node of a command: the shorter of two spellings begins the longer one; the numbers are equal. */
static bool same_node(const char **query, const char **header)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                      digits[] = "0123456789";
    size_t a = strspn(*query, letters), b = strspn(*header, letters), n = a < b ? a : b;
    size_t c = strspn(*query + a, digits), d = strspn(*header + b, digits);
    bool same =
        n > 0 && strncasecmp(*query, *header, n) == 0 && c == d && strncmp(*query + a, *header + b, c) == 0;

    *query += a + c;
    *header += b + d;
    return same;
}

const char *mb_reply_body(const char *query, const char *text)
{
    while (isblank((unsigned char)*text))
        text++;
    if (*text != ':')
        return text;
    for (query += *query == ':'; *text == ':'; query += *query == ':') {
        text++;
        if (!same_node(&query, &text))
            return NULL;
    }
    if (*query != '?' || !isblank((unsigned char)*text))
        return NULL;
    while (isblank((unsigned char)*text))
        text++;
    return text;
}

bool mb_reply_labels_fit(const char *expected, const char *text)
{
    while (*expected && *text) {
        struct token a = next_token(&expected, ","), b = next_token(&text, ",");

        if (a.length != b.length || strncasecmp(a.text, b.text, a.length) != 0)
            return false;
        if (!expected || !text)
            break;
    }
    return !expected && !text;
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
