/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon, the guard and the simulated bench as processes, and every way in which the first two can end.
 * Judged by the simulator's own log of when its outputs went off. */
#include "support/test.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "support/ends.h"
#include "support/eventually.h"

#define BENCH_FILE "benches/sim.yaml"
#define LOG_MAX (64u << 20)
/* With sanitizers and beside builds; the figures are those of tests/bench/guard-kills. */
#define PATIENT_MS 1500.0

static const char *const simulator[] = {
    "--motor", "tests/data/cool-plant.yaml", "--factor", "500", "--seed", "7", NULL};

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct daemon_fixture));
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    struct daemon_fixture *f = *state;

    if (f->guard.pid > 0)
        (void)kill(f->guard.pid, SIGCONT);
    if (f->daemon.pid > 0)
        (void)kill(f->daemon.pid, SIGCONT);
    daemon_fixture_clear(f);
    free(f);
    return 0;
}

/* ---- The bench file. ---- */

/* A second link of an instrument, to that port of the simulator. */
static void give_second_link(struct daemon_fixture *f, const char *id, const char *port)
{
    char word[64], other[160];

    (void)snprintf(word, sizeof word, "{id: %s, ", id);
    (void)snprintf(other, sizeof other, "%sguard: {address: \"tcp:127.0.0.1:%u\"}, ", word,
                   (unsigned)sim_process_port(&f->sim, port));
    daemon_fixture_change(f, BENCH_FILE, word, other);
}

static void with_second_links(struct daemon_fixture *f)
{
    ends_without_testers(f);
    give_second_link(f, "source", "source");
    give_second_link(f, "brake", "brake");
}

static void with_a_second_link_to_another(struct daemon_fixture *f)
{
    ends_without_testers(f);
    give_second_link(f, "source", "brake");
    daemon_fixture_change(f, BENCH_FILE, "simulated: true", "guard_proof_minutes: 1\n  simulated: true");
}

/* The profile of its source is the laboratory's own. */
static void of_a_pair(struct daemon_fixture *f)
{
    ends_without_testers(f);
    daemon_fixture_add_profiles(f);
}

static struct daemon_fixture *started(void **state, const char *extra, void (*edit)(struct daemon_fixture *f))
{
    daemon_fixture_start(*state, &(struct daemon_fixture_setting){
                                     .sim = simulator, .bench_extra = extra, .edit = edit, .guard = true});
    return *state;
}

static bool log_has(const struct daemon_fixture *f, const char *name, const char *words)
{
    char path[128], *text = NULL;
    size_t size;
    bool found;

    (void)snprintf(path, sizeof path, "%s/%s", f->folder, name);
    found = mb_file_read(path, LOG_MAX, &text, &size, NULL) == 0 && strstr(text, words);
    free(text);
    return found;
}

static bool guard_has_acted(void *f)
{
    return log_has(f, "guard.log", "the guard has switched off, confirmed");
}

/* ---- One end after the other. ---- */

static void abandon_run(struct daemon_fixture *f)
{
    (void)child_stop(&f->run, SIGKILL, FIXTURE_PATIENCE_MS);
}

static void a_killed_daemon(void **state)
{
    struct daemon_fixture *f = started(state, "  guard_proof_minutes: 1\n", ends_without_testers);

    ends_run_until_live(f);
    assert_true(end_it(f, DAEMON_KILLED) < PATIENT_MS);
    assert_true(eventually(guard_has_acted, f, ENDS_OFF_MS));
    abandon_run(f);
}

static bool partner_is_on(void *f)
{
    return daemon_fixture_truth(f, "partner_output_on") != 0;
}

/* Two sources on one shaft, one of them giving power back: both are off, and stay so. */
static void both_sources_of_a_pair(void **state)
{
    static const char *const pair[] = {
        "--motor", "tests/data/cool-plant.yaml", "--factor", "500", "--seed", "7", "--partner", NULL};
    static const char *const options[] = {"--items", "efficiency", "--method", "2-1-1D", NULL};
    struct daemon_fixture *f = *state;

    daemon_fixture_start(
        f, &(struct daemon_fixture_setting){
               .sim = pair, .bench_extra = "  guard_proof_minutes: 1\n", .edit = of_a_pair, .guard = true});
    daemon_fixture_run_with(f, options);
    if (!eventually(partner_is_on, f, FIXTURE_PATIENCE_MS))
        daemon_fixture_fail(f, "the partner was not switched on");
    assert_true(end_it(f, DAEMON_KILLED) < PATIENT_MS);
    assert_true(eventually(guard_has_acted, f, ENDS_OFF_MS));
    assert_false(daemon_fixture_output_on(f));
    assert_false(partner_is_on(f));
    abandon_run(f);
}

static void a_daemon_that_hangs_is_ended(void **state)
{
    struct daemon_fixture *f =
        started(state, "  guard_proof_minutes: 1\n  guard_hang_s: 0.3\n", ends_without_testers);

    ends_run_until_live(f);
    assert_true(end_it(f, DAEMON_HANGS) < PATIENT_MS);
    assert_true(child_wait(&f->daemon, ENDS_OFF_MS));
    assert_int_equal(f->daemon.status, 128 + SIGKILL);
    abandon_run(f);
}

static bool is_ready(void *f)
{
    return FIXTURE_STATUS(f, "bench", "check", "sim") == 0;
}

