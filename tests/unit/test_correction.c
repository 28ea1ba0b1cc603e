/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sections instrument and torque of a sheet; figures of procedures 0.6 and 0.7. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "method/correction.h"
#include "support/evaluated.h"
#include "support/replace.h"

#define NEAR(a, b, e) assert_true(fabs((a) - (b)) < (e))

#define DIRECT_EFFICIENCY 0.889194 /* of the vector's rated-load reading */
#define RATED_P1_W 12370.6
#define RATED_T_NM 73.281

/* The vector by the method given, with a further section. */
static json_t *evaluate(const char *method, const char *section, struct mb_error *err)
{
    char *text = NULL, *named, *all;
    size_t size = 0;
    json_t *json;

    assert_int_equal(mb_file_read("tests/data/sheets/vector.yaml", 1 << 20, &text, &size, NULL), 0);
    named = replaced(text, "method: 2-1-1B", method);
    all = malloc(strlen(named) + strlen(section) + 1);
    assert_non_null(all);
    (void)stpcpy(stpcpy(all, named), section);
    json = evaluated(all, err);
    free(all);
    free(named);
    free(text);
    return json;
}

static double number(const json_t *json, const char *key)
{
    return json_number_value(json_object_get(json, key));
}

static bool has_reason(const json_t *json, const char *word)
{
    return json_object_get(json_object_get(json, "reason_texts"), word) != NULL;
}

static void the_figure_of_the_procedure(void **state)
{
    /* Ps = 1.5 I^2 R: 36.6 W coupled, 35.9 W uncoupled */
    const struct mb_idle_reading coupled = {372.0, 2, 36.6 / 6, 0.0045, 1493.2, 0.05},
                                 uncoupled = {282.2, 2, 35.9 / 6, 0, NAN, NAN};

    (void)state;
    NEAR(mb_dynamometer_nm(&coupled, &uncoupled, 177.0), 0.5153, 5e-5);
}

static void voltage_circuits_on_the_motors_side(void **state)
{
    const struct mb_meter_load meter = {MB_TAP_MOTOR_SIDE, 2e4, NAN};
    /* 0.5 A in phase with 230 V and 0.5 A across it */
    struct mb_electrical r = mb_correct_instrument(&meter, 1, (struct mb_electrical){230, M_SQRT1_2, 115});

    (void)state;
    NEAR(r.p_w, 115 - 230 * 230 / 2e4, 1e-9);
    NEAR(r.i_a, hypot(0.5 - 230 / 2e4, 0.5), 1e-12);
    NEAR(r.u_v, 230, 1e-12);
    r = mb_correct_instrument(&meter, 3, (struct mb_electrical){400, 2, 1000});
    NEAR(r.p_w, 1000 - 400 * 400 / 2e4, 1e-9);
}

static void voltage_circuits_on_the_sources_side(void **state)
{
    const struct mb_meter_load meter = {MB_TAP_SOURCE_SIDE, NAN, 0.1};
    struct mb_electrical r = mb_correct_instrument(&meter, 3, (struct mb_electrical){400, 10, 5000});
    double active_a = 5000 / (sqrt(3) * 400), reactive_a = sqrt(100 - active_a * active_a);

    (void)state;
    NEAR(r.p_w, 5000 - 3 * 100 * 0.1, 1e-9);
    NEAR(r.i_a, 10, 1e-12);
    NEAR(r.u_v, sqrt(3) * hypot(400 / sqrt(3) - 0.1 * active_a, 0.1 * reactive_a), 1e-9);
}

static void a_sheet_is_corrected(void **state)
{
    struct mb_error err = {""};
    double w = 400.0 * 400.0 / 1e5;
    json_t *json =
        evaluate("method: 2-1-1A", "instrument: {tap: motor-side, voltage_circuit_ohm: 1e5}\n", &err);

    (void)state;
    assert_string_equal(err.text, "");
    NEAR(number(json, "efficiency_direct"), DIRECT_EFFICIENCY * RATED_P1_W / (RATED_P1_W - w), 1e-6);
    json_decref(json);
    json = evaluate("method: 2-1-1A", "torque: {correction_nm: 1}\n", &err);
    NEAR(number(json, "efficiency_direct"), DIRECT_EFFICIENCY * (1 + 1 / RATED_T_NM), 1e-6);
    NEAR(number(json, "torque_correction_nm"), 1, 1e-15);
    json_decref(json);
}

