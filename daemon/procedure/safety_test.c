/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `safety-test`: one test of a safety tester, or one for each part. Before every output a person answers
 * `armed`, and nothing else starts it: not a continued run, not a repetition. A test that gave no value
 * (interlock, stopped at the panel, a lead at the wrong place, an answer that cannot be read) is rejected and
 * asked for again; a breakdown is a value. */
#include "procedure/safety_test.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define ARMED "armed"
#define CLOSED "closed"

const char *safety_part(const struct mb_step *step)
{
    const struct safety_params *p = step->plan->params;
    const struct safety_state *s = step->state;

    return p->parts[s->part] ? p->parts[s->part] : "";
}

static void go_to(struct mb_step *step, enum safety_phase phase)
{
    struct safety_state *s = step->state;

    s->phase = phase;
    s->since_s = step_now_s(step);
}

static enum mb_step_result begin(struct mb_step *step)
{
    struct safety_state *s = step->state;

    s->temperature_c = NAN;
    go_to(step, SAFETY_OFF);
    if (step->services->energised(step->userdata))
        step_switch_off(step);
    else if (!step->services->is_safe(step->userdata))
        step->services->make_safe(step->userdata);
    return step_measure(step, MB_BENCH_RUNNING);
}

/* ------------------------------------------------------------------ what is asked of the tester */

static void look_at_winding(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct safety_params *p = step->plan->params;
    struct safety_state *s = step->state;
    bool has_run = isfinite(step->data->coolant_c);

    if (mb_snapshot_valid(snapshot, MB_SIGNAL_WINDING) && mb_snapshot_valid(snapshot, MB_SIGNAL_COOLANT)) {
        s->temperature_c = snapshot->signal[MB_SIGNAL_WINDING].value;
        s->warm = s->temperature_c - snapshot->signal[MB_SIGNAL_COOLANT].value >= p->warm_k;
    } else {
        s->temperature_c = NAN;
        s->warm = has_run && step_now_s(step) - step->data->switched_off_s <= p->warm_s;
    }
}

void safety_circumstances(const struct mb_step *step,
                          struct mb_circumstance ret[SAFETY_CIRCUMSTANCES_MAX + 2])
{
    const struct safety_params *p = step->plan->params;
    const struct safety_state *s = step->state;
    size_t n = 0;

    for (; p->circumstances[n].name; n++)
        ret[n] = p->circumstances[n];
    if (p->warm_k > 0)
        ret[n++] = (struct mb_circumstance){"state", s->warm ? "hot" : "cold"};
    ret[n] = (struct mb_circumstance){NULL, NULL};
}

/* NAN: not in the data, or not a number there. */
static double required(const struct mb_step *step, const char *quantity)
{
    struct mb_circumstance circumstances[SAFETY_CIRCUMSTANCES_MAX + 2];
    struct mb_requirement found;

    safety_circumstances(step, circumstances);
    if (!quantity || step->services->requirement(step->userdata, quantity, circumstances, NAN, &found) < 0)
        return NAN;
    return found.limit;
}

static double level_of(struct mb_step *step)
{
    const struct safety_params *p = step->plan->params;
    struct safety_state *s = step->state;
    double level = required(step, p->level);

    s->ratio = p->ratio ? required(step, p->ratio) : 1;
    s->level_from_plan = isnan(level) && p->level_else > 0;
    level = (s->level_from_plan ? p->level_else : level) * s->ratio;
    return level < p->level_minimum ? p->level_minimum : level;
}

/* The judge of the item decides by the requirement; the tester has a limit so that it switches off. */
static void set_limits(struct mb_step *step, struct mb_safety_test *test)
{
    const struct safety_params *p = step->plan->params;
    double limit = p->trip > 0 ? p->trip : required(step, p->limit);
    bool low = test->kind == MB_SAFETY_INSULATION;

    test->limit_high = low ? NAN : limit;
    test->limit_low = low ? limit : NAN;
}

static double or_none(double value)
{
    return value > 0 ? value : NAN;
}

/* The quantity that the data do not have: what to apply, or for how long; NULL: all is known. */
static const char *prepare(struct mb_step *step)
{
    const struct safety_params *p = step->plan->params;
    struct safety_state *s = step->state;
    double level = level_of(step), hold_s = p->hold ? required(step, p->hold) : p->hold_s;
    double ramp_s = p->ramp ? 2 * required(step, p->ramp) : p->ramp_s; /* half to full is half of it */
    bool bond = p->test == MB_SAFETY_EARTH_BOND;

    s->test = (struct mb_safety_test){
        .kind = (enum mb_safety_kind)p->test,
        .voltage_v = bond ? NAN : level,
        .current_a = bond ? level : NAN,
        .ramp_s = or_none(ramp_s),
        .hold_s = hold_s,
        .fall_s = NAN,
        .frequency_hz = or_none(p->frequency_hz),
        .voltage_tolerance = p->tolerance,
        .discharge_s = p->discharge_s,
    };
    set_limits(step, &s->test);
    if (!isfinite(s->ratio))
        return p->ratio;
    if (!isfinite(level))
        return p->level;
    if (!(hold_s > 0))
        return p->hold ? p->hold : "hold-time";
    return p->ramp && isnan(ramp_s) ? p->ramp : NULL;
}

