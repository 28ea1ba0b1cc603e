/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "document/sheet_read.h"
#include "method/parts.h"

struct cold_reading {
    double resistance_ohm, temperature_c;
};

#define EXCITATION(s)                                                                                        \
    MB_SHEET_FROM_ZERO(s, excitation_v, false), MB_SHEET_FROM_ZERO(s, excitation_supply_v, false),           \
        MB_SHEET_FROM_ZERO(s, excitation_a, false)

struct sweep_reading { /* load and no_load */
    double r_before_ohm, r_after_ohm;
    const struct mb_node *points;
};

struct constant_reading {
    double iron_w, friction_windage_w;
};

static const struct mb_field cold_fields[] = {
    MB_SHEET_ABOVE_ZERO(cold_reading, resistance_ohm, true),
    MB_SHEET_TEMPERATURE(cold_reading, temperature_c, true),
    {.key = NULL},
};

static const struct mb_field rated_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_rated_reading, u_v, true),
    MB_SHEET_FROM_ZERO(mb_rated_reading, i_a, true),
    MB_SHEET_ANY(mb_rated_reading, p1_w, true),
    MB_SHEET_ANY(mb_rated_reading, t_nm, false),
    MB_SHEET_ANY(mb_rated_reading, n_rpm, true),
    MB_SHEET_ABOVE_ZERO(mb_rated_reading, f_hz, true),
    MB_SHEET_TEMPERATURE(mb_rated_reading, coolant_c, false),
    MB_SHEET_FROM_ZERO(mb_rated_reading, s_va, false),
    MB_SHEET_FROM_ZERO(mb_rated_reading, main_a, false),
    MB_SHEET_FROM_ZERO(mb_rated_reading, auxiliary_a, false),
    MB_SHEET_FROM_ZERO(mb_rated_reading, capacitor_v, false),
    EXCITATION(mb_rated_reading),
    {.key = NULL},
};

static const struct mb_field cooling_fields[] = {
    MB_SHEET_FROM_ZERO(mb_cooling_reading, t_s, true),
    MB_SHEET_ABOVE_ZERO(mb_cooling_reading, r_ohm, true),
    {.key = NULL},
};

static const struct mb_field sweep_fields[] = {
    MB_SHEET_ABOVE_ZERO(sweep_reading, r_before_ohm, false),
    MB_SHEET_ABOVE_ZERO(sweep_reading, r_after_ohm, false),
    MB_SHEET_NODE(sweep_reading, points, false),
    {.key = NULL},
};

static const struct mb_field load_fields[] = {
    MB_SHEET_FROM_ZERO(mb_load_point, load_percent, false),
    MB_SHEET_ABOVE_ZERO(mb_load_point, u_v, true),
    MB_SHEET_FROM_ZERO(mb_load_point, i_a, true),
    MB_SHEET_ANY(mb_load_point, p1_w, true),
    MB_SHEET_ANY(mb_load_point, t_nm, false),
    MB_SHEET_ANY(mb_load_point, n_rpm, true),
    MB_SHEET_ABOVE_ZERO(mb_load_point, f_hz, true),
    MB_SHEET_FROM_ZERO(mb_load_point, s_va, false),
    MB_SHEET_ABOVE_ZERO(mb_load_point, r_ohm, false),
    MB_SHEET_FROM_ZERO(mb_load_point, main_a, false),
    MB_SHEET_FROM_ZERO(mb_load_point, auxiliary_a, false),
    MB_SHEET_FROM_ZERO(mb_load_point, capacitor_v, false),
    EXCITATION(mb_load_point),
    {.key = NULL},
};

static const struct mb_field no_load_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_no_load_point, u_v, true),    MB_SHEET_FROM_ZERO(mb_no_load_point, i_a, true),
    MB_SHEET_ANY(mb_no_load_point, p0_w, true),          MB_SHEET_ANY(mb_no_load_point, n_rpm, false),
    MB_SHEET_ABOVE_ZERO(mb_no_load_point, f_hz, false),  MB_SHEET_FROM_ZERO(mb_no_load_point, s_va, false),
    MB_SHEET_ABOVE_ZERO(mb_no_load_point, r_ohm, false), {.key = NULL},
};

static const struct mb_field windings_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_windings, main_cold_ohm, true),
    MB_SHEET_ABOVE_ZERO(mb_windings, auxiliary_cold_ohm, true),
    MB_SHEET_TEMPERATURE(mb_windings, cold_c, true),
    MB_SHEET_ABOVE_ZERO(mb_windings, main_hot_ohm, true),
    MB_SHEET_ABOVE_ZERO(mb_windings, auxiliary_hot_ohm, true),
    {.key = NULL},
};

