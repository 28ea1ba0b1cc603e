/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schemes, certificates, labels, indicators and remedies, through the plan and one by one. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "standard/plan.h"
#include "support/standard_data.h"

#define SMALL                                                                                                \
    "motor:\n  id: m\n  kind: three-phase-induction\n"                                                       \
    "  rated: {power_w: 750, voltage_v: 380, frequency_hz: 50, poles: 4, efficiency: 0.825}\n"

static struct mb_plan *plan_on(const struct mb_standards *data, const char *text, const char *day)
{
    struct mb_plan *plan = NULL;
    struct mb_error err = {""};
    struct mb_motor motor;

    mb_motor_init(&motor);
    if (mb_motor_parse("m.yaml", text, strlen(text), &motor, &err) < 0 ||
        mb_plan_make(&motor, data, day, &plan, &err) < 0)
        fail_msg("%s", err.text);
    mb_motor_clear(&motor);
    return plan;
}

/* "ok", "finding", "unknown"; "" where the plan has no such finding. A fault counts before what is ok. */
static const char *found(const struct mb_plan *plan, const char *id)
{
    const char *status = "";

    for (size_t i = 0; i < plan->papers.count; i++)
        if (strcmp(plan->papers.findings[i].id, id) == 0 && strcmp(status, "finding") != 0)
            status = mb_paper_status_names[plan->papers.findings[i].status];
    return status;
}

static void check(void **state, const char *more, const char *day, const char *id, const char *status)
{
    struct mb_plan *plan;
    char text[1000];

    (void)snprintf(text, sizeof text, "%s%s", SMALL, more);
    plan = plan_on(*state, text, day);
    if (strcmp(found(plan, id), status) != 0)
        fail_msg("%s on %s with %s: '%s', expected '%s'", id, day, more, found(plan, id), status);
    mb_plan_free(plan);
}

#define MADE(day) "  production_date: " day "\n"
#define CCC(words) "  ccc: {certificate: A1, " words "}\n"

static void the_route_of_ccc_changes_with_2027(void **state)
{
    check(state, MADE("2026-12-31") CCC("route: self-declaration"), "2027-02-01", "ccc-route", "ok");
    check(state, MADE("2027-01-01") CCC("route: self-declaration"), "2027-02-01", "ccc-route", "finding");
    check(state, CCC("route: self-declaration"), "2027-02-01", "ccc-route", "unknown");
    check(state, MADE("2027-01-01") CCC("route: third-party, issued: 2026-08-01"), "2027-02-01", "ccc-route",
          "ok");
    check(state, MADE("2027-01-01") CCC("route: third-party, issued: 2026-06-30"), "2027-02-01", "ccc-route",
          "unknown");
    check(state, CCC("mark: present"), "2026-11-01", "ccc-route", "unknown");
    check(state, MADE("2027-01-01") CCC("mark: absent"), "2027-02-01", "ccc-mark", "finding");
    check(state, MADE("2026-12-31") CCC("mark: absent"), "2027-02-01", "ccc-mark", "unknown");
    check(state, CCC("mark: present"), "2026-11-01", "ccc-mark", "ok");
}

static void a_certificate_is_valid_on_a_day(void **state)
{
    check(state, MADE("2026-03-01") CCC("issued: 2026-03-01, valid_until: 2026-03-01"), "2026-11-01",
          "ccc-validity", "ok");
    check(state, MADE("2026-03-01") CCC("issued: 2026-03-02"), "2026-11-01", "ccc-validity", "finding");
    check(state, MADE("2026-03-01") CCC("valid_until: 2026-02-28"), "2026-11-01", "ccc-validity", "finding");
    check(state, CCC("issued: 2025-01-01, valid_until: 2026-10-31"), "2026-11-01", "ccc-validity", "finding");
    check(state, CCC("issued: 2026-02-01, valid_until: 2026-01-01"), "2026-01-01", "ccc-validity", "finding");
    check(state, CCC("mark: present"), "2026-11-01", "ccc-validity", "unknown");
    check(state, CCC("mark: present"), "2026-11-01", "ccc-certificate", "ok");
    check(state, "", "2026-11-01", "ccc-certificate", "unknown");
    check(state, "  sold_for: [ship]\n" CCC("mark: present"), "2026-11-01", "ccc-scope", "unknown");
    check(state, "  sold_for: [ship]\n", "2026-11-01", "ccc-certificate", "");
}

