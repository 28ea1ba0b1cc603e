/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The delay rule of the temperature rise, the gates of method 2-1-1B, and the answer of an invalid test. */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "support/evaluate.h"

#define READINGS 10
#define COOLANT_C 23.4
#define HOT_C 91.993      /* the vector's fit at t = 0 */
#define AT_DELAY_C 88.419 /* and at 30 s */

/* The vector's sheet with every cooling reading later by shift_s. */
static void evaluate_shifted(unsigned shift_s, struct evaluated *ret)
{
    char from[READINGS][16], to[READINGS][16];
    struct sheet_edit edits[READINGS + 1] = {0};

    for (unsigned i = 0; i < READINGS; i++) { /* last first, so that a new time never meets an old one */
        unsigned t_s = 18 + 10 * (READINGS - 1 - i);

        (void)snprintf(from[i], sizeof from[i], "t_s: %u,", t_s);
        (void)snprintf(to[i], sizeof to[i], "t_s: %u,", t_s + shift_s);
        edits[i] = (struct sheet_edit){from[i], to[i]};
    }
    evaluate_edited("vector.yaml", edits, ret);
}

/* The vector's cooling curve at t_s on its own time scale: the fit is one exponential. */
static double cooling_curve_k(double t_s)
{
    double rate = log((HOT_C - COOLANT_C) / (AT_DELAY_C - COOLANT_C)) / 30;

    return (HOT_C - COOLANT_C) * exp(-rate * t_s);
}

static void assert_rise(const struct evaluated *e, double expected_k)
{
    double rise = evaluated_number(e, "winding.rise_k");

    if (!(fabs(rise - expected_k) < 0.01))
        fail_msg("rise %.4f K, expected %.4f K; a late or wrong reading was taken", rise, expected_k);
}

/* 11 kW: the delay is 30 s. A reading at 30 s still counts itself; the fit to t = 0 moves with the shift. */
static void first_reading_within_the_delay_counts(void **state)
{
    struct evaluated e = {0};

    (void)state;
    evaluate_shifted(12, &e);
    assert_true(json_is_true(evaluated_at(&e, "valid")));
    assert_rise(&e, (0.8789 - 0.6954) / 0.6954 * (235 + 22.0) + 22.0 - COOLANT_C);
    assert_true(fabs(evaluated_number(&e, "winding.temperature_c") - COOLANT_C - cooling_curve_k(-12)) <
                0.01);
    evaluated_clear(&e);
}

static void later_readings_go_back_to_the_delay(void **state)
{
    static const unsigned shifts[] = {13, 25, 42}; /* first readings at 31, 43 and 60 s */

    /* The last one moves the temperature at t = 0 out of the gate of the load curve, which is no matter here.
     */
    (void)state;
    for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++) {
        struct evaluated e = {0};

        evaluate_shifted(shifts[i], &e);
        assert_non_null(e.document);
        assert_false(evaluated_has_reason(&e, "cooling-late"));
        assert_rise(&e, cooling_curve_k(30.0 - shifts[i]));
        evaluated_clear(&e);
    }
}

static void readings_after_twice_the_delay_are_too_late(void **state)
{
    struct evaluated e = {0};

    (void)state;
    evaluate_shifted(43, &e);
    assert_invalid(&e, "cooling-late");
    assert_non_null(strstr(json_string_value(evaluated_at(&e, "grade.note")), "61 s after switching off"));
    evaluated_clear(&e);
}

/* A winding that still takes up heat after the cut: the highest reading counts, not the extrapolation. */
static void rising_readings_give_their_highest(void **state)
{
    static const struct sheet_edit edits[] = {
        {"r_ohm: 0.8758", "r_ohm: 0.8797"}, {"r_ohm: 0.8726", "r_ohm: 0.8791"},
        {"r_ohm: 0.8696", "r_ohm: 0.8788"}, {"r_ohm: 0.8665", "r_ohm: 0.8784"},
        {"r_ohm: 0.8636", "r_ohm: 0.8780"}, {"r_ohm: 0.8607", "r_ohm: 0.8775"},
        {"r_ohm: 0.8578", "r_ohm: 0.8771"}, {"r_ohm: 0.8550", "r_ohm: 0.8767"},
        {"r_ohm: 0.8523", "r_ohm: 0.8763"}, {0}};
    struct evaluated e = {0};

    (void)state;
    evaluate_edited("vector.yaml", edits, &e);
    assert_printed(&e, "winding.resistance_hot_ohm", "0.87970");
    assert_rise(&e, (0.8797 - 0.6954) / 0.6954 * (235 + 22.0) + 22.0 - COOLANT_C);
    evaluated_clear(&e);
}

