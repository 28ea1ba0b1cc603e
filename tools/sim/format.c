/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sim_format_engineering(struct sim_text *text, double value, int digits)
{
    char scientific[40];
    int exponent, shift;

    if (isnan(value))
        return sim_text_printf(text, "NAN");
    if (isinf(value))
        return sim_text_printf(text, "INF");
    /* The decimal exponent after rounding: 999.996 has one more digit than its logarithm says. */
    (void)snprintf(scientific, sizeof scientific, "%.*e", digits - 1, value);
    exponent = atoi(strchr(scientific, 'e') + 1);
    shift = (exponent % 3 + 3) % 3;
    exponent -= shift;
    return sim_text_printf(text, "%.*fE%c%02d", digits - 1 - shift > 0 ? digits - 1 - shift : 0,
                           strtod(scientific, NULL) / pow(10, exponent), exponent < 0 ? '-' : '+',
                           abs(exponent));
}

int sim_format_exact(struct sim_text *text, double value)
{
    if (!isfinite(value))
        return sim_format_engineering(text, value, 5);
    return sim_text_printf(text, "%.16E", value);
}
