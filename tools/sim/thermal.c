/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/thermal.h"

#include <math.h>

#include "sim/machine.h"

/* The end winding lies in air: it runs hotter than the mean by this part of the winding-to-frame rise, and
 * follows faster than the frame. */
#define END_OFFSET_PART 0.12
#define END_OFFSET_LAG_S 90.0
/* Where losses turn into heat: additional load loss half in the cage, half in the stator teeth; friction in
 * the bearings heats the frame, windage goes off with the cooling air. What a converter's switching
 * loses arises in the stator's iron. */
#define ADDITIONAL_LOAD_ROTOR_PART 0.5
#define FRICTION_FRAME_PART 0.5

/* A field winding lies in the rotor, of direct current in the frame. */
static double frame_heat_w(const struct thermal_drive *d)
{
    const struct plant_losses *l = &d->losses;

    return (machine_of(d->motor)->direct ? l->excitation_w : 0) + l->iron_w +
           (1.0 - ADDITIONAL_LOAD_ROTOR_PART) * l->additional_load_w +
           FRICTION_FRAME_PART * l->friction_windage_w + l->harmonic_w;
}

static double rotor_heat_w(const struct thermal_drive *d)
{
    const struct plant_losses *l = &d->losses;

    return (machine_of(d->motor)->direct ? 0 : l->excitation_w) + l->rotor_w +
           ADDITIONAL_LOAD_ROTOR_PART * l->additional_load_w;
}

static double coolant_w_per_k(const struct thermal_drive *d)
{
    const struct plant_motor *m = d->motor;

    return m->g_frame_coolant_w_per_k *
           (m->still_air_factor + (1.0 - m->still_air_factor) * fabs(d->speed_rpm) / m->rated_speed_rpm);
}

static double end_offset_k(const struct thermal_drive *d)
{
    return END_OFFSET_PART * d->losses.stator_w / d->motor->g_winding_frame_w_per_k;
}

/* Kelvin per second at temperatures t. Within a step that began at temperatures `start`, the copper losses
 * follow their resistances: the current is nearly constant, and at a given torque the slip goes with the
 * rotor resistance. */
static struct thermal rates(const struct thermal_drive *d, const struct thermal *start,
                            const struct thermal *t)
{
    const struct plant_motor *m = d->motor;
    double stator_w =
        d->losses.stator_w * (m->stator_k_k + t->winding_c) / (m->stator_k_k + start->winding_c);
    double rotor_w =
        rotor_heat_w(d) + d->losses.rotor_w * (t->rotor_c - start->rotor_c) / (m->rotor_k_k + start->rotor_c);
    double from_winding_w = m->g_winding_frame_w_per_k * (t->winding_c - t->frame_c);
    double from_rotor_w = m->g_rotor_frame_w_per_k * (t->rotor_c - t->frame_c);
    double to_coolant_w = coolant_w_per_k(d) * (t->frame_c - d->coolant_c);

    return (struct thermal){
        .winding_c = (stator_w - from_winding_w) / m->c_winding_j_per_k,
        .end_offset_k = (end_offset_k(d) - t->end_offset_k) / END_OFFSET_LAG_S,
        .frame_c = (frame_heat_w(d) + from_winding_w + from_rotor_w - to_coolant_w) / m->c_frame_j_per_k,
        .rotor_c = (rotor_w - from_rotor_w) / m->c_rotor_j_per_k,
    };
}

static struct thermal ahead(const struct thermal *t, const struct thermal *rate, double dt_s)
{
    return (struct thermal){
        .winding_c = t->winding_c + dt_s * rate->winding_c,
        .end_offset_k = t->end_offset_k + dt_s * rate->end_offset_k,
        .frame_c = t->frame_c + dt_s * rate->frame_c,
        .rotor_c = t->rotor_c + dt_s * rate->rotor_c,
    };
}

void thermal_step(const struct thermal_drive *drive, double dt_s, struct thermal *thermal)
{
    static const double place[4] = {0, 0.5, 0.5, 1}, weight[4] = {1 / 6.0, 1 / 3.0, 1 / 3.0, 1 / 6.0};
    struct thermal rate = {0}, sum = *thermal;

    for (int i = 0; i < 4; i++) { /* classical Runge-Kutta */
        struct thermal probe = ahead(thermal, &rate, dt_s * place[i]);

        rate = rates(drive, thermal, &probe);
        sum = ahead(&sum, &rate, dt_s * weight[i]);
    }
    *thermal = sum;
}

void thermal_settled(const struct thermal_drive *d, struct thermal *ret)
{
    const struct plant_motor *m = d->motor;
    double stator_w = d->losses.stator_w, rotor_w = rotor_heat_w(d);
    double frame_c = d->coolant_c + (stator_w + rotor_w + frame_heat_w(d)) / coolant_w_per_k(d);

    *ret = (struct thermal){
        .winding_c = frame_c + stator_w / m->g_winding_frame_w_per_k,
        .end_offset_k = end_offset_k(d),
        .frame_c = frame_c,
        .rotor_c = frame_c + rotor_w / m->g_rotor_frame_w_per_k,
    };
}
