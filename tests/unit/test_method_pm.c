/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Line-start permanent-magnet motors by GB/T 22669 (procedures A3): readings of a machine whose losses are
 * known, and the losses found in them. */
#include "support/test.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/evaluated.h"

#define R_OHM 0.8
#define CONSTANT_W                                                                                           \
    300.0 /* at 400 V; grows with the square of the voltage but for 120 W of magnets and bearings */
#define FIXED_W 120.0
#define STRAY_W_PER_NM2 0.02
#define N_PER_S 25.0

static double constant_w(double u_v)
{
    return FIXED_W + (CONSTANT_W - FIXED_W) * (u_v / 400) * (u_v / 400);
}

/* Input at a torque with the power factor of a motor that is well excited. */
static size_t put_point(char *text, size_t size, double t_nm, double offset_w)
{
    double p_w = 0, i_a = 0, cosine = 0.95;

    for (int k = 0; k < 200; k++) {
        double drop = sqrt(3) / 2 * i_a * R_OHM,
               inner_v = hypot(400 - drop * cosine, drop * sqrt(1 - cosine * cosine));

        p_w = 2 * M_PI * N_PER_S * t_nm + 1.5 * i_a * i_a * R_OHM + constant_w(inner_v) +
              STRAY_W_PER_NM2 * t_nm * t_nm + offset_w;
        i_a = p_w / (sqrt(3) * 400 * cosine);
    }
    return (size_t)snprintf(text, size, "u_v: 400, i_a: %.12g, p1_w: %.12g, t_nm: %.12g, f_hz: 50", i_a, p_w,
                            t_nm);
}

static void write_sheet(char *text, size_t size, const char *kind, const char *standard)
{
    static const double percent[] = {125, 115, 100, 75, 50, 25},
                        volts[] = {440, 400, 380, 360, 240, 200, 160, 120};
    size_t used = (size_t)snprintf(
        text, size,
        "sheet: {method: 2-1-1B, standard: \"%s\"}\n"
        "motor: {id: pm, kind: %s, sealing_ring: none,\n"
        "        rated: {power_w: 11000, voltage_v: 400, frequency_hz: 50, poles: 4}}\n"
        "cold: {resistance_ohm: %g, temperature_c: 25}\n"
        "cooling: [{t_s: 10, r_ohm: 0.80}, {t_s: 20, r_ohm: 0.798}, {t_s: 30, r_ohm: 0.7961}, "
        "{t_s: 40, r_ohm: 0.7942}]\n",
        standard, kind, 0.66);

    used += (size_t)snprintf(text + used, size - used, "rated_load: {n_rpm: 1500.3, coolant_c: 25, ");
    used += put_point(text + used, size - used, 70, 0);
    used += (size_t)snprintf(text + used, size - used,
                             "}\nload:\n  r_before_ohm: 0.8\n  r_after_ohm: 0.8\n  points:\n");
    for (size_t i = 0; i < sizeof percent / sizeof *percent; i++) {
        used +=
            (size_t)snprintf(text + used, size - used, "    - {n_rpm: 1500, load_percent: %g, ", percent[i]);
        used += put_point(text + used, size - used, 70 * percent[i] / 100, 1.5);
        used += (size_t)snprintf(text + used, size - used, "}\n");
    }
    used += (size_t)snprintf(text + used, size - used,
                             "no_load:\n  r_before_ohm: 0.75\n  r_after_ohm: 0.75\n  points:\n");
    for (size_t i = 0; i < sizeof volts / sizeof *volts; i++) /* the current is least where the field fits */
        used += (size_t)snprintf(text + used, size - used, "    - {u_v: %g, i_a: %.12g, p0_w: %.12g}\n",
                                 volts[i], 1 + fabs(volts[i] - 400) / 100,
                                 constant_w(volts[i]) + 1.5 * pow(1 + fabs(volts[i] - 400) / 100, 2) * 0.75);
}

static double at(const json_t *json, const char *object, const char *key)
{
    return json_number_value(json_object_get(json_object_get(json, object), key));
}

