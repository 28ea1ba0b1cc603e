/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole inspections of motors of other kinds than three-phase induction, as a user runs them: direct current
 * and single phase, and sums of losses of motors with a separate field (the synchronous one with
 * MOTORBENCH_WHOLE=1). What the record says is compared with what the simulated motor is. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "support/operator.h"

#define STEP_MS 120000u
#define LOAD_POINTS 6
#define FULL_LOAD 2 /* of 125, 115, 100, 75, 50, 25 % */
/* Class 0.1 instruments, and a few kelvin that the motor still has to rise when it counts as warm. */
#define RELATIVE_TOLERANCE 0.01
#define EFFICIENCY_TOLERANCE 0.005
#define CURVE_TOLERANCE 0.015 /* a motor that heats up quickly is warmer behind 125 % of its load */
#define SPEED_TOLERANCE 0.002

struct kind {
    const char *motor, *plan, *method, *standard;
    double reference_rpm; /* what the truth's slip is against */
    const char *verdict, *note;
    int status;
    const char *curve; /* of a sum of losses: its last one, no load curve */
    size_t points;
    const char *options[3];
    const char *factor;
};

/* No limits of direct-current motors are known, and those of single-phase motors are not public. */
enum { DIRECT_CURRENT, SINGLE_PHASE, DIRECT_FIELD, SYNCHRONOUS_FIELD, KINDS };
static const struct kind kinds[KINDS] = {
    [DIRECT_CURRENT] = {"tests/data/quick-dc.yaml", "efficiency-dc", "2-1-3A", "GB/T 1311-2008", 1800,
                        "NOT-APPLICABLE", "has no limits for dc", 0, .factor = "300"},
    [SINGLE_PHASE] = {"tests/data/quick-capacitor-run.yaml", "efficiency-single-phase", "2-1-1A",
                      "GB/T 9651-2022", 1500, "INCONCLUSIVE", "fill the row 50 Hz, 4 poles, 0.37 kW, grade 3",
                      3, .factor = "300"},
    [DIRECT_FIELD] = {"tests/data/quick-dc-field.yaml",
                      "efficiency-dc-losses",
                      "2-1-3C",
                      "GB/T 1311-2008",
                      1800,
                      "NOT-APPLICABLE",
                      "has no limits for dc",
                      0,
                      "no_load",
                      10,
                      {"--method", "2-1-3C"},
                      "300"},
    [SYNCHRONOUS_FIELD] = {"tests/data/quick-synchronous-field.yaml",
                           "efficiency-synchronous-losses",
                           "2-1-2B",
                           "GB/T 1029-2021",
                           1500,
                           "NOT-APPLICABLE",
                           "has no limits for",
                           0,
                           "short_circuit",
                           6,
                           {"--method", "2-1-2B"},
                           "40"},
};

struct world {
    struct daemon_fixture f; /* first: that is what `edit` is given */
    const struct kind *kind;
    struct operator operator;
};

/* Equilibrium is judged over a shorter time, as the motor has little to heat up; but over most of a real
 * second, or a machine that is busy elsewhere sees it in readings that stand still. */
static void shorten(struct daemon_fixture *f)
{
    const struct world *w = (struct world *)f;
    char plan[64];

    (void)snprintf(plan, sizeof plan, "data/plans/%s.yaml", w->kind->plan);
    daemon_fixture_change(f, plan, "window_minutes: 30", "window_minutes: 4");
    daemon_fixture_change(f, plan, "sample_s: 60", "sample_s: 10");
    daemon_fixture_change(f, plan, "Start without load, minutes: 1",
                          "Start without load, minutes: 1, with: {timeout_s: 3600}");
    daemon_fixture_change(f, plan, "settle_timeout_s: 300", "settle_timeout_s: 3600");
    daemon_fixture_change(f, plan, "repeats: 5 ", "repeats: 50 ");
    if (w->kind == &kinds[DIRECT_FIELD])
        daemon_fixture_change(f, plan, "interval_minutes: 30", "interval_minutes: 4");
    daemon_fixture_add_profiles(f);
}

static double number_at(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_number(value))
        fail_msg("no number '%s'", key);
    return json_number_value(value);
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    assert_non_null(text);
    return text;
}

/* Of the line of rated output at the head of the simulator's truth. */
static double truth(const struct daemon_fixture *f, const char *word)
{
    struct mb_error err = {""};
    char *text = NULL, *at;
    double value;
    size_t size;

    if (mb_file_read(f->sim.truth, 64u << 20, &text, &size, &err) < 0)
        fail_msg("%s", err.text);
    at = strstr(text, "# rated output");
    at = at ? strstr(at, word) : NULL;
    assert_non_null(at);
    value = strtod(at + strlen(word), NULL);
    free(text);
    return value;
}

static void assert_near(const char *what, double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%s is %.6g, in truth %.6g", what, value, expected);
}

static void the_readings_are_the_motors(const struct world *w, const json_t *sheet)
{
    const json_t *rated = json_object_get(sheet, "rated_load");
    double excitation_w =
        w->kind->curve ? number_at(rated, "excitation_supply_v") * number_at(rated, "excitation_a") : 0;
    const struct {
        const char *key, *word;
        double besides; /* what the truth counts in */
    } pairs[] = {{"p1_w", "input_w ", excitation_w}, {"i_a", "current_a ", 0}, {"t_nm", "torque_nm ", 0}};
    double n_rpm = w->kind->reference_rpm * (1 - truth(&w->f, "slip "));

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        double expected = truth(&w->f, pairs[i].word);

        assert_near(pairs[i].key, number_at(rated, pairs[i].key) + pairs[i].besides, expected,
                    RELATIVE_TOLERANCE * expected);
    }
    assert_near("n_rpm", number_at(rated, "n_rpm"), n_rpm, SPEED_TOLERANCE * n_rpm);
    assert_int_equal(json_array_size(json_object_get(
                         json_object_get(sheet, w->kind->curve ? w->kind->curve : "load"), "points")),
                     w->kind->curve ? w->kind->points : LOAD_POINTS);
}

