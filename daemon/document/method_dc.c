/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sheets of d.c. motors: cold, rated_load, load, no_load, brushes. What a bench records of other motors under
 * the same names is taken as well: the resistance between the terminals is the armature's, the voltage of the
 * field's supply that of the field. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "document/member_json.h"
#include "document/methods.h"
#include "document/sheet.h"
#include "document/sheet_read.h"
#include "method/dc.h"

struct sections {
    const struct mb_node *sheet, *motor, *sample, *cold, *rated_load, *load, *no_load, *machine, *torque;
};

struct machine {
    int brushes; /* above carbon; -1: as the motor file says */
    bool compensated;
    double brush_drop_v;
};

static const struct mb_field section_fields[] = {
    MB_SHEET_NODE(sections, sheet, true),      MB_SHEET_NODE(sections, motor, true),
    MB_SHEET_NODE(sections, sample, false),    MB_SHEET_NODE(sections, cold, false),
    MB_SHEET_NODE(sections, rated_load, true), MB_SHEET_NODE(sections, no_load, false),
    MB_SHEET_NODE(sections, machine, false),   MB_SHEET_NODE(sections, load, false),
    MB_SHEET_NODE(sections, torque, false),    {.key = NULL},
};

static const struct mb_field cold_fields[] = {
    {.key = "armature_ohm",
     .kind = MB_FIELD_NUMBER,
     .offset = offsetof(struct mb_dc_input, cold_ohm),
     .exclusive_minimum = true,
     .maximum = DBL_MAX},
    {.key = "resistance_ohm",
     .kind = MB_FIELD_NUMBER,
     .offset = offsetof(struct mb_dc_input, cold_ohm),
     .exclusive_minimum = true,
     .maximum = DBL_MAX},
    {.key = "temperature_c",
     .kind = MB_FIELD_NUMBER,
     .offset = offsetof(struct mb_dc_input, cold_c),
     .required = true,
     .minimum = MB_ABSOLUTE_ZERO_C,
     .exclusive_minimum = true,
     .maximum = 1e4},
    {.key = NULL},
};

static const struct mb_field load_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_dc_reading, u_v, true),
    MB_SHEET_FROM_ZERO(mb_dc_reading, i_a, true),
    MB_SHEET_ANY(mb_dc_reading, n_rpm, true),
    MB_SHEET_ANY(mb_dc_reading, p1_w, false),
    MB_SHEET_ANY(mb_dc_reading, t_nm, false),
    MB_SHEET_FROM_ZERO(mb_dc_reading, excitation_v, false),
    MB_SHEET_FROM_ZERO(mb_dc_reading, excitation_a, false),
    MB_SHEET_TEMPERATURE(mb_dc_reading, coolant_c, false),
    MB_SHEET_ABOVE_ZERO(mb_dc_reading, armature_ohm, false),
    {.key = "excitation_supply_v",
     .kind = MB_FIELD_NUMBER,
     .offset = offsetof(struct mb_dc_reading, excitation_v),
     .maximum = DBL_MAX},
    {.key = "r_ohm",
     .kind = MB_FIELD_NUMBER,
     .offset = offsetof(struct mb_dc_reading, armature_ohm),
     .exclusive_minimum = true,
     .maximum = DBL_MAX},
    {.key = NULL},
};

static const struct mb_field point_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_dc_load_point, load_percent, false),
    MB_SHEET_ABOVE_ZERO(mb_dc_load_point, u_v, true),
    MB_SHEET_FROM_ZERO(mb_dc_load_point, i_a, true),
    MB_SHEET_ANY(mb_dc_load_point, p1_w, false),
    MB_SHEET_ANY(mb_dc_load_point, t_nm, true),
    MB_SHEET_ANY(mb_dc_load_point, n_rpm, true),
    MB_SHEET_FROM_ZERO(mb_dc_load_point, excitation_v, false),
    {.key = "excitation_supply_v",
     .kind = MB_FIELD_NUMBER,
     .offset = offsetof(struct mb_dc_load_point, excitation_v),
     .maximum = DBL_MAX},
    MB_SHEET_FROM_ZERO(mb_dc_load_point, excitation_a, false),
    {.key = NULL},
};

