/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of a Modbus instrument: connect, identify, work, lose, find again; and the way to off.
 *
 * One request at a time. What the owner is told comes from one place, on_work, one call a turn of the loop,
 * as its last action: the owner may close or free the instrument in any callback. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "core/instrument_base.h"
#include "core/timer.h"
#include "modbus/internal.h"
#include "transport/recording.h"

#define BACKOFF_MAX_S 5.0
#define SAFE_RETRY_S 0.05

static int on_answer(sd_event_source *source, int fd, uint32_t events, void *userdata);
static void continue_safe(struct mb_modbus *s);

static void wake(struct mb_modbus *s)
{
    (void)sd_event_source_set_enabled(s->work, SD_EVENT_ONESHOT);
}

static void set_state(struct mb_modbus *s, enum mb_instrument_state state, const char *fault)
{
    mb_instrument_base_set_state(&s->base, state, fault);
    s->state_changed = true;
    wake(s);
}

/* ---- tasks ---- */

static struct mb_modbus_task *task_free(struct mb_modbus_task *t)
{
    if (t) {
        free(t->steps.rows);
        free(t->readings);
    }
    free(t);
    return NULL;
}

struct mb_modbus_task *mb_modbus_task_new(const struct mb_modbus *s, enum mb_modbus_task_kind kind,
                                          const struct mb_modbus_steps *steps)
{
    struct mb_modbus_task *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->kind = kind;
    if (kind == MB_MODBUS_TASK_READ) {
        t->readings = calloc(s->base.channel_count + 1, sizeof *t->readings);
        return t->readings ? t : task_free(t);
    }
    t->steps.rows = calloc(steps->count + 1, sizeof *t->steps.rows);
    if (!t->steps.rows)
        return task_free(t);
    memcpy(t->steps.rows, steps->rows, steps->count * sizeof *steps->rows);
    t->steps.count = steps->count;
    return t;
}

static void append(struct mb_modbus_task **list, struct mb_modbus_task *t)
{
    while (*list)
        list = &(*list)->next;
    t->next = NULL;
    *list = t;
}

static struct mb_modbus_task *pop(struct mb_modbus_task **list)
{
    struct mb_modbus_task *t = *list;

    *list = t->next;
    t->next = NULL;
    return t;
}

static enum mb_validity validity_of(int error)
{
    switch (error) {
    case -EPROTO:
    case -EREMOTEIO: /* an exception where a value should be */
        return MB_GARBLED;
    case -EAGAIN:
    case -ECANCELED:
        return MB_STALE;
    default:
        return MB_LINK_FAULT;
    }
}

static void spoil_readings(const struct mb_modbus *s, struct mb_modbus_task *t)
{
    const uint64_t now_ns = s->base.clock ? mb_clock_now_ns(s->base.clock) : 0;

    for (size_t i = 0; i < s->base.channel_count; i++)
        t->readings[i] = (struct mb_reading){.standard_uncertainty = NAN,
                                             .t_ns = now_ns,
                                             .validity = validity_of(t->error),
                                             .flags = s->base.simulated ? MB_READING_SIMULATED : 0};
}

void mb_modbus_finish(struct mb_modbus *s, struct mb_modbus_task *t, int error, const char *text)
{
    t->error = error;
    (void)mb_error_set(&t->text, error, "%s", text);
    if (t->kind == MB_MODBUS_TASK_READ && error < 0)
        spoil_readings(s, t);
    append(&s->finished, t);
    wake(s);
}

static void finish_waiting(struct mb_modbus *s, int error, const char *text)
{
    while (s->waiting)
        mb_modbus_finish(s, pop(&s->waiting), error, text);
    s->waiting_count = 0;
}

static void finish_current(struct mb_modbus *s, int error, const char *text)
{
    struct mb_modbus_task *t = s->current;

    s->current = NULL;
    if (t)
        mb_modbus_finish(s, t, error, text);
}

