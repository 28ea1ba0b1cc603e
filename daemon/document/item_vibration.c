/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vibration severity of GB/T 10068 (procedures.md D): six points, the two-pole beat, the highest value of
 * each quantity against its limit for grade, suspension and shaft height. */
#include <math.h>
#include <stdbool.h>

#include "document/item_judges.h"
#include "method/rating.h"
#include "method/vibration.h"

static struct mb_severity_figure figure(const json_t *reading, const char *rms, const char *max,
                                        const char *min)
{
    return (struct mb_severity_figure){mb_item_value(reading, rms), mb_item_value(reading, max),
                                       mb_item_value(reading, min)};
}

static size_t collect(const json_t *readings, struct mb_severity_point *points, const json_t **ret_any)
{
    size_t n = 0;

    for (int i = 0; i < MB_SEVERITY_POINTS_MAX; i++) {
        const json_t *reading = mb_item_reading(readings, "vibration/point", i);

        if (!reading)
            continue;
        *ret_any = reading;
        points[n++] = (struct mb_severity_point){
            .end = (enum mb_severity_end)(i / MB_SEVERITY_AXES),
            .axis = (enum mb_severity_axis)(i % MB_SEVERITY_AXES),
            .velocity_mps = figure(reading, "velocity_mps", "velocity_max_mps", "velocity_min_mps"),
            .displacement_m = figure(reading, "displacement_m", "displacement_max_m", "displacement_min_m"),
            .record_s = mb_item_value(reading, "record_s"),
            .band_low_hz = mb_item_value(reading, "band_low_hz"),
            .band_high_hz = mb_item_value(reading, "band_high_hz")};
    }
    return n;
}

static bool has_slip(const struct mb_motor *m)
{
    return m->kind == MB_KIND_THREE_PHASE_INDUCTION || m->kind == MB_KIND_HV_CAGE_INDUCTION ||
           m->kind == MB_KIND_WOUND_ROTOR_INDUCTION;
}

static const char *text_or(const json_t *reading, const char *name, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(json_object_get(reading, "values"), name));

    return text ? text : otherwise;
}

static void judge_limits(const struct mb_item_context *context, const json_t *setup,
                         const struct mb_severity_result *result, json_t *findings)
{
    const struct mb_circumstance mounting[] = {{"grade", text_or(setup, "grade", "A")},
                                               {"suspension", text_or(setup, "suspension", "free")},
                                               {NULL, NULL}};

    mb_finding_plain(findings, "place", result->velocity_mps, "m/s", MB_VERDICT_NOT_APPLICABLE,
                     "highest velocity at %s, highest displacement at %s%s",
                     mb_severity_place(result->velocity_end, result->velocity_axis),
                     mb_severity_place(result->displacement_end, result->displacement_axis),
                     result->beat ? "; two-pole beat taken in" : "");
    (void)mb_finding_requirement(context, findings, "vibration-velocity", mounting, NAN, result->velocity_mps,
                                 NAN);
    (void)mb_finding_requirement(context, findings, "vibration-displacement", mounting, NAN,
                                 result->displacement_m, NAN);
}

int mb_judge_vibration(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                       struct mb_error *err)
{
    const json_t *setup = mb_item_reading(readings, "vibration/setup", -1), *any = NULL;
    struct mb_severity_point points[MB_SEVERITY_POINTS_MAX];
    const struct mb_motor *m = context->motor;
    struct mb_severity_input input = {.points = points,
                                      .point_count = collect(readings, points, &any),
                                      .rated_speed_rpm = m->rated.speed_rpm,
                                      .poles = m->rated.poles,
                                      .induction = has_slip(m),
                                      .axial_inaccessible = mb_item_value(setup, "axial_inaccessible") > 0};
    struct mb_severity_result result;

    (void)err;
    input.speed_rpm = mb_item_value(any, "n_rpm");
    input.supply_hz = mb_item_value(any, "f_hz");
    input.slip = mb_rating_slip(input.speed_rpm, input.supply_hz, m->rated.poles);
    mb_severity_evaluate(&input, &result);
    for (size_t i = 0; i < result.reasons.count; i++)
        mb_finding_plain(findings, "vibration", NAN, "", MB_VERDICT_INVALID, "%s",
                         result.reasons.items[i].text);
    if (result.valid)
        judge_limits(context, setup, &result, findings);
    return 0;
}
