/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Safety tests of the shipped plans, from the question to the verdict: no tester, made-up answers of one. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "document/item.h"
#include "support/fake_services.h"

#define DATA "daemon/standard/data/" MB_REQUIREMENTS_FILE

struct fixture {
    struct fake_services f;
    struct mb_requirements *requirements;
    struct mb_procedure *shipped;
    struct mb_snapshot s;
    json_t *judged;
};

static int setup(void **state)
{
    struct fixture *x = calloc(1, sizeof *x);
    struct mb_error err;

    assert_non_null(x);
    if (mb_requirements_load(DATA, &x->requirements, &err) < 0)
        fail_msg("%s", err.text);
    fake_services_init(&x->f, "safety-test", "{test: ac-withstand, store: s, text: t, level: l, hold_s: 1}");
    fake_snapshot(&x->s);
    fake_set(&x->s, MB_SIGNAL_N, 0);
    x->f.motor.kind = MB_KIND_THREE_PHASE_INDUCTION;
    x->f.motor.rated.voltage_v = 380;
    x->f.motor.rated.current_a = 22;
    x->f.requirements = x->requirements;
    *state = x;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *x = *state;

    json_decref(x->judged);
    fake_services_clear(&x->f);
    mb_requirements_free(x->requirements);
    (void)mb_procedure_free(x->shipped);
    free(x);
    return 0;
}

