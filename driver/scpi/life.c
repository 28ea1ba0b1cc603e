/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of a SCPI instrument: open, identify, set up, work, lose, find again; and the way to off.
 *
 * One task at a time. What the owner is told comes from one place, on_work, one call a turn of the loop, as
 * its last action: the owner may close or free the instrument in any callback. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/instrument_base.h"
#include "core/log.h"
#include "core/timer.h"
#include "scpi/internal.h"

#define BACKOFF_MAX_S 5
#define SAFE_RETRY_S 0.1
#define SAFE_QUERY_SHARE 4 /* a query of the safe script may take this part of the time to safe */

static void run_step(struct mb_scpi *s);
static void safe_again(struct mb_scpi *s, const char *why);

static void wake(struct mb_scpi *s)
{
    (void)sd_event_source_set_enabled(s->work, SD_EVENT_ONESHOT);
}

static void set_state(struct mb_scpi *s, enum mb_instrument_state state, const char *fault)
{
    mb_instrument_base_set_state(&s->base, state, fault);
    if (state != MB_INSTRUMENT_READY)
        s->base.notice[0] = '\0'; /* of a reading that is over */
    s->state_changed = true;
    wake(s);
}

struct mb_task *mb_scpi_task_free(struct mb_task *t)
{
    if (t) {
        mb_script_done(&t->script);
        t->run = mb_safety_run_free(t->run);
        free(t->readings);
        free(t->previous);
    }
    free(t);
    return NULL;
}

struct mb_task *mb_scpi_task_new(struct mb_scpi *s, enum mb_task_kind kind)
{
    struct mb_task *t = calloc(1, sizeof *t);
    size_t n = s->base.channel_count ? s->base.channel_count : 1;

    if (!t)
        return NULL;
    t->kind = kind;
    if (kind != MB_TASK_READ)
        return t;
    t->readings = calloc(n, sizeof *t->readings);
    t->previous = calloc(n, sizeof *t->previous);
    if (!t->readings || !t->previous)
        return mb_scpi_task_free(t);
    for (size_t i = 0; i < s->base.channel_count; i++)
        t->readings[i] = (struct mb_reading){.standard_uncertainty = NAN, .validity = MB_NO_DATA};
    return t;
}

static void append(struct mb_task **list, struct mb_task *t)
{
    while (*list)
        list = &(*list)->next;
    t->next = NULL;
    *list = t;
}

static struct mb_task *pop(struct mb_task **list)
{
    struct mb_task *t = *list;

    *list = t->next;
    t->next = NULL;
    return t;
}

static enum mb_validity validity_of_error(const struct mb_task *t)
{
    switch (t->error) {
    case -EPROTO:
    case -EMSGSIZE:
        return MB_GARBLED;
    case -EIO:
        return t->judged ? MB_GARBLED : MB_LINK_FAULT;
    case -ECANCELED:
        return MB_STALE;
    default:
        return MB_LINK_FAULT;
    }
}

static void spoil_readings(struct mb_scpi *s, struct mb_task *t)
{
    uint64_t now_ns = s->base.clock ? mb_clock_now_ns(s->base.clock) : 0;

    for (size_t i = 0; i < s->base.channel_count; i++)
        t->readings[i] = (struct mb_reading){.standard_uncertainty = NAN,
                                             .t_ns = now_ns,
                                             .validity = validity_of_error(t),
                                             .flags = s->base.simulated ? MB_READING_SIMULATED : 0};
}

/* Hands a task with its outcome to on_work; tasks of our own have nobody to tell. */
void mb_scpi_finish(struct mb_scpi *s, struct mb_task *t, int error, const char *text)
{
    t->error = error;
    (void)mb_error_set(&t->text, error, "%s", text);
    if (t->kind == MB_TASK_OPEN || t->kind == MB_TASK_VERIFY) {
        (void)mb_scpi_task_free(t);
    } else {
        if (t->kind == MB_TASK_READ && error < 0)
            spoil_readings(s, t);
        append(&s->finished, t);
    }
    wake(s);
}

static void finish_waiting(struct mb_scpi *s, int error, const char *text)
{
    while (s->waiting)
        mb_scpi_finish(s, pop(&s->waiting), error, text);
    s->waiting_count = 0;
}

static struct mb_task *detach_current(struct mb_scpi *s)
{
    struct mb_task *t = s->current;

