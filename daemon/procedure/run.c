/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine: one step after the other, each fed with snapshots. Interruptions go through pause, never around
 * it. */
#include "procedure/run.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "procedure/internal.h"

static void begin_step(struct mb_run *run, size_t index);

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
    int r = payload ? mb_record_append(run->record, mb_clock_now_ns(mb_bench_clock(run->bench)), type,
                                       payload, &err)
                    : -ENOMEM;

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
        begin_step(run, run->index + 1);
        break;
    case MB_STEP_INVALID:
        run_end(run, MB_RUN_DONE, "INVALID", run->step.reason);
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
    run->step = (struct mb_step){
        .plan = plan,
        .state = calloc(1, plan->kind->state_size ? plan->kind->state_size : 1),
        .data = &run->data,
        .services = &run_services,
        .userdata = run,
    };
    run->step_progress = 0;
    run->waiting[0] = run->question.id[0] = '\0';
    for (size_t i = 0; i < plan->discard_count; i++)
        (void)json_array_append_new(discards, json_string(plan->discards[i]));
    return run->step.state ? run_append(run, "step",
                                        json_pack("{s:s, s:s, s:i, s:o}", "step", plan->id, "title",
                                                  plan->title, "attempt", run->attempt, "discards", discards))
                           : -ENOMEM;
}

static void begin_step(struct mb_run *run, size_t index)
{
    const struct mb_plan_step *plan;
    enum mb_step_result result;

    run->index = index;
    if (index == run->procedure->step_count) {
        run_end(run, MB_RUN_DONE, NULL, "");
        return;
    }
    plan = &run->procedure->steps[index];
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

    if ((run->state == MB_RUN_RUNNING || run->state == MB_RUN_WAITING) && !run->ending)
        run_take_result(run, run->step.plan->kind->tick(&run->step, snapshot));
}

bool run_is_active(const struct mb_run *run)
{
    return (run->state == MB_RUN_RUNNING || run->state == MB_RUN_WAITING) && !run->ending;
}

void run_hold(struct mb_run *run, const char *type, const char *reason, const char *who)
{
    run->state = MB_RUN_PAUSED;
    run->question.id[0] = '\0';
    (void)snprintf(run->reason, sizeof run->reason, "%s", reason);
    (void)snprintf(run->waiting, sizeof run->waiting, "paused: %s", reason);
    if (run_append(run, type,
                   json_pack("{s:s, s:s, s:s, s:s}", "step", mb_run_step(run), "state", "paused", "reason",
                             reason, "who", who ? who : "")) < 0) {
        run_end(run, MB_RUN_FAULT, "INVALID", "the record cannot be written");
        return;
    }
    run_event(run, type, reason);
    run_changed(run);
}