/* The first step of the item's shipped plan. */
static void begin(struct fixture *x, const char *item, const char *standard, const char *edition)
{
    struct mb_error err = {""};
    char path[80];

    (void)snprintf(path, sizeof path, "daemon/procedure/data/%s.yaml", item);
    if (mb_procedure_load(path, &x->shipped, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(x->shipped->item, item);
    assert_true(x->shipped->safety);
    x->f.item = x->shipped->item;
    x->f.standard = standard;
    x->f.edition = edition;
    free(x->f.step.state);
    x->f.step.plan = &x->shipped->steps[0];
    x->f.step.state = calloc(1, x->f.step.plan->kind->state_size);
    assert_non_null(x->f.step.state);
    assert_int_equal(fake_begin(&x->f), MB_STEP_GOES_ON);
}

static void begin_withstand(struct fixture *x)
{
    begin(x, "dielectric", "GB/T 755", NULL);
}

static int say(struct fixture *x, const char *id, const char *word)
{
    return x->f.step.plan->kind->answer(&x->f.step, id, word, NAN);
}

static enum mb_step_result tick(struct fixture *x)
{
    return fake_tick_after(&x->f, 1, &x->s);
}

static void arm(struct fixture *x)
{
    unsigned before = x->f.test_count;

    assert_int_equal(tick(x), MB_STEP_GOES_ON);
    assert_string_equal(x->f.ask, "arm");
    assert_int_equal(x->f.test_count, before);
    assert_int_equal(say(x, "arm", "armed"), 0);
    assert_string_equal(x->f.ask, "");
    assert_int_equal(tick(x), MB_STEP_GOES_ON);
    assert_int_equal(x->f.test_count, before + 1);
}

static struct mb_reading reading(double value)
{
    return (struct mb_reading){
        .value = value, .standard_uncertainty = NAN, .validity = isfinite(value) ? MB_VALID : MB_NO_DATA};
}

static enum mb_step_result ends(struct fixture *x, int error, const char *text,
                                enum mb_safety_verdict verdict, double applied, double value)
{
    const struct mb_safety_result result = {.verdict = verdict,
                                            .applied = reading(applied),
                                            .value = reading(value),
                                            .elapsed = reading(NAN),
                                            .in_ramp = verdict == MB_SAFETY_FAIL_BREAKDOWN,
                                            .raw = "the tester's words"};

    return x->f.step.plan->kind->tested(&x->f.step, error, text, &result);
}

/* All readings of the step, as the run hands them to the judge. */
static const char *judge(struct fixture *x)
{
    const struct mb_item_context context = {.item = x->f.item,
                                            .motor = &x->f.motor,
                                            .requirements = x->requirements,
                                            .standard = x->f.standard,
                                            .edition = x->f.edition,
                                            .rule = MB_RULE_SIMPLE};
    json_t *readings = json_array();
    struct mb_error err = {""};

    for (size_t i = 0; i < fake_entry_count(&x->f, "reading"); i++)
        (void)json_array_append(readings, fake_entry(&x->f, "reading", i));
    json_decref(x->judged);
    x->judged = NULL;
    if (mb_item_judge(&context, readings, &x->judged, &err) < 0)
        fail_msg("%s", err.text);
    json_decref(readings);
    return json_string_value(json_object_get(x->judged, "verdict"));
}

static const char *reason(const struct fixture *x)
{
    return json_string_value(json_object_get(x->judged, "reason"));
}

static const char *rejected_because(struct fixture *x, size_t i)
{
    return json_string_value(json_array_get(json_object_get(fake_entry(&x->f, "rejected", i), "reasons"), 0));
}

/* ---- What a person does. ---- */

static void test_nothing_without_a_person(void **state)
{
    struct fixture *x = *state;

    x->f.safe = false;
    begin_withstand(x);
    assert_int_equal(fake_tick_until(&x->f, 1, 20, &x->s), MB_STEP_GOES_ON);
    assert_string_equal(x->f.ask, ""); /* not before everything is off */
    assert_int_equal(say(x, "arm", "armed"), -EINVAL);
    x->f.safe = true;
    assert_int_equal(fake_tick_until(&x->f, 1, 20, &x->s), MB_STEP_GOES_ON);
    assert_string_equal(x->f.ask, "arm");
    assert_non_null(strstr(x->f.ask_text, "ac-withstand, 1760 V for 60 s"));
    assert_int_equal(say(x, "arm", "yes"), -EINVAL);
    assert_int_equal(say(x, "arm", NULL), -EINVAL);
    assert_int_equal(say(x, "interlock", "armed"), -EINVAL);
    assert_int_equal(fake_tick_until(&x->f, 1, 20, &x->s), MB_STEP_GOES_ON);
    assert_int_equal(x->f.test_count, 0);
}

static void test_nobody_arms_beside_a_turning_shaft(void **state)
{
    struct fixture *x = *state;

    begin_withstand(x);
    fake_set(&x->s, MB_SIGNAL_N, 2900);
    assert_int_equal(tick(x), MB_STEP_GOES_ON);
    assert_string_equal(x->f.ask, "");
    assert_non_null(strstr(x->f.waiting, "the shaft still turns with 2900 r/min"));
    fake_set(&x->s, MB_SIGNAL_N, 0);
    arm(x);
}

static void test_who_armed_is_recorded(void **state)
{
    struct fixture *x = *state;
    const json_t *values;

    begin_withstand(x);
    (void)snprintf(x->f.step.who, sizeof x->f.step.who, "uid 1000");
    arm(x);
    values = json_object_get(fake_entry(&x->f, "operator", 0), "values");
    assert_string_equal(json_string_value(json_object_get(values, "ask")), "arm");
    assert_string_equal(json_string_value(json_object_get(values, "who")), "uid 1000");
}

static void test_operator_leaves(void **state)
{
    struct fixture *x = *state;

    begin_withstand(x);
    assert_int_equal(fake_tick_until(&x->f, 60, 30, &x->s), MB_STEP_GOES_ON);
    assert_string_equal(x->f.ask, "arm");
    assert_int_equal(fake_tick_until(&x->f, 60, 2, &x->s), MB_STEP_GOES_ON);
    assert_string_equal(x->f.ask, "");
    assert_non_null(strstr(x->f.paused, "nobody armed"));
    assert_int_equal(say(x, "arm", "armed"), -EINVAL); /* too late */
    assert_int_equal(fake_tick_until(&x->f, 1, 20, &x->s), MB_STEP_GOES_ON);
    assert_int_equal(x->f.test_count, 0);
}

static void test_interlock_that_cannot_be_read(void **state)
{
    struct fixture *x = *state;

    begin_withstand(x);
    x->f.test_result = -EPERM;
    arm(x);
    assert_false(x->f.test.interlock_acknowledged);
    assert_string_equal(x->f.ask, "interlock");
    assert_int_equal(say(x, "interlock", "armed"), -EINVAL);
    assert_int_equal(say(x, "arm", "armed"), -EINVAL);
    x->f.test_result = 0;
    assert_int_equal(say(x, "interlock", "closed"), 0);
    assert_int_equal(tick(x), MB_STEP_GOES_ON);
    assert_true(x->f.test.interlock_acknowledged);
    assert_int_equal(x->f.test_count, 2);
    assert_int_equal(fake_entry_count(&x->f, "operator"), 2);
}

static void test_countdown(void **state)
{
    struct fixture *x = *state;
    const struct mb_step_kind *kind;

    begin_withstand(x);
    arm(x);
    kind = x->f.step.plan->kind;
    assert_int_equal(tick(x), MB_STEP_GOES_ON);
    assert_non_null(strstr(x->f.waiting, "setting up"));
    kind->testing(&x->f.step, MB_SAFETY_PHASE_RUNNING, 12);
    assert_int_equal(tick(x), MB_STEP_GOES_ON);
    assert_non_null(strstr(x->f.waiting, "LIVE: ac-withstand, 1760 V for 60 s; 12 s of 80 s"));
    kind->testing(&x->f.step, MB_SAFETY_PHASE_DISCHARGE, 81);
    assert_int_equal(tick(x), MB_STEP_GOES_ON);
    assert_non_null(strstr(x->f.waiting, "discharging, do not touch: 4 s"));
    kind->testing(&x->f.step, MB_SAFETY_PHASE_DISCHARGE, 82);
    assert_int_equal(fake_tick_after(&x->f, 2, &x->s), MB_STEP_GOES_ON);
    assert_non_null(strstr(x->f.waiting, "do not touch: 2 s"));
}

/* ---- What the tester says. ---- */

static void test_withstand_passes(void **state)
{
    struct fixture *x = *state;
    const json_t *finding;

    begin_withstand(x);
    arm(x);
    assert_int_equal(x->f.test.kind, MB_SAFETY_AC_WITHSTAND);
    assert_true(x->f.test.voltage_v == 1760 && x->f.test.hold_s == 60);
    assert_true(x->f.test.ramp_s == 20); /* 10 s from half to full */
    assert_true(x->f.test.limit_high > 0 && isnan(x->f.test.limit_low));
    assert_true(x->f.test.discharge_s > 0 && x->f.test.voltage_tolerance > 0);
    assert_int_equal(ends(x, 0, "", MB_SAFETY_PASS, 1758, 0.003), MB_STEP_DONE);
    assert_true(fake_value(&x->f, 0, "current_a") == 0.003);
    assert_string_equal(judge(x), "PASS");
    finding = json_array_get(json_object_get(x->judged, "findings"), 0);
    assert_true(json_number_value(json_object_get(finding, "limit")) == 1760);
    assert_string_equal(json_string_value(json_object_get(finding, "clause")), "9.2");
}

static void test_breakdown(void **state)
{
    struct fixture *x = *state;

    begin_withstand(x);
    arm(x);
    assert_int_equal(ends(x, 0, "", MB_SAFETY_FAIL_BREAKDOWN, 812, 0.05), MB_STEP_DONE);
    assert_string_equal(judge(x), "FAIL");
    assert_string_equal(reason(x),
                        "fail-breakdown at 812 V in the ramp: the insulation does not withstand 1760 V");
}

/* The tester passes what it was not asked for. */
static void test_voltage_not_reached(void **state)
{
    struct fixture *x = *state;

    begin_withstand(x);
    arm(x);
    assert_int_equal(ends(x, 0, "", MB_SAFETY_PASS, 880, 0.003), MB_STEP_GOES_ON);
    assert_non_null(strstr(rejected_because(x, 0), "not-measured"));
    assert_int_equal(fake_entry_count(&x->f, "reading"), 0);
}

static void test_lead_is_off(void **state)
{
    struct fixture *x = *state;

    begin_withstand(x);
    arm(x);
    assert_int_equal(ends(x, 0, "", MB_SAFETY_PASS, 1760, 0), MB_STEP_GOES_ON);
    assert_non_null(strstr(rejected_because(x, 0), "a lead is off"));
    arm(x); /* once more, by a person */
    assert_int_equal(ends(x, 0, "", MB_SAFETY_PASS, 1760, 1e-6), MB_STEP_INVALID);
    assert_non_null(strstr(x->f.step.reason, "a lead is off"));
    assert_int_equal(fake_entry_count(&x->f, "reading"), 0);
}

static void test_interlock_in_the_ramp(void **state)
{
    struct fixture *x = *state;

    begin_withstand(x);
    arm(x);
    assert_int_equal(ends(x, 0, "", MB_SAFETY_INTERLOCK, 600, NAN), MB_STEP_GOES_ON);
    assert_string_equal(json_string_value(json_object_get(fake_entry(&x->f, "rejected", 0), "outcome")),
                        "interlock");
    arm(x);
    assert_int_equal(ends(x, 0, "", MB_SAFETY_PASS, 1760, 0.003), MB_STEP_DONE);
    assert_string_equal(judge(x), "PASS");
}

static void test_limit_is_clamped(void **state)
{
    struct fixture *x = *state;

    begin_withstand(x);
    for (int i = 0; i < 2; i++) {
        arm(x);
        assert_int_equal(ends(x, -EIO, "the tester has not taken 1760", MB_SAFETY_NOT_MEASURED, NAN, NAN),
                         i == 0 ? MB_STEP_GOES_ON : MB_STEP_INVALID);
    }
    assert_string_equal(x->f.step.reason, "the tester has not taken 1760");
    assert_int_equal(fake_entry_count(&x->f, "rejected"), 2);
}

/* Somebody stops the bench: the test is over, and it does not count as an attempt. */
static void test_stopped(void **state)
{
    struct fixture *x = *state;

    begin_withstand(x);
    for (int i = 0; i < 5; i++) {
        arm(x);
        assert_int_equal(ends(x, -ECANCELED, "stopped", MB_SAFETY_NOT_MEASURED, NAN, NAN), MB_STEP_GOES_ON);
    }
    assert_int_equal(fake_entry_count(&x->f, "rejected"), 5);
}

static void test_no_tester(void **state)
{
    struct fixture *x = *state;

    begin_withstand(x);
    x->f.test_result = -ENOTSUP;
    assert_int_equal(tick(x), MB_STEP_GOES_ON);
    assert_int_equal(say(x, "arm", "armed"), 0);
    assert_int_equal(tick(x), MB_STEP_INVALID);
}

/* ---- The items. ---- */

static double bond_current(struct fixture *x, const char *standard, const char *edition, double rated_a)
{
    x->f.motor.rated.current_a = rated_a;
    begin(x, "grounding", standard, edition);
    arm(x);
    return x->f.test.current_a;
}

static void test_grounding_14711(void **state)
{
    struct fixture *x = *state;

    assert_true(bond_current(x, "GB/T 14711", "2013", 22) == 22);
    assert_true(isnan(x->f.test.voltage_v));
    assert_int_equal(ends(x, 0, "", MB_SAFETY_PASS, 22, 0.02), MB_STEP_GOES_ON);
    arm(x);
    assert_int_equal(ends(x, 0, "", MB_SAFETY_PASS, 22, 0.03), MB_STEP_GOES_ON);
    arm(x);
    assert_int_equal(ends(x, 0, "", MB_SAFETY_PASS, 22, 0.1), MB_STEP_DONE);
    assert_int_equal(json_integer_value(json_object_get(fake_entry(&x->f, "reading", 2), "index")), 2);
    assert_string_equal(judge(x), "PASS");
}

static void test_grounding_fails(void **state)
{
    struct fixture *x = *state;

    (void)bond_current(x, "GB/T 14711", "2013", 22);
    assert_int_equal(ends(x, 0, "", MB_SAFETY_PASS, 22, 0.02), MB_STEP_GOES_ON);
    arm(x);
    /* The tester's own limit is wider. */
    assert_int_equal(ends(x, 0, "", MB_SAFETY_PASS, 22, 0.12), MB_STEP_GOES_ON);
    assert_string_equal(judge(x), "FAIL");
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(json_object_get(x->judged, "findings"), 1), "part")),
        "terminal box");
}

