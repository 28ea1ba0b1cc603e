/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The guard's contactor at a GPIO line, with daemon, guard and simulator as processes: libgpiod is a fake
 * that is loaded before them (support/fake_gpiod.c) and feeds the simulated contactor between source and
 * motor. Judged by the voltage that the simulated motor has. */
#include "support/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "support/ends.h"
#include "support/eventually.h"
#include "support/gpio_chip.h"

#define COIL "22"
#define CONTACT "22-contact" /* the fake's auxiliary contact */
#define BENCH                                                                                                \
    "  guard_proof_minutes: 1\n  guard_hang_s: %s\n  contactor: {chip: gpiochip0, line: 22, feedback: "      \
    "{line: %s}, settle_s: 0.02}\n"

static const char *const simulator[] = {
    "--motor", "tests/data/cool-plant.yaml", "--factor", "500", "--seed", "7", NULL};

struct contactor {
    struct daemon_fixture f; /* first member: the fixture's own functions */
    struct gpio_chip chip;
    int lock; /* on the file of the coil's line, -1: none */
};

static int setup(void **state)
{
    struct contactor *c = calloc(1, sizeof *c);

    if (!c)
        return -1;
    c->lock = -1;
    *state = c;
    return 0;
}

static int teardown(void **state)
{
    struct contactor *c = *state;

    if (c->lock >= 0)
        (void)close(c->lock);
    if (c->f.guard.pid > 0)
        (void)kill(c->f.guard.pid, SIGCONT);
    if (c->f.daemon.pid > 0)
        (void)kill(c->f.daemon.pid, SIGCONT);
    return daemon_fixture_teardown(state);
}

static void wire(struct daemon_fixture *f)
{
    ends_without_testers(f);
    gpio_chip_wire(&((struct contactor *)f)->chip, f);
    gpio_chip_put(f, COIL, true); /* as something else has left it */
    gpio_chip_put(f, CONTACT, true);
    gpio_chip_put(f, "welded", true);
}

static struct daemon_fixture *started(void **state, const char *hang_s)
{
    struct contactor *c = *state;
    char bench[300];

    (void)snprintf(bench, sizeof bench, BENCH, hang_s, CONTACT);
    daemon_fixture_start(&c->f, &(struct daemon_fixture_setting){
                                    .sim = simulator, .bench_extra = bench, .edit = wire, .guard = true});
    return &c->f;
}

static bool is_open(void *f)
{
    return gpio_chip_level(f, COIL) == '0';
}

static bool run_is_refused(struct daemon_fixture *f, const char *words)
{
    struct run_result result;
    bool found;

    FIXTURE_CLI(f, &result, "run", f->motor);
    found = result.status == 4 && strstr(result.err, words);
    run_result_clear(&result);
    return found;
}

/* ---- As it should be. ---- */

static void it_is_closed_while_the_bench_is_on(void **state)
{
    struct daemon_fixture *f = started(state, "0.5");
    struct run_result result;

    assert_true(is_open(f)); /* after the proof, and at rest */
    ends_run_until_live(f);  /* the motor has no voltage without it */
    assert_int_equal(gpio_chip_level(f, COIL), '1');
    assert_int_equal(FIXTURE_STATUS(f, "abort", f->uuid), 0);
    assert_true(eventually(is_open, f, ENDS_OFF_MS));
    (void)outputs_off_after_ms(f, 0);
    FIXTURE_CLI(f, &result, "bench", "show", "sim");
    assert_non_null(strstr(result.out, "gpiochip0/22"));
    run_result_clear(&result);
}

static const char *ask_source(const struct daemon_fixture *f, const char *question, char *buffer, size_t size)
{
    int fd = sim_connect(sim_process_port(&f->sim, "source"));

    (void)sim_ask(fd, question, buffer, size);
    assert_int_equal(close(fd), 0);
    return buffer;
}

/* What is set before the output, the last thing before it. */
static bool source_has_its_frequency(void *f)
{
    char reply[64];

    return strtod(ask_source(f, "SOUR:FREQ?\n", reply, sizeof reply), NULL) == 50;
}

/* The guard hears of the bench when the test lets it go on. */
static void the_source_waits_for_it(void **state)
{
    struct daemon_fixture *f = started(state, "10");
    char reply[64];

    assert_int_equal(kill(f->guard.pid, SIGSTOP), 0);
    daemon_fixture_run(f);
    assert_true(eventually(source_has_its_frequency, f, FIXTURE_PATIENCE_MS));
    daemon_fixture_await_bench(f, "SafeState", "energised", FIXTURE_PATIENCE_MS);
    assert_string_equal(ask_source(f, "OUTP?\n", reply, sizeof reply), "OFF");
    assert_true(is_open(f));
    assert_int_equal(kill(f->guard.pid, SIGCONT), 0);
    assert_true(outputs_await_live(f, FIXTURE_PATIENCE_MS));
}

/* ---- What it is for. ---- */

/* Nobody can switch the source off; the daemon knows that, and only the contactor is left. */
static void a_source_that_cannot_be_reached_is_cut_off(void **state)
{
    struct daemon_fixture *f = started(state, "0.5");

    ends_run_until_live(f);
    daemon_fixture_simulator(f, "fault source gone");
    (void)outputs_off_after_ms(f, 0);
    assert_true(eventually(is_open, f, ENDS_OFF_MS));
    daemon_fixture_await(f, "State", "paused", ENDS_OFF_MS);
    daemon_fixture_simulator(f, "fault source none");
}

