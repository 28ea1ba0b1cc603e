/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine: one step after the other, each fed with snapshots. Interruptions go through pause, never around
 * it. */
#include "procedure/run.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/capture.h"
#include "bench/record.h"
#include "procedure/internal.h"

void run_changed(struct mb_run *run)
{
    if (run->observer && run->observer->changed)
        run->observer->changed(run, run->userdata);
}

void run_event(struct mb_run *run, const char *type, const char *text)
{
    if (run->observer && run->observer->event)
        run->observer->event(run, type, mb_run_step(run), text, run->userdata);
}

int run_append(struct mb_run *run, const char *type, json_t *payload)
{
    struct mb_error err = {""};
    int r = payload ? mb_record_append(run->record, run_now_ns(run), type, payload, &err) : -ENOMEM;

    if (r == 0 && strcmp(type, "reading") == 0)
        run_note_store(run, json_string_value(json_object_get(payload, "store")));
    json_decref(payload);
    if (r < 0)
        run_event(run, "fault", err.text[0] ? err.text : "the record cannot be written");
    return r;
}

void run_take_result(struct mb_run *run, enum mb_step_result result)
{
    switch (result) {
    case MB_STEP_GOES_ON:
        break;
    case MB_STEP_DONE:
        run_begin_step(run, run->index + 1);
        break;
    case MB_STEP_INVALID:
        run_item_ended(run, run->step.reason);
        break;
    case MB_STEP_FAULT:
        run_end(run, MB_RUN_FAULT, "INVALID", run->step.reason);
        break;
    }
}

static void discard_step_state(struct mb_run *run)
{
    free(run->step.state);
    run->step.state = NULL;
}

static int prepare_step(struct mb_run *run, const struct mb_plan_step *plan)
{
    json_t *discards = json_array();

    discard_step_state(run);
    mb_bench_capture_forget(run->bench);
    mb_bench_record_forget(run->bench);
    run->step = (struct mb_step){
        .plan = plan,
        .state = calloc(1, plan->kind->state_size ? plan->kind->state_size : 1),
        .data = &run->data,
        .services = &run_services,
        .userdata = run,
    };
    run->step_progress = 0;
    run->resuming = false;
    run->waiting[0] = run->question.id[0] = '\0';
    for (size_t i = 0; i < plan->discard_count; i++)
        (void)json_array_append_new(discards, json_string(plan->discards[i]));
    return run->step.state ? run_append(run, "step",
                                        json_pack("{s:s, s:s, s:i, s:o, s:o}", "step", plan->id, "title",
                                                  plan->title, "attempt", run->attempt, "discards", discards,
                                                  "data", run_data_json(run)))
                           : -ENOMEM;
}

void run_begin_step(struct mb_run *run, size_t index)
{
    const struct mb_plan_step *plan;
    enum mb_step_result result;

    if (run_ask_pin(run, index))
        return;
    run->index = index;
    while (run->index < run->procedure->step_count && run_may_skip(run, &run->procedure->steps[run->index]))
        run_event(run, "skipped", run->procedure->steps[run->index++].title);
    if (run->index == run->procedure->step_count) {
        run_item_ended(run, NULL);
        return;
    }
    plan = &run->procedure->steps[run->index];
    if (prepare_step(run, plan) < 0) {
        run_end(run, MB_RUN_FAULT, "INVALID", "the record cannot be written");
        return;
    }
    run_event(run, "step", plan->title);
    run_changed(run);
    result = plan->kind->begin(&run->step);
    if (result != MB_STEP_GOES_ON)
        run_take_result(run, result);
}

static void on_snapshot(const struct mb_snapshot *snapshot, void *userdata)
{
    struct mb_run *run = userdata;

    if (run->observer && run->observer->readings)
        run->observer->readings(run, run->userdata);
    if (!run_is_active(run))
        return;
    if (run->resuming)
        run_resume_tick(run, snapshot);
    else
        run_take_result(run, run->step.plan->kind->tick(&run->step, snapshot));
}

bool run_is_active(const struct mb_run *run)
{
    return (run->state == MB_RUN_RUNNING || run->state == MB_RUN_WAITING) && !run->ending && !run->closing &&
           !run->undecided && !run->pin;
}

void run_tell_shaft(struct mb_run *run)
{
    if (mb_bench_shaft(run->bench) == MB_SHAFT_TURNS)
        run_event(run, "note", "the shaft turns until it has run out: nobody near it before it stands");
}

