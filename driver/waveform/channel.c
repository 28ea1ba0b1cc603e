/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waveform/channel.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
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
    [MB_WAVE_SPEED_PULSES] = {"speed-pulses", "1"},
    [MB_WAVE_TORQUE_PULSES] = {"torque-pulses", "1"},
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
    {"1", MB_WAVE_SPEED_PULSES, 1},
    {"1", MB_WAVE_TORQUE_PULSES, 1},
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

static int find_factor(const char *text, enum mb_wave_quantity quantity, double *ret)
{
    for (size_t i = 0; i < UNITS; i++)
        if (units[i].quantity == quantity && strcmp(units[i].text, text) == 0) {
            *ret = units[i].factor;
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

enum bound { ANY, NOT_0, ABOVE_0 };

static const struct {
    const char *key;
    size_t target; /* a double of the channel */
    enum bound bound;
} settings[] = {
    {"gain", offsetof(struct mb_wave_channel, gain), NOT_0},
    {"offset", offsetof(struct mb_wave_channel, offset), ANY},
    {"limit", offsetof(struct mb_wave_channel, limit), ABOVE_0},
    {"delay", offsetof(struct mb_wave_channel, delay_s), ANY},
    {"phase", offsetof(struct mb_wave_channel, phase_rad), ANY},
    {"phase-hz", offsetof(struct mb_wave_channel, phase_hz), ABOVE_0},
    {"level", offsetof(struct mb_wave_channel, level), ABOVE_0},
    {"per-turn", offsetof(struct mb_wave_channel, per_turn), ABOVE_0},
    {"zero-hz", offsetof(struct mb_wave_channel, zero_hz), ABOVE_0},
    {"per-hz", offsetof(struct mb_wave_channel, per_hz), NOT_0},
};
#define SETTINGS (sizeof settings / sizeof *settings)

static int unknown_setting(const char *text, struct mb_error *err)
{
    char allowed[160] = "";
    size_t used = 0;

    for (size_t i = 0; i < SETTINGS && used < sizeof allowed; i++)
        used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s=", used ? ", " : "",
                                 settings[i].key);
    return mb_error_set(err, -EINVAL, "channels: '%.40s' is not a setting, allowed: %s", text, allowed);
}

/* "gain=200": key and number. */
static int parse_setting(char *text, struct mb_wave_channel *channel, struct mb_error *err)
{
    static const char *const allowed[] = {[NOT_0] = "any but 0", [ABOVE_0] = "above 0"};
    char *value = strchr(text, '=');
    double number;
    size_t i = 0;

    if (value)
        *value++ = '\0';
    while (i < SETTINGS && strcmp(settings[i].key, text) != 0)
        i++;
    if (i == SETTINGS || !value)
        return unknown_setting(text, err);
    if (mb_number_parse(value, strlen(value), &number) < 0)
        return mb_error_set(err, -EINVAL, "channels: %s of %.40s: '%.40s' is not a number", text,
                            channel->name, value);
    if ((settings[i].bound == NOT_0 && number == 0) || (settings[i].bound == ABOVE_0 && !(number > 0)))
        return mb_error_set(err, -EINVAL, "channels: %s of %.40s is %s, allowed: %s", text, channel->name,
                            value, allowed[settings[i].bound]);
    memcpy((char *)channel + settings[i].target, &number, sizeof number);
    return 0;
}

/* What one quantity cannot do without. */
static int check_meaning(const struct mb_wave_channel *channel, struct mb_error *err)
{
    if (channel->phase_rad != 0 && channel->phase_hz == 0)
        return mb_error_set(err, -EINVAL, "channels: phase of %.40s needs phase-hz, where it holds",
                            channel->name);
    if (channel->quantity == MB_WAVE_SPEED_PULSES && channel->per_turn == 0)
        return mb_error_set(err, -EINVAL, "channels: %.40s needs per-turn, the pulses of a turn",
                            channel->name);
    if (channel->quantity == MB_WAVE_TORQUE_PULSES && (channel->zero_hz == 0 || channel->per_hz == 0))
        return mb_error_set(
            err, -EINVAL,
            "channels: %.40s needs zero-hz, the frequency at no torque, and per-hz, N m a hertz",
            channel->name);
    return 0;
}

/* Quantity, unit and settings behind "name=". */
static int parse_meaning(char *text, struct mb_wave_channel *channel, struct mb_error *err)
{
    char *unit = strchr(text, ':'), *rest = NULL, *next;
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
    rest = strchr(unit, ':');
    if (rest)
        *rest++ = '\0';
    if (find_factor(unit, channel->quantity, &factor) < 0)
        return wrong_unit(channel->quantity, unit, err);
    for (; rest && r == 0; rest = next) {
        next = strchr(rest, ':');
        if (next)
            *next++ = '\0';
        r = parse_setting(rest, channel, err);
    }
    channel->gain *= factor;
    channel->offset *= factor;
    return r < 0 ? r : check_meaning(channel, err);
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
