/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Back-EMF, pull-out and pull-in torque, the part of the rating test that only synchronous motors have. Of
 * the tolerances of GB/T 755 only the one on the pull-out torque is in the data: what else is declared is
 * noted beside what was found. */
#include <math.h>
#include <stdlib.h>

#include "document/item_judges.h"
#include "document/number_json.h"
#include "method/synchronous_torque.h"

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
    mb_pull_out_evaluate(points, collect_points(reading, points), rated->poles, rated->voltage_v, &result);
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
    char declared[64] = "nothing is declared", failed[64] = "no higher load was tried";

    if (n > 0)
        mb_pull_in_evaluate(attempts, n, rated->voltage_v, &result);
    free(attempts);
    if (n == 0)
        return;
    if (*mb_json_text(first, "reason")) {
        mb_finding_plain(findings, "pull-in-torque", NAN, "N m", MB_VERDICT_NOT_APPLICABLE,
                         "pull-in-torque: not measured: %s", mb_json_text(first, "reason"));
        return;
    }
    if (!result.valid) {
        mb_findings_invalid(findings, "pull-in-torque", &result.reasons);
        return;
    }
    if (isfinite(rated->pull_in_torque_ratio))
        (void)snprintf(declared, sizeof declared, "declared %.4g N m, no tolerance in the data",
                       rated->pull_in_torque_ratio * mb_motor_torque_nm(context->motor, rated->speed_rpm));
    if (isfinite(result.failed_nm))
        (void)snprintf(failed, sizeof failed, "not against %.4g N m", result.failed_nm);
    mb_finding_plain(findings, "pull-in-torque", result.torque_nm, "N m", MB_VERDICT_NOT_APPLICABLE,
                     "came into step against %.4g N m, %s (%s): noted only", result.torque_nm, failed,
                     declared);
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

    if (!reading)
        return;
    if (*mb_json_text(values, "reason")) {
        mb_finding_plain(findings, "back-emf", NAN, "V", MB_VERDICT_NOT_APPLICABLE,
                         "back-EMF: not measured: %s", mb_json_text(values, "reason"));
        return;
    }
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
    judge_pull_out(context, mb_item_reading(readings, "rating/pull-out", -1), findings);
    judge_pull_in(context, readings, findings);
}
