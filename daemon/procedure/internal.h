/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of a run and of its inspection only. */
#pragma once

#include "document/evaluation.h"
#include "document/item.h"
#include "procedure/run.h"
#include "standard/plan.h"

struct mb_run {
    sd_event *event;
    struct mb_store *store;
    struct mb_bench *bench;
    const struct mb_limits *limits;
    const struct mb_standards *standards; /* may be NULL */
    struct mb_procedure *procedure;       /* of the present item; of the last one once all are done */
    struct mb_run_item list[MB_PLAN_ITEMS_MAX + 1];
    size_t list_count, item;       /* item: the present one */
    bool closing;                  /* it has ended: judged once the outputs are confirmed off */
    struct mb_run_item *undecided; /* a person is asked about it; no item and no step is at work meanwhile */
    bool pin;       /* likewise, whether the locked rotor's pin is out: step `index` begins then */
    json_t *stores; /* name of a store -> id of the item that left it */
    unsigned photos;
    struct mb_motor motor;
    struct mb_record *record;
    const struct mb_run_observer *observer;
    void *userdata;
    sd_event_source *ended; /* tells the observer from the loop */

    enum mb_run_state state, ending_state; /* ending_state: what it becomes once the bench is safe */
    bool ending;
    struct mb_run_data data;
    struct mb_step step;
    size_t index;
    int attempt;
    double step_progress;
    int64_t offset_ns;   /* of the record's time to the bench clock's: not 0 after a restart of the daemon */
    bool resuming;       /* continued, but not yet known whether the interrupted step may be */
    json_t *interrupted; /* readings of that step, while resuming */
    bool attached;       /* the bench talks to this run, and to no other */
    char waiting[400], reason[700];
    struct mb_question question; /* id "": none */
    char recording[49];          /* name of the one that is under way or was the last */
    json_t *inspection;          /* the plan as the record has it; NULL without standards */
    enum mb_decision_rule rule;
    char verdict[20];
    bool graded;
    struct mb_grade grade;
    struct mb_item_result items[MB_EVALUATION_ITEMS_MAX];
    size_t item_count;
    struct mb_overall overall;
    double efficiency;
};

extern const struct mb_step_services run_services;
void run_changed(struct mb_run *run);
void run_event(struct mb_run *run, const char *type, const char *text);
/* Pauses with an entry of this type. The outputs are off, or on their way. */
void run_hold(struct mb_run *run, const char *type, const char *reason, const char *who);
/* Beside outputs that go off: people, that it still turns. */
void run_tell_shaft(struct mb_run *run);
/* What a step's result means for the run. */
void run_take_result(struct mb_run *run, enum mb_step_result result);
/* The present step is at work: neither paused nor ending. */
bool run_is_active(const struct mb_run *run);
/* Appends an entry; takes the reference. A record that cannot be written ends the run as a fault. */
int run_append(struct mb_run *run, const char *type, json_t *payload);
/* Begins to end: outputs off; state, verdict (NULL: from the evaluation, if any) and reason follow once the
 * bench is safe. */
void run_end(struct mb_run *run, enum mb_run_state state, const char *verdict, const char *reason);
/* Called when the bench has changed: completes an ending. */
void run_end_continue(struct mb_run *run);
/* The bench talks to this run no longer. */
void run_detach(struct mb_run *run);

/* run_open.c */
int run_open_record(struct mb_run *run, const struct mb_run_request *request, struct mb_error *err);
/* The procedure whose method the record's sheet is of, else the first one. */
struct mb_procedure *run_leading_procedure(const struct mb_run *run);

/* run_frozen.c: names in the record */
#define RUN_FROZEN_MOTOR "motor-file"
#define RUN_FROZEN_BENCH "bench-file"
#define RUN_FROZEN_PLAN "plan-file"         /* of the leading procedure */
#define RUN_FROZEN_PLANS "plan/%.100s.yaml" /* of the others, by their ids */
#define RUN_FROZEN_PROFILE "profile/"
#define RUN_FROZEN_PHOTO "photo/"
typedef int (*run_put)(struct mb_run *run, const char *name, const void *bytes, size_t size, void *userdata,
                       struct mb_error *err);
/* All that decides but the motor file, as it is now; needs the list of items, those to be done as planned. */
int run_each_frozen(struct mb_run *run, run_put put, void *userdata, struct mb_error *err);
/* -ESTALE with the sentence: something is not what the record has. */
int run_compare_frozen(struct mb_run *run, const json_t *document, struct mb_error *err);

/* run_start.c */
struct mb_run *run_new(sd_event *event, struct mb_store *store, struct mb_bench *bench,
                       const struct mb_limits *limits);
