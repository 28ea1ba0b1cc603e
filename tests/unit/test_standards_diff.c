/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two editions limit by limit, on the data that ship and on copies of them in which numbers were changed. */
#include "support/test.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "document/diff_json.h"
#include "document/number_json.h"
#include "standard/diff.h"

#define DATA "daemon/standard/data"
#define RECORD "tests/data/record-sample.json"
#define OLD_TABLE "gb18613-2012_three_phase.csv"
#define OLD_HEAD                                                                                             \
    "standard,edition,table,motor_kind,frequency_hz,poles,rated_power_kw,grade,efficiency_percent,"          \
    "confidence\n"

struct world {
    char site[32];
    struct mb_standards *standards;
};

static int load(struct world *w)
{
    struct mb_error err = {""};

    w->standards = mb_standards_free(w->standards);
    if (mb_standards_load(DATA, w->site, &w->standards, &err) < 0)
        fail_msg("%s", err.text);
    return 0;
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    (void)snprintf(w->site, sizeof w->site, "/tmp/mb-diff-XXXXXX");
    assert_non_null(mkdtemp(w->site));
    *state = w;
    return load(w);
}

static int teardown(void **state)
{
    static const char *const names[] = {OLD_TABLE, "requirements.csv"};
    struct world *w = *state;
    char path[PATH_MAX];

    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", w->site, names[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(w->site), 0);
    mb_standards_free(w->standards);
    free(w);
    return 0;
}

static void put(struct world *w, const char *name, const char *text)
{
    struct mb_error err = {""};
    char path[PATH_MAX];

    (void)snprintf(path, sizeof path, "%s/%s", w->site, name);
    assert_int_equal(mb_file_write(path, text, strlen(text), &err), 0);
    (void)load(w);
}

static json_t *diff(const struct world *w, const char *a, const char *b)
{
    struct mb_error err = {""};
    json_t *document = NULL;

    if (mb_standards_diff_json(w->standards, a, b, &document, &err) < 0)
        fail_msg("%s", err.text);
    return document;
}

static long count(const json_t *document, const char *status)
{
    const json_t *n = json_object_get(json_object_get(document, "counts"), status);

    assert_true(json_is_integer(n));
    return (long)json_integer_value(n);
}

/* The row whose text has this in it. */
static json_t *row_with(const json_t *document, const char *what)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(document, "limits"), i,
                       row) if (strstr(json_string_value(json_object_get(row, "what")), what)) return row;
    fail_msg("no row has '%s'", what);
    return NULL;
}

static void an_edition_is_equal_to_itself(void **state)
{
    static const char *const names[] = {"GB 18613-2020",  "GB 30253-2024",     "IEC TS 60034-30-2",
                                        "NEMA MG 1-2018", "GB/T 10069.3-2008", "GB/T 755-2019"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *d = diff(*state, names[i], names[i]);

        if (count(d, "equal") == 0 ||
            count(d, "changed") + count(d, "missing-a") + count(d, "missing-b") != 0)
            fail_msg("%s differs from itself", names[i]);
        json_decref(d);
    }
}

static void a_table_that_is_not_there_is_told(void **state)
{
    json_t *d = diff(*state, "GB 18613-2012", "GB 18613-2020"), *table;

    table = json_array_get(json_object_get(d, "tables"), 0);
    assert_string_equal(mb_json_text(table, "file"), OLD_TABLE);
    assert_true(json_is_false(json_object_get(table, "in_data")));
    assert_int_equal(json_array_size(json_object_get(d, "tables")), 7);
    assert_int_equal(count(d, "missing-a"), 504);
    assert_int_equal(count(d, "equal") + count(d, "changed") + count(d, "missing-b"), 0);
    json_decref(d);
}

