/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test vector for 2-1-1B: every printed digit, and for each usual mistake an intermediate that would show
 * it. Most mistakes hardly move the efficiency, because the residual loss absorbs them. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/evaluate.h"

struct printed {
    const char *path, *value;
};

static int evaluate_vector(void **state)
{
    struct evaluated *e = calloc(1, sizeof *e);

    if (!e)
        return -1;
    evaluate_path("tests/data/sheets/vector.yaml", e);
    *state = e;
    return 0;
}

static int clear_vector(void **state)
{
    evaluated_clear(*state);
    free(*state);
    return 0;
}

static void assert_all_printed(const struct evaluated *e, const struct printed *expected, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_printed(e, expected[i].path, expected[i].value);
}

/* A table of the vector: rows are points, columns the names below. */
static void assert_table(const struct evaluated *e, const char *prefix, const char *const *names,
                         size_t columns, const char *const *values, size_t rows)
{
    char path[64];

    for (size_t row = 0; row < rows; row++)
        for (size_t column = 0; column < columns; column++) {
            (void)snprintf(path, sizeof path, "%s.%zu.%s", prefix, row, names[column]);
            assert_printed(e, path, values[row * columns + column]);
        }
}

static void reproduces_winding(void **state)
{
    static const struct printed expected[] = {
        {"winding.resistance_hot_ohm", "0.88479"},
        {"winding.temperature_c", "91.993"},
        {"winding.temperature_at_delay_c", "88.419"},
        {"winding.rise_k", "66.4"}, /* the first reading lies within the delay and counts itself */
        {"winding.k_theta", "1.004893"},
    };

    assert_all_printed(*state, expected, sizeof expected / sizeof *expected);
}

static void reproduces_no_load_table(void **state)
{
    static const char *const names[] = {"r_ohm", "stator_w", "constant_w"};
    static const char *const values[] = {
        "0.83480", "43.555", "307.405", /* 440 V */
        "0.83279", "35.886", "246.324", /* 400 V */
        "0.83199", "32.354", "222.306", /* 380 V */
        "0.83126", "29.011", "200.669", /* 360 V */
        "0.82822", "12.885", "112.875", /* 240 V */
        "0.82756", "8.966",  "94.144",  /* 200 V */
        "0.82702", "5.772",  "78.738",  /* 160 V */
        "0.82660", "3.322",  "66.868",  /* 120 V */
    };

    assert_table(*state, "no_load.points", names, 3, values, 8);
    assert_printed(*state, "no_load.friction_windage_w", "51.502");
    assert_true(evaluated_number(*state, "no_load.r") > 0.9999);
    assert_true(evaluated_number(*state, "no_load.r") <= 1);
}

static void reproduces_load_table(void **state)
{
    static const char *const names[] = {
        "slip",   "r_ohm",   "stator_w",           "power_factor", "inner_voltage_v",
        "iron_w", "rotor_w", "friction_windage_w", "output_w",     "residual_w"};
    static const char *const values[] = {
        "0.05840",  "0.88210",  "835.126", "0.89672", "382.904", "173.741", "852.636", "44.309",  "13552.64",
        "150.345",  "0.05247",  "0.88210", "697.818", "0.89846", "384.335", "175.427", "704.237", "45.010",
        "12536.64", "136.668",  "0.04427", "0.88210", "522.718", "0.89839", "386.377", "177.868", "516.566",
        "45.990",   "11001.25", "105.608", "0.03173", "0.87887", "300.268", "0.88244", "389.921", "182.196",
        "277.503",  "47.513",   "8360.66", "59.160",  "0.02040", "0.87564", "152.351", "0.82745", "393.239",
        "186.354",  "119.034",  "48.915",  "5639.53", "27.519",  "0.01000", "0.87240", "67.049",  "0.64429",
        "396.517",  "190.563",  "29.374",  "50.224",  "2848.92", "8.869",
    };

    assert_table(*state, "points", names, 10, values, 6);
}

static void reproduces_regression(void **state)
{
    static const struct printed expected[] = {
        {"regression.a", "0.0181031"},
        {"regression.b", "4.238"},
        {"regression.r", "0.99791"},
        {"regression.first_r", "0.99791"},
    };

    assert_all_printed(*state, expected, sizeof expected / sizeof *expected);
    assert_true(json_is_null(evaluated_at(*state, "deleted_point")));
}