/* The daemon cannot do anything, and the guard is gone: the line that nobody holds any more is the way. */
static void a_line_that_is_given_back_opens_it(void **state)
{
    struct daemon_fixture *f = started(state, "10");

    ends_run_until_live(f);
    assert_int_equal(kill(f->daemon.pid, SIGSTOP), 0);
    assert_int_equal(child_stop(&f->guard, SIGKILL, ENDS_OFF_MS), 128 + SIGKILL);
    (void)outputs_off_after_ms(f, 0);
    assert_int_equal(kill(f->daemon.pid, SIGCONT), 0);
    daemon_fixture_await(f, "State", "paused", ENDS_OFF_MS);
}

/* With the source's link gone, too. */
static void a_killed_daemon_opens_it(void **state)
{
    struct daemon_fixture *f = started(state, "10");

    ends_run_until_live(f);
    assert_int_equal(kill(f->daemon.pid, SIGSTOP), 0); /* it is not to see what happens now */
    daemon_fixture_simulator(f, "fault source gone");
    assert_int_equal(child_stop(&f->daemon, SIGKILL, ENDS_OFF_MS), 128 + SIGKILL);
    (void)outputs_off_after_ms(f, 0);
    assert_true(eventually(is_open, f, ENDS_OFF_MS));
    (void)child_stop(&f->run, SIGKILL, FIXTURE_PATIENCE_MS);
    daemon_fixture_simulator(f, "fault source none");
}

/* The third line, with nobody else there. */
static void by_hand_it_is_opened_too(void **state)
{
    struct daemon_fixture *f = started(state, "0.5");
    const struct contactor *c = *state;
    const struct run_options options = {.environment = c->chip.environment};
    char program[256], benches[64];
    const char *const argv[] = {run_program_path("motorbench-guard", program, sizeof program), "--now",
                                benches, NULL};
    struct run_result result;

    (void)snprintf(benches, sizeof benches, "%s/benches", f->folder);
    assert_int_equal(daemon_fixture_stop(f), 0);
    assert_int_equal(child_stop(&f->guard, SIGTERM, ENDS_OFF_MS), 0);
    gpio_chip_put(f, COIL, true);
    assert_int_equal(run_program(argv, &options, &result), 0);
    if (result.status != 0 || strstr(result.err, "not opened"))
        fail_msg("--now: status %d: %s", result.status, result.err);
    run_result_clear(&result);
    assert_true(is_open(f));
}

/* It drops out by itself: its coil, its fuse, or the hardware's own emergency stop. */
static void one_that_opens_by_itself_ends_the_test(void **state)
{
    struct daemon_fixture *f = started(state, "0.5");

    ends_run_until_live(f);
    gpio_chip_put(f, CONTACT, false);
    daemon_fixture_await(f, "Reason", "the contactor at line gpiochip0/22 is told to close and is open",
                         FIXTURE_PATIENCE_MS);
    (void)outputs_off_after_ms(f, 0);
    assert_true(eventually(is_open, f, ENDS_OFF_MS));
}

/* ---- What is no way to off. ---- */

static bool sticks(void *f)
{
    return run_is_refused(f, "the contactor at line gpiochip0/22 is told to open and is closed");
}

static bool is_taken(void *f)
{
    return run_is_refused(f, "line 22 of GPIO chip gpiochip0 cannot be held: another program has it");
}

static void a_contactor_that_sticks_proves_nothing(void **state)
{
    struct daemon_fixture *f = started(state, "0.5");

    assert_int_equal(daemon_fixture_stop(f), 0);
    daemon_fixture_change(f, "benches/sim.yaml", CONTACT, "welded");
    daemon_fixture_spawn(f);
    assert_true(eventually(sticks, f, FIXTURE_PATIENCE_MS));
}

static void a_line_of_somebody_else_proves_nothing(void **state)
{
    struct daemon_fixture *f = started(state, "0.5");
    struct contactor *c = *state;
    char path[PATH_MAX];

    assert_int_equal(daemon_fixture_stop(f), 0); /* the guard gives its line back, too */
    c->lock = open(gpio_chip_path(f, COIL, path, sizeof path), O_RDWR | O_CLOEXEC);
    assert_true(c->lock >= 0);
    assert_int_equal(flock(c->lock, LOCK_EX), 0);
    daemon_fixture_spawn(f);
    assert_true(eventually(is_taken, f, FIXTURE_PATIENCE_MS));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_is_closed_while_the_bench_is_on),
        TEST(the_source_waits_for_it),
        TEST(a_source_that_cannot_be_reached_is_cut_off),
        TEST(a_line_that_is_given_back_opens_it),
        TEST(a_killed_daemon_opens_it),
        TEST(by_hand_it_is_opened_too),
        TEST(one_that_opens_by_itself_ends_the_test),
        TEST(a_contactor_that_sticks_proves_nothing),
        TEST(a_line_of_somebody_else_proves_nothing),
    };
#undef TEST

    return cmocka_run_group_tests_name("contactor", tests, NULL, NULL);
}
