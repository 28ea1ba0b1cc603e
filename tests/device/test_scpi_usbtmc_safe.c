/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way to off over USB: safe() on a shipped source profile, whatever state the device is in. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "support/usbtmc_scpi.h"

static const struct usbfs_identity source_identity = {.vendor = 0x1698, .product = 0x0837};

static const struct fake_reply source_table[] = {
    {"*IDN?", "Chroma ATE 61512,01.00,0,000001,0"},
    {"SYST:ERR?", "0,\"No error\""},
    {"OUTP:MODE?", "LIST"},
    {"VOLT:RANG?", "LOW"},
    {"VOLT:AC?", "230.0"},
    {"OUTP?", "ON"},
    {"FETC:VOLT:ACDC?", "0.4"},
    {"FETC:CURR:AC?", "3.1"},
    {"FETC:POW:AC?", "540.2"},
    {NULL, NULL},
};

static int set_up_source(void **state)
{
    const struct mb_instrument_setting setting = {
        .id = "source", .profile = "chroma-61500", .address = "usbtmc:1698:0837", .wiring = -1};
    struct usbtmc_scpi *u = usbtmc_scpi_new(source_table, NULL, &source_identity);

    if (!u)
        return -1;
    usbtmc_scpi_plug(u);
    usbtmc_scpi_make(u, "driver/profiles", setting);
    *state = u;
    return 0;
}

/* A read hangs, then comes safe(). */
static void begin_safe_while_stuck(struct usbtmc_scpi *u)
{
    usbtmc_scpi_open(u);
    usbtmc_scpi_misbehave(u, FAKE_SILENT, "FETC:CURR:AC?", 1);
    usbtmc_scpi_begin_read(u);
    usbtmc_scpi_run_for(u, 100);
    assert_false(u->read_done);
    assert_int_equal(u->instrument->ops->safe(u->instrument, usbtmc_scpi_on_command, u), 0);
    /* Nothing is switched on behind the back of the way to off. */
    assert_int_equal(u->instrument->ops->output(u->instrument, true, usbtmc_scpi_on_command, u), -EBUSY);
}

static void assert_safe(struct usbtmc_scpi *u, unsigned ms)
{
    const uint64_t start_ns = mb_monotonic_ns();

    assert_true(usbtmc_scpi_run_until(u, &u->command_done, 4000));
    if (u->command_error != 0)
        fail_msg("not safe: %s", u->text);
    assert_in_range(mb_monotonic_ns() - start_ns, 0, ms * UINT64_C(1000000));
    assert_true(usbtmc_scpi_count(u, "OUTP OFF") >= 1);
    assert_true(usbtmc_scpi_count(u, "VOLT:AC 0") >= 1);
    assert_int_equal(usbtmc_scpi_count(u, "OUTP ON"), 0);
}

static void safe_while_a_query_hangs(void **state)
{
    struct usbtmc_scpi *u = *state;

    begin_safe_while_stuck(u);
    assert_safe(u, 1500); /* long before the query's own deadline */
    assert_true(u->read_done);
    assert_int_equal(u->read_error, -ECANCELED);
    assert_int_equal(u->readings[0].validity, MB_STALE);
    assert_int_equal(usbfs_front_counters(u->front).claims, 1);
    usbtmc_scpi_read(u);
    assert_int_equal(u->read_error, 0);
    assert_true(fabs(usbtmc_scpi_reading(u, "phase-power")->value - 540.2) < 1e-9);
}

static void safe_where_the_clear_is_refused(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_set_faults(u, (struct usbtmc_faults){.stall_clear = true});
    begin_safe_while_stuck(u);
    assert_safe(u, 2900);
    assert_true(usbtmc_scpi_run_until(u, &u->ready, 3000));
}

/* The answer to the read-back is lost: the script begins again. */
static void safe_repeats(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    usbtmc_scpi_misbehave(u, FAKE_SILENT, "OUTP?", 1);
    assert_int_equal(u->instrument->ops->safe(u->instrument, usbtmc_scpi_on_command, u), 0);
    assert_safe(u, 2900);
    assert_int_equal(usbtmc_scpi_count(u, "OUTP OFF"), 2);
}

/* The output stays on, whatever is said: that is told within the declared time. */
static void safe_is_not_confirmed(struct usbtmc_scpi *u)
{
    const uint64_t start_ns = mb_monotonic_ns();

    assert_true(usbtmc_scpi_run_until(u, &u->command_done, 4000));
    assert_int_equal(u->command_error, -ETIMEDOUT);
    assert_non_null(strstr(u->text, "may be live"));
    assert_in_range(mb_monotonic_ns() - start_ns, UINT64_C(2500000000), UINT64_C(3500000000));
    assert_int_equal(u->instrument->state, MB_INSTRUMENT_LOST);
}

static void safe_while_unplugged(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    usbfs_front_unplug(u->front);
    assert_int_equal(u->instrument->ops->safe(u->instrument, usbtmc_scpi_on_command, u), 0);
    safe_is_not_confirmed(u);
    usbtmc_scpi_plug(u);
    assert_true(usbtmc_scpi_run_until(u, &u->ready, 4000));
}

/* Plugged in again within the time: the commands still get through. */
static void safe_catches_the_replug(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    usbfs_front_unplug(u->front);
    assert_int_equal(u->instrument->ops->safe(u->instrument, usbtmc_scpi_on_command, u), 0);
    usbtmc_scpi_run_for(u, 1000);
    assert_false(u->command_done);
    usbtmc_scpi_plug(u);
    assert_safe(u, 1900);
}

static void safe_with_a_dead_control_pipe(void **state)
{
    struct usbtmc_scpi *u = *state;

    begin_safe_while_stuck(u);
    usbtmc_scpi_set_faults(u, (struct usbtmc_faults){.control_silent = true});
    safe_is_not_confirmed(u);
}

static void idle_source_sleeps(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    usbtmc_scpi_read(u);
    usbtmc_scpi_assert_idle(u);
}

#define SOURCE(name) cmocka_unit_test_setup_teardown(name, set_up_source, usbtmc_scpi_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SOURCE(safe_while_a_query_hangs),
        SOURCE(safe_where_the_clear_is_refused),
        SOURCE(safe_repeats),
        SOURCE(safe_while_unplugged),
        SOURCE(safe_catches_the_replug),
        SOURCE(safe_with_a_dead_control_pipe),
        SOURCE(idle_source_sleeps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
