/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sheets of the torques of an electric-vehicle drive: envelope. What is declared stands in motor.drive. */
#include <math.h>
#include <stdlib.h>

#include "document/member_json.h"
#include "document/methods.h"
#include "document/number_json.h"
#include "document/sheet.h"
#include "document/sheet_read.h"
#include "method/drive_envelope.h"

struct sections {
    const struct mb_node *continuous, *peak, *stall, *maximum_speed;
    double rise_k, repeat;
};

static const struct mb_field section_fields[] = {
    MB_SHEET_NODE(sections, continuous, false),
    MB_SHEET_NODE(sections, peak, false),
    MB_SHEET_NODE(sections, stall, false),
    MB_SHEET_NODE(sections, maximum_speed, false),
    MB_SHEET_ABOVE_ZERO(sections, rise_k, false),
    MB_SHEET_ABOVE_ZERO(sections, repeat, false),
    {.key = NULL},
};

static const struct mb_field point_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_envelope_point, n_rpm, true),
    MB_SHEET_ANY(mb_envelope_point, t_nm, true),
    MB_SHEET_FROM_ZERO(mb_envelope_point, held_s, false),
    MB_SHEET_FROM_ZERO(mb_envelope_point, change_k, false),
    MB_SHEET_TEMPERATURE(mb_envelope_point, winding_c, false),
    MB_SHEET_TEMPERATURE(mb_envelope_point, coolant_c, false),
    MB_SHEET_ANY(mb_envelope_point, p1_w, false),
    MB_SHEET_ANY(mb_envelope_point, u_v, false),
    MB_SHEET_ANY(mb_envelope_point, i_a, false),
    MB_SHEET_ANY(mb_envelope_point, f_hz, false),
    MB_SHEET_ANY(mb_envelope_point, s_va, false),
    {.key = NULL},
};

static const struct mb_field stall_fields[] = {
    MB_SHEET_FROM_ZERO(mb_stall_point, position, true), MB_SHEET_ANY(mb_stall_point, t_nm, true),
    MB_SHEET_ANY(mb_stall_point, u_v, false),           MB_SHEET_ANY(mb_stall_point, i_a, false),
    MB_SHEET_ANY(mb_stall_point, p_w, false),           {.key = NULL},
};

static const struct mb_field top_fields[] = {
    {.key = "n_rpm",
     .kind = MB_FIELD_NUMBER,
     .offset = offsetof(struct mb_envelope_input, top_n_rpm),
     .required = true,
     .maximum = DBL_MAX},
    {.key = "held_s",
     .kind = MB_FIELD_NUMBER,
     .offset = offsetof(struct mb_envelope_input, top_held_s),
     .required = true,
     .maximum = DBL_MAX},
    {.key = NULL},
};

static int read_points(const struct mb_node *list, struct mb_envelope_curve *curve, struct mb_error *err)
{
    void *points = NULL;
    int r = mb_sheet_points(list, point_fields, sizeof *curve->points, MB_ENVELOPE_POINTS_MAX, &points,
                            &curve->count, err);

    curve->points = points;
    return r;
}

static int read(const struct mb_node *root, const struct mb_sheet *sheet, void *input, struct mb_error *err)
{
    const struct mb_node *node = mb_node_get(root, "envelope");
    struct sections s = {.rise_k = MB_ENVELOPE_RISE_K, .repeat = MB_ENVELOPE_REPEAT};
    const struct mb_motor_drive *declared = &sheet->motor.drive;
    struct mb_envelope_input *in = input;
    void *stall = NULL;
    int r = node ? mb_node_read(node, section_fields, &s, err)
                 : mb_node_error(root, err, "'envelope' is missing here");

    in->winding_limit_c = declared->winding_limit_c;
    in->peak_time_s = declared->peak_time_s;
    in->speed_max_rpm = declared->speed_max_rpm;
    in->rise_k = s.rise_k;
    in->repeat = s.repeat;
    in->top_n_rpm = in->top_held_s = NAN;
    if (r == 0)
        r = read_points(s.continuous, &in->curves[MB_ENVELOPE_CONTINUOUS], err);
    if (r == 0)
        r = read_points(s.peak, &in->curves[MB_ENVELOPE_PEAK], err);
    if (r == 0)
        r = mb_sheet_points(s.stall, stall_fields, sizeof *in->stall, MB_ENVELOPE_POINTS_MAX, &stall,
                            &in->stall_count, err);
    in->stall = stall;
    if (r == 0 && s.maximum_speed)
        r = mb_node_read(s.maximum_speed, top_fields, in, err);
    return r;
}

static void clear(void *input)
{
    struct mb_envelope_input *in = input;

    for (int kind = 0; kind < MB_ENVELOPE_CURVES; kind++)
        free((void *)in->curves[kind].points);
    free((void *)in->stall);
}

