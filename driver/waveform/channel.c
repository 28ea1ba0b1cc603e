/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waveform/channel.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/number.h"

#define SPEC_MAX 256 /* characters of one channel */

static const struct {
    const char *name, *unit;
} quantities[MB_WAVE_QUANTITY_COUNT] = {
    [MB_WAVE_VOLTAGE] = {"voltage", "V"},
    [MB_WAVE_CURRENT] = {"current", "A"},
    [MB_WAVE_TORQUE] = {"torque", "N m"},
    [MB_WAVE_SPEED] = {"speed", "r/min"},
    [MB_WAVE_ACCELERATION] = {"acceleration", "m/s^2"},
    [MB_WAVE_SOUND_PRESSURE] = {"sound-pressure", "Pa"},
    [MB_WAVE_NUMBER] = {"number", "1"},
};

static const struct {
    const char *text;
    enum mb_wave_quantity quantity;
    double factor;
} units[] = {
    {"V", MB_WAVE_VOLTAGE, 1},
    {"mV", MB_WAVE_VOLTAGE, 1e-3},
    {"kV", MB_WAVE_VOLTAGE, 1e3},
    {"A", MB_WAVE_CURRENT, 1},
    {"mA", MB_WAVE_CURRENT, 1e-3},
    {"kA", MB_WAVE_CURRENT, 1e3},
    {"N m", MB_WAVE_TORQUE, 1},
    {"Nm", MB_WAVE_TORQUE, 1},
    {"mNm", MB_WAVE_TORQUE, 1e-3},
    {"kNm", MB_WAVE_TORQUE, 1e3},
    {"r/min", MB_WAVE_SPEED, 1},
    {"rpm", MB_WAVE_SPEED, 1},
    {"rad/s", MB_WAVE_SPEED, 30 / M_PI},
    {"m/s^2", MB_WAVE_ACCELERATION, 1},
    {"m/s2", MB_WAVE_ACCELERATION, 1},
    {"mm/s^2", MB_WAVE_ACCELERATION, 1e-3},
    {"g", MB_WAVE_ACCELERATION, 9.80665},
    {"Pa", MB_WAVE_SOUND_PRESSURE, 1},
    {"mPa", MB_WAVE_SOUND_PRESSURE, 1e-3},
    {"uPa", MB_WAVE_SOUND_PRESSURE, 1e-6},
    {"1", MB_WAVE_NUMBER, 1},
};
#define UNITS (sizeof units / sizeof *units)

const char *mb_wave_quantity_name(enum mb_wave_quantity quantity)
{
    return quantities[quantity].name;
}

const char *mb_wave_quantity_unit(enum mb_wave_quantity quantity)
{
    return quantities[quantity].unit;
}

int mb_wave_unit_find(const char *text, enum mb_wave_quantity *ret_quantity, double *ret_factor)
{
    for (size_t i = 0; i < UNITS; i++)
        if (strcmp(units[i].text, text) == 0) {
            *ret_quantity = units[i].quantity;
            *ret_factor = units[i].factor;
            return 0;
        }
    return -EINVAL;
}

static int unknown_quantity(const char *text, struct mb_error *err)
{
    char allowed[160] = "";
    size_t used = 0;

    for (size_t i = 0; i < MB_WAVE_QUANTITY_COUNT && used < sizeof allowed; i++)
        used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s", used ? ", " : "",
                                 quantities[i].name);
    return mb_error_set(err, -EINVAL, "channels: '%.40s' is not a quantity, allowed: %s", text, allowed);
}

static int wrong_unit(enum mb_wave_quantity quantity, const char *text, struct mb_error *err)
{
    char allowed[160] = "";
    size_t used = 0;

    for (size_t i = 0; i < UNITS && used < sizeof allowed; i++)
        if (units[i].quantity == quantity)
            used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s", used ? ", " : "",
                                     units[i].text);
    return mb_error_set(err, -EINVAL, "channels: '%.40s' is not a unit of %s, allowed: %s", text,
                        quantities[quantity].name, allowed);
}

