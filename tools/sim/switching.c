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
    bool output, voltage, load;
};

/* Set point of a load machine that drives; one that brakes to a speed turns nothing. */
static double driven_rpm(const struct sim_world *world)
{
    return sim_world_config(world)->load_drives ? sim_world_load_rpm(world) : 0;
}

static void write_row(struct sim_switching *s, const struct plant_state *state)
{
    (void)fprintf(s->stream, "%" PRIu64 ",%.3f,%d,%.1f,%.3f,%.1f\n", mb_monotonic_ns(), state->t_s,
                  state->output_on, state->u_line_v[0], sim_world_load_nm(s->world), driven_rpm(s->world));
    (void)fflush(s->stream);
}

static void observe(const struct plant_state *state, double dt_s, void *userdata)
{
    struct sim_switching *s = userdata;
    bool voltage = state->u_line_v[0] > VOLTAGE_V,
         load = fabs(sim_world_load_nm(s->world)) > 0 || driven_rpm(s->world) != 0;

    (void)dt_s;
    if (state->output_on == s->output && voltage == s->voltage && load == s->load)
        return;
    s->output = state->output_on;
    s->voltage = voltage;
    s->load = load;
    write_row(s, state);
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
    (void)fprintf(s->stream, "monotonic_ns,t_s,output_on,u_v,load_nm,driven_rpm\n");
    write_row(s, sim_world_state(world));
    *ret = s;
    return 0;
}

struct sim_switching *sim_switching_free(struct sim_switching *s)
{
    if (s == NULL)
        return NULL;
    sim_world_unobserve(s->world, s);
    if (s->stream != NULL)
        (void)fclose(s->stream);
    free(s);
    return NULL;
}
