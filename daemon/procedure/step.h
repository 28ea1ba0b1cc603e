/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A step kind: one file, a state machine over snapshots. It has no I/O of its own; what it wants done goes
 * through the services, so a test hands it made-up snapshots and looks at what it asked for. Adding a kind =
 * one file and one line in kinds.c. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "bench/bench.h"
#include "core/safety.h"
#include "data/data.h"
#include "procedure/question.h"
#include "standard/motor.h"
#include "standard/requirement.h"

enum mb_step_result {
    MB_STEP_GOES_ON,
    MB_STEP_DONE,
    MB_STEP_INVALID, /* the test cannot be valid any more: step->reason says why */
    MB_STEP_FAULT,   /* the record or the bench refused: step->reason says why */
};

/* What a reading must hold to be accepted; fractions, not percent. Marks and clauses stand in the plan file.
 */
struct mb_gates {
    double voltage, torque, frequency;                               /* deviation from the target */
    double negative_sequence, hvf;                                   /* upper limits */
    double fluctuation_power, fluctuation_torque, fluctuation_speed; /* (max - min) / mean in the window */
    double dwell_s; /* settled for so long before a window begins */
    double window_s;
    double settle_timeout_s; /* not settled by then: the bench cannot hold this point */
    int minimum_samples;
    int repeats; /* rejected windows a point, then the test is invalid */
};

/* What steps leave for later steps. NAN: not known yet. */
struct mb_run_data {
    const struct mb_motor *motor;
    const struct mb_gates *gates;
    double rated_torque_nm; /* rated power at the nameplate's speed; from the thermal run on at the measured
                               one */
    double heating_v, heating_nm; /* of a thermal run at reduced voltage; 0: rated load */
    double winding_hot_c;         /* winding sensor at the end of the thermal run */
    double coolant_c;             /* mean of the last quarter of the thermal run */
    double reheated_c;            /* winding sensor at the end of the last reheating */
    /* Resistance before the load curve and what the winding sensor read with it; 0 ohm: not known. */
    double load_before_ohm, load_before_c;
    double excitation_percent; /* direct current: of the field at the next switching on; 0: 100 */
    double switched_off_s;     /* bench time of the last switching off */
    bool reversed;             /* of a pair: from the next switching on the partner drives the tested motor */
    bool rotor_locked;         /* a person has put the pin in and not said that it is out again */
    bool converter;            /* feeds the motor: by its kind, or a person has connected it */
};

struct mb_capture;        /* what is to be sampled: bench/capture.h */
struct mb_capture_result; /* what came of it */

