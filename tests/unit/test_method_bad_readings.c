/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with the readings, in every method's own vector: each bad sheet is INVALID for the stable
 * reason and never has a verdict on the motor. */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "support/evaluate.h"
#include "support/evaluated.h"

struct bad {
    const char *sheet, *reason;
    struct sheet_edit edits[3];
};

#define HALF_THE_POLES                                                                                       \
    {                                                                                                        \
        "poles: 4", "poles: 2"                                                                               \
    }

static const struct bad wrong_poles[] = {
    {"vector.yaml", "slip", {HALF_THE_POLES}},
    {"vector.yaml", "slip", {HALF_THE_POLES, {"method: 2-1-1B", "method: 2-1-1A"}}},
    {"2-1-1C.yaml", "slip", {HALF_THE_POLES}},
    {"2-1-1D.yaml", "slip", {HALF_THE_POLES}},
    {"2-1-1E.yaml", "slip", {HALF_THE_POLES}},
    {"2-1-1F.yaml", "slip", {{"poles: 6", "poles: 2"}}},
    {"G1.yaml", "slip", {HALF_THE_POLES}},
    {"pm-line-start.yaml", "slip", {HALF_THE_POLES}},
    {"single-phase.yaml", "slip", {HALF_THE_POLES}},
    {"single-phase-windings.yaml", "slip", {HALF_THE_POLES}},
};

static const struct bad wrong_order[] = {
    {"vector.yaml",
     "load-points",
     {{"load_percent: 50", "load_percent: 25.0"}, {"load_percent: 25,", "load_percent: 50,"}}},
    {"2-1-1C.yaml",
     "load-points",
     {{"load_percent: 50", "load_percent: 25.0"}, {"load_percent: 25,", "load_percent: 50,"}}},
    {"2-1-1F.yaml",
     "load-points",
     {{"load_percent: 50", "load_percent: 25.0"}, {"load_percent: 25,", "load_percent: 50,"}}},
    {"2-3-A.yaml",
     "load-points",
     {{"speed_percent: 90, torque_percent: 50", "speed_percent: 50, torque_percent: 50.0"}}},
    {"2-3-B.yaml",
     "load-points",
     {{"load_percent: 115, u_v: 400.0, i_a: 30.18, p1_w: 18623.0",
       "load_percent: 130, u_v: 400.0, i_a: 30.18, p1_w: 18623.0"}}},
    {"pm-line-start.yaml",
     "load-points",
     {{"load_percent: 50", "load_percent: 25.0"}, {"load_percent: 25,", "load_percent: 50,"}}},
    {"single-phase.yaml",
     "load-points",
     {{"load_percent: 50", "load_percent: 25.0"}, {"load_percent: 25,", "load_percent: 50,"}}},
    {"2-1-1D.yaml", "no-load-points", {{"u_v: 240.0", "u_v: 190.0"}}},
    {"2-1-1E.yaml", "no-load-points", {{"u_v: 240.0", "u_v: 190.0"}}},
    {"2-1-1H.yaml", "no-load-points", {{"u_v: 240.0", "u_v: 190.0"}}},
    {"2-1-3C.yaml", "no-load-points", {{"u_v: 418.0", "u_v: 390.0"}}},
    {"G1.yaml", "no-load-points", {{"u_v: 2400.0", "u_v: 3100.0"}}},
};

static const struct bad missing_points[] = {
    {"vector.yaml", "load-points", {{"load_percent: 115", NULL}}},
    {"2-3-A.yaml", "load-points", {{"speed_percent: 25, torque_percent: 25", NULL}}},
    {"2-3-B.yaml", "load-points", {{"load_percent: 115, u_v: 400.0, i_a: 30.18, p1_w: 18623.0", NULL}}},
    {"G1.yaml", "load-points", {{"load_percent: 100", NULL}}},
    {"pm-line-start.yaml", "load-points", {{"load_percent: 25", NULL}}},
    {"2-1-1C.yaml", "no-load-points", {{"u_v: 120", NULL}}},
    {"2-1-1D.yaml", "no-load-points", {{"u_v: 120.0", NULL}}},
    {"2-1-1E.yaml", "no-load-points", {{"u_v: 120.0", NULL}}},
    {"2-1-1F.yaml", "no-load-points", {{"u_v: 120.0", NULL}}},
    {"2-1-1H.yaml", "no-load-points", {{"u_v: 120.0", NULL}}},
};

