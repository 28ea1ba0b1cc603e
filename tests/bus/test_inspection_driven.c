/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole inspections on benches that are more than a brake at 400 V: 2-1-1F, whose load machine drives the
 * rotor against the field, and a motor of 6 kV behind transformers. Both take minutes, so they are
 * run with MOTORBENCH_WHOLE=1 only; that a brake refuses 2-1-1F is seen always. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "support/operator.h"

#define RUN_MS 600000u
#define TRUTH_MAX (64u << 20)
#define EFFICIENCY_TOLERANCE 0.002 /* class 0.1 instruments, one seed */

struct world {
    struct daemon_fixture f; /* first: that is what `edit` is given */
    struct operator operator;
};

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct world));
    return *state ? 0 : -1;
}

/* The laboratory's own profiles: those of the simulated instruments of no real maker. */
static void add_profiles(struct daemon_fixture *f)
{
    const char *const copy[] = {"sh", "-c",
                                "mkdir -p \"$0/profiles\" && cp tools/sim/simulated-*.yaml \"$0/profiles\"",
                                f->folder, NULL};
    struct run_result result;

    assert_int_equal(run_program(copy, NULL, &result), 0);
    assert_int_equal(result.status, 0);
    run_result_clear(&result);
}

static double true_efficiency(const struct daemon_fixture *f)
{
    static const char words[] = "coolant 25 degC: efficiency ";
    char *text = NULL, *at;
    double efficiency;
    size_t size;

    assert_int_equal(mb_file_read(f->sim.truth, TRUTH_MAX, &text, &size, NULL), 0);
    at = strstr(text, words);
    assert_non_null(at);
    efficiency = strtod(at + strlen(words), NULL);
    free(text);
    return efficiency;
}

static void inspect(struct world *w, const char *const simulator[], const char *const options[])
{
    daemon_fixture_start(&w->f, &(struct daemon_fixture_setting){.sim = simulator, .edit = add_profiles});
    operator_open(&w->operator, & w->f, "tests/data/faults/answers.csv");
    daemon_fixture_run_with(&w->f, options);
    operator_serve(&w->operator, RUN_MS);
    operator_close(&w->operator);
    assert_false(daemon_fixture_output_on(&w->f));
}

/* The evaluation of a valid test whose efficiency is the motor's, borrowed from the document. */
static const json_t *evaluated(const struct world *w, const json_t *document, const char *method)
{
    const json_t *evaluation = json_object_get(document, "evaluation");
    double efficiency = json_number_value(json_object_get(evaluation, "efficiency"));

    if (!json_is_true(json_object_get(evaluation, "valid")))
        daemon_fixture_fail(&w->f, "the test is not valid");
    assert_string_equal(json_string_value(json_object_get(evaluation, "method")), method);
    if (!(fabs(efficiency - true_efficiency(&w->f)) <= EFFICIENCY_TOLERANCE))
        daemon_fixture_fail(&w->f, "efficiency %.5f, in truth %.5f", efficiency, true_efficiency(&w->f));
    return evaluation;
}

static void removed_rotor_and_reverse_rotation(void **state)
{
    static const char *const simulator[] = {
        "--motor", "tests/data/quick-motor.yaml", "--factor", "100", "--seed", "5", "--drives", NULL};
    static const char *const options[] = {"--items", "efficiency", "--method", "2-1-1F", NULL};
    struct world *w = *state;
    const json_t *additional;
    json_t *document;

    inspect(w, simulator, options);
    document = FIXTURE_JSON(&w->f, 0, "show", w->f.uuid);
    additional = json_object_get(evaluated(w, document, "2-1-1F"), "additional");
    assert_int_equal(json_array_size(json_object_get(additional, "removed_rotor")), 6);
    assert_int_equal(json_array_size(json_object_get(additional, "reverse_rotation")), 6);
    assert_int_equal(FIXTURE_STATUS(&w->f, "verify", w->f.uuid), 0);
    json_decref(document);
}

static void a_motor_of_6_kv(void **state)
{
    static const char *const simulator[] = {
        "--motor", "tests/data/high-voltage-motor.yaml", "--factor", "100", "--seed", "5", NULL};
    struct world *w = *state;
    json_t *document, *analyser;

    inspect(w, simulator, (const char *const[]){NULL});
    document = FIXTURE_JSON(&w->f, 0, "export", w->f.uuid, "--format", "json");
    (void)evaluated(w, document, "2-1-1B");
    assert_string_equal(json_string_value(json_object_get(document, "verdict")), "PASS");
    analyser = json_array_get(json_object_get(document, "instruments"), 0);
    assert_true(json_number_value(json_object_get(analyser, "voltage_ratio")) == 60);
    assert_true(json_number_value(json_object_get(analyser, "current_ratio")) == 15);
    json_decref(document);
}

static void a_brake_refuses(void **state)
{
    static const char *const simulator[] = {"--factor", "200", NULL};
    struct world *w = *state;
    struct run_result result;

    daemon_fixture_start(&w->f, &(struct daemon_fixture_setting){.sim = simulator});
    FIXTURE_CLI(&w->f, &result, "run", w->f.motor, "--items", "efficiency", "--method", "2-1-1F");
    assert_int_equal(result.status, 2);
    if (!strstr(result.err, "needs a load machine that drives"))
        fail_msg("%s", result.err);
    run_result_clear(&result);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, daemon_fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_brake_refuses),
        TEST(removed_rotor_and_reverse_rotation),
        TEST(a_motor_of_6_kv),
    };
    const struct CMUnitTest everyday[] = {TEST(a_brake_refuses)};
#undef TEST

    return getenv("MOTORBENCH_WHOLE")
               ? cmocka_run_group_tests_name("driven inspection", tests, NULL, NULL)
               : cmocka_run_group_tests_name("driven inspection", everyday, NULL, NULL);
}
