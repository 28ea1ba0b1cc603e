/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole inspections on benches that are more than a brake at 400 V: 2-1-1F, whose load machine drives the
 * rotor against the field, 2-1-1D of two motors on one shaft, and motors of 6 kV behind transformers. They
 * take minutes each, so they are run with MOTORBENCH_WHOLE=1 only; what such a bench refuses is seen always.
 */
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

static void shell(const char *command, const char *argument)
{
    const char *const words[] = {"sh", "-c", command, argument, NULL};
    struct run_result result;

    assert_int_equal(run_program(words, NULL, &result), 0);
    assert_int_equal(result.status, 0);
    run_result_clear(&result);
}

static void add_profiles(struct daemon_fixture *f)
{
    daemon_fixture_add_profiles(f);
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

static const char *const everything[] = {NULL};
static const char *const efficiency_only[] = {"--items", "efficiency", NULL};

static void inspect(struct world *w, const struct daemon_fixture_setting *setting,
                    const char *const options[])
{
    daemon_fixture_start(&w->f, setting);
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

    inspect(w, &(struct daemon_fixture_setting){.sim = simulator, .edit = add_profiles}, options);
    document = FIXTURE_JSON(&w->f, 0, "show", w->f.uuid);
    additional = json_object_get(evaluated(w, document, "2-1-1F"), "additional");
    assert_int_equal(json_array_size(json_object_get(additional, "removed_rotor")), 6);
    assert_int_equal(json_array_size(json_object_get(additional, "reverse_rotation")), 6);
    assert_int_equal(FIXTURE_STATUS(&w->f, "verify", w->f.uuid), 0);
    json_decref(document);
}

static void two_motors_back_to_back(void **state)
{
    static const char *const simulator[] = {
        "--motor", "tests/data/quick-motor.yaml", "--factor", "100", "--seed", "5", "--partner", NULL};
    static const char *const options[] = {"--items", "efficiency", "--method", "2-1-1D", NULL};
    struct world *w = *state;
    const json_t *evaluation;
    json_t *document;

    inspect(w, &(struct daemon_fixture_setting){.sim = simulator, .edit = add_profiles}, options);
    document = FIXTURE_JSON(&w->f, 0, "show", w->f.uuid);
    evaluation = evaluated(w, document, "2-1-1D");
    assert_true(json_number_value(json_object_get(json_object_get(evaluation, "forward"), "loss_w")) > 0);
    assert_true(json_number_value(json_object_get(json_object_get(evaluation, "reversed"), "loss_w")) > 0);
    assert_int_equal(FIXTURE_STATUS(&w->f, "verify", w->f.uuid), 0);
    json_decref(document);
}

static void a_motor_of_6_kv(void **state)
{
    static const char *const simulator[] = {
        "--motor", "tests/data/high-voltage-motor.yaml", "--factor", "100", "--seed", "5", NULL};
    struct world *w = *state;
    json_t *document, *analyser;

    inspect(w, &(struct daemon_fixture_setting){.sim = simulator, .edit = add_profiles}, everything);
    document = FIXTURE_JSON(&w->f, 0, "export", w->f.uuid, "--format", "json");
    (void)evaluated(w, document, "2-1-1B");
    assert_string_equal(json_string_value(json_object_get(document, "verdict")), "PASS");
    analyser = json_array_get(json_object_get(document, "instruments"), 0);
    assert_true(json_number_value(json_object_get(analyser, "voltage_ratio")) == 60);
    assert_true(json_number_value(json_object_get(analyser, "current_ratio")) == 15);
    json_decref(document);
}

/* The plan prefers G1 there. What it knows of the method is marked U: a number as good as any, and no verdict
 * from it. */
static void above_2000_kw_g1(void **state)
{
    static const char *const simulator[] = {
        "--motor", "tests/data/large-motor.yaml", "--factor", "100", "--seed", "5", "--drives", NULL};
    struct world *w = *state;
    const json_t *evaluation, *edition;
    json_t *document;

    inspect(w, &(struct daemon_fixture_setting){.sim = simulator, .edit = add_profiles}, everything);
    document = FIXTURE_JSON(&w->f, 0, "show", w->f.uuid);
    evaluation = evaluated(w, document, "G1");
    edition = json_object_get(evaluation, "edition");
    assert_string_equal(json_string_value(json_object_get(edition, "mark")), "U");
    assert_string_equal(json_string_value(json_object_get(document, "verdict")), "INCONCLUSIVE");
    assert_non_null(strstr(json_string_value(json_object_get(document, "reason")), "marked uncertain"));
    assert_int_equal(FIXTURE_STATUS(&w->f, "verify", w->f.uuid), 0);
    json_decref(document);
}

/* One motor twice through transformers with errors of class 0.5: as their certificate has it, and as if there
 * were no certificate. */
static const char *const transformers[] = {
    "--motor", "tests/data/transformers.yaml", "--factor", "100", "--seed", "5", NULL};

#define CERTIFICATE                                                                                          \
    ", voltage_transformer: {ratio_error: 0.004, displacement_rad: -0.004},"                                 \
    " current_transformer: {ratio_error: 0.006, displacement_rad: 0.005}"

static void errors_of_transformers(void **state)
{
    struct world *w = *state;
    json_t *document, *voltage;

    inspect(w, &(struct daemon_fixture_setting){.sim = transformers, .edit = add_profiles}, efficiency_only);
    document = FIXTURE_JSON(&w->f, 0, "export", w->f.uuid, "--format", "json");
    (void)evaluated(w, document, "2-1-1B");
    voltage =
        json_object_get(json_array_get(json_object_get(document, "instruments"), 0), "voltage_transformer");
    assert_true(json_number_value(json_object_get(voltage, "ratio_error")) == 0.004);
    assert_true(json_number_value(json_object_get(voltage, "displacement_rad")) == -0.004);
    json_decref(document);
}

static void forget_certificate(struct daemon_fixture *f)
{
    daemon_fixture_add_profiles(f);
    daemon_fixture_change(f, "benches/sim.yaml", CERTIFICATE, "");
}

static void errors_of_transformers_left_in(void **state)
{
    struct world *w = *state;
    const json_t *evaluation;
    json_t *document;
    double efficiency;

    inspect(w, &(struct daemon_fixture_setting){.sim = transformers, .edit = forget_certificate},
            efficiency_only);
    document = FIXTURE_JSON(&w->f, 0, "show", w->f.uuid);
    evaluation = json_object_get(document, "evaluation");
    efficiency = json_number_value(json_object_get(evaluation, "efficiency"));
    if (json_is_true(json_object_get(evaluation, "valid")) &&
        fabs(efficiency - true_efficiency(&w->f)) <= EFFICIENCY_TOLERANCE)
        daemon_fixture_fail(&w->f, "efficiency %.5f, in truth %.5f", efficiency, true_efficiency(&w->f));
    json_decref(document);
}

static void refused_with(struct world *w, const char *const words[], const char *sentence)
{
    struct run_result result;

    daemon_fixture_cli(&w->f, &result, words);
    assert_int_equal(result.status, 2);
    if (!strstr(result.err, sentence))
        fail_msg("%s", result.err);
    run_result_clear(&result);
}

static void what_the_bench_cannot(void **state)
{
    struct world *w = *state;
    const char *const driven[] = {"run", w->f.motor, "--items", "efficiency", "--method", "2-1-1F", NULL};
    const char *const pair[] = {"run", w->f.motor, "--items", "efficiency", "--method", "2-1-1D", NULL};
    const char *const leading[] = {"run", w->f.motor, "--items", "efficiency", NULL};

    daemon_fixture_start(&w->f, &(struct daemon_fixture_setting){.sim = transformers});
    refused_with(w, driven, "needs a load machine that drives");
    refused_with(w, pair, "needs a second motor with a source of its own");
    /* A magnet motor's current may lead: its power would be corrected the wrong way round. */
    shell("sed -i 's/kind: three-phase-induction/kind: three-phase-pm-line-start/; s/speed_rpm: "
          "[0-9.]*/speed_rpm: 1500/' \"$0\"",
          w->f.motor);
    refused_with(w, leading,
                 "the phase displacement of the bench's transformers cannot be corrected for "
                 "three-phase-pm-line-start motors");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, daemon_fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_the_bench_cannot),   TEST(removed_rotor_and_reverse_rotation),
        TEST(a_motor_of_6_kv),         TEST(above_2000_kw_g1),
        TEST(errors_of_transformers),  TEST(errors_of_transformers_left_in),
        TEST(two_motors_back_to_back),
    };
    const struct CMUnitTest everyday[] = {TEST(what_the_bench_cannot)};
#undef TEST

    return getenv("MOTORBENCH_WHOLE")
               ? cmocka_run_group_tests_name("driven inspection", tests, NULL, NULL)
               : cmocka_run_group_tests_name("driven inspection", everyday, NULL, NULL);
}