static void without_the_guard_the_run_is_held(void **state)
{
    struct daemon_fixture *f = started(state, "  guard_proof_minutes: 1\n", ends_without_testers);
    struct run_result result;

    ends_run_until_live(f);
    assert_true(end_it(f, GUARD_KILLED) < PATIENT_MS);
    daemon_fixture_await(f, "State", "paused", ENDS_OFF_MS);
    daemon_fixture_await(f, "Reason", "the guard is gone", ENDS_OFF_MS);
    assert_int_equal(FIXTURE_STATUS(f, "abort", f->uuid), 0);
    assert_int_equal(daemon_fixture_run_status(f, FIXTURE_PATIENCE_MS), 4);
    assert_int_equal(FIXTURE_STATUS(f, "bench", "reset", "sim"), 0);
    FIXTURE_CLI(f, &result, "run", f->motor);
    assert_int_equal(result.status, 4);
    assert_non_null(strstr(result.err, "its guard, motorbench-guard at"));
    run_result_clear(&result);
    /* Another guard proves its way, and it goes on. */
    (void)child_stop(&f->guard, 0, ENDS_OFF_MS);
    daemon_fixture_guard(f);
    assert_true(eventually(is_ready, f, FIXTURE_PATIENCE_MS));
    ends_run_until_live(f);
    assert_int_equal(daemon_fixture_stop(f), 0);
    assert_int_equal(daemon_fixture_run_status(f, FIXTURE_PATIENCE_MS), 4);
}

static void a_guard_that_hangs_is_noticed(void **state)
{
    struct daemon_fixture *f =
        started(state, "  guard_proof_minutes: 1\n  guard_hang_s: 0.3\n", ends_without_testers);

    ends_run_until_live(f);
    assert_true(end_it(f, GUARD_HANGS) < PATIENT_MS);
    daemon_fixture_await(f, "Reason", "the guard has not answered for 0.3 s", ENDS_OFF_MS);
}

static void both_killed(void **state)
{
    struct daemon_fixture *f = started(state, "  guard_proof_minutes: 1\n", ends_without_testers);

    ends_run_until_live(f);
    assert_true(end_it(f, BOTH_KILLED) < PATIENT_MS);
    abandon_run(f);
}

static void a_clean_end_is_no_accident(void **state)
{
    struct daemon_fixture *f = started(state, "  guard_proof_minutes: 1\n", ends_without_testers);

    ends_run_until_live(f);
    assert_int_equal(daemon_fixture_stop(f), 0);
    (void)outputs_off_after_ms(f, 0);
    abandon_run(f);
    assert_int_equal(child_stop(&f->guard, SIGTERM, ENDS_OFF_MS), 0);
    assert_false(log_has(f, "guard.log", "bench"));
}

/* ---- Second links. ---- */

static void with_second_links_a_daemon_that_hangs_lives_on(void **state)
{
    struct daemon_fixture *f =
        started(state, "  guard_proof_minutes: 1\n  guard_hang_s: 0.3\n", with_second_links);

    ends_run_until_live(f);
    assert_true(end_it(f, DAEMON_HANGS) < PATIENT_MS);
    assert_int_equal(kill(f->daemon.pid, SIGCONT), 0);
    daemon_fixture_await(f, "State", "paused", ENDS_OFF_MS);
    daemon_fixture_await(f, "Reason", "the daemon did not answer while an output was on", ENDS_OFF_MS);
    assert_int_equal(FIXTURE_STATUS(f, "abort", f->uuid), 0);
    assert_int_equal(daemon_fixture_stop(f), 0);
}

/* It is the daemon's link that is broken; the guard still has one. */
static void a_lost_link_is_not_the_only_one(void **state)
{
    struct daemon_fixture *f = started(state, "  guard_proof_minutes: 1\n", with_second_links);

    ends_run_until_live(f);
    daemon_fixture_simulator(f, "fault source close");
    daemon_fixture_await(f, "State", "paused", ENDS_OFF_MS);
    assert_true(eventually(guard_has_acted, f, ENDS_OFF_MS));
    assert_true(outputs_off_after_ms(f, 0) == 0 || !daemon_fixture_output_on(f));
}

static bool is_not_proved(void *f)
{
    struct run_result result;
    bool found;

    FIXTURE_CLI(f, &result, "run", ((struct daemon_fixture *)f)->motor);
    found = result.status == 4 && strstr(result.err, "the guard has not proved its way to off: source at");
    run_result_clear(&result);
    return found;
}

static void a_second_link_to_another_instrument_proves_nothing(void **state)
{
    struct daemon_fixture *f = started(state, NULL, NULL);

    assert_int_equal(daemon_fixture_stop(f), 0);
    with_a_second_link_to_another(f);
    daemon_fixture_spawn(f);
    if (!eventually(is_not_proved, f, FIXTURE_PATIENCE_MS))
        daemon_fixture_fail(f, "the second link was taken for good");
    assert_int_equal(daemon_fixture_stop(f), 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_killed_daemon),
        TEST(both_sources_of_a_pair),
        TEST(a_daemon_that_hangs_is_ended),
        TEST(without_the_guard_the_run_is_held),
        TEST(a_guard_that_hangs_is_noticed),
        TEST(both_killed),
        TEST(a_clean_end_is_no_accident),
        TEST(with_second_links_a_daemon_that_hangs_lives_on),
        TEST(a_lost_link_is_not_the_only_one),
        TEST(a_second_link_to_another_instrument_proves_nothing),
    };
#undef TEST

    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
