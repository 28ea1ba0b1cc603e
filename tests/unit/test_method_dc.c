/* SPDX-License-Identifier: GPL-3.0-or-later */
/* D.c. motors, through the sheet. The numbers were worked out by hand from procedures A3; see the comments.
 */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/evaluated.h"

#define MOTOR                                                                                                \
    "motor: {id: dc, kind: dc, conductor: copper, sealing_ring: none,\n"                                     \
    "        rated: {power_w: 10000, voltage_v: 440, frequency_hz: 0, poles: 4, current_a: 26,\n"            \
    "                speed_rpm: 1500}}\n"
#define HEAD_C "sheet: {method: 2-1-3C, standard: \"GB/T 1311-2008\"}\n"
#define HEAD_A "sheet: {method: 2-1-3A, standard: \"GB/T 1311-2008\"}\n"
#define COLD "cold: {armature_ohm: 0.8, temperature_c: 20}\n"
/* theta = 1.0 / 0.8 * 255 - 235 = 83.75 degC; at 25 degC coolant R = 1.0 * (318.75 + 25 - 30) / 318.75 */
#define LOAD                                                                                                 \
    "rated_load: {u_v: 440, i_a: 26, n_rpm: 1500, t_nm: 63.66, armature_ohm: 1.0, coolant_c: 30,\n"          \
    "             excitation_v: 220, excitation_a: 1}\n"
/* constant losses: 440: 440*1.5 - 2.25 - 3 = 654.75; 400: 560 - 1.96 - 2.8 = 555.24; 360: 468 - 1.69 - 2.6 =
 * 463.71 */
#define NO_LOAD "no_load: {points: [{u_v: 440, i_a: 1.5}, {u_v: 400, i_a: 1.4}, {u_v: 360, i_a: 1.3}]}\n"

static double number(const json_t *json, const char *object, const char *key)
{
    return json_number_value(json_object_get(object ? json_object_get(json, object) : json, key));
}

#define NEAR(a, b, e) assert_true(fabs((a) - (b)) < (e))

static void losses_add_up(void **state)
{
    struct mb_error err = {""};
    json_t *json = evaluated(HEAD_C MOTOR COLD LOAD NO_LOAD, &err);

    (void)state;
    assert_string_equal(err.text, "");
    assert_true(json_is_true(json_object_get(json, "valid")));
    NEAR(number(json, "rated", "armature_c"), 83.75, 1e-9);
    NEAR(number(json, "rated", "armature_reference_ohm"), 0.984313725, 1e-8);
    NEAR(number(json, "rated", "inner_voltage_v"), 412, 1e-9); /* 440 - 26 - 2 */
    NEAR(number(json, "rated", "armature_w"), 665.396, 1e-3);
    NEAR(number(json, "rated", "brush_w"), 52, 1e-9);
    NEAR(number(json, "rated", "additional_load_w"), 114.4, 1e-9); /* 1 % of 440 V * 26 A */
    NEAR(number(json, "rated", "excitation_w"), 220, 1e-9);
    NEAR(number(json, "rated", "input_w"), 11660, 1e-9);
    NEAR(number(json, "rated", "total_w"), number(json, "rated", "constant_w") + 665.396 + 52 + 114.4 + 220,
         1e-3);
    NEAR(number(json, NULL, "efficiency"), 1 - number(json, "rated", "total_w") / 11660, 1e-12);
    NEAR(number(json, NULL, "efficiency_direct"), 9999.69 / 11660, 1e-5);
    json_decref(json);
}

#define KIND_DC "kind: dc,"

