/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything of one simulated bench, put together: world, instruments, servers, truth, scenario. */
#pragma once

#include <systemd/sd-event.h>

#include "core/clock.h"
#include "core/error.h"
#include "sim/device.h"
#include "sim/iio.h"
#include "sim/options.h"
#include "sim/scenario.h"
#include "sim/server.h"
#include "sim/switching.h"
#include "sim/truthfile.h"
#include "sim/world.h"

/* Order of devices[] and servers[]. */
enum {
    SIM_ANALYSER,
    SIM_SOURCE,
    SIM_BRAKE,
    SIM_OHMMETER,
    SIM_GPT9800,
    SIM_CHROMA19032,
    SIM_TOS9300,
    SIM_FIELD,
    SIM_PARTNER_ANALYSER, /* these and their servers only with a partner, else NULL */
    SIM_PARTNER_SOURCE,
    SIM_PARTNER_OHMMETER,
    SIM_DEVICE_COUNT,
    SIM_DAQ = SIM_DEVICE_COUNT,
    SIM_CONTROL,
    SIM_SERVER_COUNT
};

#define SIM_DRIVE_SPEED 2.0 /* highest speed of a drive, of its rated one */

/* What the bench file says beyond addresses, fitted to the motor. */
struct sim_fit {
    double torque_nm_per_v,
        speed_rpm_per_v; /* 10 V is a round torque above 1.6 x rated, a round speed above synchronous */
    double voltage_v_per_v, current_a_per_v; /* 10 V is above the peak of 1.2 x rated, of the start */
    double voltage_range_v;
    double limit_v, limit_a, limit_nm, limit_rpm;
    double torque_accuracy_nm, speed_accuracy_rpm, temperature_accuracy_k; /* half-widths */
};

struct sim_bench {
    struct sim_options options;
    struct sim_fit fit;
    struct sim_errors errors, partner_errors;
    struct mb_clock clock;
    sd_event_source *timer;
    struct sim_world *world;
    struct sim_scenario *scenario;   /* NULL: none */
    struct sim_truth_file *truth;    /* NULL: none */
    struct sim_switching *switching; /* likewise */
    struct sim_device *devices[SIM_DEVICE_COUNT];
    struct sim_iio *iio;
    struct sim_server *servers[SIM_SERVER_COUNT];
    struct sim_gadget *gadgets[SIM_GADGETS_MAX]; /* as in options; NULL behind the last */
};

void sim_fit_motor(const struct plant_config *config, double accuracy_class, struct sim_fit *ret);
/* Opens everything; bench time starts now. */
int sim_bench_new(sd_event *event, const struct sim_options *options, struct sim_bench **ret,
                  struct mb_error *err);
struct sim_bench *sim_bench_free(struct sim_bench *bench);
/* Those of the partner are the last and only there with one. */
int sim_bench_device_count(const struct sim_bench *bench);
/* The gadget of this name, NULL when there is none. */
struct sim_gadget *sim_bench_gadget(const struct sim_bench *bench, const char *name);
/* Moves the world on to this moment. */
void sim_bench_catch_up(struct sim_bench *bench);

/* Files for the product, each written whole or not at all. */
int sim_write_bench(const struct sim_bench *bench, const char *path, struct mb_error *err);
int sim_write_motor(const struct sim_bench *bench, const char *path, struct mb_error *err);

/* Control port: lines in, "ok", "error: ..." or one line of JSON out. context: struct sim_bench *. */
extern const struct sim_session_ops sim_control_session;