/* "gain=200": key and number. */
static int parse_setting(char *text, struct mb_wave_channel *channel, struct mb_error *err)
{
    const struct {
        const char *key;
        double *target;
    } keys[] = {{"gain", &channel->gain}, {"offset", &channel->offset}, {"limit", &channel->limit}};
    char *value = strchr(text, '=');
    size_t i = 0;

    if (value)
        *value++ = '\0';
    while (i < sizeof keys / sizeof *keys && strcmp(keys[i].key, text) != 0)
        i++;
    if (i == sizeof keys / sizeof *keys || !value)
        return mb_error_set(err, -EINVAL,
                            "channels: '%.40s' is not a setting, allowed: gain=, offset=, limit=", text);
    if (mb_number_parse(value, strlen(value), keys[i].target) < 0)
        return mb_error_set(err, -EINVAL, "channels: %s of %.40s: '%.40s' is not a number", text,
                            channel->name, value);
    if ((keys[i].target == &channel->gain && channel->gain == 0) ||
        (keys[i].target == &channel->limit && channel->limit <= 0))
        return mb_error_set(err, -EINVAL, "channels: %s of %.40s is %s, allowed: %s", text, channel->name,
                            value, i == 0 ? "any but 0" : "above 0");
    return 0;
}

/* Quantity, unit and settings behind "name=". */
static int parse_meaning(char *text, struct mb_wave_channel *channel, struct mb_error *err)
{
    enum mb_wave_quantity of_unit;
    char *unit = strchr(text, ':'), *settings = NULL, *next;
    double factor = 1;
    size_t q = 0;
    int r = 0;

    if (unit)
        *unit++ = '\0';
    while (q < MB_WAVE_QUANTITY_COUNT && strcmp(quantities[q].name, text) != 0)
        q++;
    if (q == MB_WAVE_QUANTITY_COUNT)
        return unknown_quantity(text, err);
    if (!unit)
        return mb_error_set(err, -EINVAL, "channels: %.40s has no unit, allowed: name=quantity:unit",
                            channel->name);
    channel->quantity = (enum mb_wave_quantity)q;
    settings = strchr(unit, ':');
    if (settings)
        *settings++ = '\0';
    if (mb_wave_unit_find(unit, &of_unit, &factor) < 0 || of_unit != channel->quantity)
        return wrong_unit(channel->quantity, unit, err);
    for (; settings && r == 0; settings = next) {
        next = strchr(settings, ':');
        if (next)
            *next++ = '\0';
        r = parse_setting(settings, channel, err);
    }
    channel->gain *= factor;
    channel->offset *= factor;
    return r;
}

static int parse_one(const char *text, size_t n, struct mb_wave_channel *ret, struct mb_error *err)
{
    struct mb_wave_channel channel = {.gain = 1, .limit = INFINITY};
    char spec[SPEC_MAX], *meaning;
    int r;

    if (n >= sizeof spec)
        return mb_error_set(err, -EINVAL, "channels: one of them has more than %d characters", SPEC_MAX - 1);
    memcpy(spec, text, n);
    spec[n] = '\0';
    meaning = strchr(spec, '=');
    if (!meaning || meaning == spec)
        return mb_error_set(err, -EINVAL, "channels: '%.60s' has no meaning, allowed: name=quantity:unit",
                            spec);
    *meaning++ = '\0';
    if (strlen(spec) >= sizeof channel.name)
        return mb_error_set(err, -EINVAL, "channels: the name '%.60s...' is too long", spec);
    (void)snprintf(channel.name, sizeof channel.name, "%s", spec);
    r = parse_meaning(meaning, &channel, err);
    if (r == 0)
        *ret = channel;
    return r;
}

int mb_wave_channels_parse(const char *text, struct mb_wave_channel ret[], size_t max, size_t *ret_count,
                           struct mb_error *err)
{
    size_t count = 0;
    int r;

    for (const char *p = text;; p += strcspn(p, ",") + 1) {
        size_t n = strcspn(p, ",");

        if (count == max)
            return mb_error_set(err, -EINVAL, "channels: more than %zu", max);
        r = parse_one(p, n, &ret[count], err);
        if (r < 0)
            return r;
        for (size_t i = 0; i < count; i++)
            if (strcmp(ret[i].name, ret[count].name) == 0)
                return mb_error_set(err, -EINVAL, "channels: %s is named twice", ret[i].name);
        count++;
        if (!p[n])
            break;
    }
    *ret_count = count;
    return 0;
}
