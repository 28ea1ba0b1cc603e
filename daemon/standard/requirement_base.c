/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/requirement_base.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/number.h"

static double none(const struct mb_motor *motor, double declared)
{
    (void)motor;
    (void)declared;
    return 0;
}

static double rated_voltage(const struct mb_motor *motor, double declared)
{
    (void)declared;
    return motor->rated.voltage_v;
}

static double rated_current(const struct mb_motor *motor, double declared)
{
    (void)declared;
    return motor->rated.current_a;
}

static double rated_speed(const struct mb_motor *motor, double declared)
{
    (void)declared;
    return motor->rated.speed_rpm;
}

static double rated_torque(const struct mb_motor *motor, double declared)
{
    (void)declared;
    return mb_motor_torque_nm(motor, motor->rated.speed_rpm);
}

/* UN / (1000 + PN/100), UN in V and PN in kW: megohm (GB/T 14711-2013 clause 23) */
static double insulation_quotient(const struct mb_motor *motor, double declared)
{
    (void)declared;
    return motor->rated.voltage_v / (1000 + motor->rated.power_w / 1000 / 100);
}

static double dc_voltage(const struct mb_motor *motor, double declared)
{
    (void)declared;
    return motor->drive.voltage_max_v;
}

/* Udmax / (1000 + P/100), Udmax in V and P in kW: megohm (GB/T 18488) */
static double dc_insulation_quotient(const struct mb_motor *motor, double declared)
{
    (void)declared;
    return motor->drive.voltage_max_v / (1000 + motor->rated.power_w / 1000 / 100);
}

static double maximum_speed(const struct mb_motor *motor, double declared)
{
    (void)declared;
    return motor->drive.speed_max_rpm;
}

static double declared_value(const struct mb_motor *motor, double declared)
{
    (void)motor;
    return declared;
}

/* of a power factor or an efficiency */
static double one_minus_declared(const struct mb_motor *motor, double declared)
{
    (void)motor;
    return 1 - declared;
}

/* Name, function, key of the motor file that it is made of; NULL: none. */
#define BASES(X)                                                                                             \
    X("none", none, NULL)                                                                                    \
    X("rated-voltage", rated_voltage, "rated.voltage_v")                                                     \
    X("rated-current", rated_current, "rated.current_a")                                                     \
    X("rated-speed", rated_speed, "rated.speed_rpm")                                                         \
    X("rated-torque", rated_torque, "rated.speed_rpm")                                                       \
    X("insulation-quotient", insulation_quotient, "rated.voltage_v")                                         \
    X("dc-voltage", dc_voltage, "drive.voltage_max_v")                                                       \
    X("dc-insulation-quotient", dc_insulation_quotient, "drive.voltage_max_v")                               \
    X("maximum-speed", maximum_speed, "drive.speed_max_rpm")                                                 \
    X("declared", declared_value, NULL)                                                                      \
    X("one-minus-declared", one_minus_declared, NULL)
#define NAME(name, function, key) name,
#define FUNCTION(name, function, key) function,
#define KEY(name, function, key) key,

const char *const mb_base_names[] = {BASES(NAME) NULL};
static double (*const bases[])(const struct mb_motor *, double) = {BASES(FUNCTION)};
static const char *const keys[] = {BASES(KEY)};

const char *mb_base_key(int base)
{
    return keys[base];
}

double mb_base_value(int base, const struct mb_motor *motor, double declared)
{
    return bases[base](motor, declared);
}

bool mb_base_needs_declared(int base)
{
    return bases[base] == declared_value || bases[base] == one_minus_declared;
}

/* One comparison of n characters. */
static int read_bound(const char *text, size_t n, struct mb_range *range)
{
    bool less = *text == '<', greater = *text == '>';
    size_t sign = (less || greater) + (n > 1 && (less || greater) && text[1] == '=');
    double value;
    int r = mb_number_parse(text + sign, n - sign, &value);

    if (r < 0)
        return -EINVAL;
    if (!less) {
        range->low = value;
        range->low_open = greater && sign == 1;
    }
    if (!greater) {
        range->high = value;
        range->high_open = less && sign == 1;
    }
    return 0;
}

int mb_range_parse(const char *text, struct mb_range *ret)
{
    struct mb_range range = {.low = NAN, .high = NAN};
    size_t n = strcspn(text, ";");

    if (*text && read_bound(text, n, &range) < 0)
        return -EINVAL;
    if (text[n] == ';' && read_bound(text + n + 1, strlen(text + n + 1), &range) < 0)
        return -EINVAL;
    if (range.low > range.high)
        return -EINVAL;
    *ret = range;
    return 0;
}

bool mb_range_holds(const struct mb_range *range, double value)
{
    if (isnan(range->low) && isnan(range->high))
        return true;
    if (isnan(value) || value < range->low || value > range->high)
        return false;
    return !(range->low_open && value == range->low) && !(range->high_open && value == range->high);
}