void run_init_data(struct mb_run *run);
/* The bench talks to this run from now on. One taken up after a restart leaves the bench idle until it is
 * continued: the guard proves its way on an idle bench only. */
void run_attach(struct mb_run *run);

/* run_resume.c */
/* Of the record: goes on where an earlier daemon's ended. */
uint64_t run_now_ns(const struct mb_run *run);
/* The run's data as a step entry keeps it, and from there. */
json_t *run_data_json(const struct mb_run *run);
void run_data_read(struct mb_run *run, const json_t *object);
/* Goes back to where the interrupted step can be resumed, or on with the next item. A step whose motor must
 * not have cooled asks the next snapshots first. */
void run_resume(struct mb_run *run);
/* What the present step, interrupted, makes void; a step that begins for the first time needs it. */
void run_forget_discards(struct mb_run *run);
void run_resume_tick(struct mb_run *run, const struct mb_snapshot *snapshot);

/* run.c */
void run_begin_step(struct mb_run *run, size_t index);
extern const struct mb_bench_observer run_bench_observer;

/* rotor_pin.c */
/* Asks before step `index` of a powered item begins with the rotor locked; false: nothing to ask. */
bool run_ask_pin(struct mb_run *run, size_t index);
/* -EINVAL: not the answer; -EIO: the record cannot be written. */
int run_answer_pin(struct mb_run *run, const char *word, const char *who);
/* What an answer, as the record has it, says of the pin; one to another question changes nothing. */
void run_note_pin(struct mb_run *run, const char *ask);
/* The run has ended: with the pin in, the bench is to be reset before the next one. */
void run_leave_pin(struct mb_run *run);

/* supply.c */
/* What feeds the motor when the present item begins. */
void run_begin_supply(struct mb_run *run);
/* What an answer, as the record has it, says of the supply; one to another question changes nothing. */
void run_note_supply(struct mb_run *run, const json_t *entry);
/* Whether this item asks for the fundamental and the bench cannot tell it. */
bool run_lacks_fundamental(const struct mb_run *run, const struct mb_procedure *procedure);

/* run_end.c */
/* The record's readings as a sheet, evaluated, and the evaluation on disk. Negative: the run ends as a fault.
 */
int run_evaluate(struct mb_run *run);
void run_forget_evaluation(struct mb_run *run);
/* As run_evaluate, of a sheet that is judged already: writes nothing. */
int run_evaluate_again(struct mb_run *run, struct mb_error *err);

/* inspection_plan.c */
/* Fills the list and the inspection. -EINVAL: an unknown item, or none that can be done. */
enum mb_item_class run_item_class(const char *name);
int run_plan_items(struct mb_run *run, const struct mb_run_request *request, struct mb_error *err);

/* inspection.c */
/* What the present item is judged by; sheet: of the record so far, may be NULL. Borrows from the run. */
void run_item_context(const struct mb_run *run, const json_t *sheet, struct mb_item_context *ret);
unsigned run_item_bit(const struct mb_run *run, const char *id); /* 0: no such item */
/* Begins the next planned item, or ends the run. */
void run_next_item(struct mb_run *run);
/* The present item's last step is done, or (invalid: why) it cannot be valid any more. */
void run_item_ended(struct mb_run *run, const char *invalid);
/* Called when the bench has changed: judges an item that has ended, then the next one. */
void run_item_continue(struct mb_run *run);
/* Says so in the record. */
int run_item_not_run(struct mb_run *run, struct mb_run_item *item, const char *reason);
/* ... of all that are not done. */
int run_items_left(struct mb_run *run, const char *reason);

/* consequence.c */
/* Whether the safety items that are done forbid this powered one, and the reason. */
bool run_forbidden(const struct mb_run *run, const struct mb_run_item *item, char *reason, size_t size);
/* Asks about the first unjudged safety item that nobody has decided about yet; false: there is none. */
bool run_ask_unjudged(struct mb_run *run, const struct mb_run_item *item);
/* -EINVAL: neither of the two answers; -EIO: the record cannot be written. */
int run_answer_unjudged(struct mb_run *run, const char *word, const char *who);
/* An answer as the record has it; one to another question changes nothing. */
void run_decide_unjudged(struct mb_run *run, const char *ask, const char *word);

void run_note_store(struct mb_run *run, const char *store);
void run_forget_store(struct mb_run *run, const char *store);
void run_forget_stores(struct mb_run *run, const char *item); /* all that it left */
/* What an earlier attempt at it has come to. */
void run_forget_item(struct mb_run *run, struct mb_run_item *item);
/* Whether other items have left what this step would read. */
bool run_may_skip(struct mb_run *run, const struct mb_plan_step *step);