/* No path at all: the tester cannot drive its current. */
static void test_grounding_open(void **state)
{
    struct fixture *x = *state;

    (void)bond_current(x, "GB/T 14711", "2013", 22);
    assert_int_equal(ends(x, 0, "", MB_SAFETY_FAIL_HIGH, NAN, NAN), MB_STEP_GOES_ON);
    assert_string_equal(judge(x), "FAIL");
}

static void test_grounding_12350(void **state)
{
    struct fixture *x = *state;

    assert_true(bond_current(x, "GB/T 12350", "2022", 22) == 33); /* 1.5 IN */
    assert_int_equal(ends(x, 0, "", MB_SAFETY_PASS, 33, 0.02), MB_STEP_GOES_ON);
    assert_string_equal(judge(x), "INCONCLUSIVE"); /* its limit is from memory */
}

static void test_grounding_12350_small(void **state)
{
    assert_true(bond_current(*state, "GB/T 12350", "2022", 3) == 25);
}

static void test_grounding_14711_small(void **state)
{
    assert_true(bond_current(*state, "GB/T 14711", "2013", 1.2) == 3); /* of the plan, not of the standard */
}

/* What was asked for is less than what the data ask for now: another edition, another nameplate. */
static void test_level_too_low(void **state)
{
    struct fixture *x = *state;

    (void)bond_current(x, "GB/T 14711", "2013", 22);
    assert_int_equal(ends(x, 0, "", MB_SAFETY_PASS, 22, 0.02), MB_STEP_GOES_ON);
    x->f.motor.rated.current_a = 30;
    assert_string_equal(judge(x), "INVALID");
}