static const struct bad supply[] = {
    {"vector.yaml", "supply-voltage", {{"u_v: 400.0\n", "u_v: 397.9\n"}}},
    {"2-1-1C.yaml", "supply-frequency", {{"f_hz: 50.00\n  coolant", "f_hz: 50.30\n  coolant"}}},
    {"2-1-2B.yaml", "supply-voltage", {{"u_v: 400.0\n", "u_v: 397.9\n"}}},
    {"2-1-3C.yaml", "supply-voltage", {{"u_v: 440.0\n", "u_v: 442.3\n"}}},
    {"pm-line-start.yaml", "supply-voltage", {{"u_v: 380.0\n", "u_v: 377.0\n"}}},
    {"single-phase.yaml",
     "supply-voltage",
     {{"load_percent: 100, u_v: 220.0", "load_percent: 100, u_v: 221.2"}}},
};

/* The zero-power-factor point: none, under load, another current or voltage, underexcited; and a curve
 * without its excitation. */
#define ZERO_SHEET "2-1-2B-zero-power-factor.yaml"
#define ZERO_POINTS                                                                                          \
    "{u_v: 370.2, i_a: 97.10, p1_w: 2751, excitation_a: 32.039}\n"                                           \
    "    - {u_v: 381.3, i_a: 97.62, p1_w: 2894, excitation_a: 34.006}"

static const struct bad zero_power_factor[] = {
    {ZERO_SHEET, "zero-power-factor", {{"points:\n    - " ZERO_POINTS, "points: []"}}},
    {ZERO_SHEET, "zero-power-factor", {{"p1_w: 2894", "p1_w: 18000"}}},
    {ZERO_SHEET, "zero-power-factor", {{"i_a: 97.62", "i_a: 84.00"}}},
    {ZERO_SHEET, "zero-power-factor", {{"u_v: 370.2", "u_v: 350.2"}, {"u_v: 381.3", "u_v: 404.3"}}},
    {ZERO_SHEET, "zero-power-factor", {{"excitation_a: 34.006", "excitation_a: 7.006"}}},
    {ZERO_SHEET, "zero-power-factor", {{"p_w: 1420.0, excitation_a: 22.661", "p_w: 1420.0"}}},
};

/* Kilowatts for watts, and the torque of another unit. */
static const struct bad units[] = {
    {"vector.yaml", "load-points", {{"power_w: 11000", "power_w: 11"}}},
    {"pm-line-start.yaml", "load-points", {{"power_w: 7500", "power_w: 7.5"}}},
    {"single-phase.yaml", "load-points", {{"power_w: 370", "power_w: 0.37"}}},
    {"2-1-2A.yaml", "load-points", {{"power_w: 37000", "power_w: 37"}}},
};

/* The lowest point of the load curve, of a range ten times as large and a little more. */
static const struct bad transducers[] = {
    {"pm-line-start.yaml", "torque-range", {{"cold:\n", "torque: {range_nm: 120}\ncold:\n"}}},
    {"single-phase.yaml", "torque-range", {{"load:\n", "torque: {range_nm: 6.3}\nload:\n"}}},
};