/* ------------------------------------------------------------------ asking */

static void describe(const struct mb_step *step, char *buffer, size_t size)
{
    const struct safety_state *s = step->state;
    bool bond = s->test.kind == MB_SAFETY_EARTH_BOND;

    (void)snprintf(buffer, size, "%s, %.5g %s for %g s", mb_safety_kind_name(s->test.kind),
                   bond ? s->test.current_a : s->test.voltage_v, bond ? "A" : "V", s->test.hold_s);
}

static enum mb_step_result ask_to_arm(struct mb_step *step)
{
    const struct safety_params *p = step->plan->params;
    const char *part = safety_part(step), *missing = prepare(step);
    char what[80], text[400];
    enum mb_step_result r;

    if (missing) { /* of all parts: nothing is energised, the judge says what is to be filled in */
        r = safety_record_missing(step, missing);
        return r == MB_STEP_GOES_ON ? MB_STEP_DONE : r;
    }
    describe(step, what, sizeof what);
    (void)snprintf(text, sizeof text, "%s%s%s. %s follows. Guard closed, everyone clear? Answer: %s", p->text,
                   *part ? ": " : "", part, what, ARMED);
    step->services->ask(step->userdata, "arm", text);
    go_to(step, SAFETY_ASKED);
    return MB_STEP_GOES_ON;
}

static void ask_for_interlock(struct mb_step *step)
{
    step->services->ask(step->userdata, "interlock",
                        "This tester cannot report its interlock. Look at it yourself: is the guard closed "
                        "and the interlock effective? Answer: " CLOSED);
    go_to(step, SAFETY_ASKED_INTERLOCK);
}

/* Nothing happens without the person, and a late answer must not start anything. */
static enum mb_step_result watch_question(struct mb_step *step)
{
    const struct safety_params *p = step->plan->params;
    const struct safety_state *s = step->state;

    if (step_now_s(step) - s->since_s <= p->arm_timeout_s)
        return MB_STEP_GOES_ON;
    step->services->ask(step->userdata, "", "");
    go_to(step, SAFETY_LEFT);
    step->services->pause(step->userdata, "nobody armed the safety test in time; the outputs are off");
    return MB_STEP_GOES_ON;
}

static int answer(struct mb_step *step, const char *id, const char *word, double number)
{
    struct safety_state *s = step->state;
    bool interlock = s->phase == SAFETY_ASKED_INTERLOCK;

    (void)number;
    if ((!interlock && s->phase != SAFETY_ASKED) || strcmp(id, interlock ? "interlock" : "arm") != 0 ||
        !word || strcmp(word, interlock ? CLOSED : ARMED) != 0)
        return -EINVAL;
    if (safety_record_answer(step, id, word) != MB_STEP_GOES_ON)
        return -EIO;
    s->interlock_acknowledged = interlock;
    step->services->ask(step->userdata, "", "");
    go_to(step, SAFETY_ARMED);
    return 0;
}

/* ------------------------------------------------------------------ testing */

/* Rejected, and asked for again if the plan allows another attempt. */
static enum mb_step_result again(struct mb_step *step, const struct mb_safety_result *result,
                                 const char *reason)
{
    const struct safety_params *p = step->plan->params;
    struct safety_state *s = step->state;
    enum mb_step_result r = safety_record_rejected(step, result, reason);

    if (r != MB_STEP_GOES_ON)
        return r;
    go_to(step, SAFETY_OFF);
    s->interlock_acknowledged = false;
    return ++s->attempts < p->attempts ? MB_STEP_GOES_ON : step_invalid(step, "%s", reason);
}

static enum mb_step_result start(struct mb_step *step)
{
    struct safety_state *s = step->state;
    struct mb_error err = {""};
    int r;

    s->test.interlock_acknowledged = s->interlock_acknowledged;
    r = step->services->test(step->userdata, &s->test, &err);
    if (r == -EPERM && !s->interlock_acknowledged) {
        ask_for_interlock(step);
        return MB_STEP_GOES_ON;
    }
    if (r == -ENOTSUP)
        return step_invalid(step, "%s", err.text);
    if (r < 0)
        return again(step, NULL, err.text);
    s->test_phase = MB_SAFETY_PHASE_SET_UP;
    s->test_elapsed_s = 0;
    go_to(step, SAFETY_RUNS);
    return MB_STEP_GOES_ON;
}

