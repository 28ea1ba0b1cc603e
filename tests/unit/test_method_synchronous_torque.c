/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Torques and back-EMF of synchronous motors, from the sheet to the figures. */
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/evaluated.h"
#include "support/plant_run.h"

/* 47.75 N m rated. */
#define BACK_EMF "{u_v: 300, u12_v: 299, u23_v: 300, u31_v: 301, n_rpm: 1470}"
#define PULL_OUT                                                                                             \
    "[{u_v: 400, t_nm: 80, n_rpm: 1500, f_hz: 50}, {u_v: 396, t_nm: 91, n_rpm: 1500, f_hz: 50}, "            \
    "{u_v: 400, t_nm: 99, n_rpm: 1485, f_hz: 50}]"
#define PULL_IN                                                                                              \
    "[{in_step: true, u_v: 400, t_nm: 20}, {in_step: false, u_v: 400, t_nm: 40}, "                           \
    "{in_step: true, u_v: 401, t_nm: 30}]"
#define PULL_UP                                                                                              \
    "[{branch: steady, u_v: 400, t_nm: 82, n_rpm: 5}, {branch: steady, u_v: 400, t_nm: 44, n_rpm: 50}, "     \
    "{branch: steady, u_v: 400, t_nm: 43, n_rpm: 60}, "                                                      \
    "{branch: steady, u_v: 400, t_nm: 55, n_rpm: 200}, {branch: steady, u_v: 400, t_nm: 70, n_rpm: 500}, "   \
    "{branch: steady, u_v: 400, t_nm: 90, n_rpm: 900}, {branch: steady, u_v: 400, t_nm: 70, n_rpm: 1200}, "  \
    "{branch: steady, u_v: 400, t_nm: 44, n_rpm: 1380}]"

static const char *turn_text(double to_deg)
{
    static char text[2400];
    size_t used = (size_t)snprintf(text, sizeof text, "{u_t_nm: 0.05, points: [");

    for (double deg = 0; deg <= to_deg; deg += 9)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s{angle_deg: %g, t_nm: %.4f}",
                                 deg > 0 ? ", " : "", deg, -0.2 - 0.5 * sin(10 * deg * M_PI / 180));
    (void)snprintf(text + used, sizeof text - used, "]}");
    return text;
}

static json_t *evaluate(const char *kind, const char *standard, const char *sections, struct mb_error *err)
{
    char text[4096];

    (void)snprintf(text, sizeof text,
                   "sheet: {method: synchronous-torque, standard: %s}\n"
                   "motor:\n"
                   "  id: x\n"
                   "  kind: %s\n"
                   "  sealing_ring: none\n"
                   "  rated: {power_w: 7500, voltage_v: 400, frequency_hz: 50, poles: 4, speed_rpm: 1500}\n"
                   "synchronous:\n%s",
                   standard, kind, sections);
    return evaluated(text, err);
}

static json_t *evaluated_sections(const char *sections)
{
    struct mb_error err = {""};
    json_t *json = evaluate("three-phase-pm-line-start", "GB/T 22669-2008", sections, &err);

    assert_string_equal(err.text, "");
    assert_non_null(json);
    return json;
}

static double at(const json_t *json, const char *section, const char *key)
{
    const json_t *value = json_object_get(json_object_get(json, section), key);

    if (!json_is_number(value))
        fail_msg("%s.%s is no number", section, key);
    return json_number_value(value);
}

static bool has(const json_t *json, const char *list, const char *word)
{
    json_t *element;
    size_t i;

    json_array_foreach(json_object_get(json, list), i, element)
    {
        if (strcmp(json_string_value(element), word) == 0)
            return true;
    }
    return false;
}