/* What the motor file says of its brushes and windings, where the section machine does not. */
static void brushes_are_those_of_the_motor(void **state)
{
    static const struct {
        const char *said, *section;
        double brush_w, additional_w;
    } ways[] = {{"", "", 52, 114.4},
                {" brushes: metal-graphite,", "", 15.6, 114.4},
                {" brushes: none,", "", 0, 114.4},
                {" brushes: metal-graphite,", "machine: {brushes: carbon}\n", 52, 114.4},
                {" compensated: true,", "", 52, 57.2},
                {" compensated: true,", "machine: {compensated: false}\n", 52, 114.4}};
    static const char motor[] = MOTOR;
    const char *at = strstr(motor, KIND_DC) + strlen(KIND_DC);

    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct mb_error err = {""};
        char text[2000];
        json_t *json;

        (void)snprintf(text, sizeof text, "%s%.*s%s%s%s%s%s%s", HEAD_C, (int)(at - motor), motor,
                       ways[i].said, at, COLD, LOAD, NO_LOAD, ways[i].section);
        json = evaluated(text, &err);
        assert_string_equal(err.text, "");
        NEAR(number(json, "rated", "brush_w"), ways[i].brush_w, 1e-9);
        NEAR(number(json, "rated", "additional_load_w"), ways[i].additional_w, 1e-9);
        json_decref(json);
    }
}

/* Iron and friction of another speed are other losses. */
static void the_no_load_curve_is_at_rated_speed(void **state)
{
    static const double rpm[] = {1514, 1516, 1484};
    static const bool valid[] = {true, false, false};

    (void)state;
    for (size_t i = 0; i < sizeof rpm / sizeof *rpm; i++) {
        struct mb_error err = {""};
        char text[2000];
        json_t *json;

        (void)snprintf(text, sizeof text,
                       "%s%s%s%sno_load: {points: [{u_v: 440, i_a: 1.5, n_rpm: %g}, {u_v: 400, i_a: 1.4},\n"
                       "                   {u_v: 360, i_a: 1.3}]}\n",
                       HEAD_C, MOTOR, COLD, LOAD, rpm[i]);
        json = evaluated(text, &err);
        assert_string_equal(err.text, "");
        assert_int_equal(json_is_true(json_object_get(json, "valid")), valid[i]);
        json_decref(json);
    }
}

static void constant_losses_belong_to_the_inner_voltage(void **state)
{
    struct mb_error err = {""};
    json_t *json = evaluated(HEAD_C MOTOR COLD LOAD NO_LOAD, &err), *points;

    (void)state;
    points = json_object_get(json, "no_load_points");
    NEAR(number(json_array_get(points, 0), NULL, "constant_w"), 654.75, 1e-9);
    NEAR(number(json_array_get(points, 2), NULL, "constant_w"), 463.71, 1e-9);
    /* between the points at inner voltages 396.6 and 436.5 V, nearer to the first */
    assert_true(number(json, "rated", "constant_w") > 555.24 + 0.3 * (654.75 - 555.24));
    assert_true(number(json, "rated", "constant_w") < 555.24 + 0.45 * (654.75 - 555.24));
    json_decref(json);
}

/* As a bench records them: other names of the cold resistance, a load curve. */
static void efficiency_against_load(void **state)
{
    static const char bench[] =
        "cold: {resistance_ohm: 0.8, temperature_c: 20}\n"
        "load: {points: [{load_percent: 100, u_v: 440, i_a: 26, p1_w: 11440, t_nm: 63.66, n_rpm: 1500},\n"
        "                {load_percent: 50, u_v: 440, i_a: 13.5, t_nm: 31.83, n_rpm: 1560}]}\n";
    struct mb_error err = {""};
    char text[2000];
    json_t *json, *points;

    (void)state;
    (void)snprintf(text, sizeof text, "%s%s%s%s", HEAD_A, MOTOR, LOAD, bench);
    json = evaluated(text, &err);
    assert_string_equal(err.text, "");
    points = json_object_get(json, "load_points");
    assert_int_equal(json_array_size(points), 2);
    NEAR(number(json_array_get(points, 0), NULL, "efficiency"), 9999.69 / 11660, 1e-5);
    NEAR(number(json_array_get(points, 1), NULL, "output_w"), 5199.84, 0.01); /* 31.83 * 163.363 */
    NEAR(number(json_array_get(points, 1), NULL, "efficiency"), 5199.84 / (440 * 13.5 + 220), 1e-5);
    json_decref(json);
    assert_null(evaluated(HEAD_A MOTOR LOAD "cold: {temperature_c: 20}\n", &err));
    assert_non_null(strstr(err.text, "'armature_ohm' is missing here"));
}

