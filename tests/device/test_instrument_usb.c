/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What motorbench instrument does with a device on USB: lists it without opening it, and records it. */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instrument/usb_ids.h"
#include "instrument/usb_list.h"
#include "support/session_run.h"
#include "support/usbtmc_scpi.h"
#include "transport/transcript.h"

#define PROFILES "driver/profiles"

static const struct usbfs_identity identity = {
    .vendor = 0x0b21, .product = 0x0025, .serial = "43325545313630313856"};

/* An ohmmeter behind that plug: which profile is used, the test says. */
static const struct fake_reply table[] = {
    {"*IDN?", "TONGHUI,TH2516,V1.0.2"},
    {"APERture?", "SLOW2"},
    {"FETC?", "+6.958000E-01,+0,"},
    {NULL, NULL},
};

static int set_up(void **state)
{
    struct usbtmc_scpi *u = usbtmc_scpi_new(table, NULL, &identity);

    if (!u)
        return -1;
    usbtmc_scpi_plug(u);
    *state = u;
    return 0;
}

static void device_is_listed_and_left_alone(void **state)
{
    struct usbtmc_scpi *u = *state;
    struct usb_found *found;
    struct mb_error err = {""};
    char serial[sizeof found->serial];
    size_t n, tmc = 0;

    if (usb_list(&found, &n, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < n; i++) {
        if (!found[i].tmc)
            continue;
        tmc++;
        assert_int_equal(found[i].vendor, identity.vendor);
        assert_int_equal(found[i].product, identity.product);
        assert_string_equal(found[i].serial, identity.serial);
        usb_decode_serial(found[i].vendor, found[i].serial, serial, sizeof serial);
        assert_string_equal(serial, "C2UE16018V");
        assert_string_equal(usb_maker_name(found[i].vendor), "Yokogawa");
        assert_null(usb_bridge_name(found[i].vendor, found[i].product));
    }
    assert_int_equal(tmc, 1);
    assert_int_equal(usbfs_front_counters(u->front).claims, 0);
    assert_int_equal(usbfs_front_counters(u->front).submits, 0);
    free(found);
}

static void assert_line(const struct mb_transcript *t, size_t i, bool to_instrument, const char *text)
{
    assert_true(i < t->count);
    assert_int_equal(t->lines[i].to_instrument, to_instrument);
    assert_string_equal((const char *)t->lines[i].data, text);
}

static void usb_device_is_recorded(void **state)
{
    struct usbtmc_scpi *u = *state;
    char path[] = "/tmp/mb-recording-XXXXXX", address[128];
    const struct mb_instrument_setting instrument = {
        .id = "meter", .profile = "tonghui-th2516", .address = address, .clock = &u->clock, .wiring = -1};
    const struct session_setting setting = {
        .instrument = &instrument, .profile_directory = PROFILES, .actions = "read", .timeout_s = 10};
    struct mb_transcript *t;
    struct mb_error err = {""};
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    mb_clock_init(&u->clock, 10);
    (void)snprintf(address, sizeof address, "record:%s:usbtmc:0b21:0025:C2UE16018V", path);
    session_run(u->event, &setting, "read,resistance,0.6958,ohm,valid\n");
    if (mb_transcript_load(path, &t, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(t->head[MB_TRANSCRIPT_LINK], "message");
    assert_string_equal(t->head[MB_TRANSCRIPT_SOURCE], "usbtmc:0b21:0025:C2UE16018V");
    assert_line(t, 0, true, "*IDN?\n");
    assert_line(t, 1, false, "TONGHUI,TH2516,V1.0.2\n");
    assert_line(t, 2, true, "APERture SLOW2\n");
    assert_line(t, 3, true, "APERture?\n");
    assert_line(t, 4, false, "SLOW2\n");
    assert_line(t, t->count - 1, false, "+6.958000E-01,+0,\n");
    (void)mb_transcript_free(t);
    (void)unlink(path);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(device_is_listed_and_left_alone, set_up, usbtmc_scpi_tear_down),
        cmocka_unit_test_setup_teardown(usb_device_is_recorded, set_up, usbtmc_scpi_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
