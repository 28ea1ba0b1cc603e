/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The items of a drive of an electric vehicle: which limits its nameplate selects, how its readings are
 * judged, and what of it decides. */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "document/item.h"
#include "support/readings.h"

#define DATA "daemon/standard/data"

struct fixture {
    struct mb_requirements *requirements;
    struct mb_motor motor;
    json_t *readings, *judged;
};

/* 60 kW, 3000 r/min, at most 420 V of direct current, 9000 r/min */
static int setup(void **state)
{
    static struct fixture f;
    struct mb_error err;

    f = (struct fixture){.readings = json_array()};
    if (mb_requirements_load(DATA "/" MB_REQUIREMENTS_FILE, &f.requirements, &err) < 0)
        fail_msg("%s", err.text);
    mb_motor_init(&f.motor);
    f.motor.kind = MB_KIND_EV_DRIVE;
    f.motor.rated.power_w = 60000;
    f.motor.rated.voltage_v = 350;
    f.motor.rated.current_a = 120;
    f.motor.rated.frequency_hz = 200;
    f.motor.rated.speed_rpm = 3000;
    f.motor.rated.poles = 8;
    f.motor.drive = (struct mb_motor_drive){420, 9000, 400, 120000, 30, 140};
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    mb_requirements_free(f->requirements);
    json_decref(f->readings);
    json_decref(f->judged);
    return 0;
}

/* ---- Limits. ---- */

static double limit(const struct fixture *f, const char *item, const char *quantity, const char *state,
                    const char *between, const char **ret_lacks)
{
    const struct mb_circumstance circumstances[] = {{"state", state}, {"between", between}, {NULL, NULL}};
    const struct mb_requirement_query query = {.item = item,
                                               .quantity = quantity,
                                               .standard = "GB/T 18488",
                                               .edition = "2024",
                                               .motor = &f->motor,
                                               .circumstances = circumstances,
                                               .declared = NAN};
    struct mb_requirement found;
    size_t position = 0;

    if (mb_requirement_next(f->requirements, &query, &position, &found) < 0)
        fail_msg("%s %s %s: no row", item, quantity, between);
    assert_string_equal(found.mark, "M"); /* may not decide */
    if (ret_lacks)
        *ret_lacks = found.lacks;
    return found.limit;
}

static double insulation(const struct fixture *f, const char *state, const char *between)
{
    return limit(f, "insulation-resistance", "insulation-resistance", state, between, NULL);
}

static double withstand(const struct fixture *f, const char *between)
{
    return limit(f, "dielectric", "test-voltage", "cold", between, NULL);
}

static void test_insulation(void **state)
{
    struct fixture *f = *state;

    assert_true(insulation(f, "cold", "winding-housing") == 20e6);
    assert_true(insulation(f, "cold", "winding-sensor") == 20e6);
    assert_true(fabs(insulation(f, "hot", "winding-housing") - 420 / 1000.6 * 1e6) < 1e-6);
    assert_true(insulation(f, "hot", "controller") == 1e6);
    assert_true(limit(f, "insulation-resistance", "test-voltage", "hot", "controller", NULL) == 500);
    f->motor.drive.voltage_max_v = 350; /* 0.3498 megohm: the least is 0.38 */
    assert_true(insulation(f, "hot", "winding-sensor") == 0.38e6);
    f->motor.drive.voltage_max_v = 501;
    assert_true(limit(f, "insulation-resistance", "test-voltage", "hot", "controller", NULL) == 1000);
}

static void test_withstand(void **state)
{
    struct fixture *f = *state;
    const char *lacks = NULL;

    assert_true(withstand(f, "winding-housing") == 1840);
    assert_true(withstand(f, "winding-sensor") == 1500);
    f->motor.drive.voltage_max_v = 96;
    assert_true(withstand(f, "winding-housing") == 1500);
    f->motor.rated.power_w = 990;
    assert_true(withstand(f, "winding-housing") == 692); /* 500 + 2 Udmax */
    f->motor.drive.voltage_max_v = 100;
    assert_true(withstand(f, "winding-housing") == 1500);
    assert_true(limit(f, "dielectric", "hold-time", "cold", "winding-housing", NULL) == 60);
    assert_true(limit(f, "mechanical-strength", "overspeed", "", "", NULL) == 10800);
    assert_true(limit(f, "mechanical-strength", "overspeed-time", "", "", NULL) == 120);
    assert_true(limit(f, "grounding", "earth-resistance", "", "", NULL) == 0.1);
    f->motor.drive.speed_max_rpm = NAN;
    assert_true(isnan(limit(f, "mechanical-strength", "overspeed", "", "", &lacks)));
    assert_string_equal(lacks, "drive.speed_max_rpm");
}

