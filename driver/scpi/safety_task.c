/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scpi/safety_task.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scpi/internal.h"
#include "scpi/safety_reply.h"
#include "scpi/text.h"

/* The tester has a clock of its own: this much earlier than asked for it may say that it has finished. */
#define EARLY_RELATIVE 0.05
#define EARLY_S 0.1

struct mb_safety_run *mb_safety_run_new(const struct mb_profile *p, const struct mb_safety_test *test,
                                        const struct mb_test_callbacks *callbacks)
{
    struct mb_safety_run *run = calloc(1, sizeof *run);

    if (!run)
        return NULL;
    run->test = *test;
    run->callbacks = *callbacks;
    run->mode = mb_safety_mode_find(p->safety, test->kind);
    mb_safety_result_init(&run->result);
    return run;
}

struct mb_safety_run *mb_safety_run_free(struct mb_safety_run *run)
{
    if (run)
        free(run->before);
    free(run);
    return NULL;
}

static double given(double seconds)
{
    return seconds > 0 ? seconds : 0;
}

static double longest_s(const struct mb_profile *p, const struct mb_safety_test *t)
{
    return given(t->ramp_s) + t->hold_s + given(t->fall_s) + p->safety->poll.margin_s;
}

double mb_safety_reply_time_s(const struct mb_profile *p, const struct mb_safety_run *run,
                              enum mb_step_kind kind)
{
    return kind == MB_STEP_POLL && p->safety->poll.blocks ? longest_s(p, &run->test) : 0;
}

static uint64_t now_ns(const struct mb_scpi *s)
{
    return s->base.clock ? mb_clock_now_ns(s->base.clock) : mb_monotonic_ns();
}

double mb_safety_elapsed_s(const struct mb_scpi *s, const struct mb_safety_run *run)
{
    return run->started ? (double)(now_ns(s) - run->started_ns) * 1e-9 : 0;
}

static void go_on(struct mb_scpi *s, enum mb_safety_phase phase)
{
    s->current->run->phase = phase;
    mb_scpi_tell_progress(s);
}

int mb_safety_judge_read_back(struct mb_scpi *s, const struct mb_step *step, const char *reply,
                              double *ret_delay_s, struct mb_error *err)
{
    struct mb_reading value;
    int r = mb_safety_reply_number(s->profile, step->position, reply, &value, err);

    (void)ret_delay_s;
    if (r < 0)
        return r;
    if (value.validity != MB_VALID ||
        !(fabs(value.value - step->number) <= step->tolerance + 1e-9 * fabs(step->number)))
        return mb_error_set(err, -EIO, "%s: the tester has not taken %.10g, it answers '%.80s'", step->text,
                            step->number, reply);
    return MB_STEP_NEXT;
}

int mb_safety_judge_before(struct mb_scpi *s, const struct mb_step *step, const char *reply,
                           double *ret_delay_s, struct mb_error *err)
{
    (void)step;
    (void)ret_delay_s;
    s->current->run->before = strdup(reply);
    return s->current->run->before ? MB_STEP_NEXT : mb_error_set(err, -ENOMEM, "out of memory");
}

int mb_safety_judge_interlock(struct mb_scpi *s, const struct mb_step *step, const char *reply,
                              double *ret_delay_s, struct mb_error *err)
{
    (void)ret_delay_s;
    if (mb_regex_match(s->profile->safety->interlock.closed, reply))
        return MB_STEP_NEXT;
    s->current->run->result.verdict = MB_SAFETY_INTERLOCK;
    return mb_error_set(err, -EPERM, "the interlock is not closed: %s answers '%.80s'", step->text, reply);
}

int mb_safety_judge_interlock_after(struct mb_scpi *s, const struct mb_step *step, const char *reply,
                                    double *ret_delay_s, struct mb_error *err)
{
    (void)step;
    (void)ret_delay_s;
    (void)err;
    s->current->run->interlock_opened = !mb_regex_match(s->profile->safety->interlock.closed, reply);
    return MB_STEP_NEXT;
}

int mb_safety_judge_start(struct mb_scpi *s, const struct mb_step *step, const char *reply,
                          double *ret_delay_s, struct mb_error *err)
{
    (void)ret_delay_s;
    s->current->run->started = true;
    s->current->run->started_ns = now_ns(s);
    go_on(s, MB_SAFETY_PHASE_RUNNING);
    if (s->acknowledged && !mb_regex_match(s->profile->acknowledge.match, reply)) {
        s->current->run->result.verdict = MB_SAFETY_REFUSED;
        return mb_error_set(err, -EPERM, "%s: refused with '%.80s'", step->text, reply);
    }
    return MB_STEP_NEXT;
}

/* The same question once more, unless the test should have been over long ago. */
static int wait_on(struct mb_scpi *s, const struct mb_step *step, const char *reply, double *ret_delay_s,
                   struct mb_error *err)
{
    const struct mb_safety_run *run = s->current->run;

