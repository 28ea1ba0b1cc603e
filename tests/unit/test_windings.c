/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single-phase motors: columns of both windings, and what a coolant of 25 degC would change. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/evaluated.h"
#include "support/replace.h"

#define NEAR(a, b, e) assert_true(fabs((a) - (b)) < (e))

#define SHEET                                                                                                \
    "sheet: {method: A, standard: GB/T 9651-2022}\n"                                                         \
    "motor: {id: x, kind: single-phase-capacitor-run, conductor: copper, sealing_ring: none,\n"              \
    "  rated: {power_w: 370, voltage_v: 220, frequency_hz: 50, poles: 4}}\n"                                 \
    "rated_load: {u_v: 220, i_a: 2.6, p1_w: 540, t_nm: 2.5, n_rpm: 1415, f_hz: 50, coolant_c: 20,\n"         \
    "  main_a: 2.2, auxiliary_a: 1.1, capacitor_v: 330}\n"                                                   \
    "windings: {main_cold_ohm: 6, auxiliary_cold_ohm: 10, cold_c: 20, main_hot_ohm: 7.2,\n"                  \
    "  auxiliary_hot_ohm: 11}\n"                                                                             \
    "load:\n  points:\n"                                                                                     \
    "    - {u_v: 220, i_a: 2.6, p1_w: 540, t_nm: 2.5, n_rpm: 1415, f_hz: 50, main_a: 2.2, capacitor_v: "     \
    "330}\n"

static json_t *with(const char *from, const char *to, struct mb_error *err)
{
    char *text = replaced(SHEET, from, to);
    json_t *json = evaluated(text, err);

    free(text);
    return json;
}

static double at(const json_t *json, const char *key)
{
    return json_number_value(json_object_get(json, key));
}

static void both_windings(void **state)
{
    struct mb_error err = {""};
    json_t *json = with("x", "x", &err);
    const json_t *w = json_object_get(json, "windings"),
                 *point = json_array_get(json_object_get(json, "points"), 0);
    double output_w = 2 * M_PI * 1415 / 60 * 2.5;
    /* 255 K at 20 degC: 1.2 and 1.1 times the resistance */
    double more_w = 5 / (255 * 1.2) * 2.2 * 2.2 * 7.2 + 5 / (255 * 1.1) * 1.1 * 1.1 * 11;

    (void)state;
    assert_string_equal(err.text, "");
    assert_true(json_is_true(json_object_get(json, "valid")));
    NEAR(at(w, "main_c"), 255 * 1.2 - 235, 1e-9);
    NEAR(at(w, "auxiliary_c"), 255 * 1.1 - 235, 1e-9);
    NEAR(at(w, "main_w"), 2.2 * 2.2 * 7.2, 1e-9);
    NEAR(at(w, "auxiliary_w"), 1.1 * 1.1 * 11, 1e-9);
    NEAR(at(w, "correction_w"), more_w, 1e-9);
    NEAR(at(w, "efficiency_corrected"), output_w / (540 + more_w), 1e-12);
    NEAR(at(json, "efficiency"), output_w / 540, 1e-12); /* judged as it was measured */
    NEAR(at(point, "main_a"), 2.2, 1e-15);
    NEAR(at(point, "capacitor_v"), 330, 1e-15);
    assert_true(json_is_null(json_object_get(point, "auxiliary_a")));
    json_decref(json);
}

static void what_is_missing(void **state)
{
    struct mb_error err = {""};
    json_t *json = with("auxiliary_a: 1.1, ", "", &err);

    (void)state;
    assert_true(json_is_null(json_object_get(json_object_get(json, "windings"), "correction_w")));
    NEAR(at(json_object_get(json, "windings"), "main_w"), 2.2 * 2.2 * 7.2, 1e-9);
    json_decref(json);
    assert_null(with("cold_c: 20, ", "", &err));
    assert_non_null(strstr(err.text, "cold_c"));
}

static void three_phase_motors_have_none(void **state)
{
    struct mb_error err = {""};
    char *text = replaced(SHEET, "GB/T 9651-2022", "GB/T 1032-2023"),
         *three = replaced(text, "single-phase-capacitor-run", "three-phase-induction");

    (void)state;
    assert_null(evaluated(three, &err));
    assert_non_null(strstr(err.text, "windings belongs to single-phase motors"));
    free(three);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_windings),
        cmocka_unit_test(what_is_missing),
        cmocka_unit_test(three_phase_motors_have_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
