/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The items of the machine itself, judged from readings as a record has them. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "document/item.h"
#include "support/readings.h"

#define ASSERT_NEAR(value, expected, tolerance) assert_true(fabs((value) - (expected)) <= (tolerance))
#define DATA "daemon/standard/data/" MB_REQUIREMENTS_FILE

struct fixture {
    struct mb_requirements *requirements;
    struct mb_motor motor;
    json_t *readings, *sheet, *judged;
    const char *standard, *edition;
};

/* 11 kW, 400 V, 21.5 A, 1460 r/min, 4 poles, frame 160, class F, copper; k = 235 */
static int setup(void **state)
{
    static char thermal_class[] = "F", cooling[] = "IC411", copper[] = "copper";
    static struct fixture f;
    struct mb_error err;

    f = (struct fixture){.readings = json_array()};
    if (mb_requirements_load(DATA, &f.requirements, &err) < 0)
        fail_msg("%s", err.text);
    mb_motor_init(&f.motor);
    f.motor.kind = MB_KIND_THREE_PHASE_INDUCTION;
    f.motor.conductor = copper;
    f.motor.rated.power_w = 11000;
    f.motor.rated.voltage_v = 400;
    f.motor.rated.current_a = 21.5;
    f.motor.rated.frequency_hz = 50;
    f.motor.rated.speed_rpm = 1460;
    f.motor.rated.power_factor = 0.85;
    f.motor.rated.poles = 4;
    f.motor.rated.thermal_class = thermal_class;
    f.motor.frame.shaft_height_mm = 160;
    f.motor.frame.cooling = cooling;
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    mb_requirements_free(f->requirements);
    json_decref(f->readings);
    json_decref(f->sheet);
    json_decref(f->judged);
    return 0;
}

static const char *judge(struct fixture *f, const char *item)
{
    const struct mb_item_context context = {.item = item,
                                            .motor = &f->motor,
                                            .requirements = f->requirements,
                                            .standard = f->standard,
                                            .edition = f->edition,
                                            .rule = MB_RULE_SIMPLE,
                                            .sheet = f->sheet};
    struct mb_error err;

    json_decref(f->judged);
    f->judged = NULL;
    if (mb_item_judge(&context, f->readings, &f->judged, &err) < 0)
        fail_msg("%s", err.text);
    return json_string_value(json_object_get(f->judged, "verdict"));
}

static const char *reason(const struct fixture *f)
{
    return json_string_value(json_object_get(f->judged, "reason"));
}

/* The i-th finding of this quantity. */
static const json_t *finding(const struct fixture *f, const char *quantity, int i)
{
    json_t *element;
    size_t k;

    json_array_foreach(
        json_object_get(f->judged, "findings"), k,
        element) if (strcmp(json_string_value(json_object_get(element, "quantity")), quantity) == 0 &&
                     i-- == 0) return element;
    fail_msg("no finding of %s", quantity);
    return NULL;
}

static double number(const struct fixture *f, const char *quantity, int i, const char *key)
{
    return json_number_value(json_object_get(finding(f, quantity, i), key));
}

static const char *verdict(const struct fixture *f, const char *quantity, int i)
{
    return json_string_value(json_object_get(finding(f, quantity, i), "verdict"));
}

/* ---- Rotation. ---- */

static void test_rotation(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(judge(f, "rotation"), "INVALID");
    readings_add(f->readings, "rotation/direction", 0,
                 "{\"direction\": \"clockwise\", \"expected\": \"clockwise\", \"n_rpm\": 440}");
    assert_string_equal(judge(f, "rotation"), "PASS");
    readings_add(f->readings, "rotation/direction", 0,
                 "{\"direction\": \"counter-clockwise\", \"expected\": \"clockwise\", \"n_rpm\": -440}");
    assert_string_equal(judge(f, "rotation"), "FAIL");
    assert_non_null(strstr(reason(f), "turns counter-clockwise; expected is clockwise"));
    ASSERT_NEAR(number(f, "direction-of-rotation", 0, "value"), -440, 1e-9);
}

/* ---- Rating. ---- */

#define LOAD "{\"u_v\": 400, \"i_a\": 21.0, \"p1_w\": 12370, \"t_nm\": 71.9, \"n_rpm\": %s, \"f_hz\": 50}"

static void add_load(struct fixture *f, const char *n_rpm)
{
    char text[200];

    (void)snprintf(text, sizeof text, LOAD, n_rpm);
    readings_add(f->readings, "rating/load", 0, text);
}