static void a_label_agrees_with_the_nameplate(void **state)
{
    check(state, "", "2026-11-01", "label", "unknown");
    check(state, "  label: {grade: 3, efficiency: 0.825, power_w: 750, poles: 4}\n", "2026-11-01",
          "label-nameplate", "ok");
    check(state, "  label: {power_w: 1100}\n", "2026-11-01", "label-nameplate", "finding");
    check(state, "  label: {poles: 2}\n", "2026-11-01", "label-nameplate", "finding");
    check(state, "  label: {efficiency: 0.83}\n", "2026-11-01", "label-nameplate", "finding");
    check(state, "  model: A\n  label: {model: B}\n", "2026-11-01", "label-nameplate", "finding");
    check(state, "  label: {grade: 3, efficiency: 0.825}\n", "2026-11-01", "label-grade", "ok");
    check(state, "  label: {grade: 3, efficiency: 0.824}\n", "2026-11-01", "label-grade", "finding");
    check(state, "  label: {grade: 1, efficiency: 0.825}\n", "2026-11-01", "label-grade", "finding");
}

static void days_do_not_contradict_each_other(void **state)
{
    check(state, MADE("2026-03-01") "sample: {sampled: 2026-03-01}\n", "2026-11-01", "dates", "ok");
    check(state, MADE("2026-03-02") "sample: {sampled: 2026-03-01}\n", "2026-11-01", "dates", "finding");
    check(state, MADE("2026-11-02"), "2026-11-01", "dates", "finding");
    check(state, "sample: {sampled: 2026-01-01, received: 2026-02-01, objection: 2026-01-31}\n", "2026-11-01",
          "dates", "finding");
    check(state, "", "2026-11-01", "serial-number", "unknown");
}

static struct mb_grade reached(int grade, enum mb_verdict verdict)
{
    return (struct mb_grade){
        .grade_count = 3, .grade = grade, .verdict = verdict, .limits = {0.90, 0.88, 0.86, NAN, NAN}};
}

static void a_label_that_promises_more_fails_its_item(void **state)
{
    static const struct {
        int label, reached;
        enum mb_verdict grade, expected;
    } rows[] = {{0, 1, MB_VERDICT_PASS, MB_VERDICT_NOT_APPLICABLE},
                {2, 2, MB_VERDICT_PASS, MB_VERDICT_PASS},
                {2, 1, MB_VERDICT_PASS, MB_VERDICT_PASS},
                {2, 3, MB_VERDICT_PASS, MB_VERDICT_FAIL},
                {3, 0, MB_VERDICT_FAIL, MB_VERDICT_FAIL},
                {2, 0, MB_VERDICT_INVALID, MB_VERDICT_INCONCLUSIVE},
                {2, 0, MB_VERDICT_INCONCLUSIVE, MB_VERDICT_INCONCLUSIVE}};
    struct mb_motor motor;

    (void)state;
    mb_motor_init(&motor);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mb_grade grade = reached(rows[i].reached, rows[i].grade);

        motor.label.grade = rows[i].label;
        assert_int_equal(mb_papers_label_verdict(&motor, &grade), rows[i].expected);
    }
}

static void a_label_above_the_measured_value_is_a_finding(void **state)
{
    struct mb_grade grade = reached(2, MB_VERDICT_PASS);
    struct mb_motor motor;

    (void)state;
    mb_motor_init(&motor);
    motor.label.efficiency = 0.885;
    for (int above = 0; above < 2; above++) {
        struct mb_papers papers = {.count = 0};
        const struct mb_paper_finding *last;

        mb_papers_label(&motor, true, &grade, above ? 0.8849 : 0.885, &papers);
        last = &papers.findings[papers.count - 1];
        assert_string_equal(last->id, "label-efficiency");
        assert_int_equal(last->status, above ? MB_FINDING_FAULT : MB_FINDING_OK);
    }
}

static const struct mb_plan_scheme *scheme(const struct mb_plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->scheme_count; i++)
        if (strcmp(plan->schemes[i].id, id) == 0)
            return &plan->schemes[i];
    fail_msg("%s is not in the plan", id);
    return NULL;
}

