/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of an evaluation, in the order in which mb_efficiency_evaluate takes them. Each fills its part of
 * the result and adds its own reasons and warnings; what it lacks leaves NAN behind. */
#pragma once

#include "method/edition.h"
#include "method/efficiency.h"
#include "method/outcome.h"

/* Nothing computed, valid. */
void mb_efficiency_clear(struct mb_efficiency_result *result);
/* Reasons and warnings of shared parts as those of another method. */
void mb_outcome_take(struct mb_outcome *outcome, const struct mb_efficiency_result *result);
const struct mb_edition *mb_input_edition(const struct mb_efficiency_input *input);
/* Whether a nominal load counts as 100 % or more. */
bool mb_load_is_full(double load_percent);
/* Index of the point that stands for 100 % load (nominal load nearest to 100, within the set-point
 * tolerance); load_count when there is none. */
size_t mb_load_reference(const struct mb_efficiency_input *input);

/* gates.c: which sections the method needs and lacks; the supply, the meter, the arrangement of points, the
 * shaft. */
void mb_gate_sections(const struct mb_efficiency_input *input, struct mb_efficiency_result *result);
void mb_gate_supply(const struct mb_efficiency_input *input, struct mb_efficiency_result *result);
void mb_gate_meter(const struct mb_efficiency_input *input, struct mb_efficiency_result *result);
void mb_gate_load_points(const struct mb_efficiency_input *input, struct mb_efficiency_result *result);
/* needs winding */
void mb_gate_winding(const struct mb_efficiency_input *input, struct mb_efficiency_result *result);
/* needs points, the rated reading's losses and the regression */
void mb_gate_shaft(const struct mb_efficiency_input *input, const struct mb_load_result *rated,
                   struct mb_efficiency_result *result);

/* correction.c: the torque transducer, where the sheet says which */
void mb_gate_torque(const struct mb_efficiency_input *input, struct mb_efficiency_result *result);

/* cooling.c: winding temperature at the end of the rated-load test. */
void mb_evaluate_cooling(const struct mb_efficiency_input *input, struct mb_efficiency_result *result);
/* Temperature of a winding with resistance r_ohm; NAN without a cold resistance. */
double mb_winding_temperature_c(const struct mb_efficiency_input *input, double r_ohm);

/* no_load.c: constant losses, friction and windage, iron. */
void mb_evaluate_no_load(const struct mb_efficiency_input *input, struct mb_efficiency_result *result);
/* Iron loss at an inner voltage; NAN outside the measured band. */
double mb_iron_w(const struct mb_efficiency_input *input, const struct mb_efficiency_result *result,
                 double inner_voltage_v);
double mb_friction_windage_w(const struct mb_efficiency_input *input,
                             const struct mb_efficiency_result *result, double slip);

/* load_points.c: separation of the losses of one reading with winding resistance r_ohm, not corrected for
 * temperature. */
void mb_separate(const struct mb_efficiency_input *input, const struct mb_efficiency_result *result,
                 const struct mb_load_point *reading, double r_ohm, struct mb_load_result *ret);
void mb_evaluate_load_points(const struct mb_efficiency_input *input, struct mb_efficiency_result *result);
/* The rated-load reading as a load point of 100 %. */
struct mb_load_point mb_rated_point(const struct mb_efficiency_input *input);
/* What the field winding takes beside the input at the terminals (A3: Pe = Uf If); a point without a reading
 * of it has that of rated load. NAN: missing. 0 where losses are summed. */
double mb_excitation_w(const struct mb_efficiency_input *input, const struct mb_load_point *reading);

/* regression.c: residual losses on the square of the torque, with one deletion. */
void mb_evaluate_regression(const struct mb_efficiency_input *input, struct mb_efficiency_result *result);
/* Whether the regression may be used (A1.7); only then does its loss say something about an efficiency. */
bool mb_regression_accepted(const struct mb_efficiency_input *input,
                            const struct mb_efficiency_result *result);

/* additional.c. Whether losses are summed, and whether the residual loss is one of them. */
bool mb_sums_losses(const struct mb_efficiency_input *input);
bool mb_has_residual(const struct mb_efficiency_input *input);
/* Where the additional load loss does not come from the load points: needs no_load and the rated reading. */
void mb_evaluate_additional(const struct mb_efficiency_input *input, struct mb_efficiency_result *result);
/* At rated voltage, from the no-load curve; NAN where it does not cover it. */
double mb_no_load_current_a(const struct mb_efficiency_input *input);
/* 2-1-1C: share of the input at rated load. */
double mb_allowance(double rated_power_w);
/* A T^2, or the coefficient over I^2 - I0^2; NAN: not known. */
double mb_additional_load_w(const struct mb_efficiency_input *input,
                            const struct mb_efficiency_result *result, double t_nm, double i_a);

/* A reading's losses corrected to a coolant of 25 degC. */
struct mb_corrected {
    double slip, stator_w, rotor_w, iron_w, friction_windage_w, additional_load_w, total_w;
    double input_w; /* P1 less what the correction took from stator and rotor */
    double efficiency_input_form, efficiency_iec_form;
};
struct mb_corrected mb_correct(const struct mb_load_result *losses, double input_w, double k_theta,
                               double additional_load_w);
