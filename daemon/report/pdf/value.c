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

    if (fabs(value) < 0.5 * pow(10, -decimals))
        value = 0; /* no "-0.000" */
    if (!isfinite(value))
        (void)snprintf(n.text, sizeof n.text, "%s", NONE);
    else if (fabs(value) >= 1e12)
        (void)snprintf(n.text, sizeof n.text, "%.6g%s%s", value, unit && *unit ? " " : "", unit ? unit : "");
    else
        (void)snprintf(n.text, sizeof n.text, "%.*f%s%s", decimals, value, unit && *unit ? " " : "",
                       unit ? unit : "");
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
    {"n_rpm", "n", "min\u207b\u00b9", 6, 1},
    {"f_hz", "f", "Hz", 5, 3},
    {"load_percent", "load", "%", 3, 0},
    {"coolant_c", "\u03b8c", "\u00b0C", 3, 1},
    {"winding_c", "\u03b8w", "\u00b0C", 3, 1},
    {"temperature_c", "\u03b8", "\u00b0C", 3, 1},
    {"resistance_ohm", "R", "\u03a9", 5, 5},
    {"r_ohm", "R", "\u03a9", 5, 5},
    {"t_s", "t", "s", 4, 1},
    {"elapsed_s", "t", "s", 5, 0},
    {"p_w", "P", "W", 6, 2},
    {"u_t_nm", "u(T)", "N\u00b7m", 3, 4},
    {"angle_deg", "angle", "\u00b0", 4, 1},
    {"ke_v_s_per_rad", "Ke", "V\u00b7s/rad", 5, 4},
    {"ke_v_per_krpm", "U at 1000 min\u207b\u00b9", "V", 5, 3},
    {"best_t_nm", "best T", "N\u00b7m", 5, 4},
    {"coefficient_w_per_a2", "coefficient", "W/A\u00b2", 5, 6},
    {"air_gap_v_per_a", "air-gap line", "V/A", 5, 3},
    {"short_circuit_a", "If of short circuit", "A", 5, 4},
    {"corner_v", "U of the corner", "V", 5, 3},
    {"corner_a", "If of the corner", "A", 5, 4},
    {"potier_drop_v", "Potier drop", "V", 5, 3},
    {"potier_ohm", "Potier reactance", "\u03a9", 5, 5},
    {"reaction_a", "If of the reaction", "A", 5, 4},
    {"potier_voltage_v", "U behind Xp at load", "V", 5, 3},
    {"saturation_a", "If of saturation", "A", 5, 4},
    {"excitation_potier_a", "If by Potier", "A", 5, 4},
    {"potier_difference", "Potier, off measured", "", 4, 4},
    {"excitation_asa_a", "If by ASA", "A", 5, 4},
    {"asa_difference", "ASA, off measured", "", 4, 4},
    {"k_theta", "k\u03b8", "", 6, 6},
    {"sinusoidal_a", "sinusoidal, slope A", "W/(N\u00b7m)\u00b2", 5, 7},
    {"converter_a", "converter, slope A", "W/(N\u00b7m)\u00b2", 5, 7},
};
#define QUANTITY_COUNT (sizeof quantities / sizeof quantities[0])

static const struct {
    const char *suffix, *unit;
    int significant, most;
} units[] = {
    {"_v", "V", 5, 3},       {"_a", "A", 5, 4},         {"_w", "W", 6, 2},
    {"_va", "VA", 6, 2},     {"_nm", "N\u00b7m", 5, 4}, {"_hz", "Hz", 5, 3},
    {"_c", "\u00b0C", 4, 1}, {"_ohm", "\u03a9", 5, 5},  {"_s", "s", 5, 1},
    {"_k", "K", 4, 2},       {"_percent", "%", 4, 2},   {"_rpm", "min\u207b\u00b9", 6, 1},
};
#define UNIT_COUNT (sizeof units / sizeof units[0])

static size_t quantity_of(const char *name)
{
    size_t i = 0;

    while (i < QUANTITY_COUNT && strcmp(quantities[i].name, name) != 0)
        i++;
    return i;
}

static size_t unit_index(const char *name)
{
    const char *suffix = strrchr(name, '_');
    size_t i = 0;

    while (i < UNIT_COUNT && !(suffix && strcmp(units[i].suffix, suffix) == 0))
        i++;
    return i;
}

int decimals_of(const char *name, double value)
{
    size_t q = quantity_of(name), u = unit_index(name);

    if (q < QUANTITY_COUNT)
        return decimals_for(value, quantities[q].significant, quantities[q].most);
    return u < UNIT_COUNT ? decimals_for(value, units[u].significant, units[u].most)
                          : decimals_for(value, 4, 2);
}

const char *unit_of(const char *name)
{
    size_t q = quantity_of(name), u = unit_index(name);

    return q < QUANTITY_COUNT ? quantities[q].unit : u < UNIT_COUNT ? units[u].unit : "";
}

struct number symbol_of(const char *name)
{
    size_t q = quantity_of(name), length = strlen(name);
    struct number n;

    if (q == QUANTITY_COUNT && unit_index(name) < UNIT_COUNT)
        length -= strlen(units[unit_index(name)].suffix);
    (void)snprintf(n.text, sizeof n.text, "%.*s", (int)length, name);
    for (char *p = n.text; *p; p++)
        if (*p == '_')
            *p = ' ';
    if (q < QUANTITY_COUNT)
        (void)snprintf(n.text, sizeof n.text, "%s", quantities[q].symbol);
    return n;
}

struct number date_text(const char *iso)
{
    struct number n;

    if (strlen(iso) > 23 && iso[19] == '.')
        (void)snprintf(n.text, sizeof n.text, "%.10s %.8s %.6s", iso, iso + 11, iso + 23);
    else
        (void)snprintf(n.text, sizeof n.text, "%.40s", iso);
    return n;
}

struct number moment_text(const json_t *document, const json_t *entry)
{
    const char *iso = text_at(entry, "time", NONE);
    double factor = number_at(document, "time_factor");
    struct number n;

    if (isfinite(factor) && factor != 1)
        return number_text(number_at(entry, "t_s"), number_at(entry, "t_s") < 1e4 ? 1 : 0, "s");
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
