/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/contactor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/timer.h"

enum proof { PROOF_NONE, PROOF_CLOSING, PROOF_OPENING };

struct guard_contactor {
    sd_event *event;
    const struct mb_bench_setting *setting;
    const struct guard_contactor_owner *owner;
    void *userdata;
    struct mb_gpio_line *coil, *feedback; /* coil NULL: not held */
    sd_event_source *settled;
    bool closed; /* as it was told */
    enum proof proof;
};

/* It moved by itself, or bounces: when it has come to rest it is looked at. */
static void on_changed(void *userdata)
{
    struct guard_contactor *c = userdata;

    if (sd_event_source_get_enabled(c->settled, NULL) == 0)
        mb_timer_arm(c->settled, c->setting->contactor.settle_s);
}

static int hold(struct guard_contactor *c, struct mb_error *err)
{
    const struct mb_gpio_setting *feedback = &c->setting->contactor.feedback;
    int r = 0;

    if (c->coil)
        return 0;
    c->closed = false;
    if (feedback->line && !c->feedback)
        r = mb_gpio_open(c->event, feedback, on_changed, c, &c->feedback, err);
    return r < 0 ? r : mb_gpio_open_output(&c->setting->contactor.line, &c->coil, err);
}

/* 0: it is as it was told, as far as that can be seen. */
static int look(const struct guard_contactor *c, struct mb_error *err)
{
    const struct mb_gpio_setting *coil = &c->setting->contactor.line;
    int level = c->feedback ? mb_gpio_read(c->feedback) : c->closed;

    if (level < 0)
        return mb_error_set(err, level, "the feedback of the contactor at line %s/%s cannot be read: %s",
                            coil->chip, coil->line, strerror(-level));
    if (level == c->closed)
        return 0;
    return mb_error_set(err, -EIO, "the contactor at line %s/%s %s", coil->chip, coil->line,
                        c->closed ? "is told to close and is open" : "is told to open and is closed");
}

static int drive(struct guard_contactor *c, bool closed, struct mb_error *err)
{
    const struct mb_gpio_setting *coil = &c->setting->contactor.line;
    int r = hold(c, err);

    if (r < 0)
        return r;
    r = mb_gpio_write(c->coil, closed);
    if (r < 0) { /* the chip is gone: perhaps it comes again */
        c->coil = mb_gpio_free(c->coil);
        return mb_error_set(err, r, "the contactor at line %s/%s cannot be switched: %s", coil->chip,
                            coil->line, strerror(-r));
    }
    c->closed = closed;
    mb_timer_arm(c->settled, c->setting->contactor.settle_s);
    return 0;
}

/* An error ends it, and in any case it is open then. */
static void go_on_with_proof(struct guard_contactor *c, int error, struct mb_error *text)
{
    const enum proof step = c->proof;
    struct mb_error ignored;
    int r;

    if (step == PROOF_CLOSING) {
        r = drive(c, false, error < 0 ? &ignored : text);
        if (error == 0 && r == 0) {
            c->proof = PROOF_OPENING;
            return;
        }
        error = error < 0 ? error : r;
    }
    c->proof = PROOF_NONE;
    c->owner->proved(error, text->text, c->userdata);
}

static int on_settled(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct guard_contactor *c = userdata;
    struct mb_error err = {""};
    int r = look(c, &err);

    (void)source, (void)usec;
    if (c->proof != PROOF_NONE)
        go_on_with_proof(c, r, &err);
    else if (r < 0)
        c->owner->wrong(err.text, c->userdata);
    else if (c->closed)
        c->owner->closed(c->userdata);
    return 0;
}

int guard_contactor_open(struct guard_contactor *c, struct mb_error *err)
{
    if (!c)
        return 0;
    c->proof = PROOF_NONE;
    return c->coil && !c->closed ? 0 : drive(c, false, err);
}

int guard_contactor_close(struct guard_contactor *c, struct mb_error *err)
{
    return !c || (c->coil && c->closed) ? 0 : drive(c, true, err);
}

int guard_contactor_prove(struct guard_contactor *c, struct mb_error *err)
{
    int r = drive(c, true, err);

    if (r == 0)
        c->proof = PROOF_CLOSING;
    return r;
}

int guard_contactor_new(sd_event *event, const struct mb_bench_setting *setting,
                        const struct guard_contactor_owner *owner, void *userdata,
                        struct guard_contactor **ret)
{
    struct guard_contactor *c;
    int r;

    if (!setting->contactor.line.chip) {
        *ret = NULL;
        return 0;
    }
    c = calloc(1, sizeof *c);
    if (!c)
        return -ENOMEM;
    *c = (struct guard_contactor){
        .event = sd_event_ref(event), .setting = setting, .owner = owner, .userdata = userdata};
    r = mb_timer_new(event, on_settled, c, &c->settled);
    if (r < 0) {
        guard_contactor_free(c);
        return r;
    }
    (void)hold(c, NULL); /* the proof says what is wrong */
    *ret = c;
    return 0;
}

struct guard_contactor *guard_contactor_free(struct guard_contactor *c)
{
    if (!c)
        return NULL;
    if (c->coil)
        (void)mb_gpio_write(c->coil, false);
    mb_gpio_free(c->coil);
    mb_gpio_free(c->feedback);
    sd_event_source_disable_unref(c->settled);
    sd_event_unref(c->event);
    free(c);
    return NULL;
}
