/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run: one inspection of one motor on one bench, from the record's first row to its verdict. */
#pragma once

#include <systemd/sd-event.h>

#include "bench/bench.h"
#include "procedure/plan.h"
#include "record/record.h"
#include "standard/grade.h"
#include "standard/overall.h"
#include "standard/standards.h"

enum mb_run_state {
    MB_RUN_PREPARING,
    MB_RUN_RUNNING,
    MB_RUN_WAITING, /* for the operator */
    MB_RUN_PAUSED,  /* outputs off; goes on by a deliberate act */
    MB_RUN_DONE,
    MB_RUN_ABORTED,
    MB_RUN_FAULT,
};

struct mb_run;

struct mb_run_observer {                                 /* members may be NULL */
    void (*changed)(struct mb_run *run, void *userdata); /* state, step, waiting, progress, verdict */
    void (*event)(struct mb_run *run, const char *type, const char *step, const char *text, void *userdata);
    /* The record is closed, the bench is free. */
    void (*ended)(struct mb_run *run, void *userdata);
};

struct mb_run_request {
    const char *motor_name, *motor_text;  /* the motor file: name for messages and its text */
    const char *operator_name;            /* who started it, for the record; may be NULL */
    const char *laboratory_json;          /* JSON object of the laboratory block, or NULL */
    enum mb_decision_rule rule;           /* agreed before the test */
    const struct mb_standards *standards; /* for the plan of the inspection, the papers and the remedies;
                                             outlive the run; NULL: none is made */
};

/* Checks the request, makes the record row and freezes what decides, then starts. The bench, the store and
 * the limits must outlive the run; the procedure is taken over on success. -EINVAL bad motor file; -EAGAIN
 * bench not ready; -EBUSY bench not safe; -EIO record. */
int mb_run_start(sd_event *event, struct mb_store *store, struct mb_bench *bench,
                 const struct mb_limits *limits, struct mb_procedure *procedure,
                 const struct mb_run_request *request, const struct mb_run_observer *observer, void *userdata,
                 struct mb_run **ret, struct mb_error *err);
/* A run that has not ended is ended as aborted first: the outputs go off, the record says so. */
struct mb_run *mb_run_free(struct mb_run *run);

/* Outputs off; the run stays. who: for the record. -EINVAL when it is not running. */
int mb_run_pause(struct mb_run *run, const char *who, struct mb_error *err);
/* Clears the bench fault and goes back to the step's point of resumption. -EINVAL not paused; -EAGAIN bench
 * not ready. */
int mb_run_continue(struct mb_run *run, const char *who, struct mb_error *err);
int mb_run_abort(struct mb_run *run, const char *who, struct mb_error *err);
/* An answer to the question asked: a word, or a number (NAN: none). -EINVAL with err. */
int mb_run_answer(struct mb_run *run, const char *item, const char *word, double number, const char *who,
                  struct mb_error *err);

const char *mb_run_uuid(const struct mb_run *run);
enum mb_run_state mb_run_state(const struct mb_run *run);
const char *mb_run_state_name(enum mb_run_state state);
const char *mb_run_step(const struct mb_run *run); /* id, "" when none */
const char *mb_run_step_title(const struct mb_run *run);
double mb_run_progress(const struct mb_run *run);     /* 0..1 of the expected time */
const char *mb_run_waiting(const struct mb_run *run); /* why it does not go on, or the question */
const char *mb_run_ask(const struct mb_run *run);     /* id of the question, "" when none */
const char *mb_run_verdict(const struct mb_run *run); /* "" until there is one */
const char *mb_run_reason(const struct mb_run *run);
struct mb_bench *mb_run_bench(const struct mb_run *run);
const struct mb_procedure *mb_run_procedure(const struct mb_run *run);
/* Limit, value and grade once evaluated; NULL before. */
const struct mb_grade *mb_run_grade(const struct mb_run *run);
/* What the evaluation judged, the efficiency first; *ret_count 0 before. */
const struct mb_item_result *mb_run_items(const struct mb_run *run, size_t *ret_count);
double mb_run_efficiency(const struct mb_run *run); /* NAN: none */
