/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sheets of 2-1-2B: cold, open_circuit, short_circuit, rated_load, zero_power_factor, machine. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "document/member_json.h"
#include "document/methods.h"
#include "document/sheet.h"
#include "document/sheet_read.h"
#include "method/synchronous.h"

struct sections {
    const struct mb_node *sheet, *motor, *sample, *cold, *open_circuit, *short_circuit, *zero_power_factor,
        *rated_load, *machine;
};

struct points {
    double r_ohm;
    const struct mb_node *points;
};

static const struct mb_field section_fields[] = {
    MB_SHEET_NODE(sections, sheet, true),
    MB_SHEET_NODE(sections, motor, true),
    MB_SHEET_NODE(sections, sample, false),
    MB_SHEET_NODE(sections, cold, true),
    MB_SHEET_NODE(sections, open_circuit, true),
    MB_SHEET_NODE(sections, short_circuit, true),
    MB_SHEET_NODE(sections, zero_power_factor, false),
    MB_SHEET_NODE(sections, rated_load, true),
    MB_SHEET_NODE(sections, machine, false),
    {.key = NULL},
};

struct cold {
    double resistance_ohm, temperature_c;
};

static const struct mb_field cold_fields[] = {
    MB_SHEET_ABOVE_ZERO(cold, resistance_ohm, true),
    MB_SHEET_TEMPERATURE(cold, temperature_c, true),
    {.key = NULL},
};

static const struct mb_field list_fields[] = {MB_SHEET_NODE(points, points, true), {.key = NULL}};

static const struct mb_field short_fields[] = {
    MB_SHEET_ABOVE_ZERO(points, r_ohm, true),
    MB_SHEET_NODE(points, points, true),
    {.key = NULL},
};

/* What a bench records with the power that turns the machine. */
#define DRIVEN(point)                                                                                        \
    MB_SHEET_ANY(point, t_nm, false), MB_SHEET_ANY(point, n_rpm, false),                                     \
        MB_SHEET_FROM_ZERO(point, excitation_supply_v, false),                                               \
        MB_SHEET_FROM_ZERO(point, excitation_a, false)

static const struct mb_field open_point_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_open_circuit_point, u_v, true),
    MB_SHEET_ANY(mb_open_circuit_point, p_w, true),
    MB_SHEET_ANY(mb_open_circuit_point, i_a, false),
    DRIVEN(mb_open_circuit_point),
    {.key = NULL},
};

static const struct mb_field short_point_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_short_circuit_point, i_a, true),
    MB_SHEET_ANY(mb_short_circuit_point, p_w, true),
    MB_SHEET_ANY(mb_short_circuit_point, u_v, false),
    MB_SHEET_ABOVE_ZERO(mb_short_circuit_point, r_ohm, false),
    DRIVEN(mb_short_circuit_point),
    {.key = NULL},
};

static const struct mb_field zero_point_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_zero_power_factor_point, u_v, true),
    MB_SHEET_ABOVE_ZERO(mb_zero_power_factor_point, i_a, true),
    MB_SHEET_ANY(mb_zero_power_factor_point, p1_w, true),
    MB_SHEET_ABOVE_ZERO(mb_zero_power_factor_point, excitation_a, true),
    MB_SHEET_FROM_ZERO(mb_zero_power_factor_point, excitation_supply_v, false),
    MB_SHEET_ANY(mb_zero_power_factor_point, t_nm, false),
    MB_SHEET_ANY(mb_zero_power_factor_point, n_rpm, false),
    MB_SHEET_ABOVE_ZERO(mb_zero_power_factor_point, f_hz, false),
    MB_SHEET_FROM_ZERO(mb_zero_power_factor_point, s_va, false),
    {.key = NULL},
};

