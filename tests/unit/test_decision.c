/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "standard/decision.h"

/* In double precision; cmocka's own compares floats. */
#define ASSERT_NEAR(value, expected, tolerance) assert_true(fabs((value) - (expected)) <= (tolerance))

/* procedures.md G1: efficiency 0.9120 and 0.9130, u = 0.0010, lower limit 0.9114. */
static void probability_of_the_worked_example(void **state)
{
    (void)state;
    ASSERT_NEAR(mb_decide(MB_RULE_SIMPLE, MB_LIMIT_LOWER, 0.9120, 0.0010, 0.9114).conformity_probability,
                0.726, 5e-4);
    ASSERT_NEAR(mb_decide(MB_RULE_SIMPLE, MB_LIMIT_LOWER, 0.9130, 0.0010, 0.9114).conformity_probability,
                0.945, 5e-4);
}

struct row {
    enum mb_decision_rule rule;
    double value;
    enum mb_verdict verdict;
    const char *statement;
};

/* Lower limit 10, u = 0.5, so U = 1. */
static const struct row rows[] = {
    {MB_RULE_SIMPLE, 10.0, MB_VERDICT_PASS, "pass"},
    {MB_RULE_SIMPLE, 9.99, MB_VERDICT_FAIL, "fail"},
    {MB_RULE_GUARDED_ACCEPTANCE, 11.0, MB_VERDICT_PASS, "pass"},
    {MB_RULE_GUARDED_ACCEPTANCE, 10.99, MB_VERDICT_FAIL, "fail, conformity not shown"},
    {MB_RULE_GUARDED_ACCEPTANCE, 9.5, MB_VERDICT_FAIL, "fail"},
    {MB_RULE_GUARDED_REJECTION, 10.1, MB_VERDICT_PASS, "pass"},
    {MB_RULE_GUARDED_REJECTION, 9.0, MB_VERDICT_PASS, "pass, nonconformity not shown"},
    {MB_RULE_GUARDED_REJECTION, 8.99, MB_VERDICT_FAIL, "fail"},
    {MB_RULE_NON_BINARY, 11.0, MB_VERDICT_PASS, "pass"},
    {MB_RULE_NON_BINARY, 10.0, MB_VERDICT_INCONCLUSIVE, "conditional pass"},
    {MB_RULE_NON_BINARY, 9.0, MB_VERDICT_INCONCLUSIVE, "conditional fail"},
    {MB_RULE_NON_BINARY, 8.99, MB_VERDICT_FAIL, "fail"},
};

static void each_rule_in_each_zone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mb_decision lower = mb_decide(rows[i].rule, MB_LIMIT_LOWER, rows[i].value, 0.5, 10);
        struct mb_decision upper = mb_decide(rows[i].rule, MB_LIMIT_UPPER, -rows[i].value, 0.5, -10);

        assert_int_equal(lower.verdict, rows[i].verdict);
        assert_string_equal(lower.statement, rows[i].statement);
        /* An upper limit is the mirror image. */
        assert_int_equal(upper.verdict, lower.verdict);
        assert_string_equal(upper.statement, lower.statement);
        assert_true(upper.conformity_probability == lower.conformity_probability);
    }
}

static void guarded_rules_need_an_uncertainty(void **state)
{
    (void)state;
    for (int rule = MB_RULE_GUARDED_ACCEPTANCE; rule < MB_RULE_COUNT; rule++) {
        assert_int_equal(mb_decide(rule, MB_LIMIT_LOWER, 12, NAN, 10).verdict, MB_VERDICT_INCONCLUSIVE);
        assert_int_equal(mb_decide(rule, MB_LIMIT_LOWER, 12, -1, 10).verdict, MB_VERDICT_INCONCLUSIVE);
        assert_int_equal(mb_decide(rule, MB_LIMIT_LOWER, 12, 0, 10).verdict, MB_VERDICT_PASS);
    }
    assert_int_equal(mb_decide(MB_RULE_SIMPLE, MB_LIMIT_LOWER, 12, NAN, 10).verdict, MB_VERDICT_PASS);
    assert_true(isnan(mb_decide(MB_RULE_SIMPLE, MB_LIMIT_LOWER, 12, NAN, 10).conformity_probability));
}

static void no_value_is_invalid(void **state)
{
    (void)state;
    for (int rule = 0; rule < MB_RULE_COUNT; rule++) {
        assert_int_equal(mb_decide(rule, MB_LIMIT_UPPER, NAN, 0.1, 10).verdict, MB_VERDICT_INVALID);
        assert_int_equal(mb_decide(rule, MB_LIMIT_UPPER, 1, 0.1, NAN).verdict, MB_VERDICT_INVALID);
    }
}

static void names(void **state)
{
    (void)state;
    for (int rule = 0; rule < MB_RULE_COUNT; rule++)
        assert_int_equal(mb_decision_rule_from_name(mb_decision_rule_names[rule]), rule);
    assert_null(mb_decision_rule_names[MB_RULE_COUNT]);
    assert_int_equal(mb_decision_rule_from_name("guarded"), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probability_of_the_worked_example),
        cmocka_unit_test(each_rule_in_each_zone),
        cmocka_unit_test(guarded_rules_need_an_uncertainty),
        cmocka_unit_test(no_value_is_invalid),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
