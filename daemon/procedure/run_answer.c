/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people tell a run: answers, numbers read by hand, photographs. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "procedure/internal.h"

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
        return run_is_active(run)
                   ? enter_reading(run, MB_SIGNAL_COOLANT, item, number, who, err)
                   : mb_error_set(err, -EINVAL, "the run is %s", mb_run_state_name(run->state));
    if (run->state != MB_RUN_WAITING || strcmp(run->question.id, item) != 0)
        return mb_error_set(err, -EINVAL, "the run does not ask for '%s'%s%s", item,
                            run->question.id[0] ? " but for " : "", run->question.id);
    (void)snprintf(run->step.who, sizeof run->step.who, "%s", who ? who : "");
    run->step.reason[0] = '\0';
    if (run->undecided)
        r = run_answer_unjudged(run, word ? word : "", run->step.who);
    else if (run->pin)
        r = run_answer_pin(run, word ? word : "", run->step.who);
    else
        r = kind->answer ? kind->answer(&run->step, item, word, number) : -EINVAL;
    if (r == -EIO)
        return cannot_write(run, err);
    if (r < 0)
        return run->step.reason[0] ? mb_error_set(err, -EINVAL, "%s", run->step.reason)
                                   : mb_error_set(err, -EINVAL, "'%s' is not an answer to: %s",
                                                  word ? word : "", run->waiting);
    if (r > 0) {
        r = enter_reading(run, MB_SIGNAL_RESISTANCE, item, number, who, err);
        if (r == 0)
            run_services.ask(run, "", "");
    }
    return r;
}

/* ---- Photographs. ---- */

static const char *photo_suffix(const unsigned char *bytes, size_t size)
{
    static const unsigned char jpeg[] = {0xFF, 0xD8, 0xFF};
    static const unsigned char png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

    if (size > sizeof jpeg && memcmp(bytes, jpeg, sizeof jpeg) == 0)
        return "jpg";
    return size > sizeof png && memcmp(bytes, png, sizeof png) == 0 ? "png" : NULL;
}

int mb_run_attach(struct mb_run *run, const char *item, const void *bytes, size_t size, const char *who,
                  struct mb_error *err)
{
    const char *suffix = photo_suffix(bytes, size);
    char name[sizeof run->step.photo];
    int r;

    if (run->state != MB_RUN_WAITING || strcmp(run->question.id, item) != 0)
        return mb_error_set(err, -EINVAL, "the run does not ask for '%s'%s%s", item,
                            run->question.id[0] ? " but for " : "", run->question.id);
    if (run->question.photo == MB_PHOTO_NONE)
        return mb_error_set(err, -EINVAL, "no photograph belongs to the question %s", item);
    if (size > MB_PHOTO_MAX)
        return mb_error_set(err, -EINVAL, "a photograph has at most %u MiB", MB_PHOTO_MAX >> 20);
    if (!suffix)
        return mb_error_set(err, -EINVAL, "a photograph is a JPEG or PNG file; this is neither");
    (void)snprintf(name, sizeof name, RUN_FROZEN_PHOTO "%.30s-%.40s-%u.%s", run->list[run->item].id, item,
                   run->photos + 1, suffix);
    r = mb_record_freeze(run->record, name, bytes, size, err);
    if (r == 0 && run_append(run, "photo",
                             json_pack("{s:s, s:s, s:s, s:s}", "item", run->list[run->item].id, "ask", item,
                                       "photo", name, "who", who ? who : "")) < 0)
        return cannot_write(run, err);
    if (r < 0)
        return r;
    run->photos++;
    (void)snprintf(run->step.photo, sizeof run->step.photo, "%s", name);
    return 0;
}