    s->current = NULL;
    mb_timer_disarm(s->timer);
    return t;
}

/* The commands of the safe script as one text, for a link whose reply is stuck. */
static void join_commands(const struct mb_scpi *s, const struct mb_script *script, char *buffer, size_t size)
{
    static const char *const separators[] = {"\n", "\r\n", "\r"};
    const char *separator = separators[s->profile->link.write_terminator];
    size_t used = 0;

    buffer[0] = '\0';
    for (size_t i = 0; i < script->count; i++)
        if (script->steps[i].kind == MB_STEP_WRITE && used < size)
            used += (size_t)snprintf(buffer + used, size - used, "%s%s", used ? separator : "",
                                     script->steps[i].text);
}

/* Without a queue and without an answer, before the link is given up or renewed. */
static void send_stop_now(struct mb_scpi *s)
{
    struct mb_script script = {0};
    char commands[MB_ENGINE_COMMAND_MAX];

    if (mb_script_safe(&s->context, &script, NULL) < 0)
        return;
    join_commands(s, &script, commands, sizeof commands);
    mb_script_done(&script);
    mb_engine_farewell(s->engine, commands);
}

/* The outcome of a test that went wrong waits for that of its stop. */
static void keep_stopped(struct mb_scpi *s, struct mb_task *t, int error, const char *text)
{
    t->error = error;
    (void)mb_error_set(&t->text, error, "%s", text);
    s->stopped = t;
}

static void tell_stopped(struct mb_scpi *s, bool confirmed)
{
    struct mb_task *t = s->stopped;
    struct mb_error text;

    if (!t)
        return;
    s->stopped = NULL;
    t->run->result.may_be_live = !confirmed;
    (void)mb_error_set(&text, t->error, "%.300s; %s", t->text.text,
                       confirmed ? "the stop is confirmed"
                                 : "the stop is not confirmed: the output may still be live");
    mb_scpi_finish(s, t, t->error, text.text);
}

static void go_lost(struct mb_scpi *s, const char *fault)
{
    struct mb_error copy;
    struct mb_task *t;

    if (s->base.state == MB_INSTRUMENT_LOST && !s->current && sd_event_source_get_enabled(s->timer, NULL) > 0)
        return; /* known, and the next attempt is under way */
    t = detach_current(s);
    (void)mb_error_set(&copy, -ENOTCONN, "%s", fault);
    mb_timer_disarm(s->safe_deadline);
    mb_engine_close(s->engine);
    if (t)
        mb_scpi_finish(s, t, -ENOTCONN, copy.text);
    finish_waiting(s, -ENOTCONN, copy.text);
    set_state(s, MB_INSTRUMENT_LOST, copy.text);
    mb_timer_arm(s->timer, s->backoff_s);
    mb_engine_watch(s->engine); /* whichever comes first */
    s->backoff_s = s->backoff_s < BACKOFF_MAX_S ? s->backoff_s + 1 : BACKOFF_MAX_S;
}

void mb_scpi_begin_open(struct mb_scpi *s)
{
    struct mb_error err = {0};

    set_state(s, MB_INSTRUMENT_OPENING, s->base.fault);
    mb_step_begin_counting(s);
    if (mb_engine_open(s->engine, &err) < 0)
        go_lost(s, err.text);
}

/* A task of our own, ahead of all others. */
static void start_own(struct mb_scpi *s, enum mb_task_kind kind,
                      int (*make)(const struct mb_script_context *, struct mb_script *, struct mb_error *))
{
    struct mb_error err = {0};
    struct mb_task *t = mb_scpi_task_new(s, kind);
    int r = t ? make(&s->context, &t->script, &err) : mb_error_set(&err, -ENOMEM, "out of memory");

    if (r < 0) {
        (void)mb_scpi_task_free(t);
        go_lost(s, err.text);
        return;
    }
    s->current = t;
    run_step(s);
}

/* Whatever went wrong in a test, also before its start: the stop goes out at once and, where the reply cannot
 * be trusted, again on a new link until it is confirmed. */
static void stop_test(struct mb_scpi *s, int error, const char *text)
{
    struct mb_task *safe = mb_scpi_task_new(s, MB_TASK_SAFE);
    int r = safe ? mb_script_safe(&s->context, &safe->script, NULL) : -ENOMEM;

    keep_stopped(s, detach_current(s), error, text);
    send_stop_now(s);
    if (r < 0) {
        (void)mb_scpi_task_free(safe);
        tell_stopped(s, false);
        go_lost(s, "out of memory for the stop");
        return;
    }
    if (error != -EPERM) /* that is what a good reply has said */
        mb_engine_distrust(s->engine);
    mb_scpi_begin_safe(s, safe);
}

