/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 2-1-1H: readings made by a known circuit, and the circuit found in them. */
#include "support/test.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/evaluated.h"

/* An 11 kW machine, one phase of the star; ohm at 20 degC for the resistances. */
#define R1 0.35
#define R2 0.28
#define X1 0.95
#define X2 0.95
#define XM 28.0
#define RFE 900.0
#define FRICTION_W 60.0
#define WINDING_C 95.0

static double hot(double r_20_ohm, double k_k, double c)
{
    return r_20_ohm * (k_k + c) / (k_k + 20);
}

/* Current of one phase at a phase voltage; the power of all three in *ret_w. slip 0: rotor open. */
static double complex phase(double u_v, double f_hz, double r1, double r2, double slip, double *ret_w)
{
    double x = f_hz / 50;
    double complex z1 = r1 + I * X1 * x, y = 1 / RFE + 1 / (I * XM * x), current;

    if (slip > 0)
        y += 1 / (r2 / slip + I * X2 * x);
    current = u_v / (z1 + 1 / y);
    *ret_w = 3 * u_v * creal(conj(current));
    return current;
}

static size_t put_no_load(char *text, size_t size)
{
    static const double percent[] = {110, 100, 95, 90, 60, 50, 40, 30};
    double r1 = hot(R1, 235, 60);
    size_t used = (size_t)snprintf(
        text, size, "no_load:\n  r_before_ohm: %.12g\n  r_after_ohm: %.12g\n  points:\n", 2 * r1, 2 * r1);

    for (size_t i = 0; i < sizeof percent / sizeof *percent; i++) {
        double u_v = 4 * percent[i], p_w;
        double complex current = phase(u_v / sqrt(3), 50, r1, 1, 0, &p_w);

        /* friction needs an active current */
        current += FRICTION_W / (sqrt(3) * u_v);
        p_w = 3 * cabs(current) * cabs(current) * r1 +
              (p_w - 3 * pow(cabs(current - FRICTION_W / (sqrt(3) * u_v)), 2) * r1) + FRICTION_W;
        used += (size_t)snprintf(text + used, size - used, "    - {u_v: %g, i_a: %.12g, p0_w: %.12g}\n", u_v,
                                 cabs(current), p_w);
    }
    return used;
}

static void write_sheet(char *text, size_t size, double locked_f_hz)
{
    double p_w, r1 = hot(R1, 235, 30), u_v = 60;
    double complex current = phase(u_v / sqrt(3), locked_f_hz, r1, hot(R2, 225, 30), 1, &p_w);
    size_t used =
        (size_t)snprintf(text, size,
                         "sheet: {method: 2-1-1H, standard: \"IEC 60034-2-1:2014\"}\n"
                         "motor: {id: x, kind: three-phase-induction, sealing_ring: removed,\n"
                         "        rated: {power_w: 11000, voltage_v: 400, frequency_hz: 50, poles: 4}}\n"
                         "cold: {resistance_ohm: %.12g, temperature_c: 20}\n"
                         "circuit: {winding_c: %g, x1_over_x2: 1}\n"
                         "locked_rotor: {u_v: %g, i_a: %.12g, p_w: %.12g, f_hz: %g, r_ohm: %.12g}\n",
                         2 * R1, WINDING_C, u_v, cabs(current), p_w, locked_f_hz, 2 * r1);

    (void)put_no_load(text + used, size - used);
}

static double at(const json_t *json, const char *object, const char *key)
{
    return json_number_value(json_object_get(json_object_get(json, object), key));
}

static void near(double value, double expected, double share)
{
    if (!(fabs(value - expected) <= share * fabs(expected)))
        fail_msg("%.6g is not within %g of %.6g", value, share, expected);
}

/* The formulas take the voltage behind the stator as V / (1 + X1 / Xm): right to a few tenths of a percent.
 */
