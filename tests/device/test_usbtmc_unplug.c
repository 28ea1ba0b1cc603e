/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plug is pulled at every transfer of an instrument's life, one after the other: open, set-up, reading,
 * way to off, close. Each time the instrument is lost at once, and works again when it comes back, beside a
 * twin with another serial number. */
#include "support/test.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "support/private_run.h"
#include "support/usbtmc_scpi.h"

#define LOST_MS 1000u /* from the moment of the unplug */
#define READY_MS 3000u
#define MOST_TRANSFERS 200u
#define BEFORE 1.0 /* what it measures before and after the replug */
#define AFTER 2.0

static const char profile_text[] =
    "profile: {id: plug, maker: Nobody, kind: ac-source, models: [P1], maturity: unverified, source: made "
    "up}\n"
    "link: {write_terminator: lf, read_terminator: lf, timeout_s: 2}\n"
    "identify: {query: '*IDN?', match: '^PLUG,', mark: unverified}\n"
    "errors: {query: 'ERR?', ok: '^0', mark: unverified}\n"
    "setup:\n"
    "  - {write: 'RANG 3', query: 'RANG?', match: '^3', mark: unverified}\n"
    "update_interval_s: 0.1\n"
    "read:\n"
    "  - {query: 'VOLT?', layout: single, fields: [{name: u, quantity: voltage}], mark: unverified}\n"
    "output:\n"
    "  off:\n"
    "    - {write: 'OUTP OFF', query: 'OUTP?', match: '^OFF', mark: unverified}\n"
    "  on:\n"
    "    - {write: 'OUTP ON', query: 'OUTP?', match: '^ON', mark: unverified}\n"
    "safe:\n"
    "  time_to_safe_s: 3\n"
    "  steps:\n"
    "    - {write: 'OUTP OFF', query: 'OUTP?', match: '^OFF', mark: unverified}\n";

static const struct fake_reply table[] = {
    {"*IDN?", "PLUG,P1,0042,1.0"},
    {"ERR?", "0"},
    {"RANG?", "1"},
    {"VOLT?", "1.0"},
    {"OUTP?", "ON"},
    {NULL, NULL},
};

static const struct usbfs_identity plug = {.vendor = 0x0b3e, .product = 0x1029, .serial = "0042"};
static const struct usbfs_identity twin = {.vendor = 0x0b3e, .product = 0x1029, .serial = "0043"};

static int set_up(void **state)
{
    struct usbtmc_scpi *u = usbtmc_scpi_new(table, NULL, &plug);

    if (!u)
        return -1;
    (void)snprintf(u->hastened, sizeof u->hastened, "%s/plug.yaml", u->folder);
    if (mb_file_write(u->hastened, profile_text, sizeof profile_text - 1, NULL) < 0)
        return -1;
    usbfs_front_plug_twin(u->front, &twin);
    *state = u;
    return 0;
}

static void make(struct usbtmc_scpi *u)
{
    const struct mb_instrument_setting setting = {
        .id = "plug", .profile = "plug", .address = "usbtmc:0b3e:1029:0042", .wiring = -1};

    u->ready = u->lost = u->read_done = u->command_done = false;
    usbtmc_scpi_answer(u, "VOLT?", "1.0");
    usbtmc_scpi_answer(u, "OUTP?", "ON");
    usbtmc_scpi_make(u, u->folder, setting);
}

/* Until the flag is set or the device is gone; true: the flag. */
static bool run_until(struct usbtmc_scpi *u, const bool *flag)
{
    const uint64_t end_ns = mb_monotonic_ns() + READY_MS * UINT64_C(1000000);

    while (!*flag && !usbfs_front_has_vanished(u->front)) {
        assert_true(mb_monotonic_ns() < end_ns);
        usbtmc_scpi_run_for(u, 1);
    }
    return *flag && !usbfs_front_has_vanished(u->front);
}

/* As far as the device lasts. */
static void live(struct usbtmc_scpi *u)
{
    assert_int_equal(u->instrument->ops->open(u->instrument), 0);
    if (!run_until(u, &u->ready))
        return;
    usbtmc_scpi_begin_read(u);
    if (!run_until(u, &u->read_done))
        return;
    assert_true(fabs(usbtmc_scpi_reading(u, "u")->value - BEFORE) < 1e-9);
    assert_int_equal(u->instrument->ops->safe(u->instrument, usbtmc_scpi_on_command, u), 0);
    (void)run_until(u, &u->command_done);
}

static void assert_new_reading(struct usbtmc_scpi *u)
{
    usbtmc_scpi_read(u);
    if (u->read_error != 0)
        fail_msg("error %d: %s", u->read_error, u->text);
    assert_int_equal(usbtmc_scpi_reading(u, "u")->validity, MB_VALID);
    assert_true(fabs(usbtmc_scpi_reading(u, "u")->value - AFTER) < 1e-9);
}

