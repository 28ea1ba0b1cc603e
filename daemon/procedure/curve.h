/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A series of accepted readings at descending set points: what the load curve and the no-load curve have in
 * common. */
#pragma once

#include "procedure/acquire.h"

#define MB_CURVE_POINTS_MAX 24

struct mb_curve_params {
    const struct mb_node *points; /* only while the plan is read */
    double percent[MB_CURVE_POINTS_MAX];
    size_t count;
    double fluctuation_power_percent; /* 0: the gates' own */
    char *store;                      /* NULL: the kind's own */
};

struct mb_curve_state {
    size_t index;
    bool begun;
    struct mb_acquire acquire;
};

extern const struct mb_field mb_curve_fields[];
/* Reads and checks the list of points: numbers, highest first. */
int mb_curve_check(const struct mb_node *with, void *params, struct mb_error *err);

void mb_curve_free_params(void *params);

/* Set points of one point. */
struct mb_curve_target {
    double voltage_v, frequency_hz;
    double torque_nm;  /* 0: load machine off */
    double speed_rpm;  /* above 0: the load machine holds it instead of a torque */
    double driven_rpm; /* above 0: the load machine alone turns the motor */
    double percent;    /* what people call the point: of rated load or voltage; 0: its place in the list */
};

struct mb_curve {
    const char *store; /* "load.points" */
    const struct mb_column *columns;
    size_t count;
    double fluctuation_power_percent; /* 0: the gates' own */
    bool with_resistance;             /* values get r_ohm, from the winding sensor */
    void (*target)(const struct mb_step *step, size_t index, struct mb_curve_target *ret);
    void (*name)(const struct mb_step *step, size_t index, json_t *values); /* NULL: the index says enough */
};
enum mb_step_result mb_curve_tick(const struct mb_curve *curve, struct mb_step *step,
                                  struct mb_curve_state *state, const struct mb_snapshot *snapshot);
