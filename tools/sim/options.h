/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command line of motorbench-sim. */
#pragma once

#include "core/error.h"
#include "sim/plant.h"
#include "sim/usb/gadget.h"

struct sim_options {
    struct plant_config config;    /* preset or file, with seed and cold temperature */
    const char *model;             /* the preset's name, "custom" for a file */
    double factor, accuracy_class; /* class 0: instrument errors off, all digits */
    double
        samples_hz; /* the bench's power analyser is the data acquisition at this rate; 0: the instrument */
    const char *truth, *switching, *write_bench, *write_motor, *scenario; /* paths, NULL: not wanted */
    struct sim_gadget_option gadgets[SIM_GADGETS_MAX];                    /* instruments on USB as well */
    unsigned gadget_count;
    int ready_fd; /* -1: none */
};

enum sim_options_result { SIM_OPTIONS_RUN, SIM_OPTIONS_DONE }; /* done: --help or --version was printed */
/* A value of the enum; -EINVAL with err. */
int sim_options_parse(int argc, char *argv[], struct sim_options *ret, struct mb_error *err);
/* Reads plant parameters over config. A file:
 *   plant:
 *     preset: 11kW-4p          # what the file does not say
 *     motor: {r1_ohm: 0.3, ...}
 *     bench: {source_lag_s: 0.4, ...} */
int sim_plant_load(const char *path, struct plant_config *ret, struct mb_error *err);
