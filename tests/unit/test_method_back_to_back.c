/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 2-1-1D and 2-1-1E: the machine of the vector of procedures section 9 driving its like. The motor's losses
 * forward are that vector's; the rest was computed apart from the code, by the formulas of A1.6. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/evaluated.h"
#include "support/replace.h"

#define NEAR(a, b, e) assert_true(fabs((a) - (b)) < (e))

#define HEAD                                                                                                 \
    "sheet: {method: 2-1-1D, standard: GB/T 1032-2023}\n"                                                    \
    "motor: {id: x, kind: three-phase-induction, conductor: copper, sealing_ring: removed,\n"                \
    "  rated: {power_w: 11000, voltage_v: 400, frequency_hz: 50, poles: 4}}\n"                               \
    "cold: {resistance_ohm: 0.6954, temperature_c: 22}\n"
#define NO_LOAD                                                                                              \
    "no_load:\n  r_before_ohm: 0.8348\n  r_after_ohm: 0.8266\n  points:\n"                                   \
    "    - {u_v: 440, i_a: 5.8977, p0_w: 350.96}\n    - {u_v: 400, i_a: 5.3598, p0_w: 282.21}\n"             \
    "    - {u_v: 380, i_a: 5.0917, p0_w: 254.66}\n    - {u_v: 360, i_a: 4.8236, p0_w: 229.68}\n"             \
    "    - {u_v: 240, i_a: 3.2205, p0_w: 125.76}\n    - {u_v: 200, i_a: 2.6876, p0_w: 103.11}\n"             \
    "    - {u_v: 160, i_a: 2.1570, p0_w: 84.51}\n    - {u_v: 120, i_a: 1.6369, p0_w: 70.19}\n"
#define FORWARD                                                                                              \
    "  forward:\n"                                                                                           \
    "    motor: {u_v: 400, i_a: 19.88, p_w: 12370.6, n_rpm: 1433.4, f_hz: 50, r_ohm: 0.88479}\n"             \
    "    generator: {u_v: 400, i_a: 17.6, p_w: 9781.316, n_rpm: 1433.4, f_hz: 45.75, r_ohm: 0.87}\n"         \
    "    coolant_c: 23.4\n"
#define REVERSED                                                                                             \
    "  reversed:\n"                                                                                          \
    "    motor: {u_v: 400.4, i_a: 19.9, p_w: 12380, n_rpm: 1434, f_hz: 50.01, r_ohm: 0.882}\n"               \
    "    generator: {u_v: 398, i_a: 17.4, p_w: 9792.442, n_rpm: 1434, f_hz: 45.77, r_ohm: 0.875}\n"          \
    "    coolant_c: 24\n"
#define SHEET HEAD NO_LOAD "back_to_back:\n" FORWARD REVERSED

static double at(const json_t *json, const char *run, const char *side, const char *key)
{
    const json_t *object = json_object_get(json, run);

    return json_number_value(json_object_get(side ? json_object_get(object, side) : object, key));
}

static json_t *with(const char *from, const char *to, struct mb_error *err)
{
    char *text = replaced(SHEET, from, to);
    json_t *json;

    if (strcmp(from, to) != 0)
        assert_string_not_equal(text, SHEET);
    json = evaluated(text, err);
    free(text);
    return json;
}

static void both_directions(void **state)
{
    struct mb_error err = {""};
    json_t *json = with("x", "x", &err);

    (void)state;
    assert_string_equal(err.text, "");
    assert_true(json_is_true(json_object_get(json, "valid")));
    NEAR(at(json, "forward", "motor", "stator_w"), 524.523, 1e-3);
    NEAR(at(json, "forward", "motor", "iron_w"), 177.867, 1e-3);
    NEAR(at(json, "forward", "motor", "rotor_w"), 518.069, 1e-3);
    NEAR(at(json, "forward", "motor", "friction_windage_w"), 45.974, 1e-3);
    NEAR(at(json, "forward", "generator", "slip"), -0.0443716, 1e-7);
    NEAR(at(json, "forward", "generator", "inner_voltage_v"), 410.7135, 1e-4);
    NEAR(at(json, "forward", "generator", "iron_w"), 209.9432, 1e-4);
    NEAR(at(json, "forward", "generator", "rotor_w"), 461.2646, 1e-4);
    NEAR(at(json, "forward", "generator", "friction_windage_w"), 45.974, 1e-3); /* one shaft */
    NEAR(at(json, "forward", NULL, "loss_w"), 2589.284, 1e-6);
    NEAR(at(json, "forward", NULL, "additional_load_w"), 201.4326, 1e-3);
    NEAR(at(json, "forward", "motor", "additional_load_w"), 114.0080, 1e-4);
    NEAR(at(json, "forward", NULL, "total_w"), 1385.428, 1e-3);
    NEAR(at(json, "reversed", NULL, "additional_load_w"), 211.3815, 1e-3);
    NEAR(at(json, "reversed", NULL, "efficiency"), 0.8878389, 1e-7);
    NEAR(json_number_value(json_object_get(json, "efficiency")), 0.8879227, 1e-7);
    json_decref(json);
}