static const struct mb_field load_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_synchronous_reading, u_v, true),
    MB_SHEET_ABOVE_ZERO(mb_synchronous_reading, i_a, true),
    MB_SHEET_ANY(mb_synchronous_reading, p1_w, true),
    MB_SHEET_ANY(mb_synchronous_reading, t_nm, false),
    MB_SHEET_ANY(mb_synchronous_reading, n_rpm, false),
    MB_SHEET_FROM_ZERO(mb_synchronous_reading, excitation_v, false),
    MB_SHEET_FROM_ZERO(mb_synchronous_reading, excitation_supply_v, false),
    MB_SHEET_FROM_ZERO(mb_synchronous_reading, excitation_a, true),
    MB_SHEET_FROM_ZERO(mb_synchronous_reading, exciter_w, false),
    MB_SHEET_TEMPERATURE(mb_synchronous_reading, coolant_c, true),
    MB_SHEET_ABOVE_ZERO(mb_synchronous_reading, r_ohm, true),
    MB_SHEET_ABOVE_ZERO(mb_synchronous_reading, f_hz, false),
    MB_SHEET_FROM_ZERO(mb_synchronous_reading, s_va, false),
    {.key = NULL},
};

struct machine {
    bool brushes;
};

static const struct mb_field machine_fields[] = {
    {.key = "brushes", .kind = MB_FIELD_BOOL, .offset = offsetof(struct machine, brushes)},
    {.key = NULL},
};

/* Whether there are slip rings the section says, else the motor file; of what they are, the motor file. */
static int read_machine(const struct mb_node *node, const struct mb_motor *motor,
                        struct mb_synchronous_input *in, struct mb_error *err)
{
    struct machine m = {.brushes = motor->brushes != MB_BRUSHES_NONE};
    enum mb_brushes stated = motor->brushes == MB_BRUSHES_NONE ? MB_BRUSHES_NOT_STATED : motor->brushes;
    int r = node ? mb_node_read(node, machine_fields, &m, err) : 0;

    in->brush_drop_v = mb_brush_drop_v(m.brushes ? stated : MB_BRUSHES_NONE);
    return r;
}

static int read_curves(const struct sections *s, struct mb_synchronous_input *in, struct mb_error *err)
{
    struct points open = {NAN, NULL}, shorted = {NAN, NULL};
    void *items = NULL;
    int r = mb_node_read(s->open_circuit, list_fields, &open, err);

    if (r == 0)
        r = mb_sheet_points(open.points, open_point_fields, sizeof *in->open, MB_SYNCHRONOUS_POINTS_MAX,
                            &items, &in->open_count, err);
    in->open = items;
    items = NULL;
    if (r == 0)
        r = mb_node_read(s->short_circuit, short_fields, &shorted, err);
    if (r == 0)
        r = mb_sheet_points(shorted.points, short_point_fields, sizeof *in->shorted,
                            MB_SYNCHRONOUS_POINTS_MAX, &items, &in->shorted_count, err);
    in->shorted = items;
    in->short_circuit_r_ohm = shorted.r_ohm;
    return r;
}

static int read_zero(const struct mb_node *section, struct mb_synchronous_input *in, struct mb_error *err)
{
    struct points zero = {NAN, NULL};
    void *items = NULL;
    int r = mb_node_read(section, list_fields, &zero, err);

    if (r == 0)
        r = mb_sheet_points(zero.points, zero_point_fields, sizeof *in->zero, MB_SYNCHRONOUS_POINTS_MAX,
                            &items, &in->zero_count, err);
    in->zero = items;
    in->zero_power_factor = true;
    return r;
}

static int read(const struct mb_node *root, const struct mb_sheet *sheet, void *input, struct mb_error *err)
{
    struct mb_synchronous_input *in = input;
    struct cold cold = {NAN, NAN};
    struct sections s = {0};
    int r = mb_node_read(root, section_fields, &s, err);

    in->rated_voltage_v = sheet->motor.rated.voltage_v;
    in->rated_frequency_hz = sheet->motor.rated.frequency_hz;
    in->poles = sheet->motor.rated.poles;
    in->rated_current_a = sheet->motor.rated.current_a;
    in->k_conductor_k = mb_motor_conductor_k(&sheet->motor);
    in->iron_at_inner_voltage = strncmp(sheet->standard, "IEC", 3) == 0;
    in->load = (struct mb_synchronous_reading){
        .t_nm = NAN, .n_rpm = NAN, .excitation_v = NAN, .excitation_supply_v = NAN, .f_hz = NAN, .s_va = NAN};
    if (r == 0)
        r = mb_node_read(s.cold, cold_fields, &cold, err);
    in->cold_ohm = cold.resistance_ohm;
    in->cold_c = cold.temperature_c;
    if (r == 0)
        r = read_curves(&s, in, err);
    if (r == 0 && s.zero_power_factor)
        r = read_zero(s.zero_power_factor, in, err);
    if (r == 0)
        r = mb_node_read(s.rated_load, load_fields, &in->load, err);
    return r == 0 ? read_machine(s.machine, &sheet->motor, in, err) : r;
}

