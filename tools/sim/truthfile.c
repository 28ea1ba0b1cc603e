/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/truthfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/columns.h"

#define INTERVAL_NS UINT64_C(10000000000)

struct sim_truth_file {
    struct sim_world *world;
    FILE *stream;
};

static void write_row(FILE *stream, const struct plant_state *state)
{
    for (const struct sim_column *c = sim_columns; c->name != NULL; c++)
        (void)fprintf(stream, c == sim_columns ? "%.10g" : ",%.10g", sim_column_value(c, state));
    (void)fputc('\n', stream);
    (void)fflush(stream);
}

static void observe(const struct plant_state *state, double dt_s, void *userdata)
{
    struct sim_truth_file *f = userdata;

    (void)dt_s;
    if (sim_world_now_ns(f->world) % INTERVAL_NS == 0)
        write_row(f->stream, state);
}

/* The answer that an inspection of this motor should come to, as comments before the table. */
static void write_head(const struct sim_truth_file *f)
{
    const struct plant_config *config = sim_world_config(f->world);
    struct plant_truth truth;

    (void)fprintf(f->stream, "# motorbench-sim truth, seed %llu\n", (unsigned long long)config->seed);
    if (plant_truth_at(config, config->motor.rated_power_w, 25, &truth) == 0)
        (void)fprintf(
            f->stream,
            "# rated output, coolant 25 degC: efficiency %.8f, slip %.8f, torque_nm %.6f, winding_c %.4f, "
            "input_w %.4f, current_a %.5f, power_factor %.6f\n"
            "# losses_w: stator %.4f, rotor %.4f, iron %.4f, friction_windage %.4f, additional_load %.4f\n"
            "# on a converter: harmonic_w %.4f, efficiency %.8f\n",
            truth.efficiency, truth.slip, truth.torque_nm, truth.winding_c, truth.input_w, truth.current_a,
            truth.power_factor, truth.losses.stator_w, truth.losses.rotor_w, truth.losses.iron_w,
            truth.losses.friction_windage_w, truth.losses.additional_load_w, truth.harmonic_w,
            truth.converter_efficiency);
    for (const struct sim_column *c = sim_columns; c->name != NULL; c++)
        (void)fprintf(f->stream, c == sim_columns ? "%s" : ",%s", c->name);
    (void)fputc('\n', f->stream);
}

int sim_truth_file_new(struct sim_world *world, const char *path, struct sim_truth_file **ret,
                       struct mb_error *err)
{
    struct sim_truth_file *f = calloc(1, sizeof *f);
    int r;

    if (f == NULL)
        return mb_error_set(err, -ENOMEM, "out of memory");
    f->world = world;
    f->stream = fopen(path, "we");
    if (f->stream == NULL) {
        r = mb_error_set(err, -errno, "cannot write %s: %s", path, strerror(errno));
        free(f);
        return r;
    }
    if (sim_world_observe(world, observe, f) < 0) {
        (void)sim_truth_file_free(f);
        return mb_error_set(err, -ENOSPC, "too many observers of the simulated bench");
    }
    write_head(f);
    write_row(f->stream, sim_world_state(world));
    *ret = f;
    return 0;
}

struct sim_truth_file *sim_truth_file_free(struct sim_truth_file *f)
{
    if (f == NULL)
        return NULL;
    sim_world_unobserve(f->world, f);
    (void)fclose(f->stream);
    free(f);
    return NULL;
}
