/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 2-1-1C and 2-1-1F on the readings of the vector of procedures section 9: its losses but for the additional
 * one. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "support/evaluated.h"
#include "support/replace.h"

#define NEAR(a, b, e) assert_true(fabs((a) - (b)) < (e))

static char *vector_with(const char *from, const char *to)
{
    char *text = NULL, *out;
    size_t size = 0;

    assert_int_equal(mb_file_read("tests/data/sheets/vector.yaml", 1 << 20, &text, &size, NULL), 0);
    out = replaced(text, from, to);
    free(text);
    return out;
}

static json_t *evaluate(char *text, struct mb_error *err)
{
    json_t *json = evaluated(text, err);

    free(text);
    return json;
}

static double at(const json_t *json, const char *object, const char *key)
{
    return json_number_value(json_object_get(object ? json_object_get(json, object) : json, key));
}

static void the_allowance_takes_the_place_of_the_residual_loss(void **state)
{
    struct mb_error err = {""};
    json_t *json = evaluate(vector_with("method: 2-1-1B", "method: 2-1-1C"), &err);
    /* 0.025 - 0.005 lg 11 */
    double fraction = 0.019793037, additional_w = fraction * 12370.6;

    (void)state;
    assert_string_equal(err.text, "");
    assert_string_equal(json_string_value(json_object_get(json, "method")), "2-1-1C");
    assert_true(json_is_true(json_object_get(json, "valid")));
    NEAR(at(json, "additional", "fraction"), fraction, 1e-7);
    NEAR(at(json, "additional", "no_load_current_a"), 5.3598, 1e-4);
    NEAR(at(json, "additional", "coefficient_w_per_a2"), additional_w / (19.880 * 19.880 - 5.3598 * 5.3598),
         1e-6);
    NEAR(at(json, "rated", "additional_load_w"), additional_w, 1e-2);
    NEAR(at(json, "rated", "stator_w"), 527.090, 1e-3);
    NEAR(at(json, "rated", "rotor_w"), 520.489, 1e-3);
    NEAR(at(json, "rated", "total_w"), 527.090 + 520.489 + 177.867 + 45.974 + additional_w, 1e-2);
    NEAR(at(json, NULL, "efficiency"), 1 - at(json, "rated", "total_w") / 12370.6, 1e-9);
    json_decref(json);
}

/* The rated-load reading and the load points as a laboratory without a torque transducer has them. */
static char *without_torque(void)
{
    char *text = vector_with("method: 2-1-1B", "method: 2-1-1C"), *out = calloc(1, strlen(text) + 1), *rest;

    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *torque = strstr(line, "t_nm:"), *end = torque ? strpbrk(torque, ",}") : NULL;

        if (torque && !end)
            continue;
        if (torque)
            memmove(torque, end + (*end == ','), strlen(end + (*end == ',')) + 1);
        (void)strcat(out, line);
        (void)strcat(out, "\n");
    }
    free(text);
    return out;
}

static void no_torque_is_needed(void **state)
{
    struct mb_error err = {""};
    json_t *with, *without;

    (void)state;
    with = evaluate(vector_with("method: 2-1-1B", "method: 2-1-1C"), &err);
    without = evaluate(without_torque(), &err);
    assert_non_null(without);
    NEAR(at(with, NULL, "efficiency"), at(without, NULL, "efficiency"), 1e-15);
    json_decref(with);
    json_decref(without);
    assert_null(evaluate(vector_with("  t_nm: 73.281\n", ""), &err)); /* 2-1-1B does need it */
    assert_non_null(strstr(err.text, "'t_nm' is missing here"));
}

static void a_letter_and_the_verdict(void **state)
{
    struct mb_error err = {""};
    json_t *json = evaluate(vector_with("method: 2-1-1B", "method: E1"), &err);
    const json_t *grade = json_object_get(json, "grade");

    (void)state;
    assert_string_equal(json_string_value(json_object_get(json, "method")), "2-1-1C");
    assert_string_equal(json_string_value(json_object_get(grade, "verdict")), "INCONCLUSIVE");
    assert_non_null(strstr(json_string_value(json_object_get(grade, "note")), "judged by method B"));
    json_decref(json);
}

static void a_standard_without_the_method_refuses(void **state)
{
    struct mb_error err = {""};

    (void)state;
    assert_null(evaluate(vector_with("method: 2-1-1B\n  standard: \"GB/T 1032-2023\"",
                                     "method: 2-1-1C\n  standard: \"CSA C390-10\""),
                         &err));
    assert_non_null(strstr(err.text, "'CSA C390-10' has no method 2-1-1C here, allowed with it: GB/T 1032"));
}

#define R_OHM 0.85
#define FRICTION_W 52.0
#define STATOR_W_PER_A2 0.1
#define ROTOR_W_PER_A2 0.25