static void task_failed(struct mb_scpi *s, int error, const char *text)
{
    struct mb_error copy;

    (void)mb_error_set(&copy, error, "%s", text);
    if (s->current->kind == MB_TASK_TEST) {
        stop_test(s, error, copy.text);
        return;
    }
    if (s->current->kind == MB_TASK_SAFE) {
        mb_engine_distrust(s->engine);
        safe_again(s, copy.text);
        return;
    }
    if (s->current->kind == MB_TASK_OPEN || s->current->kind == MB_TASK_VERIFY) {
        if (s->current->script.steps[s->current->index].kind == MB_STEP_IDENTIFY)
            mb_step_other_identity(s);
        go_lost(s, copy.text);
        return;
    }
    mb_scpi_finish(s, detach_current(s), error, copy.text);
    mb_engine_distrust(s->engine);
    if (mb_engine_is_closed(s->engine))
        go_lost(s, copy.text); /* now, while the reason is at hand */
    else
        start_own(s, MB_TASK_VERIFY, mb_script_verify);
}

/* Also the end of a safe task that was confirmed. */
static void task_succeeded(struct mb_scpi *s)
{
    struct mb_task *t = detach_current(s);
    enum mb_task_kind kind = t->kind;

    if (kind == MB_TASK_SAFE)
        tell_stopped(s, true);
    mb_scpi_finish(s, t, 0, "");
    if (kind == MB_TASK_OPEN) {
        s->backoff_s = 1;
        set_state(s, MB_INSTRUMENT_READY, "");
    } else if (kind == MB_TASK_SAFE) {
        mb_timer_disarm(s->safe_deadline);
        if (s->base.state == MB_INSTRUMENT_READY) {
            start_own(s, MB_TASK_VERIFY, mb_script_verify);
        } else {
            set_state(s, MB_INSTRUMENT_OPENING, s->base.fault);
            start_own(s, MB_TASK_OPEN, mb_script_open);
        }
    }
}

static void on_reply(int error, const char *text, const uint8_t *data, size_t n, void *userdata)
{
    struct mb_scpi *s = userdata;
    struct mb_error err = {0};
    double delay_s = 0;
    int r;

    (void)n;
    if (!s->current) /* taken away meanwhile */
        return;
    r = error < 0 ? error : mb_step_judge(s, (const char *)data, &delay_s, &err);
    if (r < 0) {
        s->current->judged = error == 0;
        task_failed(s, r, error < 0 ? text : err.text);
    } else if (r == MB_STEP_AGAIN) {
        mb_timer_arm(s->timer,
                     s->base.clock ? (double)mb_clock_real_ns(s->base.clock, delay_s) * 1e-9 : delay_s);
    } else {
        s->current->index++;
        s->current->attempts = 0;
        run_step(s);
    }
}

static void run_wait(struct mb_scpi *s, const struct mb_step *step)
{
    double real_s = step->seconds;

    if (step->bench_time && s->base.clock)
        real_s = (double)mb_clock_real_ns(s->base.clock, step->seconds) * 1e-9;
    s->current->index++;
    mb_timer_arm(s->timer, real_s);
}

static double reply_time_s(const struct mb_scpi *s, const struct mb_task *t, const struct mb_step *step)
{
    double bench_s = t->run ? mb_safety_reply_time_s(s->profile, t->run, step->kind) : 0;

    if (t->kind == MB_TASK_SAFE)
        return s->profile->safe.time_to_safe_s / SAFE_QUERY_SHARE;
    if (!(bench_s > 0))
        return 0;
    if (s->base.clock)
        bench_s = (double)mb_clock_real_ns(s->base.clock, bench_s) * 1e-9;
    return bench_s + s->profile->link.timeout_s;
}

static bool is_command(const struct mb_step *step)
{
    return step->kind == MB_STEP_WRITE || step->kind == MB_STEP_START;
}

