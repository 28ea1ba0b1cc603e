/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "standard/requirement.h"

/* In double precision; cmocka's own compares floats. */
#define ASSERT_NEAR(value, expected, tolerance) assert_true(fabs((value) - (expected)) <= (tolerance))

#define DATA "daemon/standard/data/" MB_REQUIREMENTS_FILE

struct fixture {
    struct mb_requirements *requirements;
    struct mb_motor motor;
};

/* 11 kW, 380 V, 21.5 A, 1460 r/min, 4 poles, frame 160, class F, IC411 */
static int setup(void **state)
{
    static struct fixture f;
    static char thermal_class[] = "F", cooling[] = "IC411";
    struct mb_error err;

    if (mb_requirements_load(DATA, &f.requirements, &err) < 0)
        fail_msg("%s", err.text);
    mb_motor_init(&f.motor);
    f.motor.kind = MB_KIND_THREE_PHASE_INDUCTION;
    f.motor.rated.power_w = 11000;
    f.motor.rated.voltage_v = 380;
    f.motor.rated.current_a = 21.5;
    f.motor.rated.frequency_hz = 50;
    f.motor.rated.speed_rpm = 1460;
    f.motor.rated.poles = 4;
    f.motor.rated.thermal_class = thermal_class;
    f.motor.frame.shaft_height_mm = 160;
    f.motor.frame.cooling = cooling;
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    mb_requirements_free(f->requirements);
    return 0;
}

/* The only requirement of this quantity that fits. */
static struct mb_requirement only(struct fixture *f, struct mb_requirement_query q)
{
    struct mb_requirement found, another;
    size_t position = 0;

    q.motor = &f->motor;
    assert_int_equal(mb_requirement_next(f->requirements, &q, &position, &found), 0);
    if (mb_requirement_next(f->requirements, &q, &position, &another) == 0)
        fail_msg("%s and %s both fit", found.id, another.id);
    return found;
}

static bool absent(struct fixture *f, struct mb_requirement_query q)
{
    struct mb_requirement found;
    size_t position = 0;

    q.motor = &f->motor;
    return mb_requirement_next(f->requirements, &q, &position, &found) == -ENOENT;
}

static double limit(struct fixture *f, const char *quantity, const struct mb_circumstance *c, double declared)
{
    return only(f, (struct mb_requirement_query){.quantity = quantity,
                                                 .standard = "GB/T 755",
                                                 .edition = "2019",
                                                 .circumstances = c,
                                                 .declared = declared})
        .limit;
}

static const struct mb_circumstance stator[] = {{"winding", "stator"}, {0}};

/* procedures.md C3: 380 V 1760 V, 220 V 1500 V, 6 kV 13 kV, 10 kV 21 kV, below 100 V 500 + 2 UN. */
static void withstand_voltages(void **state)
{
    const struct {
        double power_w, voltage_v, expected_v;
    } rows[] = {{11000, 380, 1760}, {550, 220, 1500},   {999e3, 6000, 13000}, {999e3, 10000, 21000},
                {500, 48, 596},     {500, 99.9, 699.8}, {500, 100, 1500},     {1000, 48, 1500}};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        f->motor.rated.power_w = rows[i].power_w;
        f->motor.rated.voltage_v = rows[i].voltage_v;
        ASSERT_NEAR(limit(f, "test-voltage", stator, NAN), rows[i].expected_v, 1e-9);
    }
}

static void withstand_of_rotors_and_fields(void **state)
{
    const struct mb_circumstance rotor[] = {{"winding", "rotor-reversing"}, {0}},
                                 field[] = {{"winding", "field"}, {0}};
    struct fixture *f = *state;

    f->motor.kind = MB_KIND_WOUND_ROTOR_INDUCTION;
    ASSERT_NEAR(limit(f, "test-voltage", rotor, 300), 2200, 1e-9);
    f->motor.kind = MB_KIND_THREE_PHASE_SYNCHRONOUS;
    ASSERT_NEAR(limit(f, "test-voltage", field, 50), 1500, 1e-9);
    ASSERT_NEAR(limit(f, "test-voltage", field, 200), 2000, 1e-9);
    ASSERT_NEAR(limit(f, "test-voltage", field, 490), 3500, 1e-9);
}