static void the_circuit_is_found(void **state)
{
    struct mb_error err = {""};
    char text[4096];
    json_t *json;

    (void)state;
    write_sheet(text, sizeof text, 12.5);
    json = evaluated(text, &err);
    assert_string_equal(err.text, "");
    assert_true(json_is_true(json_object_get(json, "valid")));
    near(at(json, "circuit", "x1_ohm"), X1, .03);
    near(at(json, "circuit", "x2_ohm"), X2, .03);
    near(at(json, "circuit", "xm_ohm"), XM, .01);
    near(at(json, "circuit", "iron_ohm"), RFE, .02);
    near(at(json, "circuit", "r1_ohm"), hot(R1, 235, WINDING_C), 1e-9);
    near(at(json, "circuit", "r2_ohm"), hot(R2, 225, WINDING_C), .005);
    json_decref(json);
}

static void it_is_solved_for_the_rated_output(void **state)
{
    struct mb_error err = {""};
    double p_w, slip;
    char text[4096];
    json_t *json;

    (void)state;
    write_sheet(text, sizeof text, 12.5);
    json = evaluated(text, &err);
    slip = at(json, "rated", "slip");
    near(at(json, "rated", "output_w"), 11000, 1e-6);
    (void)phase(400 / sqrt(3), 50, hot(R1, 235, WINDING_C), hot(R2, 225, WINDING_C), slip, &p_w);
    near(at(json, "rated", "input_w"), p_w, .005);
    near(at(json, "rated", "additional_load_w"), 0.019793037 * at(json, "rated", "input_w"), 1e-6);
    near(at(json, "rated", "total_w"),
         at(json, "rated", "stator_w") + at(json, "rated", "rotor_w") + at(json, "rated", "iron_w") +
             at(json, "rated", "friction_windage_w") + at(json, "rated", "additional_load_w"),
         1e-9);
    near(json_number_value(json_object_get(json, "efficiency")), 11000 / at(json, "rated", "input_w"), 1e-6);
    json_decref(json);
}

static void bad_readings(void **state)
{
    struct mb_error err = {""};
    char text[4096], *p;
    json_t *json;

    (void)state;
    write_sheet(text, sizeof text, 25); /* half of rated */
    json = evaluated(text, &err);
    assert_string_equal(json_string_value(json_array_get(json_object_get(json, "reasons"), 0)),
                        "supply-frequency");
    json_decref(json);
    write_sheet(text, sizeof text, 12.5);
    p = strstr(text, "power_w: 11000");
    (void)memcpy(p, "power_w: 91000", 14);
    json = evaluated(text, &err);
    assert_string_equal(json_string_value(json_array_get(json_object_get(json, "reasons"), 0)), "slip");
    json_decref(json);
    write_sheet(text, sizeof text, 12.5);
    p = strstr(text, "locked_rotor");
    *p = 'L';
    assert_null(evaluated(text, &err));
    assert_non_null(strstr(err.text, "sheet:6: unknown key 'Locked_rotor' in a sheet of 2-1-1H"));
}

static void efficiency_against_load(void **state)
{
    struct mb_error err = {""};
    char text[4096];
    json_t *json;
    const json_t *points, *full, *half;
    double rated_w, squares;

    (void)state;
    write_sheet(text, sizeof text, 12.5);
    json = evaluated(text, &err);
    points = json_object_get(json, "points");
    full = json_array_get(points, 2);
    half = json_array_get(points, 4);
    assert_int_equal(json_array_size(points), 6);
    near(json_number_value(json_object_get(full, "efficiency")), at(json, "rated", "efficiency"), 1e-9);
    near(json_number_value(json_object_get(half, "load_percent")), 50, 0);
    near(json_number_value(json_object_get(half, "output_w")), 5500, 1e-9);
    rated_w = at(json, "rated", "additional_load_w");
    /* between the squares of the line currents and those without the magnetising part */
    squares = pow(json_number_value(json_object_get(half, "i_a")) / at(json, "rated", "i_a"), 2);
    assert_true(json_number_value(json_object_get(half, "additional_load_w")) < squares * rated_w);
    assert_true(json_number_value(json_object_get(half, "additional_load_w")) > 0.15 * rated_w);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(efficiency_against_load),
        cmocka_unit_test(the_circuit_is_found),
        cmocka_unit_test(it_is_solved_for_the_rated_output),
        cmocka_unit_test(bad_readings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
