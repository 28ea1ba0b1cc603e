/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A daemon that is killed in the middle of a run, and the next one: the run waits, rebuilt from its record,
 * and comes to its end as if nothing had happened. The daemon is a process and dies by SIGKILL. */
#include "support/test.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "document/number_json.h"
#include "support/daemon_fixture.h"
#include "support/eventually.h"

#define STEP_MS 60000u

static const char *const simulator[] = {
    "--motor", "tests/data/quick-motor.yaml", "--factor", "500", "--seed", "11", NULL};
static const char *const slow_simulator[] = {"--preset", "11kW-4p", "--factor", "1", "--seed", "11", NULL};

/* ---- Files. ---- */

/* What a second of real time takes away is not the question here. */
static void shorten_and_forgive(struct daemon_fixture *f)
{
    daemon_fixture_shorten(f);
    daemon_fixture_change(f, "data/plans/efficiency-2-1-1B.yaml", "maximum_hours: 2, expected",
                          "maximum_hours: 2, resume_cooled_k: 200, expected");
    /* Long enough to be met in it. */
    daemon_fixture_change(f, "data/plans/efficiency-2-1-1B.yaml", "minimum_minutes: 0", "minimum_minutes: 3");
}

static struct daemon_fixture *started(void **state, const char *const *sim,
                                      void (*edit)(struct daemon_fixture *f))
{
    daemon_fixture_start(*state,
                         &(struct daemon_fixture_setting){.sim = sim, .own_data = true, .edit = edit});
    return *state;
}

/* ---- Kill and go on. ---- */

static void kill_daemon(struct daemon_fixture *f)
{
    assert_int_equal(child_stop(&f->daemon, SIGKILL, FIXTURE_PATIENCE_MS), 128 + SIGKILL);
}

/* The next daemon: paused, off, nothing lost. */
static void start_again(struct daemon_fixture *f)
{
    json_t *before = daemon_fixture_record(f);

    daemon_fixture_launch(f);
    daemon_fixture_await(f, "State", "paused", FIXTURE_PATIENCE_MS);
    daemon_fixture_await(f, "Reason", "the daemon ended", FIXTURE_PATIENCE_MS);
    daemon_fixture_await_bench(f, "SafeState", "safe", FIXTURE_PATIENCE_MS);
    assert_false(daemon_fixture_output_on(f));
    daemon_fixture_assert_kept(f, before);
    json_decref(before);
}

static void go_on(struct daemon_fixture *f)
{
    assert_int_equal(FIXTURE_STATUS(f, "continue", f->uuid, "--why", "killed by a test"), 0);
}

static bool has_ended(void *userdata)
{
    char state[40];
    const char *text = daemon_fixture_run_text(userdata, "State", state, sizeof state);

    return strcmp(text, "done") == 0 || strcmp(text, "fault") == 0 || strcmp(text, "aborted") == 0;
}

static bool rotor_rests(void *f)
{
    return fabs(daemon_fixture_truth(f, "speed_rpm")) < 1;
}

static void uncouple(struct daemon_fixture *f)
{
    daemon_fixture_await(f, "Ask", "uncouple", STEP_MS);
    assert_true(eventually(rotor_rests, f, FIXTURE_PATIENCE_MS));
    daemon_fixture_simulator(f, "uncouple");
    assert_int_equal(FIXTURE_STATUS(f, "answer", f->uuid, "uncouple", "done"), 0);
}

static json_t *finish(struct daemon_fixture *f, const char *state)
{
    char text[40];
    json_t *document;

    if (!eventually(has_ended, f, STEP_MS))
        daemon_fixture_fail(f, "the run does not end");
    if (strcmp(daemon_fixture_run_text(f, "State", text, sizeof text), state) != 0)
        daemon_fixture_fail(f, "the run is %s", text);
    assert_false(daemon_fixture_output_on(f));
    assert_int_equal(FIXTURE_STATUS(f, "verify", f->uuid), 0);
    document = daemon_fixture_record(f);
    return document;
}

static unsigned count_restarts(const json_t *document)
{
    unsigned n = 0;
    json_t *entry;
    size_t i;

    json_array_foreach(json_object_get(document, "entries"), i, entry) n +=
        json_is_true(json_object_get(entry, "restart"));
    return n;
}

/* ---- Every kind of step. ---- */

struct awaited_step {
    struct daemon_fixture *f;
    const char *id;
    size_t from; /* entries that were there before */
    bool present;
};

static bool step_has_begun(void *userdata)
{
    struct awaited_step *a = userdata;
    json_t *document = daemon_fixture_record(a->f), *entries = json_object_get(document, "entries"), *entry;
    const char *last = "";
    bool found = false;

    for (size_t i = a->from; i < json_array_size(entries); i++) {
        entry = json_array_get(entries, i);
        if (strcmp(mb_json_text(entry, "type"), "step") == 0)
            last = mb_json_text(entry, "step");
        found = found || strcmp(last, a->id) == 0;
    }
    a->present = found && strcmp(last, a->id) == 0;
    json_decref(document);
    return found;
}

static size_t count_entries(const struct daemon_fixture *f)
{
    json_t *document = daemon_fixture_record(f);
    size_t n = json_array_size(json_object_get(document, "entries"));

    json_decref(document);
    return n;
}