static void cells_are_compared_one_by_one(void **state)
{
    struct world *w = *state;
    json_t *d, *row;

    /* Not the numbers of that edition: made up, one equal to the newer one, one not, one that it lacks. */
    put(w, OLD_TABLE,
        OLD_HEAD "GB 18613,2012,three-phase motors,x,50,4,11,3,91.4,U\n"
                 "GB 18613,2012,three-phase motors,x,50,4,11,2,92.0,U\n"
                 "GB 18613,2012,three-phase motors,x,50,4,11,1,94.6,U\n"
                 "GB 18613,2012,three-phase motors,x,50,4,11.7,3,91.5,U\n"
                 "GB 18613,2012,three-phase motors,x,50,4,11.7,2,92.1,U\n"
                 "GB 18613,2012,three-phase motors,x,50,4,11.7,1,94.7,U\n");
    d = diff(w, "GB 18613-2012", "GB 18613-2020");
    assert_int_equal(count(d, "equal"), 2);
    assert_int_equal(count(d, "changed"), 1);
    assert_int_equal(count(d, "missing-b"), 3);
    assert_int_equal(count(d, "missing-a"), 501);
    row = row_with(d, "4 poles, 11 kW, grade 2");
    assert_string_equal(mb_json_text(row, "status"), "changed");
    assert_true(json_real_value(json_object_get(json_object_get(row, "a"), "limit")) == 0.92);
    assert_true(json_real_value(json_object_get(json_object_get(row, "b"), "limit")) == 0.933);
    assert_string_equal(mb_json_text(json_object_get(row, "a"), "mark"), "U");
    assert_string_equal(mb_json_text(json_object_get(row, "a"), "source"), OLD_TABLE ":3");
    assert_true(json_is_null(json_object_get(row_with(d, "11.7 kW, grade 1"), "b")));
    json_decref(d);
    d = diff(w, "GB 18613-2020", "GB 18613-2012"); /* the same seen from the other side */
    assert_int_equal(count(d, "missing-a"), 3);
    assert_int_equal(count(d, "missing-b"), 501);
    json_decref(d);
}

static void requirements_are_compared_by_their_question(void **state)
{
    struct world *w = *state;
    json_t *d;

    put(w, "requirements.csv",
        "id,item,quantity,standard,edition,clause,part,kinds,power_kw,voltage_v,shaft_height_mm,poles,speed_"
        "rpm,"
        "when,sense,form,base,a,b,minimum,maximum,unit,mark,source\n"
        "a1,i,same,X 1,2020,1,,*,,,,,,,upper,value,none,0.5,,,,s,V,-\n"
        "b1,i,same,X 1,2030,7,,*,,,,,,,upper,value,none,0.50,,,,s,M,-\n"
        "a2,i,other,X 1,2020,1,,*,,,,,,,upper,value,none,0.5,,,,s,V,-\n"
        "b2,i,other,X 1,2030,1,,*,,,,,,,upper,value,none,0.6,,,,s,V,-\n"
        "a3,i,for-four,X 1,2020,1,,*,,,,4,,,upper,value,none,1,,,,s,V,-\n"
        "b3,i,for-four,X 1,2030,1,,*,,,,6,,,upper,value,none,1,,,,s,V,-\n"
        "a4,i,unknown,X 1,2020,1,,*,,,,,,,upper,value,none,,,,,s,U,-\n"
        "b4,i,unknown,X 1,2030,1,,*,,,,,,,upper,value,none,,,,,s,U,-\n"
        "a5,i,entered,X 1,2020,1,,*,,,,,,,upper,value,none,,,,,s,U,-\n"
        "b5,i,entered,X 1,2030,1,,*,,,,,,,upper,value,rated-voltage,1000,2,1500,,V,V,-\n"
        "c,i,always,X 1,,1,,*,,,,,,,upper,value,none,3,,,,s,V,-\n");
    d = diff(w, "X 1-2020", "X 1-2030");
    assert_string_equal(mb_json_text(row_with(d, "same of i"), "status"), "equal");
    assert_string_equal(mb_json_text(row_with(d, "other of i"), "status"), "changed");
    assert_string_equal(mb_json_text(row_with(d, "for-four of i, poles 4"), "status"), "missing-b");
    assert_string_equal(mb_json_text(row_with(d, "for-four of i, poles 6"), "status"), "missing-a");
    assert_string_equal(mb_json_text(row_with(d, "unknown of i"), "status"), "missing-both");
    assert_string_equal(mb_json_text(row_with(d, "always of i"), "status"), "equal");
    json_decref(d);
}

static void a_rule_is_told_in_words(void **state)
{
    json_t *d = diff(*state, "GB/T 14711-2013", "GB/T 14711-2025");
    json_t *row = row_with(d, "test-voltage of insulation-resistance, V <=500"),
           *a = json_object_get(row, "a");

    assert_string_equal(mb_json_text(row, "status"), "missing-b");
    assert_true(json_real_value(json_object_get(a, "limit")) == 500);
    a = json_object_get(row_with(d, "insulation-resistance of insulation-resistance"), "a");
    assert_true(json_is_null(json_object_get(a, "limit")));
    assert_non_null(strstr(mb_json_text(a, "rule"), " * insulation-quotient"));
    json_decref(d);
}

