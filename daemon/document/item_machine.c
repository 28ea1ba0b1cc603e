/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Direction of rotation, and what a machine has to stand: over-torque, overcurrent, overspeed. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "document/item_judges.h"
#include "document/number_json.h"
#include "standard/mark.h"

/* What was applied may fall short of what is asked for by so much [laboratory choice]. */
#define APPLIED_SHORT 0.02
#define HELD_SHORT_S 0.5

int mb_judge_rotation(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                      struct mb_error *err)
{
    const json_t *reading = mb_item_reading(readings, "rotation/direction", -1);
    const json_t *values = json_object_get(reading, "values");
    const char *seen = mb_json_text(values, "direction"), *expected = mb_json_text(values, "expected");
    double n_rpm = mb_item_value(reading, "n_rpm");
    bool right = strcmp(seen, expected) == 0;

    (void)context;
    (void)err;
    if (!*seen || !*expected)
        mb_finding_plain(findings, "direction-of-rotation", n_rpm, "r/min", MB_VERDICT_INVALID,
                         "direction of rotation: not seen");
    else
        mb_finding_plain(findings, "direction-of-rotation", n_rpm, isfinite(n_rpm) ? "r/min" : "",
                         right ? MB_VERDICT_PASS : MB_VERDICT_FAIL,
                         "with L1-L2-L3 on U1-V1-W1, seen from the drive end, the shaft turns %s%s%s", seen,
                         right ? "" : "; expected is ", right ? "" : expected);
    return 0;
}

/* ------------------------------------------------------------------ mechanical strength */

static const struct hold {
    const char *store, *quantity, *time, *unit;
    bool required; /* by the item; occasional overcurrent is of the standard and not of every list */
} holds[] = {
    {"mechanical-strength/over-torque", "over-torque", "over-torque-time", "N m", true},
    {"mechanical-strength/occasional-overcurrent", "occasional-overcurrent", "occasional-overcurrent-time",
     "A", false},
    {"mechanical-strength/overspeed", "overspeed", "overspeed-time", "r/min", true},
};

static void judge_hold(const struct mb_item_context *context, const struct hold *hold, const json_t *reading,
                       json_t *findings)
{
    const struct mb_circumstance circumstances[] = {
        {"starting-current", mb_motor_starting_current(context->motor)}, {"rotor", "salient"}, {NULL, NULL}};
    double applied = mb_item_value(reading, "applied"), held_s = mb_item_value(reading, "held_s");
    const char *ended = mb_json_text(json_object_get(reading, "values"), "ended");
    struct mb_requirement wanted = {.limit = NAN}, time = {.limit = NAN};
    bool known = mb_item_requirement(context, hold->quantity, circumstances, NAN, &wanted) == 0 &&
                 mb_item_requirement(context, hold->time, circumstances, NAN, &time) == 0 &&
                 isfinite(wanted.limit) && isfinite(time.limit);

    if (known && !(mb_mark_decides(wanted.mark) && mb_mark_decides(time.mark)))
        mb_finding_plain(
            findings, hold->quantity, applied, hold->unit, MB_VERDICT_INCONCLUSIVE,
            "%s: %.4g %s for %.0f s of %.4g %s for %.0f s (%s); the mark of what is asked for may "
            "not decide",
            hold->quantity, applied, hold->unit, held_s, wanted.limit, hold->unit, time.limit, ended);
    else if (!known)
        mb_finding_plain(findings, hold->quantity, applied, hold->unit, MB_VERDICT_INCONCLUSIVE,
                         "%s: what is to be applied is not in the data for this nameplate", hold->quantity);
    else if (strcmp(ended, "stall") == 0 || strcmp(ended, "speed") == 0)
        mb_finding_plain(findings, hold->quantity, applied, hold->unit, MB_VERDICT_FAIL,
                         "%s %.4g %s: the motor %s after %.1f s, it has to stand %.0f s", hold->quantity,
                         wanted.limit, hold->unit,
                         *ended == 's' && ended[1] == 't' ? "stalled" : "changed speed", held_s, time.limit);
    else if (strcmp(ended, "time") != 0 || !(held_s >= time.limit - HELD_SHORT_S) ||
             !(applied >= wanted.limit * (1 - APPLIED_SHORT)))
        mb_finding_plain(findings, hold->quantity, applied, hold->unit, MB_VERDICT_INVALID,
                         "%s: %.4g %s for %.1f s were applied, %.4g %s for %.0f s are asked for%s%s",
                         hold->quantity, applied, hold->unit, held_s, wanted.limit, hold->unit, time.limit,
                         *ended ? ": " : "", strcmp(ended, "time") != 0 ? ended : "");
    else
        mb_finding_plain(findings, hold->quantity, applied, hold->unit, MB_VERDICT_PASS,
                         "%s: %.4g %s for %.0f s stood", hold->quantity, applied, hold->unit, held_s);
}

/* A drive of an electric vehicle has no over-torque of its own, and its overspeed is that of a declared one.
 */
static void judge_absent(const struct mb_item_context *context, const struct hold *hold, json_t *findings)
{
    struct mb_requirement found = {.lacks = NULL};
    int r = mb_item_requirement(context, hold->quantity, NULL, NAN, &found);

    if (r < 0 && context->motor->kind == MB_KIND_EV_DRIVE)
        return;
    if (found.lacks)
        mb_finding_plain(findings, hold->quantity, NAN, "", MB_VERDICT_INCONCLUSIVE,
                         "%s: was not applied, the motor file has no %s", hold->quantity, found.lacks);
    else
        mb_finding_plain(findings, hold->quantity, NAN, "", MB_VERDICT_INVALID, "%s: was not applied",
                         hold->quantity);
}

int mb_judge_mechanical(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                        struct mb_error *err)
{
    struct mb_error nobody;

    for (size_t i = 0; i < sizeof holds / sizeof holds[0]; i++) {
        const json_t *reading = mb_item_reading(readings, holds[i].store, -1);

        if (reading)
            judge_hold(context, &holds[i], reading, findings);
        else if (holds[i].required)
            judge_absent(context, &holds[i], findings);
    }
    /* what a person saw after the overspeed; and the withstand test: none is no error here */
    (void)mb_judge_questions(context, readings, findings, &nobody);
    (void)mb_judge_safety(context, readings, findings, &nobody);
    (void)err;
    return 0;
}
