/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rated data against what the maker declares, with the tolerances of GB/T 755 clause 12. What is not declared
 * is noted and not judged; a floor of the standard itself is judged in any case. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "document/item_judges.h"
#include "document/sheet.h"
#include "method/rating.h"

static double rated_torque_nm(const struct mb_motor *m)
{
    return mb_motor_torque_nm(m, m->rated.speed_rpm);
}

void mb_judge_declared(const struct mb_item_context *context, json_t *findings, const char *quantity,
                       const char *unit, double declared, double value, double uncertainty)
{
    if (!isfinite(declared))
        mb_finding_plain(findings, quantity, value, unit, MB_VERDICT_NOT_APPLICABLE,
                         "%s %.4g %s: nothing is declared, noted only", quantity, value, unit);
    else
        (void)mb_finding_requirement(context, findings, quantity, NULL, declared, value, uncertainty);
}

void mb_findings_invalid(json_t *findings, const char *quantity, const struct mb_findings *reasons)
{
    for (size_t i = 0; i < reasons->count; i++)
        mb_finding_plain(findings, quantity, NAN, "", MB_VERDICT_INVALID, "%s", reasons->items[i].text);
}

/* No slip to judge, and GB/T 755's tolerance on the power factor is in the data for induction motors only. */
static void note_synchronous(const struct mb_motor *m, double slip, double factor, json_t *findings)
{
    mb_finding_plain(findings, "slip", slip, "1", MB_VERDICT_NOT_APPLICABLE,
                     "%.2g of synchronous speed: noted only", slip);
    mb_finding_plain(findings, "power-factor", factor, "1", MB_VERDICT_NOT_APPLICABLE,
                     "power factor %.4g, declared %.4g: noted only", factor, m->rated.power_factor);
}

static void judge_load(const struct mb_item_context *context, const json_t *reading, json_t *findings)
{
    const struct mb_motor *m = context->motor;
    double synchronous = mb_motor_synchronous_speed(m), i_a = mb_item_value(reading, "i_a");
    double slip =
        mb_rating_slip(mb_item_value(reading, "n_rpm"), mb_item_value(reading, "f_hz"), m->rated.poles);
    double factor =
        mb_rating_power_factor(mb_kind_is_single_phase(m->kind) ? 1 : 3, mb_item_value(reading, "p1_w"),
                               mb_item_value(reading, "u_v"), i_a);

    if (!reading) {
        mb_finding_plain(findings, "rated-load", NAN, "", MB_VERDICT_INVALID, "no reading at rated load");
        return;
    }
    mb_finding_plain(findings, "current", i_a, "A", MB_VERDICT_NOT_APPLICABLE,
                     "current at rated load %.4g A, declared %.4g A: GB/T 755 has no tolerance for it", i_a,
                     m->rated.current_a);
    if (mb_motor_is_synchronous(m)) {
        note_synchronous(m, slip, factor, findings);
        return;
    }
    mb_judge_declared(context, findings, "slip", "1", 1 - m->rated.speed_rpm / synchronous, slip, NAN);
    mb_judge_declared(context, findings, "power-factor", "1", m->rated.power_factor, factor, NAN);
}

static size_t collect_locked(const json_t *readings, struct mb_locked_point *points)
{
    size_t n = 0;

    for (; n < MB_LOCKED_POINTS_MAX; n++) {
        const json_t *reading = mb_item_reading(readings, "rating/locked-rotor", (int)n);

        if (!reading)
            break;
        points[n] = (struct mb_locked_point){.position = (int)mb_item_value(reading, "position"),
                                             .u_v = mb_item_value(reading, "u_v"),
                                             .i_a = mb_item_value(reading, "i_a"),
                                             .t_nm = mb_item_value(reading, "t_nm")};
    }
    return n;
}

