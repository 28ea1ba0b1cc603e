/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block `safety_test` of a profile: what is read, and what the check refuses. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scpi/profile.h"
#include "scpi/safety_profile.h"
#include "scpi/safety_task.h"
#include "support/changed_profile.h"

/* Expects a refusal that says `what`, or none where it is NULL. */
static void changed(const char *id, const char *from, const char *to, const char *what)
{
    const struct profile_change changes[] = {{from, to}, {NULL, NULL}};
    char *text = changed_profile_text(id, changes);
    struct mb_profile *p = NULL;
    struct mb_error err = {""};
    int r = mb_profile_parse("changed.yaml", text, strlen(text), &p, &err);

    if (!what && r < 0)
        fail_msg("%s", err.text);
    if (what && (r != -EINVAL || !strstr(err.text, what)))
        fail_msg("%s -> %s: %s", from, to, r < 0 ? err.text : "taken");
    (void)mb_profile_free(p);
    free(text);
}

static struct mb_profile *load(const char *id)
{
    struct mb_profile *p = NULL;
    struct mb_error err = {""};

    if (mb_profile_load("driver/profiles", id, &p, &err) < 0)
        fail_msg("%s", err.text);
    return p;
}

static void test_read(void **state)
{
    struct mb_profile *p = load("gwinstek-gpt9800");
    const struct mb_safety_mode *m = mb_safety_mode_find(p->safety, MB_SAFETY_INSULATION);

    (void)state;
    assert_int_equal(p->safety->mode_count, 4);
    assert_string_equal(p->safety->start.write, "FUNC:TEST ON");
    assert_non_null(p->safety->interlock.none);
    assert_true(p->safety->poll.after_ramp && p->safety->compare_before);
    assert_non_null(m);
    assert_int_equal(m->parameters[1].of, MB_SAFETY_LIMIT_LOW);
    assert_true(m->parameters[1].unit_factor == 1e6 && m->parameters[1].back.unit_factor == 1e6);
    assert_string_equal(m->parameters[1].back.unit, "ohm");
    assert_int_equal(m->parameters[1].mark, MB_MARK_HARDWARE);
    assert_null(mb_safety_mode_find(p->safety, MB_SAFETY_TOUCH_CURRENT));
    (void)mb_profile_free(p);
}

static void test_the_way_to_stop(void **state)
{
    (void)state;
    changed("chroma-19032",
            "safe:\n  time_to_safe_s: 3\n  steps:\n    - {write: \"SAFE:STOP\", query: \"SAFE:STAT?\", "
            "match: \"^STOPPED\", mark: hardware}\n",
            "", "way to stop");
    changed("chroma-19032", "{write: \"SAFE:STOP\",", "{write: \"SAFE:STAR\",",
            "start command stands in another list");
    changed("chroma-19032", "query: \"SAFE:STAT?\", match: \"^STOPPED\", mark: hardware}", "mark: hardware}",
            "confirms");
    changed("gwinstek-gpt9800", "{write: \"MANU:STEP 1\"", "{write: \"FUNC:TEST ON\"",
            "start command stands in another list");
    changed("kikusui-tos9300", "{write: \"FUNC DCW\"", "{write: \"INIT:TEST\"",
            "start command stands in another list");
    changed("chroma-19032", "start: {write: \"SAFE:STAR\"", "start: {write: \"SAFE:STAR?\"", "question mark");
}

static void test_interlock(void **state)
{
    static const char closed[] = "query: \"STAT:OPER:PROT:COND?\", closed: \"^\\\\+?0$\", mark: hardware";

    (void)state;
    changed("kikusui-tos9300", closed, "mark: hardware", "'none'");
    changed("kikusui-tos9300", closed, "query: \"STAT:OPER:PROT:COND\", closed: \"0\"", "question mark");
    changed("kikusui-tos9300", closed, "query: \"STAT:OPER:PROT:COND?\"", "'closed'");
    changed("kikusui-tos9300", closed, "query: \"A?\", closed: \"0\", none: x", "'none'");
    changed("kikusui-tos9300", closed, "none: \"it has none\"", NULL);
}

static void test_values(void **state)
{
    static const char hold[] = "{of: hold, minimum: 0.3, maximum: 999, digits: 1,";
    static const char level[] = "{of: voltage, minimum: 50, maximum: 5000, digits: 0, write: "
                                "\"SAFE:STEP1:AC:LEV {value}\", query: \"SAFE:STEP1:SET?\"";

    (void)state;
    changed("chroma-19032", hold, "{of: hold, minimum: 0, maximum: 999, digits: 1,", "without end");
    changed("chroma-19032", hold, "{of: hold, minimum: 0.3, maximum: 999, digits: 1, off: 0,", "without end");
    changed("chroma-19032", hold, "{of: fall, minimum: 0.3, maximum: 999, digits: 1,", "'hold'");
    changed("chroma-19032", level,
            "{of: voltage, minimum: 50, maximum: 50, digits: 0, write: \"X {value}\", query: \"X?\"",
            "below 'maximum'");
    changed("chroma-19032", level,
            "{of: voltage, minimum: 50, maximum: 500, digits: 0, write: \"X 1\", query: \"X?\"", "{value}");
    changed("chroma-19032", level,
            "{of: voltage, minimum: 50, maximum: 500, digits: 0, write: \"X {value}\", query: \"X\"",
            "question mark");
    changed("chroma-19032", level,
            "{of: current, minimum: 50, maximum: 500, digits: 0, write: \"X {value}\", query: \"X?\"",
            "level");
    changed("chroma-19032", level,
            "{of: ramp, minimum: 50, maximum: 500, digits: 0, write: \"X {value}\", query: \"X?\"", "level");
    changed(
        "chroma-19032", level,
        "{of: voltage, minimum: 50, maximum: 500, digits: 0, write: \"X {value}\", query: \"X?\", unit: kV",
        "unit");
    changed("chroma-19032", "{of: fall,", "{of: ramp,", "twice");
    changed("chroma-19032", "discharge_s: 2 ", "discharge_s: 0 ", "charge");
    changed("chroma-19032", "- kind: dc-withstand", "- kind: ac-withstand", "twice");
}

