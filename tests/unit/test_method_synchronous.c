/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 2-1-2B: readings of a machine whose losses are known, and the losses found in them; and what the field
 * takes in output over input. */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "support/evaluated.h"

#define FRICTION_W 900.0
#define IRON_W 1500.0 /* at 400 V, with the square of the voltage */
#define R_SHORT_OHM 0.05
#define R_HOT_OHM 0.06
#define COLD_OHM 0.048
#define ADDITIONAL_W 450.0 /* at 160 A, with the square of the current */
#define P1_W 105000.0

static void write_sheet(char *text, size_t size, const char *standard, double u_v, double friction_w)
{
    static const double volts[] = {440, 400, 380, 360, 240, 200, 160, 120}, amps[] = {180, 160, 120, 80, 40};
    size_t used = (size_t)snprintf(
        text, size,
        "sheet: {method: 2-1-2B, standard: \"%s\"}\n"
        "motor: {id: s, kind: three-phase-synchronous, sealing_ring: none,\n"
        "        rated: {power_w: 98000, voltage_v: 400, frequency_hz: 50, poles: 4}}\n"
        "cold: {resistance_ohm: %g, temperature_c: 20}\n"
        "rated_load: {u_v: %g, i_a: 160, p1_w: %g, excitation_v: 60, excitation_a: 20, coolant_c: 30,\n"
        "             r_ohm: %g, t_nm: 636, n_rpm: 1500}\n"
        "open_circuit:\n  points:\n",
        standard, COLD_OHM, u_v, P1_W, R_HOT_OHM);

    for (size_t i = 0; i < sizeof volts / sizeof *volts; i++)
        used += (size_t)snprintf(text + used, size - used, "    - {u_v: %g, p_w: %.12g}\n", volts[i],
                                 friction_w + IRON_W * volts[i] * volts[i] / 160000);
    used +=
        (size_t)snprintf(text + used, size - used, "short_circuit:\n  r_ohm: %g\n  points:\n", R_SHORT_OHM);
    for (size_t i = 0; i < sizeof amps / sizeof *amps; i++)
        used += (size_t)snprintf(text + used, size - used, "    - {i_a: %g, p_w: %.12g}\n", amps[i],
                                 friction_w + amps[i] * amps[i] * (1.5 * R_SHORT_OHM + ADDITIONAL_W / 25600));
}

static double at(const json_t *json, const char *key)
{
    return json_number_value(json_object_get(json_object_get(json, "rated"), key));
}

#define NEAR(a, b, e) assert_true(fabs((a) - (b)) < (e))

static void the_losses_come_back(void **state)
{
    /* 0.06 / 0.048 of 255 K; to a coolant of 25 degC */
    double theta = 1.25 * 255 - 235, k_theta = (235 + theta - 5) / (235 + theta);
    double stator_w = 1.5 * 25600 * R_HOT_OHM * k_theta, excitation_w = 1200 + 40;
    struct mb_error err = {""};
    char text[4096];
    json_t *json;

    (void)state;
    write_sheet(text, sizeof text, "GB/T 1029-2021", 400, FRICTION_W);
    json = evaluated(text, &err);
    assert_string_equal(err.text, "");
    assert_true(json_is_true(json_object_get(json, "valid")));
    NEAR(at(json, "winding_c"), theta, 1e-9);
    NEAR(at(json, "friction_windage_w"), FRICTION_W, 1e-6);
    NEAR(at(json, "iron_w"), IRON_W, 1e-6);
    NEAR(at(json, "additional_load_w"), ADDITIONAL_W, 1e-6);
    NEAR(at(json, "additional_exponent"), 2, 1e-9);
    NEAR(at(json, "stator_w"), stator_w, 1e-9);
    NEAR(at(json, "excitation_w"), excitation_w, 1e-9);
    NEAR(at(json, "total_w"), FRICTION_W + IRON_W + ADDITIONAL_W + stator_w + excitation_w, 1e-6);
    NEAR(json_number_value(json_object_get(json, "efficiency")),
         1 - at(json, "total_w") / (P1_W + excitation_w), 1e-12);
    json_decref(json);
}

/* IEC takes the iron loss behind the winding's drop. */
static void the_standard_says_at_which_voltage(void **state)
{
    struct mb_error err = {""};
    char text[4096];
    double inner_v;
    json_t *json;

    (void)state;
    write_sheet(text, sizeof text, "IEC 60034-2-1:2014", 400, FRICTION_W);
    json = evaluated(text, &err);
    inner_v = at(json, "inner_voltage_v");
    assert_true(inner_v < 395 && inner_v > 388);
    NEAR(at(json, "iron_w"), IRON_W * inner_v * inner_v / 160000, 1e-3);
    json_decref(json);
}

