/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <jansson.h>
#include <math.h>

/* A finite number, or null: JSON has no NaN. */
static inline json_t *mb_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}