/* Input of the motor without its rotor: the inner voltage depends on it. */
static double stator_side_w(double u_v, double i_a, double r_ohm, double iron_w_per_v2, double air_gap_w)
{
    double p_w = 1.5 * i_a * i_a * r_ohm;

    for (int k = 0; k < 100; k++) {
        double cosine = p_w / (sqrt(3) * u_v * i_a), drop = sqrt(3) / 2 * i_a * r_ohm;
        double inner_v = hypot(u_v - drop * cosine, drop * sqrt(1 - cosine * cosine));

        p_w = i_a * i_a * (1.5 * r_ohm + STATOR_W_PER_A2) + iron_w_per_v2 * inner_v * inner_v + air_gap_w;
    }
    return p_w;
}

struct stray_world {
    double iron_w_per_v2, shaft_sign;
    double cooler_k; /* than after the test, at 25 A; the first points warm the winding */
    bool sensor;     /* the points say so */
};

#define AFTER_C 40.0
#define COPPER_K 235.0

static double point_c(const struct stray_world *w, double i_a)
{
    return AFTER_C - w->cooler_k * i_a / 25;
}

static double point_ohm(const struct stray_world *w, double i_a)
{
    return R_OHM * (COPPER_K + point_c(w, i_a)) / (COPPER_K + AFTER_C);
}

static const char *sensor_text(const struct stray_world *w, double i_a, char *text, size_t size)
{
    (void)snprintf(text, size, w->sensor ? ", winding_c: %.12g" : "", point_c(w, i_a));
    return text;
}

/* Both tests, with losses that grow with the square of the current. */
static void write_tests(char *text, size_t size, const struct stray_world *w)
{
    size_t used =
        (size_t)snprintf(text, size, "removed_rotor:\n  r_ohm: %g\n  winding_c: 40\n  points:\n", R_OHM);
    char sensor[32];

    for (double i_a = 25; i_a >= 5; i_a -= 5)
        used +=
            (size_t)snprintf(text + used, size - used, "    - {u_v: %.9g, i_a: %g, p1_w: %.12g%s}\n", 4 * i_a,
                             i_a, stator_side_w(4 * i_a, i_a, point_ohm(w, i_a), w->iron_w_per_v2, 0),
                             sensor_text(w, i_a, sensor, sizeof sensor));
    used += (size_t)snprintf(text + used, size - used,
                             "reverse_rotation:\n  r_ohm: %g\n  winding_c: 40\n  points:\n", R_OHM);
    for (double i_a = 25; i_a >= 5; i_a -= 5) {
        double air_gap_w = 0.9 * i_a * i_a, rotor_w = w->shaft_sign * ROTOR_W_PER_A2 * i_a * i_a;

        used += (size_t)snprintf(
            text + used, size - used,
            "    - {u_v: %.9g, i_a: %g, p1_w: %.12g, shaft_w: %.12g, shaft_friction_w: %g%s}\n", 8 * i_a, i_a,
            stator_side_w(8 * i_a, i_a, point_ohm(w, i_a), w->iron_w_per_v2, air_gap_w),
            FRICTION_W + air_gap_w + rotor_w, FRICTION_W, sensor_text(w, i_a, sensor, sizeof sensor));
    }
}

static char *vector_f(const char *tests)
{
    char *text = vector_with("method: 2-1-1B\n  standard: \"GB/T 1032-2023\"",
                             "method: 2-1-1F\n  standard: \"IEC 60034-2-1:2014\""),
         *out = malloc(strlen(text) + strlen(tests) + 1);

    assert_non_null(out);
    (void)strcpy(out, text);
    (void)strcat(out, tests);
    free(text);
    return out;
}

static double iron_w_per_v2(void)
{
    struct mb_error err = {""};
    json_t *json = evaluate(vector_with("x", "x"), &err);
    double slope =
        at(json_object_get(json_object_get(json, "plots"), "no_load"), NULL, "friction_slope_w_per_v2");

    json_decref(json);
    return slope;
}

static void both_tests_give_the_loss_back(void **state)
{
    double i2 = 19.880 * 19.880 - 5.3598 * 5.3598;
    struct mb_error err = {""};
    char tests[4096];
    json_t *json;

    (void)state;
    write_tests(tests, sizeof tests, &(struct stray_world){iron_w_per_v2(), 1});
    json = evaluate(vector_f(tests), &err);
    assert_string_equal(err.text, "");
    assert_true(json_is_true(json_object_get(json, "valid")));
    NEAR(at(json, "additional", "stator_exponent"), 2, 1e-6);
    NEAR(at(json, "additional", "rotor_exponent"), 2, 1e-6);
    NEAR(at(json, "additional", "stator_w"), STATOR_W_PER_A2 * i2, 1e-4);
    NEAR(at(json, "additional", "rotor_w"), ROTOR_W_PER_A2 * i2, 1e-4);
    NEAR(at(json, "rated", "additional_load_w"), (STATOR_W_PER_A2 + ROTOR_W_PER_A2) * i2, 1e-3);
    json_decref(json);
}

