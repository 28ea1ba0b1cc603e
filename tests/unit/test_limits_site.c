/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A laboratory's own folder of limits: tables that replace ours, confirmations, and what is refused in them.
 */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "standard/check.h"
#include "standard/grade.h"
#include "standard/mark.h"

#define DATA "daemon/standard/data"
#define GB "GB 18613-2020"
#define TABLE_1 "gb18613-2020_table1_three_phase.csv"
#define TABLE_2 "gb18613-2020_table2_capacitor_start.csv"
#define CONFIRMATIONS "confirmations.yaml"
#define HEADER                                                                                               \
    "standard,edition,table,motor_kind,frequency_hz,poles,rated_power_kw,grade,efficiency_percent,"          \
    "confidence\n"
#define ROW(rest) "GB 18613,2020,Table 2,capacitor-start motor,50," rest "\n"
#define WHO ", by: \"A. Name\", date: 2026-11-20, copy: \"paper copy 12\"}\n"

struct site {
    char folder[40];
    struct mb_limits *limits;
    struct mb_error err;
};

static int setup(void **state)
{
    struct site *s = calloc(1, sizeof *s);

    (void)snprintf(s->folder, sizeof s->folder, "/tmp/mb-limits-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    static const char *const names[] = {TABLE_1,
                                        TABLE_2,
                                        CONFIRMATIONS,
                                        "tables.csv",
                                        "iec60034-30-1_60hz.csv",
                                        "gb30254-2024_hv_cage_induction.csv"};
    struct site *s = *state;
    char path[128];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", s->folder, names[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(s->folder), 0);
    mb_limits_free(s->limits);
    free(s);
    return 0;
}

static void put(struct site *s, const char *name, const char *text)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", s->folder, name);
    assert_int_equal(mb_file_write(path, text, strlen(text), &s->err), 0);
}

/* Our table, with the first occurrence of from changed. */
static void put_changed(struct site *s, const char *name, const char *from, const char *to)
{
    char path[160], *text = NULL, *changed = NULL, *at;
    size_t size;

    (void)snprintf(path, sizeof path, DATA "/%s", name);
    assert_int_equal(mb_file_read(path, 1 << 20, &text, &size, &s->err), 0);
    at = strstr(text, from);
    assert_non_null(at);
    assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) > 0);
    put(s, name, changed);
    free(changed);
    free(text);
}

static int open_site(struct site *s)
{
    const struct mb_limits_place place = {.directory = DATA, .site = s->folder};

    s->err.text[0] = '\0';
    s->limits = mb_limits_free(s->limits);
    return mb_limits_open(&place, &s->limits, &s->err);
}

static struct mb_grade ask(struct site *s, const char *standard, const char *kind, double power_w,
                           double hertz, double efficiency)
{
    const struct mb_grade_query query = {standard, kind, power_w, 4, hertz, efficiency};
    struct mb_grade g;

    if (!s->limits && open_site(s) < 0)
        fail_msg("%s", s->err.text);
    if (mb_grade_evaluate(s->limits, &query, &g, &s->err) < 0)
        fail_msg("%s", s->err.text);
    return g;
}

static void contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in '%s'", part, text);
}

static void a_table_of_the_site_replaces_ours(void **state)
{
    struct site *s = *state;
    struct mb_limits_table t;
    struct mb_grade g;

    put_changed(s, TABLE_1, "50,4,11,3,91.4,", "50,4,11,3,91.5,");
    g = ask(s, GB, "three-phase-induction", 11000, 50, 0.9145);
    assert_int_equal(g.verdict, MB_VERDICT_FAIL);
    assert_true(g.limit == 0.915);
    contains(g.source, TABLE_1 ":399 (site)");
    assert_int_equal(mb_limits_table(s->limits, 0, &t), 0);
    assert_true(t.site && t.present);
    assert_int_equal(mb_limits_table(s->limits, 1, &t), 0);
    assert_false(t.site);
}

