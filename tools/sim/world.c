/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/motor_fault.h"
#include "sim/world.h"

#define OBSERVERS_MAX 32
#define PARTNER_SEED 0x70617274u /* its noise is not that of the other motor */

struct sim_world {
    struct plant_config healthy, config;
    struct plant *plant;
    struct sim_world *partner; /* NULL: none; its plant belongs to this one's */
    struct plant_state state;
    uint64_t now_ns, load_set_ns; /* load_set_ns: when the load's set point last changed */
    struct {
        double u_line_v, frequency_hz;
        bool output_on;
    } supply; /* of the source, whether the contactor lets it through or not */
    bool contactor_open;
    double torque_zero_nm, load_set_nm, load_set_rpm, field_set_a;
    struct {
        sim_observer call;
        void *userdata;
    } observers[OBSERVERS_MAX];
    size_t observer_count;
    void (*commanded)(void *userdata);
    void *commanded_userdata;
};

/* As healthy as the maker sells it: the motor under test alone has faults. */
static int add_partner(struct sim_world *world)
{
    struct sim_world *partner = calloc(1, sizeof *partner);

    if (partner == NULL)
        return -ENOMEM;
    world->partner = partner;
    partner->healthy = world->healthy;
    memset(partner->healthy.faults, 0, sizeof partner->healthy.faults);
    partner->healthy.load_partner = false;
    partner->healthy.seed ^= PARTNER_SEED;
    partner->config = partner->healthy;
    partner->plant = plant_add_partner(world->plant, &partner->config);
    if (partner->plant == NULL)
        return -ENOMEM;
    plant_get(partner->plant, &partner->state);
    return 0;
}

struct sim_world *sim_world_new(const struct plant_config *config)
{
    struct sim_world *world = calloc(1, sizeof *world);

    if (world == NULL)
        return NULL;
    world->healthy = *config;
    motor_faults_apply(config, &world->config);
    world->plant = plant_new(&world->config);
    if (world->plant == NULL || (config->load_partner && add_partner(world) < 0))
        return sim_world_free(world);
    plant_set_coupled(world->plant, true);
    plant_get(world->plant, &world->state);
    return world;
}

struct sim_world *sim_world_free(struct sim_world *world)
{
    if (world != NULL) {
        free(world->partner);
        (void)plant_free(world->plant);
    }
    free(world);
    return NULL;
}

struct sim_world *sim_world_partner(const struct sim_world *world)
{
    return world->partner;
}

static void moved(struct sim_world *world, double dt_s)
{
    world->now_ns += SIM_QUANTUM_NS;
    plant_get(world->plant, &world->state);
    for (size_t k = 0; k < world->observer_count; k++)
        world->observers[k].call(&world->state, dt_s, world->observers[k].userdata);
}

void sim_world_advance(struct sim_world *world, uint64_t bench_ns)
{
    const double dt_s = SIM_QUANTUM_NS * 1e-9;

    for (unsigned i = 0; i < SIM_CATCH_UP && world->now_ns + SIM_QUANTUM_NS <= bench_ns; i++) {
        plant_step(world->plant, dt_s);
        moved(world, dt_s);
        if (world->partner != NULL)
            moved(world->partner, dt_s);
    }
}

uint64_t sim_world_now_ns(const struct sim_world *world)
{
    return world->now_ns;
}

const struct plant_config *sim_world_config(const struct sim_world *world)
{
    return &world->config;
}

const struct plant_config *sim_world_healthy(const struct sim_world *world)
{
    return &world->healthy;
}

void sim_world_change(struct sim_world *world, const struct plant_config *healthy)
{
    world->healthy = *healthy;
    motor_faults_apply(healthy, &world->config);
    plant_change(world->plant, &world->config);
    plant_get(world->plant, &world->state);
}

const struct plant_state *sim_world_state(const struct sim_world *world)
{
    return &world->state;
}

double sim_world_torque_nm(const struct sim_world *world)
{
    return world->state.torque_nm + world->torque_zero_nm;
}

