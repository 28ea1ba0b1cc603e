/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sheets of the torques of synchronous motors that no efficiency is found from: synchronous-torque. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "document/member_json.h"
#include "document/methods.h"
#include "document/number_json.h"
#include "document/sheet.h"
#include "document/sheet_read.h"
#include "method/synchronous_torque.h"

/* As far as the sheet has them. */
struct sections {
    const struct mb_node *back_emf, *cogging, *pull_out, *pull_in, *pull_up;
};

static const struct mb_field section_fields[] = {
    MB_SHEET_NODE(sections, back_emf, false), MB_SHEET_NODE(sections, cogging, false),
    MB_SHEET_NODE(sections, pull_out, false), MB_SHEET_NODE(sections, pull_in, false),
    MB_SHEET_NODE(sections, pull_up, false),  {.key = NULL},
};

struct back_emf_reading {
    double u_v, u12_v, u23_v, u31_v, n_rpm;
};

static const struct mb_field back_emf_fields[] = {
    MB_SHEET_ABOVE_ZERO(back_emf_reading, u_v, true),   MB_SHEET_FROM_ZERO(back_emf_reading, u12_v, false),
    MB_SHEET_FROM_ZERO(back_emf_reading, u23_v, false), MB_SHEET_FROM_ZERO(back_emf_reading, u31_v, false),
    MB_SHEET_ABOVE_ZERO(back_emf_reading, n_rpm, true), {.key = NULL},
};

struct cogging_reading {
    double u_t_nm;
    const struct mb_node *points;
};

static const struct mb_field cogging_fields[] = {
    MB_SHEET_ABOVE_ZERO(cogging_reading, u_t_nm, false),
    MB_SHEET_NODE(cogging_reading, points, true),
    {.key = NULL},
};

static const struct mb_field angle_fields[] = {
    MB_SHEET_FROM_ZERO(mb_cogging_point, angle_deg, true),
    MB_SHEET_ANY(mb_cogging_point, t_nm, true),
    {.key = NULL},
};

static const struct mb_field pull_out_fields[] = {
    MB_SHEET_ABOVE_ZERO(mb_pull_out_point, u_v, true),
    MB_SHEET_ANY(mb_pull_out_point, t_nm, true),
    MB_SHEET_FROM_ZERO(mb_pull_out_point, n_rpm, true),
    MB_SHEET_ABOVE_ZERO(mb_pull_out_point, f_hz, true),
    {.key = NULL},
};

static const struct mb_field attempt_fields[] = {
    {.key = "in_step",
     .kind = MB_FIELD_BOOL,
     .offset = offsetof(struct mb_pull_in_attempt, in_step),
     .required = true},
    MB_SHEET_FROM_ZERO(mb_pull_in_attempt, u_v, true),
    MB_SHEET_FROM_ZERO(mb_pull_in_attempt, t_nm, true),
    {.key = NULL},
};

static const char *const branches[] = {
    [MB_SWEEP_STEADY] = "steady", [MB_SWEEP_DOWN] = "down", [MB_SWEEP_UP] = "up", NULL};

/* The reader fills an int. */
struct sweep_reading {
    int branch;
    double u_v, t_nm, n_rpm;
};

static const struct mb_field sweep_fields[] = {
    {.key = "branch",
     .kind = MB_FIELD_CHOICE,
     .offset = offsetof(struct sweep_reading, branch),
     .required = true,
     .choices = branches},
    MB_SHEET_ABOVE_ZERO(sweep_reading, u_v, true),
    MB_SHEET_ANY(sweep_reading, t_nm, true),
    MB_SHEET_FROM_ZERO(sweep_reading, n_rpm, true),
    {.key = NULL},
};

static int read_back_emf(const struct mb_node *node, struct mb_synchronous_input *in, struct mb_error *err)
{
    struct back_emf_reading reading = {.u12_v = NAN, .u23_v = NAN, .u31_v = NAN};
    int r = node ? mb_node_read(node, back_emf_fields, &reading, err) : 0;

    in->has_back_emf = node && r == 0;
    in->back_emf =
        (struct mb_back_emf_input){reading.u_v, {reading.u12_v, reading.u23_v, reading.u31_v}, reading.n_rpm};
    return r;
}

static int read_cogging(const struct mb_node *node, struct mb_synchronous_input *in, struct mb_error *err)
{
    struct cogging_reading reading = {.u_t_nm = NAN};
    void *points = NULL;
    int r = node ? mb_node_read(node, cogging_fields, &reading, err) : 0;

    if (r == 0)
        r = mb_sheet_points(reading.points, angle_fields, sizeof *in->cogging, MB_COGGING_POINTS_MAX, &points,
                            &in->cogging_count, err);
    in->cogging = points;
    in->cogging_uncertainty_nm = reading.u_t_nm;
    return r;
}

static int read_pull_up(const struct mb_node *list, struct mb_synchronous_input *in, struct mb_error *err)
{
    void *readings = NULL;
    size_t count = 0;
    int r = mb_sheet_points(list, sweep_fields, sizeof(struct sweep_reading), MB_SWEEP_POINTS_MAX, &readings,
                            &count, err);
    const struct sweep_reading *from = readings;
    struct mb_sweep_point *points = count > 0 ? calloc(count, sizeof *points) : NULL;

    if (r == 0 && count > 0 && !points)
        r = mb_error_set(err, -ENOMEM, "not enough memory");
    for (size_t i = 0; points && i < count; i++)
        points[i] = (struct mb_sweep_point){(enum mb_sweep_branch)from[i].branch, from[i].u_v, from[i].t_nm,
                                            from[i].n_rpm};
    in->pull_up = points;
    in->pull_up_count = points ? count : 0;
    free(readings);
    return r;
}