/* Declared slip 40/1500 = 0.026667, tolerance 20 %: 0.032 to 0.021333, so 1452 to 1468 r/min. Power factor
 * 0.85: less a sixth of 0.15, 0.825; 12370 / (sqrt(3) 400 21) = 0.85021. */
static void test_rating_load(void **state)
{
    struct fixture *f = *state;

    f->standard = "GB/T 755";
    add_load(f, "1452.5");
    assert_string_equal(judge(f, "rating"), "PASS");
    ASSERT_NEAR(number(f, "slip", 0, "limit"), 0.032, 1e-9);
    ASSERT_NEAR(number(f, "slip", 1, "limit"), 0.0213333, 1e-6);
    ASSERT_NEAR(number(f, "slip", 0, "value"), 0.0316667, 1e-6);
    ASSERT_NEAR(number(f, "power-factor", 0, "limit"), 0.825, 1e-9);
    ASSERT_NEAR(number(f, "power-factor", 0, "value"), 0.85021, 1e-4);
    add_load(f, "1451.5");
    assert_string_equal(judge(f, "rating"), "FAIL");
    assert_non_null(strstr(reason(f), "slip"));
    add_load(f, "1469");
    assert_string_equal(judge(f, "rating"), "FAIL");
}

static void test_rating_without_load(void **state)
{
    struct fixture *f = *state;

    f->standard = "GB/T 755";
    assert_string_equal(judge(f, "rating"), "INVALID");
}

/* Rated torque 11000 * 60 / (2 pi 1460) = 71.948 N m. Declared 7.0 times 21.5 A: at most 180.6 A; 2.2 times
 * the torque less 15 %: at least 134.54 N m. */
static void test_rating_locked(void **state)
{
    struct fixture *f = *state;

    f->standard = "GB/T 755";
    add_load(f, "1460");
    readings_add(f->readings, "rating/locked-rotor", 0,
                 "{\"position\": 0, \"u_v\": 400, \"i_a\": 180, \"t_nm\": 135}");
    assert_string_equal(judge(f, "rating"), "PASS"); /* nothing is declared */
    assert_string_equal(verdict(f, "locked-rotor-torque", 0), "NOT-APPLICABLE");
    f->motor.rated.locked_rotor_current_ratio = 7;
    f->motor.rated.locked_rotor_torque_ratio = 2.2;
    assert_string_equal(judge(f, "rating"), "PASS");
    ASSERT_NEAR(number(f, "locked-rotor-current", 0, "limit"), 180.6, 1e-6);
    ASSERT_NEAR(number(f, "locked-rotor-torque", 0, "limit"), 134.54, 0.01);
    readings_add(f->readings, "rating/locked-rotor", 1,
                 "{\"position\": 1, \"u_v\": 400, \"i_a\": 181, \"t_nm\": 134}");
    assert_string_equal(judge(f, "rating"), "FAIL");
    assert_string_equal(verdict(f, "locked-rotor-current", 0), "FAIL");
    assert_string_equal(verdict(f, "locked-rotor-torque", 0), "FAIL");
}

/* A steady curve at 320 V with a peak of peak_nm at 1200 r/min, (400/320)^2 = 1.5625 times that at rated
 * voltage. */
static void add_sweep(struct fixture *f, double peak_nm, double from_rpm)
{
    json_t *points = json_array();

    for (double n = from_rpm; n <= 1480; n += 20) {
        double s = 1 - n / 1500;

        (void)json_array_append_new(points,
                                    json_pack("{s:s, s:f, s:f, s:f}", "branch", "steady", "u_v", 320.0,
                                              "t_nm", 2 * peak_nm / (s / 0.2 + 0.2 / s), "n_rpm", n));
    }
    (void)json_array_append_new(f->readings, json_pack("{s:s, s:i, s:{s:o}}", "store", "rating/sweep",
                                                       "index", 0, "values", "points", points));
}

/* Declared 2.0 times 71.948 N m less 10 %: 129.51; floor 1.6 times: 115.12, 1.5 times 107.92 with a low
 * starting current. */