static void a_table_that_is_not_public_is_filled(void **state)
{
    struct site *s = *state;
    struct mb_grade g = ask(s, GB, "single-phase-capacitor-start", 550, 50, 0.7);

    assert_int_equal(g.verdict, MB_VERDICT_INCONCLUSIVE);
    contains(g.note, TABLE_2);
    s->limits = mb_limits_free(s->limits);
    put(s, TABLE_2,
        HEADER "# the laboratory's copy\n" ROW("4,0.55,1,80.1,U") ROW("4,0.55,2,75.1,U")
            ROW("4,0.55,3,70.1,U"));
    g = ask(s, GB, "single-phase-capacitor-start", 550, 50, 0.76);
    assert_int_equal(g.verdict, MB_VERDICT_INCONCLUSIVE); /* nobody has confirmed it */
    assert_true(g.limit == 0.701);
    s->limits = mb_limits_free(s->limits);
    put(s, CONFIRMATIONS, "confirmations:\n  - {file: " TABLE_2 ", rows: all" WHO);
    g = ask(s, GB, "single-phase-capacitor-start", 550, 50, 0.76);
    assert_int_equal(g.verdict, MB_VERDICT_PASS);
    assert_int_equal(g.grade, 2);
    assert_string_equal(g.mark, MB_MARK_CONFIRMED);
    assert_string_equal(g.note, "limit confirmed by this laboratory: A. Name, 2026-11-20, paper copy 12");
    assert_string_equal(g.confirmed, "A. Name, 2026-11-20, paper copy 12");
    assert_int_equal(ask(s, GB, "single-phase-capacitor-start", 550, 50, 0.70).verdict, MB_VERDICT_FAIL);
}

/* One cell, told by what a person reads in the standard. */
static void single_cells_are_confirmed(void **state)
{
    struct site *s = *state;
    const char *iec = "IEC 60034-30-1:2014", *kind = "three-phase-induction";

    assert_int_equal(ask(s, iec, kind, 120, 60, 0.69).verdict, MB_VERDICT_INCONCLUSIVE); /* memory only */
    s->limits = mb_limits_free(s->limits);
    put(s, CONFIRMATIONS,
        "confirmations:\n  - {file: iec60034-30-1_60hz.csv, rows: [{poles: 4, power_kw: 0.12, grade: "
        "IE2}]" WHO);
    assert_int_equal(ask(s, iec, kind, 120, 60, 0.641).grade, 2);
    assert_int_equal(ask(s, iec, kind, 120, 60, 0.99).grade, 2); /* IE3 and IE4 still may not decide */
    assert_int_equal(ask(s, iec, kind, 180, 60, 0.99).verdict, MB_VERDICT_INCONCLUSIVE);
}

static void a_rule_is_confirmed(void **state)
{
    struct site *s = *state;
    struct mb_grade g = ask(s, GB, "three-phase-induction", 13000, 50, 0.92);

    assert_int_equal(g.verdict, MB_VERDICT_INCONCLUSIVE);
    s->limits = mb_limits_free(s->limits);
    put(s, CONFIRMATIONS, "confirmations:\n  - {file: " TABLE_1 ", rows: interpolation" WHO);
    g = ask(s, GB, "three-phase-induction", 13000, 50, 0.92);
    assert_int_equal(g.verdict, MB_VERDICT_PASS);
    assert_string_equal(g.mark, "verified"); /* the rule is confirmed, the numbers are not */
    contains(g.note, "not yet confirmed");
    s->limits = mb_limits_free(s->limits);
    put(s, CONFIRMATIONS,
        "confirmations:\n  - {file: " TABLE_1 ", rows: interpolation" WHO "  - {file: " TABLE_1
        ", rows: all" WHO);
    g = ask(s, GB, "three-phase-induction", 13000, 50, 0.92);
    assert_string_equal(g.mark, MB_MARK_CONFIRMED);
    contains(g.note, "A. Name");
}

