/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all simulated safety testers share: the bench's motor between their terminals, the course of one
 * test, and the voltage that stands there. The grammars are in tester_*.c. */
#pragma once

#include <stdbool.h>

#include "sim/device.h"
#include "sim/scpi.h"

enum sim_tester_mode { SIM_TESTER_AC, SIM_TESTER_DC, SIM_TESTER_IR, SIM_TESTER_GB, SIM_TESTER_MODE_COUNT };

enum sim_tester_state {
    SIM_TESTER_IDLE, /* no test yet */
    SIM_TESTER_RAMP,
    SIM_TESTER_HOLD,
    SIM_TESTER_FALL,
    SIM_TESTER_PASS,
    SIM_TESTER_HIGH,
    SIM_TESTER_LOW,
    SIM_TESTER_BREAKDOWN,
    SIM_TESTER_STOPPED,
    SIM_TESTER_BLOCKED, /* not started: the interlock is open */
};

enum sim_tester_value {
    SIM_TESTER_LEVEL, /* V; A for earth bond */
    SIM_TESTER_HIGH_LIMIT,
    SIM_TESTER_LOW_LIMIT, /* A; ohm for insulation and earth bond; 0: none */
    SIM_TESTER_RAMP_S,
    SIM_TESTER_HOLD_S, /* 0: without end */
    SIM_TESTER_FALL_S,
    SIM_TESTER_FREQUENCY,
    SIM_TESTER_VALUE_COUNT
};

/* What a test has found when it ended, or finds now. */
struct sim_tester_reading {
    enum sim_tester_mode mode;
    double applied; /* V; A for earth bond */
    double current_a, resistance_ohm;
    double phase_s; /* in the ramp, or behind it */
    bool in_ramp;
};

struct sim_tester {
    struct sim_device device;
    struct sim_scpi scpi;
    enum sim_tester_mode mode;
    double set[SIM_TESTER_MODE_COUNT][SIM_TESTER_VALUE_COUNT];
    enum sim_tester_state state;
    double phase_s, since_start_s;
    double terminal_v; /* what a person would touch */
    struct sim_tester_reading reading;
    double noise; /* relative, of what is measured: no two tests read the same */
    int tests;    /* run since it was switched on */
    /* what is wrong with the tester */
    bool interlock_open, locked, clamps, wrong_mode;
    int steps;        /* of the program, the one in use included (Chroma) */
    bool answer_owed; /* *OPC? has been asked and the test still runs (Kikusui) */
};

struct sim_tester *sim_tester_new(struct sim_world *world, const struct sim_device_options *options,
                                  const struct sim_device_ops *ops, const struct sim_scpi_dialect *dialect);
void sim_tester_line(struct sim_device *d, const char *line, struct sim_text *reply);
void sim_tester_tick(struct sim_device *d, const struct plant_state *state, double dt_s);
int sim_tester_control(struct sim_device *d, const char *key, const char *value);
void sim_tester_status(const struct sim_device *d, struct sim_text *out);
void sim_tester_free(struct sim_device *d);

bool sim_tester_running(const struct sim_tester *t);
void sim_tester_start(struct sim_tester *t);
void sim_tester_stop(struct sim_tester *t);
/* Stores a set-up value, within minimum and maximum; a tester that clamps halves what is asked for. */
void sim_tester_store(struct sim_tester *t, enum sim_tester_mode mode, enum sim_tester_value which,
                      double value, double minimum, double maximum);
