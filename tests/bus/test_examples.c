/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clients of docs/examples/clients against the daemon: each lists the benches, follows a run and saves
 * its report. */
#include "support/test.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "support/daemon_fixture.h"
#include "support/tree.h"

#define PYTHON_CLIENT "docs/examples/clients/client.py"
#define SHELL_CLIENT "docs/examples/clients/client.sh"
#define NODE_CLIENT "docs/examples/clients/client.js"
#define RUN_MS 60000u

static const char *const simulator[] = {"--preset", "11kW-4p", "--factor", "2000", "--seed", "2", NULL};

/* Runs a client to its end on the fixture's bus. */
static void assert_says(struct daemon_fixture *f, const char *const argv[], const char *const expected[])
{
    char variable[160], path[2 * PATH_MAX], here[PATH_MAX];
    const char *const environment[] = {variable, path, NULL};
    struct run_result result;

    assert_non_null(getcwd(here, sizeof here));
    (void)snprintf(variable, sizeof variable, "DBUS_SYSTEM_BUS_ADDRESS=%s", f->address);
    (void)snprintf(path, sizeof path, "PATH=%s/%s/bin:/usr/bin:/bin", here, test_build_folder());
    assert_int_equal(
        run_program(argv, &(struct run_options){.environment = environment, .timeout_ms = RUN_MS}, &result),
        0);
    /* 1: the motor has not passed. The run is so fast that its verdict is chance. */
    if (result.status != 0 && result.status != 1)
        fail_msg("%s: status %d: %s%s", argv[1], result.status, result.out, result.err);
    for (size_t i = 0; expected[i]; i++)
        if (!strstr(result.out, expected[i]))
            fail_msg("\"%s\" is not in \"%s\"", expected[i], result.out);
    run_result_clear(&result);
}
#define SAYS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void assert_report(const char *path)
{
    struct mb_error err = {""};
    char *text = NULL;
    size_t size;

    assert_int_equal(mb_file_read(path, 64u << 20, &text, &size, &err), 0);
    assert_true(size > 10000 && memcmp(text, "%PDF-", 5) == 0);
    free(text);
}

static bool succeeds(const char *const argv[])
{
    struct run_result result;
    bool good;

    assert_int_equal(run_program(argv, NULL, &result), 0);
    good = result.status == 0;
    run_result_clear(&result);
    return good;
}

/* Two words at most: program and source. The client runs an inspection itself. */
static void check_client(struct daemon_fixture *f, const char *program, const char *source, const char *name)
{
    char report[PATH_MAX];

    (void)snprintf(report, sizeof report, "%s/%s.pdf", f->folder, name);
    daemon_fixture_await_bench(f, "SafeState", "safe", FIXTURE_PATIENCE_MS); /* after the client before */
    assert_says(f, SAYS(program, source), SAYS("sim: safe", "simulated"));
    if (source)
        assert_says(f, SAYS(program, source, "sim", f->motor, report), SAYS("end ", "report in"));
    else
        assert_says(f, SAYS(program, "sim", f->motor, report), SAYS("end ", "report in"));
    assert_report(report);
}

static void python(void **state)
{
    if (!succeeds(SAYS("/usr/bin/python3", "-c", "import dasbus, gi")))
        SKIP_TEST("python3-dasbus is not installed");
    check_client(*state, "/usr/bin/python3", PYTHON_CLIENT, "python");
}

static void c(void **state)
{
    char program[PATH_MAX];

    (void)snprintf(program, sizeof program, "%s/examples/client", test_build_folder());
    check_client(*state, program, NULL, "c");
}

/* A client that did not get on while its run ended has all events before it in one piece. */
static void c_that_was_held_up(void **state)
{
    static const char script[] = "\"$0\" \"$@\" & client=$!\n"
                                 "sleep 1; kill -STOP $client; sleep 6; kill -CONT $client\n"
                                 "wait $client";
    struct daemon_fixture *f = *state;
    char program[PATH_MAX], report[PATH_MAX];

    (void)snprintf(program, sizeof program, "%s/examples/client", test_build_folder());
    (void)snprintf(report, sizeof report, "%s/held-up.pdf", f->folder);
    daemon_fixture_await_bench(f, "SafeState", "safe", FIXTURE_PATIENCE_MS);
    assert_says(f, SAYS("/bin/sh", "-c", script, program, "sim", f->motor, report),
                SAYS("end ", "report in"));
}

/* Debian 12 has no package of dbus-next: NODE_PATH says where npm has put it. */
static void node(void **state)
{
    if (!succeeds(SAYS("node", "-e", "require('dbus-next')")))
        SKIP_TEST("node or its package dbus-next is not there (no Debian package; NODE_PATH)");
    check_client(*state, "node", NODE_CLIENT, "node");
}

static void shell(void **state)
{
    struct daemon_fixture *f = *state;
    char report[PATH_MAX];

    (void)snprintf(report, sizeof report, "%s/shell.pdf", f->folder);
    daemon_fixture_await_bench(f, "SafeState", "safe", FIXTURE_PATIENCE_MS);
    assert_says(f, SAYS("/bin/sh", SHELL_CLIENT), SAYS("sim: safe"));
    daemon_fixture_run(f);
    assert_says(f, SAYS("/bin/sh", SHELL_CLIENT, f->uuid, report), SAYS("running: "));
    assert_report(report);
}

static int setup(void **state)
{
    const struct daemon_fixture_setting setting = {.sim = simulator};
    struct daemon_fixture *f = calloc(1, sizeof *f);

    *state = f;
    if (!f)
        return -1;
    daemon_fixture_start(f, &setting);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(python), cmocka_unit_test(c),     cmocka_unit_test(c_that_was_held_up),
        cmocka_unit_test(node),   cmocka_unit_test(shell),
    };

    return cmocka_run_group_tests(tests, setup, daemon_fixture_teardown);
}
