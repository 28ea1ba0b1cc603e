/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Converter-fed motors: the plane of losses, seven points, harmonic losses by difference, and labels that
 * mean different things. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "method/seven_point.h"
#include "support/evaluated.h"
#include "support/replace.h"

static const double speeds[] = {.9, .5, .25, .9, .5, .5, .25}, torques[] = {1, 1, 1, .5, .5, .25, .25};

static double weight(size_t point, double n, double t)
{
    double loss_w[MB_SEVEN_POINTS] = {0}, c[MB_PLANE_COEFFICIENTS];

    loss_w[point] = 1;
    assert_int_equal(mb_plane_fit(speeds, torques, loss_w, c), 0);
    return mb_plane_at(c, n, t);
}

/* procedures A4 */
static void weights_of_the_points(void **state)
{
    static const double full[] = {1.4423, -.75, .3077, 0, 0, 0, 0},
                        part[] = {.2003, .2561, -.1231, .2804, .7196, -.2256, -.1077};

    (void)state;
    for (size_t i = 0; i < MB_SEVEN_POINTS; i++) {
        assert_true(fabs(weight(i, 1, 1) - full[i]) < 5.1e-5);
        assert_true(fabs(weight(i, .75, .75) - part[i]) < 5.1e-5);
    }
}

static void points_that_determine_nothing(void **state)
{
    static const double same[MB_SEVEN_POINTS] = {.5, .5, .5, .5, .5, .5, .5};
    double loss_w[MB_SEVEN_POINTS] = {1, 2, 3, 4, 5, 6, 7}, c[MB_PLANE_COEFFICIENTS];

    (void)state;
    assert_int_equal(mb_plane_fit(same, torques, loss_w, c), -EINVAL);
}

#define RATED_W 11000.0
#define RATED_RPM 1470.0

static double loss_w(double n, double t)
{
    return 40 + 30 * n + 90 * n * n + 60 * n * t * t + 50 * n * n * t * t + 20 * t + 500 * t * t;
}

static void write_points(char *text, size_t size, const char *head, int wrong)
{
    double rated_nm = RATED_W * 60 / (2 * M_PI * RATED_RPM);
    size_t used =
        (size_t)snprintf(text, size,
                         "sheet: {%s}\n"
                         "motor: {id: x, kind: converter-fed-induction, sealing_ring: none,\n"
                         "        rated: {power_w: 11000, voltage_v: 400, frequency_hz: 50, poles: 4, "
                         "speed_rpm: 1470}}\n"
                         "at: [{speed_percent: 75, torque_percent: 75}]\npoints:\n",
                         head);

    for (int i = 0; i < MB_SEVEN_POINTS; i++) {
        int k = wrong == 1 && i < 2 ? 1 - i : i; /* the first two exchanged */
        double n = speeds[k], t = torques[k], output_w = n * t * RATED_W;

        used += (size_t)snprintf(
            text + used, size - used,
            "  - {speed_percent: %g, torque_percent: %g, p1_w: %.12g, t_nm: %.12g, n_rpm: %.12g}\n", 100 * n,
            100 * t, output_w + loss_w(n, t), (wrong == 2 ? -1 : 1) * t * rated_nm,
            n * RATED_RPM * (wrong == 3 && i == 6 ? 1.2 : 1));
    }
}

static double at(const json_t *json, const char *object, const char *key)
{
    return json_number_value(json_object_get(json_object_get(json, object), key));
}

static void losses_anywhere(void **state)
{
    static const double c[] = {40, 30, 90, 60, 50, 20, 500};
    struct mb_error err = {""};
    const json_t *found;
    char text[4096];
    json_t *json;

    (void)state;
    write_points(text, sizeof text, "method: 2-3-A, standard: \"IEC 60034-2-3:2020\"", 0);
    json = evaluated(text, &err);
    assert_string_equal(err.text, "");
    assert_true(json_is_true(json_object_get(json, "valid")));
    for (size_t i = 0; i < MB_PLANE_COEFFICIENTS; i++)
        assert_true(fabs(json_number_value(json_array_get(json_object_get(json, "coefficients_w"), i)) -
                         c[i]) < 1e-6);
    found = json_array_get(json_object_get(json, "at"), 0);
    assert_true(fabs(json_number_value(json_object_get(found, "loss_w")) - loss_w(.75, .75)) < 1e-6);
    assert_true(fabs(at(json, "rated", "loss_w") - loss_w(1, 1)) < 1e-6);
    /* where IEC TS 60034-30-2 looks: 90 % speed, 100 % torque */
    assert_true(fabs(json_number_value(json_object_get(json, "efficiency")) - 9900 / (9900 + loss_w(.9, 1))) <
                1e-9);
    assert_string_equal(json_string_value(json_object_get(json_object_get(json, "grade"), "standard")),
                        "IEC TS 60034-30-2:2016");
    json_decref(json);
}

