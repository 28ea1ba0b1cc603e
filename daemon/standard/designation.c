/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/designation.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Shaft heights of IEC 60072-1 in mm, so that digits of a maker's own code are not taken for one. */
static const int heights_mm[] = {45,  50,  56,  63,  71,  80,  90,  100, 112, 132, 160, 180, 200, 225,
                                 250, 280, 315, 355, 400, 450, 500, 560, 630, 710, 800, 900, 1000};

static bool is_height(int mm)
{
    for (size_t i = 0; i < sizeof heights_mm / sizeof *heights_mm; i++)
        if (heights_mm[i] == mm)
            return true;
    return false;
}

/* n digits at p as a number; p must have them. */
static int digits(const char *p, size_t n)
{
    int value = 0;

    while (n-- > 0)
        value = 10 * value + (*p++ - '0');
    return value;
}

/* "7114": height, one digit of core, poles. */
static bool read_small(const char *p, size_t n, struct mb_designation *d)
{
    if (n < 4 || n > 5 || !is_height(digits(p, n - 2)))
        return false;
    d->shaft_height_mm = digits(p, n - 2);
    d->core = p[n - 2] - '0';
    d->poles = p[n - 1] - '0';
    return d->poles > 0 && d->poles % 2 == 0;
}

/* "132M2-4": height, then optionally length, core, poles; *p is left behind it. */
static bool read_medium(const char **p, struct mb_designation *d)
{
    size_t n = strspn(*p, "0123456789");

    if (n < 2 || n > 4 || !is_height(digits(*p, n)))
        return false;
    d->shaft_height_mm = digits(*p, n);
    *p += n;
    if (**p && strchr("SML", **p))
        d->frame_length = *(*p)++;
    if (isdigit((unsigned char)**p) && !isdigit((unsigned char)(*p)[1]))
        d->core = *(*p)++ - '0';
    if (**p != '-')
        return true;
    n = strspn(++*p, "0123456789");
    if (n == 0 || n > 2)
        return false;
    d->poles = digits(*p, n);
    *p += n;
    return d->poles > 0 && d->poles % 2 == 0;
}

/* Where the specification code begins: behind the first '-', or at the digits that are a shaft height, which
 * end the product code "YKK". A product code may end in a digit of its own ("Y2-112M-4"). */
static const char *specification(const char *model, size_t *ret_series)
{
    size_t letters = strspn(model, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), n = letters;

    if (letters == 0)
        return NULL;
    n += strspn(model + n, "0123456789");
    if (model[n] == '-' && n - letters <= 1) {
        *ret_series = n;
        return model + n + 1;
    }
    *ret_series = letters;
    return model + letters;
}

int mb_designation_parse(const char *model, struct mb_designation *ret)
{
    struct mb_designation d = {.core = 0};
    size_t series = 0, n;
    const char *p = specification(model, &series);

    if (!p || series >= sizeof d.series)
        return -EINVAL;
    memcpy(d.series, model, series);
    n = strspn(p, "0123456789");
    if (read_small(p, n, &d) && !strchr("SML-", p[n] ? p[n] : '?'))
        p += n;
    else if (!read_medium(&p, &d))
        return -EINVAL;
    p += *p == ' ' || *p == '-';
    n = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    if (p[n] != '\0' || n >= sizeof d.environment)
        return -EINVAL;
    memcpy(d.environment, p, n);
    *ret = d;
    return 0;
}

bool mb_designation_contradicts(const struct mb_motor *motor, char *ret_text, size_t size)
{
    struct mb_designation d;

    if (!motor->model || mb_designation_parse(motor->model, &d) < 0)
        return false;
    if (d.poles > 0 && d.poles != motor->rated.poles) {
        (void)snprintf(ret_text, size, "model %s says %d poles, rated says %d", motor->model, d.poles,
                       motor->rated.poles);
        return true;
    }
    if (!isnan(motor->frame.shaft_height_mm) && motor->frame.shaft_height_mm != d.shaft_height_mm) {
        (void)snprintf(ret_text, size, "model %s says a shaft height of %g mm, frame says %g mm",
                       motor->model, d.shaft_height_mm, motor->frame.shaft_height_mm);
        return true;
    }
    return false;
}