/* Returns how often the daemon died in the step meant; a short one may be over before the signal. */
static unsigned kill_in_each(struct daemon_fixture *f, const char *const steps[], size_t from)
{
    unsigned met = 0;

    for (size_t i = 0; steps[i]; i++) {
        struct awaited_step a = {.f = f, .id = steps[i], .from = from};

        if (!eventually(step_has_begun, &a, STEP_MS))
            daemon_fixture_fail(f, "step %s does not come", steps[i]);
        kill_daemon(f);
        met += a.present;
        start_again(f);
        from = count_entries(f);
        go_on(f);
    }
    return met;
}

static char *verdict_without_kills(struct daemon_fixture *f)
{
    json_t *document;
    char *verdict;

    daemon_fixture_run(f);
    uncouple(f);
    document = finish(f, "done");
    verdict = strdup(mb_json_text(document, "verdict"));
    json_decref(document);
    daemon_fixture_simulator(f, "couple");
    return verdict;
}

static void killed_in_every_step(void **state)
{
    static const char *const coupled[] = {"cold",        "start",        "thermal", "cooling",    "reheat",
                                          "load-before", "restart-load", "load",    "load-after", NULL},
                             *const uncoupled[] = {
                                 "start-no-load", "stabilise", "no-load-before", "restart-no-load", "no-load",
                                 "no-load-after", NULL};
    struct daemon_fixture *f = started(state, simulator, shorten_and_forgive);
    char *verdict = verdict_without_kills(f);
    json_t *document;
    unsigned met;
    size_t from;

    daemon_fixture_run(f);
    met = kill_in_each(f, coupled, 0);
    daemon_fixture_await(f, "Ask", "uncouple", STEP_MS);
    kill_daemon(f);
    start_again(f);
    from = count_entries(f);
    go_on(f);
    uncouple(f); /* asked again */
    met += kill_in_each(f, uncoupled, from);
    document = finish(f, "done");
    printf("# of 15 kills %u within the step\n", met);
    assert_true(met >= 11);
    assert_int_equal(count_restarts(document), 16);
    assert_string_equal(mb_json_text(document, "verdict"), verdict);
    json_decref(document);
    free(verdict);
}

/* ---- Not taken up. ---- */

/* The next daemon has closed the run with the sentence and switches nothing on. */
static void assert_not_taken_up(struct daemon_fixture *f, const char *why)
{
    json_t *document;

    assert_false(daemon_fixture_output_on(f));
    assert_int_equal(FIXTURE_STATUS(f, "verify", f->uuid), 0);
    document = daemon_fixture_record(f);
    assert_string_equal(mb_json_text(document, "verdict"), "INVALID");
    if (!strstr(mb_json_text(document, "reason"), why))
        daemon_fixture_fail(f, "the reason is '%s'", mb_json_text(document, "reason"));
    json_decref(document);
    assert_int_equal(FIXTURE_STATUS(f, "continue", f->uuid), 2);
}

/* For this reason, not because an instrument is still opening. */
static bool refuses_a_run(void *userdata)
{
    struct daemon_fixture *f = userdata;
    struct run_result result;
    bool refused;

    FIXTURE_CLI(f, &result, "run", f->motor);
    refused = result.status == 4 && strstr(result.err, "not tried again");
    run_result_clear(&result);
    return refused;
}

/* Refused while an instrument is opening. */
static bool is_reset(void *f)
{
    return FIXTURE_STATUS(f, "bench", "reset", "sim") == 0;
}

static bool is_ready(void *f)
{
    return FIXTURE_STATUS(f, "bench", "check", "sim") == 0;
}

/* A daemon that dies of a run does so three times; nothing runs on that bench then until a person says so. */
static void a_crash_loop_ends(void **state)
{
    static const char why[] = "the daemon ended 4 times within 10 min of this run: not tried again";
    struct daemon_fixture *f = started(state, slow_simulator, NULL);

    daemon_fixture_run(f);
    for (int i = 0; i < 3; i++) {
        kill_daemon(f);
        start_again(f);
    }
    kill_daemon(f);
    daemon_fixture_spawn(f);
    daemon_fixture_await_bench(f, "Fault", why, FIXTURE_PATIENCE_MS);
    assert_not_taken_up(f, why);
    assert_true(eventually(refuses_a_run, f, FIXTURE_PATIENCE_MS));
    assert_true(eventually(is_reset, f, FIXTURE_PATIENCE_MS));
    assert_true(eventually(is_ready, f, FIXTURE_PATIENCE_MS));
    daemon_fixture_run(f);
}

static void another_bench_file_is_another_test(void **state)
{
    struct daemon_fixture *f = started(state, slow_simulator, NULL);

    daemon_fixture_run(f);
    kill_daemon(f);
    daemon_fixture_change(f, "benches/sim.yaml", "torque_nm: 150", "torque_nm: 149");
    daemon_fixture_launch(f);
    assert_not_taken_up(f, "bench-file has changed since the run began");
}

int main(void)
{
#define TEST(function)                                                                                       \
    cmocka_unit_test_setup_teardown(function, daemon_fixture_setup, daemon_fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(killed_in_every_step),
        TEST(a_crash_loop_ends),
        TEST(another_bench_file_is_another_test),
    };
#undef TEST

    return cmocka_run_group_tests_name("resume", tests, NULL, NULL);
}