/* FROM becomes TO, once; TO may be longer. */
static void change(char *text, const char *from, const char *to)
{
    char *at = strstr(text, from);

    assert_non_null(at);
    memmove(at + strlen(to), at + strlen(from), strlen(at + strlen(from)) + 1);
    memcpy(at, to, strlen(to));
}

/* A voltage read at the supply has the drop in it; a machine without brushes has none. */
static void the_drop_of_the_brushes_counts_once(void **state)
{
    static const struct {
        const char *from, *to;
        double excitation_w;
    } ways[] = {{"excitation_v: 60", "excitation_v: 60", 1240},
                {"excitation_v: 60", "excitation_supply_v: 62", 1240},
                {"sealing_ring: none", "sealing_ring: none, brushes: none", 1200},
                {"sealing_ring: none", "sealing_ring: none, brushes: carbon", 1240},
                {"sealing_ring: none", "sealing_ring: none, brushes: metal-graphite", 1212}};
    struct mb_error err = {""};
    char text[4096];

    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        json_t *json;

        write_sheet(text, sizeof text, "GB/T 1029-2021", 400, FRICTION_W);
        change(text, ways[i].from, ways[i].to);
        json = evaluated(text, &err);
        NEAR(at(json, "excitation_w"), ways[i].excitation_w, 1e-9);
        json_decref(json);
    }
}

/* The winding loss of a point is taken off with the point's own resistance where it has one: without it, that
 * of the hotter highest points would be additional loss. */
static void a_point_of_the_short_circuit_has_its_temperature(void **state)
{
    struct mb_error err = {""};
    char text[4096];
    json_t *json;

    (void)state;
    write_sheet(text, sizeof text, "GB/T 1029-2021", 400, FRICTION_W);
    change(text, "{i_a: 160,", "{i_a: 160, r_ohm: 0.052,");
    json = evaluated(text, &err);
    assert_string_equal(err.text, "");
    NEAR(json_number_value(
             json_object_get(json_array_get(json_object_get(json, "short_circuit"), 1), "additional_load_w")),
         ADDITIONAL_W - 1.5 * 25600 * 0.002, 1e-6);
    NEAR(json_number_value(
             json_object_get(json_array_get(json_object_get(json, "short_circuit"), 0), "additional_load_w")),
         ADDITIONAL_W * 32400 / 25600, 1e-6);
    json_decref(json);
}

static const char *first_reason(const json_t *json)
{
    const char *word = json_string_value(json_array_get(json_object_get(json, "reasons"), 0));

    return word ? word : "";
}

static void bad_tests_are_invalid(void **state)
{
    struct mb_error err = {""};
    char text[4096], *p;
    json_t *json;

    (void)state;
    write_sheet(text, sizeof text, "GB/T 1029-2021", 390, FRICTION_W);
    json = evaluated(text, &err);
    assert_string_equal(first_reason(json), "supply-voltage");
    json_decref(json);
    write_sheet(text, sizeof text, "GB/T 1029-2021", 400, -5);
    json = evaluated(text, &err);
    assert_string_equal(first_reason(json), "no-load-points");
    json_decref(json);
    write_sheet(text, sizeof text, "GB/T 1029-2021", 400, FRICTION_W);
    p = strstr(text, "    - {i_a: 120");
    *p = '\0'; /* two short-circuit points are left */
    json = evaluated(text, &err);
    assert_string_equal(first_reason(json), "load-points");
    json_decref(json);
    write_sheet(text, sizeof text, "GB/T 1029-2021", 400, FRICTION_W);
    change(text, "excitation_v: 60, ", "");
    json = evaluated(text, &err);
    assert_string_equal(first_reason(json), "missing-data");
    json_decref(json);
    write_sheet(text, sizeof text, "GB/T 1311-2008", 400, FRICTION_W);
    assert_null(evaluated(text, &err));
    assert_non_null(strstr(err.text, "has no method 2-1-2B here"));
}

/* ---- Output over input ---- */

#define INPUT_W 105000.0
#define OUTPUT_W (636 * 1500 * M_PI / 30)
#define FIELD_W (62.0 * 20)