static void bad_confirmations_are_refused_with_the_line(void **state)
{
    static const struct {
        const char *text, *word;
    } cases[] = {
        {"confirmations: all\n", ":1: "},
        {"confirmations:\n  - {file: " TABLE_1 ", rows: all}\n", ":2: 'by'"},
        {"confirmations:\n  - {file: " TABLE_1 ", rows: some" WHO, ":2: rows"},
        {"confirmations:\n  - {file: " TABLE_1 ", rows: []" WHO, ":2: rows"},
        {"confirmations:\n  - {file: " TABLE_1 ", rows: all, by: x, date: 2026-02-30, copy: y}\n",
         "2026-02-30"},
        {"confirmations:\n  - {file: " TABLE_1 ", rows: all, why: x" WHO, "why"},
        {"confirmations:\n  - {file: " TABLE_1 ", rows: [{poles: 4, power_kw: 11.5}]" WHO, "no cell"},
        {"confirmations:\n  - {file: " TABLE_1 ", rows: [{poles: 10}]" WHO, "no cell"},
        {"confirmations:\n  - {file: " TABLE_1 ", rows: [{grade: 4}]" WHO, "no cell"},
        {"confirmations:\n  - {file: " TABLE_1 ", rows: [{speed_rpm: 1500}]" WHO, "no cell"},
        {"confirmations:\n  - {file: " TABLE_1 ", rows: [{power_hp: 15}]" WHO, "no cell"},
        {"confirmations:\n  - {file: " TABLE_2 ", rows: all" WHO, "no cell"},
        {"confirmations:\n  - file: " TABLE_1 "\n    rows:\n      - {poles: 4, power_kw: 11, grade: 3, "
         "efficiency_percent: 91.3}\n    by: x\n    date: 2026-11-20\n    copy: y\n",
         ":4: the copy has 91.3 %, but " TABLE_1 ":399 has 91.4 %"},
        {"confirmed:\n", "confirmed"},
    };
    struct site *s = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put(s, CONFIRMATIONS, cases[i].text);
        if (open_site(s) != -EINVAL || !strstr(s->err.text, CONFIRMATIONS ":") ||
            !strstr(s->err.text, cases[i].word))
            fail_msg("case %zu: %s", i, s->err.text);
        assert_null(s->limits);
    }
    put(s, CONFIRMATIONS, "confirmations:\n  - {file: requirements.csv, rows: [{id: x}]" WHO); /* not ours */
    assert_int_equal(open_site(s), 0);
}

static int keep_first(const struct mb_check_finding *finding, void *userdata)
{
    char *text = userdata;

    if (!*text)
        (void)snprintf(text, 400, "%s:%u: %s", finding->path, finding->line, finding->text);
    return 0;
}

static void tables_out_of_order_are_refused_with_the_line(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *word;
    } cases[] = {
        {ROW("4,0.55,3,70.1,V") ROW("4,0.75,3,70.0,V"), 3,
         "70 % at 0.75 is below the 70.1 % at 0.55 of line 2"},
        {ROW("4,0.55,3,70.1,V") ROW("4,0.55,2,70.0,V"), 3, "grade 2 with 70 % is below grade 3"},
        {ROW("4,0.55,3,70.1,V") ROW("4,0.75,3,71.0,V") ROW("4,1.1,3,72,V") ROW("2,0.55,3,70.0,V")
             ROW("2,1.1,3,71,V"),
         6, "a gap"},
        {ROW("4,0.55,3,70.1,V") ROW("4,0.55,2,71.0,V") ROW("4,0.75,3,71.0,V"), 4, "no limit of grade 2"},
        {ROW("4,0.55,3,70.1,V") ROW("4,0.55,2,71.0,V") ROW("4,0.75,2,71.0,V"), 4, "least grade 3"},
        {ROW("4,0.55,3,70.1,V") ROW("4,0.55,3,70.2,V"), 3, "line 2"},
        {ROW("4,0.55,3,0.701,V"), 2, "out of range"},
    };
    struct mb_limits_place place = {.directory = DATA, .unchecked = true};
    struct site *s = *state;
    char text[1000], where[200], found[400] = "";

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)snprintf(text, sizeof text, HEADER "%s", cases[i].text);
        (void)snprintf(where, sizeof where, "%s/" TABLE_2 ":%u: ", s->folder, cases[i].line);
        put(s, TABLE_2, text);
        if (open_site(s) != -EINVAL || strncmp(s->err.text, where, strlen(where)) != 0 ||
            !strstr(s->err.text, cases[i].word))
            fail_msg("case %zu: %s", i, s->err.text);
    }
    /* What may not decide is not held to the order; `standards check` loads what a test may not use. */
    put(s, TABLE_2, HEADER ROW("4,0.55,3,70.1,V") ROW("4,0.75,3,70.0,uncertain"));
    assert_int_equal(open_site(s), 0);
    put(s, TABLE_2, HEADER ROW("4,0.55,3,70.1,V") ROW("4,0.75,3,70.0,V"));
    place.site = s->folder;
    s->limits = mb_limits_free(s->limits);
    assert_int_equal(mb_limits_open(&place, &s->limits, &s->err), 0);
    assert_int_equal(mb_limits_check(s->limits, true, keep_first, found), 0);
    contains(found, TABLE_2 ":3: 70 %");
}

