/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Efficiency of a three-phase induction motor: IEC 60034-2-1 methods 2-1-1A, 2-1-1B and those that differ
 * from B by the additional load loss only (2-1-1C, F, G), with their kin in GB/T 1032 and IEEE 112
 * (procedures.md A1). Pure functions: no I/O, no clock, no globals; the same input gives the same bits.
 * Quantities that a sheet does not give are NAN in the input; quantities that cannot be computed are NAN in
 * the result. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "method/correction.h"
#include "method/stray_test.h"
#include "method/windings.h"

#define MB_LOAD_POINTS_MAX 256 /* a published load sweep has 124 */
#define MB_NO_LOAD_POINTS_MAX 64
#define MB_COOLING_MAX 512

/* All but the first sum losses. */
enum mb_efficiency_method {
    MB_METHOD_2_1_1A, /* output over input */
    MB_METHOD_2_1_1B, /* additional load loss from the residual loss */
    MB_METHOD_2_1_1C, /* ... assigned, A1.8 */
    MB_METHOD_2_1_1F, /* ... from tests with the rotor removed and turning backwards */
};
/* Which standard's choices: form of the efficiency, correlation limit (0.95; IEEE 112 and CSA: 0.90). */
enum mb_efficiency_form { MB_FORM_GBT1032, MB_FORM_IEC, MB_FORM_IEEE112, MB_FORM_CSA };

struct mb_load_point {
    double load_percent; /* nominal */
    double u_v, i_a, p1_w, t_nm, n_rpm, f_hz;
    double s_va;                             /* apparent power as the meter gave it; NAN: not given */
    double r_ohm;                            /* from a winding sensor; NAN: derived from r_before/r_after */
    double main_a, auxiliary_a, capacitor_v; /* of a single-phase motor; NAN: not given */
    /* Of a field winding with a supply of its own, at the winding or at its supply; NAN: not given. */
    double excitation_v, excitation_supply_v, excitation_a;
};

struct mb_no_load_point {
    double u_v, i_a, p0_w;
    double n_rpm, f_hz, s_va, r_ohm; /* NAN: not given */
};

struct mb_cooling_reading {
    double t_s, r_ohm; /* time from switching off, line-to-line resistance */
};

struct mb_rated_reading {
    double u_v, i_a, p1_w, t_nm, n_rpm, f_hz, coolant_c;
    double s_va;
    double main_a, auxiliary_a, capacitor_v;
    double excitation_v, excitation_supply_v, excitation_a;
};

struct mb_edition; /* method/edition.h: the numbers of one edition of a standard */

struct mb_efficiency_input {
    enum mb_efficiency_method method;
    enum mb_efficiency_form form;
    const struct mb_edition *edition; /* NULL: the newest one of the form */
    int phases;                       /* 1, else three: decides the power factor */
    bool synchronous; /* no slip to judge; by losses: slip 0, and the constant losses need no split */
    /* A commutator, or electronics between the terminals and the winding: the frequency that was read does
     * not set the speed. */
    bool free_speed;
    /* 2-1-1A: what a field winding takes counts as input where it is given; one with a supply of its own must
     * give it. Its brushes drop field_brush_v beside the voltage at the winding. */
    bool field_winding, field_supply;
    double field_brush_v;
    /* nameplate */
    double rated_power_w, rated_voltage_v, rated_frequency_hz;
    int poles;
    double k_conductor_k;   /* 235 copper, 225 aluminium: procedures 0.2 */
    double rated_speed_rpm; /* NAN: not given */
    /* cold, coupled state; NAN where the sheet has no such section */
    double cold_resistance_ohm, cold_temperature_c;
    bool has_rated_load;
    struct mb_rated_reading rated_load;
    const struct mb_cooling_reading *cooling;
    size_t cooling_count;
    double load_r_before_ohm, load_r_after_ohm;
    const struct mb_load_point *load; /* highest first */
    size_t load_count;
    double no_load_r_before_ohm, no_load_r_after_ohm;
    const struct mb_no_load_point *no_load; /* highest first */
    size_t no_load_count;
    double constant_iron_w, constant_friction_windage_w; /* instead of no_load; NAN: not given */
    struct mb_torque_chain torque;
    bool has_windings; /* of a single-phase motor */
    struct mb_windings windings;
    const struct mb_stray_test *stray; /* 2-1-1F; NULL: not given */
};

