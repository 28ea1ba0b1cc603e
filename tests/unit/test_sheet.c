/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sheet reader and the evaluation document. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "document/evaluation.h"
#include "method/edition.h"

#define LIMITS "daemon/standard/data"

#define MOTOR                                                                                                \
    "motor: {id: x, kind: three-phase-induction, sealing_ring: removed,\n"                                   \
    "        rated: {power_w: 11000, voltage_v: 400, frequency_hz: 50, poles: 4}}\n"
#define HEAD_B "sheet: {method: 2-1-1B, standard: \"GB/T 1032-2023\"}\n"
#define HEAD_A "sheet: {method: 2-1-1A, standard: \"GB/T 1032-2023\"}\n"
#define POINT "u_v: 400, i_a: 19.876, p1_w: 12370, t_nm: 73.28, n_rpm: 1433.6, f_hz: 50"

static int parse(const char *text, struct mb_sheet **ret, struct mb_error *err)
{
    return mb_sheet_parse("sheet", text, strlen(text), ret, err);
}

static void absent_numbers_are_not_numbers(void **state)
{
    struct mb_sheet *sheet = NULL;
    struct mb_error err;

    (void)state;
    assert_int_equal(parse(HEAD_B MOTOR "load: {points: [{load_percent: 100, " POINT "}]}\n"
                                        "no_load: {points: [{u_v: 440, i_a: 5.9, p0_w: 351}]}\n",
                           &sheet, &err),
                     0);
    assert_true(isnan(sheet->input.cold_resistance_ohm));
    assert_true(isnan(sheet->input.load_r_before_ohm));
    assert_true(isnan(sheet->input.load[0].s_va));
    assert_true(isnan(sheet->input.load[0].r_ohm));
    assert_true(isnan(sheet->input.no_load[0].n_rpm));
    assert_true(isnan(sheet->input.no_load[0].f_hz));
    assert_true(isnan(sheet->input.constant_iron_w));
    assert_false(sheet->input.has_rated_load);
    assert_true(sheet->input.load[0].t_nm == 73.28);
    assert_true(sheet->input.k_conductor_k == 235);
    assert_int_equal(sheet->input.phases, 3);
    sheet = mb_sheet_free(sheet);
}

static void standards_select_edition_and_form(void **state)
{
    static const struct {
        const char *text, *name;
        enum mb_efficiency_form form;
    } rows[] = {
        {"GB/T 1032:2012", "GB/T 1032-2012", MB_FORM_GBT1032},
        {"IEC 60034-2-1-2014", "IEC 60034-2-1:2014", MB_FORM_IEC},
        {"IEC 60034-2-1:2024", "IEC 60034-2-1:2024", MB_FORM_IEC},
        {"IEEE 112-2017", "IEEE 112-2017", MB_FORM_IEEE112},
        {"CSA C390-10", "CSA C390-10", MB_FORM_CSA},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mb_sheet *sheet = NULL;
        char text[600];

        (void)snprintf(text, sizeof text, "sheet: {method: 2-1-1A, standard: \"%s\"}\n" MOTOR, rows[i].text);
        assert_int_equal(parse(text, &sheet, NULL), 0);
        assert_string_equal(sheet->standard, rows[i].name);
        assert_string_equal(sheet->input.edition->name, rows[i].name);
        assert_int_equal(sheet->input.form, rows[i].form);
        sheet = mb_sheet_free(sheet);
    }
}

static const struct {
    const char *text, *says;
} refused[] = {
    {"sheet: {method: 2-1-1B, standard: \"GB/T 1032-2005\"}\n" MOTOR,
     "sheet:1: standard 'GB/T 1032-2005' is not known, allowed: GB/T 1032-2023"},
    {"sheet: {method: 2-1-1Z, standard: \"GB/T 1032-2023\"}\n" MOTOR,
     "sheet:1: GB/T 1032-2023 has no method '2-1-1Z' here, allowed: A, B, E1"},
    {"sheet: {method: 2-1-1B}\n" MOTOR, "'standard' is missing"},
    {HEAD_B, "'motor' is missing"},
    {HEAD_B "motor: {id: x, kind: three-phase-induction, rated: {power_w: 1, voltage_v: 1, frequency_hz: 50, "
            "poles: 4}}\n",
     "sheet:2: an efficiency test must state sealing_ring"},
    {HEAD_B "motor: {id: x, kind: dc, sealing_ring: none, rated: {power_w: 1, voltage_v: 1, frequency_hz: "
            "50, poles: 4}}\n",
     "sheet:2: 2-1-1B is not a method for dc"},
    {HEAD_B MOTOR "load: {points: [{" POINT "}]}\n", "sheet:4: load_percent is missing"},
    {HEAD_B MOTOR "constant: {iron_w: 1, friction_windage_w: 1}\nno_load: {points: []}\n",
     "sheet:4: constant stands instead"},
    {HEAD_B MOTOR "constant: {iron_w: 1}\n", "'friction_windage_w' is missing"},
    {HEAD_B MOTOR "cold: {resistance_ohm: 0, temperature_c: 20}\n", "sheet:4: 0 is out of range"},
    {HEAD_B MOTOR "cold: {resistance_ohm: 1, temperature_f: 20}\n", "unknown key 'temperature_f'"},
    {HEAD_B MOTOR "cooling: [{t_s: -1, r_ohm: 1}]\n", "sheet:4: -1 is out of range"},
    {HEAD_B MOTOR "cooling: [{t_s: 1, r_ohm: 1}, 5]\n", "sheet:4: a map"},
};