static const struct mb_field no_load_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_dc_no_load_point, u_v, true),
    MB_SHEET_FROM_ZERO(mb_dc_no_load_point, i_a, true),
    MB_SHEET_ANY(mb_dc_no_load_point, p0_w, false),
    MB_SHEET_ANY(mb_dc_no_load_point, n_rpm, false),
    {.key = NULL},
};

static const struct mb_field machine_fields[] = {
    {.key = "brushes",
     .kind = MB_FIELD_CHOICE,
     .offset = offsetof(struct machine, brushes),
     .choices = mb_brush_names + MB_BRUSHES_CARBON},
    {.key = "compensated", .kind = MB_FIELD_BOOL, .offset = offsetof(struct machine, compensated)},
    MB_SHEET_FROM_ZERO(machine, brush_drop_v, false),
    {.key = NULL},
};

static void start(const struct mb_sheet *sheet, struct mb_dc_input *in)
{
    *in = (struct mb_dc_input){
        .by_losses = strcmp(sheet->method->id, "2-1-3C") == 0,
        .rated_power_w = sheet->motor.rated.power_w,
        .rated_voltage_v = sheet->motor.rated.voltage_v,
        .rated_current_a = sheet->motor.rated.current_a,
        .rated_speed_rpm = sheet->motor.rated.speed_rpm,
        .k_conductor_k = mb_motor_conductor_k(&sheet->motor),
        .cold_ohm = NAN,
        .cold_c = NAN,
        .load = {.p1_w = NAN, .t_nm = NAN, .coolant_c = NAN, .armature_ohm = NAN},
    };
}

/* What the section machine does not say the motor file does; not stated there: carbon. */
static int read_machine(const struct mb_node *node, const struct mb_motor *motor, struct mb_dc_input *in,
                        struct mb_error *err)
{
    struct machine m = {.brushes = -1, .compensated = motor->compensated, .brush_drop_v = NAN};
    int r = node ? mb_node_read(node, machine_fields, &m, err) : 0;

    m.brushes = m.brushes < 0 ? motor->brushes : MB_BRUSHES_CARBON + m.brushes;
    in->brush_drop_v = isnan(m.brush_drop_v) ? mb_brush_drop_v((enum mb_brushes)m.brushes) : m.brush_drop_v;
    in->allowance = m.compensated ? MB_DC_ALLOWANCE_COMPENSATED : MB_DC_ALLOWANCE;
    return r;
}

static int read(const struct mb_node *root, const struct mb_sheet *sheet, void *input, struct mb_error *err)
{
    struct mb_dc_input *in = input;
    struct sections s = {0};
    void *no_load = NULL, *points = NULL;
    int r = mb_node_read(root, section_fields, &s, err);

    start(sheet, in);
    if (r == 0)
        r = read_machine(s.machine, &sheet->motor, in, err);
    if (r == 0 && s.cold)
        r = mb_node_read(s.cold, cold_fields, in, err);
    if (r == 0 && s.cold && isnan(in->cold_ohm))
        r = mb_node_error(s.cold, err, "'armature_ohm' is missing here");
    if (r == 0)
        r = mb_node_read(s.rated_load, load_fields, &in->load, err);
    if (r == 0)
        r = mb_sheet_points(mb_node_get(s.no_load, "points"), no_load_fields, sizeof *in->no_load,
                            MB_DC_POINTS_MAX, &no_load, &in->no_load_count, err);
    in->no_load = no_load;
    if (r == 0)
        r = mb_sheet_points(mb_node_get(s.load, "points"), point_fields, sizeof *in->points, MB_DC_POINTS_MAX,
                            &points, &in->point_count, err);
    in->points = points;
    return r;
}

