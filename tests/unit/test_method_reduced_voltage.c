/* SPDX-License-Identifier: GPL-3.0-or-later */
/* G1 on the cold, cooling and no-load readings of the vector of procedures section 9; and by which method GB
 * 30254 is judged. */
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "support/evaluated.h"
#include "support/replace.h"

#define NEAR(a, b, e) assert_true(fabs((a) - (b)) < (e))

/* At half the rated voltage, where the no-load curve has points. */
#define I_A 10.0
#define P1_W 3100.0
#define REDUCED                                                                                              \
    "reduced_voltage:\n  coolant_c: 23.4\n  points:\n"                                                       \
    "    - {load_percent: 100, u_v: 200, i_a: 10, p1_w: 3100, n_rpm: 1433.4, f_hz: 50, r_ohm: 0.88}\n"       \
    "    - {load_percent: 50, u_v: 200, i_a: 5, p1_w: 1500, n_rpm: 1469, f_hz: 50}\n"

/* The vector without the sections from one to before another (NULL: to its end), and more behind it. */
static char *vector_without(const char *from, const char *to, const char *more)
{
    char *text = NULL, *start, *end, *out;
    size_t size = 0;

    assert_int_equal(mb_file_read("tests/data/sheets/vector.yaml", 1 << 20, &text, &size, NULL), 0);
    start = strstr(text, from);
    end = to ? strstr(start, to) : text + size;
    memmove(start, end, strlen(end) + 1);
    out = malloc(strlen(text) + strlen(more) + 1);
    assert_non_null(out);
    (void)stpcpy(stpcpy(out, text), more);
    free(text);
    return out;
}

static char *sheet_of(const char *reduced)
{
    char *all = vector_without("\nload:", "\nno_load:", reduced), *start = strstr(all, "rated_load:"),
         *end = strstr(start, "cooling:"), *out;

    memmove(start, end, strlen(end) + 1);
    out = replaced(all, "method: 2-1-1B", "method: G1");
    free(all);
    return out;
}

static json_t *with(const char *from, const char *to, struct mb_error *err)
{
    char *text = sheet_of(REDUCED), *changed = replaced(text, from, to);
    json_t *json = evaluated(changed, err);

    free(changed);
    free(text);
    return json;
}

static double at(const json_t *json, const char *key)
{
    return json_number_value(json_object_get(json, key));
}

static double reactive(double i_a, double p_w, double u_v)
{
    double active = p_w / (sqrt(3) * u_v);

    return sqrt(i_a * i_a - active * active);
}

static double current_at_rated_voltage(void)
{
    double i_reactive =
        2 * reactive(I_A, P1_W, 200) + reactive(5.3598, 282.21, 400) - 2 * reactive(2.6876, 103.11, 200);

    return hypot(2 * P1_W / (sqrt(3) * 200), i_reactive);
}

static void power_goes_with_the_square(void **state)
{
    struct mb_error err = {""};
    json_t *json = with("x", "x", &err);
    const json_t *points = json_object_get(json, "points"), *full = json_array_get(points, 0);

    (void)state;
    assert_string_equal(err.text, "");
    assert_true(json_is_true(json_object_get(json, "valid")));
    NEAR(at(full, "voltage_ratio"), 2, 1e-12);
    NEAR(at(full, "p1_w"), 4 * P1_W, 1e-9);
    NEAR(at(full, "reactive_no_load_a"), reactive(5.3598, 282.21, 400), 1e-9);
    NEAR(at(full, "reactive_no_load_reduced_a"), reactive(2.6876, 103.11, 200), 1e-9);
    NEAR(at(full, "i_a"), current_at_rated_voltage(), 1e-9);
    NEAR(at(json_object_get(json, "rated"), "additional_load_w"), 0.019793037 * 4 * P1_W, 1e-3);
    assert_true(at(full, "efficiency") > 0.8);
    assert_true(json_is_null(json_object_get(json_array_get(points, 1), "efficiency"))); /* no resistance */
    json_decref(json);
}

