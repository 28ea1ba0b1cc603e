/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sheets of 2-1-1D and 2-1-1E: cold and no_load as in 2-1-1B, back_to_back. */
#include <math.h>
#include <string.h>

#include "document/member_json.h"
#include "document/methods.h"
#include "document/sheet.h"
#include "document/sheet_read.h"
#include "method/back_to_back.h"
#include "method/edition.h"

struct pair_reading {
    const struct mb_node *runs[MB_PAIR_RUNS];
};

struct run_reading {
    const struct mb_node *motor, *generator;
    double supply_w, coupling_w, coolant_c;
};

static const struct mb_field pair_fields[] = {
    {.key = "forward", .kind = MB_FIELD_NODE, .offset = offsetof(struct pair_reading, runs[MB_PAIR_FORWARD])},
    {.key = "reversed",
     .kind = MB_FIELD_NODE,
     .offset = offsetof(struct pair_reading, runs[MB_PAIR_REVERSED])},
    {.key = NULL},
};

static const struct mb_field run_fields[] = {
    MB_SHEET_NODE(run_reading, motor, true),
    MB_SHEET_NODE(run_reading, generator, true),
    MB_SHEET_ANY(run_reading, supply_w, false),
    MB_SHEET_FROM_ZERO(run_reading, coupling_w, false),
    MB_SHEET_TEMPERATURE(run_reading, coolant_c, true),
    {.key = NULL},
};

static const struct mb_field machine_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_pair_machine, u_v, true),
    MB_SHEET_ABOVE_ZERO(mb_pair_machine, i_a, true),
    MB_SHEET_ANY(mb_pair_machine, p_w, true),
    MB_SHEET_ANY(mb_pair_machine, n_rpm, true),
    MB_SHEET_ABOVE_ZERO(mb_pair_machine, f_hz, true),
    MB_SHEET_ABOVE_ZERO(mb_pair_machine, r_ohm, true),
    {.key = NULL},
};

static int read_run(const struct mb_node *node, struct mb_pair_run *run, struct mb_error *err)
{
    struct run_reading reading = {.supply_w = NAN};
    int r = mb_node_read(node, run_fields, &reading, err);

    if (r == 0)
        r = mb_node_read(reading.motor, machine_fields, &run->motor, err);
    if (r == 0)
        r = mb_node_read(reading.generator, machine_fields, &run->generator, err);
    run->supply_w = reading.supply_w;
    run->coupling_w = reading.coupling_w;
    run->coolant_c = reading.coolant_c;
    return r;
}

static int read(const struct mb_node *root, const struct mb_sheet *sheet, void *input, struct mb_error *err)
{
    const struct mb_node *pair = mb_node_get(root, "back_to_back");
    struct mb_pair_input *in = input;
    struct pair_reading reading = {{NULL}};
    int r;

    in->common = sheet->input;
    in->common.method = MB_METHOD_2_1_1C; /* its rules of a no-load curve: a defect refuses */
    in->common.edition = mb_edition_find(sheet->standard);
    if (in->common.edition)
        in->common.form = in->common.edition->form;
    in->single_supply = strcmp(sheet->method->id, "2-1-1E") == 0;
    r = mb_sheet_sections(root, &in->common, err);
    if (r == 0 && !pair)
        r = mb_node_error(root, err, "'back_to_back' is missing here");
    if (r == 0)
        r = mb_node_read(pair, pair_fields, &reading, err);
    for (int k = 0; r == 0 && k < MB_PAIR_RUNS; k++) {
        in->has_run[k] = reading.runs[k] != NULL;
        r = reading.runs[k] ? read_run(reading.runs[k], &in->runs[k], err) : 0;
    }
    return r;
}

static void clear(void *input)
{
    mb_sheet_sections_clear(&((struct mb_pair_input *)input)->common);
}

static void evaluate(const void *input, void *result)
{
    mb_back_to_back_evaluate(input, result);
}

#define RUN(member) MB_MEMBER(mb_pair_run_result, #member, member)
#define SIDE(member) MB_MEMBER(mb_load_result, #member, member)

static const struct mb_member run_members[] = {
    RUN(loss_w),  RUN(additional_load_w), RUN(winding_c),  RUN(k_theta),
    RUN(total_w), RUN(output_w),          RUN(efficiency), MB_MEMBERS_END,
};

static const struct mb_member side_members[] = {
    SIDE(slip),    SIDE(power_factor),       SIDE(stator_w),          SIDE(inner_voltage_v), SIDE(iron_w),
    SIDE(rotor_w), SIDE(friction_windage_w), SIDE(additional_load_w), MB_MEMBERS_END,
};

static const struct mb_member pair_members[] = {
    MB_MEMBER(mb_pair_result, "no_load_current_a", no_load_current_a),
    MB_MEMBER(mb_pair_result, "friction_windage_w", common.no_load.friction_windage_w),
    MB_MEMBERS_END,
};

static json_t *run_json(const struct mb_pair_run_result *run)
{
    json_t *object = mb_members_object(run_members, run);

    if (json_object_set_new(object, "motor", mb_members_object(side_members, &run->motor)) < 0 ||
        json_object_set_new(object, "generator", mb_members_object(side_members, &run->generator)) < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static int json(const void *input, const void *result, json_t *root)
{
    static const char *const keys[MB_PAIR_RUNS] = {"forward", "reversed"};
    const struct mb_pair_input *in = input;
    const struct mb_pair_result *out = result;
    int r = mb_members_put(root, pair_members, out);

    for (int k = 0; k < MB_PAIR_RUNS; k++)
        if (in->has_run[k] && json_object_set_new(root, keys[k], run_json(&out->runs[k])) < 0)
            r = -1;
    return r;
}

static const char *const section_names[] = {"cold", "no_load", "back_to_back", NULL};

#define OPS(name, label)                                                                                     \
    const struct mb_method_ops name = {                                                                      \
        .id = label,                                                                                         \
        .sections = section_names,                                                                           \
        .input_size = sizeof(struct mb_pair_input),                                                          \
        .result_size = sizeof(struct mb_pair_result),                                                        \
        .read = read,                                                                                        \
        .clear = clear,                                                                                      \
        .evaluate = evaluate,                                                                                \
        .json = json,                                                                                        \
    }

OPS(mb_method_2_1_1d, "2-1-1D");
OPS(mb_method_2_1_1e, "2-1-1E");
