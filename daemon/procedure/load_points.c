/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `load-points`: accepted readings at points of any voltage, frequency, torque or speed, in the order of the
 * plan. Another frequency is switched to with the outputs off: a source changes it safely only so. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "procedure/curve.h"
#include "procedure/kinds.h"

/* Percent of the rated values. NAN: not given. */
struct point {
    double voltage_percent, frequency_percent, speed_percent, torque_percent;
};

#define POINTS_MAX 400 /* a map of 20 speeds of 20 torques */

struct params {
    char *store;
    const struct mb_node *list, *speeds, *torques; /* only while the plan is read */
    struct point points[POINTS_MAX];
    size_t count;
    double fluctuation_power_percent; /* 0: the gates' own */
    double timeout_s;                 /* to run up */
    /* Loads are those of rated voltage, applied at this part of it with the torque that has the same slip. */
    double reduced_voltage_percent;
};

struct state {
    struct mb_curve_state curve;
    struct step_frequency source;
};

static const struct mb_field fields[] = {
    {"store", MB_FIELD_STRING, offsetof(struct params, store), .required = true},
    {"points", MB_FIELD_NODE, offsetof(struct params, list)},
    {"speeds_percent", MB_FIELD_NODE, offsetof(struct params, speeds)},
    {"torques_percent", MB_FIELD_NODE, offsetof(struct params, torques)},
    {"fluctuation_power_percent", MB_FIELD_NUMBER, offsetof(struct params, fluctuation_power_percent),
     .maximum = 20},
    {"reduced_voltage_percent", MB_FIELD_NUMBER, offsetof(struct params, reduced_voltage_percent),
     .minimum = 30, .maximum = 100},
    {"timeout_s", MB_FIELD_NUMBER, offsetof(struct params, timeout_s), .minimum = 1, .maximum = 3600},
    {0},
};

#define PERCENT(member, least)                                                                               \
    {                                                                                                        \
#member, MB_FIELD_NUMBER, offsetof(struct point, member), .minimum = (least), .maximum = 200         \
    }
static const struct mb_field point_fields[] = {
    PERCENT(voltage_percent, 1),
    PERCENT(frequency_percent, 1),
    PERCENT(speed_percent, 1),
    PERCENT(torque_percent, 0),
    {0},
};
#undef PERCENT

static void defaults(void *params)
{
    *(struct params *)params = (struct params){.timeout_s = 120, .reduced_voltage_percent = 100};
}

static int read_point(const struct mb_node *node, struct point *ret, struct mb_error *err)
{
    struct point p = {NAN, NAN, NAN, NAN};
    int r = mb_node_read(node, point_fields, &p, err);

    if (r < 0)
        return r;
    if (isnan(p.speed_percent) && isnan(p.torque_percent))
        return mb_node_error(node, err, "a point needs speed_percent or torque_percent");
    if (!isnan(p.frequency_percent) && !isnan(p.speed_percent) && !isnan(p.torque_percent))
        return mb_node_error(node, err,
                             "a point has two of frequency_percent, speed_percent and torque_percent: the "
                             "motor finds the third");
    *ret = p;
    return 0;
}

static bool is_list(const struct mb_node *node)
{
    return node && node->kind == MB_NODE_LIST && node->count > 0 && node->count <= POINTS_MAX;
}

static int read_list(const struct mb_node *with, struct params *p, struct mb_error *err)
{
    int r = 0;

    if (!is_list(p->list))
        return mb_node_error(with, err, "points: a list of 1 to %d points is expected", POINTS_MAX);
    p->count = p->list->count;
    for (size_t i = 0; r == 0 && i < p->count; i++)
        r = read_point(&p->list->items[i], &p->points[i], err);
    return r;
}