/* procedures.md C1: 380 V -> 0.380; 660 V, 100 kW -> 0.659 (megohm). */
static void insulation(void **state)
{
    const struct mb_circumstance hot[] = {{"state", "hot"}, {0}};
    struct mb_requirement_query q = {
        .quantity = "insulation-resistance", .standard = "GB/T 14711", .circumstances = hot};
    struct mb_requirement found;
    struct fixture *f = *state;

    ASSERT_NEAR(only(f, q).limit, 380000, 1e-6);
    f->motor.rated.voltage_v = 660;
    f->motor.rated.power_w = 100000;
    ASSERT_NEAR(only(f, q).limit, 659341, 0.5);
    assert_int_equal(only(f, q).sense, MB_REQUIREMENT_LOWER);
    /* M may not decide. */
    found = only(f, q);
    assert_int_equal(mb_requirement_judge(&found, MB_RULE_SIMPLE, 1e9, NAN).verdict, MB_VERDICT_INCONCLUSIVE);
}

static void earth_by_both_rules(void **state)
{
    struct mb_requirement_query small = {.quantity = "test-current", .standard = "GB/T 12350"},
                                medium = {.quantity = "test-current", .standard = "GB/T 14711"};
    struct fixture *f = *state;

    ASSERT_NEAR(only(f, medium).limit, 21.5, 0);
    ASSERT_NEAR(only(f, small).limit, 32.25, 1e-12);
    f->motor.rated.current_a = 2;
    ASSERT_NEAR(only(f, small).limit, 25, 0);
    f->motor.rated.current_a = NAN;
    assert_true(isnan(only(f, medium).limit));
}

static void tolerances(void **state)
{
    struct fixture *f = *state;
    struct mb_requirement_query slip = {.quantity = "slip", .edition = "2025", .declared = 0.03};
    struct mb_requirement upper, lower;
    size_t position = 0;

    ASSERT_NEAR(limit(f, "power-factor", NULL, 0.85), 0.85 - 0.15 / 6, 1e-12);
    ASSERT_NEAR(limit(f, "power-factor", NULL, 0.95), 0.93, 1e-12); /* not less than 0.02 */
    ASSERT_NEAR(limit(f, "power-factor", NULL, 0.40), 0.33, 1e-12); /* not more than 0.07 */
    ASSERT_NEAR(limit(f, "locked-rotor-current", NULL, 150), 180, 1e-9);
    ASSERT_NEAR(limit(f, "locked-rotor-torque", NULL, 160), 136, 1e-9);
    slip.motor = &f->motor;
    assert_int_equal(mb_requirement_next(f->requirements, &slip, &position, &upper), 0);
    assert_int_equal(mb_requirement_next(f->requirements, &slip, &position, &lower), 0);
    ASSERT_NEAR(upper.limit, 0.036, 1e-12);
    ASSERT_NEAR(lower.limit, 0.024, 1e-12);
    f->motor.rated.power_w = 750;
    position = 0;
    assert_int_equal(mb_requirement_next(f->requirements, &slip, &position, &upper), 0);
    ASSERT_NEAR(upper.limit, 0.039, 1e-12);
}

static void rises(void **state)
{
    const struct mb_circumstance resistance[] = {{"method", "resistance"}, {0}};
    struct fixture *f = *state;
    static char b[] = "B", no_fan[] = "IC410";

    ASSERT_NEAR(limit(f, "temperature-rise", resistance, NAN), 105, 0);
    f->motor.rated.thermal_class = b;
    ASSERT_NEAR(limit(f, "temperature-rise", resistance, NAN), 80, 0);
    f->motor.rated.power_w = 550;
    ASSERT_NEAR(limit(f, "temperature-rise", resistance, NAN), 85, 0);
    f->motor.rated.power_w = 11000;
    f->motor.frame.cooling = no_fan;
    ASSERT_NEAR(limit(f, "temperature-rise", resistance, NAN), 85, 0);
    f->motor.rated.thermal_class = NULL;
    assert_true(absent(
        f, (struct mb_requirement_query){.quantity = "temperature-rise", .circumstances = resistance}));
}

