/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/rounding.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS 15 /* a double shows as many decimal digits without loss */

/* |value| as mantissa * 10^*ret_exponent, mantissa a whole number of DIGITS digits. */
static int64_t decimal_of(double value, int *ret_exponent)
{
    char text[32], digits[DIGITS + 1];
    char *exponent;

    (void)snprintf(text, sizeof text, "%.*e", DIGITS - 1, fabs(value));
    exponent = strchr(text, 'e');
    *ret_exponent = (int)strtol(exponent + 1, NULL, 10) - (DIGITS - 1);
    digits[0] = text[0];
    memcpy(digits + 1, text + 2, DIGITS - 1);
    digits[DIGITS] = '\0';
    return strtoll(digits, NULL, 10);
}

/* n / divisor to the nearest whole number, half-way to the even one. */
static int64_t divide_even(int64_t n, int64_t divisor)
{
    int64_t quotient = n / divisor, twice = 2 * (n % divisor);

    if (twice > divisor || (twice == divisor && quotient % 2 != 0))
        quotient++;
    return quotient;
}

static double from_decimal(int64_t mantissa, int exponent)
{
    char text[48];

    (void)snprintf(text, sizeof text, "%llde%d", (long long)mantissa, exponent);
    return strtod(text, NULL);
}

int mb_round_decimal(double value, int step, int exponent, double *ret)
{
    int64_t mantissa, divisor;
    int own, shift;
    double rounded = 0;

    if ((step != 1 && step != 2 && step != 5) || !isfinite(value))
        return -EINVAL;
    mantissa = decimal_of(value, &own);
    shift = exponent - own; /* digits that go */
    if (shift < 0)
        return -ERANGE;
    if (shift <= DIGITS) {
        divisor = step;
        for (int i = 0; i < shift; i++)
            divisor *= 10;
        rounded = from_decimal(divide_even(mantissa, divisor) * step, exponent);
    }
    *ret = copysign(rounded, value);
    return 0;
}

int mb_decimal_places(const char *text)
{
    const char *point = strchr(text, '.');

    return point ? (int)strspn(point + 1, "0123456789") : 0;
}
