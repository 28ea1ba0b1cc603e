/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of a payload: what is hashed and stored. The same bytes as jansson makes with JSON_COMPACT,
 * JSON_SORT_KEYS and JSON_REAL_PRECISION(17). Its numbers go through printf, which was three quarters of the
 * time of saving a long series; most of them need 128 bits of integers only. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/internal.h"

#define FLAGS (JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17) | JSON_ENCODE_ANY)
#define DIGITS 17 /* as many as every double needs */
#define REAL_MAX 32
#define DEPTH_MAX 512 /* what is deeper cannot have been meant */
#define FIRST_ROOM 256

struct text {
    char *bytes; /* NULL: nothing yet */
    size_t used, room;
};

static bool reserve(struct text *t, size_t more)
{
    size_t room = t->room ? t->room : FIRST_ROOM;
    char *bytes;

    while (room - t->used < more)
        room *= 2;
    if (room == t->room)
        return true;
    bytes = realloc(t->bytes, room);
    if (!bytes)
        return false;
    t->bytes = bytes;
    t->room = room;
    return true;
}

static bool put(struct text *t, char c)
{
    if (!reserve(t, 1))
        return false;
    t->bytes[t->used++] = c;
    return true;
}

/* Texts, whole numbers, and reals that are very large or very small. */
static bool put_other(struct text *t, const json_t *value)
{
    size_t size = json_dumpb(value, NULL, 0, FLAGS);

    if (size == 0 || !reserve(t, size) || json_dumpb(value, t->bytes + t->used, size, FLAGS) != size)
        return false;
    t->used += size;
    return true;
}

/* ---- Reals. ---- */

/* value * 10^power to the nearest whole number, ties to even. value is below 10^17, and power such that the
 * product is, too; so all of it fits into 128 bits, and nothing is lost. */
static uint64_t scaled(uint64_t mantissa, int exponent, int power)
{
    unsigned __int128 product = mantissa, rest, half;
    uint64_t whole;

    while (power-- > 0)
        product *= 10;
    if (exponent >= 0)
        return (uint64_t)(product << exponent);
    half = (unsigned __int128)1 << (-exponent - 1);
    rest = product & (2 * half - 1);
    whole = (uint64_t)(product >> -exponent);
    return whole + (rest > half || (rest == half && whole % 2 != 0));
}

/* The 17 digits of value, with the point behind the first *ret_point of them; below 1 there are zeros after
 * the point, and *ret_point is not above 0. */
static uint64_t digits_of(double value, int *ret_point)
{
    static const uint64_t least = UINT64_C(10000000000000000);
    int exponent, point;
    uint64_t mantissa = (uint64_t)ldexp(frexp(value, &exponent), 53), digits;

    point = (int)floor((exponent - 1) * 0.30102999566398120) + 1; /* or one more */
    exponent -= 53;
    digits = scaled(mantissa, exponent, DIGITS - point);
    if (digits >= 10 * least)
        digits = scaled(mantissa, exponent, DIGITS - ++point);
    *ret_point = point;
    return digits;
}

/* As "%.17g", with ".0" where that has neither point nor exponent; 1e-4 <= value < 1e16. Returns the end. */
static char *write_real(double value, char *to)
{
    char digits[DIGITS];
    int point, last = DIGITS;
    uint64_t rest = digits_of(value, &point);

    for (int i = DIGITS; i-- > 0; rest /= 10)
        digits[i] = (char)('0' + rest % 10);
    while (last > 1 && last > point + 1 && digits[last - 1] == '0')
        last--;
    if (point <= 0) {
        *to++ = '0';
        *to++ = '.';
    }
    for (int i = point; i < 0; i++)
        *to++ = '0';
    for (int i = 0; i < last; i++) {
        if (i == point && i > 0)
            *to++ = '.';
        *to++ = digits[i];
    }
    return to;
}

static bool put_real(struct text *t, const json_t *number)
{
    double value = json_real_value(number), size = fabs(value);

    if (!(size >= 1e-4 && size < 1e16))
        return put_other(t, number);
    if (!reserve(t, REAL_MAX))
        return false;
    if (value < 0)
        t->bytes[t->used++] = '-';
    t->used = (size_t)(write_real(size, t->bytes + t->used) - t->bytes);
    return true;
}

/* ---- Lists and objects. ---- */

static bool put_value(struct text *t, const json_t *value, unsigned depth);

static bool put_list(struct text *t, const json_t *list, unsigned depth)
{
    bool ok = put(t, '[');
    json_t *value;
    size_t i;

    json_array_foreach(list, i, value) ok = ok && (i == 0 || put(t, ',')) && put_value(t, value, depth);
    return ok && put(t, ']');
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool put_key(struct text *t, const char *key)
{
    json_t *name = json_string(key);
    bool ok = name && put_other(t, name) && put(t, ':');

    json_decref(name);
    return ok;
}

static bool put_object(struct text *t, const json_t *object, unsigned depth)
{
    size_t count = json_object_size(object), n = 0;
    const char **keys = malloc((count + 1) * sizeof *keys), *key;
    bool ok = keys && put(t, '{');
    json_t *value;

    if (keys)
        json_object_foreach((json_t *)object, key, value) keys[n++] = key;
    if (n > 1)
        qsort(keys, n, sizeof *keys, compare_keys);
    for (size_t i = 0; ok && i < n; i++)
        ok = (i == 0 || put(t, ',')) && put_key(t, keys[i]) &&
             put_value(t, json_object_get(object, keys[i]), depth);
    free(keys);
    return ok && put(t, '}');
}

static bool put_value(struct text *t, const json_t *value, unsigned depth)
{
    if (depth == DEPTH_MAX)
        return false;
    if (json_is_real(value))
        return put_real(t, value);
    if (json_is_array(value))
        return put_list(t, value, depth + 1);
    return json_is_object(value) ? put_object(t, value, depth + 1) : put_other(t, value);
}

char *mb_payload_text(const json_t *payload)
{
    struct text t = {0};

    if (payload && put_value(&t, payload, 0) && put(&t, '\0'))
        return t.bytes;
    free(t.bytes);
    return NULL;
}