static void test_rating_breakdown(void **state)
{
    struct fixture *f = *state;

    f->standard = "GB/T 755";
    add_load(f, "1460");
    add_sweep(f, 116 / 1.5625, 20);
    assert_string_equal(judge(f, "rating"), "PASS");
    ASSERT_NEAR(number(f, "breakdown-torque-floor", 0, "limit"), 115.12, 0.01);
    ASSERT_NEAR(number(f, "breakdown-torque-floor", 0, "value"), 116, 0.02);
    f->motor.rated.breakdown_torque_ratio = 2;
    assert_string_equal(judge(f, "rating"), "FAIL");
    ASSERT_NEAR(number(f, "breakdown-torque", 0, "limit"), 129.51, 0.01);
    f->motor.rated.breakdown_torque_ratio = 1.7;
    add_sweep(f, 109 / 1.5625, 20);
    assert_string_equal(judge(f, "rating"), "FAIL"); /* the floor */
    f->motor.rated.breakdown_torque_ratio = NAN;
    f->motor.rated.locked_rotor_current_ratio = 4.4;
    assert_string_equal(judge(f, "rating"), "PASS");
    /* declared, but the sweep ended at half speed */
    f->motor.rated.pull_up_torque_ratio = 1;
    add_sweep(f, 116 / 1.5625, 700);
    assert_string_equal(judge(f, "rating"), "INVALID");
    assert_non_null(strstr(reason(f), "did not come near standstill"));
}

/* ---- Thermal. ---- */

/* The vector of procedures section 9: first reading at 18 s within the delay of 30 s counts: 66.4 K (B3).
 * Class F: 105 K. */
static const char vector[] =
    "{\"cold\": {\"resistance_ohm\": 0.6954, \"temperature_c\": 22.0},"
    " \"rated_load\": {\"i_a\": 19.880, \"t_nm\": 73.281, \"n_rpm\": 1433.4, \"coolant_c\": %s},"
    " \"cooling\": [{\"t_s\": 18, \"r_ohm\": 0.8789}, {\"t_s\": 28, \"r_ohm\": 0.8758}, {\"t_s\": 38, "
    "\"r_ohm\": 0.8726},"
    " {\"t_s\": 48, \"r_ohm\": 0.8696}, {\"t_s\": 58, \"r_ohm\": 0.8665}, {\"t_s\": 68, \"r_ohm\": 0.8636},"
    " {\"t_s\": 78, \"r_ohm\": 0.8607}, {\"t_s\": 88, \"r_ohm\": 0.8578}, {\"t_s\": 98, \"r_ohm\": 0.8550},"
    " {\"t_s\": 108, \"r_ohm\": 0.8523}]}";

static void set_sheet(struct fixture *f, const char *coolant_c)
{
    char text[1024];

    (void)snprintf(text, sizeof text, vector, coolant_c);
    json_decref(f->sheet);
    f->sheet = json_loads(text, 0, NULL);
    assert_non_null(f->sheet);
}

static void test_thermal(void **state)
{
    static char class_a[] = "A";
    struct fixture *f = *state;

    f->standard = "GB/T 755";
    assert_string_equal(judge(f, "thermal"), "INVALID");
    set_sheet(f, "23.4");
    assert_string_equal(judge(f, "thermal"), "PASS");
    ASSERT_NEAR(number(f, "temperature-rise", 0, "value"), 66.4, 0.05);
    ASSERT_NEAR(number(f, "temperature-rise", 0, "limit"), 105, 1e-9);
    f->motor.rated.thermal_class = class_a; /* 60 K */
    assert_string_equal(judge(f, "thermal"), "FAIL");
}

static void test_thermal_too_late(void **state)
{
    struct fixture *f = *state;
    json_t *element;
    size_t i;

    f->standard = "GB/T 755";
    set_sheet(f, "23.4");
    json_array_foreach(json_object_get(f->sheet, "cooling"), i, element)(void)
        json_object_set_new(element, "t_s", json_real(61 + 10 * (double)i));
    assert_string_equal(judge(f, "thermal"), "INVALID");
    assert_non_null(strstr(reason(f), "61 s after switching off"));
}

/* The item's own reading goes before that of rated load, and is corrected although it was at rated output. */
static void test_thermal_at_rated_current(void **state)
{
    struct fixture *f = *state;

    f->standard = "GB/T 755";
    set_sheet(f, "23.4");
    readings_add(f->readings, "thermal/rated-current", 0,
                 "{\"i_a\": 20.855, \"t_nm\": 73.281, \"n_rpm\": 1433.4, \"coolant_c\": 23.4}");
    assert_string_equal(judge(f, "thermal"), "PASS");
    ASSERT_NEAR(number(f, "temperature-rise", 0, "value"), 66.4 * pow(21.5 / 20.855, 2), 0.05);
    assert_non_null(strstr(json_string_value(json_object_get(finding(f, "current", 0), "statement")),
                           "heated with rated current"));
}

