/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The losses that a converter adds, as a user has them measured: with and without the sine filter that a
 * person takes out. The whole run takes a minute and more and is done with MOTORBENCH_WHOLE=1 only; that an
 * analyser without harmonics is refused is seen always. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "support/changed_profile.h"
#include "support/operator.h"

#define RUN_MS 900000u
#define TRUTH_MAX (64u << 20)
#define EFFICIENCY_TOLERANCE 0.002 /* class 0.1 instruments, one seed */
#define HARMONIC_TOLERANCE 0.2     /* of the harmonic losses: a difference of differences */

struct world {
    struct daemon_fixture f; /* first: that is what `edit` is given */
    struct operator operator;
};

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct world));
    return *state ? 0 : -1;
}

/* A number of the simulator's truth, behind these words. */
static double truth(const struct daemon_fixture *f, const char *words)
{
    char *text = NULL, *at;
    double value;
    size_t size;

    assert_int_equal(mb_file_read(f->sim.truth, TRUTH_MAX, &text, &size, NULL), 0);
    at = strstr(text, "# on a converter: ");
    at = at ? strstr(at, words) : NULL;
    assert_non_null(at);
    value = strtod(at + strlen(words), NULL);
    free(text);
    return value;
}

static double number_at(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_number(value))
        fail_msg("no number '%s'", key);
    return json_number_value(value);
}

static void near_the_truth(const struct world *w, const json_t *evaluation)
{
    double efficiency = number_at(evaluation, "efficiency"), expected = truth(&w->f, "efficiency ");
    double harmonic_w = number_at(json_object_get(evaluation, "harmonic"), "harmonic_w");
    double added_w = truth(&w->f, "harmonic_w ");

    print_message("efficiency %.5f, in truth %.5f; harmonic losses %.2f W, in truth %.2f W\n", efficiency,
                  expected, harmonic_w, added_w);
    if (!(fabs(efficiency - expected) <= EFFICIENCY_TOLERANCE))
        daemon_fixture_fail(&w->f, "efficiency %.5f, in truth %.5f", efficiency, expected);
    if (!(fabs(harmonic_w - added_w) <= HARMONIC_TOLERANCE * added_w))
        daemon_fixture_fail(&w->f, "harmonic losses %.2f W, in truth %.2f W", harmonic_w, added_w);
}

static void harmonic_losses_by_difference(void **state)
{
    static const char *const simulator[] = {
        "--motor", "tests/data/converter-motor.yaml", "--factor", "100", "--seed", "5", NULL};
    static const char *const options[] = {"--items", "efficiency", "--method", "2-3-A", NULL};
    struct world *w = *state;
    const json_t *evaluation;
    json_t *document;

    daemon_fixture_start(&w->f, &(struct daemon_fixture_setting){.sim = simulator});
    operator_open(&w->operator, & w->f, "tests/data/faults/answers.csv");
    daemon_fixture_run_with(&w->f, options);
    operator_serve(&w->operator, RUN_MS);
    operator_close(&w->operator);
    assert_false(daemon_fixture_output_on(&w->f));
    document = FIXTURE_JSON(&w->f, 0, "show", w->f.uuid);
    evaluation = json_object_get(document, "evaluation");
    if (!json_is_true(json_object_get(evaluation, "valid")))
        daemon_fixture_fail(&w->f, "the test is not valid");
    assert_string_equal(json_string_value(json_object_get(evaluation, "method")),
                        "2-3-B"); /* of IEC 60034-2-3 */
    near_the_truth(w, evaluation);
    assert_int_equal(FIXTURE_STATUS(&w->f, "verify", w->f.uuid), 0);
    json_decref(document);
}

/* The laboratory's own profile of the same analyser, which leaves the first fundamental out. */
static void leave_out(struct daemon_fixture *f)
{
    static const struct profile_change changes[] = {
        {"item: \"U,1,1\", wirings: [1P2W, 3P3W, 3V3A]", "item: \"U,1,1\", wirings: [1P2W]"}, {NULL, NULL}};
    const char *words[] = {"mkdir", "-p", NULL, NULL};
    struct run_result result;
    char folder[64];

    (void)snprintf(folder, sizeof folder, "%s/profiles", f->folder);
    words[2] = folder;
    assert_int_equal(run_program(words, NULL, &result), 0);
    assert_int_equal(result.status, 0);
    run_result_clear(&result);
    changed_profile_write(folder, "yokogawa-wt300e", changes);
}

static void refused(struct world *w, const char *method)
{
    static const char sentence[] = "analyser (profile yokogawa-wt300e) does not read it";
    struct run_result result;

    FIXTURE_CLI(&w->f, &result, "run", w->f.motor, "--items", "efficiency", "--method", method);
    assert_int_equal(result.status, 2);
    if (!strstr(result.err, sentence))
        fail_msg("%s", result.err);
    run_result_clear(&result);
}

/* By none of the methods the rms value stands in silently. */
static void an_analyser_without_the_fundamental_is_refused(void **state)
{
    static const char *const simulator[] = {"--motor", "tests/data/converter-motor.yaml", "--factor", "200",
                                            NULL};
    struct world *w = *state;

    daemon_fixture_start(&w->f, &(struct daemon_fixture_setting){.sim = simulator, .edit = leave_out});
    refused(w, "2-3-A");
    refused(w, "2-3-C");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, daemon_fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_analyser_without_the_fundamental_is_refused),
        TEST(harmonic_losses_by_difference),
    };
    const struct CMUnitTest everyday[] = {TEST(an_analyser_without_the_fundamental_is_refused)};
#undef TEST

    return getenv("MOTORBENCH_WHOLE")
               ? cmocka_run_group_tests_name("converter inspection", tests, NULL, NULL)
               : cmocka_run_group_tests_name("converter inspection", everyday, NULL, NULL);
}
