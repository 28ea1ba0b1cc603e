/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <string.h>

#include "core/error.h"
#include "standard/designation.h"

static const struct {
    const char *model, *series;
    double height_mm;
    char length;
    int core, poles;
    const char *environment;
} models[] = {
    {"YE4-132M-4", "YE4", 132, 'M', 0, 4, ""},
    {"YE3-355L1-6", "YE3", 355, 'L', 1, 6, ""},
    {"Y2-80M2-4", "Y2", 80, 'M', 2, 4, ""},
    {"Y-112M-4", "Y", 112, 'M', 0, 4, ""},
    {"Y100L1-4", "Y", 100, 'L', 1, 4, ""},
    {"YKK450-4", "YKK", 450, 0, 0, 4, ""},
    {"YE4-80-2", "YE4", 80, 0, 0, 2, ""},
    {"TYE4-160M-4", "TYE4", 160, 'M', 0, 4, ""},
    {"YE4-315S-10", "YE4", 315, 'S', 0, 10, ""},
    {"YY7114", "YY", 71, 0, 1, 4, ""},
    {"YC8022", "YC", 80, 0, 2, 2, ""},
    {"YL10014", "YL", 100, 0, 1, 4, ""},
    {"YX3-280S-4WF1", "YX3", 280, 'S', 0, 4, "WF1"},
    {"YE3-160M1-2 TH", "YE3", 160, 'M', 1, 2, "TH"},
};

static void designations_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        struct mb_designation d;

        if (mb_designation_parse(models[i].model, &d) < 0)
            fail_msg("%s is not read", models[i].model);
        assert_string_equal(d.series, models[i].series);
        assert_true(d.shaft_height_mm == models[i].height_mm);
        assert_int_equal(d.frame_length, models[i].length);
        assert_int_equal(d.core, models[i].core);
        assert_int_equal(d.poles, models[i].poles);
        assert_string_equal(d.environment, models[i].environment);
    }
}

static void other_codes_are_left_alone(void **state)
{
    static const char *const others[] = {"",           "M3BP 160MLA 4", "1LE1001",          "YE4",
                                         "YE4-133M-4", "YE4-132M-3",    "132M-4",           "YE4-132M-4-????",
                                         "ye4-132m-4", "YE4-132M-444",  "YE4-13200000000-4"};
    struct mb_designation d = {.poles = 77};

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (mb_designation_parse(others[i], &d) != -EINVAL)
            fail_msg("%s is read as %s %g %d", others[i], d.series, d.shaft_height_mm, d.poles);
    assert_int_equal(d.poles, 77);
}

#define MOTOR(model, height, poles)                                                                          \
    "motor:\n  id: m\n  model: " model "\n  kind: three-phase-induction\n"                                   \
    "  rated: {power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: " poles "}\n" height

static void contradictions_have_file_and_line(void **state)
{
    static const struct {
        const char *text, *complaint;
    } cases[] = {
        {MOTOR("YE4-132M-4", "", "4"), NULL},
        {MOTOR("YE4-132M-4", "  frame: {shaft_height_mm: 132}\n", "4"), NULL},
        {MOTOR("1LE1001-4", "", "2"), NULL},
        {MOTOR("YE4-132M-4", "", "2"), "m.yaml:3: model YE4-132M-4 says 4 poles, rated says 2"},
        {MOTOR("YE4-132M-4", "  frame: {shaft_height_mm: 160}\n", "4"),
         "m.yaml:3: model YE4-132M-4 says a shaft height"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_error err = {""};
        struct mb_motor motor;
        int r;

        mb_motor_init(&motor);
        r = mb_motor_parse("m.yaml", cases[i].text, strlen(cases[i].text), &motor, &err);
        assert_int_equal(r, cases[i].complaint ? -EINVAL : 0);
        if (cases[i].complaint && !strstr(err.text, cases[i].complaint))
            fail_msg("%s", err.text);
        mb_motor_clear(&motor);
    }
}

/* 6 poles at 1465 r/min, power factor of 1.2, a speed above the synchronous one. */
static void impossible_ratings_have_file_and_line(void **state)
{
    static const struct {
        const char *rated, *complaint;
    } cases[] = {
        {"poles: 6, speed_rpm: 1465", "1465 r/min is not possible"},
        {"poles: 2, speed_rpm: 3000", "3000 r/min is not possible"},
        {"poles: 2, speed_rpm: 1465", "slip"},
        {"poles: 4, power_factor: 1.2", "1.2 is out of range"},
        {"poles: 4, current_a: 3", "apparent power"},
        {"poles: 4, current_a: 14.8, power_factor: 0.85, efficiency: 0.70", "input power"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_error err = {""};
        struct mb_motor motor;
        char text[400];

        (void)snprintf(text, sizeof text,
                       "motor:\n  id: m\n  kind: three-phase-induction\n"
                       "  rated: {power_w: 7500, voltage_v: 380, frequency_hz: 50, %s}\n",
                       cases[i].rated);
        mb_motor_init(&motor);
        assert_int_equal(mb_motor_parse("m.yaml", text, strlen(text), &motor, &err), -EINVAL);
        if (strncmp(err.text, "m.yaml:4: ", 10) != 0 || !strstr(err.text, cases[i].complaint))
            fail_msg("%s: %s", cases[i].complaint, err.text);
        mb_motor_clear(&motor);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(designations_are_read),
        cmocka_unit_test(other_codes_are_left_alone),
        cmocka_unit_test(contradictions_have_file_and_line),
        cmocka_unit_test(impossible_ratings_have_file_and_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
