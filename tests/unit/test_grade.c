/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "standard/grade.h"
#include "standard/mark.h"

#define DATA "daemon/standard/data"
#define GB "GB 18613-2020"
#define IEC "IEC 60034-30-1:2014"
#define INDUCTION "three-phase-induction"
#define GB_FILE "gb18613-2020_table1_three_phase.csv"
#define GB_HEADER                                                                                            \
    "standard,edition,table,motor_kind,frequency_hz,poles,rated_power_kw,grade,efficiency_percent,"          \
    "confidence\n"
#define GB_ROW(rest) "GB 18613,2020,Table 1,three-phase asynchronous motor,50," rest "\n"

/* A file of our own beside the program's tables.csv. */
static int parse(const char *name, const char *text, size_t size, struct mb_limits **ret,
                 struct mb_error *err)
{
    struct mb_limits_file files[2] = {{.name = name, .text = text, .size = size}, {.name = MB_LIMITS_TABLES}};
    char *tables = NULL;
    int r;

    assert_int_equal(mb_file_read(DATA "/" MB_LIMITS_TABLES, 1 << 20, &tables, &files[1].size, err), 0);
    files[1].text = tables;
    r = mb_limits_parse(files, 2, ret, err);
    free(tables);
    return r;
}

static int load(void **state)
{
    struct mb_error err = {""};
    struct mb_limits *limits = NULL;

    if (mb_limits_load(DATA, &limits, &err) < 0) {
        print_error("%s\n", err.text);
        return -1;
    }
    *state = limits;
    return 0;
}

static int unload(void **state)
{
    *state = mb_limits_free(*state);
    return 0;
}

static struct mb_grade evaluate(const struct mb_limits *limits, const char *standard, const char *kind,
                                double power_w, int poles, double frequency_hz, double efficiency)
{
    const struct mb_grade_query query = {standard, kind, power_w, poles, frequency_hz, efficiency};
    struct mb_error err = {""};
    struct mb_grade grade;

    if (mb_grade_evaluate(limits, &query, &grade, &err) < 0)
        fail_msg("%s", err.text);
    return grade;
}

/* Cells read from the table by eye; equal to the limit passes, the double just below it fails. */
static void listed_powers_are_compared_exactly(void **state)
{
    static const struct {
        double power_w;
        int poles;
        double limits[3];
    } cases[] = {
        {11000, 4, {.946, .933, .914}},  {7500, 4, {.940, .926, .904}},  {120, 2, {.714, .665, .608}},
        {200000, 4, {.974, .967, .960}}, {18500, 6, {.946, .934, .917}}, {1000000, 4, {.974, .967, .960}},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double *l = cases[i].limits;
        struct mb_grade g = evaluate(*state, GB, INDUCTION, cases[i].power_w, cases[i].poles, 50, l[2]);

        if (g.limits[0] != l[0] || g.limits[1] != l[1] || g.limits[2] != l[2])
            fail_msg("case %zu: %.17g %.17g %.17g", i, g.limits[0], g.limits[1], g.limits[2]);
        assert_int_equal(g.verdict, MB_VERDICT_PASS);
        assert_int_equal(g.grade, 3);
        assert_true(g.margin == 0 && g.limit == l[2]);
        g = evaluate(*state, GB, INDUCTION, cases[i].power_w, cases[i].poles, 50, nextafter(l[2], 0));
        assert_int_equal(g.verdict, MB_VERDICT_FAIL);
        assert_int_equal(g.grade, 0);
        assert_int_equal(evaluate(*state, GB, INDUCTION, cases[i].power_w, cases[i].poles, 50, l[1]).grade,
                         2);
        assert_int_equal(evaluate(*state, GB, INDUCTION, cases[i].power_w, cases[i].poles, 50, l[0]).grade,
                         1);
    }
}

