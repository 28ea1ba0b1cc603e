/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/switching.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

#define VOLTAGE_V 20 /* what a profile of a source takes for none */

struct sim_switching {
    struct sim_world *world;
    FILE *stream;
    bool output, voltage, load, field;
};

/* Set point of a load machine that drives; one that brakes to a speed turns nothing. */
static double driven_rpm(const struct sim_world *world)
{
    return sim_world_config(world)->load_drives ? sim_world_load_rpm(world) : 0;
}

/* Of either motor, where there are two. */
static bool output_on(const struct sim_world *world)
{
    const struct sim_world *partner = sim_world_partner(world);

    return sim_world_output_on(world) || (partner != NULL && sim_world_output_on(partner));
}

static double highest_v(const struct sim_world *world)
{
    const struct sim_world *partner = sim_world_partner(world);
    double u_v = sim_world_state(world)->u_line_v[0];

    return partner != NULL ? fmax(u_v, sim_world_state(partner)->u_line_v[0]) : u_v;
}

static void write_row(const struct sim_switching *s)
{
    const struct plant_state *state = sim_world_state(s->world);

    (void)fprintf(s->stream, "%" PRIu64 ",%.3f,%d,%.1f,%.3f,%.1f,%.3f,%.1f\n", mb_monotonic_ns(), state->t_s,
                  output_on(s->world), highest_v(s->world), sim_world_load_nm(s->world), driven_rpm(s->world),
                  sim_world_field_a(s->world), state->speed_rpm);
    (void)fflush(s->stream);
}

/* Also between two steps of time: two commands have an order. */
static void look(void *userdata)
{
    struct sim_switching *s = userdata;
    bool output = output_on(s->world), voltage = highest_v(s->world) > VOLTAGE_V,
         load = fabs(sim_world_load_nm(s->world)) > 0 || driven_rpm(s->world) != 0,
         field = sim_world_field_a(s->world) > 0;

    if (output == s->output && voltage == s->voltage && load == s->load && field == s->field)
        return;
    s->output = output;
    s->voltage = voltage;
    s->load = load;
    s->field = field;
    write_row(s);
}

static void observe(const struct plant_state *state, double dt_s, void *userdata)
{
    (void)state, (void)dt_s;
    look(userdata);
}

int sim_switching_new(struct sim_world *world, const char *path, struct sim_switching **ret,
                      struct mb_error *err)
{
    struct sim_switching *s = calloc(1, sizeof *s);
    int r;

    if (s == NULL)
        return mb_error_set(err, -ENOMEM, "out of memory");
    s->world = world;
    s->stream = fopen(path, "we");
    r = s->stream == NULL ? mb_error_set(err, -errno, "cannot write %s: %s", path, strerror(errno)) : 0;
    if (r == 0 && sim_world_observe(world, observe, s) < 0)
        r = mb_error_set(err, -ENOSPC, "too many observers of the simulated bench");
    if (r < 0) {
        (void)sim_switching_free(s);
        return r;
    }
    (void)fprintf(s->stream, "monotonic_ns,t_s,output_on,u_v,load_nm,driven_rpm,field_a,speed_rpm\n");
    write_row(s);
    sim_world_watch(world, look, s);
    *ret = s;
    return 0;
}

struct sim_switching *sim_switching_free(struct sim_switching *s)
{
    if (s == NULL)
        return NULL;
    sim_world_unobserve(s->world, s);
    sim_world_watch(s->world, NULL, NULL);
    if (s->stream != NULL)
        (void)fclose(s->stream);
    free(s);
    return NULL;
}