static void wrong_points_are_invalid(void **state)
{
    static const char *const reasons[] = {NULL, "load-points", "torque-sign", "load-points"};

    (void)state;
    for (int wrong = 1; wrong <= 3; wrong++) {
        struct mb_error err = {""};
        char text[4096];
        json_t *json;

        write_points(text, sizeof text, "method: 2-3-A, standard: \"IEC 60034-2-3:2020\"", wrong);
        json = evaluated(text, &err);
        assert_true(json_is_false(json_object_get(json, "valid")));
        if (!strstr(json_string_value(json_array_get(json_object_get(json, "reasons"), 0)), reasons[wrong]))
            assert_string_equal(json_string_value(json_array_get(json_object_get(json, "reasons"), 1)),
                                reasons[wrong]);
        json_decref(json);
    }
}

/* 2-3-A of GB/T 22670 is a sum of losses; 2-3-C there is what IEC calls 2-3-A. */
static void one_label_and_two_methods(void **state)
{
    struct mb_error err = {""};
    char text[4096];
    json_t *json;

    (void)state;
    write_points(text, sizeof text, "method: 2-3-C, standard: \"GB/T 22670-2018\"", 0);
    json = evaluated(text, &err);
    assert_string_equal(json_string_value(json_object_get(json, "method")), "2-3-A");
    assert_string_equal(at(json, "x", "x")
                            ? ""
                            : json_string_value(json_object_get(json_object_get(json, "edition"), "label")),
                        "2-3-C");
    json_decref(json);
    write_points(text, sizeof text, "method: 2-3-A, standard: \"GB/T 22670-2018\"", 0);
    assert_null(evaluated(text, &err));
    assert_non_null(strstr(err.text, "in a sheet of 2-3-B"));
}

#define HARMONIC_CONSTANT_W 25.0
#define HARMONIC_LOAD_W_PER_NM2 0.004

/* The vector of procedures section 9 with sinusoidal supply, and the same with what a converter adds. */
static char *harmonic_sheet(double sign)
{
    char *text = NULL, *out = calloc(1, 32768), *load, *no_load, *rest, *with, *by, *of;
    size_t size = 0, used;

    assert_int_equal(mb_file_read("tests/data/sheets/vector.yaml", 1 << 20, &text, &size, NULL), 0);
    assert_non_null(out);
    with = replaced(text, "2-1-1B", "2-3-B");
    by = replaced(with, "GB/T 1032-2023", "GB/T 22670-2018");
    of = replaced(by, "three-phase-induction", "converter-fed-induction");
    used = (size_t)snprintf(out, 32768, "%s", of);
    free(with);
    free(by);
    free(of);
    load = strstr(text, "\nload:");
    no_load = strstr(text, "\nno_load:");
    used += (size_t)snprintf(out + used, 32768 - used, "converter:");
    for (char *line = strtok_r(load < no_load ? load : no_load, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        char *p1 = strstr(line, "p1_w: "), *p0 = strstr(line, "p0_w: "), *t = strstr(line, "t_nm: ");
        char *p = p1 ? p1 : p0, *end = p ? strpbrk(p + 6, ",}") : NULL;
        double t_nm = t ? strtod(t + 6, NULL) : 0, power_w = p ? strtod(p + 6, NULL) : 0;

        if (!p) {
            used += (size_t)snprintf(out + used, 32768 - used, "\n  %s", line);
            continue;
        }
        used += (size_t)snprintf(
            out + used, 32768 - used, "\n  %.*s%.9g%s", (int)(p + 6 - line), line,
            power_w + sign * (HARMONIC_CONSTANT_W + HARMONIC_LOAD_W_PER_NM2 * t_nm * t_nm), end);
    }
    (void)snprintf(out + used, 32768 - used, "\n");
    free(text);
    return out;
}

static void what_the_converter_adds(void **state)
{
    double t2 = 73.281 * 73.281;
    struct mb_error err = {""};
    char *text = harmonic_sheet(1);
    json_t *json = evaluated(text, &err);

    (void)state;
    assert_string_equal(err.text, "");
    assert_true(fabs(at(json, "harmonic", "harmonic_constant_w") - HARMONIC_CONSTANT_W) < 1e-6);
    /* the rotor takes its share of what comes in: slip times the added power */
    assert_true(fabs(at(json, "harmonic", "harmonic_load_w") - HARMONIC_LOAD_W_PER_NM2 * t2) < 2.5);
    assert_true(fabs(at(json, "harmonic", "harmonic_w") - at(json, "harmonic", "harmonic_constant_w") -
                     at(json, "harmonic", "harmonic_load_w")) < 1e-9);
    assert_true(fabs(at(json, "tests", "sinusoidal_total_w") - 1368.636) < 1e-2);
    assert_true(fabs(at(json, "harmonic", "total_w") - 1368.636 - at(json, "harmonic", "harmonic_w")) < 1e-2);
    assert_true(fabs(at(json, "harmonic", "harmonic_ratio") - at(json, "harmonic", "harmonic_w") / 1368.636) <
                1e-6);
    json_decref(json);
    free(text);
    text = harmonic_sheet(-1);
    json = evaluated(text, &err);
    assert_true(json_is_false(json_object_get(json, "valid")));
    json_decref(json);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_of_the_points),     cmocka_unit_test(points_that_determine_nothing),
        cmocka_unit_test(losses_anywhere),           cmocka_unit_test(wrong_points_are_invalid),
        cmocka_unit_test(one_label_and_two_methods), cmocka_unit_test(what_the_converter_adds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