static void the_answer_names_its_source(void **state)
{
    struct mb_grade g = evaluate(*state, GB, INDUCTION, 11000, 4, 50, 0.9134);

    assert_string_equal(g.standard, GB);
    assert_string_equal(g.table, "Table 1");
    assert_string_equal(g.mark, "verified");
    assert_string_equal(g.source, GB_FILE ":399");
    assert_non_null(strstr(g.note, "not yet confirmed by this laboratory"));
    assert_int_equal(g.grade_count, 3);
    assert_true(fabs(g.margin + 0.0006) < 1e-12);
}

static void powers_between_are_inconclusive(void **state)
{
    struct mb_grade g = evaluate(*state, GB, INDUCTION, 13000, 4, 50, 0.95);

    assert_int_equal(g.verdict, MB_VERDICT_INCONCLUSIVE);
    assert_int_equal(g.grade, 0);
    assert_true(fabs(g.limit - 0.9175) < 1e-12); /* half way from 91.4 to 92.1 */
    assert_string_equal(g.mark, "uncertain");
    assert_non_null(strstr(g.note, "13 kW of " GB_FILE));
}

static void outside_the_scope_nothing_applies(void **state)
{
    static const struct {
        const char *standard, *kind;
        double power_w;
        int poles;
        double frequency_hz;
        const char *word;
    } cases[] = {
        {GB, INDUCTION, 11000, 4, 60, "50 Hz only"},
        {GB, INDUCTION, 11000, 10, 50, "10 poles"},
        {GB, INDUCTION, 2e6, 4, 50, "2000 kW"},
        {GB, INDUCTION, 100, 4, 50, "0.1 kW"},
        {GB, "dc", 11000, 4, 50, "dc"},
        {IEC, "dc", 11000, 4, 50, "dc"},
        {IEC, INDUCTION, 11000, 4, 400, "400 Hz"},
        {GB, "single-phase-capacitor-run", 3000, 4, 50, "3 kW"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_grade g = evaluate(*state, cases[i].standard, cases[i].kind, cases[i].power_w,
                                     cases[i].poles, cases[i].frequency_hz, 0.9);

        if (g.verdict != MB_VERDICT_NOT_APPLICABLE || !strstr(g.note, cases[i].word))
            fail_msg("case %zu: %s, %s", i, mb_verdict_name(g.verdict), g.note);
        assert_true(isnan(g.limit) && g.grade == 0);
    }
}

static void absent_tables_name_what_to_fill(void **state)
{
    struct mb_grade g = evaluate(*state, GB, "single-phase-capacitor-start", 550, 4, 50, 0.7);

    assert_int_equal(g.verdict, MB_VERDICT_INCONCLUSIVE);
    assert_string_equal(g.mark, "absent");
    assert_non_null(strstr(g.note, "gb18613-2020_table2_capacitor_start.csv"));
    assert_non_null(strstr(g.note, "4 poles, 0.55 kW"));
}

static void iec_takes_its_polynomial(void **state)
{
    struct mb_grade g = evaluate(*state, "IEC 60034-30-1-2014", INDUCTION, 13000, 4, 50, 0.918);

    assert_string_equal(g.standard, IEC);
    assert_int_equal(g.verdict, MB_VERDICT_PASS);
    assert_int_equal(g.grade,
                     3); /* IE3: 0.0773 x^3 - 1.8951 x^2 + 9.2984 x + 83.7025 = 91.81, to one decimal */
    assert_true(g.limits[2] == 0.918);
    assert_string_equal(g.mark, "formula-derived");
    assert_int_equal(g.grade_count, 4);
    assert_string_equal(g.prefix, "IE");
    g = evaluate(*state, IEC, INDUCTION, 11000, 4, 50, 0.5); /* under the least class */
    assert_int_equal(g.verdict, MB_VERDICT_FAIL);
    assert_true(g.limit == 0.876);
    /* No polynomial from 0.55 to 0.75 kW and above 200 kW. */
    assert_int_equal(evaluate(*state, IEC, INDUCTION, 650, 4, 50, 0.9).verdict, MB_VERDICT_INCONCLUSIVE);
    assert_int_equal(evaluate(*state, IEC, INDUCTION, 260000, 4, 50, 0.99).verdict, MB_VERDICT_INCONCLUSIVE);
}

/* Two tables typed by different hands hold the same numbers to 200 kW: grade 3 is IE3, grade 2 is IE4. A slip
 * in a cell of either shows here. */
static void both_standards_agree(void **state)
{
    static const double powers_kw[] = {0.12, 0.18, 0.2, 0.25, 0.37, 0.4, 0.55, 0.75, 1.1, 1.5,
                                       2.2,  3,    4,   5.5,  7.5,  11,  15,   18.5, 22,  30,
                                       37,   45,   55,  75,   90,   110, 132,  160,  200};
    double last = 0;

    for (int poles = 2; poles <= 8; poles += 2, last = 0)
        for (size_t i = 0; i < sizeof powers_kw / sizeof *powers_kw; i++) {
            struct mb_grade gb = evaluate(*state, GB, INDUCTION, powers_kw[i] * 1000, poles, 50, 0.5);
            struct mb_grade iec = evaluate(*state, IEC, INDUCTION, powers_kw[i] * 1000, poles, 50, 0.5);

            if (gb.limits[2] != iec.limits[2] || gb.limits[1] != iec.limits[3] || gb.limits[2] < last)
                fail_msg("%g kW, %d poles", powers_kw[i], poles);
            assert_true(gb.limits[0] > gb.limits[1] && gb.limits[1] > gb.limits[2] &&
                        iec.limits[2] > iec.limits[1]);
            last = gb.limits[2];
        }
}

/* 60 Hz: no polynomial but the midpoint between listed powers; IE1 is not in the data. */
static void iec_at_60_hz(void **state)
{
    assert_true(evaluate(*state, IEC, INDUCTION, 12900, 4, 60, 0.95).limits[2] == 0.924); /* 11 kW */
    assert_true(evaluate(*state, IEC, INDUCTION, 13000, 4, 60, 0.95).limits[2] == 0.930); /* 15 kW */
    assert_true(evaluate(*state, IEC, INDUCTION, 500000, 4, 60, 0.97).limits[2] ==
                0.962); /* 185 to 1000 kW */
    assert_int_equal(evaluate(*state, IEC, INDUCTION, 11000, 4, 60, 0.925).grade, 3);
    assert_int_equal(evaluate(*state, IEC, INDUCTION, 11000, 4, 60, 0.5).verdict, MB_VERDICT_INCONCLUSIVE);
    assert_int_equal(evaluate(*state, IEC, INDUCTION, 120, 4, 60, 0.9).verdict,
                     MB_VERDICT_INCONCLUSIVE); /* uncertain */
}

static void without_efficiency_the_limit_is_told(void **state)
{
    struct mb_grade g = evaluate(*state, GB, INDUCTION, 11000, 4, 50, NAN);

    assert_int_equal(g.verdict, MB_VERDICT_INVALID);
    assert_true(g.limit == 0.914 && isnan(g.margin) && g.grade == 0);
}

static void bad_queries_are_refused(void **state)
{
    static const struct {
        struct mb_grade_query query;
        int r;
        const char *word;
    } cases[] = {
        {{"GB 18613-2006", INDUCTION, 11000, 4, 50, .9}, -ENOENT, GB},
        {{"GB", INDUCTION, 11000, 4, 50, .9}, -ENOENT, IEC},
        {{GB, "steam", 11000, 4, 50, .9}, -EINVAL, "ac-commutator"},
        {{GB, INDUCTION, -1, 4, 50, .9}, -EINVAL, "power"},
        {{GB, INDUCTION, NAN, 4, 50, .9}, -EINVAL, "power"},
        {{GB, INDUCTION, 11000, 3, 50, .9}, -EINVAL, "poles"},
        {{GB, INDUCTION, 11000, 4, 0, .9}, -EINVAL, "frequency"},
        {{GB, INDUCTION, 11000, 4, 50, 1}, -EINVAL, "fraction"},
        {{GB, INDUCTION, 11000, 4, 50, 91.4}, -EINVAL, "fraction"},
    };
    struct mb_grade grade = {.grade = 42};
    struct mb_error err;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        err.text[0] = '\0';
        assert_int_equal(mb_grade_evaluate(*state, &cases[i].query, &grade, &err), cases[i].r);
        if (!strstr(err.text, cases[i].word))
            fail_msg("case %zu: %s", i, err.text);
    }
    assert_int_equal(grade.grade, 42);
}

