/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Back-EMF, cogging, pull-out, pull-in and pull-up torque, the part of the rating test that only synchronous
 * motors have. Of the tolerances of GB/T 755 only the one on the pull-out torque is in the data: what else is
 * declared is noted beside what was found. */
#include <math.h>
#include <stdlib.h>

#include "document/item_judges.h"
#include "document/number_json.h"
#include "method/synchronous_torque.h"

/* Why the step has nothing, as it said itself. */
static bool note_reason(const json_t *values, const char *quantity, const char *unit, json_t *findings)
{
    const char *reason = mb_json_text(values, "reason");

    if (*reason)
        mb_finding_plain(findings, quantity, NAN, unit, MB_VERDICT_NOT_APPLICABLE, "%s: not measured: %s",
                         quantity, reason);
    return *reason;
}

/* What a maker declares; NAN and "nothing is declared" where he does not. */
static void say_declared(double declared_nm, char *text, size_t size)
{
    if (isfinite(declared_nm))
        (void)snprintf(text, size, "declared %.4g N m, no tolerance in the data", declared_nm);
    else
        (void)snprintf(text, size, "nothing is declared");
}

static size_t collect_points(const json_t *reading, struct mb_pull_out_point *points)
{
    const json_t *list = json_object_get(json_object_get(reading, "values"), "points");
    size_t n = 0, i;
    json_t *point;

    json_array_foreach(list, i, point)
    {
        if (n < MB_PULL_POINTS_MAX)
            points[n++] = (struct mb_pull_out_point){.u_v = mb_json_value(point, "u_v"),
                                                     .t_nm = mb_json_value(point, "t_nm"),
                                                     .n_rpm = mb_json_value(point, "n_rpm"),
                                                     .f_hz = mb_json_value(point, "f_hz")};
    }
    return n;
}

static void judge_pull_out(const struct mb_item_context *context, const json_t *reading, json_t *findings)
{
    const json_t *values = json_object_get(reading, "values");
    const struct mb_motor_rated *rated = &context->motor->rated;
    double torque_nm = mb_motor_torque_nm(context->motor, rated->speed_rpm);
    struct mb_pull_out_point *points = reading ? calloc(MB_PULL_POINTS_MAX, sizeof *points) : NULL;
    struct mb_pull_out_result result;

    if (!points)
        return;
    mb_pull_out_evaluate(points, collect_points(reading, points), rated->poles,
                         mb_motor_synchronous_speed(context->motor), rated->voltage_v, &result);
    free(points);
    if (!result.valid) {
        mb_findings_invalid(findings, "pull-out-torque", &result.reasons);
        return;
    }
    if (mb_json_text_is(values, "ended", "out-of-step"))
        mb_finding_plain(findings, "pull-out-torque-next", mb_json_value(values, "asked_nm"), "N m",
                         MB_VERDICT_NOT_APPLICABLE,
                         "carried %.4g N m in step, fell out when %.4g N m were asked for", result.torque_nm,
                         mb_json_value(values, "asked_nm"));
    else
        mb_finding_plain(findings, "pull-out-torque-next", NAN, "N m", MB_VERDICT_NOT_APPLICABLE,
                         "carried %.4g N m in step, the bench does not load it with more", result.torque_nm);
    mb_judge_declared(context, findings, "pull-out-torque", "N m", rated->pull_out_torque_ratio * torque_nm,
                      result.torque_nm, NAN);
}

static size_t collect_attempts(const json_t *readings, struct mb_pull_in_attempt *attempts)
{
    size_t n = 0;

    for (; n < MB_PULL_POINTS_MAX; n++) {
        const json_t *reading = mb_item_reading(readings, "rating/pull-in", (int)n);

        if (!reading)
            break;
        attempts[n] = (struct mb_pull_in_attempt){
            .in_step = json_is_true(json_object_get(json_object_get(reading, "values"), "in_step")),
            .u_v = mb_item_value(reading, "u_v"),
            .t_nm = mb_item_value(reading, "t_nm")};
    }
    return n;
}

static void judge_pull_in(const struct mb_item_context *context, const json_t *readings, json_t *findings)
{
    const struct mb_motor_rated *rated = &context->motor->rated;
    const json_t *first = json_object_get(mb_item_reading(readings, "rating/pull-in", 0), "values");
    struct mb_pull_in_attempt *attempts = calloc(MB_PULL_POINTS_MAX, sizeof *attempts);
    size_t n = attempts ? collect_attempts(readings, attempts) : 0;
    struct mb_pull_in_result result;
    char declared[64], failed[64] = "no higher load was tried";

    if (n > 0)
        mb_pull_in_evaluate(attempts, n, rated->voltage_v, &result);
    free(attempts);
    if (n == 0 || note_reason(first, "pull-in-torque", "N m", findings))
        return;
    if (!result.valid) {
        mb_findings_invalid(findings, "pull-in-torque", &result.reasons);
        return;
    }
    say_declared(rated->pull_in_torque_ratio * mb_motor_torque_nm(context->motor, rated->speed_rpm), declared,
                 sizeof declared);
    if (isfinite(result.failed_nm))
        (void)snprintf(failed, sizeof failed, "not against %.4g N m", result.failed_nm);
    mb_finding_plain(findings, "pull-in-torque", result.torque_nm, "N m", MB_VERDICT_NOT_APPLICABLE,
                     "came into step against %.4g N m, %s (%s): noted only", result.torque_nm, failed,
                     declared);
}