static void test_thermal_cold_hall(void **state)
{
    struct fixture *f = *state;

    f->standard = "GB/T 755";
    set_sheet(f, "9");
    assert_string_equal(judge(f, "thermal"), "INCONCLUSIVE");
    assert_non_null(strstr(reason(f), "coolant 9.0 degC"));
}

/* Not at rated output (half the torque) but at 20.855 A, 3 % below rated: 66.4 K grows by (21.5/20.855)^2
 * = 1.0628; at 19.0 A, 12 % below, the test is repeated. */
static void test_thermal_by_current(void **state)
{
    struct fixture *f = *state;
    json_t *rated;

    f->standard = "GB/T 755";
    set_sheet(f, "23.4");
    rated = json_object_get(f->sheet, "rated_load");
    (void)json_object_set_new(rated, "t_nm", json_real(36));
    (void)json_object_set_new(rated, "i_a", json_real(20.855));
    assert_string_equal(judge(f, "thermal"), "PASS");
    ASSERT_NEAR(number(f, "temperature-rise", 0, "value"), 66.4 * 1.06281, 0.06);
    (void)json_object_set_new(rated, "i_a", json_real(19));
    assert_string_equal(judge(f, "thermal"), "INVALID");
    assert_non_null(strstr(reason(f), "to be repeated"));
}

/* ---- Mechanical strength. ---- */

static void add_hold(struct fixture *f, const char *name, double applied, double held_s, const char *ended)
{
    char store[80], values[160];

    (void)snprintf(store, sizeof store, "mechanical-strength/%s", name);
    (void)snprintf(values, sizeof values, "{\"applied\": %g, \"held_s\": %g, \"ended\": \"%s\"}", applied,
                   held_s, ended);
    readings_add(f->readings, store, 0, values);
}

/* 1.6 * 71.948 = 115.12 N m for 15 s; 1.2 * 1460 = 1752 r/min for 120 s. */
static void test_mechanical(void **state)
{
    struct fixture *f = *state;

    f->standard = "GB/T 755";
    add_hold(f, "over-torque", 115, 15, "time");
    assert_string_equal(judge(f, "mechanical-strength"), "INVALID");
    assert_non_null(strstr(reason(f), "overspeed: was not applied"));
    add_hold(f, "overspeed", 1753, 120, "time");
    assert_string_equal(judge(f, "mechanical-strength"), "PASS");
    add_hold(f, "over-torque", 112, 15, "time"); /* 2.7 % short */
    assert_string_equal(judge(f, "mechanical-strength"), "INVALID");
    add_hold(f, "over-torque", 115, 9, "time");
    assert_string_equal(judge(f, "mechanical-strength"), "INVALID");
    add_hold(f, "over-torque", 100, 3, "stall");
    assert_string_equal(judge(f, "mechanical-strength"), "FAIL");
    assert_non_null(strstr(reason(f), "stalled after 3.0 s"));
    add_hold(f, "over-torque", 115, 15, "time");
    add_hold(f, "occasional-overcurrent", 32.3, 120, "time"); /* 1.5 * 21.5 A */
    assert_string_equal(judge(f, "mechanical-strength"), "PASS");
    add_hold(f, "occasional-overcurrent", 32.3, 60, "time");
    assert_string_equal(judge(f, "mechanical-strength"), "INVALID");
}

/* What a person saw counts too. */
static void test_mechanical_deformed(void **state)
{
    struct fixture *f = *state;

    f->standard = "GB/T 755";
    add_hold(f, "over-torque", 115.2, 15, "time");
    add_hold(f, "overspeed", 1753, 120, "time");
    readings_add(
        f->readings, "mechanical-strength/deformation", 0,
        "{\"id\": \"deformation\", \"title\": \"permanent deformation\", \"expect\": \"no\", \"answer\": "
        "\"yes\"}");
    assert_string_equal(judge(f, "mechanical-strength"), "FAIL");
}

/* ---- Vibration. ---- */

static void add_points(struct fixture *f, double velocity_mps, double record_s, const char *n_rpm)
{
    char values[400];

    for (int i = 0; i < 6; i++) {
        (void)snprintf(
            values, sizeof values,
            "{\"velocity_mps\": %g, \"velocity_max_mps\": 0.0021, \"velocity_min_mps\": 0.0012,"
            " \"displacement_m\": 2e-5, \"displacement_max_m\": 2.1e-5, \"displacement_min_m\": 1.2e-5,"
            " \"record_s\": %g, \"band_low_hz\": 10, \"band_high_hz\": 1000, \"n_rpm\": %s, \"f_hz\": 50}",
            velocity_mps * (i == 4 ? 1 : 0.8), record_s, n_rpm);
        readings_add(f->readings, "vibration/point", i, values);
    }
}