static void reproduces_rated_losses(void **state)
{
    static const struct printed expected[] = {
        {"rated.slip", "0.044617"},
        {"rated.stator_w", "527.090"},
        {"rated.rotor_w", "520.489"},
        {"rated.iron_w", "177.867"},
        {"rated.friction_windage_w", "45.974"},
        {"rated.additional_load_w", "97.216"},
        {"rated.total_w", "1368.636"},
        {"rated.input_w", "12375.587"},
    };

    assert_all_printed(*state, expected, sizeof expected / sizeof *expected);
}

static void reproduces_efficiencies(void **state)
{
    static const struct printed expected[] = {
        {"efficiency", "0.889364"}, /* the form of GB/T 1032 */
        {"efficiency_input_form", "0.889364"},
        {"efficiency_iec_form", "0.889408"},
        {"efficiency_direct", "0.889194"},
    };

    assert_all_printed(*state, expected, sizeof expected / sizeof *expected);
}

static void says_what_it_evaluated(void **state)
{
    const struct evaluated *e = *state;

    assert_text(e, "method", "2-1-1B");
    assert_text(e, "standard", "GB/T 1032-2023");
    assert_true(json_is_true(evaluated_at(e, "valid")));
    assert_int_equal(json_array_size(evaluated_at(e, "reasons")), 0);
    assert_true(json_is_array(evaluated_at(e, "warnings")));
}

/* 11 kW, 4 poles: 0.914 is the least grade, so the motor of the vector fails, and exit 1 says so. */
static void grades_the_vector(void **state)
{
    const struct evaluated *e = *state;

    assert_text(e, "grade.standard", "GB 18613-2020");
    assert_true(json_is_null(evaluated_at(e, "grade.grade")));
    assert_printed(e, "grade.limit", "0.914");
    assert_printed(e, "grade.margin", "-0.0246");
    assert_text(e, "grade.verdict", "FAIL");
    assert_int_equal(e->run.status, 1);
}

/* ---- Mistakes. Each function computes, from the vector's own numbers, what the mistake would give. ---- */

#define SQRT3 1.7320508075688772

/* Ps = 3 I^2 R with the line-to-line R, 75 % point. */
static double stator_with_phase_factor(void)
{
    return 3 * 15.092 * 15.092 * 0.87887;
}

static double rotor_without_iron(void)
{
    return (9227.3 - 300.268) * (1 - 2 * 1452.4 / 60 / 50);
}

/* At 400 V the iron loss is the constant loss measured there less friction and windage. */
static double iron_at_terminal_voltage(void)
{
    return 246.324 - 51.502;
}

static double friction_not_scaled(void)
{
    return 51.502;
}

static double additional_with_intercept(void)
{
    return 0.0181031 * 73.281 * 73.281 + 4.238;
}

static double stator_without_coolant_correction(void)
{
    return 1.5 * 19.880 * 19.880 * 0.88479;
}

static double slip_not_corrected(void)
{
    return 1 - 2 * 1433.4 / 60 / 50;
}

static double hot_resistance_at_delay(void)
{
    return 0.6954 * (235 + 88.419) / (235 + 22.0);
}

static double no_load_stator_with_cold_resistance(void)
{
    return 1.5 * 5.3598 * 5.3598 * 0.6954;
}

/* Intercept of the constant losses of the four low points over U instead of U squared. */
static double friction_over_voltage(void)
{
    static const double u[] = {240, 200, 160, 120}, pc[] = {112.875, 94.144, 78.738, 66.868};
    double su = 0, sp = 0, suu = 0, sup = 0, slope;

    for (size_t i = 0; i < 4; i++) {
        su += u[i];
        sp += pc[i];
        suu += u[i] * u[i];
        sup += u[i] * pc[i];
    }
    slope = (4 * sup - su * sp) / (4 * suu - su * su);
    return (sp - slope * su) / 4;
}

static double resistance_constant(void)
{
    return 0.8821;
}

/* Further mistakes of the same kind. */

