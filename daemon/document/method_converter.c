/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sheets of converter-fed motors: points and at of 2-3-A; a sheet of 2-1-1B and converter of 2-3-B. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "document/member_json.h"
#include "document/methods.h"
#include "document/sheet.h"
#include "document/sheet_read.h"
#include "method/harmonic_loss.h"
#include "method/seven_point.h"

/* ------------------------------------------------------------------ 2-3-A */

static const struct mb_field point_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_drive_point, speed_percent, true),
    MB_SHEET_ABOVE_ZERO(mb_drive_point, torque_percent, true),
    MB_SHEET_ANY(mb_drive_point, p1_w, true),
    MB_SHEET_ANY(mb_drive_point, t_nm, true),
    MB_SHEET_ANY(mb_drive_point, n_rpm, true),
    MB_SHEET_ABOVE_ZERO(mb_drive_point, u_v, false),
    MB_SHEET_ABOVE_ZERO(mb_drive_point, i_a, false),
    MB_SHEET_ABOVE_ZERO(mb_drive_point, f_hz, false),
    MB_SHEET_ABOVE_ZERO(mb_drive_point, s_va, false),
    {.key = NULL},
};

static const struct mb_field query_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_plane_query, speed_percent, true),
    MB_SHEET_ABOVE_ZERO(mb_plane_query, torque_percent, true),
    {.key = NULL},
};

static int read_points(const struct mb_node *root, const struct mb_sheet *sheet, void *input,
                       struct mb_error *err)
{
    struct mb_seven_point_input *in = input;
    void *points = NULL, *queries = NULL;
    int r;

    in->rated_power_w = sheet->motor.rated.power_w;
    in->rated_speed_rpm = sheet->motor.rated.speed_rpm;
    r = mb_sheet_points(mb_node_get(root, "points"), point_fields, sizeof *in->points, MB_SEVEN_POINTS,
                        &points, &in->point_count, err);
    in->points = points;
    if (r == 0)
        r = mb_sheet_points(mb_node_get(root, "at"), query_fields, sizeof *in->queries, MB_PLANE_QUERIES_MAX,
                            &queries, &in->query_count, err);
    in->queries = queries;
    return r;
}

static void clear_points(void *input)
{
    struct mb_seven_point_input *in = input;

    free(in->points);
    free(in->queries);
}

static double lowest_torque_nm(const void *input)
{
    const struct mb_seven_point_input *in = input;
    double lowest = INFINITY;

    for (size_t i = 0; i < in->point_count; i++)
        lowest = fmin(lowest, fabs(in->points[i].t_nm));
    return lowest;
}

static void evaluate_points(const void *input, void *result)
{
    mb_seven_point_evaluate(input, result);
}

static const struct mb_member nominal_members[] = {
    MB_MEMBER(mb_drive_point, "speed_percent", speed_percent),
    MB_MEMBER(mb_drive_point, "torque_percent", torque_percent),
    MB_MEMBERS_END,
};

static const struct mb_member query_members[] = {
    MB_MEMBER(mb_plane_query, "speed_percent", speed_percent),
    MB_MEMBER(mb_plane_query, "torque_percent", torque_percent),
    MB_MEMBERS_END,
};

static const struct mb_member drive_members[] = {
    MB_MEMBER(mb_drive_result, "output_w", output_w),
    MB_MEMBER(mb_drive_result, "loss_w", loss_w),
    MB_MEMBER(mb_drive_result, "efficiency", efficiency),
    MB_MEMBERS_END,
};

static int json_points(const void *input, const void *result, json_t *root)
{
    const struct mb_seven_point_input *in = input;
    const struct mb_seven_point_result *out = result;
    const struct mb_member_rows points = {in->points,          out->points,     sizeof *in->points,
                                          sizeof *out->points, in->point_count, nominal_members,
                                          drive_members};
    const struct mb_member_rows at = {in->queries,     out->at,       sizeof *in->queries, sizeof *out->at,
                                      in->query_count, query_members, drive_members};
    int r = json_object_set_new(root, "points", mb_members_list(&points));

    if (json_object_set_new(root, "coefficients_w", mb_members_numbers(out->c, MB_PLANE_COEFFICIENTS)) < 0)
        r = -1;
    if (json_object_set_new(root, "at", mb_members_list(&at)) < 0)
        r = -1;
    return json_object_set_new(root, "rated", mb_members_object(drive_members, &out->rated)) < 0 ? -1 : r;
}

