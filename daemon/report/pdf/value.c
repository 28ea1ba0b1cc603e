/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/pdf/value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const json_t *child(const json_t *parent, const char *key, size_t length)
{
    char name[64];

    if (length >= sizeof name)
        return NULL;
    memcpy(name, key, length);
    name[length] = '\0';
    if (json_is_array(parent))
        return json_array_get(parent, strtoul(name, NULL, 10));
    return json_object_get(parent, name);
}

const json_t *value_at(const json_t *root, const char *path)
{
    while (root && *path) {
        size_t length = strcspn(path, ".");

        root = child(root, path, length);
        path += length + (path[length] == '.');
    }
    return json_is_null(root) ? NULL : root;
}

const char *text_at(const json_t *root, const char *path, const char *otherwise)
{
    const char *text = json_string_value(value_at(root, path));

    return text && *text ? text : otherwise;
}

double number_at(const json_t *root, const char *path)
{
    const json_t *value = value_at(root, path);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

bool type_is(const json_t *entry, const char *type)
{
    const char *text = json_string_value(json_object_get(entry, "type"));

    return text && strcmp(text, type) == 0;
}

int decimals_for(double value, int significant, int most)
{
    int decimals;

    if (!isfinite(value) || value == 0)
        return most;
    decimals = significant - 1 - (int)floor(log10(fabs(value)));
    return decimals < 0 ? 0 : decimals > most ? most : decimals;
}

struct number number_text(double value, int decimals, const char *unit)
{
    struct number n;

    if (!isfinite(value))
        (void)snprintf(n.text, sizeof n.text, "%s", NONE);
    else if (fabs(value) >= 1e12)
        (void)snprintf(n.text, sizeof n.text, "%.6g%s%s", value, unit && *unit ? " " : "", unit ? unit : "");
    else
        (void)snprintf(n.text, sizeof n.text, "%.*f%s%s", decimals, value, unit && *unit ? " " : "", unit ? unit : "");
    return n;
}

/* Digits that these quantities are read with in a laboratory (instrument classes of procedures.md 0.5). */
static const struct {
    const char *name, *symbol, *unit;
    int significant, most;
} quantities[] = {
    {"u_v", "U", "V", 5, 3},
    {"i_a", "I", "A", 5, 4},
    {"p1_w", "P1", "W", 6, 2},
    {"p0_w", "P0", "W", 6, 2},
    {"s_va", "S", "VA", 6, 2},
    {"t_nm", "T", "N\u00b7m", 5, 4},
    {"n_rpm", "n", "min\u207b\u00b9", 6, 2},
    {"f_hz", "f", "Hz", 5, 3},
    {"load_percent", "load", "%", 3, 0},
    {"coolant_c", "\u03b8c", "\u00b0C", 3, 1},
    {"temperature_c", "\u03b8", "\u00b0C", 3, 1},
    {"resistance_ohm", "R", "\u03a9", 5, 5},
    {"r_ohm", "R", "\u03a9", 5, 5},
    {"t_s", "t", "s", 4, 1},
    {"elapsed_s", "t", "s", 5, 0},
};
#define QUANTITY_COUNT (sizeof quantities / sizeof quantities[0])

static const struct {
    const char *suffix, *unit;
} units[] = {
    {"_v", "V"}, {"_a", "A"},   {"_w", "W"},          {"_va", "VA"}, {"_nm", "N\u00b7m"}, {"_rpm", "min\u207b\u00b9"},
    {"_hz", "Hz"}, {"_c", "\u00b0C"}, {"_ohm", "\u03a9"}, {"_s", "s"},   {"_k", "K"},          {"_percent", "%"},
};

int decimals_of(const char *name, double value)
{
    for (size_t i = 0; i < QUANTITY_COUNT; i++)
        if (strcmp(quantities[i].name, name) == 0)
            return decimals_for(value, quantities[i].significant, quantities[i].most);
    return decimals_for(value, 4, 2);
}

const char *unit_of(const char *name)
{
    const char *suffix = strrchr(name, '_');

    for (size_t i = 0; i < QUANTITY_COUNT; i++)
        if (strcmp(quantities[i].name, name) == 0)
            return quantities[i].unit;
    for (size_t i = 0; suffix && i < sizeof units / sizeof units[0]; i++)
        if (strcmp(units[i].suffix, suffix) == 0)
            return units[i].unit;
    return "";
}

const char *symbol_of(const char *name)
{
    for (size_t i = 0; i < QUANTITY_COUNT; i++)
        if (strcmp(quantities[i].name, name) == 0)
            return quantities[i].symbol;
    return name;
}

struct number clock_text(const char *iso)
{
    struct number n;

    (void)snprintf(n.text, sizeof n.text, "%.8s", strlen(iso) >= 19 ? iso + 11 : iso);
    return n;
}

void text_whole(char *text)
{
    size_t n = strlen(text), back = 1;

    /* Walk back over continuation bytes to the lead byte, and see whether its character is complete. */
    while (back <= 4 && back <= n && ((unsigned char)text[n - back] & 0xc0) == 0x80)
        back++;
    if (back <= n && (unsigned char)text[n - back] >= 0xc0) {
        unsigned char lead = (unsigned char)text[n - back];
        size_t needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

        if (back < needed)
            text[n - back] = '\0';
    }
}