static void letters_of_a_standard_name_its_methods(void **state)
{
    static const struct {
        const char *head, *rest, *name;
    } rows[] = {
        {"sheet: {method: B, standard: \"GB/T 1032-2023\"}\n",
         "load: {points: [{load_percent: 100, " POINT "}]}\n", "2-1-1B"},
        {"sheet: {method: A, standard: \"IEEE 112-2017\"}\n", "load: {points: [{" POINT "}]}\n", "2-1-1A"},
    };
    static const struct {
        const char *head, *says;
    } bad[] = {
        {"sheet: {method: B, standard: \"IEC 60034-2-1:2014\"}\n",
         "allowed: 2-1-1A, 2-1-1B"}, /* no letters */
        {"sheet: {method: Q, standard: \"GB/T 1032-2023\"}\n", "allowed: A, B, E1, C"},
        {"sheet: {method: 2-1-2A, standard: \"IEC 60034-2-1:2014\"}\n",
         "of three-phase-induction motors IEC 60034-2-1:2014 calls this method 2-1-1A, not 2-1-2A"},
    };
    struct mb_sheet *sheet = NULL;
    struct mb_error err;
    char text[1024];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)snprintf(text, sizeof text, "%s%s%s", rows[i].head, MOTOR, rows[i].rest);
        assert_int_equal(parse(text, &sheet, &err), 0);
        assert_string_equal(mb_method_names[sheet->input.method], rows[i].name);
        sheet = mb_sheet_free(sheet);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)snprintf(text, sizeof text, "%s%s", bad[i].head, MOTOR);
        assert_int_equal(parse(text, &sheet, &err), -EINVAL);
        if (!strstr(err.text, bad[i].says) || !strstr(err.text, "sheet:"))
            fail_msg("\"%s\" has no \"%s\"", err.text, bad[i].says);
    }
}

static void refuses_with_place_and_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct mb_sheet *sheet = NULL;
        struct mb_error err = {""};

        assert_int_equal(parse(refused[i].text, &sheet, &err), -EINVAL);
        assert_null(sheet);
        if (!strstr(err.text, refused[i].says))
            fail_msg("case %zu: \"%s\" has no \"%s\"", i, err.text, refused[i].says);
    }
}

/* A standard of asynchronous motors tests no other: the verdict would rest on nothing. */
static void a_standard_is_for_its_own_motors(void **state)
{
    static const char *const standards[] = {"GB/T 1032-2023", "GB/T 1032-2012", "IEEE 112-2017",
                                            "CSA C390-10"};
    static const char *const kinds[] = {"dc", "three-phase-pm-line-start", "ev-drive", "bldc-fan"};

    (void)state;
    for (size_t i = 0; i < 16; i++) {
        struct mb_sheet *sheet = NULL;
        struct mb_error err = {""};
        char text[600];

        (void)snprintf(text, sizeof text,
                       "sheet: {method: 2-1-1A, standard: \"%s\"}\n"
                       "motor: {id: x, kind: %s, sealing_ring: none,\n"
                       "        rated: {power_w: 500, voltage_v: 220, frequency_hz: %d, poles: 4}}\n"
                       "load: {points: [{" POINT "}]}\n",
                       standards[i / 4], kinds[i % 4], i % 4 == 0 ? 0 : 50);
        assert_int_equal(parse(text, &sheet, &err), -EINVAL);
        if (!strstr(err.text, "sheet:2: 2-1-1A is not a method for") ||
            !strstr(err.text, "allowed: three-phase-induction, hv-cage-induction, wound-rotor-induction"))
            fail_msg("%s, %s: %s", standards[i / 4], kinds[i % 4], err.text);
    }
}

