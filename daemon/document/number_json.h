/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* What an object has under a key; NAN or "" when it has none of this type. */
static inline double mb_json_value(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

static inline const char *mb_json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static inline bool mb_json_text_is(const json_t *object, const char *key, const char *text)
{
    return strcmp(mb_json_text(object, key), text) == 0;
}

/* A finite number, or null: JSON has no NaN. */
static inline json_t *mb_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}
