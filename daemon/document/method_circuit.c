/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sheets of 2-1-1H: cold and no_load as in 2-1-1B, locked_rotor, circuit. */
#include <math.h>
#include <stddef.h>

#include "document/member_json.h"
#include "document/methods.h"
#include "document/sheet.h"
#include "document/sheet_read.h"
#include "method/circuit.h"

#define ROTOR_K_ALUMINIUM_K 225.0
#define X1_OVER_X2_DEFAULT 1.0 /* design N */

static const struct mb_field locked_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_locked_reading, u_v, true),   MB_SHEET_ABOVE_ZERO(mb_locked_reading, i_a, true),
    MB_SHEET_ANY(mb_locked_reading, p_w, true),          MB_SHEET_ABOVE_ZERO(mb_locked_reading, f_hz, true),
    MB_SHEET_ABOVE_ZERO(mb_locked_reading, r_ohm, true), {.key = NULL},
};

static const struct mb_field circuit_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_circuit_input, x1_over_x2, false),
    MB_SHEET_TEMPERATURE(mb_circuit_input, winding_c, false),
    MB_SHEET_ABOVE_ZERO(mb_circuit_input, rotor_k_k, false),
    {.key = NULL},
};

static int read(const struct mb_node *root, const struct mb_sheet *sheet, void *input, struct mb_error *err)
{
    const struct mb_node *locked = mb_node_get(root, "locked_rotor"), *circuit = mb_node_get(root, "circuit");
    struct mb_circuit_input *in = input;
    int r;

    in->common = sheet->input;
    in->common.method = MB_METHOD_2_1_1C; /* its rules of a no-load curve: a defect refuses */
    in->x1_over_x2 = X1_OVER_X2_DEFAULT;
    in->rotor_k_k = ROTOR_K_ALUMINIUM_K;
    in->winding_c = mb_assumed_winding_c(sheet->motor.rated.thermal_class);
    r = mb_sheet_sections(root, &in->common, err);
    if (r == 0 && !locked)
        r = mb_node_error(root, err, "'locked_rotor' is missing here");
    if (r == 0)
        r = mb_node_read(locked, locked_fields, &in->locked, err);
    return r == 0 && circuit ? mb_node_read(circuit, circuit_fields, in, err) : r;
}

static void clear(void *input)
{
    mb_sheet_sections_clear(&((struct mb_circuit_input *)input)->common);
}

static void evaluate(const void *input, void *result)
{
    mb_circuit_evaluate(input, result);
}

#define RESULT(member) MB_MEMBER(mb_circuit_result, #member, member)

static const struct mb_member circuit_members[] = {
    RESULT(r1_ohm), RESULT(x1_ohm),   RESULT(r2_ohm),        RESULT(x2_ohm),
    RESULT(xm_ohm), RESULT(iron_ohm), RESULT(locked_r2_ohm), MB_MEMBERS_END,
};

#define POINT(member) MB_MEMBER(mb_circuit_point, #member, member)

static const struct mb_member point_members[] = {
    POINT(slip),
    POINT(i_a),
    POINT(power_factor),
    POINT(torque_nm),
    POINT(input_w),
    POINT(output_w),
    POINT(stator_w),
    POINT(rotor_w),
    POINT(iron_w),
    POINT(friction_windage_w),
    POINT(additional_load_w),
    POINT(total_w),
    POINT(efficiency),
    MB_MEMBERS_END,
};

static const struct mb_member load_members[] = {
    MB_MEMBER(mb_circuit_load, "load_percent", load_percent),
    MB_MEMBERS_END,
};

static int json(const void *input, const void *result, json_t *root)
{
    const struct mb_circuit_result *out = result;
    const struct mb_member_rows rows = {mb_circuit_loads,   out->loads,       sizeof *mb_circuit_loads,
                                        sizeof *out->loads, MB_CIRCUIT_LOADS, load_members,
                                        point_members};
    int r = json_object_set_new(root, "circuit", mb_members_object(circuit_members, result));

    (void)input;
    if (json_object_set_new(root, "points", mb_members_list(&rows)) < 0)
        r = -1;
    return json_object_set_new(root, "rated", mb_members_object(point_members, &out->rated)) < 0 ? -1 : r;
}

static const char *const section_names[] = {"cold", "no_load", "locked_rotor", "circuit", NULL};

const struct mb_method_ops mb_method_2_1_1h = {
    .id = "2-1-1H",
    .sections = section_names,
    .input_size = sizeof(struct mb_circuit_input),
    .result_size = sizeof(struct mb_circuit_result),
    .read = read,
    .clear = clear,
    .evaluate = evaluate,
    .json = json,
};