struct mb_step_services {
    double (*now_s)(void *u); /* bench clock */
    int (*energise)(void *u, double frequency_hz);
    int (*set_targets)(void *u, double voltage_v, double torque_nm);
    /* The load machine holds this speed as far as its torque goes, 0: torque again. -ENOTSUP, -ERANGE. */
    int (*set_load_speed)(void *u, double speed_rpm);
    /* The load machine alone, with the source left off; and the speed that it turns the shaft at, below 0
     * against the supply's field. -ENOTSUP: it does not drive; else as mb_bench_drive. */
    int (*energise_load)(void *u);
    int (*drive)(void *u, double speed_rpm);
    /* Current of a separate field winding, as mb_bench_set_excitation; and whether it stands. */
    int (*set_excitation)(void *u, double current_a);
    bool (*excitation_settled)(void *u);
    /* What the bench file allows of voltage, current, torque and speed. */
    double (*limit)(void *u, enum mb_signal signal);
    bool (*settled)(void *u, double voltage_tolerance, double torque_tolerance);
    void (*hold)(void *u, bool held); /* no corrections while a reading is prepared and taken */
    bool (*energised)(void *u);
    void (*make_safe)(void *u);
    bool (*is_safe)(void *u);
    int (*measure)(void *u, enum mb_bench_mode mode);
    bool (*is_manual)(void *u, enum mb_signal signal);
    /* Durable when it returns; takes the reference. Negative errno: the run ends. */
    int (*record)(void *u, const char *type, json_t *payload);
    void (*waiting)(void *u, const char *why);                     /* why it does not go on; "" = it does */
    void (*ask)(void *u, const char *id, const char *text);        /* the operator; id "" withdraws */
    void (*question)(void *u, const struct mb_question *question); /* ask, with what may be answered */
    void (*progress)(void *u, double share);                       /* of this step, 0..1 */
    /* The run waits for a deliberate act of a person; the step begins anew then. Outputs are off already. */
    void (*pause)(void *u, const char *reason);
    void (*event)(void *u, const char *type,
                  const char *text); /* one line for people: "reading", "repeat", "note" */
    /* What is to be applied, or the limit, of the present item's standard, the first that fits: ended by a
     * NULL name, circumstances may be NULL; declared NAN: none. -ENOENT: nothing in the data. */
    int (*requirement)(void *u, const char *quantity, const struct mb_circumstance *circumstances,
                       double declared, struct mb_requirement *ret);
    /* One safety test by the bench's tester; the kind's `testing` and `tested` follow from the loop. Errors
     * as of the instrument's op `test` and -EBUSY unless the outputs are confirmed off. -ENOTSUP: no tester.
     */
    int (*test)(void *u, const struct mb_safety_test *test, struct mb_error *err);
    /* Samples of acceleration or sound; the kind's `captured` follows. -ENOTSUP: no such role. */
    int (*capture)(void *u, const struct mb_capture *capture, struct mb_error *err);
    /* Raw samples beside the record, with an entry of it; the kind's `recorded` follows. -ENOTSUP: the bench
     * samples nothing. */
    int (*record_samples)(void *u, double seconds, struct mb_error *err);
};

struct mb_plan_step {
    char *id, *title;
    const struct mb_step_kind *kind;
    void *params;    /* as kind->fields reads them */
    double minutes;  /* expected duration, for the plan's display */
    int resume_at;   /* index of the step to go back to when the outputs went off in this one */
    char **discards; /* record stores that are void when this step begins again */
    size_t discard_count;
    char **skip_when; /* skipped when earlier items of this run left all these stores */
    size_t skip_when_count;
};

struct mb_step {
    const struct mb_plan_step *plan;
    void *state; /* zeroed, of kind->state_size, before begin */
    struct mb_run_data *data;
    const struct mb_step_services *services;
    void *userdata; /* of the services */
    char reason[256];
    /* Of the answer being handled: who gave it ("uid 1000", "" not known) and under which name its photograph
     * is frozen ("" none). */
    char who[64], photo[96];
};

struct mb_step_kind {
    const char *name;
    size_t state_size;
    size_t params_size;
    const struct mb_field *fields;  /* of params, under `with:` in the plan; NULL: none */
    void (*defaults)(void *params); /* NULL: all zero */
    int (*check)(const struct mb_node *with, void *params,
                 struct mb_error *err); /* lists, cross checks; NULL */
    void (*free_params)(void *params);  /* NULL: nothing inside */
    enum mb_step_result (*begin)(struct mb_step *step);
    enum mb_step_result (*tick)(struct mb_step *step, const struct mb_snapshot *snapshot);
    /* Whether this step, interrupted while its outputs were on, may be resumed: asked with each snapshot
     * until it knows (MB_STEP_DONE: it may; MB_STEP_INVALID). readings: what it left in the record since its
     * item began, oldest first, at least one; now_s: in the record's time (`t_s`). NULL: always. */
    enum mb_step_result (*may_resume)(struct mb_step *step, const json_t *readings, double now_s,
                                      const struct mb_snapshot *snapshot);
    /* The operator's answer to ask; number NAN when the answer is a word. NULL: never asks. -EINVAL: not an
     * answer. */
    int (*answer)(struct mb_step *step, const char *id, const char *word, double number);
    /* Results of the services `test` and `capture`; error and text as of the op. What they return is taken as
     * tick's. NULL: never asks for one. A step that was paused or ended meanwhile hears nothing. */
    enum mb_step_result (*tested)(struct mb_step *step, int error, const char *text,
                                  const struct mb_safety_result *result);
    void (*testing)(struct mb_step *step, enum mb_safety_phase phase, double elapsed_s); /* may be NULL */
    enum mb_step_result (*captured)(struct mb_step *step, int error, const char *text,
                                    const struct mb_capture_result *result);
    /* Result of `record_samples`: error 0: text is the recording's name; else why there is none. */
    enum mb_step_result (*recorded)(struct mb_step *step, int error, const char *text);
};