static double no_load_resistance_over_index(void)
{
    return 0.8348 - (0.8348 - 0.8266) / 7;
}

static double inner_voltage_with_line_drop(void)
{
    double cos_phi = 9227.3 / (SQRT3 * 400.02 * 15.092), sin_phi = sqrt(1 - cos_phi * cos_phi), drop;

    drop = SQRT3 * 15.092 * 0.87887;
    return hypot(400.02 - drop * cos_phi, drop * sin_phi);
}

static double friction_scaled_linearly(void)
{
    return 51.502 * (1 - 0.0584);
}

static double temperature_with_aluminium(void)
{
    return 0.88479 / 0.6954 * (225 + 22.0) - 225;
}

static double rise_from_cold_temperature(void)
{
    return (0.8789 - 0.6954) / 0.6954 * (235 + 22.0);
}

static double correction_without_25(void)
{
    return (235 + 91.993 - 23.4) / (235 + 91.993);
}

struct mistake {
    const char *name, *path, *right;
    double (*wrong)(void);
};

static const struct mistake mistakes[] = {
    {"Ps = 3 I2 R(line)", "points.3.stator_w", "300.268", stator_with_phase_factor},
    {"Pr without -Pfe", "points.3.rotor_w", "277.503", rotor_without_iron},
    {"Pfe at U, not Ui", "points.3.iron_w", "182.196", iron_at_terminal_voltage},
    {"Pfw not scaled", "points.0.friction_windage_w", "44.309", friction_not_scaled},
    {"PLL = A T2 + B", "rated.additional_load_w", "97.216", additional_with_intercept},
    {"no 25 degC correction", "rated.stator_w", "527.090", stator_without_coolant_correction},
    {"slip not corrected", "rated.slip", "0.044617", slip_not_corrected},
    {"RN at 30 s", "winding.resistance_hot_ohm", "0.88479", hot_resistance_at_delay},
    {"cold R at no load", "no_load.points.1.stator_w", "35.886", no_load_stator_with_cold_resistance},
    {"Pc over U0", "no_load.friction_windage_w", "51.502", friction_over_voltage},
    {"R constant over load", "points.3.r_ohm", "0.87887", resistance_constant},
    {"no-load R over index", "no_load.points.1.r_ohm", "0.83279", no_load_resistance_over_index},
    {"whole line drop in Ui", "points.3.inner_voltage_v", "389.921", inner_voltage_with_line_drop},
    {"Pfw scaled by 1-s", "points.0.friction_windage_w", "44.309", friction_scaled_linearly},
    {"k of aluminium", "winding.temperature_c", "91.993", temperature_with_aluminium},
    {"rise over the cold temperature", "winding.rise_k", "66.4", rise_from_cold_temperature},
    {"coolant correction without 25", "winding.k_theta", "1.004893", correction_without_25},
};

/* Far: ten times the half unit of the last printed place, so that no rounding makes the two meet. */
static void shows_each_mistake(void **state)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        const struct mistake *m = &mistakes[i];
        double value = evaluated_number(*state, m->path);

        assert_printed(*state, m->path, m->right);
        if (!(fabs(value - m->wrong()) > 10 * printed_tolerance(m->right)))
            fail_msg("%s: %s = %.9g cannot be told from the mistake's %.9g", m->name, m->path, value,
                     m->wrong());
    }
}

/* ---- Deletion of one point. ---- */

struct deletion {
    struct sheet_edit edits[3];
    int deleted;
    const char *first_r, *a, *r; /* a: NULL where none is printed */
};

static const struct deletion deletions[] = {
    {{{"t_nm: 54.97", "t_nm: 54.20"}}, 3, "0.71458", "0.018110", "0.99784"},
    {{{"t_nm: 84.23", "t_nm: 83.20"}}, 1, "0.81221", NULL, "0.99822"},
    {{{"t_nm: 18.32", "t_nm: 18.90"}}, 5, "0.93346", NULL, "0.99687"},
};

