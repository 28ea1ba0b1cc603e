/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plant and those who watch it, moved forward in quanta on a fixed grid of bench time: the same commands
 * at the same quanta give the same numbers, however the machine's scheduler behaved. */
#pragma once

#include <stdint.h>

#include "sim/plant.h"

#define SIM_QUANTUM_NS 50000000u /* divides every update interval of the instruments */

struct sim_world;
typedef void (*sim_observer)(const struct plant_state *state, double dt_s, void *userdata);

/* config: the healthy plant, and its faults in its `faults`. NULL: out of memory. */
struct sim_world *sim_world_new(const struct plant_config *config);
struct sim_world *sim_world_free(struct sim_world *world);
/* The motor at the other end of the shaft as a world of its own, for its source and its instruments: it moves
 * with the world that it is part of. NULL: there is none. */
struct sim_world *sim_world_partner(const struct sim_world *world);

/* Moves on to the last quantum that ends at or before bench_ns, at most SIM_CATCH_UP quanta a call: a machine
 * that was suspended catches up over several calls instead of blocking in one. */
#define SIM_CATCH_UP 2000
void sim_world_advance(struct sim_world *world, uint64_t bench_ns);
uint64_t sim_world_now_ns(const struct sim_world *world); /* end of the last quantum */

/* As it is now, with its faults, and as it would be without. */
const struct plant_config *sim_world_config(const struct sim_world *world);
const struct plant_config *sim_world_healthy(const struct sim_world *world);
/* Another healthy motor and other faults (its `faults`), from this moment on. */
void sim_world_change(struct sim_world *world, const struct plant_config *healthy);

const struct plant_state *sim_world_state(const struct sim_world *world);
/* What an ideal transducer indicates, with the zero shift of a disturbance. */
double sim_world_torque_nm(const struct sim_world *world);

/* Called after every quantum, in the order of registration. 0 or -ENOSPC. */
int sim_world_observe(struct sim_world *world, sim_observer observer, void *userdata);
void sim_world_unobserve(struct sim_world *world, void *userdata);

/* Inputs, as plant.h has them. */
void sim_world_supply(struct sim_world *world, double u_line_v, double frequency_hz, bool output_on);
/* Between the source and the motor: closed from the beginning, open: nothing of the source comes through. */
void sim_world_contactor(struct sim_world *world, bool closed);
void sim_world_brake(struct sim_world *world, double torque_nm, bool excited);
/* The load machine keeps this speed instead, as far as its torque goes; 0: it does not. Below 0 only by one
 * that drives. */
void sim_world_load_speed(struct sim_world *world, double speed_rpm);
double sim_world_load_rpm(const struct sim_world *world); /* that set point */
/* The load's set point as it acts: 0 while it is not excited. */
double sim_world_load_nm(const struct sim_world *world);
/* How long the load's set point has been left alone: who regulates has stopped correcting. */
double sim_world_load_unchanged_s(const struct sim_world *world);
void sim_world_couple(struct sim_world *world, bool coupled);
/* Called after each command to source, contactor, load machine and field, before time goes on; one at a time,
 * NULL: nobody. */
void sim_world_watch(struct sim_world *world, void (*commanded)(void *userdata), void *userdata);
bool sim_world_output_on(const struct sim_world *world);
void sim_world_field(struct sim_world *world, double current_a, bool output_on);
/* What its supply is to give; 0: off. */
double sim_world_field_a(const struct sim_world *world);
void sim_world_short(struct sim_world *world, bool shorted);
void sim_world_lock(struct sim_world *world, bool locked);
void sim_world_remove_rotor(struct sim_world *world, bool removed);
void sim_world_dip(struct sim_world *world, double relative_step, double duration_s);
void sim_world_torque_zero(struct sim_world *world, double zero_nm);