struct gate {
    const char *reason;
    struct sheet_edit edits[12];
};

static const struct gate gates[] = {
    /* One point with the wrong sign; all of them (r would be +0.98 and A positive). */
    {"torque-sign", {{"t_nm: 36.65", "t_nm: -36.65"}}},
    {"torque-sign",
     {{"t_nm: 73.281", "t_nm: -73.281"},
      {"t_nm: 91.63", "t_nm: -91.63"},
      {"t_nm: 84.23", "t_nm: -84.23"},
      {"t_nm: 73.28,", "t_nm: -73.28,"},
      {"t_nm: 54.97", "t_nm: -54.97"},
      {"t_nm: 36.65", "t_nm: -36.65"},
      {"t_nm: 18.32", "t_nm: -18.32"}}},
    {"torque-sign", {{"t_nm: 73.281", "t_nm: -73.281"}}},
    /* More out than in. */
    {"torque-sign", {{"t_nm: 36.65", "t_nm: 46.65"}}},
    /* U I without and 3 U I instead of sqrt(3) U I = 13769 VA. */
    {"meter-inconsistent", {{"n_rpm: 1433.6", "s_va: 7949.6, n_rpm: 1433.6"}}},
    {"meter-inconsistent", {{"n_rpm: 1433.6", "s_va: 23849, n_rpm: 1433.6"}}},
    {"meter-inconsistent", {{"coolant_c: 23.4", "coolant_c: 23.4\n  s_va: 7952"}}},
    {"meter-inconsistent", {{"p0_w: 282.21", "p0_w: 282.21, s_va: 2143.9"}}},
    {"power-factor", {{"i_a: 15.092", "i_a: 10.092"}}},
    {"supply-frequency", {{"f_hz: 50.00\n  coolant", "f_hz: 51.00\n  coolant"}}},
    {"supply-voltage", {{"u_v: 400.0\n", "u_v: 392.0\n"}}},
    /* Three points in the low band; three in the high band; no rated voltage; lowest first. */
    {"no-load-points", {{"u_v: 120", NULL}}},
    {"no-load-points", {{"u_v: 380", NULL}}},
    {"no-load-points", {{"u_v: 400, i_a: 5.3598", "u_v: 430, i_a: 5.3598"}}},
    {"no-load-points",
     {{"no_load:\n  r_before_ohm: 0.8348\n  r_after_ohm: 0.8266\n  points:\n",
       "no_load:\n  r_before_ohm: 0.8348\n  r_after_ohm: 0.8266\n  points:\n"
       "    - {u_v: 100, i_a: 1.5, p0_w: 65}\n"}}},
    {"load-points", {{"t_nm: 36.65", NULL}}},
    {"load-points", {{"t_nm: 18.32", NULL}}},
    {"load-points",
     {{"load_percent: 125", "load_percent: 115.0"},
      {"load_percent: 115,", "load_percent: 125,"},
      {"91.63", "84.230"},
      {"84.23,", "91.63,"}}},
    {"cooling-fit", {{"r_ohm: 0.8607", "r_ohm: 0.8657"}}},
    /* 0.8821 -> 0.80 ohm is 30 K under the winding at rated load. */
    {"winding-temperature", {{"0.8821", "0.8000"}}},
    {"slip", {{"n_rpm: 1485.0", "n_rpm: 1501.0"}}},
    {"slip", {{"n_rpm: 1433.4", "n_rpm: 1500.5"}}},
    {"missing-data", {{"cold:\n  resistance_ohm: 0.6954\n  temperature_c: 22.0\n", ""}}},
    {"missing-data", {{"  r_after_ohm: 0.8724\n", ""}}},
    /* A residual loss below zero at half load: offset of the torque at the 50 % point only. */
    {"residual-negative", {{"t_nm: 36.65", "t_nm: 36.90"}}},
};

static void names_each_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof gates / sizeof *gates; i++) {
        struct evaluated e = {0};

        evaluate_edited("vector.yaml", gates[i].edits, &e);
        if (!evaluated_has_reason(&e, gates[i].reason) || e.run.status != 3)
            print_error("gate %zu, %s:\n", i, gates[i].reason);
        assert_invalid(&e, gates[i].reason);
        evaluated_clear(&e);
    }
}

static void right_apparent_power_is_no_reason(void **state)
{
    static const struct sheet_edit edits[] = {{"n_rpm: 1433.6", "s_va: 13769, n_rpm: 1433.6"}, {0}};
    struct evaluated e = {0};

    (void)state;
    evaluate_edited("vector.yaml", edits, &e);
    assert_true(json_is_true(evaluated_at(&e, "valid")));
    evaluated_clear(&e);
}

