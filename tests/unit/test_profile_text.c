/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <string.h>

#include "scpi/text.h"

static void a_text_fits_or_does_not(void **state)
{
    (void)state;
    assert_true(mb_regex_match("^YOKOGAWA, *WT3(10|32|33)E", "YOKOGAWA,WT333E,C2UE16018V,F1.03"));
    assert_false(mb_regex_match("^YOKOGAWA, *WT3(10|32|33)E", "YOKOGAWA,WT1806E,1,F1.01"));
    assert_true(mb_regex_match("^[+-]?0,", "0,\"No error\""));
    assert_false(mb_regex_match("^0$", "0\n"));
    assert_false(mb_regex_match("(", "("));
}

/* Each of these is short and asks for gigabytes or hours from a matcher without limits. */
static void hungry_expressions_end(void **state)
{
    char nested[256] = "";
    char line[64];

    (void)state;
    for (int i = 0; i < 60; i++)
        strcat(nested, "(");
    strcat(nested, "a");
    for (int i = 0; i < 60; i++)
        strcat(nested, "+)");
    assert_false(mb_regex_valid(nested));
    assert_false(mb_regex_valid("((((((a{999}){999}){999}){999}){999}){999})"));
    assert_true(mb_regex_valid("^(a+)+$"));
    memset(line, 'a', sizeof line - 2);
    line[sizeof line - 2] = 'b';
    line[sizeof line - 1] = '\0';
    assert_false(mb_regex_match("^(a+)+$", line));
}

static void long_expressions_are_refused(void **state)
{
    char expression[300];

    (void)state;
    memset(expression, 'a', sizeof expression);
    expression[256] = '\0';
    assert_true(mb_regex_valid(expression));
    expression[256] = 'a';
    expression[257] = '\0';
    assert_false(mb_regex_valid(expression));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_fits_or_does_not),
        cmocka_unit_test(hungry_expressions_end),
        cmocka_unit_test(long_expressions_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