/* rated_load: of the run that made the motor warm; it decides nothing. */
static const char *const point_sections[] = {"points", "at", "rated_load", "torque", NULL};

const struct mb_method_ops mb_method_2_3_a = {
    .id = "2-3-A",
    .sections = point_sections,
    .input_size = sizeof(struct mb_seven_point_input),
    .result_size = sizeof(struct mb_seven_point_result),
    .read = read_points,
    .clear = clear_points,
    .lowest_torque_nm = lowest_torque_nm,
    .evaluate = evaluate_points,
    .json = json_points,
};

/* ------------------------------------------------------------------ 2-3-B */

static int read_losses(const struct mb_node *root, const struct mb_sheet *sheet, void *input,
                       struct mb_error *err)
{
    struct mb_harmonic_loss_input *in = input;
    const struct mb_node *converter = mb_node_get(root, "converter");
    int r;

    in->sinusoidal = sheet->input;
    in->sinusoidal.method = MB_METHOD_2_1_1B;
    in->sinusoidal.form = strncmp(sheet->standard, "IEC", 3) == 0 ? MB_FORM_IEC : MB_FORM_GBT1032;
    r = mb_sheet_sections(root, &in->sinusoidal, err);
    if (r < 0)
        return r;
    if (!converter)
        return mb_node_error(root, err, "'converter' with load and no_load is missing here");
    in->converter = in->sinusoidal;
    in->converter.load = NULL;
    in->converter.no_load = NULL;
    in->converter.cooling = NULL;
    in->converter.load_count = in->converter.no_load_count = in->converter.cooling_count = 0;
    return mb_sheet_sections(converter, &in->converter, err);
}

static void clear_losses(void *input)
{
    struct mb_harmonic_loss_input *in = input;

    mb_sheet_sections_clear(&in->sinusoidal);
    mb_sheet_sections_clear(&in->converter);
}

static void evaluate_losses(const void *input, void *result)
{
    mb_harmonic_loss_evaluate(input, result);
}

#define RESULT(member) MB_MEMBER(mb_harmonic_loss_result, #member, member)

static const struct mb_member harmonic_members[] = {
    RESULT(constant_sinusoidal_w),
    RESULT(constant_converter_w),
    RESULT(harmonic_constant_w),
    RESULT(harmonic_load_w),
    RESULT(harmonic_w),
    RESULT(harmonic_ratio),
    RESULT(total_w),
    RESULT(input_w),
    MB_MEMBERS_END,
};

static const struct mb_member regression_members[] = {
    MB_MEMBER(mb_harmonic_loss_result, "sinusoidal_a", sinusoidal.regression.a_w_per_nm2),
    MB_MEMBER(mb_harmonic_loss_result, "sinusoidal_r", sinusoidal.regression.r),
    MB_MEMBER(mb_harmonic_loss_result, "converter_a", converter.regression.a_w_per_nm2),
    MB_MEMBER(mb_harmonic_loss_result, "converter_r", converter.regression.r),
    MB_MEMBER(mb_harmonic_loss_result, "sinusoidal_total_w", sinusoidal.rated.total_w),
    MB_MEMBER(mb_harmonic_loss_result, "sinusoidal_efficiency", sinusoidal.efficiency),
    MB_MEMBERS_END,
};

static int json_losses(const void *input, const void *result, json_t *root)
{
    int r = json_object_set_new(root, "harmonic", mb_members_object(harmonic_members, result));

    (void)input;
    return json_object_set_new(root, "tests", mb_members_object(regression_members, result)) < 0 ? -1 : r;
}

static const char *const loss_sections[] = {"cold",    "rated_load", "cooling", "load",
                                            "no_load", "converter",  NULL};

const struct mb_method_ops mb_method_2_3_b = {
    .id = "2-3-B",
    .sections = loss_sections,
    .input_size = sizeof(struct mb_harmonic_loss_input),
    .result_size = sizeof(struct mb_harmonic_loss_result),
    .read = read_losses,
    .clear = clear_losses,
    .evaluate = evaluate_losses,
    .json = json_losses,
};
