/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon as it is installed: a bus with the shipped policy, the simulated bench, the command line. */
#include "support/test.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "support/daemon_fixture.h"
#include "support/eventually.h"

#define NOBODY "65534"
/* Real time between a command to switch off and the output being off: the profile's time to safe is 3 s. */
#define OFF_MS 10000u

static const char *const simulator[] = {"--preset", "11kW-4p", "--factor", "100", "--seed", "3", NULL};

static struct daemon_fixture *started(void **state)
{
    struct daemon_fixture *f = *state;

    daemon_fixture_start(f, &(struct daemon_fixture_setting){.sim = simulator});
    return f;
}

/* ---- Looking. ---- */

static void says(struct daemon_fixture *f, const char *const words[], int status, const char *part)
{
    struct run_result result;

    daemon_fixture_cli(f, &result, words);
    assert_int_equal(result.status, status);
    if (!strstr(result.out, part))
        fail_msg("'%s' is not in: %s", part, result.out);
    assert_string_equal(result.err, "");
    run_result_clear(&result);
}
#define SAYS(f, status, part, ...) says((f), (const char *const[]){__VA_ARGS__, NULL}, (status), (part))

static void lists_in_words(void **state)
{
    struct daemon_fixture *f = started(state);

    SAYS(f, 0, "yokogawa-wt300e", "devices");
    SAYS(f, 0, "YOKOGAWA,WT3", "devices");
    SAYS(f, 0, "sim ", "benches");
    SAYS(f, 0, "SIMULATED", "benches");
    SAYS(f, 0, "daq/torque", "bench", "show", "sim");
    SAYS(f, 0, "\nready\n", "bench", "check", "sim");
    SAYS(f, 0, "", "list");
    assert_int_equal(daemon_fixture_stop(f), 0);
}

static void lists_as_json(void **state)
{
    struct daemon_fixture *f = started(state);
    json_t *devices = FIXTURE_JSON(f, 0, "devices"), *benches = FIXTURE_JSON(f, 0, "benches");
    json_t *show = FIXTURE_JSON(f, 0, "bench", "show", "sim"),
           *check = FIXTURE_JSON(f, 0, "bench", "check", "sim");
    json_t *list = FIXTURE_JSON(f, 0, "list"), *device;
    size_t i;

    assert_int_equal(json_array_size(json_object_get(devices, "devices")), 10);
    json_array_foreach(json_object_get(devices, "devices"), i, device)
    {
        assert_string_equal(json_string_value(json_object_get(device, "State")), "ready");
        assert_true(json_is_true(json_object_get(device, "Simulated")));
    }
    assert_int_equal(json_array_size(json_object_get(benches, "benches")), 1);
    assert_string_equal(json_string_value(json_object_get(show, "SafeState")), "safe");
    assert_true(json_is_false(json_object_get(show, "OutputOn")));
    assert_true(json_is_true(json_object_get(check, "ok")));
    assert_int_equal(json_array_size(json_object_get(list, "records")), 0);
    assert_int_equal(json_integer_value(json_object_get(list, "total")), 0);
    json_decref(devices);
    json_decref(benches);
    json_decref(show);
    json_decref(check);
    json_decref(list);
    assert_int_equal(daemon_fixture_stop(f), 0);
}

/* ---- Refusals. ---- */

static void refuses(struct daemon_fixture *f, const char *const words[], int status, const char *part)
{
    struct run_result result;

    daemon_fixture_cli(f, &result, words);
    assert_int_equal(result.status, status);
    assert_true(run_result_is_one_line_error(&result, "motorbench"));
    if (!strstr(result.err, part))
        fail_msg("'%s' is not in: %s", part, result.err);
    assert_string_equal(result.out, "");
    run_result_clear(&result);
}
#define REFUSES(f, status, part, ...) refuses((f), (const char *const[]){__VA_ARGS__, NULL}, (status), (part))