/* A record freezes the bytes that decided: one changed cell in them changes the verdict. */
static void the_file_decides(void **state)
{
    const char *name = GB_FILE;
    struct mb_limits *changed = NULL;
    struct mb_error err = {""};
    struct mb_limits_file file;
    struct mb_grade g;
    char *copy, *cell;
    size_t size;

    assert_int_equal(mb_limits_file(*state, GB, 1, &file), 0);
    assert_string_equal(file.name, GB_FILE);
    size = file.size;
    copy = strndup(file.text, size);
    assert_non_null(copy);
    cell = strstr(copy, "50,4,11,3,91.4,");
    assert_non_null(cell);
    memcpy(cell, "50,4,11,3,91.3,", 15);
    assert_int_equal(parse(name, copy, size, &changed, &err), 0);
    assert_int_equal(evaluate(*state, GB, INDUCTION, 11000, 4, 50, 0.9134).verdict, MB_VERDICT_FAIL);
    assert_int_equal(evaluate(changed, GB, INDUCTION, 11000, 4, 50, 0.9134).verdict, MB_VERDICT_PASS);
    mb_limits_free(changed);
    memcpy(cell, "50,4,11,3,95.0,", 15); /* above grade 2: reaching that does not help */
    assert_int_equal(parse("some/folder/" GB_FILE, copy, size, &changed, &err), 0);
    g = evaluate(changed, GB, INDUCTION, 11000, 4, 50, 0.94);
    assert_int_equal(g.verdict, MB_VERDICT_FAIL);
    assert_int_equal(g.grade, 0);
    mb_limits_free(changed);
    free(copy);
}