enum mb_reason { /* stable words: mb_reason_word; interfaces.md */
                 MB_REASON_REGRESSION_CORRELATION,
                 MB_REASON_REGRESSION_SLOPE,
                 MB_REASON_RESIDUAL_NEGATIVE,
                 MB_REASON_TORQUE_SIGN,
                 MB_REASON_METER_INCONSISTENT,
                 MB_REASON_POWER_FACTOR,
                 MB_REASON_SUPPLY_FREQUENCY,
                 MB_REASON_SUPPLY_VOLTAGE,
                 MB_REASON_NO_LOAD_POINTS,
                 MB_REASON_LOAD_POINTS,
                 MB_REASON_COOLING_LATE,
                 MB_REASON_COOLING_FIT,
                 MB_REASON_WINDING_TEMPERATURE,
                 MB_REASON_SLIP,
                 MB_REASON_MISSING_DATA,
                 MB_REASON_TORQUE_RANGE,
                 MB_REASON_TORQUE_ZERO,
                 /* these stand among the warnings only */
                 MB_REASON_REGRESSION_INTERCEPT,
                 MB_REASON_ADDITIONAL_LOAD_LOSS,
                 MB_REASON_DIRECT_DIFFERS,
                 MB_REASON_RATED_OUTPUT,
                 MB_REASON_TORQUE_CORRECTION,
                 MB_REASON_COUNT
};

struct mb_remark {
    enum mb_reason reason;
    char text[240]; /* a sentence with the numbers; one remark a reason, so further sentences follow a
                       semicolon */
};

#define MB_REMARKS_MAX 24

struct mb_load_result { /* uncorrected for temperature, sheet order */
    double r_ohm, slip, stator_w, power_factor, inner_voltage_v, iron_w, rotor_w, friction_windage_w,
        output_w, residual_w;
    double additional_load_w; /* A T^2 */
    double efficiency; /* 2-1-1A: output/input; 2-1-1B: summation at this point, corrected by k_theta */
};

struct mb_no_load_result {
    double r_ohm, stator_w, constant_w;
};

struct mb_efficiency_result {
    bool valid; /* false as soon as there is one reason */
    struct mb_remark reasons[MB_REMARKS_MAX];
    size_t reason_count;
    struct mb_remark warnings[MB_REMARKS_MAX];
    size_t warning_count;
    int deleted_point; /* 0-based index into load; -1: none */
    struct {
        double resistance_hot_ohm, temperature_c, temperature_at_delay_c, rise_k, k_theta;
        double fit_rms_k;                   /* rms residual of the cooling fit */
        double delay_s;                     /* of the table in procedures B3 */
        double slope_per_s, intercept_ln_k; /* ln(theta - coolant) = intercept + slope t, for the plot */
    } winding;
    struct {
        double friction_windage_w, slope_w_per_v2, r;
        double iron_coefficient[3]; /* Pfe = c0 + c1 x + c2 x^2 with x = U - iron_center_v */
        double iron_center_v;
        struct mb_no_load_result points[MB_NO_LOAD_POINTS_MAX];
    } no_load;
    struct mb_load_result points[MB_LOAD_POINTS_MAX];
    struct {
        double rated_w, points_w[MB_LOAD_POINTS_MAX];
    } excitation; /* input beside that at the terminals */
    struct {
        double a_w_per_nm2, b_w, r, first_r;
    } regression;
    struct {                               /* of the methods that have no residual loss; NAN elsewhere */
        double fraction;                   /* 2-1-1C: assigned, of the input power at rated load */
        double no_load_current_a;          /* at rated voltage */
        double coefficient_w_per_a2;       /* over I^2 - I0^2 */
        double stator_w, rotor_w;          /* 2-1-1F: its parts, at rated load */
        struct mb_stray_law stator, rotor; /* 2-1-1F: over the current */
    } additional;
    struct {
        double slip, stator_w, rotor_w, iron_w, friction_windage_w, additional_load_w, total_w,
            input_w; /* corrected */
    } rated;
    struct mb_windings_result windings; /* where there are some */
    double efficiency;                  /* the form of the standard named; NAN when invalid */
    double efficiency_input_form, efficiency_iec_form, efficiency_direct;
    double efficiency_at_rated_output; /* interpolated over the load curve, procedures A1.6.9 */
};

/* Computes all that the input allows. Always fills *result; an invalid test is not an error. The result is
 * large (about 30 KiB): allocate it. */
void mb_efficiency_evaluate(const struct mb_efficiency_input *input, struct mb_efficiency_result *result);

/* "regression-correlation" ...; a constant text. */
const char *mb_reason_word(enum mb_reason reason);