static void run_step(struct mb_scpi *s)
{
    struct mb_task *t = s->current;
    const struct mb_step *step;
    struct mb_engine_command command;
    int r;

    if (t->index >= t->script.count) {
        task_succeeded(s);
        return;
    }
    step = &t->script.steps[t->index];
    if (step->kind == MB_STEP_WAIT) {
        run_wait(s, step);
        return;
    }
    command = (struct mb_engine_command){
        .text = step->text,
        .reply = is_command(step) && !s->acknowledged ? MB_REPLY_NONE : MB_REPLY_LINE,
        .timeout_s = reply_time_s(s, t, step),
        /* What was set up on one link is not started on the next: the tester may have been away. */
        .epoch = step->kind == MB_STEP_START ? t->epoch : 0,
        .done = on_reply,
        .userdata = s,
    };
    r = mb_engine_submit(s->engine, &command);
    if (r < 0)
        task_failed(s, r, strerror(-r));
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct mb_scpi *s = userdata;
    struct mb_error err = {0};

    (void)source;
    (void)usec;
    if (!s->current) {
        if (s->base.state == MB_INSTRUMENT_LOST)
            mb_scpi_begin_open(s);
        return 0;
    }
    /* The safe script may have to begin on a new link; EALREADY: the old one is still good. */
    if (s->current->kind == MB_TASK_SAFE && s->current->index == 0) {
        int r = mb_engine_open(s->engine, &err);

        if (r < 0 && r != -EALREADY) {
            safe_again(s, err.text);
            return 0;
        }
    }
    run_step(s);
    return 0;
}

/* Commands that make safe may be sent twice: begin again until the deadline. */
static void safe_again(struct mb_scpi *s, const char *why)
{
    (void)mb_error_set(&s->current->text, 0, "%s", why);
    s->current->index = 0;
    s->current->attempts = 0;
    mb_timer_arm(s->timer, SAFE_RETRY_S);
}

static int on_safe_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct mb_scpi *s = userdata;
    struct mb_error text;

    (void)source;
    (void)usec;
    if (!s->current || s->current->kind != MB_TASK_SAFE)
        return 0;
    (void)mb_error_set(&text, -ETIMEDOUT,
                       "the safe state is not confirmed within %g s, the output may be live: %.300s",
                       s->profile->safe.time_to_safe_s,
                       s->current->text.text[0] ? s->current->text.text : "the instrument does not answer");
    tell_stopped(s, false);
    mb_scpi_finish(s, detach_current(s), -ETIMEDOUT, text.text);
    go_lost(s, text.text);
    return 0;
}

static void on_engine_opened(void *userdata)
{
    struct mb_scpi *s = userdata;

    if (s->current) /* the safe script goes on by itself */
        return;
    start_own(s, MB_TASK_OPEN, mb_script_open);
}

static void on_engine_failed(int code, const char *text, void *userdata)
{
    struct mb_scpi *s = userdata;

    if (s->current && s->current->kind == MB_TASK_TEST)
        stop_test(s, code, text);
    if (!s->current || s->current->kind != MB_TASK_SAFE) {
        go_lost(s, text);
        return;
    }
    finish_waiting(s, -ENOTCONN, text);
    set_state(s, MB_INSTRUMENT_LOST, text);
    safe_again(s, text);
}

/* Plugged in again: not later than need be, and the next failure is a first one. */
static void on_appeared(void *userdata)
{
    struct mb_scpi *s = userdata;

    if (s->base.state != MB_INSTRUMENT_LOST || s->current)
        return;
    mb_timer_disarm(s->timer);
    s->backoff_s = 1;
    mb_scpi_begin_open(s);
}

/* No profile enables service requests: what an instrument says unasked is worth a line, and its next reading
 * has the conditions. */
static void on_service_request(uint8_t status, void *userdata)
{
    struct mb_scpi *s = userdata;

    mb_debug("%s: service request, status byte 0x%02x", s->base.id, status);
}

const struct mb_engine_events mb_scpi_engine_events = {
    .opened = on_engine_opened,
    .failed = on_engine_failed,
    .service_request = on_service_request,
    .appeared = on_appeared,
};

/* The last action: the owner may free the instrument in it. */
void mb_scpi_tell_finished(struct mb_scpi *s)
{
    struct mb_task *t = pop(&s->finished);
    size_t n = s->base.channel_count;

    if (t->kind == MB_TASK_TEST) {
        s->test_pending = false;
        mb_safety_run_tell(s, t->run, t->error, t->text.text);
    } else if (t->kind == MB_TASK_READ) {
        s->read_pending = false;
        t->read_done(&s->base, t->error, t->text.text, t->readings, n, t->userdata);
    } else if (t->command_done) {
        t->command_done(&s->base, t->error, t->text.text, t->userdata);
    }
    (void)mb_scpi_task_free(t);
}