void run_hold(struct mb_run *run, const char *type, const char *reason, const char *who)
{
    run->state = MB_RUN_PAUSED;
    run->question.id[0] = '\0';
    (void)snprintf(run->reason, sizeof run->reason, "%s", reason);
    (void)snprintf(run->waiting, sizeof run->waiting, "paused: %s", reason);
    if (run_append(run, type,
                   json_pack("{s:s, s:s, s:s, s:s, s:s}", "step", mb_run_step(run), "state", "paused",
                             "reason", reason, "who", who ? who : "", "shaft",
                             mb_shaft_name(mb_bench_shaft(run->bench)))) < 0) {
        run_end(run, MB_RUN_FAULT, "INVALID", "the record cannot be written");
        return;
    }
    run_event(run, type, reason);
    run_tell_shaft(run);
    run_changed(run);
}

/* Between two items too. */
static bool can_pause(const struct mb_run *run)
{
    return run_is_active(run) ||
           ((run->closing || run->undecided || run->pin) && !run->ending && run->state != MB_RUN_PAUSED);
}

static void on_fault(const char *text, void *userdata)
{
    struct mb_run *run = userdata;

    if (can_pause(run)) {
        run_hold(run, "fault", text, NULL);
        return;
    }
    if (run->ending || run->state != MB_RUN_PAUSED)
        return;
    /* What became known after the pause: a stop that was not confirmed. */
    run_event(run, "fault", text);
    (void)run_append(run, "fault", json_pack("{s:s, s:s}", "step", mb_run_step(run), "reason", text));
}

static void on_changed(void *userdata)
{
    run_item_continue(userdata);
    run_end_continue(userdata);
}

const struct mb_bench_observer run_bench_observer = {
    .snapshot = on_snapshot,
    .fault = on_fault,
    .changed = on_changed,
};

void run_detach(struct mb_run *run)
{
    if (run->attached) {
        mb_bench_capture_forget(run->bench);
        mb_bench_record_forget(run->bench);
        mb_bench_set_observer(run->bench, NULL, NULL);
    }
    run->attached = false;
}

struct mb_run *mb_run_free(struct mb_run *run)
{
    if (!run)
        return NULL;
    if (run->record && run->state != MB_RUN_DONE && run->state != MB_RUN_ABORTED &&
        run->state != MB_RUN_FAULT) {
        mb_bench_make_safe(run->bench);
        (void)mb_record_finish(run->record, "aborted", "INVALID", "the daemon was stopped", NULL);
    }
    run_detach(run);
    discard_step_state(run);
    sd_event_source_disable_unref(run->ended);
    mb_record_free(run->record);
    for (size_t i = 0; i < run->list_count; i++) {
        mb_procedure_free(run->list[i].procedure);
        json_decref(run->list[i].findings);
    }
    json_decref(run->stores);
    json_decref(run->interrupted);
    json_decref(run->inspection);
    mb_motor_clear(&run->motor);
    sd_event_unref(run->event);
    free(run);
    return NULL;
}