/* The last action: the owner may free the instrument in it. */
void mb_modbus_tell_finished(struct mb_modbus *s)
{
    struct mb_modbus_task *t = pop(&s->finished);

    if (t->kind == MB_MODBUS_TASK_READ) {
        s->read_pending = false;
        t->read_done(&s->base, t->error, t->text.text, t->readings, s->base.channel_count, t->userdata);
    } else if (t->command_done) {
        t->command_done(&s->base, t->error, t->text.text, t->userdata);
    }
    (void)task_free(t);
}

void mb_modbus_enqueue(struct mb_modbus *s, struct mb_modbus_task *t)
{
    if (s->base.state != MB_INSTRUMENT_READY) {
        mb_modbus_finish(s, t, -ENOTCONN, s->base.fault[0] ? s->base.fault : "the instrument is not ready");
        return;
    }
    append(&s->waiting, t);
    s->waiting_count++;
    wake(s);
}

/* ---- the connection ---- */

static void drop_worker(struct mb_modbus *s)
{
    s->answers = sd_event_source_disable_unref(s->answers);
    s->worker = mb_modbus_worker_drop(s->worker);
    s->asked = false;
    mb_timer_disarm(s->timer);
}

static void on_present(void *userdata)
{
    struct mb_modbus *s = userdata;

    s->watch = mb_tty_watch_free(s->watch);
    if (s->base.state == MB_INSTRUMENT_LOST && !s->current)
        mb_timer_arm(s->timer, 0);
}

static void go_lost(struct mb_modbus *s, const char *fault)
{
    struct mb_error copy;

    (void)mb_error_set(&copy, -ENOTCONN, "%s", fault);
    drop_worker(s);
    mb_timer_disarm(s->safe_deadline);
    finish_current(s, -ENOTCONN, copy.text);
    finish_waiting(s, -ENOTCONN, copy.text);
    set_state(s, MB_INSTRUMENT_LOST, copy.text);
    mb_timer_arm(s->timer, s->backoff_s);
    s->backoff_s = fmin(s->backoff_s + 1, BACKOFF_MAX_S);
    /* Without the watch the next attempt is a matter of time. */
    if (s->address.path && !s->watch)
        (void)mb_tty_watch_new(s->event, s->address.path, on_present, s, &s->watch);
}

static int ask(struct mb_modbus *s, enum mb_modbus_request request, const struct mb_modbus_steps *steps)
{
    int r = mb_modbus_worker_ask(s->worker, request, steps);

    if (r < 0)
        return r;
    s->asked = true;
    s->request = request;
    mb_timer_arm(s->timer, mb_modbus_worker_limit_s(s->worker, request, steps));
    return 0;
}

static int connect_worker(struct mb_modbus *s)
{
    int r = mb_modbus_worker_new(s->crew, s->profile, &s->address, &s->worker);

    if (r >= 0)
        r = sd_event_add_io(s->event, &s->answers, mb_modbus_worker_fd(s->worker), EPOLLIN, on_answer, s);
    if (r >= 0)
        r = ask(s, MB_MODBUS_CONNECT, NULL);
    if (r < 0)
        drop_worker(s);
    return r < 0 ? r : 0;
}

static const char *connect_problem(int r)
{
    return r == -EBUSY ? "the Modbus library does not come back from earlier calls" : strerror(-r);
}

void mb_modbus_begin_open(struct mb_modbus *s)
{
    int r;

    s->watch = mb_tty_watch_free(s->watch);
    memset(s->tallies, 0, s->base.channel_count * sizeof *s->tallies);
    set_state(s, MB_INSTRUMENT_OPENING, s->base.fault);
    r = connect_worker(s);
    if (r < 0)
        go_lost(s, connect_problem(r));
}

static void begin_identify(struct mb_modbus *s)
{
    int r = ask(s, MB_MODBUS_IDENTIFY, NULL);

    if (r < 0)
        go_lost(s, strerror(-r));
}

static void identified(struct mb_modbus *s, const char *identity)
{
    struct mb_error text;

    if (s->first_identity[0] && strcmp(s->first_identity, identity) != 0) {
        (void)mb_error_set(&text, -EIO, "another instrument answers now: '%.80s', it was '%.80s'", identity,
                           s->first_identity);
        go_lost(s, text.text);
        return;
    }
    (void)snprintf(s->first_identity, sizeof s->first_identity, "%s", identity);
    (void)snprintf(s->base.identity, sizeof s->base.identity, "%s", identity);
    s->backoff_s = MB_MODBUS_BACKOFF_S;
    set_state(s, MB_INSTRUMENT_READY, "");
}