static void all_four_schemes_answer_with_a_reason(void **state)
{
    static const char *const ids[] = {"CCC", "CEL", "ENERGY-SAVING", "GREEN-DESIGN"};
    struct mb_plan *plan = plan_on(*state, SMALL, "2026-11-01");

    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(plan->schemes[i].id, ids[i]);
        assert_true(plan->schemes[i].reason[0] != '\0');
    }
    assert_true(scheme(plan, "CCC")->applies);
    assert_non_null(strstr(scheme(plan, "CCC")->reason, "self-declaration before 2027-01-01"));
    assert_non_null(strstr(scheme(plan, "CCC")->reason, "application from 2026-07-01"));
    assert_true(scheme(plan, "CEL")->applies);
    assert_false(scheme(plan, "ENERGY-SAVING")->applies);
    assert_string_equal(scheme(plan, "ENERGY-SAVING")->binding, "doubtful");
    assert_false(scheme(plan, "GREEN-DESIGN")->applies);
    mb_plan_free(plan);
    plan = plan_on(*state, SMALL "sample: {task: \"green design by T/CEEIA 380\"}\n", "2026-11-01");
    assert_true(scheme(plan, "GREEN-DESIGN")->applies);
    assert_true(plan->indicator_count > 0);
    mb_plan_free(plan);
    plan = plan_on(*state, SMALL "sample: {task: \"T/CEEIA 3801\"}\n", "2026-11-01");
    assert_false(scheme(plan, "GREEN-DESIGN")->applies);
    assert_int_equal(plan->indicator_count, 0);
    mb_plan_free(plan);
}

/* What a laboratory's own file would say. */
static char *make_file(const char *text)
{
    char *path = strdup("/tmp/motorbench-papers-XXXXXX");
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
    return path;
}

#define SCHEME_HEADER                                                                                        \
    "row,scheme,title,document,kinds,sold_for,voltage_v,power_kw,converted_rpm,rests_on,named,binding,"      \
    "route,"                                                                                                 \
    "in_force,until,mark,source,note\n"

static void a_laboratory_decides_what_is_doubtful(void **state)
{
    char *path = make_file(SCHEME_HEADER "scope,X,certification,D,dc,,,,,,,mandatory,,,,E,s,\n");
    struct mb_schemes *schemes = NULL;
    struct mb_scheme_answer answer;
    struct mb_error err = {""};
    struct mb_motor motor;

    (void)state;
    mb_motor_init(&motor);
    motor.kind = MB_KIND_DC;
    assert_int_equal(mb_schemes_load(path, &schemes, &err), 0);
    assert_int_equal(mb_scheme_ask(schemes, "X", &motor, NULL, NULL, &answer), 0);
    assert_true(answer.applies);
    assert_int_equal(mb_scheme_ask(schemes, "Y", &motor, NULL, NULL, &answer), -ENOENT);
    mb_schemes_free(schemes);
    assert_int_equal(unlink(path), 0);
    free(path);
}

typedef int (*loader)(const char *path, struct mb_error *err);

static int load_schemes(const char *path, struct mb_error *err)
{
    struct mb_schemes *s = NULL;
    int r = mb_schemes_load(path, &s, err);

    mb_schemes_free(s);
    return r;
}

static int load_indicators(const char *path, struct mb_error *err)
{
    struct mb_indicators *s = NULL;
    int r = mb_indicators_load(path, &s, err);

    mb_indicators_free(s);
    return r;
}

static int load_remedies(const char *path, struct mb_error *err)
{
    struct mb_remedies *s = NULL;
    int r = mb_remedies_load(path, &s, err);

    mb_remedies_free(s);
    return r;
}

#define INDICATOR_HEADER "standard,indicator,title,kind,quantity,limit,unit,mark,evidence,source\n"