static void clear(void *input)
{
    struct mb_synchronous_input *in = input;

    free(in->open);
    free(in->shorted);
    free(in->zero);
}

static void evaluate(const void *input, void *result)
{
    mb_synchronous_evaluate(input, result);
}

#define RESULT(member) MB_MEMBER(mb_synchronous_result, #member, member)

static const struct mb_member rated_members[] = {
    RESULT(winding_c), RESULT(k_theta),  RESULT(inner_voltage_v),     RESULT(friction_windage_w),
    RESULT(iron_w),    RESULT(stator_w), RESULT(additional_load_w),   RESULT(excitation_w),
    RESULT(total_w),   RESULT(input_w),  RESULT(additional_exponent), RESULT(open_r),
    MB_MEMBERS_END,
};

static const struct mb_member direct_members[] = {RESULT(efficiency_direct), MB_MEMBERS_END};
#define EXCITATION(member) MB_MEMBER(mb_excitation_result, #member, member)

static const struct mb_member excitation_members[] = {
    EXCITATION(power_factor),
    EXCITATION(air_gap_v_per_a),
    EXCITATION(short_circuit_a),
    EXCITATION(corner_v),
    EXCITATION(corner_a),
    EXCITATION(potier_drop_v),
    EXCITATION(potier_ohm),
    EXCITATION(reaction_a),
    EXCITATION(potier_voltage_v),
    EXCITATION(saturation_a),
    EXCITATION(excitation_potier_a),
    EXCITATION(potier_difference),
    EXCITATION(excitation_asa_a),
    EXCITATION(asa_difference),
    MB_MEMBERS_END,
};

static const struct mb_member open_members[] = {MB_MEMBER(mb_open_circuit_point, "u_v", u_v), MB_MEMBERS_END};
static const struct mb_member short_members[] = {MB_MEMBER(mb_short_circuit_point, "i_a", i_a),
                                                 MB_MEMBERS_END};
static const struct mb_member iron_member[] = {{"iron_w", 0}, MB_MEMBERS_END};
static const struct mb_member additional_member[] = {{"additional_load_w", 0}, MB_MEMBERS_END};

static int json(const void *input, const void *result, json_t *root)
{
    const struct mb_synchronous_input *in = input;
    const struct mb_synchronous_result *out = result;
    const struct mb_member_rows open = {in->open,       out->open_iron_w, sizeof *in->open, sizeof(double),
                                        in->open_count, open_members,     iron_member};
    const struct mb_member_rows shorted = {in->shorted,      out->short_additional_w, sizeof *in->shorted,
                                           sizeof(double),   in->shorted_count,       short_members,
                                           additional_member};
    int r = mb_members_put(root, direct_members, out);

    if (json_object_set_new(root, "rated", mb_members_object(rated_members, out)) < 0)
        r = -1;
    if (json_object_set_new(root, "open_circuit", mb_members_list(&open)) < 0)
        r = -1;
    if (json_object_set_new(root, "short_circuit", mb_members_list(&shorted)) < 0)
        r = -1;
    if (in->zero_power_factor &&
        json_object_set_new(root, "zero_power_factor",
                            mb_members_object(excitation_members, &out->excitation)) < 0)
        r = -1;
    return r;
}

static const char *const section_names[] = {
    "cold", "open_circuit", "short_circuit", "zero_power_factor", "rated_load", "machine", NULL};

const struct mb_method_ops mb_method_2_1_2b = {
    .id = "2-1-2B",
    .sections = section_names,
    .input_size = sizeof(struct mb_synchronous_input),
    .result_size = sizeof(struct mb_synchronous_result),
    .read = read,
    .clear = clear,
    .evaluate = evaluate,
    .json = json,
};