static void vibration_and_noise(void **state)
{
    const struct mb_circumstance a_free[] = {{"grade", "A"}, {"suspension", "free"}, {0}};
    struct fixture *f = *state;
    struct mb_requirement_query v = {
        .quantity = "vibration-velocity", .edition = "2008", .circumstances = a_free};

    ASSERT_NEAR(only(f, v).limit, 0.0022, 1e-12);
    f->motor.frame.shaft_height_mm = 132;
    ASSERT_NEAR(only(f, v).limit, 0.0016, 1e-12);
    f->motor.frame.shaft_height_mm = 50;
    assert_true(absent(f, v));
    f->motor.frame.shaft_height_mm = 315;
    v.edition = "2020";
    assert_string_equal(only(f, v).mark, "U");
    ASSERT_NEAR(
        only(f, (struct mb_requirement_query){.quantity = "sound-power-level", .edition = "2008"}).limit, 94,
        0);
    assert_true(isnan(
        only(f, (struct mb_requirement_query){.quantity = "sound-power-level", .edition = "2024"}).limit));
}

/* A cell decides: the same value passes or fails with the number in it. */
static void the_cell_decides(void **state)
{
    struct fixture *f = *state;
    struct mb_requirement_query q = {.quantity = "earth-resistance", .edition = "2013", .motor = &f->motor};
    struct mb_requirements *changed;
    struct mb_requirement found = only(f, q);
    struct mb_error err;
    size_t size, position = 0;
    char *text, *cell;

    assert_int_equal(mb_requirement_judge(&found, MB_RULE_SIMPLE, 0.1, NAN).verdict, MB_VERDICT_PASS);
    assert_int_equal(mb_requirement_judge(&found, MB_RULE_SIMPLE, 0.101, NAN).verdict, MB_VERDICT_FAIL);
    assert_int_equal(mb_file_read(DATA, 1u << 20, &text, &size, &err), 0);
    cell = strstr(text, "upper,value,none,0.1,");
    assert_non_null(cell);
    cell[strlen("upper,value,none,0.")] = '2';
    assert_int_equal(mb_requirements_parse("site/" MB_REQUIREMENTS_FILE, text, size, &changed, &err), 0);
    assert_int_equal(mb_requirement_next(changed, &q, &position, &found), 0);
    assert_int_equal(mb_requirement_judge(&found, MB_RULE_SIMPLE, 0.101, NAN).verdict, MB_VERDICT_PASS);
    assert_non_null(strstr(found.cell, MB_REQUIREMENTS_FILE ":"));
    mb_requirements_free(changed);
    free(text);
}

/* A laboratory's word makes a limit of a weak mark decide, and stands beside it. */
static void a_confirmed_row_decides(void **state)
{
    static const char yaml[] =
        "confirmations:\n  - file: requirements.csv\n    rows: [insulation-14711-hot]\n"
        "    by: A. Name\n    date: 2026-11-20\n    copy: paper copy 12\n";
    static const char wrong[] = "confirmations:\n  - file: requirements.csv\n    rows: [insulation]\n"
                                "    by: A. Name\n    date: 2026-11-20\n    copy: paper copy 12\n";
    const struct mb_circumstance hot[] = {{"state", "hot"}, {0}};
    struct mb_requirement_query q = {
        .quantity = "insulation-resistance", .standard = "GB/T 14711", .circumstances = hot};
    struct fixture *f = *state;
    struct mb_requirement found = only(f, q);
    char path[] = "/tmp/confirmations-XXXXXX";
    struct mb_error err = {""};
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, yaml, sizeof yaml - 1), sizeof yaml - 1);
    assert_string_equal(found.confirmed, "");
    assert_int_equal(mb_requirements_confirm(f->requirements, path, &err), 0);
    found = only(f, q);
    assert_string_equal(found.confirmed, "A. Name, 2026-11-20, paper copy 12");
    assert_int_equal(mb_requirement_judge(&found, MB_RULE_SIMPLE, 1e9, NAN).verdict, MB_VERDICT_PASS);
    assert_int_equal(mb_requirement_judge(&found, MB_RULE_SIMPLE, 1e5, NAN).verdict, MB_VERDICT_FAIL);
    (void)unlink(path);
    assert_int_equal(mb_requirements_confirm(f->requirements, path, &err), 0); /* no file, nothing new */
    assert_int_equal(ftruncate(fd, 0), 0);
    (void)close(fd);
    fd = open(path, O_CREAT | O_WRONLY | O_EXCL, 0600);
    assert_int_equal(write(fd, wrong, sizeof wrong - 1), sizeof wrong - 1);
    (void)close(fd);
    assert_int_equal(mb_requirements_confirm(f->requirements, path, &err), -EINVAL);
    assert_non_null(strstr(err.text, ":3: requirements.csv has no row 'insulation'"));
    (void)unlink(path);
}