/* As a run leaves it: resistances before and after, and more readings than the method needs. */
static void resistance_of_the_points(void **state)
{
    struct mb_error err = {""};
    json_t *json = with("n_rpm: 1469, f_hz: 50}",
                        "n_rpm: 1469, f_hz: 50, t_nm: 9, s_va: 1800}\n"
                        "  r_before_ohm: 0.88\n  r_after_ohm: 0.86",
                        &err);
    const json_t *points = json_object_get(json, "points");

    (void)state;
    assert_string_equal(err.text, "");
    NEAR(at(json_array_get(points, 1), "stator_w"), 1.5 * pow(at(json_array_get(points, 1), "i_a"), 2) * 0.86,
         1e-9);
    json_decref(json);
}

static void the_rest_is_that_of_the_allowance(void **state)
{
    char line[200], *text, *c;
    struct mb_error err = {""};
    json_t *json = with("x", "x", &err), *same;

    (void)state;
    (void)snprintf(
        line, sizeof line,
        "rated_load: {u_v: 400, i_a: %.17g, p1_w: 12400, n_rpm: 1433.4, f_hz: 50, coolant_c: 23.4}\n",
        current_at_rated_voltage());
    text = vector_without("rated_load:", "cooling:", line);
    c = replaced(text, "method: 2-1-1B", "method: 2-1-1C");
    free(text);
    text = replaced(c, "\nload:", "\n#");
    free(text);
    same = evaluated(c, &err);
    assert_string_equal(err.text, "");
    NEAR(at(json, "efficiency"), at(same, "efficiency"), 1e-12);
    json_decref(json);
    json_decref(same);
    free(c);
}

