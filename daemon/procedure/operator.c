/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `operator`: a person does something (uncouple the load machine) and says so. Outputs are off meanwhile. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "procedure/kinds.h"

struct params {
    char *ask, *text;
    int supply; /* enum mb_supply: what the person connects the motor to */
};

struct state {
    bool asked, answered;
};

static const struct mb_field fields[] = {
    {"ask", MB_FIELD_STRING, offsetof(struct params, ask), .required = true},
    {"text", MB_FIELD_STRING, offsetof(struct params, text), .required = true},
    {"supply", MB_FIELD_CHOICE, offsetof(struct params, supply), .choices = mb_supply_names},
    {0},
};

static void free_params(void *params)
{
    struct params *p = params;

    free(p->ask);
    free(p->text);
}

static enum mb_step_result begin(struct mb_step *step)
{
    step_switch_off(step);
    return step_measure(step, MB_BENCH_RUNNING);
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;

    if (s->answered)
        return MB_STEP_DONE;
    if (!s->asked && step_may_approach(step, snapshot)) {
        s->asked = true;
        step->services->ask(step->userdata, p->ask, p->text);
    }
    return MB_STEP_GOES_ON;
}

static int answer(struct mb_step *step, const char *id, const char *word, double number)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    enum mb_step_result r;

    (void)number;
    if (!s->asked || strcmp(id, p->ask) != 0 || !word || strcmp(word, "done") != 0)
        return -EINVAL;
    r = step_record(step, "operator", "operator", 0,
                    json_pack("{s:s, s:s, s:s*}", "ask", id, "answer", word, "supply",
                              p->supply == MB_SUPPLY_UNCHANGED ? NULL : mb_supply_names[p->supply]),
                    NULL);
    if (r != MB_STEP_GOES_ON)
        return -EIO;
    if (p->supply != MB_SUPPLY_UNCHANGED)
        step->data->converter = p->supply == MB_SUPPLY_CONVERTER;
    s->answered = true;
    step->services->ask(step->userdata, "", "");
    return 0;
}

const struct mb_step_kind mb_step_operator = {
    .name = "operator",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .free_params = free_params,
    .begin = begin,
    .tick = tick,
    .answer = answer,
};