static void direct_needs_only_the_load_reading(void **state)
{
    struct mb_error err = {""};
    json_t *json = evaluated(HEAD_A MOTOR LOAD, &err);

    (void)state;
    assert_true(json_is_true(json_object_get(json, "valid")));
    NEAR(number(json, NULL, "efficiency"), 9999.69 / 11660, 1e-5);
    json_decref(json);
}

static const char *first_reason(const json_t *json)
{
    const char *word = json_string_value(json_array_get(json_object_get(json, "reasons"), 0));

    return word ? word : "";
}

static void bad_tests_are_invalid_with_the_reason(void **state)
{
    static const struct {
        const char *text, *reason;
    } rows[] = {
        {HEAD_C MOTOR LOAD NO_LOAD, "missing-data"},
        {HEAD_C MOTOR COLD LOAD, "no-load-points"},
        {HEAD_C MOTOR COLD LOAD "no_load: {points: [{u_v: 360, i_a: 1.3}, {u_v: 400, i_a: 1.4}, {u_v: 440, "
                                "i_a: 1.5}]}\n",
         "no-load-points"},
        {HEAD_A MOTOR "rated_load: {u_v: 430, i_a: 26, n_rpm: 1500, t_nm: 63.66}\n", "supply-voltage"},
        {HEAD_A MOTOR "rated_load: {u_v: 440, i_a: 26, n_rpm: 1500, t_nm: -63.66}\n", "torque-sign"},
        {HEAD_A MOTOR "rated_load: {u_v: 440, i_a: 26, n_rpm: 1500}\n", "missing-data"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mb_error err = {""};
        json_t *json = evaluated(rows[i].text, &err);

        assert_non_null(json);
        assert_true(json_is_false(json_object_get(json, "valid")));
        assert_string_equal(first_reason(json), rows[i].reason);
        assert_true(json_is_null(json_object_get(json, "efficiency")) ||
                    strcmp(json_string_value(json_object_get(json_object_get(json, "grade"), "verdict")),
                           "INVALID") == 0);
        json_decref(json);
    }
}

static void what_is_not_allowed_is_refused_with_the_sentence(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"sheet: {method: 2-1-3C, standard: \"GB/T 1032-2023\"}\n" MOTOR COLD LOAD NO_LOAD,
         "'GB/T 1032-2023' has no method 2-1-3C here, allowed with it: GB/T 1311-2008, IEC 60034-2-1:2014"},
        {HEAD_A "motor: {id: x, kind: three-phase-induction, sealing_ring: none,\n"
                "        rated: {power_w: 10000, voltage_v: 440, frequency_hz: 50, poles: 4}}\n" LOAD,
         "2-1-3A is not a method for three-phase-induction by GB/T 1311-2008, allowed: dc"},
        {HEAD_A MOTOR LOAD "cooling: []\n", "unknown key 'cooling' in a sheet of 2-1-3A"},
        {HEAD_A "motor: {id: x, kind: three-phase-induction, sealing_ring: none,\n"
                "        rated: {power_w: 10000, voltage_v: 440, frequency_hz: 0, poles: 4}}\n" LOAD,
         "0 Hz is for dc motors only"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mb_error err = {""};

        assert_null(evaluated(rows[i].text, &err));
        assert_non_null(strstr(err.text, rows[i].says));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_add_up),
        cmocka_unit_test(brushes_are_those_of_the_motor),
        cmocka_unit_test(the_no_load_curve_is_at_rated_speed),
        cmocka_unit_test(constant_losses_belong_to_the_inner_voltage),
        cmocka_unit_test(efficiency_against_load),
        cmocka_unit_test(direct_needs_only_the_load_reading),
        cmocka_unit_test(bad_tests_are_invalid_with_the_reason),
        cmocka_unit_test(what_is_not_allowed_is_refused_with_the_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