/* tables.csv says what the columns mean: a site cannot change that. */
static void only_tables_are_the_sites(void **state)
{
    struct site *s = *state;

    put(s, "tables.csv", "nonsense\n");
    assert_int_equal(open_site(s), 0);
    (void)snprintf(s->folder + strlen(s->folder), 2, "x");
    assert_int_equal(open_site(s), 0); /* a folder that is not there is none */
    s->folder[strlen(s->folder) - 1] = '\0';
}

/* What a record freezes gives the same answer without the folders. */
static void frozen_files_answer_alike(void **state)
{
    struct mb_limits_file files[16];
    struct mb_limits *frozen = NULL;
    struct site *s = *state;
    struct mb_grade g;
    size_t count = 0;
    bool confirmations = false;

    put_changed(s, TABLE_1, "50,4,11,3,91.4,verified", "50,4,11,3,91.5,uncertain");
    put(s, CONFIRMATIONS, "confirmations:\n  - {file: " TABLE_1 ", rows: all" WHO);
    g = ask(s, GB, "three-phase-induction", 11000, 50, 0.915);
    assert_int_equal(g.verdict, MB_VERDICT_PASS);
    while (count < 16 && mb_limits_file(s->limits, GB, count, &files[count]) == 0) {
        confirmations = confirmations || strcmp(files[count].name, CONFIRMATIONS) == 0;
        assert_null(strstr(files[count].name, "gb30254"));
        assert_null(strstr(files[count].name, "table2")); /* nothing in it */
        count++;
    }
    assert_true(confirmations && count == 4); /* tables, table 1, tolerances, confirmations */
    assert_int_equal(mb_limits_parse(files, count, &frozen, &s->err), 0);
    s->limits = mb_limits_free(s->limits);
    s->limits = frozen;
    assert_int_equal(ask(s, GB, "three-phase-induction", 11000, 50, 0.915).verdict, MB_VERDICT_PASS);
    assert_string_equal(ask(s, GB, "three-phase-induction", 11000, 50, 0.915).note, g.note);
}

static void iec_freezes_its_polynomials(void **state)
{
    struct mb_limits_file file;
    struct site *s = *state;
    bool coefficients = false;

    assert_int_equal(open_site(s), 0);
    for (size_t i = 0; mb_limits_file(s->limits, "IEC 60034-30-1-2014", i, &file) == 0; i++)
        coefficients = coefficients || strstr(file.name, "coefficients");
    assert_true(coefficients);
    assert_int_equal(mb_limits_file(s->limits, "GB 18613-2012", 0, &file), -ENOENT);
}

#define WITH_SITE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SITE(a_table_of_the_site_replaces_ours),
        WITH_SITE(a_table_that_is_not_public_is_filled),
        WITH_SITE(single_cells_are_confirmed),
        WITH_SITE(a_rule_is_confirmed),
        WITH_SITE(bad_confirmations_are_refused_with_the_line),
        WITH_SITE(tables_out_of_order_are_refused_with_the_line),
        WITH_SITE(only_tables_are_the_sites),
        WITH_SITE(frozen_files_answer_alike),
        WITH_SITE(iec_freezes_its_polynomials),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