#define COUPLED "torque:\n  coupled: {p_w: 372, i_a: 2, r_ohm: 6.1, n_rpm: 1493.25, f_hz: 50, t_nm: 0.05}\n"
#define UNCOUPLED "  uncoupled: {p_w: 282.2, i_a: 2, r_ohm: 5.98333333}\n"

static void both_runs_give_the_correction(void **state)
{
    struct mb_error err = {""};
    json_t *json = evaluate("method: 2-1-1B", COUPLED UNCOUPLED "  iron_w: 177\n", &err);

    (void)state;
    assert_string_equal(err.text, "");
    NEAR(number(json, "torque_correction_nm"), 0.5153, 1e-4);
    json_decref(json);
    /* The no-load curve of the vector has 194.8 W at 400 V, which all but cancels. */
    json = evaluate("method: 2-1-1B", COUPLED UNCOUPLED, &err);
    NEAR(number(json, "torque_correction_nm"), 0.5153 + (194.8 - 177) * 0.0045 / 156.37, 1e-4);
    json_decref(json);
    assert_null(evaluate("method: 2-1-1B", COUPLED, &err));
    assert_non_null(strstr(err.text, "belong together"));
    assert_null(evaluate("method: 2-1-1B", COUPLED UNCOUPLED "  correction_nm: 1\n", &err));
}

static void transducers_that_are_too_large_or_drift(void **state)
{
    static const struct {
        const char *section, *word;
    } cases[] = {
        {"torque: {range_nm: 183}\n", NULL}, /* 18.32 N m is the lowest */
        {"torque: {range_nm: 184}\n", "torque-range"},
        {"torque: {range_nm: 184, correction_nm: 1}\n", "torque-range"}, /* as it was indicated */
        {"torque: {range_nm: 100, zero_before_nm: 0.01, zero_after_nm: 0.059}\n", NULL},
        {"torque: {range_nm: 100, zero_before_nm: 0.01, zero_after_nm: -0.041}\n", "torque-zero"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_error err = {""};
        json_t *json = evaluate("method: 2-1-1B", cases[i].section, &err);

        assert_string_equal(err.text, "");
        assert_int_equal(json_is_true(json_object_get(json, "valid")), cases[i].word == NULL);
        if (cases[i].word)
            assert_true(has_reason(json, cases[i].word));
        json_decref(json);
    }
}

static void a_large_correction_is_named(void **state)
{
    struct mb_error err = {""};
    json_t *json = evaluate("method: 2-1-1A", "torque: {correction_nm: 7.5}\n", &err);
    const json_t *text = json_object_get(json_object_get(json, "warning_texts"), "torque-correction");

    (void)state;
    assert_non_null(strstr(json_string_value(text), "more than 10 % of the rated torque"));
    assert_non_null(strstr(json_string_value(text), "up to a slip of 0.05, there are 0.0584"));
    json_decref(json);
}

static void sections_that_do_not_fit(void **state)
{
    static const char *const sections[] = {
        "instrument: {tap: motor-side}\n",
        "instrument: {tap: motor-side, voltage_circuit_ohm: 1e5, current_path_ohm: 0.1}\n",
        "instrument: {tap: source-side, voltage_circuit_ohm: 1e5}\n",
        "instrument: {voltage_circuit_ohm: 1e5}\n",
        "torque: {range_nm: 0}\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        struct mb_error err = {""};

        assert_null(evaluate("method: 2-1-1B", sections[i], &err));
        assert_non_null(strstr(err.text, "sheet:"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_figure_of_the_procedure),
        cmocka_unit_test(voltage_circuits_on_the_motors_side),
        cmocka_unit_test(voltage_circuits_on_the_sources_side),
        cmocka_unit_test(a_sheet_is_corrected),
        cmocka_unit_test(both_runs_give_the_correction),
        cmocka_unit_test(transducers_that_are_too_large_or_drift),
        cmocka_unit_test(a_large_correction_is_named),
        cmocka_unit_test(sections_that_do_not_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
