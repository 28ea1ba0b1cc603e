/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a safety test leaves in the record: all that a judge needs, and the tester's own words. */
#include <math.h>

#include "document/number_json.h"
#include "procedure/safety_test.h"

static const struct {
    const char *applied, *value;
} names[] = {
    [MB_SAFETY_AC_WITHSTAND] = {"voltage_v", "current_a"},
    [MB_SAFETY_DC_WITHSTAND] = {"voltage_v", "current_a"},
    [MB_SAFETY_INSULATION] = {"voltage_v", "resistance_ohm"},
    [MB_SAFETY_EARTH_BOND] = {"current_a", "resistance_ohm"},
    [MB_SAFETY_TOUCH_CURRENT] = {"voltage_v", "current_a"},
};

static json_t *valid_or_null(const struct mb_reading *r)
{
    return r->validity == MB_VALID ? mb_json_number(r->value) : json_null();
}

static json_t *asked_json(const struct mb_step *step)
{
    const struct safety_params *p = step->plan->params;
    const struct safety_state *s = step->state;
    const struct mb_safety_test *t = &s->test;

    return json_pack("{s:s, s:o, s:b, s:o, s:o, s:o, s:o, s:s?, s:s?}", "level", p->level, "applied",
                     mb_json_number(t->kind == MB_SAFETY_EARTH_BOND ? t->current_a : t->voltage_v),
                     "from_plan", s->level_from_plan, "hold_s", mb_json_number(t->hold_s), "ramp_s",
                     mb_json_number(t->ramp_s), "limit_high", mb_json_number(t->limit_high), "limit_low",
                     mb_json_number(t->limit_low), "ratio", p->ratio, "limit", p->limit);
}

static json_t *circumstances_json(const struct mb_step *step)
{
    struct mb_circumstance list[SAFETY_CIRCUMSTANCES_MAX + 2];
    json_t *object = json_object();

    safety_circumstances(step, list);
    for (size_t i = 0; list[i].name; i++)
        (void)json_object_set_new(object, list[i].name, json_string(list[i].value));
    return object;
}

/* Besides the values; result NULL: the tester was never reached. */
static json_t *rest_json(const struct mb_step *step, const struct mb_safety_result *result,
                         enum mb_safety_verdict outcome)
{
    const struct safety_params *p = step->plan->params;
    const struct safety_state *s = step->state;
    json_t *rest = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o}", "test", mb_safety_kind_name((enum mb_safety_kind)p->test),
        "outcome", mb_safety_verdict_name(outcome), "part", safety_part(step), "circumstances",
        circumstances_json(step), "asked", asked_json(step), "winding_c", mb_json_number(s->temperature_c));

    if (rest && result)
        (void)json_object_update_new(
            rest, json_pack("{s:s, s:b, s:o, s:b, s:s}", "tester", mb_safety_verdict_name(result->verdict),
                            "in_ramp", result->in_ramp, "elapsed_s", valid_or_null(&result->elapsed),
                            "over_range", result->value.validity == MB_OVER_RANGE, "raw", result->raw));
    return rest;
}

static json_t *values_json(const struct safety_params *p, const struct mb_safety_result *result)
{
    return json_pack("{s:o, s:o}", names[p->test].applied, valid_or_null(&result->applied),
                     names[p->test].value, valid_or_null(&result->value));
}

enum mb_step_result safety_record_answer(struct mb_step *step, const char *id, const char *word)
{
    return step_record(step, "operator", "operator", 0,
                       json_pack("{s:s, s:s, s:s, s:s}", "ask", id, "answer", word, "who", step->who, "part",
                                 safety_part(step)),
                       NULL);
}

enum mb_step_result safety_record_rejected(struct mb_step *step, const struct mb_safety_result *result,
                                           const char *reason)
{
    const struct safety_params *p = step->plan->params;
    const struct safety_state *s = step->state;
    json_t *rest = rest_json(step, result, result ? result->verdict : MB_SAFETY_REFUSED);

    (void)json_object_set_new(rest, "reasons", json_pack("[s]", reason));
    step_event(step, "repeat", "%s", reason);
    return step_record(step, "rejected", p->store, s->part, result ? values_json(p, result) : json_object(),
                       rest);
}

enum mb_step_result safety_record_missing(struct mb_step *step, const char *quantity)
{
    const struct safety_params *p = step->plan->params;
    json_t *rest = rest_json(step, NULL, MB_SAFETY_REFUSED);

    (void)json_object_update_new(rest,
                                 json_pack("{s:s, s:s}", "outcome", "not applied", "missing", quantity));
    step_event(step, "note", "%s: nothing is applied, the data have no %s", step->plan->title, quantity);
    return step_record(step, "reading", p->store, 0, json_object(), rest);
}

enum mb_step_result safety_record_reading(struct mb_step *step, const struct mb_safety_result *result,
                                          enum mb_safety_verdict outcome)
{
    const struct safety_params *p = step->plan->params;
    const struct safety_state *s = step->state;
    json_t *rest = rest_json(step, result, outcome);
    enum mb_step_result r;

    (void)json_object_set_new(
        rest, "uncertainty",
        json_pack("{s:o, s:o}", names[p->test].applied, mb_json_number(result->applied.standard_uncertainty),
                  names[p->test].value, mb_json_number(result->value.standard_uncertainty)));
    r = step_record(step, "reading", p->store, s->part, values_json(p, result), rest);
    if (r == MB_STEP_GOES_ON)
        step_event(step, "reading", "%s %s: %s, %.4g %s", p->store, safety_part(step),
                   mb_safety_verdict_name(outcome), result->value.value,
                   mb_safety_in_ohm((enum mb_safety_kind)p->test) ? "ohm" : "A");
    return r;
}
