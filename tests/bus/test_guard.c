/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon, the guard and the simulated bench as processes, and every way in which the first two can end.
 * Judged by the simulator's own log of when its outputs went off.
 *
 * GUARD_KILLS=N: only the kills at random moments, N of them, with the bounds of a machine at rest
 * (tests/bench/guard-kills). */
#include "support/test.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "support/daemon_fixture.h"
#include "support/eventually.h"

#define OFF_MS 5000u /* longer than that is not waited for */
#define KILLS 20
#define LIVE_MS 3000u /* a run that is not live by then is ended all the same */
#define SEED 20261122u
#define MOMENT_MAX_US 150000u /* longer, and the motor has to cool before the next run */
#define LOG_MAX (64u << 20)
/* With sanitizers and beside builds; the figures are those of tests/bench/guard-kills. */
#define PATIENT_MS 1500.0
#define PUBLISHED_MS 250.0

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

static void replace(const struct daemon_fixture *f, const char *word, const char *other)
{
    char path[96], *text = NULL, *all = NULL, *at;
    size_t size;

    (void)snprintf(path, sizeof path, "%s/benches/sim.yaml", f->folder);
    assert_int_equal(mb_file_read(path, 1 << 20, &text, &size, NULL), 0);
    at = strstr(text, word);
    if (!at)
        fail_msg("no '%s' in the bench file", word);
    assert_true(asprintf(&all, "%.*s%s%s", (int)(at - text), text, other, at + strlen(word)) > 0);
    assert_int_equal(mb_file_write(path, all, strlen(all), NULL), 0);
    free(all);
    free(text);
}

/* What takes some tenths of a second to switch off has tests of its own. */
static void without_testers(struct daemon_fixture *f)
{
    replace(f, ", safety_tester: [tos9300, gpt9800]", "");
    replace(f, "- {id: tos9300", "# {id: tos9300");
    replace(f, "- {id: gpt9800", "# {id: gpt9800");
}

/* A second link of an instrument, to that port of the simulator. */
static void give_second_link(struct daemon_fixture *f, const char *id, const char *port)
{
    char word[64], other[160];

    (void)snprintf(word, sizeof word, "{id: %s, ", id);
    (void)snprintf(other, sizeof other, "%sguard: {address: \"tcp:127.0.0.1:%u\"}, ", word,
                   (unsigned)sim_process_port(&f->sim, port));
    replace(f, word, other);
}

static void with_second_links(struct daemon_fixture *f)
{
    without_testers(f);
    give_second_link(f, "source", "source");
    give_second_link(f, "brake", "brake");
}

static void with_a_second_link_to_another(struct daemon_fixture *f)
{
    without_testers(f);
    give_second_link(f, "source", "brake");
    replace(f, "simulated: true", "guard_proof_minutes: 1\n  simulated: true");
}

static struct daemon_fixture *started(void **state, const char *extra, void (*edit)(struct daemon_fixture *f))
{
    daemon_fixture_start(*state, &(struct daemon_fixture_setting){
                                     .sim = simulator, .bench_extra = extra, .edit = edit, .guard = true});
    return *state;
}

/* ---- What the simulator says. ---- */

struct outputs {
    uint64_t since_ns; /* monotonic: when it became so */
    bool live;
};

/* The last line of the log. */
static bool read_outputs(const struct daemon_fixture *f, struct outputs *ret)
{
    char *text = NULL, *line;
    size_t size;
    double t_s, u_v, load_nm;
    int output;
    bool whole = mb_file_read(f->sim.switching, LOG_MAX, &text, &size, NULL) == 0 && size > 1 &&
                 text[size - 1] == '\n';

    if (whole) {
        text[size - 1] = '\0';
        line = strrchr(text, '\n');
        whole = line && sscanf(line, " %" SCNu64 ",%lf,%d,%lf,%lf", &ret->since_ns, &t_s, &output, &u_v,
                               &load_nm) == 5;
        ret->live = whole && (output || u_v > 20 || load_nm != 0);
    }
    free(text);
    return whole;
}

struct awaited {
    struct daemon_fixture *f;
    bool live;
    struct outputs last;
};

static bool outputs_are(void *userdata)
{
    struct awaited *a = userdata;

    return read_outputs(a->f, &a->last) && a->last.live == a->live;
}

/* ms from then until everything was off; it must stay so. */
static double off_after_ms(struct daemon_fixture *f, uint64_t from_ns)
{
    struct awaited a = {.f = f};

    if (!eventually(outputs_are, &a, OFF_MS))
        daemon_fixture_fail(f, "an output is live %u ms after the end", OFF_MS);
    return a.last.since_ns > from_ns ? (double)(a.last.since_ns - from_ns) * 1e-6 : 0;
}

