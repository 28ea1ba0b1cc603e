/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One safety test as a script: stop first, set up, read everything back, ask for the interlock, arm, start,
 * poll, result, stop, discharge. The start stands in it once, behind everything that has to be right. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/number.h"
#include "scpi/safety_profile.h"
#include "scpi/safety_task.h"
#include "scpi/text.h"

/* What a command's digits may change of a value before the tester is called too coarse for it. */
#define ROUNDING_MAX 0.005

struct builder {
    struct mb_script script;
    const struct mb_script_context *context;
    const struct mb_safety_block *block;
    const struct mb_safety_mode *mode;
    const struct mb_safety_test *test;
};

static int out_of_memory(struct mb_error *err)
{
    return mb_error_set(err, -ENOMEM, "out of memory for a script");
}

static int add(struct builder *b, enum mb_step_kind kind, const char *text, struct mb_step **ret,
               struct mb_error *err)
{
    struct mb_step *step = mb_script_add(&b->script, kind, text);

    if (!step)
        return out_of_memory(err);
    if (ret)
        *ret = step;
    return 0;
}

static int add_wait(struct builder *b, double bench_s, struct mb_error *err)
{
    struct mb_step *step = NULL;
    int r = bench_s > 0 ? add(b, MB_STEP_WAIT, NULL, &step, err) : 0;

    if (r < 0 || !(bench_s > 0))
        return r;
    step->seconds = bench_s;
    step->bench_time = true;
    return 0;
}

static double asked_for(const struct mb_safety_test *t, int of)
{
    const double values[MB_SAFETY_PARAMETER_COUNT] = {
        [MB_SAFETY_VOLTAGE] = t->voltage_v,     [MB_SAFETY_CURRENT] = t->current_a,
        [MB_SAFETY_LIMIT_HIGH] = t->limit_high, [MB_SAFETY_LIMIT_LOW] = t->limit_low,
        [MB_SAFETY_RAMP] = t->ramp_s,           [MB_SAFETY_HOLD] = t->hold_s,
        [MB_SAFETY_FALL] = t->fall_s,           [MB_SAFETY_FREQUENCY] = t->frequency_hz,
    };

    return values[of];
}

/* Text of the number that is sent, and what it is in base units. */
static int number_to_send(const struct mb_safety_parameter *p, double value, char text[64], double *ret_sent,
                          struct mb_error *err)
{
    bool off = isnan(value);
    double number = off ? p->off : value / p->unit_factor;
    const char *name = mb_safety_parameter_names[p->of];

    if (off && !p->has_off)
        return mb_error_set(err, -ERANGE, "this tester must be told the %s", name);
    if (!off && !(value >= p->minimum && value <= p->maximum))
        return mb_error_set(err, -ERANGE, "%s %g is out of range, allowed: %g to %g", name, value, p->minimum,
                            p->maximum);
    (void)snprintf(text, 64, "%.*f", p->digits, number);
    if (mb_number_parse(text, strlen(text), &number) < 0)
        return mb_error_set(err, -ERANGE, "%s %g cannot be sent", name, value);
    *ret_sent = number * p->unit_factor;
    if (!off && fabs(*ret_sent - value) > ROUNDING_MAX * fabs(value))
        return mb_error_set(err, -ERANGE, "%s %g is finer than this tester takes: it would be %g", name,
                            value, *ret_sent);
    return 0;
}

static int add_read_back(struct builder *b, const struct mb_safety_parameter *p, double sent,
                         struct mb_error *err)
{
    struct mb_step *step = NULL;
    int r = add(b, MB_STEP_READ_BACK, p->query, &step, err);

    if (r < 0)
        return r;
    step->position = &p->back;
    step->number = sent;
    step->tolerance = p->tolerance;
    return 0;
}

static int add_parameter(struct builder *b, const struct mb_safety_parameter *p, bool write,
                         struct mb_error *err)
{
    char number[64];
    const struct mb_variable variables[] = {{"value", number}, {NULL, NULL}};
    struct mb_step *step = NULL;
    double sent = 0;
    int r = number_to_send(p, asked_for(b->test, p->of), number, &sent, err);

    if (r == 0 && write) {
        r = add(b, MB_STEP_WRITE, NULL, &step, err);
        if (r == 0)
            r = mb_text_expand(p->write, variables, &step->text, err);
    }
    return r < 0 ? r : add_read_back(b, p, sent, err);
}

/* Everything is read back twice: at once, and when the last value is set, for one may change another. */
static int add_set_up(struct builder *b, struct mb_error *err)
{
    const struct mb_safety_mode *m = b->mode;
    int r = mb_script_add_rows(&b->script, b->context, &b->block->before_start, err);

    if (r == 0)
        r = mb_script_add_rows(&b->script, b->context, &m->select, err);
    for (size_t i = 0; r == 0 && i < m->parameter_count; i++)
        r = add_parameter(b, &m->parameters[i], true, err);
    if (r == 0)
        r = mb_script_add_rows(&b->script, b->context, &m->finish, err);
    for (size_t i = 0; r == 0 && i < m->parameter_count; i++)
        r = add_parameter(b, &m->parameters[i], false, err);
    return r;
}