static const struct mb_field constant_fields[] = {
    MB_SHEET_FROM_ZERO(constant_reading, iron_w, true),
    MB_SHEET_FROM_ZERO(constant_reading, friction_windage_w, true),
    {.key = NULL},
};

void mb_sheet_sections_init(struct mb_efficiency_input *input)
{
    *input = (struct mb_efficiency_input){
        .rated_speed_rpm = NAN,
        .cold_resistance_ohm = NAN,
        .cold_temperature_c = NAN,
        .rated_load = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN},
        .load_r_before_ohm = NAN,
        .load_r_after_ohm = NAN,
        .no_load_r_before_ohm = NAN,
        .no_load_r_after_ohm = NAN,
        .constant_iron_w = NAN,
        .constant_friction_windage_w = NAN,
    };
}

/* The optional numbers of a point must read NAN, not 0, where they are absent. */
static void mark_absent(const struct mb_node *point, const struct mb_field *fields, void *target)
{
    for (const struct mb_field *f = fields; f->key; f++)
        if (f->kind == MB_FIELD_NUMBER && !mb_node_get(point, f->key))
            *(double *)((char *)target + f->offset) = NAN;
}

int mb_sheet_points(const struct mb_node *list, const struct mb_field *fields, size_t size, size_t max,
                    void **ret, size_t *ret_count, struct mb_error *err)
{
    void *items = NULL;
    size_t count = 0;
    int r = list ? mb_node_read_list(list, fields, size, max, NULL, &items, &count, err) : 0;

    if (r < 0)
        return r;
    for (size_t i = 0; i < count; i++)
        mark_absent(&list->items[i], fields, (char *)items + i * size);
    *ret = items;
    *ret_count = count;
    return 0;
}

static int read_cold(const struct mb_node *node, struct mb_efficiency_input *input, struct mb_error *err)
{
    struct cold_reading cold = {NAN, NAN};
    int r = mb_node_read(node, cold_fields, &cold, err);

    if (r < 0)
        return r;
    input->cold_resistance_ohm = cold.resistance_ohm;
    input->cold_temperature_c = cold.temperature_c;
    return 0;
}

static int read_rated_load(const struct mb_node *node, struct mb_efficiency_input *input,
                           struct mb_error *err)
{
    int r = mb_node_read(node, rated_fields, &input->rated_load, err);

    if (r >= 0 && isnan(input->rated_load.t_nm) && mb_has_residual(input))
        r = mb_node_error(node, err, "'t_nm' is missing here");
    if (r >= 0)
        input->has_rated_load = true;
    return r;
}

static int read_cooling(const struct mb_node *node, struct mb_efficiency_input *input, struct mb_error *err)
{
    void *items = NULL;
    int r = mb_sheet_points(node, cooling_fields, sizeof *input->cooling, MB_COOLING_MAX, &items,
                            &input->cooling_count, err);

    input->cooling = items;
    return r;
}

/* 2-1-1C and its kin do without a torque; only 2-1-1B asks for the nominal load. */
static int need_of_point(const struct mb_node *point, const struct mb_load_point *p,
                         const struct mb_efficiency_input *input, struct mb_error *err)
{
    if (isnan(p->t_nm) && mb_has_residual(input))
        return mb_node_error(point, err, "'t_nm' is missing here");
    if (isnan(p->load_percent) && input->method == MB_METHOD_2_1_1B)
        return mb_node_error(point, err, "load_percent is missing, 2-1-1B needs it in each load point");
    return 0;
}

static int need_of_points(const struct mb_node *points, const struct mb_efficiency_input *input,
                          struct mb_error *err)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < input->load_count; i++)
        r = need_of_point(&points->items[i], &input->load[i], input, err);
    return r;
}

static int read_load(const struct mb_node *node, struct mb_efficiency_input *input, struct mb_error *err)
{
    struct sweep_reading sweep = {NAN, NAN, NULL};
    void *items = NULL;
    int r = mb_node_read(node, sweep_fields, &sweep, err);

    if (r < 0)
        return r;
    input->load_r_before_ohm = sweep.r_before_ohm;
    input->load_r_after_ohm = sweep.r_after_ohm;
    r = mb_sheet_points(sweep.points, load_fields, sizeof *input->load, MB_LOAD_POINTS_MAX, &items,
                        &input->load_count, err);
    input->load = items;
    return r < 0 ? r : need_of_points(sweep.points, input, err);
}