static void run_until_live(struct daemon_fixture *f)
{
    struct awaited a = {.f = f, .live = true};

    daemon_fixture_run(f);
    if (!eventually(outputs_are, &a, FIXTURE_PATIENCE_MS))
        daemon_fixture_fail(f, "the run did not switch on");
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

enum end { DAEMON_KILLED, DAEMON_HANGS, GUARD_KILLED, GUARD_HANGS, BOTH_KILLED, END_COUNT };
static const char *const end_names[] = {"daemon killed", "daemon hangs", "guard killed", "guard hangs",
                                        "both killed"};

/* What systemd does after the daemon's end (ExecStopPost). */
static void third_line(struct daemon_fixture *f)
{
    char program[256], benches[64];
    const char *const argv[] = {run_program_path("motorbench-guard", program, sizeof program), "--now",
                                benches, NULL};
    struct run_result result;

    (void)snprintf(benches, sizeof benches, "%s/benches", f->folder);
    assert_int_equal(run_program(argv, NULL, &result), 0);
    if (result.status != 0)
        fail_msg("--now: status %d: %s", result.status, result.err);
    run_result_clear(&result);
}

static double end_it(struct daemon_fixture *f, enum end end)
{
    const bool guard = end == GUARD_KILLED || end == GUARD_HANGS || end == BOTH_KILLED;
    const bool daemon = end == DAEMON_KILLED || end == DAEMON_HANGS || end == BOTH_KILLED;
    const int signal = end == DAEMON_HANGS || end == GUARD_HANGS ? SIGSTOP : SIGKILL;
    uint64_t from_ns;

    assert_true(!guard || f->guard.pid > 0);
    assert_true(!daemon || f->daemon.pid > 0);
    from_ns = mb_monotonic_ns();
    if (guard)
        (void)kill(f->guard.pid, signal);
    if (daemon)
        (void)kill(f->daemon.pid, signal);
    if (end == BOTH_KILLED)
        third_line(f);
    return off_after_ms(f, from_ns);
}

static void abandon_run(struct daemon_fixture *f)
{
    (void)child_stop(&f->run, SIGKILL, FIXTURE_PATIENCE_MS);
}

static void a_killed_daemon(void **state)
{
    struct daemon_fixture *f = started(state, "  guard_proof_minutes: 1\n", without_testers);

    run_until_live(f);
    assert_true(end_it(f, DAEMON_KILLED) < PATIENT_MS);
    assert_true(eventually(guard_has_acted, f, OFF_MS));
    abandon_run(f);
}

static void a_daemon_that_hangs_is_ended(void **state)
{
    struct daemon_fixture *f =
        started(state, "  guard_proof_minutes: 1\n  guard_hang_s: 0.3\n", without_testers);

    run_until_live(f);
    assert_true(end_it(f, DAEMON_HANGS) < PATIENT_MS);
    assert_true(child_wait(&f->daemon, OFF_MS));
    assert_int_equal(f->daemon.status, 128 + SIGKILL);
    abandon_run(f);
}

static bool is_ready(void *f)
{
    return FIXTURE_STATUS(f, "bench", "check", "sim") == 0;
}

static void without_the_guard_the_run_is_held(void **state)
{
    struct daemon_fixture *f = started(state, "  guard_proof_minutes: 1\n", without_testers);
    struct run_result result;

    run_until_live(f);
    assert_true(end_it(f, GUARD_KILLED) < PATIENT_MS);
    daemon_fixture_await(f, "State", "paused", OFF_MS);
    daemon_fixture_await(f, "Reason", "the guard is gone", OFF_MS);
    assert_int_equal(FIXTURE_STATUS(f, "abort", f->uuid), 0);
    assert_int_equal(daemon_fixture_run_status(f, FIXTURE_PATIENCE_MS), 4);
    assert_int_equal(FIXTURE_STATUS(f, "bench", "reset", "sim"), 0);
    FIXTURE_CLI(f, &result, "run", f->motor);
    assert_int_equal(result.status, 4);
    assert_non_null(strstr(result.err, "its guard, motorbench-guard at"));
    run_result_clear(&result);
    /* Another guard proves its way, and it goes on. */
    (void)child_stop(&f->guard, 0, OFF_MS);
    daemon_fixture_guard(f);
    assert_true(eventually(is_ready, f, FIXTURE_PATIENCE_MS));
    run_until_live(f);
    assert_int_equal(daemon_fixture_stop(f), 0);
    assert_int_equal(daemon_fixture_run_status(f, FIXTURE_PATIENCE_MS), 4);
}

static void a_guard_that_hangs_is_noticed(void **state)
{
    struct daemon_fixture *f =
        started(state, "  guard_proof_minutes: 1\n  guard_hang_s: 0.3\n", without_testers);

    run_until_live(f);
    assert_true(end_it(f, GUARD_HANGS) < PATIENT_MS);
    daemon_fixture_await(f, "Reason", "the guard has not answered for 0.3 s", OFF_MS);
}

static void both_killed(void **state)
{
    struct daemon_fixture *f = started(state, "  guard_proof_minutes: 1\n", without_testers);

    run_until_live(f);
    assert_true(end_it(f, BOTH_KILLED) < PATIENT_MS);
    abandon_run(f);
}

static void a_clean_end_is_no_accident(void **state)
{
    struct daemon_fixture *f = started(state, "  guard_proof_minutes: 1\n", without_testers);

    run_until_live(f);
    assert_int_equal(daemon_fixture_stop(f), 0);
    (void)off_after_ms(f, 0);
    abandon_run(f);
    assert_int_equal(child_stop(&f->guard, SIGTERM, OFF_MS), 0);
    assert_false(log_has(f, "guard.log", "bench"));
}

/* ---- Second links. ---- */

static void with_second_links_a_daemon_that_hangs_lives_on(void **state)
{
    struct daemon_fixture *f =
        started(state, "  guard_proof_minutes: 1\n  guard_hang_s: 0.3\n", with_second_links);

    run_until_live(f);
    assert_true(end_it(f, DAEMON_HANGS) < PATIENT_MS);
    assert_int_equal(kill(f->daemon.pid, SIGCONT), 0);
    daemon_fixture_await(f, "State", "paused", OFF_MS);
    daemon_fixture_await(f, "Reason", "the daemon did not answer while an output was on", OFF_MS);
    assert_int_equal(FIXTURE_STATUS(f, "abort", f->uuid), 0);
    assert_int_equal(daemon_fixture_stop(f), 0);
}

/* It is the daemon's link that is broken; the guard still has one. */
static void a_lost_link_is_not_the_only_one(void **state)
{
    struct daemon_fixture *f = started(state, "  guard_proof_minutes: 1\n", with_second_links);

    run_until_live(f);
    daemon_fixture_simulator(f, "fault source close");
    daemon_fixture_await(f, "State", "paused", OFF_MS);
    assert_true(eventually(guard_has_acted, f, OFF_MS));
    assert_true(off_after_ms(f, 0) == 0 || !daemon_fixture_output_on(f));
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

/* ---- At random moments. ---- */

/* Mostly the daemon, as the world does. */
static enum end next_end(unsigned *seed)
{
    unsigned dice = (unsigned)rand_r(seed) % 10;

    return dice < 6 ? DAEMON_KILLED : dice < 8 ? DAEMON_HANGS : dice < 9 ? GUARD_KILLED : BOTH_KILLED;
}

static void set_up_again(struct daemon_fixture *f)
{
    abandon_run(f);
    (void)child_stop(&f->daemon, SIGKILL, OFF_MS);
    if (child_ended(&f->guard))
        daemon_fixture_guard(f);
    daemon_fixture_launch(f);
    /* The run of the killed daemon waits to be continued; the bench is needed for the next one. */
    if (FIXTURE_STATUS(f, "abort", f->uuid) == 0)
        daemon_fixture_await(f, "State", "aborted", FIXTURE_PATIENCE_MS);
}

static void at_random_moments(void **state)
{
    const char *wanted = getenv("GUARD_KILLS");
    const unsigned long kills = wanted ? strtoul(wanted, NULL, 10) : KILLS;
    const double bound_ms = wanted ? PUBLISHED_MS : PATIENT_MS;
    struct daemon_fixture *f =
        started(state, "  guard_proof_minutes: 5\n  guard_hang_s: 0.15\n", without_testers);
    double worst_ms[END_COUNT] = {0};
    unsigned count[END_COUNT] = {0}, seed = SEED, live = 0;

    for (unsigned long i = 0; i < kills; i++) {
        enum end end = next_end(&seed);
        double ms;

        struct awaited a = {.f = f, .live = true};

        daemon_fixture_run(f);
        if (rand_r(&seed) % 8 != 0) /* else before anything is on, or while it is switched on */
            (void)eventually(outputs_are, &a, LIVE_MS);
        (void)usleep((unsigned)rand_r(&seed) % MOMENT_MAX_US);
        if (child_ended(&f->daemon))
            daemon_fixture_fail(f, "kill %lu of %lu: the daemon has ended before", i, kills);
        live += read_outputs(f, &a.last) && a.last.live;
        ms = end_it(f, end);
        worst_ms[end] = ms > worst_ms[end] ? ms : worst_ms[end];
        count[end]++;
        set_up_again(f);
        assert_int_equal(FIXTURE_STATUS(f, "verify", f->uuid), 0);
    }
    for (int e = 0; e < END_COUNT; e++)
        if (count[e])
            printf("# %-14s %5u times, worst time to safe %6.1f ms\n", end_names[e], count[e], worst_ms[e]);
    printf("# in %u of %lu an output was live\n", live, kills);
    assert_true(live > kills / 2);
    for (int e = 0; e < END_COUNT; e++)
        if (worst_ms[e] > bound_ms)
            fail_msg("%s: safe after %.1f ms, %.0f ms allowed", end_names[e], worst_ms[e], bound_ms);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(at_random_moments),
        TEST(a_killed_daemon),
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

    if (getenv("GUARD_KILLS"))
        cmocka_set_test_filter("at_random_moments");
    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