static void too_many_points_are_refused(void **state)
{
    struct mb_sheet *sheet = NULL;
    struct mb_error err = {""};
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    (void)state;
    assert_non_null(f);
    fputs(HEAD_A MOTOR "load:\n  points:\n", f);
    for (int i = 0; i < MB_LOAD_POINTS_MAX; i++)
        fputs("    - {" POINT "}\n", f);
    (void)fflush(f);
    assert_int_equal(mb_sheet_parse("sheet", text, size, &sheet, &err), 0);
    assert_int_equal(sheet->input.load_count, MB_LOAD_POINTS_MAX);
    assert_true(isnan(sheet->input.load[0].load_percent));
    sheet = mb_sheet_free(sheet);
    fputs("    - {" POINT "}\n", f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(mb_sheet_parse("sheet", text, size, &sheet, &err), -EINVAL);
    free(text);
}

/* A record's sheet is JSON; signs that a reading can have pass the reader. */
static void json_is_yaml(void **state)
{
    static const char text[] =
        "{\"sheet\": {\"method\": \"2-1-1A\", \"standard\": \"IEC 60034-2-1:2014\"},\n"
        " \"motor\": {\"id\": \"x\", \"kind\": \"single-phase-capacitor-run\", \"conductor\": "
        "\"aluminium\",\n"
        "  \"sealing_ring\": \"none\",\n"
        "  \"rated\": {\"power_w\": 120, \"voltage_v\": 220, \"frequency_hz\": 50, \"poles\": 4}},\n"
        " \"load\": {\"points\": [{\"u_v\": 220, \"i_a\": 1.1, \"p1_w\": -180.5e0, \"t_nm\": -0.8, "
        "\"n_rpm\": -1400.0,\n"
        "  \"f_hz\": 50.0}]}}\n";
    struct mb_sheet *sheet = NULL;
    struct mb_error err = {""};

    (void)state;
    assert_int_equal(parse(text, &sheet, &err), 0);
    assert_true(sheet->input.load[0].p1_w == -180.5);
    assert_int_equal(sheet->input.phases, 1);
    assert_true(sheet->input.k_conductor_k == 225);
    sheet = mb_sheet_free(sheet);
}

static json_t *evaluate(const char *text, const char *path)
{
    struct mb_evaluation *evaluation = NULL;
    struct mb_limits *limits = NULL;
    struct mb_sheet *sheet = NULL;
    struct mb_error err = {""};
    json_t *document;

    if ((text ? parse(text, &sheet, &err) : mb_sheet_load(path, &sheet, &err)) < 0)
        fail_msg("%s", err.text);
    if (mb_limits_load_standard(LIMITS, mb_evaluation_standard(&sheet->motor), &limits, &err) < 0)
        fail_msg("%s", err.text);
    if (mb_evaluation_new(sheet, limits, &evaluation, &err) < 0)
        fail_msg("%s", err.text);
    document = mb_evaluation_json(sheet, evaluation);
    evaluation = mb_evaluation_free(evaluation);
    sheet = mb_sheet_free(sheet);
    limits = mb_limits_free(limits);
    assert_non_null(document);
    return document;
}

static const json_t *at(const json_t *object, const char *key, const char *member)
{
    return json_object_get(json_object_get(object, key), member);
}

static void example_gives_the_published_losses(void **state)
{
    json_t *document = evaluate(NULL, "docs/examples/modelica-18k5.yaml");
    const json_t *point = json_array_get(json_object_get(document, "points"), 0);

    (void)state;
    assert_true(fabs(json_number_value(json_object_get(point, "stator_w")) / 770.13 - 1) < .0005);
    assert_true(fabs(json_number_value(json_object_get(point, "rotor_w")) / 481.60 - 1) < .0005);
    assert_true(json_number_value(json_object_get(point, "iron_w")) == 410);
    assert_true(json_number_value(json_object_get(point, "friction_windage_w")) == 180);
    assert_true(json_is_false(json_object_get(document, "valid")));
    json_decref(document);
}

static void an_invalid_test_says_null_and_why(void **state)
{
    json_t *document = evaluate(HEAD_B MOTOR, NULL);
    char *text = json_dumps(document, 0);

    (void)state;
    assert_true(json_is_false(json_object_get(document, "valid")));
    assert_string_equal(json_string_value(json_array_get(json_object_get(document, "reasons"), 0)),
                        "missing-data");
    assert_non_null(
        strstr(json_string_value(at(document, "reason_texts", "missing-data")), "cooling, load.points"));
    assert_true(json_is_null(json_object_get(document, "efficiency")));
    assert_true(json_is_null(json_object_get(document, "deleted_point")));
    assert_true(json_is_null(json_object_get(document, "uncertainty")));
    assert_true(json_is_null(at(document, "winding", "rise_k")));
    assert_true(json_is_null(at(json_object_get(document, "plots"), "cooling", "slope_per_s")));
    assert_int_equal(json_array_size(json_object_get(document, "points")), 0);
    assert_string_equal(json_string_value(at(document, "grade", "verdict")), "INVALID");
    assert_null(strstr(text, "nan"));
    free(text);
    json_decref(document);
}

/* The direct method does not decide a grade of a three-phase motor, and no efficiency at rated output is no
 * fault. */
static void direct_method_and_the_grade(void **state)
{
    json_t *document = evaluate(HEAD_A MOTOR "rated_load: {" POINT "}\n", NULL);

    (void)state;
    assert_true(json_is_true(json_object_get(document, "valid")));
    assert_true(fabs(json_number_value(json_object_get(document, "efficiency")) - .889349) < 1e-6);
    assert_string_equal(json_string_value(at(document, "grade", "verdict")), "INCONCLUSIVE");
    json_decref(document);
    document = evaluate(HEAD_A MOTOR "load: {points: [{" POINT "}]}\n", NULL);
    assert_true(json_is_true(json_object_get(document, "valid")));
    assert_true(json_is_null(json_object_get(document, "efficiency")));
    assert_true(json_is_null(
        json_object_get(json_array_get(json_object_get(document, "points"), 0), "load_percent")));
    assert_string_equal(json_string_value(at(document, "grade", "verdict")), "NOT-APPLICABLE");
    json_decref(document);
}

/* Without limits the efficiency stands, and nothing is decided. */
/* Electronics or a commutator between the mains and the winding: poles and frequency say nothing of the
 * speed. */
static void a_speed_that_is_free(void **state)
{
    static const struct {
        const char *kind;
        bool valid;
    } rows[] = {{"bldc-fan", true}, {"ac-commutator", true}, {"single-phase-synchronous", false}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[600];
        json_t *document;

        (void)snprintf(text, sizeof text,
                       "sheet: {method: 2-1-1A, standard: \"GB/T 5171.21-2016\"}\n"
                       "motor: {id: x, kind: %s, sealing_ring: none,\n"
                       "        rated: {power_w: 60, voltage_v: 220, frequency_hz: 50, poles: 8}}\n"
                       "rated_load: {u_v: 220, i_a: 0.5, p1_w: 80, t_nm: 0.637, n_rpm: 900, f_hz: 50}\n",
                       rows[i].kind);
        document = evaluate(text, NULL);
        assert_true(json_is_true(json_object_get(document, "valid")) == rows[i].valid);
        if (rows[i].valid)
            assert_float_equal(json_number_value(json_object_get(document, "efficiency")), 0.750448, 1e-6);
        json_decref(document);
    }
}

static void a_synchronous_motor_has_its_own_standard(void **state)
{
    static const char text[] =
        "sheet: {method: 2-1-1A, standard: \"GB/T 22669-2008\"}\n"
        "motor: {id: x, kind: three-phase-pm-line-start, sealing_ring: none,\n"
        "        rated: {power_w: 11000, voltage_v: 400, frequency_hz: 50, poles: 4}}\n"
        "rated_load: {u_v: 400, i_a: 19.876, p1_w: 12370, t_nm: 73.28, n_rpm: 1500, f_hz: 50}\n";
    struct mb_limits *limits = NULL;
    struct mb_sheet *sheet = NULL;
    json_t *document = evaluate(text, NULL);

    (void)state;
    assert_int_equal(parse(text, &sheet, NULL), 0);
    assert_true(sheet->input.synchronous);
    sheet = mb_sheet_free(sheet);
    assert_true(json_is_true(json_object_get(document, "valid")));
    assert_string_equal(json_string_value(at(document, "grade", "standard")), "GB 30253-2024");
    assert_string_equal(json_string_value(at(document, "grade", "verdict")), "INCONCLUSIVE"); /* mark M */
    assert_true(json_real_value(at(document, "grade", "limit")) == 0.933);
    json_decref(document);
    assert_int_equal(mb_limits_load_standard("daemon/standard", "GB 18613-2020", &limits, NULL), -ENOENT);
    assert_int_equal(mb_limits_load_standard(LIMITS, "GB 1-2000", &limits, NULL), 0);
    limits = mb_limits_free(limits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_numbers_are_not_numbers),
        cmocka_unit_test(standards_select_edition_and_form),
        cmocka_unit_test(letters_of_a_standard_name_its_methods),
        cmocka_unit_test(refuses_with_place_and_reason),
        cmocka_unit_test(too_many_points_are_refused),
        cmocka_unit_test(json_is_yaml),
        cmocka_unit_test(example_gives_the_published_losses),
        cmocka_unit_test(an_invalid_test_says_null_and_why),
        cmocka_unit_test(direct_method_and_the_grade),
        cmocka_unit_test(a_synchronous_motor_has_its_own_standard),
        cmocka_unit_test(a_standard_is_for_its_own_motors),
        cmocka_unit_test(a_speed_that_is_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
