/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/number.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_TEXT_MAX 128 /* longer texts are not numbers that a person or an instrument writes */

static size_t skip_digits(const char *text, size_t n, size_t i)
{
    while (i < n && isdigit((unsigned char)text[i]))
        i++;
    return i;
}

static size_t skip_sign(const char *text, size_t n, size_t i)
{
    return i < n && (text[i] == '+' || text[i] == '-') ? i + 1 : i;
}

static bool number_syntax_ok(const char *text, size_t n)
{
    size_t start = skip_sign(text, n, 0), i = skip_digits(text, n, start), digits = i - start;

    if (i < n && text[i] == '.') {
        start = ++i;
        i = skip_digits(text, n, i);
        digits += i - start;
    }
    if (digits == 0)
        return false;
    if (i < n && (text[i] == 'e' || text[i] == 'E')) {
        start = skip_sign(text, n, i + 1);
        i = skip_digits(text, n, start);
        if (i == start)
            return false;
    }
    return i == n;
}

static locale_t c_locale(void)
{
    static locale_t locale;

    if (!locale)
        locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return locale;
}

/* What people write has few digits: up to 15 of them and the power of ten that divides them are exact as
 * doubles, and so one division gives the nearest double. False for everything else, an exponent, a long text
 * or no number. A tenth of the time of strtod, which counts where a megabyte of limits is read. */
static bool parse_short(const char *text, size_t n, double *ret)
{
    static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    size_t start = skip_sign(text, n, 0), point = n, digits = 0;
    int64_t value = 0;

    if (n > sizeof powers / sizeof *powers)
        return false;
    for (size_t i = start; i < n; i++) {
        unsigned digit = (unsigned)text[i] - '0';

        if (digit <= 9) {
            value = 10 * value + digit;
            digits++;
        } else if (text[i] == '.' && point == n) {
            point = i;
        } else {
            return false;
        }
    }
    if (digits == 0)
        return false;
    *ret = (*text == '-' ? -1. : 1.) * (double)value / powers[point < n ? n - 1 - point : 0];
    return true;
}

int mb_number_parse(const char *text, size_t n, double *ret)
{
    char buffer[NUMBER_TEXT_MAX];
    double value;

    if (n > 0 && parse_short(text, n, ret))
        return 0;
    if (n == 0 || n >= sizeof buffer || !number_syntax_ok(text, n))
        return -EINVAL;
    memcpy(buffer, text, n);
    buffer[n] = '\0';
    value = strtod_l(buffer, NULL, c_locale());
    if (!isfinite(value))
        return -ERANGE;
    *ret = value;
    return 0;
}

int mb_integer_parse(const char *text, size_t n, int64_t *ret)
{
    char buffer[32];
    size_t start = skip_sign(text, n, 0);
    long long value;

    if (n == start || n >= sizeof buffer || skip_digits(text, n, start) != n)
        return -EINVAL;
    memcpy(buffer, text, n);
    buffer[n] = '\0';
    errno = 0;
    value = strtoll(buffer, NULL, 10);
    if (errno)
        return -errno;
    *ret = value;
    return 0;
}

int mb_block_parse(const uint8_t *data, size_t n, size_t max, size_t *ret_offset, size_t *ret_length)
{
    size_t digits, length = 0;

    if (n >= 1 && data[0] != '#')
        return -EINVAL;
    if (n >= 2 && (data[1] < '1' || data[1] > '9'))
        return -EINVAL;
    if (n < 2)
        return -EAGAIN;
    digits = (size_t)(data[1] - '0');
    for (size_t i = 0; i < digits; i++) {
        if (2 + i >= n)
            return -EAGAIN;
        if (!isdigit(data[2 + i]))
            return -EINVAL;
        length = length * 10 + (size_t)(data[2 + i] - '0');
    }
    if (length > max)
        return -EINVAL;
    if (n - 2 - digits < length)
        return -EAGAIN;
    *ret_offset = 2 + digits;
    *ret_length = length;
    return 0;
}
