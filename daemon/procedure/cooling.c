/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `cooling-curve`: outputs off, the first resistance as early as possible, then a series (procedures A1.3).
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "procedure/kinds.h"

struct params {
    double interval_s, last_s; /* readings every interval_s until last_s after switching off */
    double first_max_s;        /* a first reading later than this ends the test */
    int minimum;
};

struct state {
    bool measuring, asked;
    double next_s, last_t_s; /* after switching off */
    int count;
};

static const struct mb_field fields[] = {
    {"interval_s", MB_FIELD_NUMBER, offsetof(struct params, interval_s), .minimum = 0.5, .maximum = 120},
    {"last_s", MB_FIELD_NUMBER, offsetof(struct params, last_s), .minimum = 10, .maximum = 3600},
    {"first_max_s", MB_FIELD_NUMBER, offsetof(struct params, first_max_s), .minimum = 1, .maximum = 3600},
    {"minimum", MB_FIELD_INTEGER, offsetof(struct params, minimum), .minimum = 3, .maximum = 100},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params =
        (struct params){.interval_s = 10, .last_s = 120, .first_max_s = 240, .minimum = 10};
}

static enum mb_step_result begin(struct mb_step *step)
{
    step_switch_off(step);
    return MB_STEP_GOES_ON;
}

static enum mb_step_result store(struct mb_step *step, const struct mb_reading *r, double t_s)
{
    struct state *s = step->state;
    json_t *rest =
        json_pack("{s:{s:o}}", "uncertainty", "r_ohm",
                  isfinite(r->standard_uncertainty) ? json_real(r->standard_uncertainty) : json_null());

    enum mb_step_result result = step_record(step, "reading", "cooling", s->count++,
                                             json_pack("{s:f, s:f}", "t_s", t_s, "r_ohm", r->value), rest);

    if (result == MB_STEP_GOES_ON)
        step_event(step, "reading", "cooling %.1f s %.5g ohm", t_s, r->value);
    return result;
}

/* A meter is read by itself; by hand each value is asked for, and its time is that of its entry. */
static enum mb_step_result ask_for_next(struct mb_step *step)
{
    struct state *s = step->state;

    if (!s->asked && step->services->is_manual(step->userdata, MB_SIGNAL_RESISTANCE)) {
        s->asked = true;
        step->services->ask(step->userdata, "resistance", "winding resistance line to line now, in ohm");
    }
    return MB_STEP_GOES_ON;
}

static int answer(struct mb_step *step, const char *id, const char *word, double number)
{
    struct state *s = step->state;

    (void)word;
    if (!s->asked || strcmp(id, "resistance") != 0 || !(number > 0))
        return -EINVAL;
    s->asked = false;
    return 1; /* the run enters it into the bench */
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct mb_reading *r = &snapshot->signal[MB_SIGNAL_RESISTANCE];
    double t_s = (double)r->t_ns * 1e-9 - step->data->switched_off_s;
    double off_s =
        step_now_s(step) - step->data->switched_off_s; /* a reading that failed has no time of its own */
    struct state *s = step->state;

    if (!s->measuring) {
        if (!step->services->is_safe(step->userdata))
            return MB_STEP_GOES_ON;
        s->measuring = true;
        return step_measure(step, MB_BENCH_REST);
    }
    if (s->count == 0 && off_s > p->first_max_s)
        return step_invalid(step, "no winding resistance within %.0f s after switching off (%s)",
                            p->first_max_s, mb_validity_name(r->validity));
    if (s->count >= p->minimum && off_s >= p->last_s)
        return MB_STEP_DONE;
    if (off_s > p->last_s + p->first_max_s)
        return step_invalid(
            step, "cooling curve: %d of at least %d readings within %.0f s after switching off (%s)",
            s->count, p->minimum, p->last_s + p->first_max_s, mb_validity_name(r->validity));
    step->services->progress(step->userdata, fmin(1, off_s / p->last_s));
    if (r->validity != MB_VALID || t_s < s->next_s || t_s <= s->last_t_s)
        return ask_for_next(step);
    s->last_t_s = t_s;
    s->next_s = t_s + p->interval_s;
    s->asked = false;
    return store(step, r, t_s);
}

const struct mb_step_kind mb_step_cooling = {
    .name = "cooling-curve",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .begin = begin,
    .tick = tick,
    .answer = answer,
};