/* ---- answers ---- */

static double uncertainty(const struct mb_modbus *s, enum mb_quantity quantity, double value)
{
    const double range = quantity == MB_VOLTAGE   ? s->voltage_range_v
                         : quantity == MB_CURRENT ? s->current_range_a
                                                  : 0;

    return mb_accuracy_uncertainty(s->profile->accuracy, s->profile->accuracy_count, quantity, value, range);
}

static void store_samples(struct mb_modbus *s, const struct mb_modbus_sample *samples)
{
    const uint64_t now_ns = s->base.clock ? mb_clock_now_ns(s->base.clock) : 0;

    for (size_t i = 0; i < s->base.channel_count; i++) {
        enum mb_validity validity = samples[i].validity;

        if (validity == MB_VALID && s->profile->values[i].counter)
            validity = mb_tally_judge(&s->tallies[i], samples[i].value);
        s->current->readings[i] = (struct mb_reading){
            .value = samples[i].value,
            .standard_uncertainty = validity == MB_VALID
                                        ? uncertainty(s, s->base.channels[i].quantity, samples[i].value)
                                        : (double)NAN,
            .t_ns = now_ns,
            .validity = validity,
            .flags = s->base.simulated ? MB_READING_SIMULATED : 0,
        };
    }
}

/* A new connection is asked who is there; an old one is known. */
static void safe_confirmed(struct mb_modbus *s)
{
    mb_timer_disarm(s->safe_deadline);
    finish_current(s, 0, "");
    if (s->base.state == MB_INSTRUMENT_READY)
        return;
    set_state(s, MB_INSTRUMENT_OPENING, s->base.fault);
    begin_identify(s);
}

static void safe_failed(struct mb_modbus *s, const struct mb_modbus_answer *answer)
{
    s->current->text = answer->text;
    if (answer->link_lost || s->request == MB_MODBUS_CONNECT) {
        drop_worker(s);
        if (s->base.state == MB_INSTRUMENT_READY)
            set_state(s, MB_INSTRUMENT_LOST, answer->text.text);
    }
    mb_timer_arm(s->timer, SAFE_RETRY_S);
}

static void task_answered(struct mb_modbus *s, const struct mb_modbus_answer *answer)
{
    if (answer->link_lost) {
        finish_current(s, answer->error, answer->text.text);
        go_lost(s, answer->text.text);
        return;
    }
    if (answer->error == 0 && s->request == MB_MODBUS_READ)
        store_samples(s, answer->samples);
    finish_current(s, answer->error, answer->text.text);
}

static void answered(struct mb_modbus *s, const struct mb_modbus_answer *answer)
{
    const bool safe = s->current && s->current->kind == MB_MODBUS_TASK_SAFE;

    if (safe && answer->error < 0)
        safe_failed(s, answer);
    else if (safe && s->request == MB_MODBUS_RUN)
        safe_confirmed(s);
    else if (safe)
        continue_safe(s);
    else if (s->request == MB_MODBUS_READ || s->request == MB_MODBUS_RUN)
        task_answered(s, answer);
    else if (answer->error < 0)
        go_lost(s, answer->text.text);
    else if (s->request == MB_MODBUS_CONNECT)
        begin_identify(s);
    else
        identified(s, answer->identity);
}

static int on_answer(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct mb_modbus *s = userdata;
    struct mb_modbus_answer answer;

    (void)source, (void)fd, (void)events;
    if (mb_modbus_worker_answer(s->worker, &answer) < 0)
        return 0;
    s->asked = false;
    mb_timer_disarm(s->timer);
    answered(s, &answer);
    wake(s);
    return 0;
}

/* ---- the way to off ---- */

/* On the connection there is, or on a new one. */
static void continue_safe(struct mb_modbus *s)
{
    int r = s->worker ? ask(s, MB_MODBUS_RUN, &s->current->steps) : connect_worker(s);

    if (r < 0) {
        (void)mb_error_set(&s->current->text, r, "%s", connect_problem(r));
        mb_timer_arm(s->timer, SAFE_RETRY_S);
    }
}

