/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by instrument.c (what the owner asks), life.c (tasks, states, the way to off), steps.c (what a reply
 * means) and nobody else. */
#pragma once

#include "core/instrument.h"
#include "scpi/engine.h"
#include "scpi/profile.h"
#include "scpi/safety_task.h"
#include "scpi/script.h"

enum mb_task_kind {
    MB_TASK_OPEN,   /* identify, set up */
    MB_TASK_VERIFY, /* after the link was renewed: is it still the same instrument? */
    MB_TASK_READ,
    MB_TASK_COMMAND, /* set, output */
    MB_TASK_TEST,    /* a safety test; whatever goes wrong in it ends with a stop */
    MB_TASK_SAFE,
};

struct mb_task {
    struct mb_task *next;
    enum mb_task_kind kind;
    struct mb_script script;
    size_t index;   /* of the current step */
    unsigned epoch; /* of the link that it began on */
    mb_read_done read_done;
    mb_command_done command_done;
    void *userdata;
    struct mb_reading *readings; /* READ: parallel to the channels */
    struct mb_reading *previous; /* READ: of the attempt before, where two must agree */
    struct mb_safety_run *run;   /* TEST */
    int attempts;                /* of the current step */
    bool stale;                  /* READ: nothing new came in time, these are the values of before */
    int error;
    bool judged; /* the error is in what a reply says, not one of the link */
    struct mb_error text;
};

struct mb_scpi {
    struct mb_instrument base;
    sd_event *event;
    struct mb_profile *profile;
    struct mb_script_context context;
    struct mb_engine *engine;
    char first_identity[160];
    struct mb_task *current;
    struct mb_task *waiting, *finished; /* lists, oldest first */
    size_t waiting_count;
    struct mb_task *stopped; /* a test that went wrong, told when its stop is confirmed or cannot be */
    bool read_pending, test_pending, state_changed, progress, freeing;
    bool acknowledged;      /* this link answers every command */
    sd_event_source *work;  /* starts tasks and tells the owner, one call a turn */
    sd_event_source *timer; /* next step, or next attempt to open */
    sd_event_source *safe_deadline;
    double backoff_s;
};

/* What comes after a reply. */
enum mb_step_result {
    MB_STEP_NEXT = 0,
    MB_STEP_AGAIN = 1, /* the same step after *ret_delay_s of bench time */
};

/* Judges the reply to the current step of the current task. Negative errno with err: the task has failed;
 * -EPROTO: the reply has the wrong shape. */
int mb_step_judge(struct mb_scpi *s, const char *reply, double *ret_delay_s, struct mb_error *err);

/* Counters begin anew, as the setup leaves them. */
void mb_step_begin_counting(struct mb_scpi *s);
/* The identity was not told as it was asked for: the next attempt asks in the next way that the profile
 * knows. */
void mb_step_other_identity(struct mb_scpi *s);
/* Whether the profile says that this link answers commands. */
bool mb_step_acknowledged(const struct mb_scpi *s);

/* Standard uncertainty of a value by the profile's accuracy; NaN where the profile or the range does not tell
 * it. */
double mb_scpi_uncertainty(const struct mb_script_context *c, enum mb_quantity quantity, double value);

/* life.c */
extern const struct mb_engine_events mb_scpi_engine_events;
int mb_scpi_add_sources(struct mb_scpi *s);
struct mb_task *mb_scpi_task_new(struct mb_scpi *s, enum mb_task_kind kind);
struct mb_task *mb_scpi_task_free(struct mb_task *t);
/* Puts a task with its script into the queue, or answers it where the instrument is not ready. */
int mb_scpi_enqueue(struct mb_scpi *s, struct mb_task *t);
/* Hands a task with its outcome to the owner, from the loop. */
void mb_scpi_finish(struct mb_scpi *s, struct mb_task *t, int error, const char *text);
/* The owner of the current test hears how far it is, from the loop. */
void mb_scpi_tell_progress(struct mb_scpi *s);
/* Calls the owner with the oldest outcome; the owner may free the instrument in it. */
void mb_scpi_tell_finished(struct mb_scpi *s);
void mb_scpi_begin_open(struct mb_scpi *s);
/* Everything else gives way to this task. */
void mb_scpi_begin_safe(struct mb_scpi *s, struct mb_task *t);
/* Closes; what is pending is answered with -ECANCELED from the loop. */
void mb_scpi_stop(struct mb_scpi *s);