static void a_mark_may_not_decide(void **state)
{
    static const char text[] = GB_HEADER GB_ROW("4,11,1,94.6,verified") GB_ROW("4,11,2,93.3,verified")
        GB_ROW("4,11,3,91.4,uncertain") GB_ROW("4,15,3,92.1,confirmed")
            GB_ROW("4,18.5,3,92.6,memory-consistent");
    struct mb_limits *limits = NULL;
    struct mb_error err = {""};
    struct mb_grade g;

    (void)state;
    assert_int_equal(parse(GB_FILE, text, strlen(text), &limits, &err), 0);
    g = evaluate(limits, GB, INDUCTION, 11000, 4, 50, 0.90);
    assert_int_equal(g.verdict, MB_VERDICT_INCONCLUSIVE);
    assert_true(g.limit == 0.914);
    assert_non_null(strstr(g.note, GB_FILE ":4"));
    g = evaluate(limits, GB, INDUCTION, 15000, 4, 50, 0.93);
    assert_int_equal(g.verdict, MB_VERDICT_INCONCLUSIVE); /* a word in the file says neither who nor when */
    assert_string_equal(g.mark, "confirmed");
    assert_int_equal(evaluate(limits, GB, INDUCTION, 18500, 4, 50, 0.92).verdict, MB_VERDICT_FAIL);
    mb_limits_free(limits);
    assert_true(mb_mark_decides("V:1,2") && mb_mark_decides("M+") && mb_mark_decides("E"));
    assert_false(mb_mark_decides("M") || mb_mark_decides("U") || mb_mark_decides("") ||
                 mb_mark_decides("single-source"));
}

