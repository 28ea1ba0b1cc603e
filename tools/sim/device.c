/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/device.h"

static void observe(const struct plant_state *state, double dt_s, void *userdata)
{
    struct sim_device *d = userdata;

    d->ops->tick(d, state, dt_s);
}

struct sim_device *sim_device_start(struct sim_device *d, const struct sim_device_ops *ops,
                                    struct sim_world *world)
{
    d->ops = ops;
    d->name = ops->name;
    d->world = world;
    if (ops->tick != NULL && sim_world_observe(world, observe, d) < 0) {
        ops->free(d);
        return NULL;
    }
    return d;
}

struct sim_device *sim_device_free(struct sim_device *d)
{
    if (d != NULL) {
        sim_world_unobserve(d->world, d);
        d->ops->free(d);
    }
    return NULL;
}