/* A torque gain error of 1 %: the residual falls with torque, so A < 0. */
static void falling_residual_is_refused(void **state)
{
    static const struct sheet_edit edits[] = {
        {"t_nm: 91.63", "t_nm: 92.60"}, {"t_nm: 84.23", "t_nm: 85.08"}, {"t_nm: 73.28,", "t_nm: 73.93,"},
        {"t_nm: 54.97", "t_nm: 55.29"}, {"t_nm: 36.65", "t_nm: 36.75"}, {0}};
    struct evaluated e = {0};

    (void)state;
    evaluate_edited("vector.yaml", edits, &e);
    assert_true(evaluated_number(&e, "regression.first_r") < 0);
    if (!evaluated_has_reason(&e, "regression-slope"))
        assert_invalid(&e, "regression-correlation");
    evaluated_clear(&e);
}

/* IEC asks for 0.1 %, IEEE 112 for 0.5 %: 50.10 Hz lies between. */
static void frequency_gate_follows_the_standard(void **state)
{
    static const struct {
        const char *standard;
        bool valid;
    } cases[] = {{"IEC 60034-2-1:2014", false}, {"IEEE 112-2017", true}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct sheet_edit edits[] = {
            {"GB/T 1032-2023", cases[i].standard}, {"f_hz: 50.00\n  coolant", "f_hz: 50.10\n  coolant"}, {0}};
        struct evaluated e = {0};

        evaluate_edited("vector.yaml", edits, &e);
        assert_int_equal(json_is_true(evaluated_at(&e, "valid")), cases[i].valid);
        if (!cases[i].valid)
            assert_invalid(&e, "supply-frequency");
        evaluated_clear(&e);
    }
}

/* Nothing that was not computed is a number, and an invalid test has no verdict on the motor. */
static void invalid_answer_says_null(void **state)
{
    static const struct sheet_edit edits[] = {
        {"u_v: 120", NULL}, {"u_v: 160", NULL}, {"u_v: 200", NULL}, {"u_v: 240", NULL}, {0}};
    struct evaluated e = {0};

    (void)state;
    evaluate_edited("vector.yaml", edits, &e);
    assert_invalid(&e, "no-load-points");
    assert_true(json_is_null(evaluated_at(&e, "no_load.friction_windage_w")));
    assert_true(json_is_null(evaluated_at(&e, "efficiency")));
    assert_true(json_is_null(evaluated_at(&e, "rated.total_w")) || json_is_null(evaluated_at(&e, "rated")));
    assert_null(strstr(e.run.out, "nan"));
    assert_null(strstr(e.run.out, "inf"));
    evaluated_clear(&e);
}

static void direct_method_needs_only_load_points(void **state)
{
    static const struct sheet_edit edits[] = {
        {"method: 2-1-1B", "method: 2-1-1A"},
        {"cold:\n  resistance_ohm: 0.6954\n  temperature_c: 22.0\n", ""},
        {0}};
    struct evaluated e = {0};
    char *text = sheet_text("vector.yaml", edits, NULL), *at = strstr(text, "rated_load:"),
         *end = strstr(text, "load:\n  r_b");

    (void)state;
    assert_true(at && end && end > at);
    memmove(at, end, strlen(end) + 1); /* rated_load and cooling go */
    *strstr(text, "no_load:") = '\0';
    evaluate_bytes(text, strlen(text), &e);
    free(text);
    assert_true(json_is_true(evaluated_at(&e, "valid")));
    /* 2 pi n T / P1 of the 75 % point: 8360.66 / 9227.3. */
    assert_printed(&e, "points.3.efficiency", "0.90608");
    evaluated_clear(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_reading_within_the_delay_counts),
        cmocka_unit_test(later_readings_go_back_to_the_delay),
        cmocka_unit_test(readings_after_twice_the_delay_are_too_late),
        cmocka_unit_test(rising_readings_give_their_highest),
        cmocka_unit_test(names_each_reason),
        cmocka_unit_test(right_apparent_power_is_no_reason),
        cmocka_unit_test(falling_residual_is_refused),
        cmocka_unit_test(frequency_gate_follows_the_standard),
        cmocka_unit_test(invalid_answer_says_null),
        cmocka_unit_test(direct_method_needs_only_load_points),
    };

    return cmocka_run_group_tests_name("evaluate gates", tests, NULL, NULL);
}