static void bad_files_are_named(void **state)
{
    const char *const head =
        "id,item,quantity,standard,edition,clause,part,kinds,power_kw,voltage_v,shaft_height_mm,"
        "poles,speed_rpm,when,sense,form,base,a,b,minimum,maximum,unit,mark,source\n";
    const struct {
        const char *row, *complaint;
    } rows[] = {
        {"x,i,q,S,1,,,*,,,,,,,upper,value,none,1,,,,,M,s\n", "f.csv:2: unit"},
        {"x,i,q,S,1,,,engine,,,,,,,upper,value,none,1,,,,A,M,s\n", "kinds"},
        {"x,i,q,S,1,,,*,=3,,,,,,upper,value,none,1,,,,A,M,s\n", "power_kw"},
        {"x,i,q,S,1,,,*,>5;<3,,,,,,upper,value,none,1,,,,A,M,s\n", "power_kw"},
        {"x,i,q,S,1,,,*,,,,,,,most,value,none,1,,,,A,M,s\n", "sense"},
        {"x,i,q,S,1,,,*,,,,,,,upper,value,weight,1,,,,A,M,s\n", "base"},
        {"x,i,q,S,1,,,*,,,,,,,upper,tolerance,none,1,,,,A,M,s\n", "tolerance"},
        {"x,i,q,S,1,,,*,,,,,,,upper,value,none,\"1,5\",,,,A,M,s\n", "f.csv:2"},
        {"x,i,q,S,1,,,*,,,,,,,upper,value,none,1,,5,4,A,M,s\n", "minimum"},
        {"x,i,q,S,1,,,*,,,,,,,upper,value,none,1,,,,A,M,s\nx,i,q,S,1,,,*,,,,,,,upper,value,none,1,,,,A,M,s\n",
         "f.csv:3: id x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mb_requirements *r = NULL;
        struct mb_error err;
        char text[1024];

        (void)snprintf(text, sizeof text, "%s%s", head, rows[i].row);
        assert_int_equal(mb_requirements_parse("f.csv", text, strlen(text), &r, &err), -EINVAL);
        assert_null(r);
        if (!strstr(err.text, rows[i].complaint))
            fail_msg("%s: %s", rows[i].complaint, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(withstand_voltages, setup, teardown),
        cmocka_unit_test_setup_teardown(withstand_of_rotors_and_fields, setup, teardown),
        cmocka_unit_test_setup_teardown(insulation, setup, teardown),
        cmocka_unit_test_setup_teardown(earth_by_both_rules, setup, teardown),
        cmocka_unit_test_setup_teardown(tolerances, setup, teardown),
        cmocka_unit_test_setup_teardown(rises, setup, teardown),
        cmocka_unit_test_setup_teardown(vibration_and_noise, setup, teardown),
        cmocka_unit_test_setup_teardown(the_cell_decides, setup, teardown),
        cmocka_unit_test_setup_teardown(a_confirmed_row_decides, setup, teardown),
        cmocka_unit_test(bad_files_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
