/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One accepted reading: hold the set point, wait until it stands, average a window, look at the gates, repeat
 * if one is broken. A reading outside a gate is an invalid reading, never a failed motor (procedures 0.4). */
#pragma once

#include "bench/window.h"
#include "procedure/step.h"

struct mb_acquire {
    double voltage_v, torque_nm, frequency_hz; /* targets; torque 0: load machine off */
    double speed_rpm;                          /* held by the load machine; 0: it holds the torque */
    bool driven;                               /* the load machine alone turns the motor at speed_rpm */
    bool gate_torque;                          /* false at no load */
    bool field_supply;                         /* the motor has one: of others its readings mean nothing */
    double fluctuation_power;                  /* fraction, driven: of the torque; the gates' own when 0 */
    double begun_s, settled_s;                 /* NAN: not settled */
    int attempt;
    struct mb_window window;
};

enum mb_acquire_result {
    MB_ACQUIRE_BUSY,
    MB_ACQUIRE_REJECTED /* recorded; goes on by itself */,
    MB_ACQUIRE_TAKEN,
    MB_ACQUIRE_ENDED /* result in *ret_result */
};

/* Sets the targets. -ERANGE: beyond the bench limits. */
int mb_acquire_begin(struct mb_acquire *a, struct mb_step *step, double voltage_v, double torque_nm);
enum mb_step_result mb_acquire_heating_load(struct mb_acquire *a, struct mb_step *step);
/* After it: the load machine holds this speed; no torque is asked for. -ERANGE, -ENOTSUP. */
int mb_acquire_hold_speed(struct mb_acquire *a, struct mb_step *step, double speed_rpm);
/* After mb_acquire_begin at no voltage: the load machine turns the motor, the source is off. -ERANGE,
 * -ENOTSUP. */
int mb_acquire_drive(struct mb_acquire *a, struct mb_step *step, double speed_rpm);
/* store and index name the reading in a `rejected` entry. */
enum mb_acquire_result mb_acquire_tick(struct mb_acquire *a, struct mb_step *step,
                                       const struct mb_snapshot *snapshot, const char *store, int index,
                                       enum mb_step_result *ret_result);

/* Columns of a reading: sheet name and signal. */
struct mb_column {
    const char *name; /* NULL at the end */
    enum mb_signal signal;
};
extern const struct mb_column mb_load_columns[], mb_no_load_columns[], mb_driven_columns[];
/* {"u_v": ., ...} and, as "uncertainty", the standard uncertainties (null: not known), "gates", "window_s",
 * "samples". */
json_t *mb_acquire_values(const struct mb_acquire *a, const struct mb_column *columns);
json_t *mb_acquire_rest(const struct mb_acquire *a, const struct mb_column *columns);
/* A full window that breaks a gate: recorded as `rejected` with the reasons (taken over), told, and begun
 * again as MB_ACQUIRE_REJECTED; MB_ACQUIRE_ENDED after as many as the gates allow. mb_acquire_tick does so by
 * itself. */
enum mb_acquire_result mb_acquire_reject(struct mb_acquire *a, struct mb_step *step, const char *store,
                                         int index, const struct mb_column *columns, json_t *reasons,
                                         enum mb_step_result *ret_result);