static void testing(struct mb_step *step, enum mb_safety_phase phase, double elapsed_s)
{
    struct safety_state *s = step->state;

    if (s->phase != SAFETY_RUNS)
        return;
    if (phase != s->test_phase)
        s->since_s = step_now_s(step);
    s->test_phase = phase;
    s->test_elapsed_s = elapsed_s;
}

static double length_s(const struct mb_safety_test *t)
{
    return t->hold_s + (t->ramp_s > 0 ? t->ramp_s : 0);
}

/* The discharge is counted down where the operator looks. */
static void tell(struct mb_step *step)
{
    const struct safety_params *p = step->plan->params;
    const struct safety_state *s = step->state;
    double left_s = p->discharge_s - (step_now_s(step) - s->since_s);
    char what[80];

    describe(step, what, sizeof what);
    if (s->test_phase == MB_SAFETY_PHASE_SET_UP)
        step_waiting(step, "setting up the tester: %s", what);
    else if (s->test_phase == MB_SAFETY_PHASE_RUNNING)
        step_waiting(step, "LIVE: %s; %.0f s of %.0f s", what, s->test_elapsed_s, length_s(&s->test));
    else if (s->test_phase == MB_SAFETY_PHASE_RESULT)
        step_waiting(step, "reading the result: %s", what);
    else
        step_waiting(step, "discharging, do not touch: %.0f s", fmax(0, ceil(left_s)));
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct safety_state *s = step->state;

    look_at_winding(step, snapshot);
    switch (s->phase) {
    case SAFETY_OFF:
        return step_may_approach(step, snapshot) ? ask_to_arm(step) : MB_STEP_GOES_ON;
    case SAFETY_ASKED:
    case SAFETY_ASKED_INTERLOCK:
        return watch_question(step);
    case SAFETY_ARMED:
        return start(step);
    case SAFETY_RUNS:
        tell(step);
        return MB_STEP_GOES_ON;
    case SAFETY_LEFT:
        break;
    }
    return MB_STEP_GOES_ON;
}

/* 0 A of leakage where a winding has its capacitance, 0 ohm between two probes on one screw. */
static bool plausible(const struct mb_step *step, const struct mb_reading *value)
{
    const struct safety_params *p = step->plan->params;

    return value->validity != MB_VALID ||
           (value->value >= p->plausible_low && value->value <= p->plausible_high);
}

static bool is_fail(enum mb_safety_verdict v)
{
    return v == MB_SAFETY_FAIL || v == MB_SAFETY_FAIL_HIGH || v == MB_SAFETY_FAIL_LOW ||
           v == MB_SAFETY_FAIL_ARC || v == MB_SAFETY_FAIL_BREAKDOWN;
}

static enum mb_step_result accept(struct mb_step *step, const struct mb_safety_result *result,
                                  enum mb_safety_verdict outcome)
{
    const struct safety_params *p = step->plan->params;
    struct safety_state *s = step->state;
    enum mb_step_result r = safety_record_reading(step, result, outcome);

    if (r != MB_STEP_GOES_ON)
        return r;
    step_waiting(step, "%s", "");
    s->attempts = 0;
    s->interlock_acknowledged = false;
    if (!p->parts[s->part] || !p->parts[s->part + 1])
        return MB_STEP_DONE;
    s->part++;
    go_to(step, SAFETY_OFF);
    return MB_STEP_GOES_ON;
}

static enum mb_step_result tested(struct mb_step *step, int error, const char *text,
                                  const struct mb_safety_result *result)
{
    const struct safety_state *s = step->state;
    enum mb_safety_verdict outcome = error < 0 ? result->verdict : mb_safety_judge(&s->test, result);
    char reason[200];

    if (error == -ECANCELED) { /* who stops the outputs pauses or ends the run */
        go_to(step, SAFETY_OFF);
        return safety_record_rejected(step, result, text);
    }
    if (error < 0)
        return again(step, result, text);
    if (outcome != MB_SAFETY_PASS && !is_fail(outcome)) {
        (void)snprintf(reason, sizeof reason, "%s: the tester says %s: '%.80s'",
                       mb_safety_verdict_name(outcome), mb_safety_verdict_name(result->verdict), result->raw);
        return again(step, result, reason);
    }
    if (outcome == MB_SAFETY_PASS && !plausible(step, &result->value)) {
        (void)snprintf(reason, sizeof reason,
                       "%.4g %s is no value of a motor: a lead is off, or at the wrong terminal",
                       result->value.value, mb_safety_in_ohm(s->test.kind) ? "ohm" : "A");
        return again(step, result, reason);
    }
    return accept(step, result, outcome);
}

const struct mb_step_kind mb_step_safety_test = {
    .name = "safety-test",
    .state_size = sizeof(struct safety_state),
    .params_size = sizeof(struct safety_params),
    .fields = safety_fields,
    .defaults = safety_defaults,
    .check = safety_check,
    .free_params = safety_free_params,
    .begin = begin,
    .tick = tick,
    .answer = answer,
    .testing = testing,
    .tested = tested,
};
