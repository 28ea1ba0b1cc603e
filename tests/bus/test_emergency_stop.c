/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The emergency stop at a GPIO line, with the daemon as a process: libgpiod is a fake that is loaded before
 * it (support/fake_gpiod.c), the rest is the product. What is off is asked of the simulated source. */
#include "support/test.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/gpio_chip.h"

#define OFF_MS 3000u /* on a busy machine */

static const char *const simulator[] = {"--factor", "100", "--seed", "7", NULL};

struct stop {
    struct daemon_fixture f; /* first member: the fixture's own teardown */
    struct gpio_chip chip;
};

static void contact(const struct daemon_fixture *f, bool closed)
{
    gpio_chip_put(f, "17", !closed); /* to ground: active low */
}

static void wire(struct daemon_fixture *f)
{
    gpio_chip_wire(&((struct stop *)f)->chip, f);
    contact(f, true);
}

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct stop));
    return *state ? 0 : -1;
}

static struct daemon_fixture *started(void **state)
{
    struct daemon_fixture *f = *state;

    daemon_fixture_start(f, &(struct daemon_fixture_setting){
                                .sim = simulator,
                                .own_data = true,
                                .bench_extra = "  emergency_stop: {chip: gpiochip0, line: 17, active_low: "
                                               "true, bias: pull-up, debounce_s: 0.001}\n",
                                .edit = wire});
    return f;
}

static void says(struct daemon_fixture *f, int status, const char *text, const char *const words[])
{
    struct run_result result;

    daemon_fixture_cli(f, &result, words);
    if (result.status != status || (!strstr(result.out, text) && !strstr(result.err, text)))
        daemon_fixture_fail(f, "'%s %s' ended with %d, not %d with '%s': %s%s", words[0], words[1],
                            result.status, status, text, result.out, result.err);
    run_result_clear(&result);
}
#define SAYS(f, status, text, ...) says((f), (status), (text), (const char *const[]){__VA_ARGS__, NULL})

static void an_open_contact_switches_off_and_holds(void **state)
{
    struct daemon_fixture *f = started(state);
    json_t *document, *entry;

    daemon_fixture_shorten(f);
    daemon_fixture_run(f);
    daemon_fixture_await_on(f, 60000);
    contact(f, false);
    assert_true(daemon_fixture_await_off(f, OFF_MS) < OFF_MS);
    daemon_fixture_await(f, "State", "paused", FIXTURE_PATIENCE_MS);
    daemon_fixture_await(f, "Reason", "stopped by the emergency stop at line gpiochip0/17",
                         FIXTURE_PATIENCE_MS);
    daemon_fixture_await_bench(f, "SafeState", "safe", FIXTURE_PATIENCE_MS);
    SAYS(f, 4, "gpiochip0/17 is not released: the contact is open", "continue", f->uuid);
    SAYS(f, 4, "is not released", "bench", "reset", "sim");
    assert_false(daemon_fixture_output_on(f));

    contact(f, true); /* released: that alone starts nothing */
    daemon_fixture_await(f, "State", "paused", FIXTURE_PATIENCE_MS);
    assert_false(daemon_fixture_output_on(f));
    SAYS(f, 0, "", "continue", f->uuid);
    daemon_fixture_await(f, "State", "running", FIXTURE_PATIENCE_MS);
    daemon_fixture_await_on(f, 60000);
    assert_int_equal(FIXTURE_STATUS(f, "abort", f->uuid), 0);
    assert_int_equal(daemon_fixture_run_status(f, FIXTURE_PATIENCE_MS), 4);
    document = FIXTURE_JSON(f, 0, "show", f->uuid);
    entry = record_entry(document, "fault", 0);
    assert_non_null(entry);
    assert_non_null(strstr(json_string_value(json_object_get(entry, "reason")), "gpiochip0/17"));
    json_decref(document);
}

static void a_bench_whose_line_is_gone_is_not_ready(void **state)
{
    struct daemon_fixture *f = started(state);
    char path[PATH_MAX];

    SAYS(f, 0, "gpiochip0/17", "bench", "show", "sim");
    daemon_fixture_run(f);
    daemon_fixture_await_on(f, 60000);
    assert_int_equal(unlink(gpio_chip_path(f, "17", path, sizeof path)),
                     0); /* no edge comes of that: the next poll sees it */
    assert_true(daemon_fixture_await_off(f, OFF_MS) < OFF_MS);
    daemon_fixture_await(f, "Reason", "stopped by the emergency stop at line gpiochip0/17: it cannot be read",
                         FIXTURE_PATIENCE_MS);
    assert_int_equal(FIXTURE_STATUS(f, "abort", f->uuid), 0);
    daemon_fixture_await_bench(f, "SafeState", "safe", FIXTURE_PATIENCE_MS);
    SAYS(f, 4, "gpiochip0/17", "run", f->motor);
    SAYS(f, 4, "line 17 of GPIO chip gpiochip0 cannot be watched: No such file", "bench", "reset", "sim");
}

static void a_contact_open_from_the_start_is_a_fault(void **state)
{
    struct daemon_fixture *f = started(state);

    assert_int_equal(daemon_fixture_stop(f), 0);
    contact(f, false);
    daemon_fixture_spawn(f);
    daemon_fixture_await_bench(f, "Fault",
                               "stopped by the emergency stop at line gpiochip0/17: the contact is open",
                               FIXTURE_PATIENCE_MS);
    SAYS(f, 4, "the contact is open", "run", f->motor);
    contact(f, true);
    SAYS(f, 4, "the contact is open", "run", f->motor); /* what it was is there until somebody has looked */
    daemon_fixture_await_bench(f, "SafeState", "safe", FIXTURE_PATIENCE_MS);
    SAYS(f, 0, "ready for the next run", "bench", "reset", "sim");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_open_contact_switches_off_and_holds, setup,
                                        daemon_fixture_teardown),
        cmocka_unit_test_setup_teardown(a_bench_whose_line_is_gone_is_not_ready, setup,
                                        daemon_fixture_teardown),
        cmocka_unit_test_setup_teardown(a_contact_open_from_the_start_is_a_fault, setup,
                                        daemon_fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