void mb_scpi_tell_progress(struct mb_scpi *s)
{
    s->progress = true;
    wake(s);
}

/* The owner may free the instrument in this too. */
static void tell_progress(struct mb_scpi *s)
{
    struct mb_safety_run *run = s->current ? s->current->run : NULL;

    s->progress = false;
    if (run && run->callbacks.progress)
        run->callbacks.progress(&s->base, run->phase, mb_safety_elapsed_s(s, run), run->callbacks.userdata);
}

static int on_work(sd_event_source *source, void *userdata)
{
    struct mb_scpi *s = userdata;

    (void)source;
    if (s->base.state == MB_INSTRUMENT_READY && !s->current && s->waiting) {
        s->current = pop(&s->waiting);
        s->current->epoch = mb_engine_epoch(s->engine);
        s->waiting_count--;
        run_step(s);
    }
    if (s->finished || s->state_changed || s->progress)
        wake(s);
    if (s->finished) {
        mb_scpi_tell_finished(s);
    } else if (s->progress) {
        tell_progress(s);
    } else if (s->state_changed) {
        s->state_changed = false;
        if (s->base.state_changed)
            s->base.state_changed(&s->base, s->base.userdata);
    }
    return 0;
}

void mb_scpi_stop(struct mb_scpi *s)
{
    struct mb_task *t = detach_current(s);

    mb_timer_disarm(s->safe_deadline);
    if (t && t->kind == MB_TASK_TEST) {
        keep_stopped(s, t, -ECANCELED, "the instrument was closed");
        t = NULL;
    }
    if (s->stopped)
        send_stop_now(s); /* closing the link does not stop a tester */
    for (size_t i = 0; s->base.state == MB_INSTRUMENT_READY && i < s->profile->exit.count; i++)
        mb_engine_farewell(s->engine, s->profile->exit.rows[i].write);
    mb_engine_close(s->engine);
    tell_stopped(s, false);
    if (t)
        mb_scpi_finish(s, t, -ECANCELED, "the instrument was closed");
    finish_waiting(s, -ECANCELED, "the instrument was closed");
    if (s->base.state != MB_INSTRUMENT_CLOSED)
        set_state(s, MB_INSTRUMENT_CLOSED, "");
}

/* Puts a task with its script into the queue, or answers it at once where the instrument is not ready. */
int mb_scpi_enqueue(struct mb_scpi *s, struct mb_task *t)
{
    if (s->base.state != MB_INSTRUMENT_READY) {
        mb_scpi_finish(s, t, -ENOTCONN, s->base.fault[0] ? s->base.fault : "the instrument is not ready");
        return 0;
    }
    append(&s->waiting, t);
    s->waiting_count++;
    wake(s);
    return 0;
}

void mb_scpi_begin_safe(struct mb_scpi *s, struct mb_task *t)
{
    char commands[MB_ENGINE_COMMAND_MAX];
    struct mb_task *before = detach_current(s);

    if (before && before->kind == MB_TASK_TEST)
        keep_stopped(s, before, -ECANCELED, "gave way to the safe commands");
    else if (before)
        mb_scpi_finish(s, before, -ECANCELED, "gave way to the safe commands");
    finish_waiting(s, -ECANCELED, "gave way to the safe commands");
    join_commands(s, &t->script, commands, sizeof commands);
    mb_engine_interrupt(s->engine, commands);
    s->current = t;
    mb_timer_arm(s->safe_deadline, s->profile->safe.time_to_safe_s);
    mb_timer_arm(s->timer, 0); /* on_timer opens the link where it is closed */
}

int mb_scpi_add_sources(struct mb_scpi *s)
{
    int r = mb_timer_new(s->event, on_timer, s, &s->timer);

    if (r >= 0)
        r = mb_timer_new(s->event, on_safe_deadline, s, &s->safe_deadline);
    if (r >= 0)
        r = sd_event_source_set_priority(s->safe_deadline, SD_EVENT_PRIORITY_NORMAL - 1);
    return r < 0 ? r : mb_defer_new(s->event, on_work, s, &s->work);
}
