/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scpi/safety_reply.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "scpi/reply.h"
#include "scpi/text.h"

#define FIELD_MAX 96

void mb_safety_result_init(struct mb_safety_result *ret)
{
    const struct mb_reading none = {.standard_uncertainty = NAN, .validity = MB_NO_DATA};

    *ret = (struct mb_safety_result){.applied = none, .value = none, .elapsed = none};
}

static bool of_number(char c)
{
    return (c >= '0' && c <= '9') || c == '.';
}

/* Field `at` of the reply without its blanks, which come and go before numbers and units. One between two
 * digits stays: "1 16" is garbled, and not the code 116 of a pass. */
static int find_field(const char *text, int at, char field[FIELD_MAX], struct mb_error *err)
{
    const char *c = text;
    bool gap = false;
    size_t n = 0;

    for (int i = 1; i < at && c; i++) {
        c = strchr(c, ',');
        c = c ? c + 1 : NULL;
    }
    for (; c && *c && *c != ','; c++) {
        if (*c == ' ' || *c == '\t') {
            gap = true;
            continue;
        }
        if (n + 2 >= FIELD_MAX)
            return mb_error_set(err, -EPROTO, "field %d of the reply '%.80s' is too long", at, text);
        if (gap && n > 0 && of_number(field[n - 1]) && of_number(*c))
            field[n++] = ' ';
        gap = false;
        field[n++] = *c;
    }
    if (!c)
        return mb_error_set(err, -EPROTO, "the reply '%.80s' has no field %d", text, at);
    field[n] = '\0';
    return 0;
}

/* Takes "kV" from the end of field; *ret_factor is that of the SI prefix. Case counts in prefixes only. */
static int take_unit(char *field, const char *unit, double *ret_factor)
{
    static const struct {
        char letter;
        double factor;
    } prefixes[] = {{'n', 1e-9}, {'u', 1e-6}, {'m', 1e-3}, {'k', 1e3},
                    {'K', 1e3},  {'M', 1e6},  {'G', 1e9},  {'T', 1e12}};
    size_t length = strlen(field), n = strlen(unit);

    if (length <= n || strcasecmp(field + length - n, unit) != 0)
        return -EPROTO;
    length -= n;
    *ret_factor = 1;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (field[length - 1] == prefixes[i].letter) {
            *ret_factor = prefixes[i].factor;
            length--;
            break;
        }
    field[length] = '\0';
    return 0;
}

/* The markers of the profile and the one number parser decide what the text is. */
static int read_number(const struct mb_profile *p, const char *text, double factor,
                       struct mb_reply_value *ret, struct mb_error *err)
{
    static const struct mb_group single = {.layout = MB_LAYOUT_SINGLE};
    char name[] = "value";
    const struct mb_value_field field = {.name = name, .unit_factor = factor};
    const struct mb_value_field *fields[] = {&field};

    return mb_reply_values(p, &single, fields, 1, text, ret, err);
}

static int read_position(const struct mb_profile *p, const struct mb_safety_position *position,
                         const char *prefix, const char *text, struct mb_reading *ret, struct mb_error *err)
{
    struct mb_reply_value value;
    double factor = position->unit_factor;
    char field[FIELD_MAX];
    size_t skip = prefix ? strlen(prefix) : 0;
    int r = find_field(text, position->at, field, err);

    if (r < 0)
        return r;
    if (skip > 0 && strncmp(field, prefix, skip) != 0)
        return mb_error_set(err, -EPROTO, "field %d of the reply '%.80s' does not begin with '%s'",
                            position->at, text, prefix);
    if (position->unit && take_unit(field + skip, position->unit, &factor) < 0)
        return mb_error_set(err, -EPROTO, "field %d of the reply '%.80s' is not in %s", position->at, text,
                            position->unit);
    r = read_number(p, field + skip, factor, &value, err);
    if (r == 0)
        *ret = (struct mb_reading){
            .value = value.value, .standard_uncertainty = NAN, .validity = value.validity};
    return r;
}

int mb_safety_reply_number(const struct mb_profile *p, const struct mb_safety_position *position,
                           const char *text, struct mb_reading *ret, struct mb_error *err)
{
    return read_position(p, position, position->prefix, text, ret, err);
}

static int read_verdict(const struct mb_safety_block *b, const char *field, enum mb_safety_verdict *ret)
{
    for (size_t i = 0; i < b->verdict_count; i++)
        if (mb_regex_match(b->verdicts[i].match, field)) {
            *ret = (enum mb_safety_verdict)b->verdicts[i].means;
            return 0;
        }
    return -ENOENT;
}

static int read_word(const struct mb_profile *p, const struct mb_safety_field *f,
                     const struct mb_safety_mode *mode, const char *text, struct mb_safety_result *result,
                     struct mb_error *err)
{
    char field[FIELD_MAX];
    int r = find_field(text, f->position.at, field, err);

    if (r < 0)
        return r;
    if (f->is == MB_SAFETY_FIELD_VERDICT)
        (void)read_verdict(p->safety, field, &result->verdict);
    else if (!mode->word || !mb_regex_match(mode->word, field))
        return mb_error_set(err, -EPROTO, "the result '%.80s' is not that of %s", text,
                            mb_safety_kind_name((enum mb_safety_kind)mode->kind));
    return 0;
}

static void read_value(const struct mb_profile *p, const struct mb_safety_field *f, const char *text,
                       struct mb_safety_result *result)
{
    struct mb_reading *const targets[] = {
        [MB_SAFETY_FIELD_APPLIED] = &result->applied,
        [MB_SAFETY_FIELD_VALUE] = &result->value,
        [MB_SAFETY_FIELD_ELAPSED] = &result->elapsed,
    };
    struct mb_reading *target = targets[f->is];
    int r = read_position(p, &f->position, f->position.prefix, text, target, NULL);

    if (r < 0 && f->ramp_prefix) {
        r = read_position(p, &f->position, f->ramp_prefix, text, target, NULL);
        result->in_ramp = r == 0;
    }
    if (r < 0)
        *target = (struct mb_reading){.standard_uncertainty = NAN, .validity = MB_GARBLED};
}

static void append_raw(struct mb_safety_result *result, const char *text)
{
    size_t n = strlen(result->raw);

    (void)snprintf(result->raw + n, sizeof result->raw - n, "%s%s", n ? " | " : "", text);
    mb_text_clean(result->raw);
}

int mb_safety_reply_read(const struct mb_profile *p, const struct mb_safety_reply *reply,
                         const struct mb_safety_mode *mode, const char *text, struct mb_safety_result *result,
                         struct mb_error *err)
{
    struct mb_safety_result copy = *result;
    int r = 0;

    append_raw(&copy, text);
    for (size_t i = 0; r == 0 && i < reply->field_count; i++) {
        const struct mb_safety_field *f = &reply->fields[i];

        if (f->in != MB_SAFETY_KIND_COUNT && f->in != mode->kind)
            continue;
        if (f->is == MB_SAFETY_FIELD_MODE || f->is == MB_SAFETY_FIELD_VERDICT)
            r = read_word(p, f, mode, text, &copy, err);
        else
            read_value(p, f, text, &copy);
    }
    if (r == 0)
        *result = copy;
    return r;
}