static void judge_locked(const struct mb_item_context *context, const json_t *readings, json_t *findings)
{
    const struct mb_motor_rated *rated = &context->motor->rated;
    struct mb_locked_point points[MB_LOCKED_POINTS_MAX];
    struct mb_locked_result result;
    size_t n = collect_locked(readings, points);

    if (n == 0)
        return;
    mb_locked_evaluate(points, n, rated->voltage_v, &result);
    if (!result.valid) {
        mb_findings_invalid(findings, "locked-rotor", &result.reasons);
        return;
    }
    mb_judge_declared(context, findings, "locked-rotor-current", "A",
                      rated->locked_rotor_current_ratio * rated->current_a, result.current_a, NAN);
    mb_judge_declared(context, findings, "locked-rotor-torque", "N m",
                      rated->locked_rotor_torque_ratio * rated_torque_nm(context->motor), result.torque_nm,
                      NAN);
}

size_t mb_item_sweep_points(const json_t *reading, struct mb_sweep_point *points)
{
    static const char *const branches[] = {"steady", "down", "up"};
    const json_t *list = json_object_get(json_object_get(reading, "values"), "points");
    size_t n = 0, i;
    json_t *point;

    json_array_foreach(list, i, point)
    {
        const char *branch = json_string_value(json_object_get(point, "branch"));

        for (int b = 0; branch && b < MB_SWEEP_BRANCHES && n < MB_SWEEP_POINTS_MAX; b++)
            if (strcmp(branch, branches[b]) == 0)
                points[n++] =
                    (struct mb_sweep_point){.branch = (enum mb_sweep_branch)b,
                                            .u_v = json_number_value(json_object_get(point, "u_v")),
                                            .t_nm = json_number_value(json_object_get(point, "t_nm")),
                                            .n_rpm = json_number_value(json_object_get(point, "n_rpm"))};
    }
    return n;
}

static void judge_sweep(const struct mb_item_context *context, const json_t *reading, json_t *findings)
{
    const struct mb_circumstance circumstances[] = {
        {"starting-current", mb_motor_starting_current(context->motor)}, {NULL, NULL}};
    const struct mb_motor_rated *rated = &context->motor->rated;
    double torque_nm = rated_torque_nm(context->motor);
    struct mb_sweep_point *points;
    struct mb_sweep_result result;

    if (json_is_string(json_object_get(json_object_get(reading, "values"), "reason"))) {
        bool declared = isfinite(rated->breakdown_torque_ratio) || isfinite(rated->pull_up_torque_ratio);

        mb_finding_plain(findings, "breakdown-torque", NAN, "",
                         declared ? MB_VERDICT_INCONCLUSIVE : MB_VERDICT_NOT_APPLICABLE,
                         "breakdown-torque: not measured: %s",
                         json_string_value(json_object_get(json_object_get(reading, "values"), "reason")));
        return;
    }
    points = reading ? calloc(MB_SWEEP_POINTS_MAX, sizeof *points) : NULL;
    if (!points)
        return;
    mb_sweep_evaluate(points, mb_item_sweep_points(reading, points), rated->voltage_v,
                      mb_motor_synchronous_speed(context->motor), &result);
    free(points);
    if (!result.valid) {
        mb_findings_invalid(findings, "breakdown-torque", &result.reasons);
        return;
    }
    mb_judge_declared(context, findings, "breakdown-torque", "N m", rated->breakdown_torque_ratio * torque_nm,
                      result.breakdown_nm, NAN);
    (void)mb_finding_requirement(context, findings, "breakdown-torque-floor", circumstances, NAN,
                                 result.breakdown_nm, NAN);
    if (isfinite(result.pull_up_nm))
        mb_judge_declared(context, findings, "pull-up-torque", "N m", rated->pull_up_torque_ratio * torque_nm,
                          result.pull_up_nm, NAN);
    else if (isfinite(rated->pull_up_torque_ratio))
        mb_finding_plain(findings, "pull-up-torque", NAN, "", MB_VERDICT_INVALID,
                         "pull-up-torque: declared, but the sweep did not come near standstill");
}

int mb_judge_rating(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                    struct mb_error *err)
{
    (void)err;
    judge_load(context, mb_item_reading(readings, "rating/load", -1), findings);
    judge_locked(context, readings, findings);
    judge_sweep(context, mb_item_reading(readings, "rating/sweep", -1), findings);
    mb_judge_synchronous(context, readings, findings);
    return 0;
}