static void clear(void *input)
{
    struct mb_dc_input *in = input;

    free(in->no_load);
    free(in->points);
}

/* 2-1-3C computes without. */
static double lowest_torque_nm(const void *input)
{
    const struct mb_dc_input *in = input;
    double lowest = in->by_losses ? NAN : fabs(in->load.t_nm);

    for (size_t i = 0; i < in->point_count && !in->by_losses; i++)
        lowest = fmin(lowest, fabs(in->points[i].t_nm));
    return lowest;
}

static void evaluate(const void *input, void *result)
{
    mb_dc_evaluate(input, result);
}

#define RESULT(member) MB_MEMBER(mb_dc_result, #member, member)

static const struct mb_member rated_members[] = {
    RESULT(armature_c),
    RESULT(armature_reference_ohm),
    RESULT(inner_voltage_v),
    RESULT(constant_w),
    RESULT(friction_windage_w),
    RESULT(armature_w),
    RESULT(brush_w),
    RESULT(additional_load_w),
    RESULT(excitation_w),
    RESULT(total_w),
    RESULT(input_w),
    RESULT(output_w),
    MB_MEMBERS_END,
};

static const struct mb_member efficiency_members[] = {
    RESULT(efficiency_direct),
    RESULT(efficiency_losses),
    MB_MEMBERS_END,
};

static const struct mb_member point_members[] = {
    MB_MEMBER(mb_dc_no_load_point, "u_v", u_v),
    MB_MEMBER(mb_dc_no_load_point, "i_a", i_a),
    MB_MEMBERS_END,
};

static const struct mb_member constant_members[] = {{"constant_w", 0}, MB_MEMBERS_END};

#define POINT(member) MB_MEMBER(mb_dc_load_point, #member, member)

static const struct mb_member load_members[] = {
    POINT(load_percent), POINT(u_v), POINT(i_a), POINT(p1_w), POINT(t_nm), POINT(n_rpm), MB_MEMBERS_END,
};

static const struct mb_member load_result_members[] = {
    {"output_w", 0},
    {"efficiency", sizeof(double)},
    MB_MEMBERS_END,
};

static int json(const void *input, const void *result, json_t *root)
{
    const struct mb_dc_input *in = input;
    const struct mb_dc_result *out = result;
    const struct mb_member_rows rows = {
        in->no_load,       out->no_load_constant_w, sizeof *in->no_load, sizeof *out->no_load_constant_w,
        in->no_load_count, point_members,           constant_members};
    const struct mb_member_rows load = {in->points,          out->points,     sizeof *in->points,
                                        sizeof *out->points, in->point_count, load_members,
                                        load_result_members};
    int r = mb_members_put(root, efficiency_members, out);

    if (in->point_count > 0 && json_object_set_new(root, "load_points", mb_members_list(&load)) < 0)
        r = -1;
    if (json_object_set_new(root, "rated", mb_members_object(rated_members, out)) < 0)
        r = -1;
    return json_object_set_new(root, "no_load_points", mb_members_list(&rows)) < 0 ? -1 : r;
}

static const char *const section_names[] = {"cold",    "rated_load", "load", "no_load",
                                            "machine", "torque",     NULL};

#define OPS(name, label)                                                                                     \
    const struct mb_method_ops name = {                                                                      \
        .id = label,                                                                                         \
        .sections = section_names,                                                                           \
        .input_size = sizeof(struct mb_dc_input),                                                            \
        .result_size = sizeof(struct mb_dc_result),                                                          \
        .read = read,                                                                                        \
        .clear = clear,                                                                                      \
        .lowest_torque_nm = lowest_torque_nm,                                                                \
        .evaluate = evaluate,                                                                                \
        .json = json,                                                                                        \
    }

OPS(mb_method_2_1_3a, "2-1-3A");
OPS(mb_method_2_1_3c, "2-1-3C");
