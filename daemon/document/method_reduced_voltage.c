/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sheets of G1: cold, cooling and no_load as in 2-1-1B, reduced_voltage. */
#include <math.h>
#include <stdlib.h>

#include "document/member_json.h"
#include "document/methods.h"
#include "document/sheet.h"
#include "document/sheet_read.h"
#include "method/edition.h"
#include "method/reduced_voltage.h"

struct reduced_reading {
    double coolant_c;
    double r_before_ohm, r_after_ohm; /* of points that have none of their own */
    const struct mb_node *points;
};

static const struct mb_field reduced_fields[] = {
    MB_SHEET_TEMPERATURE(reduced_reading, coolant_c, true),
    MB_SHEET_ABOVE_ZERO(reduced_reading, r_before_ohm, false),
    MB_SHEET_ABOVE_ZERO(reduced_reading, r_after_ohm, false),
    MB_SHEET_NODE(reduced_reading, points, true),
    {.key = NULL},
};

static const struct mb_field point_fields[] = {
    MB_SHEET_FROM_ZERO(mb_reduced_point, load_percent, true),
    MB_SHEET_ABOVE_ZERO(mb_reduced_point, u_v, true),
    MB_SHEET_ABOVE_ZERO(mb_reduced_point, i_a, true),
    MB_SHEET_ANY(mb_reduced_point, p1_w, true),
    MB_SHEET_ANY(mb_reduced_point, n_rpm, true),
    MB_SHEET_ABOVE_ZERO(mb_reduced_point, f_hz, true),
    MB_SHEET_ABOVE_ZERO(mb_reduced_point, r_ohm, false),
    MB_SHEET_ANY(mb_reduced_point, t_nm, false),
    MB_SHEET_ANY(mb_reduced_point, s_va, false),
    {.key = NULL},
};

static int read(const struct mb_node *root, const struct mb_sheet *sheet, void *input, struct mb_error *err)
{
    const struct mb_node *reduced = mb_node_get(root, "reduced_voltage");
    struct mb_reduced_input *in = input;
    struct reduced_reading reading = {NAN, NAN, NAN, NULL};
    void *points = NULL;
    int r;

    in->common = sheet->input;
    in->common.method = MB_METHOD_2_1_1C;
    in->common.edition = mb_edition_find(sheet->standard);
    r = mb_sheet_sections(root, &in->common, err);
    if (r == 0 && !reduced)
        r = mb_node_error(root, err, "'reduced_voltage' is missing here");
    if (r == 0)
        r = mb_node_read(reduced, reduced_fields, &reading, err);
    if (r == 0)
        r = mb_sheet_points(reading.points, point_fields, sizeof *in->points, MB_REDUCED_POINTS_MAX, &points,
                            &in->point_count, err);
    in->points = points;
    in->coolant_c = reading.coolant_c;
    in->common.load_r_before_ohm = reading.r_before_ohm;
    in->common.load_r_after_ohm = reading.r_after_ohm;
    return r;
}

static void clear(void *input)
{
    struct mb_reduced_input *in = input;

    mb_sheet_sections_clear(&in->common);
    free((void *)in->points);
}

static void evaluate(const void *input, void *result)
{
    mb_reduced_evaluate(input, result);
}

#define COMMON(key, member) MB_MEMBER(mb_reduced_result, key, common.member)
#define POINT(member) MB_MEMBER(mb_reduced_result_point, #member, member)

static const struct mb_member winding_members[] = {
    COMMON("resistance_hot_ohm", winding.resistance_hot_ohm),
    COMMON("temperature_c", winding.temperature_c),
    COMMON("k_theta", winding.k_theta),
    MB_MEMBERS_END,
};

static const struct mb_member rated_members[] = {
    COMMON("slip", rated.slip),
    COMMON("stator_w", rated.stator_w),
    COMMON("rotor_w", rated.rotor_w),
    COMMON("iron_w", rated.iron_w),
    COMMON("friction_windage_w", rated.friction_windage_w),
    COMMON("additional_load_w", rated.additional_load_w),
    COMMON("total_w", rated.total_w),
    COMMON("input_w", rated.input_w),
    COMMON("allowance", additional.fraction),
    MB_MEMBERS_END,
};

static const struct mb_member efficiency_members[] = {
    COMMON("efficiency_at_rated_output", efficiency_at_rated_output),
    MB_MEMBERS_END,
};

static const struct mb_member reading_members[] = {
    MB_MEMBER(mb_reduced_point, "load_percent", load_percent),
    MB_MEMBERS_END,
};

static const struct mb_member point_members[] = {
    POINT(voltage_ratio),
    POINT(reactive_no_load_a),
    POINT(reactive_no_load_reduced_a),
    POINT(i_a),
    POINT(p1_w),
    POINT(slip),
    POINT(stator_w),
    POINT(iron_w),
    POINT(rotor_w),
    POINT(friction_windage_w),
    POINT(additional_load_w),
    POINT(efficiency),
    MB_MEMBERS_END,
};

static int json(const void *input, const void *result, json_t *root)
{
    const struct mb_reduced_input *in = input;
    const struct mb_reduced_result *out = result;
    const struct mb_member_rows rows = {in->points,          out->points,     sizeof *in->points,
                                        sizeof *out->points, in->point_count, reading_members,
                                        point_members};
    int r = mb_members_put(root, efficiency_members, out);

    if (json_object_set_new(root, "winding", mb_members_object(winding_members, out)) < 0 ||
        json_object_set_new(root, "points", mb_members_list(&rows)) < 0 ||
        json_object_set_new(root, "rated", mb_members_object(rated_members, out)) < 0)
        r = -1;
    return r;
}

static const char *const section_names[] = {"cold", "cooling", "no_load", "reduced_voltage", NULL};

const struct mb_method_ops mb_method_g1 = {
    .id = "G1",
    .sections = section_names,
    .input_size = sizeof(struct mb_reduced_input),
    .result_size = sizeof(struct mb_reduced_result),
    .read = read,
    .clear = clear,
    .evaluate = evaluate,
    .json = json,
};
