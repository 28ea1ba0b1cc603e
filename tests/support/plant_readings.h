/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The readings of the whole procedure (procedures A1.2 to A1.5) from the simulated plant alone, by ideal
 * instruments: what the methods are compared with the truth from. */
#pragma once

#include "method/circuit.h"
#include "method/efficiency.h"
#include "method/reduced_voltage.h"
#include "sim/plant.h"

#define PLANT_COOLANT_C 22.0 /* not 25: the correction to the reference temperature takes part */
#define PLANT_COOLING 15     /* 18 s to 88 s, every 5 s: as the procedure's plan has it */
#define PLANT_LOADS 6
#define PLANT_NO_LOADS 8
#define PLANT_REDUCED 4
#define PLANT_STRAY 6
#define PLANT_REDUCED_SHARE 0.6 /* of rated voltage: as the plan of G1 has it */

struct plant_readings {
    double cold_ohm, cold_c;
    struct mb_rated_reading rated;
    struct mb_cooling_reading cooling[PLANT_COOLING];
    double load_before_ohm, load_after_ohm, no_load_before_ohm, no_load_after_ohm;
    struct mb_load_point load[PLANT_LOADS];
    struct mb_no_load_point no_load[PLANT_NO_LOADS];
    struct mb_reduced_point reduced[PLANT_REDUCED]; /* between the load points and no load */
    /* 2-1-1F, at the end: rotor out, then driven backwards. */
    double removed_ohm, reverse_ohm, removed_c, reverse_c; /* after the points, with the winding sensor */
    struct mb_stray_point removed[PLANT_STRAY], reverse[PLANT_STRAY];
};

/* Means over ten seconds; of a converter's voltage and current the fundamentals. */
struct plant_window {
    double u_v, i_a, p_w, t_nm, n_rpm, f_hz, r_ohm, coolant_c, end_winding_c;
};

void plant_advance(struct plant *plant, double seconds); /* in steps of 1 s */
struct plant_window plant_window_of(struct plant *plant);
/* Coolant at rest, no harmonics, set points hit: regulation is not what is looked at. */
void plant_hit_set_points(struct plant_config *config);
/* Uncoupled, hot or cold as the plant is: ret's no-load curve and both resistances. */
void plant_take_no_load(struct plant *plant, const struct plant_motor *motor, struct plant_readings *ret);
/* 0; -1: out of memory; -ERANGE: the motor finds no equilibrium. unsteady: source and brake with their noise.
 */
int plant_take_readings(struct plant_config config, bool unsteady, struct plant_readings *ret);
/* Rotor locked at a quarter of rated frequency, rated current, cold. 0 or -1. */
int plant_take_locked(struct plant_config config, struct mb_locked_reading *ret);
/* The same motor wound for another voltage, and a source for it. */
void plant_rewind(struct plant_config *config, double voltage_v);
/* The motor gets the additional load loss that 2-1-1C and H assign to it (procedures A1.8). 0 or -errno. */
int plant_assign_additional(struct plant_config *config, double coolant_c);
