/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The efficiency map of a drive with losses that are known at every point. */
#include "support/test.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/drive_sheet.h"
#include "support/evaluated.h"

#define SIDE 20

static json_t *evaluate(char *text, struct mb_error *err)
{
    json_t *json;

    assert_non_null(text);
    json = evaluated(text, err);

    free(text);
    return json;
}

static double at(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void every_point_has_its_efficiencies(void **state)
{
    struct mb_error err = {""};
    json_t *json = evaluate(drive_sheet("GB/T 18488.2-2015", SIDE, true, 1), &err), *point;
    size_t i, high = 0, counted = 0;

    (void)state;
    assert_string_equal(err.text, "");
    assert_true(json_is_true(json_object_get(json, "valid")));
    json_array_foreach(json_object_get(json, "points"), i, point)
    {
        double n = at(point, "n_rpm"), t = at(point, "t_nm"), shaft_w = 2 * M_PI * n / 60 * t;
        double ac_w = shaft_w + drive_motor_loss_w(n, t), dc_w = ac_w + drive_controller_loss_w(t);
        double system = t > 0 ? shaft_w / dc_w : dc_w / shaft_w;

        assert_true(fabs(at(point, "motor") - (t > 0 ? shaft_w / ac_w : ac_w / shaft_w)) < 1e-9);
        assert_true(fabs(at(point, "controller") - (t > 0 ? ac_w / dc_w : dc_w / ac_w)) < 1e-9);
        assert_true(fabs(at(point, "system") - system) < 1e-9);
        high += system >= 0.85;
        counted++;
    }
    assert_true(counted > 600);
    assert_true(fabs(at(json_object_get(json_object_get(json, "map"), "system"), "share") -
                     (double)high / (double)counted) < 1e-12);
    assert_int_equal((int)at(json_object_get(json, "map"), "speeds"), SIDE);
    assert_int_equal((int)at(json_object_get(json, "map"), "torques_least"), SIDE);
    json_decref(json);
}

/* As a run leaves it: power at the motor's terminals, nothing of the controller. */
static void the_map_of_the_motor_alone(void **state)
{
    static const char sheet[] =
        "sheet: {method: ev-map, standard: GB/T 18488-2024}\n"
        "motor: {id: x, kind: ev-drive, sealing_ring: none,\n"
        "        rated: {power_w: 5500, voltage_v: 400, frequency_hz: 100, poles: 8, speed_rpm: 1500}}\n"
        "map:\n  points:\n"
        "    - {n_rpm: 1500, t_nm: 35, p1_w: 5900, u_v: 400, i_a: 9, f_hz: 100, s_va: 6200}\n"
        "    - {n_rpm: 750, t_nm: 35, %s}\n";
    struct mb_error err = {""};
    char text[sizeof sheet + 40];
    json_t *json;

    (void)state;
    (void)snprintf(text, sizeof text, sheet, "pac_w: 3000");
    json = evaluated(text, &err);
    assert_string_equal(err.text, "");
    assert_true(json_is_true(json_object_get(json, "valid")));
    assert_true(fabs(at(json_array_get(json_object_get(json, "points"), 0), "motor") -
                     2 * M_PI * 25 * 35 / 5900) < 1e-12);
    assert_true(json_is_null(json_object_get(json_array_get(json_object_get(json, "points"), 0), "system")));
    json_decref(json);
    (void)snprintf(text, sizeof text, sheet, "udc_v: 560");
    json = evaluated(text, &err);
    assert_string_equal(json_string_value(json_array_get(json_object_get(json, "reasons"), 0)),
                        "missing-data");
    json_decref(json);
}

/* The temperature rise of the same run leaves its sections in the sheet. */
static void a_map_beside_a_temperature_rise(void **state)
{
    struct mb_error err = {""};
    json_t *json = evaluated("sheet: {method: ev-map, standard: GB/T 18488.2-2015}\n"
                             "motor: {id: x, kind: ev-drive, sealing_ring: none,\n"
                             "        rated: {power_w: 5500, voltage_v: 400, frequency_hz: 100, poles: 8}}\n"
                             "cold: {resistance_ohm: 0.8, temperature_c: 22}\n"
                             "rated_load: {t_nm: 35}\n"
                             "cooling: []\n"
                             "map: {points: [{n_rpm: 1500, t_nm: 35, p1_w: 5900}]}\n",
                             &err);

    (void)state;
    assert_string_equal(err.text, "");
    assert_non_null(json);
    json_decref(json);
}

static void a_grid_that_is_too_small(void **state)
{
    struct mb_error err = {""};
    json_t *json = evaluate(drive_sheet("GB/T 18488.2-2015", 9, false, 1), &err);

    (void)state;
    assert_true(json_is_false(json_object_get(json, "valid")));
    assert_string_equal(json_string_value(json_array_get(json_object_get(json, "reasons"), 0)),
                        "load-points");
    json_decref(json);
    json = evaluate(drive_sheet("GB/T 18488-2024", 9, false, 1), &err); /* its grid is not known here */
    assert_true(json_is_true(json_object_get(json, "valid")));
    json_decref(json);
}

static void readings_that_contradict_themselves(void **state)
{
    struct mb_error err = {""};
    json_t *json = evaluate(drive_sheet("GB/T 18488-2024", 10, false, 2), &err); /* torque in another unit */

    (void)state;
    assert_string_equal(json_string_value(json_array_get(json_object_get(json, "reasons"), 0)),
                        "torque-sign");
    json_decref(json);
}

/* 20 x 20 points, driving and braking; the figure asked for is half a second with the plot. */
static void it_is_quick(void **state)
{
    struct mb_error err = {""};
    struct timespec a, b;

    (void)state;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    json_decref(evaluate(drive_sheet("GB/T 18488-2024", SIDE, true, 1), &err));
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    assert_true((double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec) < 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_point_has_its_efficiencies),    cmocka_unit_test(the_map_of_the_motor_alone),
        cmocka_unit_test(a_map_beside_a_temperature_rise),     cmocka_unit_test(a_grid_that_is_too_small),
        cmocka_unit_test(readings_that_contradict_themselves), cmocka_unit_test(it_is_quick),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