static void test_results(void **state)
{
    (void)state;
    changed("chroma-19032", "{is: verdict, at: 1}", "{is: value, at: 1}", "verdict");
    changed("chroma-19032", "word: \"^AC$\"", "", "'word'");
    changed("chroma-19032", "match: \"^\\\\+?116$\", means: pass", "match: \"^\\\\+?116$\", means: fail",
            "'pass'");
    changed("chroma-19032", "match: \"^\\\\+?116$\", means: pass", "match: \"^(116)?\", means: pass",
            "nothing at all");
    changed("chroma-19032", "match: \"^\\\\+?116$\", means: pass", "match: \"^(116$\", means: pass",
            "regular expression");
    changed("chroma-19032", "query: \"SAFE:RES:ALL?\"", "query: \"SAFE:RES:ALL\"", "question mark");
    changed("chroma-19032", "running: \"^RUNNING\", ", "", "'running'");
    changed("kikusui-tos9300", "compare_before: true", "compare_before: false", "compare_before");
    changed("gwinstek-gpt9800", "prefix: \"T=\", ramp_prefix: \"R=\"", "ramp_prefix: \"R=\"", "ramp_prefix");
}

static struct mb_script_context context_of(const struct mb_profile *p)
{
    return (struct mb_script_context){.profile = p, .wiring = -1};
}

/* One start, behind every value read back twice and with nothing but a wait between it and the first poll. */
static void test_script(void **state)
{
    struct mb_profile *p = load("gwinstek-gpt9800");
    const struct mb_script_context c = context_of(p);
    struct mb_safety_test test = {.kind = MB_SAFETY_AC_WITHSTAND,
                                  .voltage_v = 1500,
                                  .current_a = NAN,
                                  .limit_high = 5e-3,
                                  .limit_low = NAN,
                                  .ramp_s = 2,
                                  .hold_s = 60,
                                  .fall_s = NAN,
                                  .frequency_hz = 50,
                                  .interlock_acknowledged = true};
    struct mb_script s = {0};
    struct mb_error err = {""};
    size_t counts[MB_STEP_KIND_COUNT] = {0}, start = 0, last_read_back = 0;

    (void)state;
    if (mb_safety_script(&c, &test, &s, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(s.steps[0].text, "FUNC:TEST OFF");
    for (size_t i = 0; i < s.count; i++) {
        counts[s.steps[i].kind]++;
        if (s.steps[i].kind == MB_STEP_START)
            start = i;
        if (s.steps[i].kind == MB_STEP_READ_BACK)
            last_read_back = i;
    }
    assert_int_equal(counts[MB_STEP_START], 1);
    assert_int_equal(counts[MB_STEP_READ_BACK], 2 * 6);
    assert_true(last_read_back < start);
    assert_string_equal(s.steps[start].text, "FUNC:TEST ON");
    assert_int_equal(s.steps[start + 1].kind, MB_STEP_WAIT);
    assert_true(fabs(s.steps[start + 1].seconds - 2.3) < 1e-9 && s.steps[start + 1].bench_time);
    assert_int_equal(s.steps[start + 2].kind, MB_STEP_POLL);
    mb_script_done(&s);
    test.hold_s = NAN;
    assert_int_equal(mb_safety_script(&c, &test, &s, &err), -ERANGE);
    (void)mb_profile_free(p);
}

/* kV and mA in the commands, whatever the caller counts in. */
static void test_units_of_commands(void **state)
{
    static const char *const expected[] = {"MANU:ACW:VOLT 1.500", "MANU:ACW:CHIS 5.000",
                                           "MANU:ACW:CLOS 0.000", "MANU:RTIM 2.0",
                                           "MANU:ACW:TTIM 60.0",  "MANU:ACW:FREQ 50"};
    struct mb_profile *p = load("gwinstek-gpt9800");
    const struct mb_script_context c = context_of(p);
    const struct mb_safety_test test = {.kind = MB_SAFETY_AC_WITHSTAND,
                                        .voltage_v = 1500,
                                        .current_a = NAN,
                                        .limit_high = 5e-3,
                                        .limit_low = NAN,
                                        .ramp_s = 2,
                                        .hold_s = 60,
                                        .fall_s = NAN,
                                        .frequency_hz = 50,
                                        .interlock_acknowledged = true};
    struct mb_script s = {0};

    (void)state;
    assert_int_equal(mb_safety_script(&c, &test, &s, NULL), 0);
    for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
        bool found = false;

        for (size_t i = 0; i < s.count; i++)
            found = found || (s.steps[i].kind == MB_STEP_WRITE && strcmp(s.steps[i].text, expected[k]) == 0);
        if (!found)
            fail_msg("'%s' is not sent", expected[k]);
    }
    mb_script_done(&s);
    (void)mb_profile_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_the_way_to_stop),
        cmocka_unit_test(test_interlock),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_script),
        cmocka_unit_test(test_units_of_commands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