void mb_modbus_begin_safe(struct mb_modbus *s, struct mb_modbus_task *t)
{
    s->watch = mb_tty_watch_free(s->watch);
    finish_current(s, -ECANCELED, "gave way to the safe commands");
    finish_waiting(s, -ECANCELED, "gave way to the safe commands");
    if (s->asked) { /* what it does may hang: a new connection does not wait for it */
        drop_worker(s);
        if (s->base.state == MB_INSTRUMENT_READY)
            set_state(s, MB_INSTRUMENT_LOST, "the connection gave way to the safe commands");
    }
    s->current = t;
    mb_timer_arm(s->safe_deadline, s->profile->time_to_safe_s);
    mb_timer_arm(s->timer, 0);
}

static int on_safe_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct mb_modbus *s = userdata;
    struct mb_error text;

    (void)source, (void)usec;
    if (!s->current || s->current->kind != MB_MODBUS_TASK_SAFE)
        return 0;
    (void)mb_error_set(&text, -ETIMEDOUT,
                       "the safe state is not confirmed within %g s, the output may be live: %.300s",
                       s->profile->time_to_safe_s,
                       s->current->text.text[0] ? s->current->text.text : "the instrument does not answer");
    finish_current(s, -ETIMEDOUT, text.text);
    go_lost(s, text.text);
    return 0;
}

/* ---- the loop ---- */

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct mb_modbus *s = userdata;
    const bool safe = s->current && s->current->kind == MB_MODBUS_TASK_SAFE;

    if (s->base.state != MB_INSTRUMENT_LOST && mb_timer_was_late(source, usec))
        return 0;
    if (safe && s->asked) /* the thread is stuck */
        drop_worker(s);
    if (safe)
        continue_safe(s);
    else if (s->base.state == MB_INSTRUMENT_LOST)
        mb_modbus_begin_open(s);
    else
        go_lost(s, "the Modbus library does not come back");
    return 0;
}

static void start_task(struct mb_modbus *s)
{
    int r;

    s->current = pop(&s->waiting);
    s->waiting_count--;
    r = ask(s, s->current->kind == MB_MODBUS_TASK_READ ? MB_MODBUS_READ : MB_MODBUS_RUN, &s->current->steps);
    if (r < 0)
        finish_current(s, r, strerror(-r));
}

static int on_work(sd_event_source *source, void *userdata)
{
    struct mb_modbus *s = userdata;

    (void)source;
    if (s->base.state == MB_INSTRUMENT_READY && !s->current && !s->asked && s->waiting)
        start_task(s);
    if (s->finished || s->state_changed)
        wake(s);
    if (s->finished) {
        mb_modbus_tell_finished(s);
    } else if (s->state_changed) {
        s->state_changed = false;
        if (s->base.state_changed)
            s->base.state_changed(&s->base, s->base.userdata);
    }
    return 0;
}

void mb_modbus_stop(struct mb_modbus *s)
{
    s->watch = mb_tty_watch_free(s->watch);
    drop_worker(s);
    mb_timer_disarm(s->safe_deadline);
    finish_current(s, -ECANCELED, "the instrument was closed");
    finish_waiting(s, -ECANCELED, "the instrument was closed");
    if (s->base.state != MB_INSTRUMENT_CLOSED) {
        mb_record_file_comment(s->address.record, MB_RECORDING_END);
        set_state(s, MB_INSTRUMENT_CLOSED, "");
    }
}

int mb_modbus_add_sources(struct mb_modbus *s)
{
    int r = mb_timer_new(s->event, on_timer, s, &s->timer);

    if (r >= 0)
        r = mb_timer_new(s->event, on_safe_deadline, s, &s->safe_deadline);
    if (r >= 0)
        r = sd_event_source_set_priority(s->safe_deadline, SD_EVENT_PRIORITY_NORMAL - 1);
    return r < 0 ? r : mb_defer_new(s->event, on_work, s, &s->work);
}