static int read(const struct mb_node *root, const struct mb_sheet *sheet, void *input, struct mb_error *err)
{
    const struct mb_node *node = mb_node_get(root, "synchronous");
    const struct mb_motor *motor = &sheet->motor;
    struct mb_synchronous_input *in = input;
    struct sections s = {NULL};
    void *points = NULL;
    int r = node ? mb_node_read(node, section_fields, &s, err)
                 : mb_node_error(root, err, "'synchronous' is missing here");

    in->rated_voltage_v = motor->rated.voltage_v;
    in->rated_nm = mb_motor_torque_nm(motor, motor->rated.speed_rpm);
    in->poles = motor->rated.poles;
    in->synchronous_rpm = mb_motor_synchronous_speed(motor);
    if (r == 0)
        r = read_back_emf(s.back_emf, in, err);
    if (r == 0)
        r = read_cogging(s.cogging, in, err);
    if (r == 0)
        r = mb_sheet_points(s.pull_out, pull_out_fields, sizeof *in->pull_out, MB_PULL_POINTS_MAX, &points,
                            &in->pull_out_count, err);
    in->pull_out = points;
    points = NULL;
    if (r == 0)
        r = mb_sheet_points(s.pull_in, attempt_fields, sizeof *in->pull_in, MB_PULL_POINTS_MAX, &points,
                            &in->pull_in_count, err);
    in->pull_in = points;
    return r == 0 ? read_pull_up(s.pull_up, in, err) : r;
}

static void clear(void *input)
{
    struct mb_synchronous_input *in = input;

    free((void *)in->cogging);
    free((void *)in->pull_out);
    free((void *)in->pull_in);
    free((void *)in->pull_up);
}

static void evaluate(const void *input, void *result)
{
    mb_synchronous_torque_evaluate(input, result);
}

static const struct mb_member back_emf_members[] = {
    MB_MEMBER(mb_back_emf_result, "u_v", rated_v),
    MB_MEMBER(mb_back_emf_result, "ke_v_s_per_rad", ke_v_s_per_rad),
    MB_MEMBER(mb_back_emf_result, "ke_v_per_krpm", ke_v_per_krpm),
    MB_MEMBERS_END,
};

static const struct mb_member cogging_members[] = {
    MB_MEMBER(mb_cogging_result, "peak_to_peak_nm", peak_to_peak_nm),
    MB_MEMBER(mb_cogging_result, "drag_nm", drag_nm),
    MB_MEMBER(mb_cogging_result, "accuracy_nm", accuracy_nm),
    MB_MEMBERS_END,
};

static const struct mb_member pull_out_members[] = {
    MB_MEMBER(mb_pull_out_result, "torque_nm", torque_nm),
    MB_MEMBERS_END,
};

static const struct mb_member pull_in_members[] = {
    MB_MEMBER(mb_pull_in_result, "torque_nm", torque_nm),
    MB_MEMBER(mb_pull_in_result, "failed_nm", failed_nm),
    MB_MEMBERS_END,
};

static const struct mb_member pull_up_members[] = {
    MB_MEMBER(mb_pull_up_result, "torque_nm", torque_nm),
    MB_MEMBER(mb_pull_up_result, "n_rpm", n_rpm),
    MB_MEMBERS_END,
};

/* Nothing of a test that was not read. per_rated: the torque in multiples of the rated one. 0 or -1. */
static int put(json_t *root, const char *key, bool is_read, const struct mb_member *members, const void *from,
               double per_rated)
{
    json_t *object = is_read ? mb_members_object(members, from) : NULL;

    if (!is_read)
        return 0;
    if (isfinite(per_rated) && object)
        (void)json_object_set_new(object, "torque_ratio", mb_json_number(per_rated));
    return json_object_set_new(root, key, object);
}

static int json(const void *input, const void *result, json_t *root)
{
    const struct mb_synchronous_input *in = input;
    const struct mb_synchronous_result *out = result;

    return put(root, "back_emf", in->has_back_emf, back_emf_members, &out->back_emf, NAN) < 0 ||
                   put(root, "cogging", in->cogging_count > 0, cogging_members, &out->cogging, NAN) < 0 ||
                   put(root, "pull_out", in->pull_out_count > 0, pull_out_members, &out->pull_out,
                       out->pull_out.torque_nm / in->rated_nm) < 0 ||
                   put(root, "pull_in", in->pull_in_count > 0, pull_in_members, &out->pull_in,
                       out->pull_in.torque_nm / in->rated_nm) < 0 ||
                   put(root, "pull_up", in->pull_up_count > 0, pull_up_members, &out->pull_up,
                       out->pull_up.torque_nm / in->rated_nm) < 0
               ? -1
               : 0;
}

static const char *const section_names[] = {"synchronous", NULL};

const struct mb_method_ops mb_method_synchronous_torque = {
    .id = "synchronous-torque",
    .sections = section_names,
    .input_size = sizeof(struct mb_synchronous_input),
    .result_size = sizeof(struct mb_synchronous_result),
    .read = read,
    .clear = clear,
    .evaluate = evaluate,
    .json = json,
};