static void on_fault(const char *text, void *userdata)
{
    struct mb_run *run = userdata;

    if (run_is_active(run)) {
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
    run_end_continue(userdata);
}

static const struct mb_bench_observer bench_observer = {
    .snapshot = on_snapshot,
    .fault = on_fault,
    .changed = on_changed,
};

static int tell_ended(sd_event_source *source, void *userdata)
{
    struct mb_run *run = userdata;

    (void)source;
    if (run->observer && run->observer->ended)
        run->observer->ended(run, run->userdata);
    return 0;
}

/* The nameplate's own speed where it is given; else the slip that procedures A1 expects of a cage motor is
 * not known and synchronous speed stands in until the thermal run measures it. */
static double nameplate_torque_nm(const struct mb_motor *m)
{
    double n_rpm =
        isfinite(m->rated.speed_rpm) ? m->rated.speed_rpm : 120 * m->rated.frequency_hz / m->rated.poles;

    return m->rated.power_w * 60 / (2 * M_PI * n_rpm);
}

static int check_start(const struct mb_run *run, struct mb_error *err)
{
    const struct mb_motor *m = &run->motor;
    int r = mb_bench_ready(run->bench, err);

    if (r < 0)
        return r;
    if (mb_bench_safe_state(run->bench) != MB_SAFE)
        return mb_error_set(err, -EBUSY, "bench %s is not in its safe state (%s)",
                            mb_bench_get_setting(run->bench)->name,
                            mb_safe_state_name(mb_bench_safe_state(run->bench)));
    if (!(run->procedure->kinds & 1u << m->kind))
        return mb_error_set(err, -EINVAL, "%s is not for %s motors", run->procedure->title,
                            mb_motor_kind_names[m->kind]);
    if (run->procedure->sealing_ring && m->sealing_ring == MB_SEAL_NOT_STATED)
        return mb_error_set(err, -EINVAL,
                            "the motor file does not state sealing_ring; the item %s needs it, "
                            "allowed: fitted, removed, none",
                            run->procedure->item);
    return 0;
}

static struct mb_run *run_new(sd_event *event, struct mb_store *store, struct mb_bench *bench,
                              const struct mb_limits *limits)
{
    struct mb_run *run = calloc(1, sizeof *run);

    if (!run)
        return NULL;
    run->event = sd_event_ref(event);
    run->store = store;
    run->bench = bench;
    run->limits = limits;
    run->attempt = 1;
    run->efficiency = NAN;
    mb_motor_init(&run->motor);
    if (sd_event_add_defer(event, &run->ended, tell_ended, run) < 0 ||
        sd_event_source_set_enabled(run->ended, SD_EVENT_OFF) < 0)
        return mb_run_free(run);
    return run;
}

static void init_data(struct mb_run *run)
{
    run->data = (struct mb_run_data){
        .motor = &run->motor,
        .gates = &run->procedure->gates,
        .rated_torque_nm = nameplate_torque_nm(&run->motor),
        .winding_hot_c = NAN,
        .reheated_c = NAN,
        .coolant_c = NAN,
        .switched_off_s = run_services.now_s(run),
    };
    mb_bench_set_rating(run->bench, run->motor.rated.voltage_v, run->data.rated_torque_nm);
}

int mb_run_start(sd_event *event, struct mb_store *store, struct mb_bench *bench,
                 const struct mb_limits *limits, struct mb_procedure *procedure,
                 const struct mb_run_request *request, const struct mb_run_observer *observer, void *userdata,
                 struct mb_run **ret, struct mb_error *err)
{
    struct mb_run *run = run_new(event, store, bench, limits);
    int r = run ? 0 : -ENOMEM;

    if (r == 0) {
        run->procedure = procedure;
        run->standards = request->standards;
        run->rule = request->rule;
        r = mb_motor_parse(request->motor_name, request->motor_text, strlen(request->motor_text), &run->motor,
                           err);
    }
    if (r == 0)
        r = check_start(run, err);
    if (r == 0)
        r = run_open_record(run, request, err);
    if (r < 0) {
        if (run)
            run->procedure = NULL; /* still the caller's */
        mb_run_free(run);
        return r;
    }
    init_data(run);
    run->observer = observer;
    run->userdata = userdata;
    run->state = MB_RUN_RUNNING;
    mb_bench_forget_manual(bench);
    mb_bench_set_observer(bench, &bench_observer, run);
    run->attached = true;
    *ret = run;
    if (mb_bench_measure(bench, MB_BENCH_RUNNING) < 0)
        run_end(run, MB_RUN_FAULT, "INVALID", "the bench cannot be read");
    else
        begin_step(run, 0);
    return 0;
}

void run_detach(struct mb_run *run)
{
    if (run->attached)
        mb_bench_set_observer(run->bench, NULL, NULL);
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
    mb_procedure_free(run->procedure);
    mb_motor_clear(&run->motor);
    sd_event_unref(run->event);
    free(run);
    return NULL;
}

int mb_run_pause(struct mb_run *run, const char *who, struct mb_error *err)
{
    if (!run_is_active(run))
        return mb_error_set(err, -EINVAL, "the run is %s, only a running one can be paused",
                            mb_run_state_name(run->state));
    mb_bench_make_safe(run->bench);
    run_hold(run, "state", "paused by the operator", who);
    return 0;
}

int mb_run_continue(struct mb_run *run, const char *who, struct mb_error *err)
{
    int r;

    if (run->state != MB_RUN_PAUSED || run->ending)
        return mb_error_set(err, -EINVAL, "the run is %s, not paused", mb_run_state_name(run->state));
    if (mb_bench_reset(run->bench) < 0 || mb_bench_safe_state(run->bench) != MB_SAFE)
        return mb_error_set(err, -EAGAIN, "the outputs are not confirmed off yet (%s); try again",
                            mb_safe_state_name(mb_bench_safe_state(run->bench)));
    r = mb_bench_ready(run->bench, err);
    if (r < 0)
        return r;
    if (run_append(run, "state", json_pack("{s:s, s:s}", "state", "running", "who", who ? who : "")) < 0)
        return mb_error_set(err, -EIO, "the record cannot be written");
    run->state = MB_RUN_RUNNING;
    run->reason[0] = '\0';
    run->attempt++;
    (void)mb_bench_measure(run->bench, MB_BENCH_RUNNING);
    run_event(run, "note", "continued");
    begin_step(run, (size_t)run->procedure->steps[run->index].resume_at);
    return 0;
}

int mb_run_abort(struct mb_run *run, const char *who, struct mb_error *err)
{
    char reason[128];

    if (run->ending || (!run_is_active(run) && run->state != MB_RUN_PAUSED))
        return mb_error_set(err, -EINVAL, "the run is %s already",
                            run->ending && run->state != run->ending_state ? "ending"
                                                                           : mb_run_state_name(run->state));
    (void)snprintf(reason, sizeof reason, "aborted by %s", who && *who ? who : "the operator");
    run_end(run, MB_RUN_ABORTED, "INVALID", reason);
    return 0;
}

static int cannot_write(struct mb_run *run, struct mb_error *err)
{
    run_end(run, MB_RUN_FAULT, "INVALID", "the record cannot be written");
    return mb_error_set(err, -EIO, "the record cannot be written");
}

/* A number that belongs to the bench's readings: recorded, then seen by the step with the next snapshot. */
static int enter_reading(struct mb_run *run, enum mb_signal signal, const char *item, double number,
                         const char *who, struct mb_error *err)
{
    int r = mb_bench_enter(run->bench, signal, number, NAN);

    if (r < 0)
        return mb_error_set(
            err, r,
            "%s cannot be entered here: a sensible number is needed, and a bench that has it as manual",
            item);
    if (run_append(run, "operator",
                   json_pack("{s:s, s:f, s:s}", "ask", item, "value", number, "who", who ? who : "")) < 0)
        return cannot_write(run, err);
    return 0;
}

int mb_run_answer(struct mb_run *run, const char *item, const char *word, double number, const char *who,
                  struct mb_error *err)
{
    const struct mb_step_kind *kind = run->step.plan ? run->step.plan->kind : NULL;
    int r;

    /* The coolant is read by a person now and then, whether or not the run waits for it. */
    if (strcmp(item, "coolant") == 0)
        return run_is_active(run) ? enter_reading(run, MB_SIGNAL_COOLANT, item, number, who, err)
                           : mb_error_set(err, -EINVAL, "the run is %s", mb_run_state_name(run->state));
    if (run->state != MB_RUN_WAITING || strcmp(run->question.id, item) != 0)
        return mb_error_set(err, -EINVAL, "the run does not ask for '%s'%s%s", item,
                            run->question.id[0] ? " but for " : "", run->question.id);
    r = kind->answer ? kind->answer(&run->step, item, word, number) : -EINVAL;
    if (r == -EIO)
        return cannot_write(run, err);
    if (r < 0)
        return mb_error_set(err, -EINVAL, "'%s' is not an answer to: %s", word ? word : "", run->waiting);
    if (r > 0) {
        r = enter_reading(run, MB_SIGNAL_RESISTANCE, item, number, who, err);
        if (r == 0)
            run_services.ask(run, "", "");
    }
    return r;
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
    double done = 0;

    if (run->state == MB_RUN_DONE)
        return 1;
    for (size_t i = 0; i < run->index; i++)
        done += run->procedure->steps[i].minutes;
    if (run->index < run->procedure->step_count)
        done += run->step_progress * run->procedure->steps[run->index].minutes;
    return run->procedure->minutes > 0 ? fmin(1, done / run->procedure->minutes) : 0;
}

const char *mb_run_waiting(const struct mb_run *run)
{
    return run->waiting;
}

const char *mb_run_ask(const struct mb_run *run)
{
    return run->question.id;
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