/* Every torque at each speed, so that the frequency changes as seldom as it can. */
static int read_grid(const struct mb_node *with, struct params *p, struct mb_error *err)
{
    int r = 0;

    if (p->list || !is_list(p->speeds) || !is_list(p->torques) ||
        p->speeds->count * p->torques->count > POINTS_MAX)
        return mb_node_error(
            with, err,
            "instead of points: speeds_percent and torques_percent, two lists of numbers for "
            "1 to %d points",
            POINTS_MAX);
    p->count = p->speeds->count * p->torques->count;
    for (size_t i = 0; r == 0 && i < p->count; i++) {
        p->points[i] = (struct point){NAN, NAN, NAN, NAN};
        r = mb_node_number(&p->speeds->items[i / p->torques->count], 1, 200, &p->points[i].speed_percent,
                           err);
        if (r == 0)
            r = mb_node_number(&p->torques->items[i % p->torques->count], 0, 200,
                               &p->points[i].torque_percent, err);
    }
    return r;
}

static int check(const struct mb_node *with, void *params, struct mb_error *err)
{
    struct params *p = params;
    int r = p->speeds || p->torques ? read_grid(with, p, err) : read_list(with, p, err);

    p->list = p->speeds = p->torques = NULL;
    return r;
}

static void free_params(void *params)
{
    free(((struct params *)params)->store);
}

/* Speed and torque given: the frequency that brings the motor there. */
static double frequency_percent(const struct mb_motor *motor, const struct point *point)
{
    if (!isnan(point->frequency_percent))
        return point->frequency_percent;
    if (isnan(point->speed_percent) || isnan(point->torque_percent) ||
        !(mb_motor_synchronous_speed(motor) > 0))
        return 100;
    return step_frequency_percent(motor, point->speed_percent, point->torque_percent);
}

/* Voltage not given: with the frequency, up to the rated one. At equal slip the torque goes with its square.
 */
static void target(const struct mb_step *step, size_t index, struct mb_curve_target *ret)
{
    const struct params *params = step->plan->params;
    const struct point *point = &params->points[index];
    double reduced = params->reduced_voltage_percent / 100;
    const struct mb_motor *m = step->data->motor;
    double percent = frequency_percent(m, point);
    double voltage = isnan(point->voltage_percent) ? fmin(percent, 100) : point->voltage_percent;

    *ret = (struct mb_curve_target){.voltage_v = m->rated.voltage_v * reduced * voltage / 100,
                                    .frequency_hz = m->rated.frequency_hz * percent / 100};
    if (isnan(point->torque_percent))
        ret->speed_rpm = m->rated.speed_rpm * point->speed_percent / 100;
    else
        ret->torque_nm = step->data->rated_torque_nm * reduced * reduced * point->torque_percent / 100;
    if (isnan(point->speed_percent))
        ret->percent = point->torque_percent;
}

/* The load of a load curve; of a point at another speed both, as the plan has them. */
static void name(const struct mb_step *step, size_t index, json_t *values)
{
    const struct point *point = &((const struct params *)step->plan->params)->points[index];

    if (!isnan(point->speed_percent))
        (void)json_object_set_new(values, "speed_percent", json_real(point->speed_percent));
    if (!isnan(point->torque_percent))
        (void)json_object_set_new(values, isnan(point->speed_percent) ? "load_percent" : "torque_percent",
                                  json_real(point->torque_percent));
}

static enum mb_step_result begin(struct mb_step *step)
{
    struct state *s = step->state;

    s->source.on = s->source.up = step->services->energised(step->userdata);
    s->source.frequency_hz = step->data->motor->rated.frequency_hz; /* as a start leaves it */
    return step_measure(step, MB_BENCH_RUNNING);
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct mb_curve curve = {
        .store = p->store,
        .columns = mb_load_columns,
        .count = p->count,
        .fluctuation_power_percent = p->fluctuation_power_percent,
        .with_resistance = true,
        .target = target,
        .name = name,
    };
    struct state *s = step->state;
    struct mb_curve_target t;
    enum mb_step_result r;

    if (!s->curve.begun) {
        target(step, s->curve.index, &t);
        r = step_to_frequency(step, snapshot, &s->source,
                              &(struct step_source){t.frequency_hz, t.voltage_v, p->timeout_s});
        if (r != MB_STEP_GOES_ON || !s->source.up)
            return r;
    }
    return mb_curve_tick(&curve, step, &s->curve, snapshot);
}

const struct mb_step_kind mb_step_load_points = {
    .name = "load-points",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .check = check,
    .free_params = free_params,
    .begin = begin,
    .tick = tick,
};