static void write_direct(char *text, size_t size, const char *kind, const char *rated, const char *field)
{
    (void)snprintf(
        text, size,
        "sheet: {method: 2-1-1A, standard: \"IEC 60034-2-1:2014\"}\n"
        "motor: {id: s, kind: %s, sealing_ring: none,\n"
        "        rated: {power_w: 98000, voltage_v: 400, frequency_hz: 50, poles: 4%s}}\n"
        "rated_load: {u_v: 400, i_a: 160, p1_w: %g, t_nm: 636, n_rpm: 1500, f_hz: 50%s}\n"
        "load: {points: [{load_percent: 50, u_v: 400, i_a: 80, p1_w: 53000, t_nm: 318, n_rpm: 1500,\n"
        "                 f_hz: 50}]}\n",
        kind, rated, INPUT_W, field);
}

static double direct(const char *kind, const char *rated, const char *field, json_t **ret)
{
    struct mb_error err = {""};
    char text[2048];

    write_direct(text, sizeof text, kind, rated, field);
    *ret = evaluated(text, &err);
    assert_string_equal(err.text, "");
    return json_number_value(json_object_get(*ret, "efficiency_direct"));
}

/* What the supply of the field gives is input, at the points without a reading of it as at rated load. */
static void the_field_is_input(void **state)
{
    static const struct {
        const char *rated, *field;
        double field_w;
    } ways[] = {{", excitation_a: 20", ", excitation_supply_v: 62, excitation_a: 20", FIELD_W},
                {", excitation_a: 20", ", excitation_v: 60, excitation_a: 20", FIELD_W},
                {"", ", excitation_supply_v: 62, excitation_a: 20", FIELD_W},
                {"", "", 0}};
    const json_t *point;
    json_t *json;

    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        double input_w = INPUT_W + ways[i].field_w, point_w = 53000 + ways[i].field_w;

        NEAR(direct("three-phase-synchronous", ways[i].rated, ways[i].field, &json), OUTPUT_W / input_w,
             1e-12);
        assert_true(json_is_true(json_object_get(json, "valid")));
        point = json_array_get(json_object_get(json, "points"), 0);
        NEAR(json_number_value(json_object_get(point, "efficiency")), OUTPUT_W / 2 / point_w, 1e-12);
        if (*ways[i].rated)
            NEAR(json_number_value(json_object_get(json_object_get(json, "excitation"), "rated_w")), FIELD_W,
                 1e-9);
        else
            assert_null(json_object_get(json, "excitation"));
        json_decref(json);
    }
}

/* The same by the name that IEC has for it with synchronous motors, and with them only. */
static void the_label_of_synchronous_motors(void **state)
{
    struct mb_error err = {""};
    char text[2048];
    json_t *json;

    (void)state;
    write_direct(text, sizeof text, "three-phase-synchronous", "", "");
    change(text, "method: 2-1-1A", "method: 2-1-2A");
    json = evaluated(text, &err);
    assert_string_equal(err.text, "");
    assert_string_equal(json_string_value(json_object_get(json, "method")), "2-1-1A");
    NEAR(json_number_value(json_object_get(json, "efficiency_direct")), OUTPUT_W / INPUT_W, 1e-12);
    json_decref(json);
    write_direct(text, sizeof text, "three-phase-induction", "", "");
    change(text, "method: 2-1-1A", "method: 2-1-2A");
    assert_null(evaluated(text, &err));
    assert_non_null(strstr(err.text, "calls this method 2-1-1A, not 2-1-2A"));
}

/* A bench has a supply for fields that is off: it is none of an induction motor's input. */
static void an_idle_supply_is_no_input(void **state)
{
    json_t *json;

    (void)state;
    NEAR(direct("three-phase-induction", "", ", excitation_supply_v: 5, excitation_a: 5", &json),
         OUTPUT_W / INPUT_W, 1e-12);
    json_decref(json);
}

/* Without it the efficiency would be too high. */
static void a_field_that_was_not_read_makes_it_invalid(void **state)
{
    json_t *json;

    (void)state;
    (void)direct("three-phase-synchronous", ", excitation_a: 20", "", &json);
    assert_false(json_is_true(json_object_get(json, "valid")));
    assert_string_equal(first_reason(json), "missing-data");
    assert_non_null(
        strstr(json_string_value(json_object_get(json_object_get(json, "reason_texts"), "missing-data")),
               "excitation_supply_v and excitation_a"));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_losses_come_back),
        cmocka_unit_test(the_standard_says_at_which_voltage),
        cmocka_unit_test(the_drop_of_the_brushes_counts_once),
        cmocka_unit_test(a_point_of_the_short_circuit_has_its_temperature),
        cmocka_unit_test(bad_tests_are_invalid),
        cmocka_unit_test(the_field_is_input),
        cmocka_unit_test(the_label_of_synchronous_motors),
        cmocka_unit_test(an_idle_supply_is_no_input),
        cmocka_unit_test(a_field_that_was_not_read_makes_it_invalid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
