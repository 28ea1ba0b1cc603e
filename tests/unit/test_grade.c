/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "standard/grade.h"
#include "standard/mark.h"
#include "support/standard_data.h"

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

static void contains_word(const char *text, const char *word)
{
    if (!strstr(text, word))
        fail_msg("'%s' is not in '%s'", word, text);
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

/* Which table answers, by what is known of the motor. */
static void selectors_choose_the_table(void **state)
{
    static const struct {
        struct mb_grade_query query;
        enum mb_verdict verdict;
        const char *table, *word; /* of the note or the source */
    } cases[] = {
#define PM "GB 30253-2024", "pm-converter-fed"
#define HV "GB 30254-2024", "hv-cage-induction", 500e3, 4, 50, .95
        {{PM, 11e3, 0, 50, .95, .speed_rpm = 1500}, MB_VERDICT_PASS, "Tables 8 to 10", ":913"},
        {{PM, 11e3, 4, 50, .95}, MB_VERDICT_PASS, "Tables 8 to 10", ":913"}, /* synchronous speed */
        {{PM, 11e3, 0, 50, .95, .speed_rpm = 500}, MB_VERDICT_PASS, "Tables 8 to 10", ":916"},
        {{PM, 11e3, 0, 50, .95, .speed_rpm = 400},
         MB_VERDICT_INCONCLUSIVE,
         "Tables 8 to 10",
         "400 r/min is not listed"},
        {{PM, 11e3, 0, 50, .95, .speed_rpm = 600}, MB_VERDICT_INCONCLUSIVE, "Tables 8 to 10", "600 r/min"},
        {{PM, 11e3, 0, 50, .95, .speed_rpm = 40}, MB_VERDICT_NOT_APPLICABLE, "Tables 8 to 10", "40 r/min"},
        {{PM, 11e3, 0, 50, .95, .speed_rpm = 7000}, MB_VERDICT_NOT_APPLICABLE, "Tables 8 to 10", "7000"},
        {{PM, 11e3, 0, 50, .95}, MB_VERDICT_INCONCLUSIVE, "Tables 8 to 10", "rated speed"},
        {{PM, 11e3, 0, 50, .95, .speed_rpm = 400, .use = "elevator"}, MB_VERDICT_PASS, "Table 29", ":207"},
        {{PM, 500e3, 0, 50, .95, .speed_rpm = 1500}, MB_VERDICT_INCONCLUSIVE, "Tables 8 to 10", "voltage"},
        {{PM, 500e3, 0, 50, .95, .speed_rpm = 1500, .voltage_v = 6000},
         MB_VERDICT_INCONCLUSIVE,
         "Tables 11 to 28",
         "tables11-28_variable_frequency_hv.csv"},
        {{PM, 500e3, 0, 50, .95, .speed_rpm = 1500, .voltage_v = 1140},
         MB_VERDICT_FAIL,
         "Tables 8 to 10",
         ""},
        {{PM, 500e3, 0, 50, .95, .speed_rpm = 1500, .voltage_v = 2000},
         MB_VERDICT_NOT_APPLICABLE,
         "",
         "2000 V"},
        {{HV, .voltage_v = 6000, .cooling = "IC 611"}, MB_VERDICT_PASS, "Table 3", ":1464"},
        {{HV, .voltage_v = 10e3, .cooling = "IC611"}, MB_VERDICT_PASS, "Table 4", ""},
        {{HV, .voltage_v = 10e3, .cooling = "IC411"}, MB_VERDICT_PASS, "Table 6", ""},
        {{HV, .voltage_v = 10e3}, MB_VERDICT_INCONCLUSIVE, "", "the cooling (IC code) is needed"},
        {{HV, .cooling = "IC411"}, MB_VERDICT_INCONCLUSIVE, "", "the rated voltage is needed"},
        {{HV}, MB_VERDICT_INCONCLUSIVE, "", "the rated voltage and the cooling"},
        {{HV, .voltage_v = 690, .cooling = "IC411"}, MB_VERDICT_NOT_APPLICABLE, "", "690 V"},
        {{HV, .voltage_v = 6000, .cooling = "IC86W"}, MB_VERDICT_NOT_APPLICABLE, "", "IC86W"},
        {{GB, INDUCTION, 11e3, 4, 50, .92, .voltage_v = 1000}, MB_VERDICT_NOT_APPLICABLE, "", "1000 V"},
        {{GB, INDUCTION, 11e3, 0, 50, .92}, MB_VERDICT_INCONCLUSIVE, "Table 1", "number of poles"},
        {{GB, "single-phase-capacitor-run", 550, 4, 50, .7}, MB_VERDICT_INCONCLUSIVE, "Table 3", "table3"},
        {{GB, "single-phase-capacitor-run", 550, 4, 50, .7, .use = "air-conditioner-fan"},
         MB_VERDICT_INCONCLUSIVE,
         "Table 5",
         "table5"},
        {{IEC, INDUCTION, 11e3, 4, 60, .95, .voltage_v = 460}, MB_VERDICT_PASS, "60 Hz nominal limits", ""},
        {{"NEMA MG 1-2018", INDUCTION, 11186, 4, 60, .93, .cooling = "IC411"},
         MB_VERDICT_PASS,
         "",
         "csv:122"},
        {{"NEMA MG 1-2018", INDUCTION, 11186, 4, 60, .93}, MB_VERDICT_INCONCLUSIVE, "", "the cooling"},
        {{"NEMA MG 1-2018", INDUCTION, 11e3, 4, 60, .93, .cooling = "IC411"},
         MB_VERDICT_INCONCLUSIVE,
         "",
         "hp"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_error err = {""};
        struct mb_grade g;

        if (mb_grade_evaluate(*state, &cases[i].query, &g, &err) < 0)
            fail_msg("case %zu: %s", i, err.text);
        if (g.verdict != cases[i].verdict || !strstr(g.table, cases[i].table) ||
            (!strstr(g.note, cases[i].word) && !strstr(g.source, cases[i].word)))
            fail_msg("case %zu: %s, %s, %s, %s", i, mb_verdict_name(g.verdict), g.table, g.note, g.source);
    }
}

/* eta = 1 / ((1 / eta_ref - 1) (1 + r) + 1): 18 kW, 4 poles, IE3: eta_ref = 92.54 % rounds to 92.5, with
 * r = 0.15 it becomes 91.5; 100 kW: 95.3, with r = 0.25 94.2. */
static void converters_add_losses(void **state)
{
    const char *kind = "converter-fed-induction", *standard = "IEC TS 60034-30-2:2016";
    struct mb_grade g = evaluate(*state, standard, kind, 18000, 4, 50, 0.9);

    assert_true(g.limits[2] == 0.915);
    assert_string_equal(g.mark, "formula-derived");
    assert_int_equal(g.grade_count, 5);
    assert_true(evaluate(*state, standard, kind, 100000, 4, 50, 0.9).limits[2] == 0.942);
    /* No polynomial from 0.55 to 0.75 kW, no table above 200 kW. */
    assert_int_equal(evaluate(*state, standard, kind, 650, 4, 50, 0.9).verdict, MB_VERDICT_INCONCLUSIVE);
    assert_int_equal(evaluate(*state, standard, kind, 250000, 4, 50, 0.99).verdict, MB_VERDICT_INCONCLUSIVE);
}

/* 91.4 % at 11 kW becomes 90.11 %, 95.8 % at 200 kW becomes 95.38 % (procedures F5). */
static void a_tolerance_is_applied_once(void **state)
{
    struct mb_grade_query q = {GB, INDUCTION, 11000, 4, 50, 0.9011, .tolerance = "GB/T 755-2019"};
    struct mb_error err = {""};
    struct mb_grade g;

    assert_int_equal(mb_grade_evaluate(*state, &q, &g, &err), 0);
    assert_int_equal(g.verdict, MB_VERDICT_PASS);
    assert_int_equal(g.grade, 3);
    assert_true(g.limit == 0.914 && fabs(g.tolerated - 0.9011) < 1e-12 && fabs(g.margin) < 1e-12);
    assert_string_equal(g.tolerance, "GB/T 755-2019");
    q.efficiency = 0.9010;
    assert_int_equal(mb_grade_evaluate(*state, &q, &g, &err), 0);
    assert_int_equal(g.verdict, MB_VERDICT_FAIL);
    q.power_w = 200000; /* 96.0 % here */
    q.efficiency = 0.9561;
    assert_int_equal(mb_grade_evaluate(*state, &q, &g, &err), 0);
    assert_true(fabs(g.tolerated - 0.956) < 1e-12 && g.verdict == MB_VERDICT_PASS);
    q.power_w = 150000; /* the last with 15 % of the losses */
    q.tolerance = "IEC 60034-1:2010";
    assert_int_equal(mb_grade_evaluate(*state, &q, &g, &err), 0);
    assert_true(fabs(g.tolerated - (g.limit - 0.15 * (1 - g.limit))) < 1e-12);
    q = (struct mb_grade_query){GB, INDUCTION, 11000, 4, 50, 0.92, .tolerance = "GB/T 755-2025"};
    assert_int_equal(mb_grade_evaluate(*state, &q, &g, &err), 0);
    assert_int_equal(g.verdict, MB_VERDICT_INCONCLUSIVE); /* the numbers of that edition were not seen */
    contains_word(g.note, "tolerances.csv:");
    q.tolerance = NULL;
    assert_int_equal(mb_grade_evaluate(*state, &q, &g, &err), 0);
    assert_true(isnan(g.tolerated) && !*g.tolerance);
    q.tolerance = "none";
    assert_int_equal(mb_grade_evaluate(*state, &q, &g, &err), -EINVAL);
    contains_word(err.text, "GB/T 755-2019");
}

static void a_motor_file_asks_with_all_it_says(void **state)
{
    static const char text[] =
        "motor: {id: x, kind: pm-converter-fed, rated: {power_w: 11000, voltage_v: 380, frequency_hz: 100,\n"
        "        speed_rpm: 250, poles: 48}, frame: {cooling: IC00}, sold_for: [drive, elevator]}\n";
    struct mb_grade_query q = {.standard = "GB 30253-2024", .efficiency = 0.95};
    struct mb_error err = {""};
    struct mb_motor motor;
    struct mb_grade g;

    mb_motor_init(&motor);
    if (mb_motor_parse("motor", text, strlen(text), &motor, &err) < 0)
        fail_msg("%s", err.text);
    mb_grade_query_motor(&motor, &q);
    assert_int_equal(mb_grade_evaluate(*state, &q, &g, &err), 0);
    assert_string_equal(g.table, "Table 29");
    assert_true(q.voltage_v == 380 && q.speed_rpm == 250 && q.poles == 48);
    assert_string_equal(q.cooling, "IC00");
    mb_motor_clear(&motor);
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
        cmocka_unit_test(selectors_choose_the_table),
        cmocka_unit_test(converters_add_losses),
        cmocka_unit_test(a_tolerance_is_applied_once),
        cmocka_unit_test(a_motor_file_asks_with_all_it_says),
        cmocka_unit_test(broken_tables_are_refused_with_the_line),
    };

    return cmocka_run_group_tests(tests, limits_setup, limits_teardown);
}