static double lowest_torque_nm(const void *input)
{
    const struct mb_envelope_input *in = input;
    double lowest = INFINITY;

    for (int kind = 0; kind < MB_ENVELOPE_CURVES; kind++)
        for (size_t i = 0; i < in->curves[kind].count; i++)
            lowest = fmin(lowest, fabs(in->curves[kind].points[i].t_nm));
    for (size_t i = 0; i < in->stall_count; i++)
        lowest = fmin(lowest, fabs(in->stall[i].t_nm));
    return lowest;
}

static void evaluate(const void *input, void *result)
{
    mb_drive_envelope_evaluate(input, result);
}

static const struct mb_member reading_members[] = {
    MB_MEMBER(mb_envelope_point, "n_rpm", n_rpm),
    MB_MEMBER(mb_envelope_point, "t_nm", t_nm),
    MB_MEMBER(mb_envelope_point, "winding_c", winding_c),
    MB_MEMBERS_END,
};

static const struct mb_member result_members[] = {
    MB_MEMBER(mb_envelope_result_point, "torque_nm", torque_nm),
    MB_MEMBER(mb_envelope_result_point, "power_w", power_w),
    MB_MEMBER(mb_envelope_result_point, "spread", spread),
    MB_MEMBERS_END,
};

static const struct mb_member curve_members[] = {
    MB_MEMBER(mb_envelope_curve_result, "torque_nm", torque_nm),
    MB_MEMBER(mb_envelope_curve_result, "torque_n_rpm", torque_n_rpm),
    MB_MEMBER(mb_envelope_curve_result, "power_w", power_w),
    MB_MEMBER(mb_envelope_curve_result, "power_n_rpm", power_n_rpm),
    MB_MEMBER(mb_envelope_curve_result, "held_s", held_s),
    MB_MEMBER(mb_envelope_curve_result, "spread", spread),
    MB_MEMBERS_END,
};

static json_t *curve_json(const struct mb_envelope_curve *in, const struct mb_envelope_curve_result *out)
{
    const struct mb_member_rows rows = {in->points, out->points,     sizeof *in->points, sizeof *out->points,
                                        in->count,  reading_members, result_members};
    json_t *curve = mb_members_object(curve_members, out), *list = mb_members_list(&rows), *point;
    size_t i;

    json_array_foreach(list, i, point)(void)
        json_object_set_new(point, "counts", json_boolean(out->points[i].counts));
    if (json_object_set_new(curve, "points", list) < 0) {
        json_decref(curve);
        return NULL;
    }
    return curve;
}

static const struct mb_member declared_members[] = {
    MB_MEMBER(mb_envelope_input, "winding_limit_c", winding_limit_c),
    MB_MEMBER(mb_envelope_input, "peak_time_s", peak_time_s),
    MB_MEMBER(mb_envelope_input, "speed_max_rpm", speed_max_rpm),
    MB_MEMBER(mb_envelope_input, "rise_k", rise_k),
    MB_MEMBER(mb_envelope_input, "repeat", repeat),
    MB_MEMBERS_END,
};

static const struct mb_member top_members[] = {
    MB_MEMBER(mb_envelope_input, "n_rpm", top_n_rpm),
    MB_MEMBER(mb_envelope_input, "held_s", top_held_s),
    MB_MEMBERS_END,
};

static int json(const void *input, const void *result, json_t *root)
{
    const struct mb_envelope_input *in = input;
    const struct mb_envelope_result *out = result;
    json_t *members = json_pack(
        "{s:o, s:o, s:o, s:{s:i, s:o, s:o}, s:o}", "envelope", mb_members_object(declared_members, in),
        "continuous", curve_json(&in->curves[MB_ENVELOPE_CONTINUOUS], &out->curves[MB_ENVELOPE_CONTINUOUS]),
        "peak", curve_json(&in->curves[MB_ENVELOPE_PEAK], &out->curves[MB_ENVELOPE_PEAK]), "stall",
        "positions", (int)out->positions, "torque_nm", mb_json_number(out->stall_nm), "spread",
        mb_json_number(out->stall_spread), "maximum_speed", mb_members_object(top_members, in));
    int r = members ? json_object_update(root, members) : -1;

    json_decref(members);
    return r;
}

static const char *const section_names[] = {"envelope", "torque", NULL};

const struct mb_method_ops mb_method_ev_envelope = {
    .id = "ev-envelope",
    .sections = section_names,
    .input_size = sizeof(struct mb_envelope_input),
    .result_size = sizeof(struct mb_envelope_result),
    .read = read,
    .clear = clear,
    .lowest_torque_nm = lowest_torque_nm,
    .evaluate = evaluate,
    .json = json,
};
