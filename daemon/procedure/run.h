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

/* One item of the inspection, in the order of the plan. */
enum mb_item_state { MB_ITEM_PLANNED, MB_ITEM_RUNNING, MB_ITEM_DONE, MB_ITEM_NOT_RUN };
/* What a person has decided about powered items after a safety item that could not be judged. */
enum mb_unjudged { MB_UNJUDGED_OPEN, MB_UNJUDGED_ENERGISE, MB_UNJUDGED_LEAVE };
struct mb_run_item {
    char id[40], title[80];
    struct mb_procedure *procedure; /* NULL: it cannot be done */
    enum mb_item_state state;
    bool wanted;             /* asked for: it counts in the verdict of the run */
    int attempt;             /* 0: never begun */
    enum mb_verdict verdict; /* of the last attempt, once done */
    enum mb_item_class item_class;
    char reason[512];
    json_t *findings; /* document/item.h; NULL: none */
    bool is_void;     /* ended without being valid: its readings do not count */
    bool again;       /* begins once more */
    enum mb_unjudged unjudged;
    unsigned borrows; /* of which items it uses readings: bits of their indices */
};
const char *mb_item_state_name(enum mb_item_state state); /* "planned", "running", "done", "not-run" */

struct mb_run;

struct mb_run_observer {                                 /* members may be NULL */
    void (*changed)(struct mb_run *run, void *userdata); /* state, step, waiting, progress, verdict */
    /* The bench has new readings, before anything is made of them. */
    void (*readings)(struct mb_run *run, void *userdata);
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
    const char *items;                    /* between commas, or "all"; NULL: those of the bench file */
    const char *method;                   /* of the item efficiency, by any of its names; NULL: the bench
                                             file's, else that of the plan of the inspection */
    const char *plan_directory;           /* where their procedures are, NAME.yaml */
};

/* Checks the request, makes the record row and freezes what decides, then starts. The bench, the store and
 * the limits must outlive the run. procedure: a run of this one alone, taken over on success; NULL: of the
 * items of the request. -EINVAL bad motor file, no such item, nothing that can be done; -EAGAIN bench not
 * ready; -EBUSY bench not safe; -EIO record. */
int mb_run_start(sd_event *event, struct mb_store *store, struct mb_bench *bench,
                 const struct mb_limits *limits, struct mb_procedure *procedure,
                 const struct mb_run_request *request, const struct mb_run_observer *observer, void *userdata,
                 struct mb_run **ret, struct mb_error *err);
/* A run that has not ended is ended as aborted first: the outputs go off, the record says so. */
struct mb_run *mb_run_free(struct mb_run *run);

/* Takes up a run that an earlier daemon left open: rebuilt from its record, paused, outputs off
 * (docs/decisions/0017-resume.md). -ESTALE: bench file, profile, limits or program are not those of its
 * beginning; -ELOOP: the daemon has ended too often in it, and the bench stays off; -EBADMSG: the record does
 * not verify; other errors: it cannot be rebuilt. It is the caller's to close it then (mb_store_close_run).
 */
int mb_run_restore(sd_event *event, struct mb_store *store, struct mb_bench *bench,
                   const struct mb_limits *limits, const struct mb_standards *standards, const char *uuid,
                   const struct mb_run_observer *observer, void *userdata, struct mb_run **ret,
                   struct mb_error *err);

/* Outputs off; the run stays. who and why (one line of at most MB_RUN_WHY_MAX bytes) are for the record and
 * may be NULL. -EINVAL when it is not running. */
int mb_run_pause(struct mb_run *run, const char *who, const char *why, struct mb_error *err);
#define MB_RUN_WHY_MAX 300
/* Clears the bench fault and goes back to the step's point of resumption. -EINVAL not paused; -EAGAIN bench
 * not ready. */
int mb_run_continue(struct mb_run *run, const char *who, const char *why, struct mb_error *err);
int mb_run_abort(struct mb_run *run, const char *who, struct mb_error *err);
/* Another person operates the bench from now on, for the record. -EIO. */
int mb_run_taken_over(struct mb_run *run, const char *who, const char *from, const char *why,
                      struct mb_error *err);
/* An answer to the question asked: a word, or a number (NAN: none). -EINVAL with err. */
int mb_run_answer(struct mb_run *run, const char *item, const char *word, double number, const char *who,
                  struct mb_error *err);

/* Does an item once more: after the present one, or the present one from its beginning. What it read before
 * stays in the record and counts no longer. -EINVAL: no such item, or the run has ended. */
int mb_run_repeat(struct mb_run *run, const char *item, const char *who, struct mb_error *err);
/* A photograph for the question asked: JPEG or PNG by its first bytes, at most MB_PHOTO_MAX bytes. It goes
 * into the record before the answer. -EINVAL with err. */
int mb_run_attach(struct mb_run *run, const char *item, const void *bytes, size_t size, const char *who,
                  struct mb_error *err);
#define MB_PHOTO_MAX (16u << 20)

const char *mb_run_uuid(const struct mb_run *run);
enum mb_run_state mb_run_state(const struct mb_run *run);
const char *mb_run_state_name(enum mb_run_state state);
const char *mb_run_step(const struct mb_run *run); /* id, "" when none */
const char *mb_run_step_title(const struct mb_run *run);
double mb_run_progress(const struct mb_run *run);     /* 0..1 of the expected time */
const char *mb_run_waiting(const struct mb_run *run); /* why it does not go on, or the question */
const char *mb_run_ask(const struct mb_run *run);     /* id of the question, "" when none */
const struct mb_question *mb_run_question(const struct mb_run *run); /* id "" when none */
size_t mb_run_item_count(const struct mb_run *run);
const struct mb_run_item *mb_run_item(const struct mb_run *run, size_t i); /* NULL: no more */
const char *mb_run_verdict(const struct mb_run *run);                      /* "" until there is one */
const char *mb_run_reason(const struct mb_run *run);
struct mb_bench *mb_run_bench(const struct mb_run *run);
/* Of the present item, or the last one. */
const struct mb_procedure *mb_run_procedure(const struct mb_run *run);
/* Limit, value and grade once evaluated; NULL before. */
const struct mb_grade *mb_run_grade(const struct mb_run *run);
/* What the evaluation judged, the efficiency first; *ret_count 0 before. */
const struct mb_item_result *mb_run_items(const struct mb_run *run, size_t *ret_count);
double mb_run_efficiency(const struct mb_run *run); /* NAN: none */
