/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench standards check, and the other commands with a laboratory's folder, as a user meets them. */
#include "support/test.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "support/run_program.h"
#include "support/tree.h"

#define TABLE_2 "gb18613-2020_table2_capacitor_start.csv"
#define HEADER                                                                                               \
    "standard,edition,table,motor_kind,frequency_hz,poles,rated_power_kw,grade,efficiency_percent,"          \
    "confidence\n"
#define ROW(rest) "GB 18613,2020,Table 2,capacitor-start motor,50," rest "\n"
#define CONFIRMED                                                                                            \
    "confirmations:\n  - {file: " TABLE_2                                                                    \
    ", rows: all, by: \"A. Name\", date: 2026-11-20, copy: \"copy 12\"}\n"

static const char *const names[] = {TABLE_2, "confirmations.yaml", "gb18613-2020_tabel1.csv", NULL};

static int setup(void **state)
{
    char *folder = strdup("/tmp/mb-check-XXXXXX");

    assert_non_null(mkdtemp(folder));
    *state = folder;
    return 0;
}

static int teardown(void **state)
{
    char path[PATH_MAX];

    for (size_t i = 0; names[i]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", (char *)*state, names[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(*state), 0);
    free(*state);
    return 0;
}

static void put(const char *folder, const char *name, const char *text)
{
    struct mb_error err = {""};
    char path[PATH_MAX];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mb_file_write(path, text, strlen(text), &err), 0);
}

/* words: up to 14, NULL at the end; the folder follows --site. */
static struct run_result run(const char *folder, const char *const words[])
{
    char program[PATH_MAX];
    const char *argv[20] = {program};
    struct run_result result = {0};
    size_t n = 1;

    (void)snprintf(program, sizeof program, "%s/bin/motorbench", test_build_folder());
    while (words[n - 1] && n < 16) {
        argv[n] = words[n - 1];
        n++;
    }
    argv[n++] = "--site";
    argv[n] = folder;
    assert_int_equal(run_program(argv, NULL, &result), 0);
    return result;
}
#define RUN(folder, ...) run(folder, (const char *const[]){__VA_ARGS__, NULL})
#define GRADE                                                                                                \
    "grade", "--standard", "GB 18613-2020", "--kind", "single-phase-capacitor-start", "--power-w", "550",    \
        "--poles", "4", "--efficiency", "0.71"

static json_t *document(const struct run_result *r)
{
    json_t *json = json_loads(r->out, 0, NULL);

    if (!json)
        fail_msg("no JSON: %s%s", r->out, r->err);
    return json;
}

static void what_comes_with_the_program_has_no_finding_of_a_site(void **state)
{
    struct run_result r = RUN(*state, "standards", "check", "--json");
    json_t *json = document(&r), *table;
    size_t cells = 0, i;

    assert_int_equal(r.status, 0);
    assert_true(json_is_true(json_object_get(json, "ok")));
    json_array_foreach(json_object_get(json, "tables"), i, table)
    {
        cells += (size_t)json_integer_value(json_object_get(table, "cells"));
        assert_false(json_is_true(json_object_get(table, "site")));
    }
    assert_int_equal(cells, 7510);
    json_decref(json);
    run_result_clear(&r);
}

static void a_filled_table_is_told(void **state)
{
    struct run_result r;
    json_t *json;

    put(*state, TABLE_2, HEADER ROW("4,0.55,1,80,U") ROW("4,0.55,2,75,U") ROW("4,0.55,3,70,U"));
    put(*state, "confirmations.yaml", CONFIRMED);
    r = RUN(*state, "standards", "check");
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "3      3        3         Table 2, " TABLE_2 " (site)"));
    assert_non_null(strstr(r.out, TABLE_2 ": confirmed by A. Name, 2026-11-20, copy 12"));
    run_result_clear(&r);
    r = RUN(*state, GRADE, "--json");
    assert_int_equal(r.status, 0);
    json = document(&r);
    assert_string_equal(json_string_value(json_object_get(json, "verdict")), "PASS");
    assert_string_equal(json_string_value(json_object_get(json, "mark")), "confirmed by the site");
    assert_string_equal(json_string_value(json_object_get(json, "confirmed")),
                        "A. Name, 2026-11-20, copy 12");
    json_decref(json);
    run_result_clear(&r);
}

static void every_fault_of_a_site_is_told_with_its_line(void **state)
{
    char *folder = *state, line[200];
    struct run_result r;

    put(folder, TABLE_2, HEADER ROW("4,0.55,3,70,V") ROW("4,0.75,3,69,V") ROW("4,1.1,3,68,V"));
    put(folder, "confirmations.yaml", CONFIRMED);
    put(folder, "gb18613-2020_tabel1.csv", HEADER);
    r = RUN(folder, "standards", "check");
    assert_int_equal(r.status, 2);
    for (unsigned n = 3; n <= 4; n++) {
        (void)snprintf(line, sizeof line, "%s/" TABLE_2 ":%u: ", folder, n);
        assert_non_null(strstr(r.out, line));
    }
    assert_non_null(strstr(r.out, "gb18613-2020_tabel1.csv:1: no table has this name"));
    assert_non_null(strstr(r.err, "3 findings"));
    run_result_clear(&r);
    r = RUN(folder, GRADE); /* refused with the first of them */
    assert_int_equal(r.status, 2);
    (void)snprintf(line, sizeof line, "motorbench: %s/" TABLE_2 ":3: 69 %%", folder);
    assert_non_null(strstr(r.err, line));
    run_result_clear(&r);
}

static void a_confirmation_of_nothing_is_told(void **state)
{
    struct run_result r;

    put(*state, "confirmations.yaml",
        "confirmations:\n  - {file: gb99.csv, rows: all, by: x, date: 2026-11-20, copy: y}\n");
    r = RUN(*state, "standards", "check");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.out, "confirmations.yaml:2: there is no table gb99.csv"));
    run_result_clear(&r);
    r = RUN("/nonexistent/folder", "standards", "check");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "/nonexistent/folder"));
    run_result_clear(&r);
}

/* The sample of the demonstration fits the tables and says that it is one. */
static void the_sample_is_marked(void **state)
{
    struct mb_error err = {""};
    struct run_result r;
    char *text = NULL;
    size_t size;

    assert_int_equal(mb_file_read("tools/sim/confirmations.yaml", 1 << 16, &text, &size, &err), 0);
    put(*state, "confirmations.yaml", text);
    free(text);
    r = RUN(*state, "grade", "--standard", "GB 18613-2020", "--kind", "three-phase-induction", "--power-w",
            "11000", "--poles", "4", "--efficiency", "0.92");
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "confirmed by this laboratory: SAMPLE"));
    run_result_clear(&r);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(what_comes_with_the_program_has_no_finding_of_a_site),
        WITH_FOLDER(a_filled_table_is_told),
        WITH_FOLDER(every_fault_of_a_site_is_told_with_its_line),
        WITH_FOLDER(a_confirmation_of_nothing_is_told),
        WITH_FOLDER(the_sample_is_marked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
