/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the step kind `safety-test`: what the plan says of it (safety_test_plan.c), how it goes
 * (safety_test.c), what it leaves in the record (safety_test_record.c). */
#pragma once

#include "procedure/kinds.h"

#define SAFETY_PARTS_MAX 8
#define SAFETY_CIRCUMSTANCES_MAX 4

struct safety_params {
    int test;              /* enum mb_safety_kind */
    char *store, *text;    /* "grounding/bond"; what to connect, before each output */
    char *level, *ratio;   /* quantities: what is applied, and what it is multiplied by; NULL */
    double level_else;     /* V or A where the data have no level; 0: nothing is applied then */
    double level_minimum;  /* V or A */
    char *limit;           /* quantity that judges the value; NULL */
    double trip;           /* the tester's own limit; 0: that of the data */
    char *hold, *ramp;     /* quantities: hold-time; time from half to full voltage. NULL: the numbers */
    double hold_s, ramp_s; /* 0: none */
    double frequency_hz;   /* 0: as the tester stands */
    double discharge_s;    /* at least */
    double tolerance;      /* fraction: of the applied voltage or current */
    double plausible_low, plausible_high; /* of the value: beyond them a lead is at the wrong place */
    double warm_k; /* winding above coolant: state=hot, else cold; 0: the plan says the state */
    double warm_s; /* without a winding sensor: so long after a thermal run */
    double arm_timeout_s;
    int attempts;
    const struct mb_node *circumstance_node, *part_node; /* while the plan is read */
    struct mb_circumstance circumstances[SAFETY_CIRCUMSTANCES_MAX + 1];
    char *parts[SAFETY_PARTS_MAX + 1]; /* one test each; none: one test */
};

enum safety_phase {
    SAFETY_OFF,   /* every output off and confirmed, then the question */
    SAFETY_ASKED, /* for `arm` */
    SAFETY_ASKED_INTERLOCK,
    SAFETY_ARMED,
    SAFETY_RUNS,
    SAFETY_LEFT, /* nobody armed it: the run is paused */
};

struct safety_state {
    enum safety_phase phase;
    double since_s; /* bench clock */
    int part, attempts;
    bool interlock_acknowledged;
    double temperature_c; /* of the winding; NAN */
    bool warm;
    double ratio; /* what the level was multiplied by */
    bool level_from_plan;
    struct mb_safety_test test;
    enum mb_safety_phase test_phase;
    double test_elapsed_s;
};

extern const struct mb_field safety_fields[];
void safety_defaults(void *params);
int safety_check(const struct mb_node *with, void *params, struct mb_error *err);
void safety_free_params(void *params);

/* The plan's circumstances, and the state of the winding where the plan asks for it. */
void safety_circumstances(const struct mb_step *step,
                          struct mb_circumstance ret[SAFETY_CIRCUMSTANCES_MAX + 2]);
const char *safety_part(const struct mb_step *step); /* "" when there is only one */
/* Record entries: `operator` of an armed test, `rejected` of one that gives no value, `reading`. */
enum mb_step_result safety_record_answer(struct mb_step *step, const char *id, const char *word);
enum mb_step_result safety_record_rejected(struct mb_step *step, const struct mb_safety_result *result,
                                           const char *reason);
/* A reading without values: nothing was applied, as the data do not have this quantity. */
enum mb_step_result safety_record_missing(struct mb_step *step, const char *quantity);
enum mb_step_result safety_record_reading(struct mb_step *step, const struct mb_safety_result *result,
                                          enum mb_safety_verdict outcome);
