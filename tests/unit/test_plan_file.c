/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plan files: the shipped one says what it should; what is wrong is refused with its line. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "procedure/curve.h"
#include "procedure/plan.h"

#define SHIPPED "daemon/procedure/data/efficiency-2-1-1B.yaml"

static const char good[] = "procedure:\n"
                           "  id: p\n"
                           "  title: Title\n"
                           "  method: 2-1-1B\n"
                           "  standard: GB/T 1032-2023\n"
                           "  item: efficiency\n"
                           "  gates:\n"
                           "    voltage_percent: 0.5\n"
                           "    torque_percent: 2\n"
                           "    frequency_percent: 0.3\n"
                           "    negative_sequence_percent: 0.5\n"
                           "    hvf_percent: 1.5\n"
                           "    fluctuation_power_percent: 0.5\n"
                           "    fluctuation_torque_percent: 0.5\n"
                           "    fluctuation_speed_percent: 0.1\n"
                           "    dwell_s: 3\n"
                           "    window_s: 5\n"
                           "    minimum_samples: 5\n"
                           "    settle_timeout_s: 300\n"
                           "    repeats: 5\n"
                           "  steps:\n"
                           "    - {id: one, kind: start, title: One, minutes: 2}\n"
                           "    - id: two\n"
                           "      kind: load-curve\n"
                           "      title: Two\n"
                           "      minutes: 3\n"
                           "      resume_at: one\n"
                           "      discards: [load.r_before_ohm, load.points]\n"
                           "      with: {points_percent: [125, 100, 25]}\n";

