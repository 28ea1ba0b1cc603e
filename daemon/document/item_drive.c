/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Continuous, peak and stall torque of an electric-vehicle drive against what its maker declares. The figures
 * themselves are given, not judged: GB/T 18488's tolerance for them is not in the data. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "document/item_judges.h"
#include "document/number_json.h"
#include "method/drive_envelope.h"

static const char *const stores[] = {"drive-envelope/continuous", "drive-envelope/peak"};

static void read_points(const json_t *readings, const char *store, struct mb_envelope_point *points,
                        size_t *ret_count)
{
    const json_t *reading;

    for (*ret_count = 0; *ret_count < MB_ENVELOPE_POINTS_MAX; ++*ret_count) {
        reading = mb_item_reading(readings, store, (int)*ret_count);
        if (!reading)
            return;
        points[*ret_count] = (struct mb_envelope_point){.n_rpm = mb_item_value(reading, "n_rpm"),
                                                        .t_nm = mb_item_value(reading, "t_nm"),
                                                        .held_s = mb_item_value(reading, "held_s"),
                                                        .change_k = mb_item_value(reading, "change_k"),
                                                        .winding_c = mb_item_value(reading, "winding_c")};
    }
}

static size_t read_stall(const json_t *readings, struct mb_stall_point *points)
{
    size_t n = 0;

    for (; n < MB_ENVELOPE_POINTS_MAX; n++) {
        const json_t *reading = mb_item_reading(readings, "drive-envelope/stall", (int)n);

        if (!reading)
            break;
        points[n] = (struct mb_stall_point){.position = mb_item_value(reading, "position"),
                                            .t_nm = mb_item_value(reading, "t_nm")};
    }
    return n;
}

/* Against a declared limit where there is one; what is not declared is not judged. */
static void judge_declared(const struct mb_item_context *context, json_t *findings, const char *quantity,
                           double declared, double value)
{
    if (isfinite(declared) && isfinite(value))
        (void)mb_finding_requirement(context, findings, quantity, NULL, declared, value, NAN);
}

static void give_curve(const char *name, const struct mb_envelope_curve *curve,
                       const struct mb_envelope_curve_result *out, json_t *findings)
{
    char torque[32], power[32];

    (void)snprintf(torque, sizeof torque, "%s-torque", name);
    (void)snprintf(power, sizeof power, "%s-power", name);
    if (out->counted == 0) {
        mb_finding_plain(findings, torque, NAN, "",
                         curve->count ? MB_VERDICT_INCONCLUSIVE : MB_VERDICT_INVALID,
                         curve->count ? "%s torque: none of %zu points counts"
                                      : "%s torque: was not measured (%zu points)",
                         name, curve->count);
        return;
    }
    mb_finding_plain(findings, torque, out->torque_nm, "N m", MB_VERDICT_NOT_APPLICABLE,
                     "%s torque %.4g N m at %.0f r/min, %.2f kW", name, out->torque_nm, out->torque_n_rpm,
                     out->torque_nm * out->torque_n_rpm / 9550);
    mb_finding_plain(findings, power, out->power_w, "W", MB_VERDICT_NOT_APPLICABLE,
                     "%s power %.2f kW at %.0f r/min; %zu of %zu points count", name, out->power_w / 1000,
                     out->power_n_rpm, out->counted, curve->count);
}

static double hottest_c(const struct mb_envelope_curve *curve)
{
    double hottest = NAN;

    for (size_t i = 0; i < curve->count; i++)
        hottest = fmax(hottest, curve->points[i].winding_c);
    return hottest;
}

static void give_stall(const struct mb_item_context *context, const struct mb_envelope_input *in,
                       const struct mb_envelope_result *out, json_t *findings)
{
    if (in->stall_count == 0)
        return;
    mb_finding_plain(findings, "stall-torque", out->stall_nm, "N m", MB_VERDICT_NOT_APPLICABLE,
                     "stall torque %.4g N m, the least of %zu positions, which differ by %.1f %%",
                     out->stall_nm, out->positions, 100 * out->stall_spread);
    (void)mb_finding_requirement(context, findings, "stall-positions", NULL, NAN, (double)out->positions,
                                 NAN);
}

/* Whose least time nobody here has seen [U]: given only. */
static void give_top(const struct mb_envelope_input *in, json_t *findings)
{
    if (isfinite(in->top_n_rpm))
        mb_finding_plain(findings, "maximum-speed", in->top_n_rpm, "r/min", MB_VERDICT_NOT_APPLICABLE,
                         "maximum speed %.0f r/min for %.0f s, declared %.6g r/min: noted", in->top_n_rpm,
                         in->top_held_s, in->speed_max_rpm);
}

static void give_all(const struct mb_item_context *context, const struct mb_envelope_input *in,
                     const struct mb_envelope_result *out, json_t *findings)
{
    const struct mb_findings *reasons = &out->outcome.reasons;

    for (size_t i = 0; i < reasons->count; i++)
        mb_finding_plain(findings, reasons->items[i].word, NAN, "", MB_VERDICT_INVALID, "%s",
                         reasons->items[i].text);
    give_curve("continuous", &in->curves[MB_ENVELOPE_CONTINUOUS], &out->curves[MB_ENVELOPE_CONTINUOUS],
               findings);
    judge_declared(context, findings, "winding-temperature", in->winding_limit_c,
                   hottest_c(&in->curves[MB_ENVELOPE_CONTINUOUS]));
    give_curve("peak", &in->curves[MB_ENVELOPE_PEAK], &out->curves[MB_ENVELOPE_PEAK], findings);
    judge_declared(context, findings, "peak-time", in->peak_time_s, out->curves[MB_ENVELOPE_PEAK].held_s);
    give_stall(context, in, out, findings);
    give_top(in, findings);
}

struct readings {
    struct mb_envelope_point points[MB_ENVELOPE_CURVES][MB_ENVELOPE_POINTS_MAX];
    struct mb_stall_point stall[MB_ENVELOPE_POINTS_MAX];
    struct mb_envelope_result result;
};

int mb_judge_drive(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                   struct mb_error *err)
{
    const struct mb_motor_drive *declared = &context->motor->drive;
    const json_t *top = mb_item_reading(readings, "drive-envelope/maximum-speed", -1);
    struct readings *all = calloc(1, sizeof *all);
    struct mb_envelope_input in = {.top_n_rpm = mb_item_value(top, "n_rpm"),
                                   .top_held_s = mb_item_value(top, "held_s"),
                                   .winding_limit_c = declared->winding_limit_c,
                                   .peak_time_s = declared->peak_time_s,
                                   .speed_max_rpm = declared->speed_max_rpm,
                                   .rise_k = MB_ENVELOPE_RISE_K,
                                   .repeat = MB_ENVELOPE_REPEAT};

    if (!all)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    for (int kind = 0; kind < MB_ENVELOPE_CURVES; kind++) {
        in.curves[kind].points = all->points[kind];
        read_points(readings, stores[kind], all->points[kind], &in.curves[kind].count);
    }
    in.stall = all->stall;
    in.stall_count = read_stall(readings, all->stall);
    mb_drive_envelope_evaluate(&in, &all->result);
    give_all(context, &in, &all->result, findings);
    free(all);
    return 0;
}