static void broken_tables_are_refused_with_the_line(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *word;
    } cases[] = {
        {"", 1, "no rows"},
        {"standard,edition\n", 1, "fields"},
        {"standard,version,table,motor_kind,frequency_hz,poles,rated_power_kw,grade,efficiency_percent,"
         "confidence\n",
         1, "'edition'"},
        {GB_HEADER GB_ROW("4,11,1,94.6"), 2, "9 fields"},
        {GB_HEADER GB_ROW("4,11,1,94.6,verified,more"), 2, "too many"},
        {GB_HEADER GB_ROW("4,11,1,\"94,6\",verified"), 2, "94,6"},
        {GB_HEADER GB_ROW("4,11,1, 94.6,verified"), 2, " 94.6"},
        {GB_HEADER GB_ROW("4,11,1,94.6 %,verified"), 2, "94.6 %"},
        {GB_HEADER GB_ROW("4,11,1,0x5e,verified"), 2, "0x5e"},
        {GB_HEADER GB_ROW("4,11,1,nan,verified"), 2, "nan"},
        {GB_HEADER GB_ROW("4,11,1,100,verified"), 2, "99.99"},
        {GB_HEADER GB_ROW("4,11,1,0.946,verified"), 2, "out of range"},
        {GB_HEADER GB_ROW("3,11,1,94.6,verified"), 2, "even"},
        {GB_HEADER GB_ROW("4,-11,1,94.6,verified"), 2, "out of range"},
        {GB_HEADER GB_ROW("4,11,4,94.6,verified"), 2, "1 to 3"},
        {GB_HEADER GB_ROW("4,11,IE3,94.6,verified"), 2, "IE3"},
        {GB_HEADER GB_ROW("4,11,1,94.6,verified") GB_ROW("4,11,1,94.7,verified"), 3, "line 2"},
        {GB_HEADER "GB 18613,2012,Table 1,x,50,4,11,1,94.6,verified\n", 2, "another table"},
        {GB_HEADER "GB 18613,2020,Table 1,x,60,4,11,1,94.6,verified\n", 2, "frequency_hz"},
        {GB_HEADER "GB 18613,2020,Table 1,\"x,50,4,11,1,94.6,verified\n", 2, "no end"},
        {GB_HEADER "GB 18613,2020,Table 1,a\"x,50,4,11,1,94.6,verified\n", 2, "quote"},
        {GB_HEADER "GB 18613,2020,Table 1,\"a\nx\",50,4,11,1,94.6,verified\n", 2, "line break"},
        {GB_HEADER GB_ROW("4,11,1,94.6,confirmed by the site"), 2, "confirmations.yaml"},
        {GB_HEADER GB_ROW("4,11,1,94.6,a-mark-that-is-longer-than-any-known-one"), 2, "mark"},
    };
    struct mb_limits *limits = NULL;
    struct mb_error err;
    char where[80];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)snprintf(where, sizeof where, GB_FILE ":%u: ", cases[i].line);
        err.text[0] = '\0';
        if (parse(GB_FILE, cases[i].text, strlen(cases[i].text), &limits, &err) != -EINVAL ||
            strncmp(err.text, where, strlen(where)) != 0 || !strstr(err.text, cases[i].word))
            fail_msg("case %zu: '%s'", i, err.text);
        assert_null(limits);
    }
    assert_int_equal(mb_limits_load("no/such/folder", &limits, &err), -ENOENT);
    assert_null(mb_limits_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listed_powers_are_compared_exactly),
        cmocka_unit_test(the_answer_names_its_source),
        cmocka_unit_test(powers_between_are_inconclusive),
        cmocka_unit_test(outside_the_scope_nothing_applies),
        cmocka_unit_test(absent_tables_name_what_to_fill),
        cmocka_unit_test(iec_takes_its_polynomial),
        cmocka_unit_test(both_standards_agree),
        cmocka_unit_test(iec_at_60_hz),
        cmocka_unit_test(without_efficiency_the_limit_is_told),
        cmocka_unit_test(bad_queries_are_refused),
        cmocka_unit_test(the_file_decides),
        cmocka_unit_test(a_mark_may_not_decide),
        cmocka_unit_test(broken_tables_are_refused_with_the_line),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