static void names_that_say_too_little(void **state)
{
    static const struct {
        const char *name;
        int code;
        const char *part;
    } cases[] = {{"GB 18613", -EINVAL, "several editions"},
                 {"GB 18613-1999", -ENOENT, "not in the data"},
                 {"XX 9", -ENOENT, "not in the data"},
                 {"", -EINVAL, "not the name"}};
    const struct world *w = *state;
    struct mb_edition_name name;
    struct mb_error err;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(mb_edition_name_find(w->standards, cases[i].name, &name, &err), cases[i].code);
        assert_non_null(strstr(err.text, cases[i].part));
    }
    assert_int_equal(mb_edition_name_find(w->standards, "iec 60034-30-1:2014", &name, &err), 0);
    assert_string_equal(name.id, "IEC 60034-30-1");
    assert_int_equal(mb_edition_name_find(w->standards, "JB/T 13299", &name, &err), 0);
    assert_string_equal(name.edition, "");
}

/* ---- On a record. ---- */

static json_t *on_record(struct world *w, const char *a, const char *b, int expected)
{
    json_t *record = json_load_file(RECORD, 0, NULL), *document = NULL;
    struct mb_error err = {""};
    int r;

    assert_non_null(record);
    r = mb_record_diff_json(w->standards, a, b, record, &document, &err);
    if (r != expected)
        fail_msg("%d: %s", r, err.text);
    json_decref(record);
    return document;
}

static void both_editions_judge_a_record(void **state)
{
    struct world *w = *state;
    json_t *d, *a, *b;

    put(w, OLD_TABLE,
        OLD_HEAD "GB 18613,2012,three-phase motors,x,50,4,11,3,88.4,V\n"
                 "GB 18613,2012,three-phase motors,x,50,4,11,2,90.0,V\n"
                 "GB 18613,2012,three-phase motors,x,50,4,11,1,94.6,V\n");
    d = on_record(w, "GB 18613-2012", "GB 18613-2020", 0);
    a = json_object_get(d, "a");
    b = json_object_get(d, "b");
    assert_string_equal(mb_json_text(a, "verdict"), "PASS"); /* 88.94 % */
    assert_string_equal(mb_json_text(b, "verdict"), "FAIL");
    assert_string_equal(mb_json_text(json_object_get(d, "recorded"), "verdict"), "FAIL");
    assert_true(json_is_false(json_object_get(d, "same")));
    assert_string_equal(mb_json_text(a, "as"), "limit");
    assert_true(fabs(json_number_value(json_object_get(b, "efficiency")) -
                     json_number_value(json_object_get(json_object_get(d, "recorded"), "efficiency"))) <
                1e-12);
    assert_true(json_real_value(json_object_get(json_object_get(a, "grade"), "limit")) == 0.884);
    json_decref(d);
}

static void a_method_evaluates_the_readings_again(void **state)
{
    json_t *d = on_record(*state, "GB/T 1032-2023", "IEC 60034-2-1:2014", 0);
    double a = json_real_value(json_object_get(json_object_get(d, "a"), "efficiency"));
    double b = json_real_value(json_object_get(json_object_get(d, "b"), "efficiency"));

    assert_string_equal(mb_json_text(json_object_get(d, "a"), "as"), "test-method");
    assert_true(fabs(a - 0.889364) < 1e-6);
    assert_true(a != b && fabs(a - b) < 1e-3); /* their forms differ in the fifth place */
    json_decref(d);
}

static void what_says_nothing_of_a_record(void **state)
{
    struct world *w = *state;
    json_t *empty = json_object(), *document = NULL;
    struct mb_error err = {""};

    assert_null(on_record(w, "GB/T 14711-2013", "GB 18613-2020", -EINVAL));
    assert_null(on_record(w, "GB 18613-2020", "GB 1-2020", -ENOENT));
    assert_int_equal(
        mb_record_diff_json(w->standards, "GB 18613-2020", "GB 18613-2020", empty, &document, &err),
        -ENODATA);
    json_decref(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_edition_is_equal_to_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(a_table_that_is_not_there_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(cells_are_compared_one_by_one, setup, teardown),
        cmocka_unit_test_setup_teardown(requirements_are_compared_by_their_question, setup, teardown),
        cmocka_unit_test_setup_teardown(a_rule_is_told_in_words, setup, teardown),
        cmocka_unit_test_setup_teardown(names_that_say_too_little, setup, teardown),
        cmocka_unit_test_setup_teardown(both_editions_judge_a_record, setup, teardown),
        cmocka_unit_test_setup_teardown(a_method_evaluates_the_readings_again, setup, teardown),
        cmocka_unit_test_setup_teardown(what_says_nothing_of_a_record, setup, teardown),
    };

    return cmocka_run_group_tests_name("standards-diff", tests, NULL, NULL);
}