/* ---- Readings. ---- */

static const char *judge(struct fixture *f, const char *item)
{
    const struct mb_item_context context = {.item = item,
                                            .motor = &f->motor,
                                            .requirements = f->requirements,
                                            .standard = "GB/T 18488",
                                            .edition = "2024",
                                            .rule = MB_RULE_SIMPLE};
    struct mb_error err = {""};

    json_decref(f->judged);
    f->judged = NULL;
    if (mb_item_judge(&context, f->readings, &f->judged, &err) < 0)
        fail_msg("%s", err.text);
    return json_string_value(json_object_get(f->judged, "verdict"));
}

static const json_t *finding(const struct fixture *f, const char *quantity)
{
    json_t *element;
    size_t i;

    json_array_foreach(json_object_get(f->judged, "findings"), i,
                       element) if (strcmp(json_string_value(json_object_get(element, "quantity")),
                                           quantity) == 0) return element;
    fail_msg("no finding of %s", quantity);
    return NULL;
}

static double number(const struct fixture *f, const char *quantity, const char *key)
{
    return json_number_value(json_object_get(finding(f, quantity), key));
}

static const char *verdict(const struct fixture *f, const char *quantity)
{
    return json_string_value(json_object_get(finding(f, quantity), "verdict"));
}

static void add_envelope(struct fixture *f)
{
    static const char *const positions[] = {"395", "393", "397", "396", "394"};
    char values[80];

    readings_add(f->readings, "drive-envelope/continuous", 0,
                 "{\"n_rpm\": 3000, \"t_nm\": 190, \"held_s\": 5400, \"change_k\": 0.7, \"winding_c\": 132}");
    readings_add(f->readings, "drive-envelope/peak", 0,
                 "{\"n_rpm\": 1500, \"t_nm\": 391, \"held_s\": 30, \"winding_c\": 138}");
    readings_add(f->readings, "drive-envelope/peak", 1,
                 "{\"n_rpm\": 1500, \"t_nm\": 390, \"held_s\": 30, \"winding_c\": 139}");
    for (int i = 0; i < 5; i++) {
        (void)snprintf(values, sizeof values, "{\"position\": %d, \"t_nm\": %s}", i, positions[i]);
        readings_add(f->readings, "drive-envelope/stall", i, values);
    }
    readings_add(f->readings, "drive-envelope/maximum-speed", 0,
                 "{\"n_rpm\": 9010, \"t_nm\": 0.1, \"held_s\": 180}");
}

static void test_envelope(void **state)
{
    struct fixture *f = *state;

    add_envelope(f);
    assert_string_equal(judge(f, "drive-envelope"), "INCONCLUSIVE"); /* marks that may not decide */
    assert_true(number(f, "continuous-torque", "value") == 190);
    assert_true(fabs(number(f, "continuous-power", "value") - 190 * 100 * M_PI) < 1e-9);
    assert_true(number(f, "peak-torque", "value") == 390);
    assert_true(number(f, "stall-torque", "value") == 393);
    assert_true(number(f, "maximum-speed", "value") == 9010);
    assert_true(number(f, "winding-temperature", "limit") == 140);
    assert_string_equal(verdict(f, "winding-temperature"), "INCONCLUSIVE");
    assert_string_equal(verdict(f, "peak-time"), "INCONCLUSIVE");
    assert_string_equal(verdict(f, "stall-torque"), "NOT-APPLICABLE");
}