/* One line, short enough for every place where it is shown. */
static int check_why(const char *why, struct mb_error *err)
{
    if (why && strlen(why) > MB_RUN_WHY_MAX)
        return mb_error_set(err, -EINVAL, "a reason has at most %d bytes", MB_RUN_WHY_MAX);
    for (const char *p = why ? why : ""; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return mb_error_set(err, -EINVAL, "a reason is one line of text");
    return 0;
}

int mb_run_pause(struct mb_run *run, const char *who, const char *why, struct mb_error *err)
{
    char reason[MB_RUN_WHY_MAX + 40];
    int r = check_why(why, err);

    if (r < 0)
        return r;
    if (!can_pause(run))
        return mb_error_set(err, -EINVAL, "the run is %s, only a running one can be paused",
                            mb_run_state_name(run->state));
    mb_bench_make_safe(run->bench);
    (void)snprintf(reason, sizeof reason, "paused by the operator%s%s", why && *why ? ": " : "",
                   why ? why : "");
    run_hold(run, "state", reason, who);
    return 0;
}

int mb_run_continue(struct mb_run *run, const char *who, const char *why, struct mb_error *err)
{
    int r = check_why(why, err);

    if (r < 0)
        return r;
    if (run->state != MB_RUN_PAUSED || run->ending)
        return mb_error_set(err, -EINVAL, "the run is %s, not paused", mb_run_state_name(run->state));
    if (mb_bench_reset(run->bench, err) < 0)
        return -EAGAIN;
    if (mb_bench_safe_state(run->bench) != MB_SAFE)
        return mb_error_set(err, -EAGAIN, "the outputs are not confirmed off yet (%s); try again",
                            mb_safe_state_name(mb_bench_safe_state(run->bench)));
    r = mb_bench_ready(run->bench, err);
    if (r < 0)
        return r;
    run_attach(run);
    if (run_append(run, "state",
                   json_pack("{s:s, s:s, s:s}", "state", "running", "reason", why ? why : "", "who",
                             who ? who : "")) < 0)
        return mb_error_set(err, -EIO, "the record cannot be written");
    run->state = MB_RUN_RUNNING;
    run->reason[0] = '\0';
    run->attempt++;
    (void)mb_bench_measure(run->bench, MB_BENCH_RUNNING);
    run_event(run, "note", "continued");
    if (run->closing)
        run_item_continue(run);
    else if (run->undecided)
        run_next_item(run);
    else if (run->pin)
        run_begin_step(run, run->index);
    else if (run->list[run->item].again)
        run_item_ended(run, "repeated by the operator");
    else
        run_resume(run);
    return 0;
}

int mb_run_abort(struct mb_run *run, const char *who, struct mb_error *err)
{
    char reason[sizeof run->reason];
    bool held = run->state == MB_RUN_PAUSED && run->reason[0]; /* what held it is why it was given up */

    if (run->ending || (!can_pause(run) && run->state != MB_RUN_PAUSED))
        return mb_error_set(err, -EINVAL, "the run is %s already",
                            run->ending && run->state != run->ending_state ? "ending"
                                                                           : mb_run_state_name(run->state));
    (void)snprintf(reason, sizeof reason, "aborted by %.100s%s%.380s", who && *who ? who : "the operator",
                   held ? " after: " : "", held ? run->reason : "");
    run_end(run, MB_RUN_ABORTED, "INVALID", reason);
    return 0;
}

int mb_run_taken_over(struct mb_run *run, const char *who, const char *from, const char *why,
                      struct mb_error *err)
{
    if (run_append(run, "lease", json_pack("{s:s, s:s, s:s}", "who", who, "from", from, "why", why)) < 0)
        return mb_error_set(err, -EIO, "the record cannot be written");
    run_event(run, "note", why);
    return 0;
}

const char *mb_run_uuid(const struct mb_run *run)
{
    return mb_record_uuid(run->record);
}

enum mb_run_state mb_run_state(const struct mb_run *run)
{
    return run->state;
}

const char *mb_run_state_name(enum mb_run_state state)
{
    static const char *const names[] = {
        [MB_RUN_PREPARING] = "preparing", [MB_RUN_RUNNING] = "running", [MB_RUN_WAITING] = "waiting",
        [MB_RUN_PAUSED] = "paused",       [MB_RUN_DONE] = "done",       [MB_RUN_ABORTED] = "aborted",
        [MB_RUN_FAULT] = "fault",
    };

    return names[state];
}

const char *mb_run_step(const struct mb_run *run)
{
    return run->step.plan ? run->step.plan->id : "";
}

const char *mb_run_step_title(const struct mb_run *run)
{
    return run->step.plan ? run->step.plan->title : "";
}

double mb_run_progress(const struct mb_run *run)
{
    double done = 0, all = 0;

    if (run->state == MB_RUN_DONE)
        return 1;
    for (size_t i = 0; i < run->list_count; i++) {
        const struct mb_run_item *item = &run->list[i];
        bool present = item->state == MB_ITEM_RUNNING && !run->closing;
        size_t steps = !item->procedure ? 0 : present ? run->index : item->procedure->step_count;

        if (item->state == MB_ITEM_NOT_RUN || !item->procedure)
            continue;
        all += item->procedure->minutes;
        for (size_t k = 0; item->state != MB_ITEM_PLANNED && k < steps; k++)
            done += item->procedure->steps[k].minutes;
        if (present && run->index < item->procedure->step_count)
            done += run->step_progress * item->procedure->steps[run->index].minutes;
    }
    return all > 0 ? fmin(1, done / all) : 0;
}

const char *mb_run_waiting(const struct mb_run *run)
{
    return run->waiting;
}

const char *mb_run_ask(const struct mb_run *run)
{
    return run->question.id;
}

const struct mb_question *mb_run_question(const struct mb_run *run)
{
    return &run->question;
}

const char *mb_run_verdict(const struct mb_run *run)
{
    return run->verdict;
}

const char *mb_run_reason(const struct mb_run *run)
{
    return run->reason;
}

struct mb_bench *mb_run_bench(const struct mb_run *run)
{
    return run->bench;
}

const struct mb_procedure *mb_run_procedure(const struct mb_run *run)
{
    return run->procedure;
}

const struct mb_grade *mb_run_grade(const struct mb_run *run)
{
    return run->graded ? &run->grade : NULL;
}

const struct mb_item_result *mb_run_items(const struct mb_run *run, size_t *ret_count)
{
    *ret_count = run->item_count;
    return run->items;
}

double mb_run_efficiency(const struct mb_run *run)
{
    return run->efficiency;
}