static char *changed(const char *from, const char *to)
{
    const char *at = strstr(good, from);
    char *text = malloc(sizeof good + strlen(to));

    assert_non_null(at);
    assert_non_null(text);
    (void)snprintf(text, sizeof good + strlen(to), "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    return text;
}

static void refused(const char *from, const char *to, const char *line, const char *reason)
{
    char *text = changed(from, to);
    struct mb_procedure *p = NULL;
    struct mb_error err = {""};
    char start[40];
    int r = mb_procedure_parse("plan.yaml", text, strlen(text), &p, &err);

    free(text);
    if (r != -EINVAL)
        fail_msg("'%s' instead of '%s': %d", to, from, r);
    assert_null(p);
    (void)snprintf(start, sizeof start, "plan.yaml:%s: ", line);
    if (strncmp(err.text, start, strlen(start)) != 0 || !strstr(err.text, reason) || strchr(err.text, '\n'))
        fail_msg("expected '%s...%s', have: %s", start, reason, err.text);
}

static struct mb_procedure *shipped(void)
{
    struct mb_procedure *p = NULL;
    struct mb_error err = {""};

    if (mb_procedure_load(SHIPPED, &p, &err) < 0)
        fail_msg("%s", err.text);
    return p;
}

static size_t find(const struct mb_procedure *p, const char *id)
{
    for (size_t i = 0; i < p->step_count; i++)
        if (strcmp(p->steps[i].id, id) == 0)
            return i;
    fail_msg("the plan has no step '%s'", id);
    return 0;
}

static void test_shipped_head(void **state)
{
    struct mb_procedure *p = shipped();
    double minutes = 0;

    (void)state;
    assert_string_equal(p->id, "efficiency-2-1-1B");
    assert_string_equal(p->method, "2-1-1B");
    assert_string_equal(p->standard, "GB/T 1032-2023");
    assert_string_equal(p->item, "efficiency");
    /* Percent in the file, fractions in the program. */
    assert_true(fabs(p->gates.voltage - 0.005) < 1e-15 && fabs(p->gates.torque - 0.02) < 1e-15);
    assert_true(fabs(p->gates.frequency - 0.003) < 1e-15 && fabs(p->gates.hvf - 0.015) < 1e-15);
    assert_true(fabs(p->gates.negative_sequence - 0.005) < 1e-15);
    assert_true(fabs(p->gates.fluctuation_power - 0.005) < 1e-15);
    assert_true(fabs(p->gates.fluctuation_torque - 0.005) < 1e-15);
    assert_true(fabs(p->gates.fluctuation_speed - 0.001) < 1e-15);
    assert_true(p->gates.window_s == 5 && p->gates.dwell_s == 3 && p->gates.settle_timeout_s == 300);
    assert_int_equal(p->gates.minimum_samples, 5);
    assert_int_equal(p->gates.repeats, 5);
    for (size_t i = 0; i < p->step_count; i++)
        minutes += p->steps[i].minutes;
    assert_true(p->minutes == minutes && minutes > 60);
    assert_int_equal(strlen(p->text), p->text_size);
    assert_null(mb_procedure_free(p));
    assert_null(mb_procedure_free(NULL));
}

/* A series that was interrupted begins again with its resistance before: never half a series. */
static void test_shipped_resumption(void **state)
{
    struct mb_procedure *p = shipped();
    const struct mb_plan_step *load = &p->steps[find(p, "load")], *cold = &p->steps[find(p, "cold")];
    const struct mb_curve_params *points = load->params;

    (void)state;
    assert_string_equal(load->kind->name, "load-curve");
    assert_int_equal(load->resume_at, find(p, "restart"));
    assert_int_equal(load->discard_count, 2);
    assert_string_equal(load->discards[0], "load.r_before_ohm");
    assert_string_equal(load->discards[1], "load.points");
    assert_int_equal(points->count, 6);
    assert_true(points->percent[0] == 125 && points->percent[5] == 25);
    assert_int_equal(cold->resume_at, find(p, "cold")); /* without resume_at: the step itself */
    for (size_t i = 0; i < p->step_count; i++) {
        assert_in_range(p->steps[i].resume_at, 0, i);
        /* Outputs are off after an interruption: what needs them goes back to a start. */
        if (strcmp(p->steps[i].kind->name, "resistance") != 0 &&
            strcmp(p->steps[i].kind->name, "operator") != 0)
            assert_string_equal(p->steps[p->steps[i].resume_at].kind->name, "start");
    }
    (void)mb_procedure_free(p);
}

static void test_good(void **state)
{
    struct mb_procedure *p = NULL;
    struct mb_error err = {""};

    (void)state;
    if (mb_procedure_parse("plan.yaml", good, strlen(good), &p, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(p->step_count, 2);
    assert_string_equal(p->steps[1].title, "Two");
    assert_true(p->minutes == 5);
    assert_int_equal(p->steps[1].resume_at, 0);
    assert_string_equal(p->text, good);
    (void)mb_procedure_free(p);
}

static void test_refused_head(void **state)
{
    (void)state;
    refused("procedure:\n", "plan:\n", "1", "'procedure' is missing");
    refused("  standard: GB/T 1032-2023\n", "", "2", "it needs standard and gates");
    refused("  item: efficiency\n", "", "2", "'item'");
    refused("  item: efficiency\n", "  item: efficiency\n  kinds: hamster\n", "7", "'hamster'");
    refused("    hvf_percent: 1.5\n", "", "8", "'hvf_percent'");
    refused("    voltage_percent: 0.5\n", "    voltage: 0.005\n", "8", "unknown key 'voltage'");
    refused("torque_percent: 2", "torque_percent: 0", "9", "out of range");
    refused("minimum_samples: 5", "minimum_samples: 1", "18", "out of range");
    refused("minimum_samples: 5", "minimum_samples: 5.5", "18", "5.5");
    refused("window_s: 5", "window_s: 5 s", "17", "is not a number");
}

static void test_refused_steps(void **state)
{
    (void)state;
    refused("kind: start", "kind: begin", "22", "step kind 'begin' is not known");
    refused("id: two", "id: one", "23", "step 'one' stands twice");
    refused("resume_at: one", "resume_at: three", "23",
            "resume_at names 'three', which is not this step or an earlier one");
    refused("title: One, ", "title: One, resume_at: two, ", "22", "resume_at names 'two'");
    refused("minutes: 2", "minutes: -2", "22", "out of range");
    refused("minutes: 2", "minutes: 2, colour: red", "22", "unknown key 'colour'");
    refused("minutes: 2", "minutes: 2, with: {speed: 95}", "22", "unknown key 'speed'");
    refused("discards: [load.r_before_ohm, load.points]", "discards: load.points", "28",
            "a list of record stores");
    refused(strstr(good, "  steps:"), "  steps: []\n", "21", "list of 1 to 40 steps");
}

static void test_refused_points(void **state)
{
    (void)state;
    refused("      with: {points_percent: [125, 100, 25]}\n", "", "23",
            "needs 'with: {points_percent: ...}'");
    refused("[125, 100, 25]", "[125, 25, 100]", "29", "points go from the highest down: 100 after 25");
    refused("[125, 100, 25]", "[125, 125]", "29", "highest down");
    refused("[125, 100, 25]", "[]", "29", "a list of 1 to 24 numbers");
    refused("[125, 100, 25]", "125", "29", "a list of 1 to 24 numbers");
    refused("[125, 100, 25]", "[100, 0]", "29", "out of range");
    refused("[125, 100, 25]", "[100, fifty]", "29", "is not a number");
}

static void refused_kind(const char *step, const char *reason)
{
    refused("    - {id: one, kind: start, title: One, minutes: 2}\n", step, "22", reason);
}

static void test_refused_params(void **state)
{
    (void)state;
    refused_kind("    - {id: a, kind: resistance, title: A}\n", "needs 'with: {store: ...}'");
    refused_kind("    - {id: a, kind: resistance, title: A, with: {store: warm}}\n", "load.r_before_ohm");
    refused_kind("    - {id: a, kind: resistance, title: A, with: {store: cold, readings: 33}}\n",
                 "out of range");
    refused_kind("    - {id: a, kind: record-waveform, title: A}\n", "needs 'with: {seconds: ...}'");
    refused_kind("    - {id: a, kind: record-waveform, title: A, with: {seconds: 0}}\n", "out of range");
    refused_kind("    - {id: a, kind: record-waveform, title: A, with: {seconds: 61}}\n", "out of range");
    refused_kind("    - {id: a, kind: operator, title: A, with: {ask: x}}\n", "'text'");
    refused_kind("    - {id: a, kind: thermal-run, title: A, with: {rise_k: 0}}\n", "out of range");
    refused_kind("    - {id: a, kind: cooling-curve, title: A, with: {minimum: 2}}\n", "out of range");
    refused_kind("    - {id: a, kind: reheat, title: A, with: {within_k: 0}}\n", "out of range");
    refused_kind("    - {id: a, kind: no-load-stabilise, title: A, with: {change_percent: 21}}\n",
                 "out of range");
}

static void test_no_file(void **state)
{
    struct mb_procedure *p = NULL;
    struct mb_error err = {""};

    (void)state;
    assert_int_equal(mb_procedure_load("no/such/plan.yaml", &p, &err), -ENOENT);
    assert_non_null(strstr(err.text, "no/such/plan.yaml"));
    assert_null(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped_head),   cmocka_unit_test(test_shipped_resumption),
        cmocka_unit_test(test_good),           cmocka_unit_test(test_refused_head),
        cmocka_unit_test(test_refused_steps),  cmocka_unit_test(test_refused_points),
        cmocka_unit_test(test_refused_params), cmocka_unit_test(test_no_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
