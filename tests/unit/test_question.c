/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person is asked: ranges, timers, photographs, the second person, what depends on an answer; and how
 * answers are judged. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "document/item.h"
#include "support/fake_services.h"

#define LOOK                                                                                                 \
    "{store: marking, questions: [{id: plate, title: plate, kind: yes-no, expect: \"yes\", four_eyes: "      \
    "true, "                                                                                                 \
    "text: \"Legible?\", source: s, mark: E}]}"
#define RUB                                                                                                  \
    "{store: marking, questions: [{id: rub, title: rub, kind: yes-no, expect: \"yes\", timer: "              \
    "rub-time-water, start: Rub, text: \"Legible?\", source: s, mark: E}]}"
#define BOX                                                                                                  \
    "{store: junction-box, questions: [{id: gap, title: gap, kind: number, unit: m, minimum: 0, maximum: "   \
    "0.5, requirement: clearance, photo: required, text: Gap, source: s, mark: E},"                          \
    "{id: cord, title: cord, kind: yes-no, text: \"Cord?\", source: s, mark: E},"                            \
    "{id: mass, title: mass, kind: choice, choices: \"<=1;1-4\", only_if: cord, text: Mass, source: s, "     \
    "mark: "                                                                                                 \
    "E}, {id: pull, title: pull, kind: yes-no, expect: \"yes\", only_if: cord, circumstance: mass-kg, "      \
    "from: "                                                                                                 \
    "mass, apply: cord-anchorage-pull, text: \"Held?\", source: s, mark: E}]}"

static struct mb_requirements *requirements(void)
{
    struct mb_requirements *r = NULL;
    struct mb_error err = {""};

    if (mb_requirements_load("daemon/standard/data/requirements.csv", &r, &err) < 0)
        fail_msg("%s", err.text);
    return r;
}

static void begin(struct fake_services *f, const char *with, const char *item, struct mb_snapshot *s)
{
    fake_services_init(f, "question", with);
    f->requirements = requirements();
    f->item = item;
    fake_snapshot(s);
    fake_set(s, MB_SIGNAL_N, 0);
    assert_int_equal(fake_begin(f), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick(f, s), MB_STEP_GOES_ON);
}

static void end(struct fake_services *f)
{
    mb_requirements_free((struct mb_requirements *)f->requirements);
    fake_services_clear(f);
}

static int answer(struct fake_services *f, const char *who, const char *word, double number)
{
    (void)snprintf(f->step.who, sizeof f->step.who, "%s", who);
    f->step.reason[0] = '\0';
    return f->step.plan->kind->answer(&f->step, f->ask, word, number);
}

static void test_second_person(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, LOOK, "marking", &s);
    assert_string_equal(f.ask, "plate");
    assert_int_equal(f.question.kind, MB_QUESTION_YES_NO);
    assert_int_equal(answer(&f, "uid 1", "perhaps", NAN), -EINVAL);
    assert_int_equal(answer(&f, "uid 1", "yes", NAN), 0);
    assert_string_equal(f.ask, "plate/approve");
    assert_int_equal(answer(&f, "uid 1", "yes", NAN), -EINVAL); /* the same one */
    assert_non_null(strstr(f.step.reason, "another one"));
    assert_int_equal(answer(&f, "", "yes", NAN), -EINVAL); /* nobody known */
    assert_int_equal(answer(&f, "uid 2", "yes", NAN), 0);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_DONE);
    assert_int_equal(fake_entry_count(&f, "reading"), 2);
    assert_string_equal(json_string_value(json_object_get(fake_entry(&f, "reading", 1), "who")), "uid 2");
    end(&f);
}

/* Off is not at rest, and a speed that cannot be read is not 0. */
static void test_nobody_is_asked_near_a_turning_shaft(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, BOX, "junction-box", &s);
    (void)snprintf(f.step.photo, sizeof f.step.photo, "photo/x.jpg");
    assert_int_equal(answer(&f, "uid 1", NULL, 0.008), 0);
    fake_set(&s, MB_SIGNAL_N, -1480);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_string_equal(f.ask, "");
    assert_string_equal(f.waiting, "the shaft still turns with -1480 r/min");
    fake_spoil(&s, MB_SIGNAL_N, MB_LINK_FAULT);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_string_equal(f.ask, "");
    assert_string_equal(f.waiting, "whether the shaft still turns cannot be read (speed: link-fault)");
    fake_set(&s, MB_SIGNAL_N, 1);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_string_not_equal(f.ask, "");
    end(&f);
}