/* A winding that the points themselves warm: with a sensor nothing is missing, with the resistance after them
 * alone their loss is too small. */
static void each_point_has_its_own_resistance(void **state)
{
    struct stray_world w = {iron_w_per_v2(), 1, .cooler_k = 3, .sensor = true};
    double i2 = 19.880 * 19.880 - 5.3598 * 5.3598;
    struct mb_error err = {""};
    char tests[4096];
    json_t *json;

    (void)state;
    write_tests(tests, sizeof tests, &w);
    json = evaluate(vector_f(tests), &err);
    assert_string_equal(err.text, "");
    NEAR(at(json, "additional", "stator_w"), STATOR_W_PER_A2 * i2, 1e-4);
    NEAR(at(json, "additional", "rotor_w"), ROTOR_W_PER_A2 * i2, 1e-4);
    json_decref(json);
    w.sensor = false;
    write_tests(tests, sizeof tests, &w);
    json = evaluate(vector_f(tests), &err);
    assert_true(at(json, "additional", "stator_w") < 0.95 * STATOR_W_PER_A2 * i2);
    json_decref(json);
}

static const char *first_reason(const json_t *json)
{
    const char *word = json_string_value(json_array_get(json_object_get(json, "reasons"), 0));

    return word ? word : "";
}

static void tests_that_are_missing_or_wrong(void **state)
{
    struct mb_error err = {""};
    char tests[4096];
    json_t *json;

    (void)state;
    json = evaluate(vector_f(""), &err);
    assert_string_equal(first_reason(json), "missing-data");
    json_decref(json);
    write_tests(tests, sizeof tests,
                &(struct stray_world){iron_w_per_v2(), -1}); /* the shaft's power with the wrong sign */
    json = evaluate(vector_f(tests), &err);
    assert_string_equal(first_reason(json), "missing-data");
    json_decref(json);
    assert_null(evaluate(vector_f("removed_rotor: {r_ohm: 1, points: []}\n"), &err));
    assert_non_null(strstr(err.text, "belong together"));
    json = evaluate(vector_with("method: 2-1-1B", "method: 2-1-1G"), &err);
    assert_null(json);
    assert_non_null(strstr(err.text, "2-1-1G"));
}

static void other_methods_stand_beside(void **state)
{
    struct mb_error err = {""};
    json_t *json =
               evaluate(vector_with("method: 2-1-1B", "method: 2-1-1B\n  also: \"A, 2-1-1C, 2-1-1C\""), &err),
           *c = evaluate(vector_with("method: 2-1-1B", "method: 2-1-1C"), &err);
    const json_t *also = json_object_get(json, "also");

    (void)state;
    assert_string_equal(err.text, "");
    assert_int_equal(json_array_size(also), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(also, 0), "method")), "2-1-1A");
    NEAR(at(json_array_get(also, 0), NULL, "efficiency"), 0.889194, 1e-6);
    NEAR(at(json_array_get(also, 1), NULL, "efficiency"), at(c, NULL, "efficiency"), 1e-15);
    NEAR(at(json, NULL, "efficiency"), 0.889364, 1e-6);
    json_decref(json);
    json_decref(c);
}

static void methods_that_cannot_stand_beside(void **state)
{
    struct mb_error err = {""};

    (void)state;
    assert_null(evaluate(vector_with("method: 2-1-1B", "method: 2-1-1B\n  also: 2-1-1H"), &err));
    assert_non_null(strstr(err.text, "sheet:4: '2-1-1H' cannot stand beside 2-1-1B"));
    assert_null(evaluate(vector_with("method: 2-1-1B\n  standard: \"GB/T 1032-2023\"",
                                     "method: 2-1-1B\n  also: 2-1-1C\n  standard: \"CSA C390-10\""),
                         &err));
    assert_non_null(strstr(err.text, "has no method 2-1-1C for this motor"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_allowance_takes_the_place_of_the_residual_loss),
        cmocka_unit_test(no_torque_is_needed),
        cmocka_unit_test(a_letter_and_the_verdict),
        cmocka_unit_test(a_standard_without_the_method_refuses),
        cmocka_unit_test(both_tests_give_the_loss_back),
        cmocka_unit_test(each_point_has_its_own_resistance),
        cmocka_unit_test(tests_that_are_missing_or_wrong),
        cmocka_unit_test(other_methods_stand_beside),
        cmocka_unit_test(methods_that_cannot_stand_beside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