static void a_bad_row_is_named_with_its_line(void **state)
{
    static const struct {
        loader load;
        const char *text, *part;
    } rows[] = {
        {load_schemes, SCHEME_HEADER "scope,X,t,D,dc,,,,,,,perhaps,,,,E,s,\n", ":2: binding 'perhaps'"},
        {load_schemes, SCHEME_HEADER "some,X,t,D,dc,,,,,,,mandatory,,,,E,s,\n", ":2: row 'some'"},
        {load_schemes, SCHEME_HEADER "scope,X,t,D,steam,,,,,,,mandatory,,,,E,s,\n", ":2: kinds"},
        {load_schemes, SCHEME_HEADER "scope,X,t,D,dc,,high,,,,,mandatory,,,,E,s,\n", ":2: voltage_v"},
        {load_schemes, SCHEME_HEADER "route,X,t,D,dc,,,,,,,,r,2027-13-01,,E,s,\n", ":2: in_force"},
        {load_indicators, INDICATOR_HEADER "S,i,t,guessed,,,,,,s\n", ":2: kind 'guessed'"},
        {load_indicators, INDICATOR_HEADER "S,i,t,measured,,low,,,,s\n", ":2: limit 'low'"},
        {load_indicators, INDICATOR_HEADER "S,i,t,nameplate,colour,,mm,,,s\n", ":2: quantity 'colour'"},
        {load_indicators, INDICATOR_HEADER "S,i,t,nameplate,shaft-height,,m,,,s\n",
         ":2: quantity 'shaft-height'"},
        {load_remedies, "about,advice,mark,source\nnoise,,E,s\n", ":2: about, advice"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *path = make_file(rows[i].text);
        struct mb_error err = {""};

        assert_int_equal(rows[i].load(path, &err), -EINVAL);
        if (!strstr(err.text, rows[i].part))
            fail_msg("'%s' does not say '%s'", err.text, rows[i].part);
        assert_int_equal(unlink(path), 0);
        free(path);
    }
}

static void indicators_are_assessed_one_by_one(void **state)
{
    static const struct {
        const char *row, *evidence;
        enum mb_verdict verdict;
        const char *note;
    } rows[] = {
        {"S,noise,t,measured,q,<=60,dB,V,test,s", "value: 60", MB_VERDICT_PASS, "not yet confirmed"},
        {"S,noise,t,measured,q,<=60,dB,V,test,s", "value: 60.1", MB_VERDICT_FAIL, "not yet confirmed"},
        {"S,noise,t,measured,q,<=60,dB,M,test,s", "value: 50", MB_VERDICT_INCONCLUSIVE, "marked 'M'"},
        {"S,noise,t,measured,q,,dB,V,test,s", "value: 50", MB_VERDICT_INCONCLUSIVE, "indicators.csv:2"},
        {"S,other,t,measured,q,<=60,dB,V,test,s", "value: 50", MB_VERDICT_INCONCLUSIVE, "not measured"},
        {"S,noise,t,nameplate,efficiency,>=0.8,1,V,plate,s", "value: 1", MB_VERDICT_PASS, ""},
        {"S,noise,t,nameplate,efficiency,>=0.9,1,V,plate,s", "value: 1", MB_VERDICT_FAIL, ""},
        {"S,noise,t,nameplate,shaft-height,>=80,mm,V,plate,s", "value: 1", MB_VERDICT_INCONCLUSIVE,
         "nameplate"},
        {"S,noise,t,document,,,,V,a report,s", "document: R-1", MB_VERDICT_PASS, "R-1"},
        {"S,noise,t,document,,,,M,a report,s", "document: R-1", MB_VERDICT_INCONCLUSIVE, "confirmed"},
        {"S,other,t,document,,,,V,a report,s", "document: R-1", MB_VERDICT_INCONCLUSIVE,
         "missing document: a report"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char table[300], text[600];
        struct mb_indicators *indicators = NULL;
        struct mb_indicator_result result;
        struct mb_error err = {""};
        struct mb_motor motor;
        char *path;

        (void)snprintf(table, sizeof table, "%s%s\n", INDICATOR_HEADER, rows[i].row);
        (void)snprintf(text, sizeof text, "%sevidence: [{indicator: noise, %s}]\n", SMALL, rows[i].evidence);
        path = make_file(table);
        mb_motor_init(&motor);
        assert_int_equal(mb_indicators_load(path, &indicators, &err), 0);
        assert_int_equal(mb_motor_parse("m", text, strlen(text), &motor, &err), 0);
        result = mb_indicator_assess(mb_indicators_get(indicators, 0), &motor);
        if (result.verdict != rows[i].verdict || !strstr(result.note, rows[i].note))
            fail_msg("row %zu: %s, %s", i, mb_verdict_name(result.verdict), result.note);
        assert_int_equal(result.missing_document, strncmp(result.note, "missing", 7) == 0);
        mb_motor_clear(&motor);
        mb_indicators_free(indicators);
        assert_int_equal(unlink(path), 0);
        free(path);
    }
}

/* The seven standards have their tables, and no number that was not public. */
static void the_shipped_indicators_decide_nothing(void **state)
{
    static const char *const standards[] = {"T/CEEIA 380", "T/CEEIA 410", "T/CAGP 0042", "JB/T 13299",
                                            "JB/T 13297",  "JB/T 1012",   "JB/T 13729"};
    const struct mb_indicators *s = ((struct mb_standards *)*state)->indicators;

    for (size_t k = 0; k < sizeof standards / sizeof *standards; k++) {
        size_t n = 0;

        for (size_t i = 0; i < mb_indicators_count(s); i++)
            n += strcmp(mb_indicators_get(s, i)->standard, standards[k]) == 0;
        assert_true(n > 0);
    }
    for (size_t i = 0; i < mb_indicators_count(s); i++)
        assert_true(!*mb_indicators_get(s, i)->limit || strcmp(mb_indicators_get(s, i)->mark, "M") == 0);
}

/* Advice stands beside the findings and changes none of them. */
static void findings_come_with_advice(void **state)
{
    struct mb_plan *plan =
        plan_on(*state, SMALL MADE("2027-01-01") CCC("route: self-declaration"), "2027-02-01");

    assert_int_equal(plan->remedy_count, 1);
    assert_string_equal(plan->remedies[0]->about, "ccc-route");
    mb_plan_free(plan);
    plan = plan_on(*state, SMALL MADE("2026-03-01") CCC("route: self-declaration"), "2026-11-01");
    assert_int_equal(plan->remedy_count, 0);
    mb_plan_free(plan);
}

static void write_text(const char *folder, const char *name, const char *text)
{
    char path[200];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Lists may grade their items: A is critical, B important. */
static void an_item_list_has_classes(void **state)
{
    static const char *const classes[] = {"A", "B", "", "C"};
    char folder[] = "/tmp/motorbench-items-XXXXXX", path[200], text[300];

    (void)state;
    assert_non_null(mkdtemp(folder));
    write_text(folder, MB_ITEMS_FILE,
               "item,order,title,standard,clause,procedure,limit_standard,quantity,when,needs,minutes,kinds,"
               "power_kw,"
               "note\n");
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        struct mb_items *items = NULL;
        struct mb_error err = {""};
        int r;

        (void)snprintf(text, sizeof text,
                       "list,title,in_force,until,kinds,power_kw,item,standard,edition,class,mark,source\n"
                       "l,t,2026-01-01,,*,,noise,S,,%s,M,s\n",
                       classes[i]);
        write_text(folder, MB_SUPERVISION_FILE, text);
        r = mb_items_load(folder, &items, &err);
        if (strcmp(classes[i], "C") == 0) {
            assert_int_equal(r, -EINVAL);
            assert_non_null(strstr(err.text, ":2: class 'C', allowed: A, B"));
        } else {
            assert_int_equal(r, 0);
            assert_string_equal(items->supervision[0].item_class, classes[i]);
        }
        mb_items_free(items);
    }
    (void)snprintf(path, sizeof path, "%s/%s", folder, MB_ITEMS_FILE);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof path, "%s/%s", folder, MB_SUPERVISION_FILE);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void evidence_is_a_value_or_a_document(void **state)
{
    static const char *const wrong[] = {"{indicator: a}", "{indicator: a, value: 1, document: b}",
                                        "{value: 1}"};
    struct mb_error err;
    struct mb_motor motor;
    char text[600];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        (void)snprintf(text, sizeof text, "%sevidence: [%s]\n", SMALL, wrong[i]);
        mb_motor_init(&motor);
        assert_int_equal(mb_motor_parse("m", text, strlen(text), &motor, &err), -EINVAL);
        assert_non_null(strstr(err.text, "m:5: "));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_route_of_ccc_changes_with_2027),
        cmocka_unit_test(a_certificate_is_valid_on_a_day),
        cmocka_unit_test(a_label_agrees_with_the_nameplate),
        cmocka_unit_test(days_do_not_contradict_each_other),
        cmocka_unit_test(a_label_that_promises_more_fails_its_item),
        cmocka_unit_test(a_label_above_the_measured_value_is_a_finding),
        cmocka_unit_test(all_four_schemes_answer_with_a_reason),
        cmocka_unit_test(a_laboratory_decides_what_is_doubtful),
        cmocka_unit_test(a_bad_row_is_named_with_its_line),
        cmocka_unit_test(indicators_are_assessed_one_by_one),
        cmocka_unit_test(the_shipped_indicators_decide_nothing),
        cmocka_unit_test(findings_come_with_advice),
        cmocka_unit_test(an_item_list_has_classes),
        cmocka_unit_test(evidence_is_a_value_or_a_document),
    };

    return cmocka_run_group_tests(tests, standards_setup, standards_teardown);
}