static void test_timer(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, RUB, "marking", &s);
    assert_string_equal(f.ask, "rub/start");
    assert_int_equal(answer(&f, "uid 1", "yes", NAN), -EINVAL);
    assert_int_equal(answer(&f, "uid 1", "done", NAN), 0);
    assert_int_equal(fake_tick_after(&f, 14.9, &s), MB_STEP_GOES_ON);
    assert_string_equal(f.ask, ""); /* 15 s by requirements.csv: not a moment earlier */
    assert_non_null(strstr(f.waiting, "1 s left"));
    assert_int_equal(fake_tick_after(&f, 0.2, &s), MB_STEP_GOES_ON);
    assert_string_equal(f.ask, "rub");
    assert_int_equal(answer(&f, "uid 1", "yes", NAN), 0);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_DONE);
    end(&f);
}

static void test_number_photo_and_dependence(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, BOX, "junction-box", &s);
    assert_int_equal(answer(&f, "uid 1", NULL, 0.008), -EINVAL); /* without its photograph */
    (void)snprintf(f.step.photo, sizeof f.step.photo, "photo/x.jpg");
    assert_int_equal(answer(&f, "uid 1", NULL, 8), -EINVAL);
    assert_non_null(strstr(f.step.reason, "out of range"));
    assert_int_equal(answer(&f, "uid 1", "wide", NAN), -EINVAL);
    assert_int_equal(answer(&f, "uid 1", NULL, 0.008), 0);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_int_equal(answer(&f, "uid 1", "yes", NAN), 0);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_string_equal(f.ask, "mass");
    assert_int_equal(answer(&f, "uid 1", "5", NAN), -EINVAL);
    assert_int_equal(answer(&f, "uid 1", "1-4", NAN), 0);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_non_null(strstr(f.ask_text, "cord-anchorage-pull 60 N")); /* of 1 kg to 4 kg */
    assert_int_equal(answer(&f, "uid 1", "yes", NAN), 0);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_DONE);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(fake_entry(&f, "reading", 0), "values"), "photo")),
        "photo/x.jpg");
    end(&f);
}

static void test_not_asked(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, BOX, "junction-box", &s);
    (void)snprintf(f.step.photo, sizeof f.step.photo, "photo/x.jpg");
    assert_int_equal(answer(&f, "uid 1", NULL, 0.008), 0);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_int_equal(answer(&f, "uid 1", "no", NAN), 0);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_DONE);
    end(&f);
}

/* ---- Judged. ---- */

static enum mb_verdict judged(const char *item, const char *readings, const char *rest, const char *statement)
{
    struct mb_requirements *r = requirements();
    json_t *list = json_loads(readings, 0, NULL), *result = NULL, *findings;
    struct mb_motor motor;
    const struct mb_item_context context = {
        .item = item, .motor = &motor, .requirements = r, .standard = "GB/T 14711", .edition = "2013"};
    enum mb_verdict verdict;

    mb_motor_init(&motor);
    motor.rated.power_w = 11000;
    motor.rated.voltage_v = 400;
    motor.rated.frequency_hz = 50;
    motor.rated.poles = 4;
    assert_non_null(list);
    assert_int_equal(mb_item_judge(&context, list, &result, NULL), 0);
    findings = json_object_get(result, "findings");
    verdict = mb_findings_verdict(findings, NULL);
    assert_string_equal(json_string_value(json_object_get(result, "verdict")), mb_verdict_name(verdict));
    if (!strstr(json_string_value(json_object_get(result, "reason")), statement))
        fail_msg("%s: '%s', not '%s'", rest, json_string_value(json_object_get(result, "reason")), statement);
    json_decref(result);
    json_decref(list);
    mb_requirements_free(r);
    return verdict;
}

#define READING(id, answer, more)                                                                            \
    "{\"store\": \"x/answers\", \"index\": 0, \"values\": {\"id\": \"" id "\", \"title\": \"" id             \
    "\", \"answer\": " answer more "}}"
#define YES ", \"expect\": \"yes\""

