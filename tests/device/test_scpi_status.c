/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An instrument that takes long to measure, whose profile asks for the status byte: its reply is fetched when
 * it is there, and in the meantime bulk-IN is left alone. And one that marks the end of its replies by
 * TermChar only. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/file.h"
#include "support/usbtmc_scpi.h"

static const struct usbfs_identity ohmmeter = {.vendor = 0x0b3e, .product = 0x1029, .serial = "0042"};
static const struct usbfs_identity without_status = {
    .vendor = 0x0b3e, .product = 0x1029, .serial = "0042", .no_usb488 = true};

static const struct fake_reply table[] = {
    {"*IDN?", "OHM,O1,0042,1.0"}, {"ERR?", "0"}, {"READ?", "1.25"}, {NULL, NULL}};

static const char profile_text[] =
    "profile: {id: ohm, maker: Nobody, kind: resistance-meter, models: [O1], maturity: unverified, source: "
    "x}\n"
    "link: {write_terminator: lf, read_terminator: lf, timeout_s: 0.6, %s: true}\n"
    "identify: {query: '*IDN?', match: '^OHM,', mark: unverified}\n"
    "errors: {query: 'ERR?', ok: '^0', mark: unverified}\n"
    "update_interval_s: 0.1\n"
    "read:\n"
    "  - {query: 'READ?', layout: single, fields: [{name: r, quantity: resistance}], mark: unverified}\n";

static struct usbtmc_scpi *make(void **state, const struct usbfs_identity *identity, const char *key)
{
    const struct mb_instrument_setting setting = {
        .id = "ohm", .profile = "ohm", .address = "usbtmc:0b3e:1029", .wiring = -1};
    struct usbtmc_scpi *u = usbtmc_scpi_new(table, NULL, identity);
    char text[2048];
    int n;

    assert_non_null(u);
    *state = u;
    n = snprintf(text, sizeof text, profile_text, key);
    (void)snprintf(u->hastened, sizeof u->hastened, "%s/ohm.yaml", u->folder);
    assert_int_equal(mb_file_write(u->hastened, text, (size_t)n, NULL), 0);
    usbtmc_scpi_plug(u);
    u->model.no_eom = strcmp(key, "term_char") == 0;
    usbtmc_scpi_make(u, u->folder, setting);
    usbtmc_scpi_open(u);
    return u;
}

static void assert_reading(struct usbtmc_scpi *u)
{
    if (u->read_error != 0)
        fail_msg("error %d: %s", u->read_error, u->text);
    assert_true(fabs(usbtmc_scpi_reading(u, "r")->value - 1.25) < 1e-12);
}

static void begin_long_reading(struct usbtmc_scpi *u)
{
    usbtmc_scpi_misbehave(u, FAKE_LATE, "READ?", 1);
    usbtmc_scpi_begin_read(u);
    usbtmc_scpi_run_for(u, 150);
    assert_false(u->read_done);
}

static void reply_is_fetched_when_it_is_there(void **state)
{
    struct usbtmc_scpi *u = make(state, &ohmmeter, "status_byte");
    const unsigned requests = usbtmc_scpi_seen(u).requests, reads = usbtmc_scpi_seen(u).status_reads;

    begin_long_reading(u);
    assert_int_equal(usbtmc_scpi_seen(u).requests, requests);
    assert_in_range(usbtmc_scpi_seen(u).status_reads - reads, 2, 12);
    usbtmc_scpi_answer_late(u);
    assert_true(usbtmc_scpi_run_until(u, &u->read_done, 200));
    assert_reading(u);
    usbtmc_scpi_read(u);
    assert_reading(u);
}

/* The instrument says by itself that the reply is there, while a look at the status byte is lost. */
static void service_request_ends_the_wait(void **state)
{
    struct usbtmc_scpi *u = make(state, &ohmmeter, "status_byte");
    const unsigned requests = usbtmc_scpi_seen(u).requests;

    usbtmc_scpi_set_faults(u, (struct usbtmc_faults){.status_silent = true});
    usbtmc_scpi_misbehave(u, FAKE_LATE, "READ?", 1);
    usbtmc_scpi_begin_read(u);
    usbtmc_scpi_run_for(u, 50);
    usbtmc_scpi_answer_late(u);
    usbtmc_scpi_run_for(u, 50);
    assert_int_equal(usbtmc_scpi_seen(u).requests, requests);
    usbfs_front_lock(u->front);
    u->model.faults.status_silent = false;
    usbtmc_model_service_request(&u->model, 0x40 | USBTMC_MODEL_MAV);
    usbfs_front_unlock(u->front);
    usbtmc_scpi_run_for(u, 50);
    assert_int_equal(usbtmc_scpi_seen(u).requests, requests + 1);
    assert_true(usbtmc_scpi_run_until(u, &u->read_done, 1000));
    assert_reading(u);
}

static void reply_that_never_comes(void **state)
{
    struct usbtmc_scpi *u = make(state, &ohmmeter, "status_byte");

    usbtmc_scpi_misbehave(u, FAKE_SILENT, "READ?", 1);
    usbtmc_scpi_read(u);
    usbtmc_scpi_assert_invalid(u, -ETIMEDOUT, MB_LINK_FAULT);
    usbtmc_scpi_read(u);
    assert_reading(u);
}

static void device_without_a_status_byte(void **state)
{
    struct usbtmc_scpi *u = make(state, &without_status, "status_byte");

    usbtmc_scpi_read(u);
    assert_reading(u);
    assert_int_equal(usbtmc_scpi_seen(u).status_reads, 0);
}

static void replies_end_at_term_char(void **state)
{
    struct usbtmc_scpi *u = make(state, &ohmmeter, "term_char");

    for (int i = 0; i < 3; i++) {
        usbtmc_scpi_read(u);
        assert_reading(u);
    }
    assert_true(usbtmc_scpi_seen(u).term_chars > 6);
}

#define STATUS(name) cmocka_unit_test_teardown(name, usbtmc_scpi_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STATUS(reply_is_fetched_when_it_is_there),
        STATUS(service_request_ends_the_wait),
        STATUS(reply_that_never_comes),
        STATUS(device_without_a_status_byte),
        STATUS(replies_end_at_term_char),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