    if (mb_safety_elapsed_s(s, run) > longest_s(s->profile, &run->test))
        return mb_error_set(err, -ETIMEDOUT, "%s: the test does not end: '%.80s' %.1f s after the start",
                            step->text, reply, mb_safety_elapsed_s(s, run));
    *ret_delay_s = fmax(s->profile->safety->poll.interval_s, 0.05);
    mb_scpi_tell_progress(s);
    return MB_STEP_AGAIN;
}

int mb_safety_judge_poll(struct mb_scpi *s, const struct mb_step *step, const char *reply,
                         double *ret_delay_s, struct mb_error *err)
{
    const struct mb_safety_block *b = s->profile->safety;
    struct mb_safety_run *run = s->current->run;

    if (mb_regex_match(b->poll.finished, reply)) {
        run->finished_ns = now_ns(s);
        go_on(s, MB_SAFETY_PHASE_RESULT);
        return MB_STEP_NEXT;
    }
    if (!b->poll.running || !mb_regex_match(b->poll.running, reply))
        return mb_error_set(err, -EPROTO, "%s: '%.80s' does not say whether the test runs", step->text,
                            reply);
    run->seen_running = true;
    return wait_on(s, step, reply, ret_delay_s, err);
}

/* Neither seen running nor with a new result: what is there is the result of an earlier test. */
static int not_started(struct mb_safety_run *run, struct mb_error *err)
{
    bool interlock = run->interlock_opened || run->result.verdict == MB_SAFETY_INTERLOCK;

    run->result.verdict = interlock ? MB_SAFETY_INTERLOCK : MB_SAFETY_REFUSED;
    return mb_error_set(err, -EPERM,
                        interlock ? "the tester did not start, its interlock is open: '%.160s'"
                                  : "the tester did not start, remote start may be disabled there: '%.160s'",
                        run->result.raw);
}

static int conclude(struct mb_scpi *s, struct mb_error *err)
{
    struct mb_safety_run *run = s->current->run;
    struct mb_safety_result *result = &run->result;
    double took_s = (double)(run->finished_ns - run->started_ns) * 1e-9;
    double needed_s = given(run->test.ramp_s) + run->test.hold_s;

    if (!run->seen_running && !run->differs)
        return not_started(run, err);
    if (result->verdict == MB_SAFETY_REFUSED)
        return mb_error_set(err, -EPERM, "the tester refuses the test: '%.160s'", result->raw);
    if (run->interlock_opened &&
        (result->verdict == MB_SAFETY_ABORTED || result->verdict == MB_SAFETY_NOT_MEASURED))
        result->verdict = MB_SAFETY_INTERLOCK;
    if (result->verdict == MB_SAFETY_NOT_MEASURED)
        return mb_error_set(err, -EPROTO, "'%.160s' is not a verdict", result->raw);
    if (result->verdict == MB_SAFETY_PASS && took_s < needed_s * (1 - EARLY_RELATIVE) - EARLY_S)
        return mb_error_set(err, -EPROTO, "'%.120s' after %.1f s is not the end of a test of %.1f s",
                            result->raw, took_s, needed_s);
    go_on(s, MB_SAFETY_PHASE_DISCHARGE);
    return MB_STEP_NEXT;
}

int mb_safety_judge_result(struct mb_scpi *s, const struct mb_step *step, const char *reply,
                           double *ret_delay_s, struct mb_error *err)
{
    const struct mb_safety_block *b = s->profile->safety;
    struct mb_safety_run *run = s->current->run;
    struct mb_safety_result result = run->result;
    int r = mb_safety_reply_read(s->profile, &b->results[step->group], run->mode, reply, &result, err);

    if (r < 0)
        return r;
    if (result.verdict == MB_SAFETY_RUNNING) /* a value in the middle of the test, never a result */
        return wait_on(s, step, reply, ret_delay_s, err);
    run->result = result;
    if (step->group == 0)
        run->differs = run->before && strcmp(run->before, reply) != 0;
    return step->group + 1 < b->result_count ? MB_STEP_NEXT : conclude(s, err);
}

static void complete(const struct mb_scpi *s, struct mb_reading *reading)
{
    reading->t_ns = now_ns(s);
    if (s->base.simulated)
        reading->flags |= MB_READING_SIMULATED;
}

void mb_safety_run_tell(struct mb_scpi *s, struct mb_safety_run *run, int error, const char *text)
{
    struct mb_safety_result *result = &run->result;
    struct mb_reading *const readings[] = {&result->applied, &result->value, &result->elapsed};

    if (error < 0 && result->verdict != MB_SAFETY_INTERLOCK && result->verdict != MB_SAFETY_REFUSED)
        result->verdict = MB_SAFETY_NOT_MEASURED;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        if (error < 0)
            *readings[i] = (struct mb_reading){.standard_uncertainty = NAN, .validity = MB_NO_DATA};
        complete(s, readings[i]);
    }
    run->callbacks.done(&s->base, error, text, result, run->callbacks.userdata);
}