static void test_numbers_not_in_the_data(void **state)
{
    struct fixture *x = *state;

    begin(x, "grounding", "GB/T 14711", "2025");
    assert_int_equal(tick(x), MB_STEP_DONE);
    assert_int_equal(x->f.test_count, 0);
    assert_string_equal(judge(x), "INCONCLUSIVE");
}

static void insulation(struct fixture *x, double winding_c, double ohm, enum mb_validity validity)
{
    struct mb_safety_result result = {
        .verdict = MB_SAFETY_PASS, .applied = reading(500), .value = reading(ohm), .elapsed = reading(60)};

    fake_set(&x->s, MB_SIGNAL_WINDING, winding_c);
    fake_set(&x->s, MB_SIGNAL_COOLANT, 23);
    begin(x, "insulation-resistance", "GB/T 14711", "2013");
    arm(x);
    assert_true(x->f.test.voltage_v == 500 && x->f.test.hold_s == 60 && isfinite(x->f.test.limit_low));
    result.value.validity = validity;
    assert_int_equal(x->f.step.plan->kind->tested(&x->f.step, 0, "", &result), MB_STEP_DONE);
}

static const char *state_of(struct fixture *x)
{
    return json_string_value(
        json_object_get(json_object_get(fake_entry(&x->f, "reading", 0), "circumstances"), "state"));
}

