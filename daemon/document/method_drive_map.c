/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sheets of an electric-vehicle drive: map. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "document/member_json.h"
#include "document/methods.h"
#include "document/number_json.h"
#include "document/sheet.h"
#include "document/sheet_read.h"
#include "method/drive_map.h"

struct map {
    double threshold;
    const struct mb_node *points;
};

static const struct mb_field map_fields[] = {
    {.key = "threshold",
     .kind = MB_FIELD_NUMBER,
     .offset = offsetof(struct map, threshold),
     .exclusive_minimum = true,
     .maximum = 1},
    MB_SHEET_NODE(map, points, true),
    {.key = NULL},
};

static const struct mb_field point_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_map_point, n_rpm, true),
    MB_SHEET_ANY(mb_map_point, t_nm, true),
    MB_SHEET_ABOVE_ZERO(mb_map_point, udc_v, false),
    MB_SHEET_ANY(mb_map_point, idc_a, false),
    MB_SHEET_ANY(mb_map_point, pdc_w, false),
    MB_SHEET_ANY(mb_map_point, pac_w, false),
    MB_SHEET_ANY(mb_map_point, p1_w, false),
    MB_SHEET_ANY(mb_map_point, u_v, false),
    MB_SHEET_ANY(mb_map_point, i_a, false),
    MB_SHEET_ANY(mb_map_point, f_hz, false),
    MB_SHEET_ANY(mb_map_point, s_va, false),
    MB_SHEET_ANY(mb_map_point, speed_percent, false),
    MB_SHEET_ANY(mb_map_point, torque_percent, false),
    {.key = NULL},
};

static int read(const struct mb_node *root, const struct mb_sheet *sheet, void *input, struct mb_error *err)
{
    const struct mb_node *node = mb_node_get(root, "map");
    struct map map = {.threshold = MB_MAP_THRESHOLD};
    struct mb_drive_map_input *in = input;
    void *points = NULL;
    int r =
        node ? mb_node_read(node, map_fields, &map, err) : mb_node_error(root, err, "'map' is missing here");

    if (r == 0)
        r = mb_sheet_points(map.points, point_fields, sizeof *in->points, MB_MAP_POINTS_MAX, &points,
                            &in->count, err);
    in->points = points;
    in->threshold = map.threshold;
    in->complete_grid = strstr(sheet->standard, "2015") != NULL;
    return r;
}

static void clear(void *input)
{
    free((void *)((struct mb_drive_map_input *)input)->points);
}

static void evaluate(const void *input, void *result)
{
    mb_drive_map_evaluate(input, result);
}

static const struct mb_member reading_members[] = {
    MB_MEMBER(mb_map_point, "n_rpm", n_rpm),
    MB_MEMBER(mb_map_point, "t_nm", t_nm),
    MB_MEMBERS_END,
};

static const struct mb_member point_members[] = {
    MB_MEMBER(mb_map_result_point, "speed_rpm", speed_rpm),
    MB_MEMBER(mb_map_result_point, "shaft_w", shaft_w),
    MB_MEMBER(mb_map_result_point, "motor", motor),
    MB_MEMBER(mb_map_result_point, "controller", controller),
    MB_MEMBER(mb_map_result_point, "system", system),
    MB_MEMBERS_END,
};

static const struct mb_member summary_members[] = {
    MB_MEMBER(mb_map_summary, "best", best),
    MB_MEMBER(mb_map_summary, "best_n_rpm", best_n_rpm),
    MB_MEMBER(mb_map_summary, "best_t_nm", best_t_nm),
    MB_MEMBER(mb_map_summary, "share", share),
    MB_MEMBERS_END,
};

/* The share by count means nothing without the grid that was counted. */
static json_t *summary_json(const struct mb_drive_map_input *in, const struct mb_drive_map_result *out)
{
    return json_pack("{s:f, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "threshold", in->threshold, "speeds",
                     (int)out->speeds, "torques_least", (int)out->torques_least, "udc_mean_v",
                     mb_json_number(out->udc_mean_v), "udc_spread", mb_json_number(out->udc_spread), "motor",
                     mb_members_object(summary_members, &out->motor), "controller",
                     mb_members_object(summary_members, &out->controller), "system",
                     mb_members_object(summary_members, &out->system));
}

static int json(const void *input, const void *result, json_t *root)
{
    const struct mb_drive_map_input *in = input;
    const struct mb_drive_map_result *out = result;
    const struct mb_member_rows rows = {in->points, out->points,     sizeof *in->points, sizeof *out->points,
                                        in->count,  reading_members, point_members};
    int r = json_object_set_new(root, "map", summary_json(in, out));

    return json_object_set_new(root, "points", mb_members_list(&rows)) < 0 ? -1 : r;
}

/* A temperature rise of the same run (edition of 2015) leaves its own sections; a map takes nothing of them.
 */
static const char *const section_names[] = {"map", "cold", "rated_load", "cooling", NULL};

const struct mb_method_ops mb_method_ev_map = {
    .id = "ev-map",
    .sections = section_names,
    .input_size = sizeof(struct mb_drive_map_input),
    .result_size = sizeof(struct mb_drive_map_result),
    .read = read,
    .clear = clear,
    .evaluate = evaluate,
    .json = json,
};
