/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Synchronous motors by losses: open circuit, short circuit, rated load (IEC 60034-2-1 method 2-1-2B, GB/T
 * 1029; procedures A3, mark M). PT = Pfe + Pfw + Ps + PLL + Pe. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "method/excitation.h"
#include "method/outcome.h"

#define MB_SYNCHRONOUS_POINTS_MAX 32
/* The machine was at least as warm as at its cold resistance, but for this [E]. */
#define MB_SYNCHRONOUS_COLDER_K 10.0
/* The short circuit reaches the current at load, but for this part of it [E]. */
#define MB_SHORT_CIRCUIT_REACH 0.01
/* From this part of the current at load on, a loss below 0 is a mistake, as in A1.7; below it is noise [E].
 */
#define MB_SHORT_CIRCUIT_NOISE 0.5

struct mb_open_circuit_point {
    double u_v, p_w; /* power that turns the open machine at synchronous speed */
    double i_a, t_nm, n_rpm, excitation_supply_v, excitation_a; /* as the bench read them; NAN: not given */
};

struct mb_short_circuit_point {
    double i_a, p_w; /* power that turns the short-circuited machine */
    double r_ohm;    /* line to line, at this point's temperature; NAN: that of the whole test */
    double u_v, t_nm, n_rpm, excitation_supply_v, excitation_a;
};

struct mb_synchronous_reading {
    double u_v, i_a, p1_w;             /* of the stator */
    double t_nm, n_rpm;                /* NAN: no torque was measured */
    double excitation_v, excitation_a; /* of the field winding, behind its brushes */
    double excitation_supply_v;        /* at its supply, drop of the brushes included; NAN: not given */
    double exciter_w;                  /* losses of an exciter on the shaft; 0: none */
    double coolant_c, r_ohm;           /* stator, line to line, hot */
    double f_hz, s_va;                 /* information; NAN: not given */
};

struct mb_synchronous_input {
    double rated_voltage_v, rated_frequency_hz;
    double rated_current_a; /* NAN: not given */
    int poles;
    double k_conductor_k;
    bool iron_at_inner_voltage; /* IEC; GB/T 1029 takes the iron loss at the terminals' voltage */
    double brush_drop_v;        /* of the slip rings that the field current passes; 0: none */
    double cold_ohm, cold_c;
    struct mb_open_circuit_point *open;     /* highest voltage first */
    struct mb_short_circuit_point *shorted; /* highest current first */
    size_t open_count, shorted_count;
    double short_circuit_r_ohm; /* line to line, during the short circuit test */
    /* Of the zero-power-factor curve, where there is one: the point next to rated voltage tells what
     * excitation the load should take. */
    bool zero_power_factor;
    struct mb_zero_power_factor_point *zero;
    size_t zero_count;
    struct mb_synchronous_reading load;
};

struct mb_synchronous_result {
    struct mb_outcome outcome;
    double winding_c, k_theta; /* reference coolant 25 degC */
    double friction_windage_w, iron_w_per_v2, open_r;
    double additional_exponent;
    double inner_voltage_v;
    double iron_w, stator_w, additional_load_w, excitation_w, total_w, input_w;
    double efficiency_direct;
    struct mb_excitation_result excitation; /* where the input has such a point; information */
    double open_iron_w[MB_SYNCHRONOUS_POINTS_MAX], short_additional_w[MB_SYNCHRONOUS_POINTS_MAX];
};

void mb_synchronous_evaluate(const struct mb_synchronous_input *input, struct mb_synchronous_result *result);