static void the_figures(void **state)
{
    char sections[4000];
    json_t *json;

    (void)state;
    (void)snprintf(sections, sizeof sections,
                   "  back_emf: %s\n  pull_out: %s\n  pull_in: %s\n  pull_up: %s\n  cogging: %s\n", BACK_EMF,
                   PULL_OUT, PULL_IN, PULL_UP, turn_text(360));
    json = evaluated_sections(sections);
    assert_true(json_is_true(json_object_get(json, "valid")));
    assert_true(json_is_null(json_object_get(json, "efficiency")));
    assert_within(at(json, "back_emf", "u_v"), 306.122, 306.123);
    assert_within(at(json, "back_emf", "ke_v_s_per_rad"), 1.94883, 1.94885);
    assert_within(at(json, "back_emf", "ke_v_per_krpm"), 204.081, 204.082);
    assert_within(at(json, "pull_out", "torque_nm"), 91.919, 91.920); /* 91 * 400 / 396 */
    assert_within(at(json, "pull_out", "torque_ratio"), 1.9251, 1.9252);
    assert_true(at(json, "pull_in", "torque_nm") == 30 && at(json, "pull_in", "failed_nm") == 40);
    assert_true(at(json, "pull_up", "torque_nm") == 43 && at(json, "pull_up", "n_rpm") == 60);
    assert_within(at(json, "cogging", "peak_to_peak_nm"), 1 - 1e-4, 1 + 1e-4);
    assert_within(at(json, "cogging", "accuracy_nm"), 0.1 - 1e-9, 0.1 + 1e-9);
    json_decref(json);
}

static void a_sheet_may_have_one_test(void **state)
{
    json_t *json = evaluated_sections("  back_emf: {u_v: 300, n_rpm: 1470}\n");

    (void)state;
    assert_true(json_is_true(json_object_get(json, "valid")));
    assert_within(at(json, "back_emf", "u_v"), 306.122, 306.123);
    assert_null(json_object_get(json, "pull_out"));
    assert_null(json_object_get(json, "cogging"));
    json_decref(json);
}

static void what_makes_it_invalid(void **state)
{
    static const struct {
        const char *sections, *reason;
    } cases[] = {
        {"  back_emf: {u_v: 300, u12_v: 270, n_rpm: 1470}\n", "back-emf"},
        {"  pull_out: [{u_v: 380, t_nm: 80, n_rpm: 1500, f_hz: 50}]\n", "pull-out-torque"},
        {"  pull_in: [{in_step: true, u_v: 400, t_nm: 50}, {in_step: false, u_v: 400, t_nm: 40}]\n",
         "pull-in-torque"},
        {"  pull_up: [{branch: up, u_v: 400, t_nm: 80, n_rpm: 20}]\n", "pull-up-torque"},
        {"  cogging: {points: [{angle_deg: 0, t_nm: 0}]}\n", "cogging-torque"},
        {"  pull_in: []\n", "missing-data"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *json = evaluated_sections(cases[i].sections);

        if (!json_is_false(json_object_get(json, "valid")) || !has(json, "reasons", cases[i].reason))
            fail_msg("case %zu: %s is missing", i, cases[i].reason);
        json_decref(json);
    }
}

static void what_is_refused(void **state)
{
    static const struct {
        const char *kind, *standard, *sections, *sentence;
    } cases[] = {
        {"pm-converter-fed", "GB/T 22669-2008", "  pull_in: []\n", "synchronous-torque"},
        {"three-phase-pm-line-start", "GB/T 1032-2023", "  pull_in: []\n", "synchronous-torque"},
        {"three-phase-pm-line-start", "GB/T 22669-2008", "  pull_down: []\n", "pull_down"},
        {"three-phase-pm-line-start", "GB/T 22669-2008", "  pull_in: [{u_v: 400, t_nm: 3}]\n", "in_step"},
        {"three-phase-pm-line-start", "GB/T 22669-2008",
         "  pull_up: [{branch: left, u_v: 400, t_nm: 3, n_rpm: 5}]\n", "left"},
        {"three-phase-pm-line-start", "GB/T 22669-2008", "  back_emf: {u_v: -1, n_rpm: 5}\n",
         "-1 is out of range"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_error err = {""};

        assert_null(evaluate(cases[i].kind, cases[i].standard, cases[i].sections, &err));
        if (!strstr(err.text, cases[i].sentence))
            fail_msg("case %zu: %s", i, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_figures),
        cmocka_unit_test(a_sheet_may_have_one_test),
        cmocka_unit_test(what_makes_it_invalid),
        cmocka_unit_test(what_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