static void the_losses_come_back(void **state)
{
    struct mb_error err = {""};
    const json_t *point;
    char text[8192];
    json_t *json;

    (void)state;
    write_sheet(text, sizeof text, "three-phase-pm-line-start", "GB/T 22669-2008");
    json = evaluated(text, &err);
    assert_string_equal(err.text, "");
    assert_true(json_is_true(json_object_get(json, "valid")));
    assert_true(fabs(at(json, "regression", "a") - STRAY_W_PER_NM2) < 1e-6);
    assert_true(fabs(at(json, "regression", "b") - 1.5) < 1e-2);
    assert_true(at(json, "regression", "r") > .9999);
    point = json_array_get(json_object_get(json, "points"), 2);
    assert_true(json_number_value(json_object_get(point, "rotor_w")) == 0);
    assert_true(json_number_value(json_object_get(point, "slip")) == 0);
    /* iron and friction together are what was measured, whatever the split */
    assert_true(
        fabs(at(json, "rated", "iron_w") + at(json, "rated", "friction_windage_w") - constant_w(386.5)) < 2);
    json_decref(json);
}

static void no_other_motor_and_no_other_standard(void **state)
{
    struct mb_error err = {""};
    char text[8192];

    (void)state;
    write_sheet(text, sizeof text, "three-phase-induction", "GB/T 22669-2008");
    assert_null(evaluated(text, &err));
    assert_non_null(
        strstr(err.text, "sheet:2: 2-1-1B is not a method for three-phase-induction by GB/T 22669-2008"));
    write_sheet(text, sizeof text, "three-phase-pm-line-start", "GB/T 1032-2023");
    assert_null(evaluated(text, &err));
    assert_non_null(
        strstr(err.text, "2-1-1B is not a method for three-phase-pm-line-start by GB/T 1032-2023"));
}

/* 100 W at 1500 r/min for each 110 W of input, at a power factor by the current. */
static bool direct_is_valid(const char *kind, const char *standard, double cosine)
{
    static const double percent[] = {125, 115, 100, 75, 50, 25};
    struct mb_error err = {""};
    char text[2048];
    size_t used = (size_t)snprintf(text, sizeof text,
                                   "sheet: {method: 2-1-1A, standard: \"%s\"}\n"
                                   "motor: {id: pm, kind: %s, sealing_ring: none,\n"
                                   "        rated: {power_w: 11000, voltage_v: 400, frequency_hz: 50, "
                                   "poles: 4}}\n"
                                   "load:\n  points:\n",
                                   standard, kind);
    json_t *json;
    bool valid;

    for (size_t i = 0; i < sizeof percent / sizeof *percent; i++) {
        double output_w = 11000 * percent[i] / 100, p1_w = 1.1 * output_w;

        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "    - {load_percent: %g, u_v: 400, i_a: %.9g, p1_w: %.9g, t_nm: %.9g, "
                                 "n_rpm: 1499, f_hz: 50}\n",
                                 percent[i], p1_w / (sqrt(3) * 400 * cosine), p1_w,
                                 output_w / (1499 * M_PI / 30));
    }
    json = evaluated(text, &err);
    assert_string_equal(err.text, "");
    valid = json_is_true(json_object_get(json, "valid"));
    json_decref(json);
    return valid;
}

/* A well excited motor has a power factor of one, and its meters may read 1.004. */
static void excitation_brings_the_power_factor_to_one(void **state)
{
    (void)state;
    assert_true(direct_is_valid("three-phase-synchronous", "GB/T 1029-2021", 1.004));
    assert_true(direct_is_valid("three-phase-pm-line-start", "GB/T 22669-2008", 1.004));
    assert_false(direct_is_valid("three-phase-synchronous", "GB/T 1029-2021", 1.02));
    assert_true(direct_is_valid("three-phase-induction", "GB/T 1032-2023", 0.9));
    assert_false(direct_is_valid("three-phase-induction", "GB/T 1032-2023", 1.004));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_losses_come_back),
        cmocka_unit_test(excitation_brings_the_power_factor_to_one),
        cmocka_unit_test(no_other_motor_and_no_other_standard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