static void the_form_of_iec(void **state)
{
    struct mb_error err = {""};
    json_t *json = with("GB/T 1032-2023", "\"IEC 60034-2-1:2014\"", &err);

    (void)state;
    NEAR(json_number_value(json_object_get(json, "efficiency")), 0.8879594, 1e-7);
    json_decref(json);
}

/* The same losses, drawn from one supply; 10 W of them in the gear. */
static void one_supply(void **state)
{
    struct mb_error err = {""};
    char *text = replaced(SHEET, "2-1-1D", "2-1-1E"),
         *first = replaced(text, "coolant_c: 23.4\n",
                           "coolant_c: 23.4\n    supply_w: 2599.284\n    coupling_w: 10\n"),
         *both = replaced(first, "coolant_c: 24\n", "coolant_c: 24\n    supply_w: 2587.558\n");
    json_t *json = evaluated(both, &err);

    (void)state;
    assert_string_equal(err.text, "");
    NEAR(json_number_value(json_object_get(json, "efficiency")), 0.8879227, 1e-7);
    json_decref(json);
    json = evaluated(first, &err);
    assert_non_null(json_object_get(json_object_get(json, "reason_texts"), "missing-data"));
    json_decref(json);
    free(text);
    free(first);
    free(both);
}

static void bad_readings(void **state)
{
    static const struct {
        const char *from, *to, *word;
    } cases[] = {
        {REVERSED, "", "missing-data"},
        {NO_LOAD, "", "missing-data"},
        {"f_hz: 50.01", "f_hz: 51", "supply-frequency"},
        {"u_v: 400.4", "u_v: 410", "supply-voltage"},
        {"poles: 4", "poles: 2", "slip"},
        {"f_hz: 45.75", "f_hz: 50", "slip"}, /* both as motors */
        {"p_w: 9781.316", "p_w: -9781.316", "power-factor"},
        {"p_w: 9781.316", "p_w: 10100", "residual-negative"},
        {"i_a: 17.6", "i_a: 5", "power-factor"},
        {"{u_v: 380", "{u_v: 390", NULL},
        {"{u_v: 360", "{u_v: 300", "no-load-points"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_error err = {""};
        json_t *json = with(cases[i].from, cases[i].to, &err);
        const json_t *texts = json_object_get(json, "reason_texts");

        assert_string_equal(err.text, "");
        assert_int_equal(json_is_true(json_object_get(json, "valid")), cases[i].word == NULL);
        if (cases[i].word)
            assert_non_null(json_object_get(texts, cases[i].word));
        json_decref(json);
    }
}

static void its_letter_and_what_it_may_decide(void **state)
{
    struct mb_error err = {""};
    json_t *json = with("method: 2-1-1D", "method: C", &err);
    const json_t *grade = json_object_get(json, "grade");

    (void)state;
    assert_string_equal(json_string_value(json_object_get(json, "method")), "2-1-1D");
    assert_string_equal(json_string_value(json_object_get(grade, "verdict")), "INCONCLUSIVE");
    assert_non_null(strstr(json_string_value(json_object_get(grade, "note")), "judged by method B"));
    json_decref(json);
    assert_null(with("GB/T 1032-2023", "CSA C390-10", &err));
    assert_non_null(strstr(err.text, "has no method 2-1-1D here"));
    assert_null(with("coolant_c: 24", "coolant_k: 24", &err));
    assert_non_null(strstr(err.text, "coolant_k"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_directions),
        cmocka_unit_test(the_form_of_iec),
        cmocka_unit_test(one_supply),
        cmocka_unit_test(bad_readings),
        cmocka_unit_test(its_letter_and_what_it_may_decide),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
