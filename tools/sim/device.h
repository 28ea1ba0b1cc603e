/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A simulated instrument without its transport: bytes in, bytes out, and the passing of bench time. The same
 * model is fed by TCP (server.h) and directly by the tests. */
#pragma once

#include <stdbool.h>

#include "sim/errors.h"
#include "sim/plant.h"
#include "sim/text.h"
#include "sim/world.h"

struct sim_device;

struct sim_device_ops {
    const char *name;       /* "analyser", "brake", ...: the id in the bench file and in faults */
    const char *terminator; /* ends a program message on the wire: "\n" or "\r\n" */
    /* One program message, terminator removed. Appends the whole reply with its terminator, or nothing. */
    void (*line)(struct sim_device *d, const char *line, struct sim_text *reply);
    /* A quantum of bench time has passed; state is the plant at its end. */
    void (*tick)(struct sim_device *d, const struct plant_state *state, double dt_s);
    /* What stands on the front panel besides readings ("I/O ERROR", "OCP"), "" when nothing; NULL: no such
     * display. */
    const char *(*display)(const struct sim_device *d);
    /* A reply that was not ready with its message (*OPC?), when it is; NULL: none ever. */
    void (*owed)(struct sim_device *d, struct sim_text *reply);
    /* The control port's `device NAME KEY VALUE`: 0 or -EINVAL; NULL: nothing to set. */
    int (*control)(struct sim_device *d, const char *key, const char *value);
    /* Appends ,"name":value to the device's part of the control port's status; NULL: nothing. */
    void (*status)(const struct sim_device *d, struct sim_text *out);
    void (*free)(struct sim_device *d);
};

/* First member of each implementation's struct. */
struct sim_device {
    const struct sim_device_ops *ops;
    const char *name; /* that of ops, until whoever has two of a kind gives it another */
    struct sim_world *world;
};

/* What an instrument of this bench can do, beyond its grammar. */
struct sim_device_options {
    bool exact; /* 17 digits instead of the display's: with instrument errors switched off */
    const struct sim_errors *errors;
    bool regenerative; /* a source that takes power back, of no real maker */
};

/* Constructors, one a file. Each observes the world until freed. NULL: out of memory. */
struct sim_device *sim_analyser_new(struct sim_world *world, const struct sim_device_options *options);
struct sim_device *sim_brake_new(struct sim_world *world, const struct sim_device_options *options);
struct sim_device *sim_source_new(struct sim_world *world, const struct sim_device_options *options);
struct sim_device *sim_ohmmeter_new(struct sim_world *world, const struct sim_device_options *options);
/* Safety testers: a GW Instek GPT-9804, a Chroma 19032-P, a Kikusui TOS9301 (tester.h). */
struct sim_device *sim_gpt9800_new(struct sim_world *world, const struct sim_device_options *options);
struct sim_device *sim_chroma19032_new(struct sim_world *world, const struct sim_device_options *options);
struct sim_device *sim_tos9300_new(struct sim_world *world, const struct sim_device_options *options);
/* The supply of a field winding. */
struct sim_device *sim_field_new(struct sim_world *world, const struct sim_device_options *options);
/* For the constructors: completes d and lets it observe the world; frees it and returns NULL when that fails.
 */
struct sim_device *sim_device_start(struct sim_device *d, const struct sim_device_ops *ops,
                                    struct sim_world *world);
struct sim_device *sim_device_free(struct sim_device *d);