static void assert_invalid_sheet(const struct bad *bad, size_t n)
{
    unsigned wrong = 0;

    for (size_t i = 0; i < n; i++) {
        char *text = sheet_text(bad[i].sheet, bad[i].edits, NULL);
        struct mb_error err = {""};
        json_t *json = evaluated(text, &err);
        const char *verdict = json_string_value(json_object_get(json_object_get(json, "overall"), "verdict"));

        if (!json || !json_is_false(json_object_get(json, "valid")) || !verdict ||
            strcmp(verdict, "INVALID") != 0 ||
            !json_object_get(json_object_get(json, "reason_texts"), bad[i].reason)) {
            print_error("%s, %s: verdict %s %s\n", bad[i].sheet, bad[i].reason, verdict ? verdict : "none",
                        err.text);
            wrong++;
        }
        json_decref(json);
        free(text);
    }
    assert_int_equal(wrong, 0);
}
#define ASSERT_INVALID(rows) assert_invalid_sheet(rows, sizeof(rows) / sizeof *(rows))

static void assert_valid_sheet(const char *name, const struct sheet_edit *edits)
{
    char *text = sheet_text(name, edits, NULL);
    struct mb_error err = {""};
    json_t *json = evaluated(text, &err);

    if (!json_is_true(json_object_get(json, "valid")))
        fail_msg("%s: not valid %s", name, err.text);
    json_decref(json);
    free(text);
}

static void a_wrong_number_of_poles(void **state)
{
    (void)state;
    ASSERT_INVALID(wrong_poles);
}

static void points_in_the_wrong_order(void **state)
{
    (void)state;
    ASSERT_INVALID(wrong_order);
}

static void points_that_are_missing(void **state)
{
    (void)state;
    ASSERT_INVALID(missing_points);
}

static void a_supply_out_of_its_gate(void **state)
{
    (void)state;
    ASSERT_INVALID(supply);
}

static void a_zero_power_factor_without_a_triangle(void **state)
{
    (void)state;
    ASSERT_INVALID(zero_power_factor);
}

static void a_power_in_another_unit(void **state)
{
    (void)state;
    ASSERT_INVALID(units);
}

static void a_transducer_that_is_too_large(void **state)
{
    (void)state;
    ASSERT_INVALID(transducers);
}

/* Who does not say at which load a reading was taken says nothing about the order. */
static void points_without_their_load(void **state)
{
    static const struct sheet_edit edits[] = {
        {"load_percent: 50, ", ""}, {"load_percent: 75, ", ""}, {NULL, NULL}};

    (void)state;
    assert_valid_sheet("single-phase.yaml", edits);
}

/* Ten times the lowest reading is what a range may be. */
static void a_transducer_that_fits(void **state)
{
    static const struct sheet_edit edits[] = {{"load:\n", "torque: {range_nm: 6.29}\nload:\n"}, {NULL, NULL}};

    (void)state;
    assert_valid_sheet("single-phase.yaml", edits);
}

/* The nameplate of a motor on a converter: the sheet of 2-3-A has no frequency beside its speeds. */
static void a_nameplate_with_a_wrong_number_of_poles(void **state)
{
    static const char *const poles[] = {"poles: 2", "poles: 8"};

    (void)state;
    for (size_t i = 0; i < sizeof poles / sizeof *poles; i++) {
        const struct sheet_edit edits[] = {{"poles: 4", poles[i]}, {NULL, NULL}};
        char *text = sheet_text("2-3-A.yaml", edits, NULL);
        struct mb_error err = {""};

        assert_null(evaluated(text, &err));
        assert_non_null(strstr(err.text, "sheet:15: 1480 r/min"));
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_number_of_poles),
        cmocka_unit_test(points_in_the_wrong_order),
        cmocka_unit_test(points_that_are_missing),
        cmocka_unit_test(points_without_their_load),
        cmocka_unit_test(a_supply_out_of_its_gate),
        cmocka_unit_test(a_zero_power_factor_without_a_triangle),
        cmocka_unit_test(a_power_in_another_unit),
        cmocka_unit_test(a_transducer_that_is_too_large),
        cmocka_unit_test(a_transducer_that_fits),
        cmocka_unit_test(a_nameplate_with_a_wrong_number_of_poles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