/* GB/T 755's tolerance on the pull-up torque is in the data for induction motors only. */
static void note_pull_up(const struct mb_item_context *context, const json_t *reading, json_t *findings)
{
    const struct mb_motor_rated *rated = &context->motor->rated;
    struct mb_sweep_point *points;
    struct mb_pull_up_result result;
    char declared[64];

    if (!reading || note_reason(json_object_get(reading, "values"), "pull-up-torque", "N m", findings))
        return;
    points = calloc(MB_SWEEP_POINTS_MAX, sizeof *points);
    if (!points)
        return;
    mb_pull_up_evaluate(points, mb_item_sweep_points(reading, points), rated->voltage_v,
                        mb_motor_synchronous_speed(context->motor), &result);
    free(points);
    if (!result.valid) {
        mb_findings_invalid(findings, "pull-up-torque", &result.reasons);
        return;
    }
    say_declared(rated->pull_up_torque_ratio * mb_motor_torque_nm(context->motor, rated->speed_rpm), declared,
                 sizeof declared);
    mb_finding_plain(findings, "pull-up-torque", result.torque_nm, "N m", MB_VERDICT_NOT_APPLICABLE,
                     "least torque while it runs up %.4g N m, at %.0f r/min (%s): noted only",
                     result.torque_nm, result.n_rpm, declared);
}

static size_t collect_angles(const json_t *values, struct mb_cogging_point *points)
{
    size_t n = 0, i;
    json_t *point;

    json_array_foreach(json_object_get(values, "points"), i, point)
    {
        if (n < MB_COGGING_POINTS_MAX)
            points[n++] =
                (struct mb_cogging_point){mb_json_value(point, "angle_deg"), mb_json_value(point, "t_nm")};
    }
    return n;
}

/* Information, never judged: no limit was seen. What the transducer cannot tell is given no number. */
static void note_cogging(const json_t *reading, json_t *findings)
{
    const json_t *values = json_object_get(reading, "values");
    struct mb_cogging_point *points;
    struct mb_cogging_result result;

    if (!reading || note_reason(values, "cogging-torque", "N m", findings))
        return;
    points = calloc(MB_COGGING_POINTS_MAX, sizeof *points);
    if (!points)
        return;
    mb_cogging_evaluate(points, collect_angles(values, points), mb_json_value(values, "u_t_nm"), &result);
    free(points);
    if (!result.valid)
        mb_findings_invalid(findings, "cogging-torque", &result.reasons);
    else if (!isfinite(result.accuracy_nm))
        mb_finding_plain(findings, "cogging-torque", result.peak_to_peak_nm, "N m", MB_VERDICT_NOT_APPLICABLE,
                         "%.3g N m peak to peak, by a torque transducer of unknown accuracy: noted only",
                         result.peak_to_peak_nm);
    else if (!result.resolved)
        mb_finding_plain(findings, "cogging-torque", NAN, "N m", MB_VERDICT_NOT_APPLICABLE,
                         "cogging-torque: %.3g N m peak to peak were read, the torque transducer is accurate "
                         "to %.3g N m: not measured",
                         result.peak_to_peak_nm, result.accuracy_nm);
    else
        mb_finding_plain(findings, "cogging-torque", result.peak_to_peak_nm, "N m", MB_VERDICT_NOT_APPLICABLE,
                         "%.3g N m peak to peak, %.3g N m to turn the shaft (transducer accurate to %.3g N "
                         "m): noted only",
                         result.peak_to_peak_nm, fabs(result.drag_nm), result.accuracy_nm);
}

/* Information: what a maker declares of it has no place in the motor file, and no standard's limit was seen.
 */
static void note_back_emf(const struct mb_item_context *context, const json_t *reading, json_t *findings)
{
    const json_t *values = json_object_get(reading, "values");
    const struct mb_back_emf_input input = {.u_v = mb_json_value(values, "u_v"),
                                            .line_v = {mb_json_value(values, "u12_v"),
                                                       mb_json_value(values, "u23_v"),
                                                       mb_json_value(values, "u31_v")},
                                            .n_rpm = mb_json_value(values, "n_rpm")};
    struct mb_back_emf_result result;

    if (!reading || note_reason(values, "back-emf", "V", findings))
        return;
    mb_back_emf_evaluate(&input, mb_motor_synchronous_speed(context->motor), &result);
    if (!result.valid) {
        mb_findings_invalid(findings, "back-emf", &result.reasons);
        return;
    }
    mb_finding_plain(findings, "back-emf", result.rated_v, "V", MB_VERDICT_NOT_APPLICABLE,
                     "%.2f V line to line at synchronous speed with open terminals: noted only",
                     result.rated_v);
    mb_finding_plain(findings, "back-emf-constant", result.ke_v_s_per_rad, "V s/rad",
                     MB_VERDICT_NOT_APPLICABLE,
                     "Ke %.4g V s/rad, %.4g V at 1000 r/min (line to line, rms): noted only",
                     result.ke_v_s_per_rad, result.ke_v_per_krpm);
}

void mb_judge_synchronous(const struct mb_item_context *context, const json_t *readings, json_t *findings)
{
    note_back_emf(context, mb_item_reading(readings, "rating/back-emf", -1), findings);
    note_cogging(mb_item_reading(readings, "rating/cogging", -1), findings);
    judge_pull_out(context, mb_item_reading(readings, "rating/pull-out", -1), findings);
    judge_pull_in(context, readings, findings);
    note_pull_up(context, mb_item_reading(readings, "rating/pull-up", -1), findings);
}