int sim_world_observe(struct sim_world *world, sim_observer observer, void *userdata)
{
    if (world->observer_count == OBSERVERS_MAX)
        return -ENOSPC;
    world->observers[world->observer_count].call = observer;
    world->observers[world->observer_count].userdata = userdata;
    world->observer_count++;
    return 0;
}

void sim_world_unobserve(struct sim_world *world, void *userdata)
{
    size_t kept = 0;

    for (size_t i = 0; i < world->observer_count; i++)
        if (world->observers[i].userdata != userdata)
            world->observers[kept++] = world->observers[i];
    world->observer_count = kept;
}

void sim_world_watch(struct sim_world *world, void (*commanded)(void *userdata), void *userdata)
{
    world->commanded = commanded;
    world->commanded_userdata = userdata;
}

static void tell_command(const struct sim_world *world)
{
    if (world->commanded != NULL)
        world->commanded(world->commanded_userdata);
}

bool sim_world_output_on(const struct sim_world *world)
{
    return world->supply.output_on && !world->contactor_open;
}

static void apply_supply(struct sim_world *world)
{
    plant_set_supply(world->plant, world->contactor_open ? 0 : world->supply.u_line_v,
                     world->supply.frequency_hz, sim_world_output_on(world));
    tell_command(world);
}

void sim_world_supply(struct sim_world *world, double u_line_v, double frequency_hz, bool output_on)
{
    world->supply.u_line_v = u_line_v;
    world->supply.frequency_hz = frequency_hz;
    world->supply.output_on = output_on;
    apply_supply(world);
}

void sim_world_contactor(struct sim_world *world, bool closed)
{
    world->contactor_open = !closed;
    apply_supply(world);
}

void sim_world_brake(struct sim_world *world, double torque_nm, bool excited)
{
    double set_nm = excited ? torque_nm : 0;

    if (set_nm != world->load_set_nm)
        world->load_set_ns = world->now_ns;
    world->load_set_nm = set_nm;
    plant_set_brake(world->plant, torque_nm, excited);
    tell_command(world);
}

void sim_world_load_speed(struct sim_world *world, double speed_rpm)
{
    if (speed_rpm != world->load_set_rpm)
        world->load_set_ns = world->now_ns;
    world->load_set_rpm = speed_rpm;
    plant_set_load_speed(world->plant, speed_rpm);
    tell_command(world);
}

double sim_world_load_rpm(const struct sim_world *world)
{
    return world->load_set_rpm;
}

double sim_world_load_nm(const struct sim_world *world)
{
    return world->load_set_nm;
}

double sim_world_load_unchanged_s(const struct sim_world *world)
{
    return (double)(world->now_ns - world->load_set_ns) * 1e-9;
}

void sim_world_couple(struct sim_world *world, bool coupled)
{
    plant_set_coupled(world->plant, coupled);
}

void sim_world_field(struct sim_world *world, double current_a, bool output_on)
{
    world->field_set_a = output_on ? current_a : 0;
    plant_set_field(world->plant, current_a, output_on);
    tell_command(world);
}

double sim_world_field_a(const struct sim_world *world)
{
    return world->field_set_a;
}

void sim_world_short(struct sim_world *world, bool shorted)
{
    plant_set_shorted(world->plant, shorted);
    plant_get(world->plant, &world->state);
}

void sim_world_lock(struct sim_world *world, bool locked)
{
    plant_set_locked(world->plant, locked);
    plant_get(world->plant, &world->state);
}

void sim_world_remove_rotor(struct sim_world *world, bool removed)
{
    plant_set_rotor_removed(world->plant, removed);
    plant_get(world->plant, &world->state);
}

void sim_world_dip(struct sim_world *world, double relative_step, double duration_s)
{
    plant_disturb_supply(world->plant, relative_step, duration_s);
}

void sim_world_torque_zero(struct sim_world *world, double zero_nm)
{
    world->torque_zero_nm = zero_nm;
}