static void test_judge(void **state)
{
    (void)state;
    assert_int_equal(judged("marking", "[" READING("a", "\"yes\"", YES) "]", "yes", ""), MB_VERDICT_PASS);
    assert_int_equal(judged("marking", "[" READING("a", "\"yes\"", YES) "," READING("b", "\"no\"", YES) "]",
                            "no", "b: no"),
                     MB_VERDICT_FAIL);
    assert_int_equal(
        judged("marking", "[" READING("a", "\"not-applicable\"", YES) "]", "na", "nothing was judged"),
        MB_VERDICT_NOT_APPLICABLE);
    assert_int_equal(
        judged("marking", "[" READING("a/approve", "\"no\"", YES) "]", "second person", "a/approve: no"),
        MB_VERDICT_FAIL);
    /* The clearance table was not seen: its numbers may not decide, whatever the value. */
    assert_int_equal(judged("junction-box", "[" READING("c", "0.02", ", \"requirement\": \"clearance\"") "]",
                            "clearance", "may not decide"),
                     MB_VERDICT_INCONCLUSIVE);
    assert_int_equal(judged("junction-box", "[" READING("c", "0.02", ", \"requirement\": \"creepage\"") "]",
                            "creepage", "no limit in the data"),
                     MB_VERDICT_INCONCLUSIVE);
}

#define CONTACT                                                                                              \
    "{store: contact-current, questions: [{id: class, title: class, kind: choice, choices: \"I-fixed;II\", " \
    "text: Class, source: s, mark: E}, {id: normal, title: normal, kind: number, unit: mA, factor: 0.001, "  \
    "minimum: 0, maximum: 100, requirement: contact-current, circumstance: protection-class, from: class, "  \
    "text: Current, source: s, mark: E}]}"

/* Entered in mA, judged in A by the class that was answered: 3.5 mA of I-fixed and not 0.25 mA of II. */
static void test_milliamperes(void **state)
{
    struct mb_item_context context = {.item = "contact-current", .standard = "GB/T 14711", .edition = "2013"};
    json_t *readings, *result = NULL, *finding;
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, CONTACT, "contact-current", &s);
    assert_int_equal(answer(&f, "uid 1", "I-fixed", NAN), 0);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_int_equal(answer(&f, "uid 1", NULL, 0.4), 0);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_DONE);
    readings = json_pack("[O]", fake_entry(&f, "reading", 1));
    context.requirements = f.requirements;
    context.motor = &(struct mb_motor){.rated.power_w = 11000};
    assert_int_equal(mb_item_judge(&context, readings, &result, NULL), 0);
    finding = json_array_get(json_object_get(result, "findings"), 0);
    assert_true(fabs(json_number_value(json_object_get(finding, "value")) - 0.0004) < 1e-12);
    assert_true(json_number_value(json_object_get(finding, "limit")) == 0.0035);
    assert_string_equal(json_string_value(json_object_get(result, "verdict")), "INCONCLUSIVE");
    json_decref(result);
    /* A tester has measured it besides: that counts as well as what was answered. */
    (void)json_array_append_new(readings, json_pack("{s:s, s:s, s:{s:s}, s:{s:s}, s:{s:f, s:f}}", "test",
                                                    "touch-current", "outcome", "fail-high", "asked", "limit",
                                                    "contact-current", "circumstances", "protection-class",
                                                    "II", "values", "current_a", 0.0009, "voltage_v", 440.0));
    result = NULL;
    assert_int_equal(mb_item_judge(&context, readings, &result, NULL), 0);
    assert_int_equal(json_array_size(json_object_get(result, "findings")), 2);
    finding = json_array_get(json_object_get(result, "findings"), 1);
    assert_true(json_number_value(json_object_get(finding, "limit")) == 0.00025);
    json_decref(result);
    json_decref(readings);
    end(&f);
}

static void test_nobody_answered(void **state)
{
    const struct mb_item_context context = {.item = "marking"}, unknown = {.item = "taste"};
    json_t *list = json_array(), *result = NULL;

    (void)state;
    assert_int_equal(mb_item_judge(&context, list, &result, NULL), -ENODATA);
    assert_int_equal(mb_item_judge(&unknown, list, &result, NULL), -ENOENT);
    assert_null(result);
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_second_person), cmocka_unit_test(test_nobody_is_asked_near_a_turning_shaft),
        cmocka_unit_test(test_timer),         cmocka_unit_test(test_number_photo_and_dependence),
        cmocka_unit_test(test_not_asked),     cmocka_unit_test(test_judge),
        cmocka_unit_test(test_milliamperes),  cmocka_unit_test(test_nobody_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
