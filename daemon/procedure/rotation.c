/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `rotation`: U1-V1-W1 on L1-L2-L3 at a low voltage, without load, until it turns; the sign of the measured
 * speed says which way round. Where the bench's speed has no sign a person looks while it turns. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "procedure/kinds.h"

struct params {
    double voltage_percent;
    double speed_percent; /* of synchronous speed: from here on it turns */
    double timeout_s;
    int expected; /* index into directions */
};

struct state {
    bool on, asked;
    double begun_s, n_rpm;
    char direction[24]; /* "" not seen yet */
};

static const char *const directions[] = {"clockwise", "counter-clockwise", NULL};

static const struct mb_field fields[] = {
    {"voltage_percent", MB_FIELD_NUMBER, offsetof(struct params, voltage_percent), .minimum = 5,
     .maximum = 100},
    {"speed_percent", MB_FIELD_NUMBER, offsetof(struct params, speed_percent), .minimum = 1, .maximum = 95},
    {"timeout_s", MB_FIELD_NUMBER, offsetof(struct params, timeout_s), .minimum = 1, .maximum = 600},
    {"expected", MB_FIELD_CHOICE, offsetof(struct params, expected), .choices = directions},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params = (struct params){.voltage_percent = 50, .speed_percent = 20, .timeout_s = 60};
}

static enum mb_step_result begin(struct mb_step *step)
{
    struct state *s = step->state;

    s->begun_s = step_now_s(step);
    return step_measure(step, MB_BENCH_RUNNING);
}

static void ask(struct mb_step *step)
{
    struct mb_question question = {.kind = MB_QUESTION_CHOICE, .minimum = NAN, .maximum = NAN};
    struct state *s = step->state;

    if (s->asked)
        return;
    s->asked = true;
    (void)snprintf(question.id, sizeof question.id, "direction");
    (void)snprintf(
        question.text, sizeof question.text,
        "The motor turns. Seen from the drive end (the larger or only shaft end): which way round?");
    (void)snprintf(question.choices, sizeof question.choices, "clockwise;counter-clockwise");
    step->services->question(step->userdata, &question);
}

static void take(struct state *s, const char *direction)
{
    (void)snprintf(s->direction, sizeof s->direction, "%s", direction);
}

static enum mb_step_result look(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    double n_rpm = step_value(snapshot, MB_SIGNAL_N);
    double wanted_rpm = mb_motor_synchronous_speed(step->data->motor) * p->speed_percent / 100;
    struct state *s = step->state;

    if (fabs(n_rpm) >= wanted_rpm) {
        s->n_rpm = n_rpm;
        if (snapshot->signal[MB_SIGNAL_N].flags & MB_READING_UNSIGNED)
            ask(step);
        else
            take(s, directions[n_rpm < 0]);
        return MB_STEP_GOES_ON;
    }
    if (!s->asked && step_now_s(step) - s->begun_s > p->timeout_s)
        return step_invalid(step, "the motor did not turn at %.0f %% of rated voltage within %.0f s",
                            p->voltage_percent, p->timeout_s);
    return MB_STEP_GOES_ON;
}

static enum mb_step_result store(struct mb_step *step)
{
    const struct params *p = step->plan->params;
    const struct state *s = step->state;
    enum mb_step_result r;

    r = step_record(step, "reading", "rotation/direction", 0,
                    json_pack("{s:s, s:s, s:f}", "direction", s->direction, "expected",
                              directions[p->expected], "n_rpm", s->n_rpm),
                    s->asked ? json_pack("{s:s}", "who", step->who) : NULL);
    if (r == MB_STEP_GOES_ON)
        step_event(step, "reading", "direction of rotation: %s", s->direction);
    return r == MB_STEP_GOES_ON ? MB_STEP_DONE : r;
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct mb_motor *m = step->data->motor;
    struct state *s = step->state;

    if (!s->on)
        return step_switch_on(step, &s->on, m->rated.frequency_hz,
                              m->rated.voltage_v * p->voltage_percent / 100);
    if (!s->direction[0])
        return look(step, snapshot);
    if (step->services->energised(step->userdata)) {
        step_switch_off(step);
        return store(step);
    }
    return step_invalid(step, "the outputs went off before the direction was recorded");
}

static int answer(struct mb_step *step, const char *id, const char *word, double number)
{
    struct state *s = step->state;

    (void)number;
    if (!s->asked || strcmp(id, "direction") != 0 || !word)
        return -EINVAL;
    for (int i = 0; directions[i]; i++)
        if (strcmp(word, directions[i]) == 0) {
            take(s, word);
            step->services->ask(step->userdata, "", "");
            return 0;
        }
    return -EINVAL;
}

const struct mb_step_kind mb_step_rotation = {
    .name = "rotation",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .begin = begin,
    .tick = tick,
    .answer = answer,
};
