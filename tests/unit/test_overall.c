/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verdict of a sample from its items, the value that decides beside a declared one, objection and retest. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "standard/date.h"
#include "standard/overall.h"

#define STATES 6 /* the five verdicts, and not run */

static struct mb_item_result result_of(int state)
{
    return (struct mb_item_result){
        .id = "item", .run = state < STATES - 1, .verdict = (enum mb_verdict)(state % 5)};
}

/* The lower, the worse for the sample. */
static int rank(enum mb_verdict verdict)
{
    static const int ranks[] = {[MB_VERDICT_PASS] = 3,
                                [MB_VERDICT_FAIL] = 0,
                                [MB_VERDICT_INVALID] = 1,
                                [MB_VERDICT_INCONCLUSIVE] = 2,
                                [MB_VERDICT_NOT_APPLICABLE] = 4};

    return ranks[verdict];
}

static enum mb_verdict of_three(int a, int b, int c)
{
    const struct mb_item_result items[] = {result_of(a), result_of(b), result_of(c)};

    return mb_overall(items, 3).verdict;
}

/* All 216 triples: the order does not count, one failed item fails the sample, and only passes make a pass.
 */
static void any_failed_item_fails_in_any_order(void **state)
{
    (void)state;
    for (int a = 0; a < STATES; a++)
        for (int b = 0; b < STATES; b++)
            for (int c = 0; c < STATES; c++) {
                enum mb_verdict v = of_three(a, b, c);
                bool fails = a == MB_VERDICT_FAIL || b == MB_VERDICT_FAIL || c == MB_VERDICT_FAIL;
                bool open = a == MB_VERDICT_INVALID || b == MB_VERDICT_INVALID || c == MB_VERDICT_INVALID ||
                            a == MB_VERDICT_INCONCLUSIVE || b == MB_VERDICT_INCONCLUSIVE ||
                            c == MB_VERDICT_INCONCLUSIVE || a == STATES - 1 || b == STATES - 1 ||
                            c == STATES - 1;

                assert_int_equal(v, of_three(c, a, b));
                assert_int_equal(v, of_three(b, a, c));
                assert_int_equal(v == MB_VERDICT_FAIL, fails);
                if (open)
                    assert_int_not_equal(v, MB_VERDICT_PASS);
            }
}

/* A worse item never makes a better sample. */
static void worse_items_never_help(void **state)
{
    (void)state;
    for (int a = 0; a < STATES; a++)
        for (int worse = 0; worse < 5; worse++)
            for (int b = 0; b < STATES; b++) {
                struct mb_item_result item = result_of(a);

                if (rank((enum mb_verdict)worse) <= rank(item.run ? item.verdict : MB_VERDICT_INCONCLUSIVE))
                    assert_true(rank(of_three(worse, b, b)) <= rank(of_three(a, b, b)));
            }
}

static void the_words_of_the_rule(void **state)
{
    const struct mb_item_result pass[] = {{"noise", true, MB_VERDICT_PASS, MB_CLASS_B},
                                          {"label", true, MB_VERDICT_NOT_APPLICABLE, MB_CLASS_NONE}};
    const struct mb_item_result fails[] = {{"noise", true, MB_VERDICT_FAIL, MB_CLASS_B},
                                           {"grounding", true, MB_VERDICT_FAIL, MB_CLASS_A},
                                           {"thermal", true, MB_VERDICT_PASS, MB_CLASS_NONE}};
    struct mb_overall o = mb_overall(pass, 2);

    (void)state;
    assert_string_equal(o.sentence, "no nonconformity found in the tested items (noise)");
    assert_int_equal(o.tested, 1);
    o = mb_overall(fails, 1);
    assert_false(o.serious);
    assert_non_null(strstr(o.sentence, "nonconforming: 1 of 1 tested items fails (noise)"));
    o = mb_overall(fails, 3);
    assert_true(o.serious);
    assert_int_equal(o.failed, 2);
    assert_non_null(strstr(o.sentence, "a serious one: 2 of 3 tested items fail (noise, grounding)"));
    assert_int_equal(mb_overall(NULL, 0).verdict, MB_VERDICT_NOT_APPLICABLE);
}

/* Lower limit 0.914; the upper one is its mirror. */
static void the_stricter_of_declared_and_mandatory_decides(void **state)
{
    static const struct {
        double declared;
        bool mandatory, is_declared;
        double value;
    } rows[] = {{0.933, true, true, 0.933},  {0.933, false, true, 0.933}, {0.900, true, false, 0.914},
                {0.900, false, true, 0.900}, {0.914, true, false, 0.914}, {NAN, true, false, 0.914}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mb_declared lower =
            mb_declared_decides(MB_LIMIT_LOWER, rows[i].declared, 0.914, rows[i].mandatory);
        struct mb_declared upper =
            mb_declared_decides(MB_LIMIT_UPPER, -rows[i].declared, -0.914, rows[i].mandatory);

        assert_true(lower.value == rows[i].value && upper.value == -rows[i].value);
        assert_int_equal(lower.declared, rows[i].is_declared);
        assert_int_equal(upper.declared, rows[i].is_declared);
        assert_string_equal(lower.why, upper.why);
    }
    assert_true(mb_declared_decides(MB_LIMIT_LOWER, 0.9, NAN, true).value == 0.9);
}

static struct mb_standing standing(const char *unit, const char *received, const char *objection,
                                   const char *day)
{
    const struct mb_sample sample = {
        .unit = (char *)unit, .received = (char *)received, .objection = (char *)objection};

    return mb_sample_standing(&sample, day);
}

static void an_objection_has_fifteen_days(void **state)
{
    (void)state;
    assert_string_equal(standing(NULL, NULL, NULL, "2026-03-01").text, "");
    assert_false(standing("tested", "2026-02-20", NULL, "2026-03-07").final); /* the fifteenth day */
    assert_true(standing("tested", "2026-02-20", NULL, "2026-03-08").final);
    assert_true(standing("tested", "2026-02-20", "2026-03-07", "2026-04-01").in_time);
    assert_false(standing("tested", "2026-02-20", "2026-03-07", "2026-04-01").final);
    assert_true(standing("spare", "2026-02-20", "2026-03-07", "2026-04-01").final);
    assert_false(standing("spare", "2026-02-20", "2026-03-08", "2026-04-01").final);
    assert_false(standing("spare", "2026-02-20", "2026-02-19", "2026-04-01").in_time);
    assert_false(standing("spare", NULL, NULL, "2026-04-01").final);
}

static void days_between_dates(void **state)
{
    (void)state;
    assert_int_equal(mb_date_days("2024-02-28", "2024-03-01"), 2);
    assert_int_equal(mb_date_days("2026-02-28", "2026-03-01"), 1);
    assert_int_equal(mb_date_days("2025-12-31", "2026-01-01"), 1);
    assert_int_equal(mb_date_days("2000-01-01", "2100-01-01"), 36525);
    assert_int_equal(mb_date_days("2026-03-01", "2026-02-28"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_failed_item_fails_in_any_order),
        cmocka_unit_test(worse_items_never_help),
        cmocka_unit_test(the_words_of_the_rule),
        cmocka_unit_test(the_stricter_of_declared_and_mandatory_decides),
        cmocka_unit_test(an_objection_has_fifteen_days),
        cmocka_unit_test(days_between_dates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
