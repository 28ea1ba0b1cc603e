/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/safety.h"

#include <math.h>
#include <stddef.h>

/* Testers count time in steps of up to 0.1 s, with a clock of their own. */
#define TIME_STEP_S 0.1
#define TIME_RELATIVE 0.01

const char *const mb_safety_kind_names[] = {
    [MB_SAFETY_AC_WITHSTAND] = "ac-withstand",   [MB_SAFETY_DC_WITHSTAND] = "dc-withstand",
    [MB_SAFETY_INSULATION] = "insulation",       [MB_SAFETY_EARTH_BOND] = "earth-bond",
    [MB_SAFETY_TOUCH_CURRENT] = "touch-current", [MB_SAFETY_KIND_COUNT] = NULL,
};

const char *const mb_safety_verdict_names[] = {
    [MB_SAFETY_NOT_MEASURED] = "not-measured",
    [MB_SAFETY_PASS] = "pass",
    [MB_SAFETY_FAIL] = "fail",
    [MB_SAFETY_FAIL_HIGH] = "fail-high",
    [MB_SAFETY_FAIL_LOW] = "fail-low",
    [MB_SAFETY_FAIL_ARC] = "fail-arc",
    [MB_SAFETY_FAIL_BREAKDOWN] = "fail-breakdown",
    [MB_SAFETY_ABORTED] = "aborted",
    [MB_SAFETY_INTERLOCK] = "interlock",
    [MB_SAFETY_REFUSED] = "refused",
    [MB_SAFETY_RUNNING] = "running",
    [MB_SAFETY_VERDICT_COUNT] = NULL,
};

const char *mb_safety_kind_name(enum mb_safety_kind kind)
{
    return mb_safety_kind_names[kind];
}

const char *mb_safety_verdict_name(enum mb_safety_verdict verdict)
{
    return mb_safety_verdict_names[verdict];
}

bool mb_safety_in_ohm(enum mb_safety_kind kind)
{
    return kind == MB_SAFETY_INSULATION || kind == MB_SAFETY_EARTH_BOND;
}

static bool applied_fits(const struct mb_safety_test *test, const struct mb_reading *applied)
{
    double asked = test->kind == MB_SAFETY_EARTH_BOND ? test->current_a : test->voltage_v;

    if (!(test->voltage_tolerance > 0))
        return true;
    return applied->validity == MB_VALID &&
           fabs(applied->value - asked) <= test->voltage_tolerance * fabs(asked);
}

/* A time that the tester does not give is not held against it: the operation watches the clock too. */
static bool held(const struct mb_safety_test *test, const struct mb_reading *elapsed)
{
    return elapsed->validity != MB_VALID ||
           elapsed->value >= test->hold_s * (1 - TIME_RELATIVE) - TIME_STEP_S;
}

enum mb_safety_verdict mb_safety_judge(const struct mb_safety_test *test,
                                       const struct mb_safety_result *result)
{
    const struct mb_reading *value = &result->value;

    if (result->verdict != MB_SAFETY_PASS)
        return result->verdict;
    /* More than the tester can show is infinite resistance, or a current that is no pass at all. */
    if (value->validity == MB_OVER_RANGE && test->kind == MB_SAFETY_INSULATION && !isfinite(test->limit_high))
        return applied_fits(test, &result->applied) ? MB_SAFETY_PASS : MB_SAFETY_NOT_MEASURED;
    if (value->validity != MB_VALID || !isfinite(value->value))
        return MB_SAFETY_NOT_MEASURED;
    if (value->value > test->limit_high)
        return MB_SAFETY_FAIL_HIGH;
    if (value->value < test->limit_low)
        return MB_SAFETY_FAIL_LOW;
    if (result->in_ramp || !held(test, &result->elapsed) || !applied_fits(test, &result->applied))
        return MB_SAFETY_NOT_MEASURED;
    return MB_SAFETY_PASS;
}