/* NULL when there is no such kind; kinds.c */
const struct mb_step_kind *mb_step_kind_find(const char *name);
extern const struct mb_step_kind *const mb_step_kinds[]; /* NULL at the end */

/* Shorthands of the services. */
double step_now_s(const struct mb_step *step);
enum mb_step_result step_invalid(struct mb_step *step, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
enum mb_step_result step_fault(struct mb_step *step, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void step_waiting(struct mb_step *step, const char *format, ...) __attribute__((format(printf, 2, 3)));
void step_event(struct mb_step *step, const char *type, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Records a `reading` (or `rejected`): {"store", "step", "index", "values", ...rest}; takes both references
 * (rest may be NULL). */
enum mb_step_result step_record(struct mb_step *step, const char *type, const char *store, int index,
                                json_t *values, json_t *rest);
/* The bench reads from now on; at rest that is the ohmmeter. */
enum mb_step_result step_measure(struct mb_step *step, enum mb_bench_mode mode);
/* Outputs off, and remembers when. */
void step_switch_off(struct mb_step *step);
/* Each tick until *on: waits for outputs confirmed off, then switches on at this frequency and target
 * voltage, without load. A separate field of direct current comes first. */
enum mb_step_result step_switch_on(struct mb_step *step, bool *on, double frequency_hz, double voltage_v);
/* The field winding's rated current times percent / 100. What a person has to mend is the reason. */
enum mb_step_result step_excite(struct mb_step *step, double percent);
struct step_load {
    double voltage_v, torque_nm;
};
/* Rated voltage, and the torque of rated output as far as it is known by now; or what the thermal run at
 * reduced voltage heats with. */
struct step_load step_heating(const struct mb_step *step);
enum mb_step_result step_heating_fault(struct mb_step *step); /* with the sentence: beyond the limits */
enum mb_step_result step_heating_load(struct mb_step *step);
struct step_run_up {
    double frequency_hz, share; /* that much of its synchronous speed is to be reached */
    double since_s, timeout_s;
};
/* Each tick until *up: turns the right way round and fast enough, the voltage stands. */
enum mb_step_result step_run_up(struct mb_step *step, const struct mb_snapshot *snapshot,
                                const struct step_run_up *wanted, bool *up);
/* Percent of rated frequency that brings the motor to this speed, its slip in r/min growing with the torque
 * as the nameplate has it. A motor without slip turns with its frequency. Percent of the rated values. */
double step_frequency_percent(const struct mb_motor *motor, double speed_percent, double torque_percent);
struct step_source {
    double frequency_hz, voltage_v, timeout_s; /* timeout_s: to run up */
};
/* Zeroed: the outputs are off. */
struct step_frequency {
    bool on, up;
    double frequency_hz, on_s; /* what is switched on, and when that was */
};
/* Each tick until now->up: another frequency is switched to with the outputs off, once the motor has run down
 * to it, so that it does not feed the source. */
enum mb_step_result step_to_frequency(struct mb_step *step, const struct mb_snapshot *snapshot,
                                      struct step_frequency *now, const struct step_source *wanted);
/* Nobody goes near a shaft that still turns: outputs confirmed off and, where the speed can be read, below 1
 * % of synchronous speed [laboratory choice]. */
bool step_may_approach(struct mb_step *step, const struct mb_snapshot *snapshot);
/* NAN unless the reading is valid. */
double step_value(const struct mb_snapshot *snapshot, enum mb_signal signal);