static void test_insulation_hot(void **state)
{
    struct fixture *x = *state;
    const json_t *finding;

    insulation(x, 92, 600e6, MB_VALID);
    assert_string_equal(state_of(x), "hot");
    assert_string_equal(judge(x), "INCONCLUSIVE"); /* mark M */
    finding = json_array_get(json_object_get(x->judged, "findings"), 0);
    assert_true(fabs(json_number_value(json_object_get(finding, "limit")) - 380e3) < 1e3);
}

static void test_insulation_cold(void **state)
{
    struct fixture *x = *state;

    insulation(x, 24, 600e6, MB_VALID);
    assert_string_equal(state_of(x), "cold");
    assert_string_equal(judge(x), "INCONCLUSIVE");
    assert_non_null(strstr(reason(x), "no limit"));
}

static void test_insulation_beyond_range(void **state)
{
    struct fixture *x = *state;
    const json_t *finding;

    insulation(x, 92, 0, MB_OVER_RANGE);
    assert_string_equal(judge(x), "INCONCLUSIVE");
    finding = json_array_get(json_object_get(x->judged, "findings"), 0);
    assert_true(json_is_null(json_object_get(finding, "value")));
    assert_true(json_is_true(json_object_get(finding, "over_range")));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_without_a_person),
        TEST(test_nobody_arms_beside_a_turning_shaft),
        TEST(test_who_armed_is_recorded),
        TEST(test_operator_leaves),
        TEST(test_interlock_that_cannot_be_read),
        TEST(test_countdown),
        TEST(test_withstand_passes),
        TEST(test_breakdown),
        TEST(test_voltage_not_reached),
        TEST(test_lead_is_off),
        TEST(test_interlock_in_the_ramp),
        TEST(test_limit_is_clamped),
        TEST(test_stopped),
        TEST(test_no_tester),
        TEST(test_grounding_14711),
        TEST(test_grounding_fails),
        TEST(test_grounding_open),
        TEST(test_grounding_12350),
        TEST(test_grounding_12350_small),
        TEST(test_grounding_14711_small),
        TEST(test_level_too_low),
        TEST(test_numbers_not_in_the_data),
        TEST(test_insulation_hot),
        TEST(test_insulation_cold),
        TEST(test_insulation_beyond_range),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