static int read_no_load(const struct mb_node *node, struct mb_efficiency_input *input, struct mb_error *err)
{
    struct sweep_reading sweep = {NAN, NAN, NULL};
    void *items = NULL;
    int r = mb_node_read(node, sweep_fields, &sweep, err);

    if (r < 0)
        return r;
    input->no_load_r_before_ohm = sweep.r_before_ohm;
    input->no_load_r_after_ohm = sweep.r_after_ohm;
    r = mb_sheet_points(sweep.points, no_load_fields, sizeof *input->no_load, MB_NO_LOAD_POINTS_MAX, &items,
                        &input->no_load_count, err);
    input->no_load = items;
    return r;
}

static int read_constant(const struct mb_node *node, struct mb_efficiency_input *input, struct mb_error *err)
{
    struct constant_reading constant = {NAN, NAN};
    int r = mb_node_read(node, constant_fields, &constant, err);

    if (r < 0)
        return r;
    input->constant_iron_w = constant.iron_w;
    input->constant_friction_windage_w = constant.friction_windage_w;
    return 0;
}

static int read_windings(const struct mb_node *node, struct mb_efficiency_input *input, struct mb_error *err)
{
    if (input->phases != 1)
        return mb_node_error(node, err, "windings belongs to single-phase motors");
    input->has_windings = true;
    return mb_node_read(node, windings_fields, &input->windings, err);
}

int mb_sheet_sections(const struct mb_node *root, struct mb_efficiency_input *input, struct mb_error *err)
{
    static const struct {
        const char *key;
        int (*read)(const struct mb_node *node, struct mb_efficiency_input *input, struct mb_error *err);
    } sections[] = {
        {"cold", read_cold},         {"rated_load", read_rated_load}, {"cooling", read_cooling},
        {"load", read_load},         {"no_load", read_no_load},       {"constant", read_constant},
        {"windings", read_windings},
    };
    const struct mb_node *constant = mb_node_get(root, "constant");

    if (constant && mb_node_get(root, "no_load"))
        return mb_node_error(constant, err, "constant stands instead of no_load, the sheet has both");
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        const struct mb_node *node = mb_node_get(root, sections[i].key);
        int r = node ? sections[i].read(node, input, err) : 0;

        if (r < 0)
            return r;
    }
    return 0;
}

void mb_sheet_sections_clear(struct mb_efficiency_input *input)
{
    free((void *)input->cooling);
    free((void *)input->load);
    free((void *)input->no_load);
}

struct stray_reading {
    double r_ohm, winding_c;
    const struct mb_node *points;
};

static const struct mb_field stray_fields[] = {
    MB_SHEET_ABOVE_ZERO(stray_reading, r_ohm, true),
    MB_SHEET_TEMPERATURE(stray_reading, winding_c, false),
    MB_SHEET_NODE(stray_reading, points, true),
    {.key = NULL},
};

static const struct mb_field removed_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_stray_point, u_v, true),
    MB_SHEET_ABOVE_ZERO(mb_stray_point, i_a, true),
    MB_SHEET_ANY(mb_stray_point, p1_w, true),
    MB_SHEET_TEMPERATURE(mb_stray_point, winding_c, false),
    {.key = NULL},
};

static const struct mb_field reverse_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_stray_point, u_v, true),
    MB_SHEET_ABOVE_ZERO(mb_stray_point, i_a, true),
    MB_SHEET_ANY(mb_stray_point, p1_w, true),
    MB_SHEET_ANY(mb_stray_point, shaft_w, true),
    MB_SHEET_ANY(mb_stray_point, shaft_friction_w, true),
    MB_SHEET_TEMPERATURE(mb_stray_point, winding_c, false),
    {.key = NULL},
};

int mb_sheet_stray(const struct mb_node *node, bool reverse, struct mb_stray_test *test, struct mb_error *err)
{
    struct stray_reading reading = {NAN, NAN, NULL};
    void *points = NULL;
    size_t count = 0;
    int r = mb_node_read(node, stray_fields, &reading, err);

    if (r == 0)
        r = mb_sheet_points(reading.points, reverse ? reverse_fields : removed_fields, sizeof *test->removed,
                            MB_STRAY_POINTS_MAX, &points, &count, err);
    *(reverse ? &test->reverse : &test->removed) = points;
    *(reverse ? &test->reverse_count : &test->removed_count) = count;
    *(reverse ? &test->reverse_r_ohm : &test->removed_r_ohm) = reading.r_ohm;
    *(reverse ? &test->reverse_winding_c : &test->removed_winding_c) = reading.winding_c;
    return r;
}