/* The device has vanished: lost, every question answered, and back by its serial number. */
static void assert_recovers(struct usbtmc_scpi *u, bool reading, bool securing)
{
    usbfs_front_unplug(u->front);
    if (!usbtmc_scpi_run_until(u, &u->lost, LOST_MS))
        fail_msg("not lost: %s", u->instrument->fault);
    if (reading) {
        assert_true(usbtmc_scpi_run_until(u, &u->read_done, LOST_MS));
        assert_true(u->read_error < 0 || u->readings[0].validity == MB_VALID);
    }
    usbtmc_scpi_answer(u, "VOLT?", "2.0");
    usbtmc_scpi_plug(u);
    if (!usbtmc_scpi_run_until(u, &u->ready, READY_MS))
        fail_msg("not ready again: %s", u->instrument->fault);
    assert_string_equal(u->instrument->identity, "PLUG,P1,0042,1.0");
    if (securing) { /* the way to off has gone on over the replug */
        assert_true(usbtmc_scpi_run_until(u, &u->command_done, READY_MS));
        assert_int_equal(u->command_error, 0);
    }
    assert_new_reading(u);
}

/* One life with the n-th transfer as the last one; false when it needs fewer. */
static bool unplug_at(struct usbtmc_scpi *u, unsigned n, bool taken)
{
    const uint64_t start_ns = mb_monotonic_ns();
    bool vanished, reading, securing;

    usbtmc_scpi_plug(u);
    make(u);
    usbfs_front_vanish_at(u->front, n, taken);
    live(u);
    vanished = usbfs_front_has_vanished(u->front);
    reading = u->ready && !u->command_done;
    securing = vanished && u->read_done && !u->command_done;
    if (vanished)
        assert_recovers(u, reading, securing);
    else
        u->instrument->ops->close(u->instrument); /* the plug may go now, too */
    vanished |= usbfs_front_has_vanished(u->front);
    u->instrument = mb_instrument_free(u->instrument);
    usbfs_front_unplug(u->front);
    assert_true(mb_monotonic_ns() - start_ns < UINT64_C(8000000000));
    return vanished;
}

static unsigned open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned n = 0;

    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

static void unplug_at_each(struct usbtmc_scpi *u, bool taken)
{
    unsigned n = 1, before = 0;

    if (access("/run/udev/control", F_OK) < 0)
        SKIP_TEST("no /run/udev/control and no right to make a private one");
    while (n < MOST_TRANSFERS && unplug_at(u, n, taken)) {
        if (n == 2) {
            usbtmc_scpi_run_for(u, 100); /* umockdev's thread closes its ends a little later */
            before = open_descriptors();
        }
        n++;
    }
    assert_in_range(n, 30, MOST_TRANSFERS - 1); /* the last life was a whole one */
    usbtmc_scpi_run_for(u, 100);
    assert_int_equal(open_descriptors(), before);
}

static void before_every_transfer(void **state)
{
    unplug_at_each(*state, false);
}

static void during_every_transfer(void **state)
{
    unplug_at_each(*state, true);
}

/* Long away: attempts have become rare, but the plug tells. */
static void back_before_the_next_attempt(void **state)
{
    struct usbtmc_scpi *u = *state;
    uint64_t start_ns;

    if (access("/run/udev/control", F_OK) < 0)
        SKIP_TEST("no /run/udev/control and no right to make a private one");
    usbtmc_scpi_plug(u);
    make(u);
    usbtmc_scpi_open(u);
    usbfs_front_unplug(u->front);
    assert_true(usbtmc_scpi_run_until(u, &u->lost, LOST_MS));
    usbtmc_scpi_run_for(u, 1200); /* the first attempt was in vain, the next comes two seconds after it */
    assert_non_null(strstr(u->instrument->fault, "not plugged in"));
    usbtmc_scpi_answer(u, "VOLT?", "2.0");
    start_ns = mb_monotonic_ns();
    usbtmc_scpi_plug(u);
    assert_true(usbtmc_scpi_run_until(u, &u->ready, 3000));
    assert_true(mb_monotonic_ns() - start_ns < UINT64_C(1200000000));
    assert_new_reading(u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(before_every_transfer, set_up, usbtmc_scpi_tear_down),
        cmocka_unit_test_setup_teardown(during_every_transfer, set_up, usbtmc_scpi_tear_down),
        cmocka_unit_test_setup_teardown(back_before_the_next_attempt, set_up, usbtmc_scpi_tear_down),
    };

    /* Without the right to it the tests are skipped. */
    if (access("/run/udev/control", F_OK) < 0)
        (void)private_run_make();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