static int add_stop(struct builder *b, struct mb_error *err)
{
    return mb_script_add_rows(&b->script, b->context, &b->context->profile->safe.steps, err);
}

static int add_errors(struct builder *b, enum mb_step_kind kind, struct mb_error *err)
{
    const char *query = b->context->profile->errors.query;

    return query ? add(b, kind, query, NULL, err) : 0;
}

static int add_interlock(struct builder *b, enum mb_step_kind kind, struct mb_error *err)
{
    return b->block->interlock.query ? add(b, kind, b->block->interlock.query, NULL, err) : 0;
}

static int add_run(struct builder *b, struct mb_error *err)
{
    const struct mb_safety_block *block = b->block;
    double ramp_s = block->poll.after_ramp && b->test->ramp_s > 0 ? b->test->ramp_s : 0;
    int r = mb_script_add_rows(&b->script, b->context, &block->arm, err);

    if (r == 0 && block->compare_before)
        r = add(b, MB_STEP_BEFORE, block->results[0].query, NULL, err);
    if (r == 0)
        r = add_interlock(b, MB_STEP_INTERLOCK, err);
    if (r == 0)
        r = add(b, MB_STEP_START, block->start.write, NULL, err);
    if (r == 0)
        r = add_wait(b, block->poll.first_after_s + ramp_s, err);
    return r < 0 ? r : add(b, MB_STEP_POLL, block->poll.query, NULL, err);
}

static int add_end(struct builder *b, struct mb_error *err)
{
    double discharge_s = fmax(b->mode->discharge_s, b->test->discharge_s);
    struct mb_step *step = NULL;
    int r = add_interlock(b, MB_STEP_INTERLOCK_AFTER, err);

    for (size_t i = 0; r == 0 && i < b->block->result_count; i++) {
        r = add(b, MB_STEP_RESULT, b->block->results[i].query, &step, err);
        if (r == 0)
            step->group = i;
    }
    if (r == 0)
        r = add_stop(b, err);
    return r < 0 ? r : add_wait(b, discharge_s, err);
}

static int build(struct builder *b, struct mb_error *err)
{
    int r = add_stop(b, err);

    if (r == 0)
        r = add_errors(b, MB_STEP_DRAIN, err);
    if (r == 0)
        r = add_set_up(b, err);
    if (r == 0)
        r = add_errors(b, MB_STEP_CLEAN, err);
    if (r == 0)
        r = add_run(b, err);
    return r < 0 ? r : add_end(b, err);
}

/* A value that the caller gives and the tester does not have: 0 and NAN ask for nothing. */
static int check_offered(const struct mb_safety_mode *m, const struct mb_safety_test *t, struct mb_error *err)
{
    bool earth = t->kind == MB_SAFETY_EARTH_BOND;

    for (int of = 0; of < MB_SAFETY_PARAMETER_COUNT; of++) {
        double value = asked_for(t, of);
        bool offered = isnan(value) || value == 0 || of == (earth ? MB_SAFETY_VOLTAGE : MB_SAFETY_CURRENT);

        for (size_t i = 0; !offered && i < m->parameter_count; i++)
            offered = m->parameters[i].of == of;
        if (!offered)
            return mb_error_set(err, -ENOTSUP, "this tester has no %s to set for %s",
                                mb_safety_parameter_names[of], mb_safety_kind_name(t->kind));
    }
    return 0;
}

static int check_test(const struct mb_profile *p, const struct mb_safety_test *t, struct mb_error *err)
{
    const struct mb_safety_mode *m = p->safety ? mb_safety_mode_find(p->safety, t->kind) : NULL;

    if (!m)
        return mb_error_set(err, -ENOTSUP, "a %s cannot test %s", p->id, mb_safety_kind_name(t->kind));
    if (!(t->hold_s > 0) || !isfinite(t->hold_s) || t->ramp_s < 0 || t->fall_s < 0)
        return mb_error_set(err, -ERANGE, "a test needs a duration above 0: 0 may mean without end");
    if (isnan(t->limit_high) && isnan(t->limit_low))
        return mb_error_set(err, -ERANGE, "a test needs a limit");
    if (p->safety->interlock.none && !t->interlock_acknowledged)
        return mb_error_set(err, -EPERM,
                            "the interlock of a %s cannot be asked (%s): a person must see to it", p->id,
                            p->safety->interlock.none);
    return check_offered(m, t, err);
}

int mb_safety_script(const struct mb_script_context *c, const struct mb_safety_test *test,
                     struct mb_script *ret, struct mb_error *err)
{
    struct builder b = {.context = c, .block = c->profile->safety, .test = test};
    int r = check_test(c->profile, test, err);

    if (r < 0)
        return r;
    b.mode = mb_safety_mode_find(b.block, test->kind);
    r = build(&b, err);
    if (r < 0) {
        mb_script_done(&b.script);
        return r;
    }
    *ret = b.script;
    return 0;
}