/* "points" and "load_points": each method has its own. */
static void the_result_is_the_motors(const struct world *w, const json_t *evaluation)
{
    const json_t *points = json_object_get(evaluation, "points");
    double efficiency = truth(&w->f, "efficiency ");

    if (!points)
        points = json_object_get(evaluation, "load_points");
    assert_true(json_is_true(json_object_get(evaluation, "valid")));
    assert_string_equal(text_at(evaluation, "method"), w->kind->method);
    assert_string_equal(text_at(evaluation, "standard"), w->kind->standard);
    assert_near("efficiency", number_at(evaluation, "efficiency"), efficiency, EFFICIENCY_TOLERANCE);
    if (w->kind->curve)
        return;
    assert_int_equal(json_array_size(points), LOAD_POINTS);
    assert_near("efficiency at full load", number_at(json_array_get(points, FULL_LOAD), "efficiency"),
                efficiency, CURVE_TOLERANCE);
}

static void the_record_verifies(struct daemon_fixture *f)
{
    json_t *result = FIXTURE_JSON(f, 0, "verify", f->uuid);

    assert_true(json_is_true(json_object_get(result, "ok")));
    assert_true(json_is_true(json_object_get(json_object_get(result, "recomputed"), "ok")));
    json_decref(result);
}

static void a_motor_of_this_kind_is_inspected(struct world *w)
{
    json_t *document, *evaluation;
    int status;

    if (w->kind->curve)
        operator_serve(&w->operator, STEP_MS);
    status = daemon_fixture_run_status(&w->f, STEP_MS);
    if (status != w->kind->status)
        daemon_fixture_fail(&w->f, "the inspection ended with status %d", status);
    assert_false(daemon_fixture_output_on(&w->f));
    document = FIXTURE_JSON(&w->f, 0, "show", w->f.uuid);
    evaluation = json_object_get(document, "evaluation");
    if (strcmp(text_at(document, "verdict"), w->kind->verdict) != 0)
        daemon_fixture_fail(&w->f, "%s: %s", text_at(document, "verdict"), text_at(document, "reason"));
    the_readings_are_the_motors(w, json_object_get(document, "sheet"));
    the_result_is_the_motors(w, evaluation);
    assert_non_null(strstr(text_at(json_object_get(evaluation, "grade"), "note"), w->kind->note));
    the_record_verifies(&w->f);
    json_decref(document);
}

static void a_direct_current_motor_is_inspected(void **state)
{
    a_motor_of_this_kind_is_inspected((struct world *)*state + DIRECT_CURRENT);
}

static void a_single_phase_motor_is_inspected(void **state)
{
    a_motor_of_this_kind_is_inspected((struct world *)*state + SINGLE_PHASE);
}

static void a_direct_current_motor_with_its_field_is_inspected(void **state)
{
    a_motor_of_this_kind_is_inspected((struct world *)*state + DIRECT_FIELD);
}

static void a_synchronous_motor_with_its_field_is_inspected(void **state)
{
    a_motor_of_this_kind_is_inspected((struct world *)*state + SYNCHRONOUS_FIELD);
}

/* What it takes to simulate the synchronous motor lets a bench run 40 times as fast at most: a minute. */
static int kind_count(void)
{
    return getenv("MOTORBENCH_WHOLE") ? KINDS : SYNCHRONOUS_FIELD;
}

/* Side by side: they mostly wait. */
static int setup(void **state)
{
    struct world *worlds = calloc(KINDS, sizeof *worlds);

    assert_non_null(worlds);
    *state = worlds;
    for (struct world *w = worlds; w < worlds + kind_count(); w++) {
        const struct kind *kind = &kinds[w - worlds];
        const char *const simulator[] = {"--motor",    kind->motor, "--factor",
                                         kind->factor, "--seed",    "5",
                                         "--cold-c",   "25",        kind->curve ? "--drives" : NULL,
                                         NULL};

        w->kind = kind;
        daemon_fixture_start(
            &w->f, &(struct daemon_fixture_setting){.sim = simulator, .edit = shorten, .own_data = true});
        operator_open(&w->operator, & w->f, "tests/data/faults/answers.csv");
        daemon_fixture_run_with(&w->f, kind->options);
    }
    return 0;
}

static int teardown(void **state)
{
    struct world *worlds = *state;

    for (struct world *w = worlds; w < worlds + kind_count(); w++) {
        operator_close(&w->operator);
        daemon_fixture_clear(&w->f);
    }
    free(worlds);
    return 0;
}

int main(void)
{
    const struct CMUnitTest everyday[] = {
        cmocka_unit_test(a_direct_current_motor_is_inspected),
        cmocka_unit_test(a_single_phase_motor_is_inspected),
        cmocka_unit_test(a_direct_current_motor_with_its_field_is_inspected),
    };
    const struct CMUnitTest whole[] = {
        everyday[0],
        everyday[1],
        everyday[2],
        cmocka_unit_test(a_synchronous_motor_with_its_field_is_inspected),
    };

    return getenv("MOTORBENCH_WHOLE")
               ? cmocka_run_group_tests_name("inspection of other kinds", whole, setup, teardown)
               : cmocka_run_group_tests_name("inspection of other kinds", everyday, setup, teardown);
}