static void bad_readings(void **state)
{
    static const struct {
        const char *from, *to, *word;
    } cases[] = {
        {"load_percent: 100, u_v", "load_percent: 90, u_v", "load-points"},
        {"load_percent: 100, u_v: 200", "load_percent: 100, u_v: 100", "no-load-points"},
        {"load_percent: 100, u_v: 200", "load_percent: 100, u_v: 430", "supply-voltage"},
        {"p1_w: 3100", "p1_w: 3500", "power-factor"},
        {"p1_w: 3100", "p1_w: -3100", "power-factor"},
        {"poles: 4", "poles: 2", "slip"},
        {"n_rpm: 1433.4, f_hz: 50", "n_rpm: 1433.4, f_hz: 51", "supply-frequency"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_error err = {""};
        json_t *json = with(cases[i].from, cases[i].to, &err);

        assert_string_equal(err.text, "");
        assert_false(json_is_true(json_object_get(json, "valid")));
        assert_non_null(json_object_get(json_object_get(json, "reason_texts"), cases[i].word));
        json_decref(json);
    }
}

static void its_mark_does_not_decide(void **state)
{
    struct mb_error err = {""};
    json_t *json = with("kind: three-phase-induction", "kind: hv-cage-induction", &err);
    const json_t *grade = json_object_get(json, "grade");

    (void)state;
    assert_string_not_equal(json_string_value(json_object_get(grade, "verdict")), "PASS");
    assert_string_not_equal(json_string_value(json_object_get(grade, "verdict")), "FAIL");
    assert_string_equal(json_string_value(json_object_get(json_object_get(json, "edition"), "mark")), "U");
    json_decref(json);
    assert_null(with("GB/T 1032-2023", "IEEE 112-2017", &err));
    assert_non_null(strstr(err.text, "has no method G1 here"));
}

/* The vector as a motor of 6 kV and the power given: all voltages by 15, currents by power. */
static json_t *high_voltage(const char *method, double power_kw, struct mb_error *err)
{
    double current = power_kw / 11 / 15, p = power_kw / 11, r = 15 * 15 / p, u = 15;
    char *text = NULL;
    size_t size = 0;
    const char *cooling[] = {"18, r_ohm: ", "28, r_ohm: ", "38, r_ohm: "};
    const double hot[] = {0.8789, 0.8758, 0.8726};
    const double no_load[][3] = {{440, 5.8977, 350.96}, {400, 5.3598, 282.21}, {380, 5.0917, 254.66},
                                 {360, 4.8236, 229.68}, {240, 3.2205, 125.76}, {200, 2.6876, 103.11},
                                 {160, 2.1570, 84.51},  {120, 1.6369, 70.19}};
    const double load[][6] = {
        {125, 400.02, 25.123, 15608.8, 91.63, 1412.4}, {115, 400.02, 22.965, 14295.8, 84.23, 1421.3},
        {100, 399.96, 19.876, 12370.0, 73.28, 1433.6}, {75, 400.02, 15.092, 9227.3, 54.97, 1452.4},
        {50, 399.97, 10.770, 6173.7, 36.65, 1469.4},   {25, 399.98, 7.158, 3195.0, 18.32, 1485.0}};
    FILE *f = open_memstream(&text, &size);
    json_t *json;

    assert_non_null(f);
    fprintf(
        f,
        "sheet: {method: %s, standard: GB/T 1032-2023}\nmotor: {id: x, kind: hv-cage-induction, conductor: "
        "copper, sealing_ring: none,\n  frame: {cooling: IC611},\n  rated: {power_w: %g, voltage_v: 6000, "
        "frequency_hz: 50, poles: 4}}\ncold: {resistance_ohm: %.9g, temperature_c: 22}\nrated_load: {u_v: "
        "6000, i_a: %.9g, p1_w: %.9g, t_nm: %.9g, n_rpm: 1433.4, f_hz: 50, coolant_c: 23.4}\ncooling:\n",
        method, power_kw * 1000, 0.6954 * r, 19.88 * current, 12370.6 * p, 73.281 * p);
    for (size_t i = 0; i < 3; i++)
        fprintf(f, "  - {t_s: %s%.9g}\n", cooling[i], hot[i] * r);
    fprintf(f, "load:\n  r_before_ohm: %.9g\n  r_after_ohm: %.9g\n  points:\n", 0.8821 * r, 0.8724 * r);
    for (size_t i = 0; i < sizeof load / sizeof *load; i++)
        fprintf(
            f,
            "    - {load_percent: %g, u_v: %.9g, i_a: %.9g, p1_w: %.9g, t_nm: %.9g, n_rpm: %g, f_hz: 50}\n",
            load[i][0], load[i][1] * u, load[i][2] * current, load[i][3] * p, load[i][4] * p, load[i][5]);
    fprintf(f, "no_load:\n  r_before_ohm: %.9g\n  r_after_ohm: %.9g\n  points:\n", 0.8348 * r, 0.8266 * r);
    for (size_t i = 0; i < sizeof no_load / sizeof *no_load; i++)
        fprintf(f, "    - {u_v: %.9g, i_a: %.9g, p0_w: %.9g}\n", no_load[i][0] * u, no_load[i][1] * current,
                no_load[i][2] * p);
    assert_int_equal(fclose(f), 0);
    json = evaluated(text, err);
    free(text);
    return json;
}

static void gb_30254_asks_for_the_preferred_method(void **state)
{
    static const struct {
        const char *method;
        double power_kw;
        const char *verdict;
    } cases[] = {
        {"2-1-1B", 500, "FAIL"}, /* 88.9 % */
        {"2-1-1C", 500, "INCONCLUSIVE"},
        {"2-1-1B", 2500, "INCONCLUSIVE"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_error err = {""};
        json_t *json = high_voltage(cases[i].method, cases[i].power_kw, &err);
        const json_t *grade = json_object_get(json, "grade");

        assert_string_equal(err.text, "");
        assert_true(json_is_true(json_object_get(json, "valid")));
        assert_string_equal(json_string_value(json_object_get(grade, "standard")), "GB 30254-2024");
        assert_string_equal(json_string_value(json_object_get(grade, "verdict")), cases[i].verdict);
        if (i)
            assert_non_null(
                strstr(json_string_value(json_object_get(grade, "note")), "which method GB 30254"));
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_goes_with_the_square),
        cmocka_unit_test(resistance_of_the_points),
        cmocka_unit_test(the_rest_is_that_of_the_allowance),
        cmocka_unit_test(bad_readings),
        cmocka_unit_test(its_mark_does_not_decide),
        cmocka_unit_test(gb_30254_asks_for_the_preferred_method),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