static void deletes_the_worst_point_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof deletions / sizeof *deletions; i++) {
        const struct deletion *d = &deletions[i];
        struct evaluated e = {0};

        evaluate_edited("vector.yaml", d->edits, &e);
        assert_true(json_is_true(evaluated_at(&e, "valid")));
        assert_int_equal(json_integer_value(evaluated_at(&e, "deleted_point")), d->deleted);
        assert_printed(&e, "regression.first_r", d->first_r);
        assert_printed(&e, "regression.r", d->r);
        if (d->a)
            assert_printed(&e, "regression.a", d->a);
        evaluated_clear(&e);
    }
}

static void rejects_two_bad_points(void **state)
{
    static const struct sheet_edit edits[] = {
        {"t_nm: 54.97", "t_nm: 54.0"}, {"t_nm: 84.23", "t_nm: 85.6"}, {0}};
    struct evaluated e = {0};

    (void)state;
    evaluate_edited("vector.yaml", edits, &e);
    assert_invalid(&e, "regression-correlation");
    assert_printed(&e, "regression.first_r", "0.07929");
    assert_printed(&e, "regression.r", "0.59254");
    evaluated_clear(&e);
}

/* IEEE 112 accepts r from 0.9: the point that IEC deletes at 0.93346 stays. */
static void ieee_deletes_later(void **state)
{
    static const struct sheet_edit edits[] = {
        {"GB/T 1032-2023", "IEEE 112-2017"}, {"t_nm: 18.32", "t_nm: 18.90"}, {0}};
    struct evaluated e = {0};

    (void)state;
    evaluate_edited("vector.yaml", edits, &e);
    assert_true(json_is_true(evaluated_at(&e, "valid")));
    assert_true(json_is_null(evaluated_at(&e, "deleted_point")));
    assert_printed(&e, "regression.r", "0.93346");
    evaluated_clear(&e);
}

/* ---- The form of the standard named. ---- */

static void takes_the_form_of_the_standard(void **state)
{
    static const struct printed forms[] = {
        {"GB/T 1032-2012", "0.889364"},
        {"IEEE 112-2017", "0.889364"},
        {"CSA C390-10", "0.889364"},
        {"IEC 60034-2-1:2014", "0.889408"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const struct sheet_edit edits[] = {{"GB/T 1032-2023", forms[i].path}, {0}};
        struct evaluated e = {0};

        evaluate_edited("vector.yaml", edits, &e);
        assert_printed(&e, "efficiency", forms[i].value);
        assert_printed(&e, "efficiency_input_form", "0.889364");
        assert_printed(&e, "efficiency_iec_form", "0.889408");
        assert_text(&e, "standard", forms[i].path);
        evaluated_clear(&e);
    }
}

static void prints_other_methods_beside(void **state)
{
    char program[256];
    const char *argv[] = {run_program_path("motorbench", program, sizeof program),
                          "evaluate",
                          "tests/data/sheets/vector.yaml",
                          "--also",
                          "2-1-1A,2-1-1C",
                          NULL};
    struct run_result run = {0};

    (void)state;
    assert_int_equal(run_program(argv, NULL, &run), 0);
    assert_int_equal(run.status, 1);
    assert_non_null(strstr(run.out, "Other methods from these readings\n  2-1-1A  "));
    assert_non_null(strstr(run.out, "0.877429"));
    run_result_clear(&run);
    argv[4] = "2-1-1H";
    assert_int_equal(run_program(argv, NULL, &run), 0);
    assert_int_equal(run.status, 2);
    assert_true(run_result_is_one_line_error(&run, "motorbench"));
    run_result_clear(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_other_methods_beside),
        cmocka_unit_test(reproduces_winding),
        cmocka_unit_test(reproduces_no_load_table),
        cmocka_unit_test(reproduces_load_table),
        cmocka_unit_test(reproduces_regression),
        cmocka_unit_test(reproduces_rated_losses),
        cmocka_unit_test(reproduces_efficiencies),
        cmocka_unit_test(says_what_it_evaluated),
        cmocka_unit_test(grades_the_vector),
        cmocka_unit_test(shows_each_mistake),
        cmocka_unit_test(deletes_the_worst_point_once),
        cmocka_unit_test(rejects_two_bad_points),
        cmocka_unit_test(ieee_deletes_later),
        cmocka_unit_test(takes_the_form_of_the_standard),
    };

    return cmocka_run_group_tests_name("evaluate vector", tests, evaluate_vector, clear_vector);
}
