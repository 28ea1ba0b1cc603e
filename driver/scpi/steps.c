/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the replies to the steps of a script mean. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "scpi/internal.h"
#include "scpi/reply.h"
#include "scpi/safety_task.h"
#include "scpi/text.h"
#include "transport/transport.h"

#define ERRORS_MAX 32 /* entries of an error queue that are taken out before the instrument is given up */
#define FIELDS_MAX 256

static int judge_check(struct mb_scpi *s, const struct mb_step *step, const char *reply, double *ret_delay_s,
                       struct mb_error *err)
{
    double number;
    int r;

    (void)s;
    (void)ret_delay_s;
    if (step->match && !mb_regex_match(step->match, reply))
        return mb_error_set(err, -EIO, "%s: the answer is '%.80s', expected is %s", step->text, reply,
                            step->match);
    if (!step->has_number)
        return MB_STEP_NEXT;
    r = mb_reply_number(reply, step->marker, &number, err);
    if (r < 0)
        return r;
    if (!(fabs(number - step->number) <= step->tolerance + 1e-9 * fabs(step->number)))
        return mb_error_set(err, -EIO, "%s: the answer is %.10g, expected is %.10g", step->text, number,
                            step->number);
    return MB_STEP_NEXT;
}

static int judge_identity(struct mb_scpi *s, const struct mb_step *step, const char *reply,
                          double *ret_delay_s, struct mb_error *err)
{
    const struct mb_profile *p = s->profile;
    const struct mb_identify *way = mb_script_identify(&s->context);
    char identity[sizeof s->base.identity];

    (void)ret_delay_s;
    if (!mb_regex_match(way->match, reply))
        return mb_error_set(err, -EPROTO, "%s: '%.80s' is not a %s %s", step->text, reply, p->maker, p->id);
    (void)snprintf(identity, sizeof identity, "%s", way->name ? way->name : reply);
    mb_text_clean(identity);
    if (s->first_identity[0] && strcmp(s->first_identity, identity) != 0)
        return mb_error_set(err, -EPROTO, "another instrument answers now: '%.80s', it was '%.80s'", identity,
                            s->first_identity);
    memcpy(s->first_identity, identity, sizeof identity);
    memcpy(s->base.identity, identity, sizeof identity);
    return MB_STEP_NEXT;
}

void mb_step_other_identity(struct mb_scpi *s)
{
    if (!s->first_identity[0])
        s->context.identity_choice = (s->context.identity_choice + 1) % (s->profile->alternative_count + 1);
}

bool mb_step_acknowledged(const struct mb_scpi *s)
{
    static const char *const schemes[] = {
        [MB_OVER_ANY] = "", [MB_OVER_TCP] = "tcp:", [MB_OVER_TTY] = "tty:", [MB_OVER_USBTMC] = "usbtmc:"};
    const char *scheme = schemes[s->profile->acknowledge.over];

    return s->profile->acknowledge.match &&
           strncmp(mb_transport_bare_address(s->base.address), scheme, strlen(scheme)) == 0;
}

static int judge_acknowledge(struct mb_scpi *s, const struct mb_step *step, const char *reply,
                             double *ret_delay_s, struct mb_error *err)
{
    (void)ret_delay_s;
    if (!s->acknowledged || mb_regex_match(s->profile->acknowledge.match, reply))
        return MB_STEP_NEXT;
    return mb_error_set(err, -EIO, "%s: the instrument refused it: '%.80s'", step->text, reply);
}

static int judge_labels(struct mb_scpi *s, const struct mb_step *step, const char *reply, double *ret_delay_s,
                        struct mb_error *err)
{
    (void)s;
    (void)ret_delay_s;
    if (mb_reply_labels_fit(step->match, reply))
        return MB_STEP_NEXT;
    return mb_error_set(err, -EIO, "%s: the columns are '%.120s', expected are '%.120s'", step->text, reply,
                        step->match);
}

/* An old value that comes once more looks like a quiet load. */
static int judge_fresh(struct mb_scpi *s, const struct mb_step *step, const char *reply, double *ret_delay_s,
                       struct mb_error *err)
{
    const struct mb_profile *p = s->profile;

    (void)step;
    (void)err;
    if (mb_regex_match(p->new_data.match, reply))
        return MB_STEP_NEXT;
    s->current->stale = ++s->current->attempts * p->new_data.interval_s >= p->new_data.timeout_s;
    *ret_delay_s = p->new_data.interval_s;
    return s->current->stale ? MB_STEP_NEXT : MB_STEP_AGAIN;
}