/* Frame 160, grade A, free: 2.2 mm/s and 35 um in 2008; the table of 2020 may not decide. */
static void test_vibration(void **state)
{
    struct fixture *f = *state;

    f->standard = "GB/T 10068";
    f->edition = "2008";
    readings_add(f->readings, "vibration/setup", 0, "{\"grade\": \"A\", \"suspension\": \"free\"}");
    assert_string_equal(judge(f, "vibration"), "INVALID");
    add_points(f, 0.0021, 10, "1495");
    assert_string_equal(judge(f, "vibration"), "PASS");
    ASSERT_NEAR(number(f, "vibration-velocity", 0, "limit"), 0.0022, 1e-12);
    ASSERT_NEAR(number(f, "vibration-displacement", 0, "limit"), 3.5e-5, 1e-12);
    assert_non_null(strstr(json_string_value(json_object_get(finding(f, "place", 0), "statement")),
                           "highest velocity at non-drive end Y"));
    add_points(f, 0.0023, 10, "1495");
    assert_string_equal(judge(f, "vibration"), "FAIL");
    f->edition = "2020";
    assert_string_equal(judge(f, "vibration"), "INCONCLUSIVE");
}

/* Two poles, 2997 r/min: s = 0.001, a beat of 1 / (2 * 0.001 * 50) = 10 s; 2.1 and 1.2 mm/s become 1.710. */
static void test_vibration_beat(void **state)
{
    struct fixture *f = *state;

    f->standard = "GB/T 10068";
    f->edition = "2008";
    f->motor.rated.poles = 2;
    f->motor.rated.speed_rpm = 2930;
    add_points(f, 0.005, 9, "2997");
    assert_string_equal(judge(f, "vibration"), "INVALID");
    assert_non_null(strstr(reason(f), "one beat"));
    add_points(f, 0.005, 10.1, "2997");
    assert_string_equal(judge(f, "vibration"), "PASS");
    ASSERT_NEAR(number(f, "vibration-velocity", 0, "value"), 0.001710263, 1e-8);
}

/* ---- Noise: the check of procedures E. ---- */

static void test_noise(void **state)
{
    static const double levels[] = {68.2, 67.9, 69.0, 68.5, 67.2, 68.8, 69.3, 68.1, 66.9};
    struct fixture *f = *state;
    char values[80];

    f->standard = "GB/T 10069.3";
    f->edition = "2024";
    assert_string_equal(judge(f, "noise"), "INVALID");
    for (int i = 0; i < 9; i++) {
        (void)snprintf(values, sizeof values, "{\"level_db\": %g}", levels[i]);
        readings_add(f->readings, "noise/position", i, values);
    }
    readings_add(f->readings, "noise/background", 0, "{\"level_db\": 60.0}");
    readings_add(
        f->readings, "noise/setup", 0,
        "{\"distance_m\": 1, \"volume_m3\": 400, \"reverberation_s\": 0.6, \"width_m\": 0.35, \"height_m\": "
        "0.35}");
    assert_string_equal(judge(f, "noise"), "INVALID"); /* the length is still unknown */
    readings_add(f->readings, "noise/length_m", 0, "{\"id\": \"length_m\", \"answer\": 0.5}");
    assert_string_equal(judge(f, "noise"), "INCONCLUSIVE"); /* the limits of 2024 are not in the data */
    ASSERT_NEAR(number(f, "sound-power-level", 0, "value"), 78.02, 0.005);
    ASSERT_NEAR(number(f, "sound-pressure-level", 0, "value"), 78.02 - 12.78, 0.01);
    assert_non_null(strstr(
        json_string_value(json_object_get(finding(f, "sound-pressure-level", 0), "statement")), "mean 68.2"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_rotation),
        TEST(test_rating_load),
        TEST(test_rating_without_load),
        TEST(test_rating_locked),
        TEST(test_rating_breakdown),
        TEST(test_thermal),
        TEST(test_thermal_too_late),
        TEST(test_thermal_at_rated_current),
        TEST(test_thermal_cold_hall),
        TEST(test_thermal_by_current),
        TEST(test_mechanical),
        TEST(test_mechanical_deformed),
        TEST(test_vibration),
        TEST(test_vibration_beat),
        TEST(test_noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