static const char *write_motor(struct daemon_fixture *f, const char *text, char *path, size_t size)
{
    FILE *file;

    (void)snprintf(path, size, "%s/wrong.yaml", f->folder);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void refuses_what_is_wrong(void **state)
{
    struct daemon_fixture *f = started(state);
    char path[128];

    REFUSES(f, 2, "/no/such/file.yaml", "run", "/no/such/file.yaml");
    REFUSES(f, 2, "wrong.yaml:3: ", "run",
            write_motor(f, "motor:\n  id: \"1\"\n  colour: red\n", path, sizeof path));
    REFUSES(f, 2, "wrong.yaml:", "run", write_motor(f, "motor: 5\n", path, sizeof path));
    REFUSES(f, 2, "beta", "run", f->motor, "--bench", "beta");
    REFUSES(f, 2, "guarded", "run", f->motor, "--rule", "guarded");
    REFUSES(f, 2, "noise", "run", f->motor, "--items", "noise");
    REFUSES(f, 2, "beta", "bench", "show", "beta");
    REFUSES(f, 2, "beta", "stop", "beta");
    REFUSES(f, 2, "1234abcd", "show", "1234abcd");
    REFUSES(f, 2, "1234abcd", "pause", "1234abcd");
    REFUSES(f, 2, "1234abcd", "answer", "1234abcd", "uncouple", "done");
    REFUSES(f, 2, "record", "verify", "00000000-0000-4000-8000-000000000000");
    assert_int_equal(daemon_fixture_stop(f), 0);
}

static void says_that_the_daemon_is_not_there(void **state)
{
    struct daemon_fixture *f = started(state);

    assert_int_equal(daemon_fixture_stop(f), 0);
    REFUSES(f, 5, "not running", "list");
    REFUSES(f, 5, "not running", "run", f->motor);
    (void)child_stop(&f->bus, SIGTERM, FIXTURE_PATIENCE_MS);
    REFUSES(f, 5, "bus", "benches");
}

/* ---- Another user. ---- */

/* The program is copied to where every user may go. */
static void as_nobody(struct daemon_fixture *f, struct run_result *ret, const char *const words[])
{
    const char *argv[24] = {"setpriv", "--reuid=" NOBODY, "--regid=" NOBODY, "--clear-groups"};
    const struct run_options options = {.timeout_ms = FIXTURE_PATIENCE_MS};
    char program[256], copy[128];
    const char *const cp[] = {"cp", run_program_path("motorbench", program, sizeof program), copy, NULL};
    size_t n = 4;

    (void)snprintf(copy, sizeof copy, "%s/motorbench", f->folder);
    if (access(copy, X_OK) < 0) {
        assert_int_equal(run_program(cp, NULL, ret), 0);
        assert_int_equal(ret->status, 0);
        run_result_clear(ret);
    }
    argv[n++] = copy;
    argv[n++] = "--bus";
    argv[n++] = f->address;
    for (; *words; words++)
        argv[n++] = *words;
    assert_int_equal(run_program(argv, &options, ret), 0);
}

static void nobody_may(struct daemon_fixture *f, const char *const words[])
{
    struct run_result result;

    as_nobody(f, &result, words);
    if (result.status != 0)
        fail_msg("%s: status %d: %s", words[0], result.status, result.err);
    run_result_clear(&result);
}

static void nobody_may_not(struct daemon_fixture *f, const char *const words[])
{
    struct run_result result;

    as_nobody(f, &result, words);
    assert_int_equal(result.status, 5);
    assert_true(run_result_is_one_line_error(&result, "motorbench"));
    assert_non_null(strstr(result.err, "not authorised"));
    run_result_clear(&result);
}
#define NOBODY_MAY(f, ...) nobody_may((f), (const char *const[]){__VA_ARGS__, NULL})
#define NOBODY_MAY_NOT(f, ...) nobody_may_not((f), (const char *const[]){__VA_ARGS__, NULL})

static void other_users_may_look_and_stop_but_not_operate(void **state)
{
    struct daemon_fixture *f;
    char motor[128];

    if (getuid() != 0)
        SKIP_TEST("only root can become another user");
    f = started(state);
    /* What nobody may read and what nobody may send are two questions: the motor file is readable. */
    (void)write_motor(f, "motor: {}\n", motor, sizeof motor);
    assert_int_equal(chmod(motor, 0644), 0);
    NOBODY_MAY(f, "list");
    NOBODY_MAY(f, "devices");
    NOBODY_MAY(f, "benches");
    NOBODY_MAY(f, "bench", "show", "sim");
    NOBODY_MAY(f, "bench", "check", "sim");
    NOBODY_MAY_NOT(f, "run", motor);
    daemon_fixture_run(f);
    NOBODY_MAY(f, "show", f->uuid);
    NOBODY_MAY(f, "export", f->uuid, "--format", "csv");
    NOBODY_MAY(f, "verify", f->uuid);
    NOBODY_MAY_NOT(f, "pause", f->uuid);
    NOBODY_MAY_NOT(f, "continue", f->uuid);
    NOBODY_MAY_NOT(f, "abort", f->uuid);
    NOBODY_MAY_NOT(f, "answer", f->uuid, "uncouple", "done");
    daemon_fixture_await(f, "State", "running", FIXTURE_PATIENCE_MS);
    NOBODY_MAY(f, "stop", "sim");
    daemon_fixture_await(f, "State", "paused", FIXTURE_PATIENCE_MS);
    daemon_fixture_await(f, "Reason", "stopped by uid " NOBODY, FIXTURE_PATIENCE_MS);
    NOBODY_MAY_NOT(f, "continue", f->uuid);
}

/* ---- A run and its interruptions. ---- */

static void run_to_thermal(struct daemon_fixture *f)
{
    daemon_fixture_run(f);
    daemon_fixture_await(f, "Step", "thermal", 60000);
    assert_true(daemon_fixture_output_on(f));
}

static void one_run_at_a_time(void **state)
{
    struct daemon_fixture *f = started(state);

    daemon_fixture_run(f);
    REFUSES(f, 4, "busy", "run", f->motor);
    assert_int_equal(FIXTURE_STATUS(f, "abort", f->uuid), 0);
    assert_int_equal(daemon_fixture_run_status(f, FIXTURE_PATIENCE_MS), 4);
}

static void a_stop_pauses_and_the_run_can_go_on(void **state)
{
    struct daemon_fixture *f = started(state);
    json_t *document, *entry;
    char *output;

    run_to_thermal(f);
    SAYS(f, 0, "going off", "stop", "sim");
    assert_true(daemon_fixture_await_off(f, OFF_MS) < OFF_MS);
    daemon_fixture_await(f, "State", "paused", FIXTURE_PATIENCE_MS);
    daemon_fixture_await(f, "Reason", "stopped by", FIXTURE_PATIENCE_MS);
    daemon_fixture_await_bench(f, "SafeState", "safe", FIXTURE_PATIENCE_MS);
    REFUSES(f, 2, "paused", "pause", f->uuid);

    assert_int_equal(FIXTURE_STATUS(f, "continue", f->uuid), 0);
    daemon_fixture_await(f, "State", "running", FIXTURE_PATIENCE_MS);
    daemon_fixture_await_bench(f, "Fault", "", FIXTURE_PATIENCE_MS);
    daemon_fixture_await_on(f, 60000);
    daemon_fixture_await(f, "Step", "thermal", 60000);

    assert_int_equal(FIXTURE_STATUS(f, "abort", f->uuid), 0);
    assert_int_equal(daemon_fixture_run_status(f, FIXTURE_PATIENCE_MS), 4);
    assert_false(daemon_fixture_output_on(f));
    output = daemon_fixture_run_output(f);
    assert_non_null(strstr(output, "is aborted: INVALID, aborted by uid"));
    free(output);

    document = FIXTURE_JSON(f, 0, "show", f->uuid);
    assert_string_equal(json_string_value(json_object_get(document, "state")), "aborted");
    entry = record_entry(document, "fault", 0);
    assert_non_null(entry);
    assert_string_equal(json_string_value(json_object_get(entry, "step")), "thermal");
    assert_non_null(strstr(json_string_value(json_object_get(entry, "reason")), "stopped by"));
    json_decref(document);
    /* An idle bench that was stopped stays so until somebody says otherwise. */
    SAYS(f, 0, "bench reset sim", "stop", "sim");
    daemon_fixture_await_bench(f, "SafeState", "safe", FIXTURE_PATIENCE_MS);
    REFUSES(f, 4, "stopped by", "run", f->motor);
    SAYS(f, 0, "ready for the next run", "bench", "reset", "sim");
    daemon_fixture_await_bench(f, "Fault", "", FIXTURE_PATIENCE_MS);
    assert_int_equal(daemon_fixture_stop(f), 0);
}

static void a_pause_is_deliberate(void **state)
{
    struct daemon_fixture *f = started(state);

    run_to_thermal(f);
    assert_int_equal(FIXTURE_STATUS(f, "pause", f->uuid), 0);
    assert_true(daemon_fixture_await_off(f, OFF_MS) < OFF_MS);
    daemon_fixture_await(f, "Reason", "paused by the operator", FIXTURE_PATIENCE_MS);
    /* No question is open. */
    REFUSES(f, 2, "uncouple", "answer", f->uuid, "uncouple", "done");
    assert_int_equal(FIXTURE_STATUS(f, "abort", f->uuid), 0);
    assert_int_equal(daemon_fixture_run_status(f, FIXTURE_PATIENCE_MS), 4);
    REFUSES(f, 2, "aborted", "abort", f->uuid);
}

/* ---- The end of the daemon. ---- */

static json_t *only_record(struct daemon_fixture *f)
{
    json_t *list = FIXTURE_JSON(f, 0, "list"), *record = json_array_get(json_object_get(list, "records"), 0);

    assert_int_equal(json_array_size(json_object_get(list, "records")), 1);
    assert_string_equal(json_string_value(json_object_get(record, "uuid")), f->uuid);
    record = json_incref(record);
    json_decref(list);
    return record;
}

static void check_record(struct daemon_fixture *f, const char *state, const char *reason)
{
    json_t *record = only_record(f), *document = FIXTURE_JSON(f, 0, "show", f->uuid);

    assert_string_equal(json_string_value(json_object_get(record, "state")), state);
    assert_string_equal(json_string_value(json_object_get(record, "verdict")), "INVALID");
    if (!strstr(json_string_value(json_object_get(document, "reason")), reason))
        fail_msg("the record's reason is '%s'", json_string_value(json_object_get(document, "reason")));
    json_decref(document);
    json_decref(record);
    assert_int_equal(FIXTURE_STATUS(f, "verify", f->uuid), 0);
}

static void the_end_of_the_daemon_switches_off(void **state)
{
    struct daemon_fixture *f = started(state);

    run_to_thermal(f);
    assert_int_equal(daemon_fixture_stop(f), 0);
    assert_false(daemon_fixture_output_on(f));
    assert_int_equal(daemon_fixture_run_status(f, FIXTURE_PATIENCE_MS), 4);
    daemon_fixture_launch(f);
    check_record(f, "aborted", "the stop of the daemon");
    assert_int_equal(daemon_fixture_stop(f), 0);
}

static void what_a_killed_daemon_leaves_waits(void **state)
{
    struct daemon_fixture *f = started(state);

    run_to_thermal(f);
    assert_int_equal(child_stop(&f->daemon, SIGKILL, FIXTURE_PATIENCE_MS), 128 + SIGKILL);
    /* Nobody knows how it ended. */
    assert_int_equal(daemon_fixture_run_status(f, FIXTURE_PATIENCE_MS), 5);
    daemon_fixture_launch(f);
    daemon_fixture_await(f, "State", "paused", FIXTURE_PATIENCE_MS);
    daemon_fixture_await(f, "Reason", "the daemon ended in the step Thermal run", FIXTURE_PATIENCE_MS);
    assert_false(daemon_fixture_output_on(f));
    REFUSES(f, 4, "busy", "run", f->motor);
    assert_int_equal(FIXTURE_STATUS(f, "abort", f->uuid), 0);
    daemon_fixture_await(f, "State", "aborted", FIXTURE_PATIENCE_MS);
    check_record(f, "aborted", "aborted by");
    assert_int_equal(daemon_fixture_stop(f), 0);
}

/* The bench file with another word for one of its own. */
static void replace_in_bench(struct daemon_fixture *f, const char *word, const char *other)
{
    char path[96], *text = NULL, *all = NULL, *at;
    size_t size;

    (void)snprintf(path, sizeof path, "%s/benches/sim.yaml", f->folder);
    assert_int_equal(mb_file_read(path, 1 << 20, &text, &size, NULL), 0);
    at = strstr(text, word);
    assert_non_null(at);
    *at = '\0';
    assert_true(asprintf(&all, "%s%s%s", text, other, at + strlen(word)) > 0);
    assert_int_equal(mb_file_write(path, all, strlen(all), NULL), 0);
    free(all);
    free(text);
}

static void the_laboratory_adds_a_product(void **state)
{
    static const char profile[] =
        "like: yokogawa-wt300e\n"
        "profile: {id: our-meter, models: [X1], maturity: unverified, source: ours}\n";
    struct daemon_fixture *f = started(state);
    char path[96];

    assert_int_equal(daemon_fixture_stop(f), 0);
    (void)snprintf(path, sizeof path, "%s/profiles", f->folder);
    assert_int_equal(mkdir(path, 0755), 0);
    (void)snprintf(path, sizeof path, "%s/profiles/our-meter.yaml", f->folder);
    assert_int_equal(mb_file_write(path, profile, strlen(profile), NULL), 0);
    replace_in_bench(f, "yokogawa-wt300e", "our-meter");
    daemon_fixture_launch(f);
    SAYS(f, 0, "our-meter", "devices");
    assert_int_equal(daemon_fixture_stop(f), 0);
}

int main(void)
{
#define TEST(function)                                                                                       \
    cmocka_unit_test_setup_teardown(function, daemon_fixture_setup, daemon_fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(lists_in_words),
        TEST(lists_as_json),
        TEST(refuses_what_is_wrong),
        TEST(says_that_the_daemon_is_not_there),
        TEST(other_users_may_look_and_stop_but_not_operate),
        TEST(one_run_at_a_time),
        TEST(a_stop_pauses_and_the_run_can_go_on),
        TEST(a_pause_is_deliberate),
        TEST(the_end_of_the_daemon_switches_off),
        TEST(what_a_killed_daemon_leaves_waits),
        TEST(the_laboratory_adds_a_product),
    };
#undef TEST

    return cmocka_run_group_tests_name("daemon", tests, NULL, NULL);
}