static int judge_drain(struct mb_scpi *s, const struct mb_step *step, const char *reply, double *ret_delay_s,
                       struct mb_error *err)
{
    if (mb_regex_match(s->profile->errors.ok, reply))
        return MB_STEP_NEXT;
    if (++s->current->attempts >= ERRORS_MAX)
        return mb_error_set(err, -EIO, "%s: the error queue does not become empty: '%.80s'", step->text,
                            reply);
    *ret_delay_s = 0;
    return MB_STEP_AGAIN;
}

static int judge_clean(struct mb_scpi *s, const struct mb_step *step, const char *reply, double *ret_delay_s,
                       struct mb_error *err)
{
    (void)step;
    (void)ret_delay_s;
    if (mb_regex_match(s->profile->errors.ok, reply))
        return MB_STEP_NEXT;
    return mb_error_set(err, -EIO, "the instrument reports '%.80s'", reply);
}

static double range_of(const struct mb_script_context *c, enum mb_quantity quantity)
{
    /* Powers of several elements are sums: the ranges add up. By mb_wirings. */
    static const double elements[MB_WIRING_COUNT] = {1, 2, 2, 3, 2};
    double n = c->wiring >= 0 ? elements[c->wiring] : 1;

    switch (quantity) {
    case MB_VOLTAGE:
        return c->voltage_range_v;
    case MB_CURRENT:
        return c->current_range_a;
    case MB_ACTIVE_POWER:
    case MB_APPARENT_POWER:
        return n * c->voltage_range_v * c->current_range_a;
    default:
        return 0;
    }
}

double mb_scpi_uncertainty(const struct mb_script_context *c, enum mb_quantity quantity, double value)
{
    /* With automatic ranging the range in force is not known. */
    return mb_accuracy_uncertainty(c->profile->accuracy, c->profile->accuracy_count, quantity, value,
                                   range_of(c, quantity));
}

void mb_step_begin_counting(struct mb_scpi *s)
{
    for (size_t i = 0; i < s->context.field_count; i++) {
        s->context.fields[i].tally = (struct mb_tally){0};
    }
}

static void store_value(struct mb_scpi *s, struct mb_active_field *f, const struct mb_reply_value *v)
{
    struct mb_reading *reading = &s->current->readings[f->channel];
    enum mb_quantity quantity = s->base.channels[f->channel].quantity;
    const bool stale = s->current->stale;
    enum mb_validity validity =
        f->field->counter && v->validity == MB_VALID ? mb_tally_judge(&f->tally, v->value) : v->validity;

    *reading = (struct mb_reading){
        .value = v->value,
        .standard_uncertainty =
            validity == MB_VALID ? mb_scpi_uncertainty(&s->context, quantity, v->value) : (double)NAN,
        .t_ns = s->base.clock ? mb_clock_now_ns(s->base.clock) : 0,
        .validity = stale && validity == MB_VALID ? MB_STALE : validity,
        .flags = s->base.simulated ? MB_READING_SIMULATED : 0,
    };
}

static bool agree(const struct mb_reading *a, const struct mb_reading *b, double percent)
{
    if (a->validity != b->validity)
        return false;
    return a->validity != MB_VALID || fabs(a->value - b->value) <= percent / 100 * fabs(b->value);
}

/* An inductive winding makes the first readings of an ohmmeter rise: two in a row must agree. */
static int judge_settled(struct mb_scpi *s, size_t group, double *ret_delay_s)
{
    const struct mb_profile *p = s->profile;
    struct mb_task *t = s->current;
    bool first = t->attempts++ == 0, settled = !first;

    if (p->settle.equal_percent <= 0)
        return MB_STEP_NEXT;
    for (size_t i = 0; i < s->context.field_count; i++) {
        size_t channel = s->context.fields[i].channel;

        if (s->context.fields[i].group != group || channel == SIZE_MAX)
            continue;
        settled = settled && agree(&t->previous[channel], &t->readings[channel], p->settle.equal_percent);
        t->previous[channel] = t->readings[channel];
        if (!settled && t->attempts >= p->settle.attempts && t->readings[channel].validity == MB_VALID)
            t->readings[channel].validity = MB_SETTLING;
    }
    *ret_delay_s = p->update_interval_s;
    return settled || t->attempts >= p->settle.attempts ? MB_STEP_NEXT : MB_STEP_AGAIN;
}

static int judge_values(struct mb_scpi *s, const struct mb_step *step, const char *reply, double *ret_delay_s,
                        struct mb_error *err)
{
    const struct mb_value_field *fields[FIELDS_MAX] = {NULL};
    struct mb_reply_value values[FIELDS_MAX];
    struct mb_active_field *active[FIELDS_MAX];
    size_t n = 0;
    int r;

