/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <string.h>

#include "support/run_program.h"

static void captures_both_streams_and_the_status(void **state)
{
    const char *const argv[] = {"sh", "-c", "echo out; echo err >&2; exit 7", NULL};
    struct run_result result;

    (void)state;
    assert_int_equal(run_program(argv, NULL, &result), 0);
    assert_int_equal(result.status, 7);
    assert_string_equal(result.out, "out\n");
    assert_string_equal(result.err, "err\n");
    run_result_clear(&result);
}

static void gives_input_and_environment(void **state)
{
    const char *const argv[] = {"sh", "-c", "cat; echo $MB_TEST_WORD", NULL};
    const char *const environment[] = {"MB_TEST_WORD=word", NULL};
    const struct run_options options = {.input = "in\n", .environment = environment};
    struct run_result result;

    (void)state;
    assert_int_equal(run_program(argv, &options, &result), 0);
    assert_string_equal(result.out, "in\nword\n");
    run_result_clear(&result);
}

static void ends_what_does_not_end(void **state)
{
    const char *const argv[] = {"sh", "-c", "echo begun; sleep 30 & wait", NULL};
    const struct run_options options = {.timeout_ms = 200};
    struct run_result result;

    (void)state;
    assert_int_equal(run_program(argv, &options, &result), 0);
    assert_true(result.timed_out);
    assert_int_equal(result.status, -1);
    assert_string_equal(result.out, "begun\n");
    run_result_clear(&result);
}

static void tells_signals_and_missing_programs(void **state)
{
    const char *const killed[] = {"sh", "-c", "kill -TERM $$", NULL};
    const char *const missing[] = {"/nonexistent/program", NULL};
    struct run_result result;

    (void)state;
    assert_int_equal(run_program(killed, NULL, &result), 0);
    assert_int_equal(result.status, 128 + 15);
    run_result_clear(&result);
    assert_int_equal(run_program(missing, NULL, &result), 0);
    assert_int_equal(result.status, 127);
    run_result_clear(&result);
}

static void one_line_errors(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {{"prog: no\n", true},
                 {"prog: no", false},
                 {"prog: no\nmore\n", false},
                 {"other: no\n", false},
                 {"", false}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run_result result = {.err = (char *)(uintptr_t)cases[i].text,
                                    .err_size = strlen(cases[i].text)};

        assert_int_equal(run_result_is_one_line_error(&result, "prog"), cases[i].good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captures_both_streams_and_the_status),
        cmocka_unit_test(gives_input_and_environment),
        cmocka_unit_test(ends_what_does_not_end),
        cmocka_unit_test(tells_signals_and_missing_programs),
        cmocka_unit_test(one_line_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