/* A laboratory that has the text confirms the rows: then they decide. */
static void test_envelope_confirmed(void **state)
{
    static const char confirmed[] = "confirmations:\n  - {file: requirements.csv, rows: all, by: A, date: "
                                    "2026-11-22, copy: library 1}\n";
    struct fixture *f = *state;
    struct mb_error err = {""};

    if (mb_requirements_confirm_text(f->requirements, "c.yaml", confirmed, strlen(confirmed), &err) < 0)
        fail_msg("%s", err.text);
    add_envelope(f);
    assert_string_equal(judge(f, "drive-envelope"), "PASS");
    readings_add(f->readings, "drive-envelope/peak", 1,
                 "{\"n_rpm\": 1500, \"t_nm\": 390, \"held_s\": 20, \"winding_c\": 139}");
    assert_string_equal(judge(f, "drive-envelope"), "FAIL");
    assert_string_equal(verdict(f, "peak-time"), "FAIL");
    readings_add(f->readings, "drive-envelope/peak", 1,
                 "{\"n_rpm\": null, \"t_nm\": null, \"held_s\": 0, \"ended\": \"stall\"}");
    assert_string_equal(judge(f, "drive-envelope"), "FAIL"); /* it gave way before its torque stood */
    assert_true(number(f, "peak-time", "value") == 0);
    readings_add(f->readings, "drive-envelope/peak", 1,
                 "{\"n_rpm\": 1500, \"t_nm\": 380, \"held_s\": 30, \"winding_c\": 139}");
    assert_string_equal(judge(f, "drive-envelope"), "INVALID");
    assert_string_equal(verdict(f, "repeatability"), "INVALID");
}

static void test_overspeed(void **state)
{
    struct fixture *f = *state;

    readings_add(
        f->readings, "mechanical-strength/overspeed", 0,
        "{\"ended\": \"time\", \"wanted\": 10800, \"applied\": 10810, \"held_s\": 120, \"time_s\": 120}");
    /* No over-torque is asked for; the mark of the speed may not decide. */
    assert_string_equal(judge(f, "mechanical-strength"), "INCONCLUSIVE");
    assert_int_equal(json_array_size(json_object_get(f->judged, "findings")), 1);
    assert_non_null(strstr(json_string_value(json_object_get(f->judged, "reason")), "mark"));
}

/* What follows from a value that is not declared cannot be applied. */
static void test_not_declared(void **state)
{
    struct fixture *f = *state;
    json_t *reading =
        json_pack("{s:s, s:s, s:i, s:s, s:s, s:{s:s}, s:{s:s}}", "store", "dielectric/winding-housing",
                  "step", "winding-housing", "index", 0, "test", "ac-withstand", "missing", "test-voltage",
                  "circumstances", "between", "winding-housing", "asked", "level", "test-voltage");

    f->motor.drive = (struct mb_motor_drive){NAN, NAN, NAN, NAN, NAN, NAN};
    assert_string_equal(judge(f, "mechanical-strength"), "INCONCLUSIVE");
    assert_non_null(strstr(json_string_value(json_object_get(f->judged, "reason")), "drive.speed_max_rpm"));
    assert_non_null(reading);
    assert_int_equal(json_array_append_new(f->readings, reading), 0);
    assert_string_equal(judge(f, "dielectric"), "INCONCLUSIVE");
    assert_non_null(strstr(json_string_value(json_object_get(f->judged, "reason")),
                           "drive.voltage_max_v in the motor file"));
}

/* No breakdown at a voltage that may be the wrong one proves nothing yet, and neither does a breakdown. */
static void test_withstand_of_an_open_mark(void **state)
{
    static const char *const outcomes[] = {"pass", "fail-breakdown"};
    struct fixture *f = *state;

    for (size_t i = 0; i < 2; i++) {
        json_t *reading = json_pack("{s:s, s:s, s:i, s:s, s:s, s:{s:s}, s:{s:s, s:f, s:f}, s:{s:f, s:f}}",
                                    "store", "dielectric/winding-housing", "step", "winding-housing", "index",
                                    0, "test", "ac-withstand", "outcome", outcomes[i], "circumstances",
                                    "between", "winding-housing", "asked", "level", "test-voltage", "applied",
                                    1840., "hold_s", 60., "values", "voltage_v", 1840., "current_a", 2e-3);

        assert_non_null(reading);
        assert_int_equal(json_array_append_new(f->readings, reading), 0);
        assert_string_equal(judge(f, "dielectric"), "INCONCLUSIVE");
        assert_true(number(f, "test-voltage", "limit") == 1840);
        assert_string_equal(json_string_value(json_object_get(finding(f, "test-voltage"), "mark")), "M");
        (void)json_array_clear(f->readings);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_insulation),
        TEST(test_withstand),
        TEST(test_envelope),
        TEST(test_envelope_confirmed),
        TEST(test_overspeed),
        TEST(test_not_declared),
        TEST(test_withstand_of_an_open_mark),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