    for (size_t i = 0; i < s->context.field_count && n < FIELDS_MAX; i++)
        if (s->context.fields[i].group == step->group) {
            active[n] = &s->context.fields[i];
            fields[n++] = s->context.fields[i].field;
        }
    r = mb_reply_values(s->profile, &s->profile->groups[step->group], fields, n, reply, values, err);
    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++)
        if (active[i]->channel != SIZE_MAX)
            store_value(s, active[i], &values[i]);
    return judge_settled(s, step->group, ret_delay_s);
}

static bool channel_matches(const char *pattern, const char *name)
{
    size_t n = strcspn(pattern, "*");

    return pattern[n] == '*' ? strncmp(pattern, name, n) == 0 : strcmp(pattern, name) == 0;
}

static void spoil(struct mb_scpi *s, const struct mb_condition_bit *bit)
{
    struct mb_reading *reading;

    for (size_t c = 0; c < s->base.channel_count; c++)
        for (size_t i = 0; i < bit->channel_count; i++) {
            if (!channel_matches(bit->channels[i], s->base.channels[c].name))
                continue;
            reading = &s->current->readings[c];
            if (reading->validity == MB_VALID)
                reading->validity = (enum mb_validity)bit->validity;
            if (bit->severity == MB_SEVERITY_STOP)
                reading->flags |= MB_READING_STOP;
        }
}

/* The texts of all bits that are up, in their order. */
static void note_condition(struct mb_scpi *s, uint32_t condition)
{
    const struct mb_profile *p = s->profile;
    size_t used = 0, size = sizeof s->base.notice;

    s->base.notice[0] = '\0';
    for (size_t i = 0; i < p->condition.bit_count && used < size; i++) {
        const struct mb_condition_bit *bit = &p->condition.bits[i];

        if (bit->text && (condition >> bit->bit & 1))
            used += (size_t)snprintf(s->base.notice + used, size - used, "%s%s", used ? "; " : "", bit->text);
    }
    mb_text_clean(s->base.notice); /* it may have been cut */
}

static int judge_condition(struct mb_scpi *s, const struct mb_step *step, const char *reply,
                           double *ret_delay_s, struct mb_error *err)
{
    const struct mb_profile *p = s->profile;
    uint32_t condition;
    int r = mb_reply_condition(reply, &condition, err);

    (void)step;
    (void)ret_delay_s;
    if (r < 0)
        return r;
    for (size_t i = 0; i < p->condition.bit_count; i++)
        if (condition >> p->condition.bits[i].bit & 1)
            spoil(s, &p->condition.bits[i]);
    note_condition(s, condition);
    return MB_STEP_NEXT;
}

int mb_step_judge(struct mb_scpi *s, const char *reply, double *ret_delay_s, struct mb_error *err)
{
    static int (*const judges[MB_STEP_KIND_COUNT])(struct mb_scpi *, const struct mb_step *, const char *,
                                                   double *, struct mb_error *) = {
        [MB_STEP_CHECK] = judge_check,
        [MB_STEP_IDENTIFY] = judge_identity,
        [MB_STEP_DRAIN] = judge_drain,
        [MB_STEP_CLEAN] = judge_clean,
        [MB_STEP_VALUES] = judge_values,
        [MB_STEP_CONDITION] = judge_condition,
        [MB_STEP_LABELS] = judge_labels,
        [MB_STEP_FRESH] = judge_fresh,
        [MB_STEP_WRITE] = judge_acknowledge,
        [MB_STEP_READ_BACK] = mb_safety_judge_read_back,
        [MB_STEP_BEFORE] = mb_safety_judge_before,
        [MB_STEP_INTERLOCK] = mb_safety_judge_interlock,
        [MB_STEP_START] = mb_safety_judge_start,
        [MB_STEP_POLL] = mb_safety_judge_poll,
        [MB_STEP_RESULT] = mb_safety_judge_result,
        [MB_STEP_INTERLOCK_AFTER] = mb_safety_judge_interlock_after,
    };
    const struct mb_step *step = &s->current->script.steps[s->current->index];

    if (s->profile->reply_header && step->kind != MB_STEP_WRITE && step->kind != MB_STEP_START) {
        reply = mb_reply_body(step->text, reply);
        if (!reply)
            return mb_error_set(err, -EPROTO, "%s: the reply has the header of another query", step->text);
    }
    /* WAIT has no reply to judge. */
    return judges[step->kind] ? judges[step->kind](s, step, reply, ret_delay_s, err) : MB_STEP_NEXT;
}
