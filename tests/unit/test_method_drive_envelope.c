/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Continuous, peak and stall torque of a drive, from the sheet to the figures. */
#include "support/test.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "support/evaluated.h"

#define CONTINUOUS                                                                                           \
    "{n_rpm: 1500, t_nm: 190, change_k: 0.4, winding_c: 120}, "                                              \
    "{n_rpm: 3000, t_nm: 185, change_k: 1.0, winding_c: 141}"
#define PEAK                                                                                                 \
    "{n_rpm: 1500, t_nm: 391, held_s: 30}, {n_rpm: 1502, t_nm: 389, held_s: 30.4}, "                         \
    "{n_rpm: 4000, t_nm: 280, held_s: 29.8}, {n_rpm: 3999, t_nm: 281, held_s: 30}"
#define STALL                                                                                                \
    "{position: 0, t_nm: 395}, {position: 0, t_nm: 99}, {position: 1, t_nm: 393}, {position: 2, t_nm: "      \
    "397}, "                                                                                                 \
    "{position: 3, t_nm: 396}, {position: 4, t_nm: 394}"

static json_t *evaluate(const char *continuous, const char *peak, const char *stall)
{
    struct mb_error err = {""};
    char text[2048];
    json_t *json;

    (void)snprintf(text, sizeof text,
                   "sheet: {method: ev-envelope, standard: GB/T 18488-2024}\n"
                   "motor:\n"
                   "  id: x\n"
                   "  kind: ev-drive\n"
                   "  sealing_ring: none\n"
                   "  rated: {power_w: 60000, voltage_v: 350, frequency_hz: 200, poles: 8, speed_rpm: 3000}\n"
                   "  drive: {speed_max_rpm: 9000, peak_time_s: 30, winding_limit_c: 140}\n"
                   "envelope:\n"
                   "  continuous: [%s]\n  peak: [%s]\n  stall: [%s]\n"
                   "  maximum_speed: {n_rpm: 9001, held_s: 180}\n",
                   continuous, peak, stall);
    json = evaluated(text, &err);
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

static bool counts(const json_t *json, const char *section, size_t i)
{
    return json_is_true(json_object_get(
        json_array_get(json_object_get(json_object_get(json, section), "points"), i), "counts"));
}

static bool has(const json_t *json, const char *list, const char *word)
{
    json_t *element;
    size_t i;

    json_array_foreach(json_object_get(json, list), i,
                       element) if (strcmp(json_string_value(element), word) == 0) return true;
    return false;
}

static void the_figures(void **state)
{
    json_t *json = evaluate(CONTINUOUS, PEAK, STALL);

    (void)state;
    assert_true(json_is_true(json_object_get(json, "valid")));
    /* The hotter point passes the declared 140 degC: it is no continuous one. */
    assert_true(counts(json, "continuous", 0));
    assert_false(counts(json, "continuous", 1));
    assert_true(has(json, "warnings", "winding-temperature"));
    assert_true(at(json, "continuous", "torque_nm") == 190);
    assert_true(fabs(at(json, "continuous", "power_w") - 190 * 50 * M_PI) < 1e-9);
    /* Of two holds at one speed the lesser one. 389 N m at 1500 r/min are less power than 280 N m at 4000. */
    assert_true(at(json, "peak", "torque_nm") == 389);
    assert_true(at(json, "peak", "torque_n_rpm") == 1500);
    assert_true(at(json, "peak", "power_n_rpm") == 4000);
    assert_true(fabs(at(json, "peak", "power_w") - 280 * 4000 * M_PI / 30) < 1e-9);
    assert_true(fabs(at(json, "peak", "spread") - 2. / 390) < 1e-12);
    assert_true(at(json, "peak", "held_s") == 29.8);
    /* Of a position the highest, of the positions the least. */
    assert_true(at(json, "stall", "positions") == 5);
    assert_true(at(json, "stall", "torque_nm") == 393);
    assert_true(fabs(at(json, "stall", "spread") - 4. / 397) < 1e-12);
    assert_true(at(json, "maximum_speed", "n_rpm") == 9001);
    json_decref(json);
}

static void what_makes_it_invalid(void **state)
{
    static const struct {
        const char *continuous, *peak, *stall, *reason;
    } cases[] = {
        {"{n_rpm: 1500, t_nm: 190, change_k: 1.1}", "", "", "equilibrium"},
        {"{n_rpm: 1500, t_nm: 190}", "", "", "equilibrium"},
        {"", "{n_rpm: 1500, t_nm: 400, held_s: 30}, {n_rpm: 1500, t_nm: 391, held_s: 30}", "",
         "repeatability"},
        {"", "",
         "{position: 0, t_nm: 1}, {position: 1, t_nm: 1}, {position: 2, t_nm: 1}, {position: 3, t_nm: 1}",
         "load-points"},
        {"{n_rpm: 1500, t_nm: -190, change_k: 0.5}", "", "", "torque-sign"},
        {"", "", "", "missing-data"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *json = evaluate(cases[i].continuous, cases[i].peak, cases[i].stall);

        if (!json_is_false(json_object_get(json, "valid")) || !has(json, "reasons", cases[i].reason))
            fail_msg("case %zu: %s is missing", i, cases[i].reason);
        json_decref(json);
    }
}

/* A drive that gives way has done what it can: that is a result. */
static void what_is_only_told(void **state)
{
    json_t *json = evaluate("", "{n_rpm: 1500, t_nm: 391, held_s: 12}", "");

    (void)state;
    assert_true(json_is_true(json_object_get(json, "valid")));
    assert_true(has(json, "warnings", "peak-time"));
    assert_true(has(json, "warnings", "repeatability"));
    assert_false(counts(json, "peak", 0));
    assert_true(json_is_null(json_object_get(json_object_get(json, "peak"), "torque_nm")));
    json_decref(json);
}

/* A hold that ended early, or too hot, has no part in what was held at its speed: neither in the torque nor
 * in what makes the test invalid. */
static void what_does_not_count_changes_nothing(void **state)
{
    static const char *const more[] = {"{n_rpm: 1501, t_nm: 310, held_s: 12}",
                                       "{n_rpm: 1501, t_nm: 310, held_s: 30, winding_c: 141}"};

    (void)state;
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        char peak[512];
        json_t *json;

        (void)snprintf(peak, sizeof peak, PEAK ", %s", more[i]);
        json = evaluate("", peak, "");
        assert_true(json_is_true(json_object_get(json, "valid")));
        assert_true(at(json, "peak", "torque_nm") == 389);
        assert_true(fabs(at(json, "peak", "spread") - 2. / 390) < 1e-12);
        assert_true(counts(json, "peak", 0));
        assert_false(counts(json, "peak", 4));
        json_decref(json);
    }
}

static void what_is_refused(void **state)
{
    static const struct {
        const char *kind, *standard, *more, *sentence;
    } cases[] = {
        {"pm-converter-fed", "GB/T 18488-2024", "", "ev-envelope"},
        {"ev-drive", "GB/T 1032-2023", "", "ev-envelope"},
        {"pm-converter-fed", "GB/T 13958-2022", ", drive: {peak_time_s: 30}",
         "belongs to motors of kind ev-drive"},
        {"ev-drive", "GB/T 18488-2024", ", drive: {speed_max_rpm: 2000}", "below the rated 3000"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_error err = {""};
        char text[600];

        (void)snprintf(
            text, sizeof text,
            "sheet: {method: ev-envelope, standard: %s}\n"
            "motor: {id: x, kind: %s, sealing_ring: none, rated: {power_w: 60000, voltage_v: 350,\n"
            "        frequency_hz: 200, poles: 8, speed_rpm: 3000}%s}\n"
            "envelope: {stall: [{position: 0, t_nm: 5}]}\n",
            cases[i].standard, cases[i].kind, cases[i].more);
        assert_null(evaluated(text, &err));
        if (!strstr(err.text, cases[i].sentence))
            fail_msg("case %zu: %s", i, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_figures),       cmocka_unit_test(what_makes_it_invalid),
        cmocka_unit_test(what_is_only_told), cmocka_unit_test(what_does_not_count_changes_nothing),
        cmocka_unit_test(what_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
