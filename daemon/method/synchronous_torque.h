/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Back-EMF, cogging, pull-out and pull-in torque of synchronous motors, with or without magnets: the highest
 * torque carried in step, and the highest against which the rotor comes into step from standstill. GB/T
 * 22669-2008 has a chapter for each of both (12 and 13); their texts were not seen, so the rules here are
 * choices [E]. Pure. NAN: cannot be computed. Pull-up torque: method/rating.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "method/outcome.h"
#include "method/rating.h"

#define MB_PULL_POINTS_MAX 256
#define MB_PULL_OUT_SLIP 0.005     /* of synchronous speed: farther away the rotor is not in step [E] */
#define MB_PULL_OUT_VOLTAGE 0.02   /* of the rated one: as far a point is scaled [E] */
#define MB_PULL_OUT_FREQUENCY 0.01 /* of the rated one: farther away it is another torque [E] */
#define MB_PULL_IN_VOLTAGE 0.02    /* the same, of an attempt */

struct mb_pull_out_point {
    double u_v, t_nm, n_rpm, f_hz; /* that stood */
};

struct mb_pull_out_result {
    bool valid; /* reasons: "points", "voltage", "frequency" */
    struct mb_findings reasons;
    double torque_nm; /* at rated voltage */
    size_t point;     /* that it comes from */
};

/* Near rated voltage T goes with U: the part of the magnets with U, that of saliency with its square, and 2 %
 * are little for either. */
void mb_pull_out_evaluate(const struct mb_pull_out_point *points, size_t n, int poles, double synchronous_rpm,
                          double rated_voltage_v, struct mb_pull_out_result *ret);

struct mb_pull_in_attempt {
    bool in_step;
    double u_v, t_nm; /* in step: as it was there; else at the end of the attempt, t_nm what was asked for */
};

struct mb_pull_in_result {
    bool valid; /* reasons: "attempts", "voltage", "order" */
    struct mb_findings reasons;
    double torque_nm; /* highest that it came into step against; 0: not even without load */
    double failed_nm; /* lowest that it did not; NAN: none was tried */
};

void mb_pull_in_evaluate(const struct mb_pull_in_attempt *attempts, size_t n, double rated_voltage_v,
                         struct mb_pull_in_result *ret);

#define MB_BACK_EMF_DIFFERENCE 0.05 /* of a line voltage from the mean: more is a lead that is off [E] */

struct mb_back_emf_input {
    double u_v;       /* line to line, rms; mean of the lines */
    double line_v[3]; /* NAN: not read, as of one phase */
    double n_rpm;
};

struct mb_back_emf_result {
    bool valid; /* reasons: "speed", "lines" */
    struct mb_findings reasons;
    double rated_v;        /* at synchronous speed */
    double ke_v_s_per_rad; /* line to line, rms */
    double ke_v_per_krpm;
};

/* The voltage of magnets is proportional to speed. */
void mb_back_emf_evaluate(const struct mb_back_emf_input *input, double synchronous_rpm,
                          struct mb_back_emf_result *ret);

#define MB_COGGING_POINTS_MAX 1024
#define MB_COGGING_POINTS_MIN 20
#define MB_COGGING_DENSITY 180  /* readings a turn, half of what a bench takes: fewer is a warning [E] */
#define MB_COGGING_COVERAGE 2.0 /* of the transducer's standard uncertainty: what it cannot tell [E] */

struct mb_cogging_point {
    double angle_deg; /* of the shaft, since the first */
    double t_nm;
};

struct mb_cogging_result {
    bool valid; /* reasons: "points", "turn" */
    struct mb_findings reasons;
    double peak_to_peak_nm;
    double drag_nm;     /* mean, what it takes to turn the shaft */
    double accuracy_nm; /* of the transducer; NAN: not known */
    double readings_a_turn;
    bool resolved; /* the amplitude, half of peak to peak, is above it */
};

/* Of a motor without current that is turned slowly. uncertainty_nm: standard one of a torque reading, or NAN.
 */
void mb_cogging_evaluate(const struct mb_cogging_point *points, size_t n, double uncertainty_nm,
                         struct mb_cogging_result *ret);

/* All of them of one motor, as far as they were read: the others have count 0. */
struct mb_synchronous_input {
    double rated_voltage_v, rated_nm; /* rated_nm: NAN where the speed is not known */
    int poles;
    double synchronous_rpm;
    bool has_back_emf;
    struct mb_back_emf_input back_emf;
    const struct mb_pull_out_point *pull_out;
    const struct mb_pull_in_attempt *pull_in;
    const struct mb_sweep_point *pull_up;
    const struct mb_cogging_point *cogging;
    size_t pull_out_count, pull_in_count, pull_up_count, cogging_count;
    double cogging_uncertainty_nm; /* standard one of a torque reading; NAN: not known */
};

struct mb_synchronous_result {
    struct mb_outcome
        outcome; /* a reason a test that is not valid, its word: "back-emf", "cogging-torque",
                    "pull-out-torque", "pull-in-torque", "pull-up-torque"; else "missing-data" */
    struct mb_back_emf_result back_emf;
    struct mb_pull_out_result pull_out;
    struct mb_pull_in_result pull_in;
    struct mb_pull_up_result pull_up;
    struct mb_cogging_result cogging;
};

void mb_synchronous_torque_evaluate(const struct mb_synchronous_input *input,
                                    struct mb_synchronous_result *ret);

/* Whether a rotor turns with the field. */
bool mb_in_step(double n_rpm, double f_hz, int poles);
